"""Bits: packed as VOTable 1.4 (section 6) has them, most significant first."""

import io
from base64 import b64decode

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.formats.documents import batch_of, document
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column

ONE = Column("one", "bit")
TEN = Column("ten", "bit", "10")
ANY = Column("any", "bit", "*")
FEW = Column("few", "bit", "20*")

BITS = st.lists(st.booleans(), max_size=20)
ROWS = st.lists(
    st.tuples(
        st.none() | st.booleans(),
        st.none() | st.lists(st.booleans(), min_size=10, max_size=10),
        st.none() | BITS,
        st.none() | BITS,
    ),
    max_size=6,
)


def stream_of(name: str, columns, rows) -> bytes:
    """The bytes of the rows of a BINARY or BINARY2 table."""
    head = TableHead(tuple(columns))
    whole = batch_of(columns, [*rows[:1], *rows])
    written = document(name, [(head, [whole.slice(min(1, len(rows)))])])
    return b64decode(etree.fromstring(written).findtext(".//{*}STREAM"))


def packed(bits) -> bytes:
    return np.packbits(np.array(bits, bool)).tobytes()


def counted(bits) -> bytes:
    return len(bits or ()).to_bytes(4, "big") + packed(bits or ())


@pytest.mark.parametrize("name", ["votable/b", "votable/b2"])
@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_bits_are_packed_most_significant_first_each_cell_in_bytes_of_its_own(
    name, rows
):
    expected = b""
    for one, ten, many, few in rows:
        flags = [cell is None for cell in (one, ten, many, few)]
        expected += packed(flags) if name == "votable/b2" else b""
        expected += packed([one or False]) + packed(ten or [False] * 10)
        expected += counted(many) + counted(few)

    assert stream_of(name, (ONE, TEN, ANY, FEW), rows) == expected


def test_bits_are_the_digits_0_and_1_in_tabledata():
    rows = [(True, [True, False] * 5, [False, True]), (None, None, None)]

    written = document(
        "votable/td", [(TableHead((ONE, TEN, ANY)), [batch_of((ONE, TEN, ANY), rows)])]
    )

    cells = [td.text or "" for td in etree.fromstring(written).iter("{*}TD")]
    assert cells == ["1", "1 0 1 0 1 0 1 0 1 0", "0 1", "", "", ""]


def test_fits_has_packed_bits_where_readers_know_them_and_logicals_elsewhere():
    columns = (ONE, TEN, ANY, Column("grid", "bit", "2x3"))
    rows = [(True, [True] + [False] * 8 + [True], [True, False], [True, False] * 3)]

    written = document("fits", [(TableHead(columns), [batch_of(columns, rows)])])

    with fits.open(io.BytesIO(written)) as hdus:
        assert hdus[1].columns.formats == ["X", "10X", "1PL(2)", "6L"]
        raw = hdus[1].data.tobytes()
        assert raw[:3] == bytes([0b1000_0000, 0b1000_0000, 0b0100_0000])


@pytest.mark.validator
def test_stilts_reads_bits_of_any_number(stilts, tmp_path):
    path = tmp_path / "bits.vot"
    rows = [([True] * 9 + [False], [True, False, True]), ([False] * 10, [])]
    table = (TableHead((TEN, ANY)), [batch_of((TEN, ANY), rows)])
    path.write_bytes(document("votable/b2", [table]))

    seen = stilts("tpipe", f"in={path}", "ifmt=votable", "ofmt=csv")

    assert seen.stdout.splitlines() == [
        "ten,any",
        f'"({"true, " * 9}false)","(true, false, true)"',
        f'"({"false, " * 9}false)",',
    ]
