"""The bytes of cells of BINARY and BINARY2 become Arrow columns (VOTable 1.5, 6).

Numbers are big-endian, and bits are packed with the most significant first. `missing`
says which cells are flagged null: nobody looks at the bytes of those. All functions
that read cells raise BadCellError for one that is wrong.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from vo_lcc.parsers.votable.cells import BadCellError, lists_of, nulls_at
from vo_lcc.parsers.votable.characters import read_texts
from vo_lcc.parsers.votable.fields import Field
from vo_lcc.parsers.votable.text import is_null_value, null_value

STORAGE: Mapping[str, np.dtype[np.generic]] = MappingProxyType(
    {
        "boolean": np.dtype("u1"),
        "unsignedByte": np.dtype("u1"),
        "char": np.dtype("u1"),
        "short": np.dtype(">i2"),
        "unicodeChar": np.dtype(">u2"),
        "int": np.dtype(">i4"),
        "long": np.dtype(">i8"),
        "float": np.dtype(">f4"),
        "double": np.dtype(">f8"),
        "floatComplex": np.dtype(">f4"),
        "doubleComplex": np.dtype(">f8"),
    }
)
"""How numbers are stored; a complex value is two. Bits are packed, eight in a byte."""

FALSE, TRUE, UNKNOWN, WRONG = range(4)
LOGICALS = np.full(256, WRONG, "u1")
LOGICALS[list(b"Ff0")] = FALSE
LOGICALS[list(b"Tt1")] = TRUE
LOGICALS[list(b"\0 ?")] = UNKNOWN


def bits_of(field: Field) -> int:
    """The bits that each value of a field takes."""
    storage = STORAGE.get(field.column.datatype)
    return 1 if storage is None else 8 * storage.itemsize * field.parts


def bytes_of(field: Field, count: int) -> int:
    """The bytes that so many values of a field take."""
    return (count * bits_of(field) + 7) // 8


def fixed_values(cells: np.ndarray, missing: np.ndarray, field: Field) -> pa.Array:
    """Cells of a fixed arraysize: `cells` are bytes of shape (rows, width)."""
    size = field.shape.size
    assert size is not None
    if field.is_list:
        return _fixed_lists(cells, missing, size, field)
    if missing.any():
        cells = np.where(missing[:, None], np.uint8(0), cells)
    flags = pa.array(missing)
    if field.column.datatype == "bit":  # of one; astropy writes it as 0x08, not 0x80
        return nulls_at(pa.array(cells[:, 0] != 0), flags)
    if not field.is_text:
        return nulls_at(_numbers(cells, size, field), flags)
    offsets = np.arange(len(cells) + 1, dtype="i8") * cells.shape[1]
    flat = np.ascontiguousarray(cells).reshape(-1)
    return nulls_at(read_texts(offsets, flat, field), flags)


def _fixed_lists(
    cells: np.ndarray, missing: np.ndarray, size: int, field: Field
) -> pa.Array:
    there = np.flatnonzero(~missing)
    kept = cells if len(there) == len(cells) else cells[there]
    counts = pa.array(np.full(len(cells), size * field.parts, "i8"), mask=missing)
    try:
        return lists_of(_numbers(kept, size, field), counts, field)
    except BadCellError as error:
        row = int(there[error.index // size])
        raise BadCellError(row, error.problem) from None


def varying_values(
    data: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    missing: np.ndarray,
    field: Field,
) -> pa.Array:
    """Cells of so many values each, which start at these places in the bytes."""
    counts = np.where(missing, 0, counts)
    sizes = (counts * bits_of(field) + 7) // 8
    offsets, flat = _gathered(data, starts, sizes)
    told = pa.array(counts * field.parts, mask=missing)
    if field.is_text:
        return nulls_at(read_texts(offsets, flat, field, told), pa.array(missing))
    if field.column.datatype == "bit":
        return lists_of(_unpacked(flat, offsets, counts), told, field)
    try:
        return lists_of(_values(flat, field), told, field)
    except BadCellError as error:
        row = int(np.searchsorted(np.cumsum(counts), error.index, "right"))
        raise BadCellError(row, error.problem) from None


def _gathered(
    data: np.ndarray, starts: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of cells one after the other, and the offsets at which they begin."""
    offsets = np.zeros(len(starts) + 1, "i8")
    offsets[1:] = np.cumsum(sizes)
    bounds = np.empty(2 * len(starts) + 1, "i8")
    bounds[:-1:2], bounds[1::2] = starts, starts + sizes
    bounds[-1] = len(data)
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    pieces = pa.Array.from_buffers(pa.large_binary(), 2 * len(starts), buffers)
    cells = pieces.take(pa.array(np.arange(0, 2 * len(starts), 2)))
    flat = cells.buffers()[2]
    return offsets, np.frombuffer(flat if flat is not None else b"", "u1")


def _numbers(cells: np.ndarray, size: int, field: Field) -> pa.Array:
    if field.column.datatype == "bit":
        bits = np.unpackbits(np.ascontiguousarray(cells), axis=1)[:, :size]
        return pa.array(bits.reshape(-1) == 1)
    return _values(np.ascontiguousarray(cells).reshape(-1), field)


def _values(flat: np.ndarray, field: Field) -> pa.Array:
    """Numbers or booleans, as they are stored one after the other."""
    if field.column.datatype == "boolean":
        return _booleans(flat)
    stored = flat.view(STORAGE[field.column.datatype])
    values = pa.array(stored.astype(field.value_type.to_pandas_dtype()))
    null = null_value(field)
    return values if null is None else nulls_at(values, is_null_value(values, null))


def _booleans(flat: np.ndarray) -> pa.Array:
    found = LOGICALS[flat]
    bad = np.flatnonzero(found == WRONG)
    if len(bad):
        problem = f"the byte 0x{flat[bad[0]]:02x} is no value of datatype boolean"
        raise BadCellError(int(bad[0]), problem)
    return pa.array(found == TRUE, mask=found == UNKNOWN)


def _unpacked(flat: np.ndarray, offsets: np.ndarray, counts: np.ndarray) -> pa.Array:
    """The bits of cells, each of which begins in a byte of its own."""
    ends = np.cumsum(counts)
    padding = np.repeat(8 * offsets[:-1] - (ends - counts), counts)
    places = np.arange(len(padding)) + padding
    return pa.array(np.unpackbits(flat)[places] == 1)
