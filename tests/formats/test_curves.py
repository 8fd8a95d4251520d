"""A light curve in every format: golden, whole, and read by its usual reader."""

import gzip
import html
import io
import json
import re

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits, votable
from astropy.table import Table
from astropy.timeseries import TimeSeries

from tests.formats.curve import (
    FRAME,
    G_BAND,
    NAMES,
    ROWS,
    SKY,
    V_BAND,
    curve,
    one_band,
)
from tests.formats.test_lcc import read_lcc
from vo_lcc.errors import ParameterError
from vo_lcc.formats import FORMATS
from vo_lcc.formats.curves import CURVE_FORMATS, find_curve_format

NO_HEADER = "text/csv;header=absent"
TELLING = [name for name in NAMES if name != NO_HEADER]
LONG = [(band, *row) for band, rows in ROWS.items() for row in rows]


def schema_of(name: str, written: bytes) -> pa.Schema:
    if name == "parquet":
        return pq.read_schema(io.BytesIO(written))
    return pa.ipc.open_stream(written).schema


def shown(name: str, written: bytes) -> bytes:
    """The document; of Parquet and Arrow, which change with pyarrow, what it reads."""
    if name not in ("parquet", "arrow"):
        return written
    schema = schema_of(name, written)
    read = pq.read_table if name == "parquet" else None
    table = (
        read(io.BytesIO(written)) if read else pa.ipc.open_stream(written).read_all()
    )
    metadata = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    metadata.pop("ARROW:schema", None)
    fields = [
        f"{field.name}: {field.type} {dict(sorted((field.metadata or {}).items()))}"
        for field in schema
    ]
    told = [f"{key}: {value}" for key, value in sorted(metadata.items())]
    return "\n".join([*told, *fields, *map(str, table.to_pylist()), ""]).encode()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "lcc.gz"])
def test_the_golden_document(golden, name):
    file = re.sub("[/;=]", "_", name)
    suffix = ".txt" if name in ("parquet", "arrow") else ""
    extension = find_curve_format(name).extension

    golden(f"curves/{file}.{extension}{suffix}", shown(name, curve(name)))


def test_a_light_curve_has_the_formats_of_tables_and_more():
    names = {known.name for known in CURVE_FORMATS}

    assert {known.name for known in FORMATS} < names
    assert {"ecsv", "lcc", "lcc.gz"} < names
    with pytest.raises(ParameterError, match=r"choose one of .*lcc"):
        find_curve_format("lccc")


@pytest.mark.parametrize(
    "known", [f for f in CURVE_FORMATS if f.streams], ids=lambda known: known.name
)
def test_a_format_and_its_writer_agree_on_several_tables(known):
    assert known.several_tables == known.open().several_tables


FACTS = (
    *("Pulsating stars", "vo_lcc/1.0", "2026-01-02T03:04:05Z", "2026A&A...700A...1K"),
    *("RR-1", "10.5", "-0.25", "0.5625", "timeseries", "lightcurve", "CC BY 4.0"),
    *(FRAME.timescale, FRAME.refposition, SKY.system, SKY.epoch),
    *("time.epoch", "phot.mag;em.opt", "4: an upper limit", "Middle of the exposure"),
    *(G_BAND.filter_identifier, "3631.0", "AB", "4.702e-07", "1.158e-07"),
    *(V_BAND.filter_identifier, "Vega", "0.6 m"),
)
"""What must go with the points in every format."""


def told(name: str, written: bytes) -> str:
    """All that a document says."""
    if name in ("parquet", "arrow"):
        schema = schema_of(name, written)
        words = [*schema.metadata.values()]
        words += [v for field in schema for v in field.metadata.values()]
        return html.unescape(b"\n".join(words).decode())
    if name == "fits":
        with fits.open(io.BytesIO(written)) as hdus:
            cards = [card for hdu in hdus for card in hdu.header.cards]
        lines = [c.value for c in cards if c.keyword in ("COMMENT", "HISTORY")]
        return "\n".join([*(f"{c.value} {c.comment}" for c in cards), "".join(lines)])
    unpacked = gzip.decompress(written) if name == "lcc.gz" else written
    return html.unescape(unpacked.decode())


@pytest.mark.parametrize("name", TELLING)
def test_time_frame_photometric_system_and_provenance_go_with_the_data(name):
    said = told(name, curve(name))

    assert [fact for fact in FACTS if fact not in said] == []
    origin = FRAME.time_origin - (2400000.5 if name == "fits" else 0)
    assert str(origin) in said


def test_astropy_reads_a_votable_for_each_passband():
    tables = list(votable.parse(io.BytesIO(curve("votable"))).iter_tables())

    assert [table.ID for table in tables] == ["table-1", "table-2"]
    assert [table.name[-1] for table in tables] == ["g", "V"]
    assert tables[0].array["obs_time"].tolist() == [row[0] for row in ROWS["g"]]
    assert tables[0].array["mag"].tolist() == [15.25, None, 16.5, -1.5]
    assert tables[1].array["mag_err"].tolist() == [0.0, 0.5]


@pytest.mark.validator
@pytest.mark.parametrize("name", ["votable", "votable/td"])
def test_votlint_finds_nothing(stilts, tmp_path, name):
    path = tmp_path / "curve.vot"
    path.write_bytes(curve(name))

    seen = stilts("votlint", str(path))

    assert (seen.stdout, seen.returncode) == ("", 0)


def test_astropy_reads_each_passband_from_fits():
    written = curve("fits")

    tables = [
        Table.read(io.BytesIO(written), hdu=hdu, astropy_native=True) for hdu in (1, 2)
    ]

    assert tables[0]["obs_time"].tdb.jd.tolist() == [
        FRAME.time_origin + row[0] for row in ROWS["g"]
    ]
    assert [table.meta["FILTER"] for table in tables] == ["g", "V"]
    assert tables[0]["mag"].tolist() == [15.25, None, 16.5, -1.5]
    assert tables[0]["flags"].tolist() == [0, 1, 4, None]


def test_the_first_header_tells_of_the_object():
    header = fits.getheader(io.BytesIO(curve("fits")))

    assert (header["OBJECT"], header["TELESCOP"]) == ("RR-1", "0.6 m")
    assert (header["RA_OBJ"], header["DEC_OBJ"]) == (10.5, -0.25)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_lightkurve_reads_the_fits(tmp_path):
    lightkurve = pytest.importorskip("lightkurve")
    path = tmp_path / "curve.fits"
    path.write_bytes(curve("fits"))

    curves = [
        lightkurve.read(str(path), ext=ext, time_column="obs_time", flux_column="mag")
        for ext in (1, 2)
    ]

    assert curves[0].time.tdb.jd.tolist() == [
        FRAME.time_origin + row[0] for row in ROWS["g"]
    ]
    assert curves[0].time.scale == "tdb"
    assert curves[0].flux.unit == "mag"
    assert np.isnan(curves[0].flux.filled(np.nan)[1].value)
    assert curves[1].flux_err.value.tolist() == [0.0, 0.5]
    assert (curves[0].label, curves[0].meta["MISSION"]) == ("RR-1", "0.6 m")
    assert curves[0].meta["RA"] == 10.5


SERIES = {
    "fits": {"format": "fits", "hdu": 1, "astropy_native": True},
    "votable": {"format": "votable", "table_id": 0},
    "ecsv": {"format": "ascii.ecsv"},
    "csv": {"format": "ascii.csv", "comment": "#"},
}
"""How astropy reads each format as a time series; FITS tells what its times are."""


@pytest.mark.parametrize("name", SERIES)
def test_astropy_reads_it_as_a_time_series(tmp_path, name):
    path = tmp_path / f"curve.{name}"
    path.write_bytes(one_band(name))
    frame = {} if name == "fits" else {"time_format": "jd", "time_scale": "tdb"}

    series = TimeSeries.read(path, time_column="obs_time", **SERIES[name], **frame)

    assert series.time.scale == "tdb"
    origin = FRAME.time_origin if name == "fits" else 0.0
    assert series.time.jd.tolist() == [origin + row[0] for row in ROWS["g"]]
    assert series["mag"][2] == 16.5 * (series["mag"].unit or 1)


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_pandas_reads_the_text(name):
    separator = {"csv": ",", "tsv": "\t"}[name]

    table = pandas.read_csv(io.BytesIO(curve(name)), comment="#", sep=separator)

    assert table["passband"].tolist() == [row[0] for row in LONG]
    np.testing.assert_array_equal(table["mag"], [r[2] or np.nan for r in LONG])


@pytest.mark.parametrize("name", ["parquet", "arrow"])
def test_pyarrow_reads_what_it_is_of(name):
    written = curve(name)
    table = (
        pq.read_table(io.BytesIO(written))
        if name == "parquet"
        else pa.ipc.open_stream(written).read_all()
    )

    assert [tuple(row.values()) for row in table.to_pylist()] == LONG


def test_json_reads_what_it_is_of():
    read = json.loads(curve("json"))

    assert [tuple(row) for row in read["data"]] == LONG
    assert [photcal["filterName"] for photcal in read["photcals"]] == ["g", "V"]
    assert read["columns"][1]["timesys"]["timescale"] == "TDB"


def test_ecsv_is_read_with_both_calibrations():
    table = Table.read(io.BytesIO(curve("ecsv")), format="ascii.ecsv")

    assert table["mag"].tolist() == [row[2] for row in LONG]
    assert [p["filterName"] for p in table.meta["photcals"]] == ["g", "V"]


def test_readers_of_lcc_server_read_theirs():
    seen = read_lcc(curve("lcc"))

    assert seen["objectid"] == "RR-1"
    assert seen["table"]["passband"].tolist() == [row[0] for row in LONG]
    assert seen["table"]["obs_time"].tolist() == [row[1] for row in LONG]
    assert [p["filterName"] for p in seen["told"]["photcals"]["val"]] == ["g", "V"]
