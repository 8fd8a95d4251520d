"""Rows of TABLEDATA without a parser, where they are nothing but TR, TD and text.

Nearly all are. The marks `<` of such rows stand in a fixed pattern, so numpy finds all
cells at once and Arrow takes them out. Whatever differs from the pattern in the least
(attributes, comments, CDATA, prefixes, a character that XML forbids) is left to the
parser, which knows what it means or what is wrong with it.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LESS = ord("<")
CELL, ROW_END = b"<TD>", b"</TR>"

BETWEEN_CELLS = re.compile(rb"</TD>[ \t\n]*<TD>")
BETWEEN_ROWS = re.compile(rb"</TD>[ \t\n]*</TR>[ \t\n]*<TR>[ \t\n]*<TD>")
BEFORE = re.compile(rb"[ \t\n]*<TR>[ \t\n]*<TD>")
AFTER = re.compile(rb"</TD>[ \t\n]*</TR>")

REFERENCE = re.compile(
    r"&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));"
)
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}

FORBIDDEN = (b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""What XML text may not hold, beside control characters; the last two in UTF-8."""


class NotPlainError(Exception):
    """The rows are more than this module reads; the parser must read them."""


def plain_cells(data: bytes, columns: int) -> list[pa.StringArray]:
    """The cells of each column of rows in UTF-8 that end with the end of a row.

    Raises NotPlainError.

    >>> rows = b"<TR><TD>1</TD><TD>a &amp; b</TD></TR> <TR><TD>2</TD><TD/></TR>"
    >>> [cells.to_pylist() for cells in plain_cells(rows, 2)]
    [['1', '2'], ['a & b', '']]
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.replace(b"<TD/>", b"<TD></TD>")
    _check_characters(data)
    pieces = _pieces(data, columns)
    _check_marks(pieces, columns)
    cells = np.arange(1, len(pieces), 2).reshape(-1, columns)
    found = [
        pieces.take(pa.array(cells[:, i])).view(pa.string()) for i in range(columns)
    ]
    return [_resolved(column) for column in found] if b"&" in data else found


def _check_characters(data: bytes) -> None:
    """Raise NotPlainError unless all are UTF-8 that XML text may hold."""
    controls = np.count_nonzero(np.frombuffer(data, "u1") < ord(" "))
    if controls != data.count(b"\n") + data.count(b"\t"):
        raise NotPlainError
    if any(forbidden in data for forbidden in FORBIDDEN):
        raise NotPlainError
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            raise NotPlainError from None


def _pieces(data: bytes, columns: int) -> pa.BinaryArray:
    """What stands before, in and between cells in turn; nothing is copied."""
    marks = (np.frombuffer(data, "u1") == LESS).nonzero()[0]
    if len(marks) == 0 or len(marks) % (2 * columns + 2):
        raise NotPlainError
    marks = marks.reshape(-1, 2 * columns + 2)[:, 1:-1]
    bounds = np.empty(marks.size + 2, "i4")
    bounds[0], bounds[-1] = 0, len(data)
    bounds[1:-1] = marks.ravel()
    bounds[1:-1:2] += len(CELL)
    if (bounds[1:] < bounds[:-1]).any():
        raise NotPlainError
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.binary(), len(bounds) - 1, buffers)


def _check_marks(pieces: pa.BinaryArray, columns: int) -> None:
    """Raise NotPlainError unless there are just the right tags between the cells."""
    places = np.arange(0, len(pieces), 2)
    rows = places[columns:-1:columns]
    inner = places[1:-1][np.arange(1, len(places) - 1) % columns > 0]
    expected: Sequence[tuple[np.ndarray, re.Pattern[bytes]]] = (
        (places[:1], BEFORE),
        (inner, BETWEEN_CELLS),
        (rows, BETWEEN_ROWS),
        (places[-1:], AFTER),
    )
    for indices, pattern in expected:
        for marks in pc.unique(pieces.take(pa.array(indices))).to_pylist():
            if not pattern.fullmatch(marks):
                raise NotPlainError


def _resolved(cells: pa.StringArray) -> pa.StringArray:
    """The cells with character references resolved."""
    found = pc.match_substring(cells, "&")
    if not pc.any(found).as_py():
        return cells
    texts = [_without_references(text) for text in cells.filter(found).to_pylist()]
    return pc.replace_with_mask(cells, found, pa.array(texts, pa.string()))


def _without_references(text: str) -> str:
    if len(REFERENCE.findall(text)) != text.count("&"):
        raise NotPlainError
    return REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    name, decimal, hexadecimal = reference.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE:
        return chr(code)
    if 0x10000 <= code < 0x110000:
        return chr(code)
    raise NotPlainError
