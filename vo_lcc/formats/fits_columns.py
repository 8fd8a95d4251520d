"""Columns of a FITS binary table (FITS 4.0, 7.3): their form and their bytes.

Text is ASCII, padded with blanks, a null all NUL; a missing integer is TNULL, a
missing number NaN. An array whose length varies stands in the heap, the row holds
its length and place. Bits are packed (X) where that can be read: astropy knows no
X in the heap, nor of several dimensions, so those are logical (L).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays
from vo_lcc.tables import Batch, Column

CODES = {
    "boolean": "L",
    "bit": "X",
    "unsignedByte": "B",
    "short": "I",
    "int": "J",
    "long": "K",
    "float": "E",
    "double": "D",
    "floatComplex": "C",
    "doubleComplex": "M",
}

NOT_PRINTABLE = r"[^\x20-\x7E]"

NOT_PRINTABLE_BYTES = np.ones(256, bool)
NOT_PRINTABLE_BYTES[0x20:0x7F] = False

MOST_32_BIT = 2**31 - 1


@dataclass(slots=True)
class Tally:
    """What the header must know of a column, gathered while its rows pass by."""

    column: Column
    width: int = 1  # of the longest text
    nulls: bool = False  # among integers, or elements of integer arrays
    longest: int = 0  # array
    elements: int = 0  # of all arrays

    def see(self, array: pa.Array) -> None:
        """Count one more batch."""
        if self.column.is_text:
            lengths, _ = arrays.text_bytes(array, "char")
            self.width = max(self.width, lengths.max(initial=0))
            return
        values = array.flatten() if self.column.is_list else array
        missing = array.null_count if arrays.fixed_size(self.column) else 0
        self.nulls |= bool(missing or values.null_count)
        if arrays.fixed_size(self.column) is None:
            counts = arrays.item_counts(array, self.column)
            self.longest = max(self.longest, counts.max(initial=0))
            self.elements += int(counts.sum())

    @property
    def stored(self) -> Column:
        """The column as it is stored.

        One of bytes that has nulls needs two each, and so does one of the heap,
        where what is written stays.
        """
        if self.column.datatype == "bit" and (self.in_heap or is_matrix(self.column)):
            return replace(self.column, datatype="boolean")
        if self.column.datatype == "unsignedByte" and (self.in_heap or self.nulls):
            return replace(self.column, datatype="short")
        return replace(self.column, datatype="char") if self.is_text else self.column

    @property
    def is_text(self) -> bool:
        """True for text."""
        return self.column.is_text

    @property
    def in_heap(self) -> bool:
        """True for arrays whose length varies."""
        return not self.is_text and arrays.fixed_size(self.column) is None

    @property
    def heap_size(self) -> int:
        """The bytes of this column in the heap."""
        return self.elements * itemsize(self.stored) if self.in_heap else 0

    @property
    def null(self) -> int | None:
        """The value of TNULL, where it is needed."""
        return arrays.null_of(self.stored) if self.nulls else None


def is_matrix(column: Column) -> bool:
    """Whether the cells have several dimensions."""
    return "x" in (column.arraysize or "")


def itemsize(column: Column) -> int:
    """The bytes of one value of this column."""
    return np.dtype(arrays.STORAGE[column.datatype]).itemsize * arrays.parts(column)


class RowForm:
    """How rows are stored, as far as their columns were seen.

    A later form is as wide or wider in each column: `widened` makes rows of an
    earlier one fit.
    """

    def __init__(self, tallies: list[Tally]) -> None:
        self.tallies = tallies
        self.key = form_key(tallies)
        self._stored = [tally.stored for tally in tallies]
        self._wide = self.heap_size > MOST_32_BIT
        fields = [(str(i), *self._field(tally)) for i, tally in enumerate(tallies)]
        self.dtype = np.dtype(fields)

    @property
    def heap_size(self) -> int:
        """The bytes of all arrays in the heap so far."""
        return sum(tally.heap_size for tally in self.tallies)

    def tform(self, tally: Tally) -> str:
        """The TFORM of a column."""
        if tally.is_text:
            return f"{tally.width}A"
        code = CODES[tally.stored.datatype]
        if tally.in_heap:
            return f"1{'Q' if self._wide else 'P'}{code}({tally.longest})"
        size = (arrays.fixed_size(tally.column) or 1) // arrays.parts(tally.column)
        return code if size == 1 else f"{size}{code}"

    def _field(self, tally: Tally) -> tuple[str, tuple[int, ...]]:
        if tally.is_text:
            return f"V{tally.width}", ()
        if tally.in_heap:
            return (">i8" if self._wide else ">i4"), (2,)
        size = arrays.fixed_size(tally.column) or 1
        if tally.stored.datatype == "bit":
            return "u1", (-(-size // 8),)
        shape = (size,) if tally.column.is_list else ()
        return arrays.STORAGE[tally.stored.datatype], shape

    def rows(self, batch: Batch, heap_start: int) -> tuple[np.ndarray, int]:
        """The rows of a batch, and where the heap of the next one starts."""
        cells = np.empty(batch.num_rows, self.dtype)
        for i, (tally, array) in enumerate(
            zip(self.tallies, batch.columns, strict=True)
        ):
            if tally.in_heap:
                counts = arrays.item_counts(array, tally.column)
                sizes = counts * itemsize(self._stored[i])
                cells[str(i)][:, 0] = counts
                cells[str(i)][:, 1] = heap_start + np.cumsum(sizes) - sizes
                heap_start += int(sizes.sum())
            elif tally.is_text:
                cells[str(i)] = arrays.as_cells(_text_cells(tally, array))
            else:
                cells[str(i)] = _cells(self._stored[i], array)
        return cells, heap_start

    def heap(self, batch: Batch) -> Iterator[np.ndarray]:
        """The arrays of a batch that stand in the heap."""
        for tally, array in zip(self.tallies, batch.columns, strict=True):
            if tally.in_heap:
                column = tally.stored
                values = _numbers(column, array.flatten())
                yield values.astype(arrays.STORAGE[column.datatype], copy=False)

    def widened(self, rows: np.ndarray) -> np.ndarray:
        """Rows of an earlier form in this one."""
        cells = np.empty(len(rows), self.dtype)
        for i, tally in enumerate(self.tallies):
            earlier = rows[str(i)]
            if tally.is_text:
                earlier = arrays.as_cells(_wider_text(earlier, tally.width))
            cells[str(i)] = earlier
        return cells


def form_key(tallies: list[Tally]) -> tuple[object, ...]:
    """What the form of rows depends on: it is another when this is."""
    wide = sum(tally.heap_size for tally in tallies) > MOST_32_BIT
    return (wide, *((tally.width, tally.nulls) for tally in tallies))


def _text_cells(tally: Tally, array: pa.Array) -> np.ndarray:
    if arrays.holds(array, NOT_PRINTABLE_BYTES):
        array = pc.replace_substring_regex(array, NOT_PRINTABLE, "?")
    cells = arrays.fixed_text(array, tally.width, tally.stored, pad=ord(" "))
    if array.null_count:
        cells[array.is_null().to_numpy(zero_copy_only=False)] = 0
    return cells


def _wider_text(cells: np.ndarray, width: int) -> np.ndarray:
    """Cells of text padded to more bytes, a null still all NUL."""
    earlier = np.ascontiguousarray(cells).view("u1").reshape(len(cells), -1)
    wider = np.full((len(cells), width), ord(" "), "u1")
    wider[:, : earlier.shape[1]] = earlier
    wider[earlier[:, 0] == 0] = 0
    return wider


def _cells(column: Column, array: pa.Array) -> np.ndarray:
    if not column.is_list:
        numbers = _numbers(column, array)
        return numbers[:, None] << 7 if column.datatype == "bit" else numbers
    size = arrays.fixed_size(column)
    assert size is not None
    cells = arrays.fixed_lists(array, size, column)
    if column.datatype == "bit":
        return arrays.packed_bits(cells)
    return _logical(column, cells)


def _numbers(column: Column, array: pa.Array) -> np.ndarray:
    null = arrays.null_of(column)
    return _logical(column, arrays.stored_numbers(array, column.datatype, null))


def _logical(column: Column, values: np.ndarray) -> np.ndarray:
    """FITS writes a missing boolean as 0 (7.3.3.1), not as `?`."""
    if column.datatype == "boolean":
        values[values == ord("?")] = 0
    return values
