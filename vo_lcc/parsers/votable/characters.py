"""The bytes of texts in BINARY and BINARY2 (VOTable 1.5, 5.3 and 6).

`char` is UTF-8 (as VOTable 1.6 has it; before it was ASCII), `unicodeChar` is UTF-16,
big-endian. A text ends at its first NUL. In arrays of strings (arraysize "8x*") NULs
fill each of them, so there those before the last become blanks, which keep the others
in their places.
"""

import itertools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.parsers.votable.cells import (
    BadCellError,
    first_failing,
    nulls_at,
)
from vo_lcc.parsers.votable.fields import Field


def read_texts(
    offsets: np.ndarray,
    flat: np.ndarray,
    field: Field,
    counts: pa.Array | None = None,
) -> pa.StringArray:
    """The texts between these offsets, whose arraysize varies where counts are told.

    Raises BadCellError for bytes that are no text, and more characters than may be.
    """
    if counts is not None:
        _check_most(counts, field)
    if field.column.datatype == "char" or _is_latin(flat):
        narrow = field.column.datatype == "char"
        octets = flat if narrow else np.ascontiguousarray(flat[1::2])
        texts = _utf8(offsets if narrow else offsets // 2, octets, field)
    else:
        texts = _utf16(offsets, flat, field)
    if field.null:
        texts = nulls_at(texts, pc.equal(texts, field.null))
    return texts


def _check_most(counts: pa.Array, field: Field) -> None:
    """Raise BadCellError for more characters than there may be.

    That an array of strings is cut short of whole strings is no harm.
    """
    most = field.shape.most
    bad = -1 if most is None else pc.index(pc.greater(counts, most), True).as_py()
    if bad >= 0:
        raise BadCellError(bad, field.wrong_count(counts[bad].as_py()))


def _is_latin(flat: np.ndarray) -> bool:
    """Whether all of UTF-16, big-endian, is ASCII."""
    return not flat[::2].any() and bool((flat[1::2] < 0x80).all())


def _utf8(offsets: np.ndarray, flat: np.ndarray, field: Field) -> pa.StringArray:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(flat)]
    cells = pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
    if not flat.all():
        end = r"\x00+\z" if _has_rows(field) else r"(?s)\x00.*"
        cells = pc.replace_substring_regex(cells, end, "")
        cells = pc.replace_substring(cells, b"\0", b" ")
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid:
        bad = first_failing(cells, pa.string())
        raise BadCellError(bad, f"{cells[bad].as_py()[:60]!r} is no UTF-8") from None


def _utf16(offsets: np.ndarray, flat: np.ndarray, field: Field) -> pa.StringArray:
    data = flat.tobytes()
    bounds = offsets.tolist()
    texts = []
    for index, (start, end) in enumerate(itertools.pairwise(bounds)):
        cell = data[start:end]
        try:
            texts.append(_ended(cell.decode("utf-16-be"), field))
        except UnicodeDecodeError:
            raise BadCellError(index, f"{cell[:60]!r} is no UTF-16") from None
    return pa.array(texts, pa.string())


def _ended(text: str, field: Field) -> str:
    if _has_rows(field):
        return text.rstrip("\0").replace("\0", " ")
    return text.partition("\0")[0]


def _has_rows(field: Field) -> bool:
    """Whether each cell is an array of strings."""
    return "x" in (field.column.arraysize or "")
