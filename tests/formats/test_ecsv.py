"""ECSV documents: the YAML, and what astropy and our own parser make of them."""

import io

import numpy as np
import pytest
import yaml
from astropy.table import Table
from astropy.timeseries import TimeSeries

from tests.formats.documents import (
    FRAME,
    LIGHT_CURVE,
    POINTS,
    ROWS,
    batch_of,
    document,
    light_curve,
)
from vo_lcc.formats.ecsv import yaml_value
from vo_lcc.heads import TableHead
from vo_lcc.parsers.reading import read_table
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.tables import Column


def read(written: bytes) -> Table:
    return Table.read(io.BytesIO(written), format="ascii.ecsv")


def test_the_golden_document(golden):
    golden("formats/light_curve.ecsv", light_curve("ecsv"))


def test_astropy_reads_columns_with_units_and_descriptions():
    table = read(light_curve("ecsv"))

    assert table["obs_time"].unit == "d"
    assert table["obs_time"].meta["ucd"] == "time.epoch"
    assert table["flags"].description == "0 where a < b"
    assert table["mag"].dtype == np.float32
    assert table["mag"].tolist() == [12.25, None, -1.0]
    assert table["note"].tolist() == ["ok", None, "a<b & ☉"]


def test_frames_calibrations_and_provenance_are_in_the_meta():
    table = read(light_curve("ecsv"))
    params = {param["name"]: param["value"] for param in table.meta["params"]}

    assert table["obs_time"].meta["timesys"] == {
        "timescale": FRAME.timescale,
        "refposition": FRAME.refposition,
        "timeorigin": FRAME.time_origin,
    }
    assert table["mag"].meta["photcal"]["zeroPointFlux"] == 3631.0
    assert table.meta["infos"][0] == {"name": "server_software", "value": "vo_lcc"}
    assert params["ra"] == 0.0
    assert params["period"] is None
    assert params["creator"] == "Ján <Kováč>"


def test_astropy_makes_a_time_series_of_it():
    series = TimeSeries.read(
        io.BytesIO(light_curve("ecsv")),
        time_column="obs_time",
        time_format="jd",
        time_scale="tdb",
        format="ascii.ecsv",
    )

    assert series.time.jd.tolist() == [1.5, 2.5, 3.5]
    assert series["mag"].unit == "mag"


def test_our_own_parser_reads_it():
    file = io.BytesIO(light_curve("ecsv"))

    table = read_table(file, "text/ecsv", None, ReadLimits())
    rows = [tuple(row.values()) for batch in table.batches for row in batch.to_pylist()]

    assert [column.unit for column in table.columns] == ["d", "mag", None, None]
    assert [column.datatype for column in table.columns[:3]] == [
        *("double", "float", "int")
    ]
    assert rows == ROWS


@pytest.mark.validator
def test_stilts_reads_it(stilts, tmp_path):
    path = tmp_path / "curve.ecsv"
    path.write_bytes(light_curve("ecsv"))

    rows = stilts("tpipe", f"in={path}", "ifmt=ecsv", "ofmt=csv", "cmd=delcols note")
    told = stilts(
        "tpipe", f"in={path}", "ifmt=ecsv", "ofmt=csv", "cmd=meta name units ucd"
    )

    assert rows.stdout.split() == [
        *("obs_time,mag,flags", "1.5,12.25,0", "2.5,,", "3.5,-1.0,7")
    ], rows.stderr
    assert told.stdout.split()[1] == "obs_time,d,time.epoch"


@pytest.mark.parametrize(
    "value",
    [
        *("", "yes", "null", "a: b", "# no", "it's", 'a "b"', "\\", "tab\tnewline\n"),
        *("\x7f\x85\u2028\ufeff\ufffe", "ž☉", "😀", "- x", "{a}", "1e5", "~"),
        *(0, -1, 2**63, 0.0, -0.0, 1e-7, 1e22, 5e-324, 0.1, float("inf"), True, None),
        [1, "a", None],
        {"a": {"b": [0.5]}},
    ],
)
def test_yaml_reads_what_was_written(value):
    assert yaml.safe_load(f"[{yaml_value(value)}]") == [value]


@pytest.mark.parametrize("name", ["a,b", "#a", 'q"', " a"])
def test_odd_names_are_read_back(name):
    columns = (Column(name, "int"), Column("b", "int"))

    written = document("ecsv", [(TableHead(columns), [batch_of(columns, [(1, 2)])])])

    assert read(written).colnames == [name, "b"]


def test_a_hash_within_text_starts_no_comment():
    columns = (POINTS[3], POINTS[2])
    rows = [("#1", 1), ("b #2", 2)]

    table = read(document("ecsv", [(TableHead(columns), [batch_of(columns, rows)])]))

    assert table["note"].tolist() == ["#1", "b #2"]


def test_a_light_curve_without_points_is_its_head():
    table = read(document("ecsv", [(LIGHT_CURVE, [])]))

    assert len(table) == 0
    assert table["mag"].unit == "mag"
