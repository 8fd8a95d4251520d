"""Which format a table has, its content tells first."""

import gzip
import io

import pytest

from tests.formats.documents import light_curve
from tests.parsers.tables import SMALL, names_of, rows_of
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.reading import read_table
from vo_lcc.parsers.table import ReadLimits, ReadTable


def read(
    data: bytes,
    media_type: str | None = None,
    filename: str | None = None,
    limits: ReadLimits | None = None,
) -> ReadTable:
    return read_table(io.BytesIO(data), media_type, filename, limits or ReadLimits())


FORMATS = ("votable", "votable/td", "votable/b", "csv", "tsv", "fits", "parquet")


@pytest.mark.parametrize("said", [None, "application/octet-stream", "text/csv"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_known_by_its_content(name, pack, said):
    table = read(pack(light_curve(name)), said)

    assert names_of(table) == ["obs_time", "mag", "flags", "note"]
    assert [row[0] for row in rows_of(table)] == [1.5, 2.5, 3.5]


@pytest.mark.parametrize(
    "start",
    [b"\xef\xbb\xbf", b"\n\n  ", b"<!-- made by hand -->", b"<?xml version='1.0'?>"],
)
def test_xml_may_start_in_many_ways(start):
    document = light_curve("votable/td")
    document = document[document.index(b"<VOTABLE") :]

    assert len(rows_of(read(start + document))) == 3


@pytest.mark.parametrize(
    ("media_type", "filename", "cell"),
    [
        (None, None, "x,y"),
        ("text/tab-separated-values", None, '"x,y"'),
        (None, "stars.TSV", '"x,y"'),
        (None, "stars.tsv.gz", '"x,y"'),
        ("text/tab-separated-values;charset=utf-8", "stars.csv", '"x,y"'),
        ("text/csv; header=present", None, "x,y"),
        ("application/fits", "stars.fits", "x,y"),
    ],
)
def test_of_text_the_media_type_and_the_name_tell_the_format(
    media_type, filename, cell
):
    if media_type == "application/fits":
        with pytest.raises(UsageError, match="FITS"):
            read(b'name\n"x,y"\n', media_type, filename)
        return
    assert rows_of(read(b'name\n"x,y"\n', media_type, filename)) == [(cell,)]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (b"PK\x03\x04...", "a zip archive or a spreadsheet; VOTable, CSV"),
        (b'{"a": 1}', "this is JSON"),
        (b"%PDF-1.4", "this is a PDF"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"\xff\xff\xff\xff\x10\0\0\0", "an Arrow file"),
        (b"\x01\x02\x00\x03", "the format of this file is not known"),
        (gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20], "gzip file is damaged"),
    ],
)
def test_what_is_no_table_is_told(data, problem):
    with pytest.raises(UsageError, match=problem):
        rows_of(read(data))


def test_csv_without_names_is_refused():
    with pytest.raises(UsageError, match="header=absent"):
        read(b"1,2\n", "text/csv;header=absent")


def test_a_gzip_bomb_is_not_unpacked():
    bomb = gzip.compress(b"a\n" + b"1\n" * 5_000_000)

    with pytest.raises(TooLargeError, match="more than 100000 bytes"):
        read(bomb, limits=SMALL)
