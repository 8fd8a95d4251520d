"""Columns of a FITS binary table: what their headers say, and their cells as Arrow.

FITS 4.0, section 7.3. NaN and TNULL are null, and so are a truth value that is
neither T nor F, and text that starts with NUL; blanks at the end of text are padding.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.fits.header import TableHeader
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.tables import ARROW_TYPES, Column, arrow_type

Numbers = npt.NDArray[Any]

FORM = re.compile(r"(\d*)([LXBIJKAEDCM]|[PQ](?P<element>[LXBIJKAEDCM]))")
DIMENSIONS = re.compile(r"\((\d+(?:,\d+)*)\)\Z")

DATATYPES = {
    "L": ("boolean", "u1"),
    "X": ("bit", "u1"),
    "B": ("unsignedByte", "u1"),
    "I": ("short", ">i2"),
    "J": ("int", ">i4"),
    "K": ("long", ">i8"),
    "A": ("char", "u1"),
    "E": ("float", ">f4"),
    "D": ("double", ">f8"),
    "C": ("floatComplex", ">f4"),
    "M": ("doubleComplex", ">f8"),
}
"""The datatype of each code, and how its numbers are stored."""

INTEGERS = "BIJK"

SHIFTED: dict[tuple[str, float], str] = {
    ("B", -128): "short",
    ("I", 2**15): "int",
    ("J", 2**31): "long",
    ("K", 2**63): "long",
}
"""Bytes with a sign and integers without: by their code and TZERO."""

POINTERS = {"P": ">i4", "Q": ">i8"}


@dataclass(frozen=True, slots=True)
class Field:
    """How one column is stored: `repeat` elements of `code` in a cell.

    `pointer` is the storage of the lengths and places of arrays in the heap.
    """

    column: Column
    code: str
    repeat: int
    pointer: str | None = None
    scale: float = 1
    zero: float = 0
    null: int | None = None

    @property
    def storage(self) -> np.dtype[Any]:
        """The type of one stored number."""
        return np.dtype(DATATYPES[self.code][1])

    @property
    def parts(self) -> int:
        """Stored numbers of an element: two for complex numbers."""
        return 2 if self.code in "CM" else 1

    @property
    def cell(self) -> np.dtype[Any]:
        """The type of a cell in the row."""
        if self.pointer:
            return np.dtype((self.pointer, (2 * min(self.repeat, 1),)))
        return np.dtype((self.storage, (self.stored(self.repeat),)))

    def stored(self, elements: Any) -> Any:
        """Numbers in which so many elements are stored: bits are packed."""
        return (elements + 7) // 8 if self.code == "X" else elements * self.parts


def read_field(header: TableHeader, number: int, limits: ReadLimits) -> Field:
    """The field of column `number` (from 1). Raises UsageError, TooLargeError."""
    name = header.text(f"TTYPE{number}") or f"col{number}"
    form = FORM.match((header.text(f"TFORM{number}") or "").strip())
    if form is None:
        said = header.cards.get(f"TFORM{number}")
        raise UsageError(f"column {shown(name)}: TFORM{number} is {said!r}")
    repeat = int(form[1] or 1)
    pointer = POINTERS.get(form[2][0])
    code = form["element"] or form[2]
    scale, zero = header.number(f"TSCAL{number}", 1), header.number(f"TZERO{number}")
    datatype = _datatype(code, scale, zero)
    if datatype not in ARROW_TYPES and code != "A":
        raise UsageError(f"column {shown(name)}: {datatype} values are not taken")
    arraysize = _arraysize(header, number, code, 0 if pointer else repeat)
    field = Field(
        column=Column(
            name=name,
            datatype=datatype,
            arraysize="*" if pointer else arraysize,
            unit=header.text(f"TUNIT{number}"),
            ucd=header.text(f"TUCD{number}"),
            utype=header.text(f"TUTYP{number}"),
            xtype=header.text(f"TXTYP{number}"),
            description=header.text(f"TCOMM{number}"),
        ),
        code=code,
        repeat=repeat,
        pointer=pointer,
        scale=1 if (code, zero) in SHIFTED else scale,
        zero=zero,
        null=header.integer(f"TNULL{number}") if code in INTEGERS else None,
    )
    if field.cell.itemsize > limits.cell_bytes:
        raise TooLargeError(
            f"column {shown(name)}: a cell takes {field.cell.itemsize} bytes, and at"
            f" most {limits.cell_bytes} are taken"
        )
    return field


def _datatype(code: str, scale: float, zero: float) -> str:
    if code in "LXACM" or (scale, zero) == (1, 0):
        return DATATYPES[code][0]
    return SHIFTED.get((code, zero), "double") if scale == 1 else "double"


def _arraysize(header: TableHeader, number: int, code: str, repeat: int) -> str | None:
    """The arraysize of cells in the row; that of TDIM where it fits."""
    found = DIMENSIONS.match(header.text(f"TDIM{number}") or "")
    sizes = [int(size) for size in found[1].split(",")] if found else []
    if len(sizes) > 1 and np.prod(sizes, dtype=object) == repeat:
        return "x".join(map(str, sizes))
    if code == "A":
        return f"{repeat}*" if repeat else "*"
    return None if repeat == 1 and not sizes else str(repeat)


def cells(field: Field, stored: Numbers) -> pa.Array:
    """The cells of rows: `stored` has shape (rows, numbers of a cell)."""
    if field.code == "A":
        return _texts(field, stored)
    if field.code == "X":
        stored = np.unpackbits(stored, axis=1, count=field.repeat)
    if not field.column.is_list:
        return values(field, stored.reshape(-1))
    lengths = np.full(len(stored), stored.shape[1])
    return lists(field, stored.reshape(-1), lengths)


def lists(field: Field, stored: Numbers, lengths: Numbers) -> pa.Array:
    """Arrays of so many stored numbers each, one after the other."""
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype("i4")
    if field.code == "A":
        nothing = np.packbits(np.ones(len(lengths), bool), bitorder="little")
        return _text_array(field, offsets, stored, nothing)
    kind = arrow_type(field.column)
    return pa.ListArray.from_arrays(pa.array(offsets), values(field, stored)).cast(kind)


def unpacked(stored: Numbers, counts: Numbers) -> Numbers:
    """The bits of arrays that start in a byte each, as a flat array of 0 and 1."""
    sizes = (counts + 7) // 8
    padding = 8 * (np.cumsum(sizes) - sizes) - (np.cumsum(counts) - counts)
    places = np.arange(counts.sum()) + np.repeat(padding, counts)
    bits: Numbers = np.unpackbits(stored)[places]
    return bits


def values(field: Field, stored: Numbers) -> pa.Array:
    """Numbers, truth values or bits, in the type in which the column travels."""
    kind = ARROW_TYPES[field.column.datatype]
    make = SPECIAL.get(field.code)
    if make:
        return make(stored)
    mask = None if field.null is None else stored == field.null
    if field.code in INTEGERS and field.column.datatype != "double":
        numbers = _shifted(field, stored, mask)
        return pa.array(numbers, kind, mask=mask)
    numbers = stored.astype(kind.to_pandas_dtype())
    if (field.scale, field.zero) != (1, 0):
        numbers = numbers * field.scale + field.zero
    missing = np.isnan(numbers)
    return pa.array(numbers, kind, mask=missing if mask is None else missing | mask)


def _shifted(field: Field, stored: Numbers, mask: Numbers | None) -> Numbers:
    """Integers with TZERO added. Raises UsageError for one beyond 64 bits."""
    wide = ARROW_TYPES[field.column.datatype].to_pandas_dtype()
    numbers: Numbers = stored.astype(wide)
    if not field.zero:
        return numbers
    if field.code == "K":
        beyond = numbers >= 0 if mask is None else (numbers >= 0) & ~mask
        if beyond.any():
            raise UsageError(
                f"column {shown(field.column.name)}: {int(numbers[beyond][0]) + 2**63}"
                " is beyond the integers of 64 bits (with a sign)"
            )
        return numbers ^ np.int64(-(2**63))
    numbers += numbers.dtype.type(field.zero)
    return numbers


def _truths(stored: Numbers) -> pa.Array:
    known = (stored == ord("T")) | (stored == ord("F"))
    return pa.array(stored == ord("T"), mask=~known)


def _bits(stored: Numbers) -> pa.Array:
    return pa.array(stored.astype(bool))


SPECIAL: dict[str, Callable[[Numbers], pa.Array]] = {"L": _truths, "X": _bits}


def _texts(field: Field, stored: Numbers) -> pa.Array:
    """Texts up to their first NUL, without the blanks at their end."""
    if "x" in (field.column.arraysize or ""):
        stored = _padded(stored, int(str(field.column.arraysize).split("x")[0]))
    count, width = stored.shape
    if not width:
        return pa.nulls(count, pa.string())
    inside = np.logical_and.accumulate(stored != 0, axis=1)
    seen = inside & (stored != ord(" "))
    lengths = np.where(seen.any(axis=1), width - seen[:, ::-1].argmax(axis=1), 0)
    valid = inside[:, 0]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype("i4")
    data = stored[np.arange(width) < lengths[:, None]]
    return _text_array(field, offsets, data, np.packbits(valid, bitorder="little"))


def _padded(stored: Numbers, width: int) -> Numbers:
    """Several strings of `width` in a cell, each padded with blanks, not NUL."""
    strings = stored.reshape(-1, max(width, 1))
    inside = np.logical_and.accumulate(strings != 0, axis=1)
    padded: Numbers = np.where(inside, strings, ord(" ")).astype("u1")
    return padded.reshape(stored.shape)


def _text_array(
    field: Field, offsets: Numbers, data: Numbers, valid: Numbers
) -> pa.Array:
    buffers = [pa.py_buffer(part) for part in (valid, offsets, data.astype("u1"))]
    texts = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
    try:
        texts.validate(full=bool((data >= 0x80).any()))
    except pa.ArrowInvalid:
        raise UsageError(
            f"column {shown(field.column.name)}: there is text that is neither ASCII"
            " nor UTF-8; write it as ASCII"
        ) from None
    return texts
