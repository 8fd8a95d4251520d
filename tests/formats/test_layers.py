"""Arrays of several dimensions, and of strings, which astropy does not read as such."""

import struct
from base64 import b64decode

import pytest
from lxml import etree

from tests.formats.documents import batch_of, document
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column

PAIRS = Column("pairs", "short", "2x*")
WAVES = Column("waves", "floatComplex", "*")
NAMES = Column("names", "char", "3x2")
MORE = Column("more", "char", "2x*")
WIDE = Column("wide", "unicodeChar", "2x2")


def written(name: str, columns, rows) -> bytes:
    return document(name, [(TableHead(tuple(columns)), [batch_of(columns, rows)])])


def stream_of(name: str, columns, rows) -> bytes:
    stream = etree.fromstring(written(name, columns, rows)).findtext(".//{*}STREAM")
    return b64decode(stream)


def test_the_count_of_an_array_is_that_of_all_its_elements():
    """VOTable 1.4, 5.3: the size of a primitive times the count are the bytes."""
    rows = [([1, 2, 3, 4],), ([],)]

    assert stream_of("votable/b", (PAIRS,), rows) == struct.pack(
        ">i4hi", 4, *range(1, 5), 0
    )


def test_complex_numbers_are_counted_as_one_each():
    rows = [([1.5, -1.0, 0.0, 2.0],), (None,)]

    found = stream_of("votable/b", (WAVES,), rows)

    assert found == struct.pack(">i4fi", 2, 1.5, -1.0, 0.0, 2.0, 0)


def test_half_a_complex_number_is_refused():
    with pytest.raises(ValueError, match="waves: complex numbers need an even number"):
        written("votable/b2", (WAVES,), [([1.0],)])


def test_strings_of_one_length_stand_side_by_side():
    rows = [("abcdef", "abcd", "äb"), ("x", None, None)]

    found = stream_of("votable/b", (NAMES, MORE, WIDE), rows)

    first = b"abcdef" + struct.pack(">i", 4) + b"abcd" + "äb\0\0".encode("utf-16-be")
    assert found == first + b"x\0\0\0\0\0" + struct.pack(">i", 0) + bytes(8)


@pytest.mark.validator
@pytest.mark.parametrize("name", ["votable/td", "votable/b", "votable/b2"])
def test_stilts_reads_strings_and_layers(stilts, tmp_path, name):
    path = tmp_path / "layers.vot"
    rows = [([1, 2, 3, 4], "abcdef", "abcd", "ab c"), ([5, 6], "x  y  ", "", "xy")]
    path.write_bytes(written(name, (PAIRS, NAMES, MORE, WIDE), rows))

    seen = stilts("tpipe", f"in={path}", "ifmt=votable", "ofmt=csv")

    assert seen.stdout.splitlines() == [
        "pairs,names,more,wide",
        '"((1, 2), (3, 4))","(abc, def)","(ab, cd)","(ab,  c)"',
        '"((5, 6))","(x, y)",,"(xy, null)"',
    ]
