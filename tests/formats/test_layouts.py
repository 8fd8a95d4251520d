"""Rows are the same bytes however the encoder may lay out a batch."""

import struct
from base64 import b64decode
from itertools import pairwise

import pyarrow as pa
import pytest

from tests.formats.documents import batch_of
from vo_lcc.formats.binary import BinaryRows
from vo_lcc.tables import Column

COLUMNS = (
    Column("id", "char", "*"),
    Column("band", "unicodeChar", "*"),
    Column("ra", "double"),
    Column("mags", "float", "*"),
    Column("bits", "bit", "*"),
    Column("flags", "int"),
)

ROW = ("b01", "g", 0.5, [1.0, 2.0], [True] * 9, 7)

BATCHES = {
    "one length": [ROW, ROW],
    "one row": [ROW],
    "no row": [],
    "other lengths of text": [ROW, ("b1", "rp", *ROW[2:])],
    "other lengths of lists": [ROW, (*ROW[:3], [1.0], *ROW[4:])],
    "as many bytes but not bits": [ROW, (*ROW[:4], [True] * 10, 7)],
    "nulls": [ROW, (None,) * 6, ROW],
    "nulls alone": [(None,) * 6] * 2,
    "empty text and lists": [("", "", 1.5, [], [], 0)] * 2,
    "characters of two units": [("b01", "😀", *ROW[2:]), ("b01", "gr", *ROW[2:])],
    "characters beyond ASCII": [("é01", "é", *ROW[2:]), ROW],
}


def stored(row: tuple, flags: bool) -> bytes:
    """One row by the letter of VOTable 1.4, 5.3 and 5.4."""
    ident, band, ra, mags, bits, number = row
    name = (ident or "").encode("ascii", "replace")
    wide = (band or "").encode("utf-16-be")
    missing = 0 if flags else -(2**31)
    digits = "".join(str(int(bit)) for bit in bits or [])
    padded = digits.ljust(-(-len(digits) // 8) * 8, "0")
    nulls = "".join(str(int(cell is None)) for cell in row).ljust(8, "0")
    return b"".join(
        (
            bytes([int(nulls, 2)]) if flags else b"",
            struct.pack(">i", len(name)) + name,
            struct.pack(">i", len(wide) // 2) + wide,
            struct.pack(">d", float("nan") if ra is None else ra),
            struct.pack(f">i{len(mags or [])}f", len(mags or []), *(mags or [])),
            struct.pack(">i", len(digits)),
            bytes(int(padded[i : i + 8], 2) for i in range(0, len(padded), 8)),
            struct.pack(">i", missing if number is None else number),
        )
    )


def written(batches: list[pa.RecordBatch], flags: bool) -> bytes:
    rows = BinaryRows(COLUMNS, flags)
    text = b"".join([rows.open(), *map(rows.rows, batches), rows.close()])
    return b64decode(text[text.index(b"\n") : text.index(b"</STREAM>")])


@pytest.mark.parametrize("flags", [True, False])
@pytest.mark.parametrize("case", BATCHES)
def test_a_batch_is_its_rows_side_by_side(case, flags):
    rows = BATCHES[case]

    seen = written([batch_of(COLUMNS, rows)], flags)

    assert seen == b"".join(stored(row, flags) for row in rows)


@pytest.mark.parametrize("flags", [True, False])
def test_each_batch_has_a_layout_of_its_own(flags):
    rows = [row for rows in BATCHES.values() for row in rows]
    batches = [batch_of(COLUMNS, rows) for rows in BATCHES.values()]

    seen = written(batches, flags)

    assert seen == b"".join(stored(row, flags) for row in rows)


@pytest.mark.parametrize("flags", [True, False])
def test_slices_of_a_batch_are_the_rows_they_show(flags):
    rows = [row for rows in BATCHES.values() for row in rows]
    whole = batch_of(COLUMNS, rows)
    cuts = [0, 1, 2, 3, 5, 5, 9, len(rows)]

    seen = written([whole[a:b] for a, b in pairwise(cuts)], flags)

    assert seen == b"".join(stored(row, flags) for row in rows)
