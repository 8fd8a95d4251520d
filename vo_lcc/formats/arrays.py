"""Arrow columns as numpy arrays and byte buffers, whatever their offset.

Batches may be slices, so nothing here looks at a buffer without its offset, and
what lies under a null is never shown.
"""

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.tables import Batch, Column

CHUNK = 8_192
"""Rows encoded at once: few enough to stay in the processor's cache."""

NULL_INTEGERS = {
    "unsignedByte": 255,
    "short": -(2**15),
    "int": -(2**31),
    "long": -(2**63),
}
"""The integer that stands for a missing one where a format has no flag for it."""

STORAGE = {
    "boolean": "u1",
    "bit": "u1",
    "unsignedByte": "u1",
    "short": ">i2",
    "int": ">i4",
    "long": ">i8",
    "float": ">f4",
    "double": ">f8",
    "floatComplex": ">f4",
    "doubleComplex": ">f8",
}
"""How VOTable and FITS store a number: big-endian, without padding.

Bits are packed, eight in a byte (`packed_bits`, `packed_lists`). Of a complex number
it is how each part is stored; the real one comes first.
"""

BOOLEANS = np.frombuffer(b"FT?", "u1")

NOT_ASCII = r"[^\x00-\x7F]"


def chunks(batch: Batch) -> Iterator[Batch]:
    """The batch in slices of at most `CHUNK` rows; none of an empty one."""
    if batch.num_columns:
        for start in range(0, batch.num_rows, CHUNK):
            yield batch.slice(start, CHUNK)


def fixed_size(column: Column) -> int | None:
    """How many numbers or characters each cell holds, None where that varies.

    >>> fixed_size(Column("ra", "double")), fixed_size(Column("p", "double", "2x3"))
    (1, 6)
    >>> fixed_size(Column("name", "char", "16*")) is None
    True
    >>> fixed_size(Column("z", "floatComplex"))
    2
    """
    if column.arraysize is None:
        return parts(column)
    if column.arraysize.endswith("*"):
        return None
    lengths = map(int, column.arraysize.split("x"))
    return parts(column) * math.prod(lengths)


def parts(column: Column) -> int:
    """How many numbers a value is made of: two of a complex one."""
    return 2 if column.is_complex else 1


def item_counts(array: pa.Array, column: Column) -> np.ndarray:
    """The number of values of each list (int64): half its length for complex ones.

    Raises ValueError where an imaginary part is missing.

    >>> item_counts(pa.array([[1.0, 0.5], []]), Column("z", "doubleComplex", "*"))
    array([1, 0])
    """
    counts, rest = np.divmod(list_lengths(array), parts(column))
    if rest.any():
        raise ValueError(
            f"column {column.name}: complex numbers need an even number of parts"
        )
    return counts


def stored_numbers(
    array: pa.Array, datatype: str, null: int | None = None
) -> np.ndarray:
    """Numbers, in the machine's byte order; a null becomes NaN, `?` or `null` (else 0).

    >>> stored_numbers(pa.array([1, None], pa.int16()), "short", -1).tolist()
    [1, -1]
    >>> stored_numbers(pa.array([True, False, None]), "boolean").tobytes()
    b'TF?'
    >>> stored_numbers(pa.array([True, False, None]), "bit").tolist()
    [1, 0, 0]
    """
    if datatype == "bit":
        return _filled(array, False).view("u1")
    if datatype == "boolean":
        letters: np.ndarray = BOOLEANS[_filled(array.cast(pa.int8()), 2)]
        return letters
    missing = math.nan if pa.types.is_floating(array.type) else null or 0
    return _filled(array, missing)


def _filled(array: pa.Array, missing: float) -> np.ndarray:
    if array.null_count:
        array = array.fill_null(pa.scalar(missing, array.type))
    values: np.ndarray = array.to_numpy(zero_copy_only=False)
    return values


def list_lengths(array: pa.Array) -> np.ndarray:
    """The number of elements of each list (int64); a null list has none."""
    return _filled(pc.list_value_length(array), 0).astype("i8")


def fixed_lists(array: pa.Array, size: int, column: Column) -> np.ndarray:
    """Lists of one length as numbers of shape (rows, size); nulls as in the scalar.

    Raises ValueError when a list has another length.
    """
    lengths = list_lengths(array)
    there = lengths > 0 if array.null_count else slice(None)
    if (lengths[there] != size).any():
        raise ValueError(
            f"column {column.name}: arraysize is {column.arraysize},"
            f" but there are arrays of {sorted(set(lengths[there].tolist()))}"
        )
    values = stored_numbers(array.flatten(), column.datatype, null_of(column))
    if not array.null_count:
        return values.reshape(-1, size)
    nothing = pa.nulls(1, array.type.value_type)
    missing = stored_numbers(nothing, column.datatype, null_of(column))
    cells = np.full((len(array), size), missing[0], values.dtype)
    cells[there] = values.reshape(-1, size)
    return cells


def packed_bits(bits: np.ndarray) -> np.ndarray:
    """Bits of shape (rows, size) as bytes: most significant first, padded with 0.

    >>> packed_bits(np.array([[1, 0, 0, 0, 0, 0, 0, 1, 1]])).tolist()
    [[129, 128]]
    """
    return np.packbits(bits.astype(bool), axis=1)


def packed_lists(bits: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Bits of lists of these lengths, one after the other, as bytes.

    Each list starts in a byte of its own.

    >>> packed_lists(np.array([1, 1, 0, 1]), np.array([1, 0, 3])).tolist()
    [128, 160]
    """
    sizes = packed_size(lengths)
    padding = 8 * (np.cumsum(sizes) - sizes) - (np.cumsum(lengths) - lengths)
    places = np.zeros(8 * int(sizes.sum()), "u1")
    places[np.arange(len(bits)) + np.repeat(padding, lengths)] = bits
    return np.packbits(places)


def packed_size(count: np.ndarray) -> np.ndarray:
    """The bytes that so many bits take."""
    return (count + 7) // 8


def null_of(column: Column) -> int | None:
    """The integer that stands for a missing element of this column."""
    return NULL_INTEGERS.get(column.datatype)


def text_bytes(array: pa.Array, datatype: str) -> tuple[np.ndarray, np.ndarray]:
    """The length of each text in characters as stored (int64), and all their bytes.

    `char` is one byte each, and ASCII: any other character becomes `?`.
    `unicodeChar` is UTF-16, big-endian.

    >>> lengths, data = text_bytes(pa.array(["é", None, "ab"]), "unicodeChar")
    >>> lengths.tolist(), data.tobytes()
    ([1, 0, 2], b'\\x00\\xe9\\x00a\\x00b')
    """
    if array.null_count:
        array = array.fill_null("")
    if datatype == "char":
        return _utf8(ascii_only(array))
    lengths, data = _utf8(array)
    if (data < 0x80).all():
        wide = np.zeros(2 * len(data), "u1")
        wide[1::2] = data
        return lengths, wide
    units = np.ones(len(data), "i8")  # UTF-16 units that start at each byte
    units[(data & 0xC0) == 0x80] = 0
    units[data >= 0xF0] = 2
    ends = np.cumsum(lengths)
    total = np.concatenate(([0], np.cumsum(units)))
    utf16 = np.frombuffer(data.tobytes().decode().encode("utf-16-be"), "u1")
    return total[ends] - total[ends - lengths], utf16


def ascii_only(array: pa.Array) -> pa.Array:
    """Text with each character beyond ASCII replaced by `?`."""
    if (utf8_bytes(array) < 0x80).all():
        return array
    return pc.replace_substring_regex(array, NOT_ASCII, "?")


def utf8_bytes(array: pa.Array) -> np.ndarray:
    """The bytes of all texts, one after the other."""
    bounds, data = _bounds(array), array.buffers()[2]
    if data is None:
        return np.empty(0, "u1")
    return np.frombuffer(data, "u1")[bounds[0] : bounds[-1]]


def _bounds(array: pa.Array) -> np.ndarray:
    """Where each text begins, and where the last ends."""
    if len(array) == 0:
        return np.zeros(1, "i4")
    width = "i8" if pa.types.is_large_string(array.type) else "i4"
    bounds = np.frombuffer(array.buffers()[1], width)
    return bounds[array.offset : array.offset + len(array) + 1]


def has_empty(array: pa.Array) -> bool:
    """Whether any text is empty; a null is not.

    >>> has_empty(pa.array(["a", None])), has_empty(pa.array(["a", "", None]))
    (False, True)
    """
    bounds = _bounds(array)
    empty = bounds[1:] == bounds[:-1]
    if array.null_count:
        empty &= array.is_valid().to_numpy(zero_copy_only=False)
    return bool(empty.any())


def holds(array: pa.Array, bytes_sought: np.ndarray) -> bool:
    """Whether texts hold any byte for which `bytes_sought`, of 256 bool, is true.

    >>> vowels = np.isin(np.arange(256), list(b"aeiou"))
    >>> holds(pa.array(["xyz", None]), vowels), holds(pa.array(["xya"]), vowels)
    (False, True)
    """
    return bool(bytes_sought.take(utf8_bytes(array)).any())


def _utf8(array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    return np.diff(_bounds(array)).astype("i8"), utf8_bytes(array)


def fixed_text(array: pa.Array, size: int, column: Column, pad: int = 0) -> np.ndarray:
    """Texts padded to `size` characters with the byte `pad`: shape (rows, bytes).

    Raises ValueError when a text is longer.
    """
    lengths, data = text_bytes(array, column.datatype)
    if (lengths > size).any():
        raise ValueError(
            f"column {column.name}: arraysize is {size},"
            f" but there is text of {lengths.max()} characters"
        )
    width = size * (2 if column.datatype == "unicodeChar" else 1)
    if (lengths == size).all():
        return data.reshape(-1, width)
    cells = np.full((len(array), width), pad, "u1")
    cells[np.arange(width) < lengths[:, None] * (width // size)] = data
    return cells


def as_cells(rows: np.ndarray) -> np.ndarray:
    """Bytes of shape (rows, width) as one cell for each row, quick to copy.

    >>> as_cells(np.zeros((3, 5), "u1")).dtype
    dtype('V5')
    """
    cells: np.ndarray = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}")
    return cells.reshape(-1)


def binary_array(lengths: np.ndarray, data: np.ndarray) -> pa.Array:
    """Byte strings of these lengths, cut one after the other from `data`."""
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(lengths), buffers)
