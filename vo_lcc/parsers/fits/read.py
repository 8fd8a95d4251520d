"""FITS: the first binary table of a file, some rows at a time.

Nothing that a header says is believed: the table must stand in the file, the columns
in the row, the arrays of the heap in the heap.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import check_count, check_names, check_rows, checked, shown
from vo_lcc.parsers.fits.columns import (
    Field,
    Numbers,
    cells,
    lists,
    read_field,
    unpacked,
)
from vo_lcc.parsers.fits.header import TableHeader, find_table
from vo_lcc.parsers.table import BATCH_ROWS, ReadLimits, ReadTable
from vo_lcc.tables import Batch

BLOCK = 4 * 2**20
"""Bytes of rows read at a time, and about as many of the heap."""

MOST_ROW = 64 * 2**20
"""Bytes of one row with its arrays in the heap."""


def read_fits(file: BinaryIO, limits: ReadLimits) -> ReadTable:
    """Read the first binary table of a FITS file.

    Raises UsageError for what is wrong, TooLargeError for what is over a limit; of
    the rows when their batch is asked for.
    """
    header = find_table(file)
    check_rows(header.count("NAXIS2"), limits)
    count = header.count("TFIELDS")
    check_count(count, limits)
    fields = [read_field(header, number, limits) for number in range(1, count + 1)]
    columns = tuple(field.column for field in fields)
    check_names([column.name for column in columns], limits)
    table = BinaryTable(file, header, fields)
    return ReadTable(columns, checked(table.batches(), limits))


class BinaryTable:
    """A binary table in an open file; `wanted` are the places of columns, from 0."""

    def __init__(
        self,
        file: BinaryIO,
        header: TableHeader,
        fields: Sequence[Field],
        wanted: Sequence[int] | None = None,
    ) -> None:
        self._file = file
        self._header = header
        self._fields = fields
        self._wanted = range(len(fields)) if wanted is None else wanted
        self._names = [fields[i].column.name for i in self._wanted]
        self._rows = header.count("NAXIS2")
        self._width = header.count("NAXIS1")
        self._dtype = self._row_type()
        heap = header.count("THEAP", self._rows * self._width)
        self._heap_start = header.start + heap
        self._heap_size = header.size - heap

    def batches(self, start: int = 0, stop: int | None = None) -> Iterator[Batch]:
        """The wanted columns of all rows, or of those from `start` to before `stop`."""
        end = self._rows if stop is None else min(stop, self._rows)
        step = max(1, min(BATCH_ROWS, BLOCK // max(self._width, 1)))
        for first in range(start, end, step):
            count = min(step, end - first)
            data = self._read(
                self._header.start + first * self._width, count * self._width
            )
            rows = np.frombuffer(data, self._dtype)
            for part in self._parts(rows):
                arrays = [self._array(i, part) for i in self._wanted]
                yield pa.record_batch(arrays, names=self._names)

    def _row_type(self) -> np.dtype[np.void]:
        """The type of a row. Raises UsageError where the columns do not fit in."""
        sizes = [field.cell.itemsize for field in self._fields]
        if sum(sizes) > self._width:
            raise UsageError(
                f"the columns of the FITS table take {sum(sizes)} bytes in a row, and"
                f" NAXIS1 is {self._width}"
            )
        if self._width > MOST_ROW:
            raise TooLargeError(
                f"a row of the FITS table takes {self._width} bytes, and at most"
                f" {MOST_ROW} are taken"
            )
        return np.dtype(
            {
                "names": [str(i) for i in self._wanted],
                "formats": [self._fields[i].cell for i in self._wanted],
                "offsets": [sum(sizes[:i]) for i in self._wanted],
                "itemsize": self._width,
            }
        )

    def _parts(self, rows: Numbers) -> Iterator[Numbers]:
        """The rows in parts of which each has little in the heap."""
        if not any(self._fields[i].pointer for i in self._wanted):
            yield rows
            return
        taken = np.zeros(len(rows), "i8")
        for i in self._wanted:
            if self._fields[i].pointer and self._fields[i].repeat:
                taken += self._pointers(i, rows)[1]
        if (taken > MOST_ROW).any():
            raise TooLargeError(
                f"a row of the FITS table has {taken.max()} bytes in the heap, and at"
                f" most {MOST_ROW} are taken"
            )
        ends = np.cumsum(taken) // BLOCK
        cuts = np.flatnonzero(np.diff(ends)) + 1
        yield from np.split(rows, cuts)

    def _pointers(self, i: int, rows: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Places in the heap, bytes, and elements of the arrays of a column."""
        field = self._fields[i]
        pointers = rows[str(i)].astype("i8")
        counts, places = pointers[:, 0], pointers[:, 1]
        most = self._heap_size * 8 + 8
        sizes = field.stored(np.clip(counts, 0, most)) * field.storage.itemsize
        wrong = (counts < 0) | (counts > most)
        wrong |= (sizes > 0) & ((places < 0) | (places > self._heap_size - sizes))
        if wrong.any():
            at = wrong.argmax()
            raise UsageError(
                f"column {shown(field.column.name)}: an array of {counts[at]} elements"
                f" at byte {places[at]} does not stand in the heap of"
                f" {max(self._heap_size, 0)} bytes"
            )
        return places, sizes, counts

    def _array(self, i: int, rows: Numbers) -> pa.Array:
        field = self._fields[i]
        if not field.pointer:
            return cells(field, rows[str(i)])
        if not field.repeat:
            nothing = np.zeros(len(rows), "i8")
            return lists(field, np.empty(0, field.storage), nothing)
        places, sizes, counts = self._pointers(i, rows)
        stored = np.frombuffer(self._from_heap(places, sizes), field.storage)
        if field.code == "X":
            return lists(field, unpacked(stored, counts), counts)
        return lists(field, stored, counts * field.parts)

    def _from_heap(self, places: Numbers, sizes: Numbers) -> bytes:
        """The bytes of arrays; those that stand together are read together."""
        there = sizes > 0
        starts, ends = places[there], (places + sizes)[there]
        if not len(starts):
            return b""
        breaks = np.flatnonzero(starts[1:] != ends[:-1]) + 1
        firsts = starts[np.concatenate(([0], breaks))]
        lasts = ends[np.concatenate((breaks - 1, [-1]))]
        return b"".join(
            self._read(self._heap_start + first, last - first)
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
        )

    def _read(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < size:
            raise UsageError("the FITS file is cut short")
        return data
