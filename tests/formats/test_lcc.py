"""LCC-CSVLC-V1: read as the readers of LCC-Server read it."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.formats.documents import (
    DOCUMENT,
    LIGHT_CURVE,
    POINTS,
    ROWS,
    batch_of,
)
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.heads import Param, TableHead
from vo_lcc.tables import Column

HEAD = TableHead(
    LIGHT_CURVE.columns,
    LIGHT_CURVE.name,
    LIGHT_CURVE.description,
    (
        Param(Column("object_id", "char", "*", description="Identifier"), "demo-1"),
        Param(Column("dec", "double", unit="deg", description="Declination"), -0.5),
        *LIGHT_CURVE.params,
    ),
)


def written(head: TableHead, rows, name: str = "lcc", status: str = "OK") -> bytes:
    with find_curve_format(name).open() as spooler:
        spooler.head(DOCUMENT)
        spooler.table(head)
        for start in range(0, len(rows), 2):
            spooler.rows(batch_of(head.columns, rows[start : start + 2]))
        size = spooler.finish(status)
        document = b"".join(spooler.chunks())
    assert len(document) == size
    return document


def read_lcc(document: bytes) -> dict[str, Any]:
    """What the readers of LCC-Server and its kin do, step by step."""
    lines = document.decode().split("\n")
    name, mark, separator = lines[:3]
    start = lines.index(f"{mark} LIGHTCURVE")
    said = [line.lstrip(f"{mark} ") for line in lines[3:start]]
    metadata, columns = said.index("OBJECT METADATA"), said.index("COLUMN DEFINITIONS")
    definitions = json.loads(" ".join(said[columns + 1 : -1]))
    told = json.loads(" ".join(said[metadata + 1 : columns - 1]))
    table = np.genfromtxt(
        lines[start + 1 :],
        comments=mark,
        delimiter=separator,
        usecols=[one["colnum"] for one in definitions.values()],
        autostrip=True,
        names=list(definitions),
        dtype=",".join(one["dtype"] for one in definitions.values()),
    )
    return {
        "format": name,
        "objectid": told["objectid"]["val"],
        "told": told,
        "columns": definitions,
        "table": table,
    }


def test_the_golden_document(golden):
    golden("formats/light_curve.csvlc", written(HEAD, ROWS))


def test_the_rows_are_read():
    seen = read_lcc(written(HEAD, ROWS))["table"]

    assert seen["obs_time"].tolist() == [1.5, 2.5, 3.5]
    np.testing.assert_equal(seen["mag"], [12.25, np.nan, -1.0])
    np.testing.assert_equal(seen["flags"], [0, np.nan, 7])
    assert seen["note"].tolist() == ["ok", "", "a<b & ☉"]


def test_integers_stay_integers_where_none_is_missing():
    seen = read_lcc(written(HEAD, ROWS[::2]))

    assert seen["columns"]["flags"]["dtype"] == "i8"
    assert seen["table"]["flags"].tolist() == [0, 7]


def test_the_object_and_all_that_is_known_is_told():
    seen = read_lcc(written(HEAD, ROWS, status="OVERFLOW"))
    told = {key: one["val"] for key, one in seen["told"].items()}

    assert (seen["format"], seen["objectid"]) == ("LCC-CSVLC-V1", "demo-1")
    assert (told["decl"], told["ra"], told["epoch"]) == (-0.5, 0.0, 1.25)
    assert told["creator"] == "Ján <Kováč>"
    assert told["query"] == "SELECT *\nWHERE a<1 as sent"
    assert told["query_status"] == "OVERFLOW"
    assert seen["told"]["decl"]["desc"] == "Declination [deg]"
    assert "period" not in told


def test_columns_tell_their_frames_and_calibrations():
    columns = read_lcc(written(HEAD, ROWS))["columns"]

    assert columns["obs_time"]["timesys"]["timescale"] == "TDB"
    assert columns["mag"]["photcal"]["filterName"] == "g"
    assert columns["mag"]["unit"] == "mag"


@pytest.mark.parametrize("words", ["a,b", "#a", "a\nb", "tab\there"])
def test_what_would_end_a_field_becomes_a_blank(words):
    columns = (POINTS[3], POINTS[2])

    seen = read_lcc(written(TableHead(columns, "x"), [(words, 1), ("b", 2)]))["table"]

    changed = words.translate({ord(c): " " for c in ",#\n\t"}).strip()
    assert seen["note"].tolist() == [changed, "b"]
    assert seen["flags"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("datatype", "arraysize", "values", "dtype"),
    [
        ("boolean", None, [True, False], "i8"),
        ("boolean", None, [True, None], "f8"),
        ("bit", None, [True, False], "i8"),
        ("unsignedByte", None, [0, 255], "i8"),
        ("short", None, [-3, 4], "i8"),
        ("long", None, [2**62, 1], "i8"),
        ("float", None, [0.25, None], "f4"),
        ("double", None, [1e300, float("inf")], "f8"),
        ("double", "*", [[1.5, 2.0], []], "U5"),
        ("char", "*", ["abc", None], "U3"),
    ],
)
def test_each_kind_of_column_has_a_type_of_numpy(datatype, arraysize, values, dtype):
    columns = (Column("x", datatype, arraysize), POINTS[2])

    seen = read_lcc(written(TableHead(columns, "x"), [(v, 1) for v in values]))

    assert seen["columns"]["x"]["dtype"] == dtype
    if arraysize is None:
        found = [None if np.isnan(v) else v for v in seen["table"]["x"]]
        assert found == values


def test_the_gzip_holds_the_same():
    assert gzip.decompress(written(HEAD, ROWS, "lcc.gz")) == written(HEAD, ROWS)


def test_a_second_table_is_refused():
    with find_curve_format("lcc").open() as spooler:
        spooler.table(HEAD)
        with pytest.raises(AssertionError):
            spooler.table(HEAD)


def test_our_reader_reads_a_light_curve_of_lcc_server(shared: Path):
    path = shared / "data/hat_lcc/constructed/HAT-772-0554686-csvlc.gz"

    seen = read_lcc(gzip.decompress(path.read_bytes()))

    assert seen["objectid"] == "HAT-772-0554686"
    assert len(seen["table"]) == seen["told"]["ndet"]["val"]
