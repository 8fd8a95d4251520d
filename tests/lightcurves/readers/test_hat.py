"""HATLC v2, the CSV of the HAT surveys."""

import gzip
from io import StringIO

import numpy as np
import pandas as pd
import pytest

from tests.lightcurves.readers.pieces import ANY, SHARED, look, read, unpacked
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.hat import HAT
from vo_lcc.lightcurves.readers.known import find_reader
from vo_lcc.lightcurves.readers.reader import Piece

REAL = SHARED / "hat_lcc"
SMALL = b"""\
# OBJECT
# objectid = HAT-1
# ra = 10.5; decl = -0.0; vmag = None; note = a; b = c
#
# METADATA
# lcfiltersql = 
#
# CAMFILTERS
# 4 - r - Sloan r AST0285
# 5 - i - Sloan i - thick
#
# COLUMNS
# 000 - bjd - time of observation in Baryocentric Julian date
# 001 - flt - filter ID from the filters table
# 002 - mag - a magnitude
#
# LIGHTCURVE
2455103.5,4,15.5
2455104.5,5,nan
2455105.5,6,bad
2455106.5,4
"""  # noqa: W291 (as the files have it)


@pytest.fixture(scope="module")
def real() -> Piece:
    found = sorted(REAL.glob("HAT-579-*-hatlc.csv.gz"))
    if not found:
        pytest.skip(f"there is no HATLC in {REAL}")
    return unpacked(found[0])


def test_all_points_of_a_hat_file_are_those_that_pandas_reads(real):
    lines = real.content.decode().splitlines()
    start = lines.index("# LIGHTCURVE") + 1
    names = [
        line.split(" - ")[1] for line in lines[lines.index("# COLUMNS") + 1 : start - 2]
    ]
    expected = pd.read_csv(StringIO("\n".join(lines[start:])), names=names)
    kinds = dict.fromkeys(("bjd", "aim_002", "aie_002", "atf_002"), "double")

    found = read(HAT, real, {**kinds, "stf": "int32", "aiq_002": "string"})

    for name, values in found.columns.items():
        np.testing.assert_array_equal(values, expected[name].tolist(), name)
    assert len(found.lines) == 10_564
    assert (found.lines[0], found.lines[-1]) == (start + 1, len(lines))
    assert set(found.columns["aiq_002"]) == {"G", "X"}
    assert found.complaints == []


def test_a_hat_file_tells_of_its_object(real):
    header = read(HAT, real, {"bjd": "double"}).header

    assert header["objectid"] == "HAT-579-0051858"
    assert (header["ra"], header["decl"]) == ("294.941746", "-25.748318")
    assert header["aperture_002"] == "4.00 px"
    assert "bmag" not in header


def test_a_look_at_a_hat_file_has_the_words_of_its_head(real):
    (found,) = look(HAT, real)
    columns = {column.name: column for column in found.columns}

    assert len(columns) == 34
    assert (
        columns["bjd"].description == "time of observation in Baryocentric Julian date"
    )
    kinds = [columns[name].datatype for name in ("bjd", "stf", "aiq_002")]
    assert kinds == ["double", "long", "char"]


def test_the_pieces_of_a_hat_file_are_read_like_the_whole(real):
    at = HAT.head(real.content, ANY)
    head, rows = real.content[:at], real.content[at:]
    cut = rows.index(b"\n", len(rows) // 2) + 1
    first = 1 + head.count(b"\n")
    pieces = [
        Piece("x", rows[:cut], head=head, first_line=first),
        Piece("x", rows[cut:], head=head, first_line=first + rows[:cut].count(b"\n")),
    ]

    parts = [
        read(HAT, piece, {"bjd": "double", "filter": "string"}) for piece in pieces
    ]

    whole = read(HAT, real, {"bjd": "double", "filter": "string"})
    assert parts[0].lines + parts[1].lines == whole.lines
    for name, values in whole.columns.items():
        assert parts[0].columns[name] + parts[1].columns[name] == values


def test_filters_have_the_names_that_the_head_gives_their_numbers():
    found = read(HAT, Piece("x", SMALL), {"filter": "string", "flt": "int32"})

    assert found.columns == {"filter": ["r", "i", "6"], "flt": [4, 5, 6]}


def test_a_line_of_another_width_is_told_and_an_odd_value_stays_text():
    found = read(HAT, Piece("x", SMALL), {"mag": "double"})

    assert found.columns == {"mag": ["15.5", None, "bad"]}
    ((line, _, text),) = found.complaints
    assert (line, text.strip()) == (21, b"2455106.5,4")


def test_keywords_end_where_the_next_begins():
    header = read(HAT, Piece("x", SMALL), {"bjd": "double"}).header

    assert header == {
        "objectid": "HAT-1",
        "ra": "10.5",
        "decl": "-0.0",
        "note": "a",
        "b": "c",
    }


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"# LIGHTCURVE\n", b"# CURVE\n", "no line of the head says that rows follow"),
        (b"# 001 - flt", b"# 002 - flt", "is not column 001"),
        (b"# 001 - flt - filter", b"# 001", "is not column 001"),
        (b"# COLUMNS\n", b"#\n", "no section COLUMNS"),
    ],
)
def test_a_damaged_head_is_reported(old, new, problem):
    with pytest.raises(UsageError, match=f"x: .*{problem}"):
        read(HAT, Piece("x", SMALL.replace(old, new)), {"bjd": "double"})


def test_rows_may_be_none_and_line_ends_of_any_kind():
    empty = SMALL[: HAT.head(SMALL, ANY)]
    assert read(HAT, Piece("x", empty), {"bjd": "double"}).lines == []
    assert look(HAT, Piece("x", empty))[0].rows.num_rows == 0

    windows = SMALL.replace(b"\n", b"\r\n")
    found = read(HAT, Piece("x", windows), {"bjd": "double"})
    assert found.columns["bjd"] == [2455103.5, 2455104.5, 2455105.5]
    assert found.lines == [18, 19, 20]


def test_a_hat_file_is_known_by_its_content(real):
    assert find_reader(ANY, real.content[:65536], "x.csv") is HAT
    assert not HAT.knows(gzip.compress(SMALL), "x.csv.gz")
    assert not HAT.knows(b"# OBJECT\n1,2\n", "x")
