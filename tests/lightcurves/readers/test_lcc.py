"""LCC-CSVLC-V1, of LCC-Server and of our own."""

import gzip
import json
from io import StringIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.lightcurves.readers.pieces import ANY, SHARED, look, read, unpacked
from vo_lcc.errors import UsageError
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.lightcurves.readers.known import find_reader
from vo_lcc.lightcurves.readers.lcc import LCC
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.tables import Column, TimeFrame

REAL = SHARED / "hat_lcc" / "constructed" / "HAT-772-0554686-csvlc.gz"
OBJECT = {"objectid": {"val": "a b"}, "ra": {"val": 10.5}, "none": {"val": None}}
COLUMNS = {
    "t": {"colnum": 0, "dtype": "f8"},
    "n": {"colnum": 1, "dtype": "i8"},
    "s": {"colnum": 2, "dtype": "U8", "desc": "a word"},
}


def written(
    rows: bytes, about: object = OBJECT, columns: object = COLUMNS, signs: str = "#\n,"
) -> bytes:
    """A file as LCC-Server writes it."""
    mark = signs[0]
    lines = [f"{mark} OBJECT METADATA"]
    lines += [f"{mark} {line}" for line in json.dumps(about, indent=2).split("\n")]
    lines += [mark, f"{mark} COLUMN DEFINITIONS"]
    lines += [f"{mark} {line}" for line in json.dumps(columns, indent=2).split("\n")]
    lines += [mark, f"{mark} LIGHTCURVE\n"]
    return f"LCC-CSVLC-V1\n{signs}\n".encode() + "\n".join(lines).encode() + rows


@pytest.fixture(scope="module")
def real() -> Piece:
    if not REAL.exists():
        pytest.skip(f"there is no {REAL}")
    return unpacked(REAL)


def test_all_points_of_a_file_are_those_that_pandas_reads(real):
    text = real.content.decode()
    start = text.index("# LIGHTCURVE\n") + len("# LIGHTCURVE\n")
    names = "rjd bjd net stf flt aim_002 aie_002 aiq_002 arm_002 aep_002 atf_002"
    expected = pd.read_csv(
        StringIO(text[start:]), names=names.split(), dtype={"aiq_002": str}
    )
    kinds = {"bjd": "double", "stf": "int32", "aiq_002": "string", "aie_002": "double"}

    found = read(LCC, real, kinds)

    for name, values in found.columns.items():
        np.testing.assert_array_equal(values, expected[name].tolist(), name)
    assert len(found.lines) == 11_261
    assert found.lines[0] == text[:start].count("\n") + 1
    assert found.header["objectid"] == "HAT-772-0554686"
    assert found.header["decl"] == -56.816551
    assert found.complaints == []


def test_a_file_of_our_own_gives_back_what_was_written():
    columns = (
        Column(
            "obs_time", "double", None, "d", annotation=TimeFrame("TDB", "BARYCENTER")
        ),
        Column("mag", "float", unit="mag", ucd="phot.mag"),
        Column("flags", "int"),
        Column("note", "unicodeChar", "*"),
    )
    rows = {
        "obs_time": pa.array([1.5, 2.5, 3.5]),
        "mag": pa.array([15.25, None, 0.0], pa.float32()),
        "flags": pa.array([0, None, 4], pa.int32()),
        "note": pa.array(['5" star', "Kováč", None]),
    }
    name = Param(Column("object_id", "char", "*"), "demo-1")
    with find_curve_format("lcc").open() as spooler:
        spooler.head(DocumentHead())
        spooler.table(TableHead(columns, "demo-1", params=(name,)))
        spooler.rows(pa.record_batch(rows))
        spooler.finish()
        piece = Piece("demo-1.csvlc", b"".join(spooler.chunks()))

    kinds = {"obs_time": "double", "mag": "float", "flags": "int32", "note": "string"}
    found = read(LCC, piece, kinds)

    nan = found.columns["mag"].pop(1)
    assert nan != nan  # what is missing is written as nan
    assert found.columns == {
        "obs_time": [1.5, 2.5, 3.5],
        "mag": [15.25, 0.0],
        "flags": [0, None, 4],
        "note": ['5" star', "Kováč", ""],
    }
    assert found.header["objectid"] == "demo-1"
    (seen,) = look(LCC, piece)
    assert seen.frames == {
        "timescale": "TDB",
        "refposition": "BARYCENTER",
        "time_origin": 2400000.5,
    }
    assert [c.unit for c in seen.columns] == ["d", "mag", None, None]
    assert [c.datatype for c in seen.columns] == ["double", "float", "double", "char"]


@pytest.mark.parametrize("signs", ["#\n,", "%\n|", "#\n\t", ";\n,"])
def test_the_signs_are_those_of_the_second_and_third_line(signs):
    delimiter = signs[2].encode()
    rows = delimiter.join([b"1.5", b"7", b'a"b']) + b"\n"
    rows += delimiter.join([b"2.5", b"nan", b""]) + b"\n"

    found = read(
        LCC,
        Piece("x", written(rows, signs=signs)),
        {"t": "double", "n": "int32", "s": "string"},
    )

    assert found.columns["t"] == [1.5, 2.5]
    assert found.columns["n"] == [7, None]
    assert found.columns["s"][0] == 'a"b'
    assert found.header == {"objectid": "a b", "ra": 10.5}


def test_a_line_of_another_width_is_told():
    found = read(LCC, Piece("x", written(b"1.5,7\n2.5,8,b\n")), {"t": "double"})

    assert found.columns == {"t": [2.5]}
    assert [text.strip() for _, _, text in found.complaints] == [b"1.5,7"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"LCC-CSVLC-V2\n#\n,\n# LIGHTCURVE\n", "does not start with LCC-CSVLC-V1"),
        (b"LCC-CSVLC-V1\n# LIGHTCURVE\n", "does not start with LCC-CSVLC-V1"),
        (b"LCC-CSVLC-V1\n#\n,\n# LIGHTCURVE\n", "no section OBJECT METADATA"),
        (written(b"", signs="##\n,"), "one character each"),
        (written(b"", about=[1, 2]), "OBJECT METADATA is JSON, but not an object"),
        (written(b"", columns=17), "COLUMN DEFINITIONS is JSON, but not an object"),
        (written(b"", columns={}), "colnum are not 0, 1, 2"),
        (written(b"", columns={"t": 1}), "colnum are not 0, 1, 2"),
        (written(b"", columns={"t": {"colnum": 1}}), "colnum are not 0, 1, 2"),
        (written(b"").replace(b"# {", b"# {{", 1), "OBJECT METADATA is not JSON"),
        (
            written(b"").replace(b"# {", b"# " + b"[" * 100_000, 1),
            "OBJECT METADATA is not JSON",
        ),
        (written(b"").replace(b"LIGHTCURVE", b""), "no line of the head"),
    ],
    ids=range(12),
)
def test_a_damaged_head_is_reported(content, problem):
    with pytest.raises(UsageError, match=f"x: .*{problem}"):
        read(LCC, Piece("x", content), {"t": "double"})


def test_a_file_is_known_by_its_first_line(real):
    assert find_reader(ANY, real.content[:65536], "x.csv") is LCC
    assert not LCC.knows(gzip.compress(b"LCC-CSVLC-V1\n"), "x.gz")
    assert not LCC.knows(b"# LCC-CSVLC-V1\n", "x")
