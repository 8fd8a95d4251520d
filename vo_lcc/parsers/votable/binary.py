"""The rows of BINARY and BINARY2 (VOTable 1.5, 5.3 and 5.4).

Where all cells have a fixed arraysize, rows are as wide as each other and every column
is cut out at once. Otherwise each row is as long as the counts of its cells say: these
are walked over one after the other, and the cells then taken out at once all the same.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.parsers.votable.cells import BadCellError
from vo_lcc.parsers.votable.fields import Field
from vo_lcc.parsers.votable.values import (
    bits_of,
    bytes_of,
    fixed_values,
    varying_values,
)
from vo_lcc.tables import Batch, arrow_schema

COUNT = struct.Struct(">i")
MOST_BYTES = 64 * 2**20
"""Bytes of one row, at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fixed cell is: so many bytes after the `part`-th varying cell."""

    part: int
    offset: int
    width: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that were found: where they start, and their varying cells (rows, cells)."""

    starts: np.ndarray
    cells: np.ndarray
    counts: np.ndarray
    ends: np.ndarray  # of the varying cells

    def __len__(self) -> int:
        return len(self.starts)


class BinaryRows:
    """Collects bytes as they are decoded, and makes batches of whole rows.

    `flags`: a row begins with a bit for each column that tells whether it is null.
    """

    def __init__(
        self, fields: Sequence[Field], limits: ReadLimits, flags: bool
    ) -> None:
        self._fields = tuple(fields)
        self._schema = arrow_schema(field.column for field in fields)
        self._limits = limits
        self._flags = (len(fields) + 7) // 8 if flags else 0
        self._buffer = bytearray()
        self._needed = 1  # bytes before there may be one more row
        self._rows = 0
        self._varying = [i for i, f in enumerate(fields) if f.shape.size is None]
        self._gaps: list[int] = []  # fixed bytes before each varying cell, and the last
        self._places = self._lay_out()

    def _lay_out(self) -> list[Place | None]:
        """The places of fixed cells, None for those that vary."""
        places: list[Place | None] = []
        offset = self._flags
        for field in self._fields:
            if field.shape.size is None:
                places.append(None)
                self._gaps.append(offset)
                offset = 0
                continue
            width = bytes_of(field, field.shape.size)
            self._check_size(width, field)
            places.append(Place(len(self._gaps), offset, width))
            offset += width
        self._gaps.append(offset)
        return places

    def push(self, data: bytes) -> None:
        """The next bytes of the stream."""
        self._buffer += data

    def batches(self) -> Iterator[Batch]:
        """The whole rows so far; each is given once."""
        if len(self._buffer) < self._needed:
            return
        data = bytes(self._buffer)
        found, used = self._find(data)
        del self._buffer[:used]
        if len(found):
            batch = self._batch(np.frombuffer(data, "u1"), found)
            self._rows += batch.num_rows
            yield batch

    def finish(self) -> None:
        """The stream has ended; raises UsageError where it ends within a row."""
        if self._buffer:
            raise UsageError(
                f"the data are cut short: they end {len(self._buffer)} bytes into row"
                f" {self._rows + 1}; send them whole, with the FIELDs as they are"
            )

    def _find(self, data: bytes) -> tuple[Rows, int]:
        """The whole rows in the data, and the bytes that they take."""
        if self._varying:
            return self._walk(data)
        width = self._gaps[0]
        if not width:
            raise UsageError("the FIELDs take no bytes, so the data hold no rows")
        self._check_row(width)
        rows = len(data) // width
        starts = np.arange(rows) * width
        nothing = np.empty((rows, 0), "i8")
        self._needed = width
        return Rows(starts, nothing, nothing, nothing), rows * width

    def _walk(self, data: bytes) -> tuple[Rows, int]:
        read, end = COUNT.unpack_from, len(data)
        cells = list(zip(self._gaps[:-1], self._varying, strict=True))
        steps = [(gap + 4, bits_of(self._fields[i])) for gap, i in cells]
        last, limit = self._gaps[-1], self._limits.cell_bytes
        found: list[int] = []
        at = used = 0
        while True:
            row: list[int] = []
            for gap, bits in steps:
                at += gap
                if at > end:
                    break
                (count,) = read(data, at - 4)
                size = (count * bits + 7) >> 3
                if not 0 <= size <= limit:
                    self._refuse(count, len(row) // 3, len(found))
                row += (at, count, at + size)
                at += size
            else:
                at += last
                if at <= end:
                    found += row
                    used = at
                    continue
            break
        self._check_row(at - used)
        self._needed = at - used
        return self._rows_of(found, used), used

    def _rows_of(self, found: list[int], used: int) -> Rows:
        """The rows of these places, counts and ends of cells."""
        table = np.array(found, "i8").reshape(-1, len(self._varying), 3)
        starts = np.zeros(len(table), "i8")
        starts[1:] = table[:-1, -1, 2] + self._gaps[-1]
        return Rows(starts, table[:, :, 0], table[:, :, 1], table[:, :, 2])

    def _batch(self, data: np.ndarray, rows: Rows) -> Batch:
        missing = self._missing(data, rows)
        arrays = []
        for index, field in enumerate(self._fields):
            try:
                arrays.append(self._column(index, data, rows, missing[index]))
            except BadCellError as error:
                raise error.at(field, self._rows) from None
        return pa.record_batch(arrays, schema=self._schema)

    def _missing(self, data: np.ndarray, rows: Rows) -> np.ndarray:
        """Which cells are flagged null: shape (columns, rows)."""
        if not self._flags:
            return np.zeros((len(self._fields), len(rows)), bool)
        flags = self._fixed(data, rows, Place(0, 0, self._flags))
        bits = np.unpackbits(np.ascontiguousarray(flags), axis=1)
        return np.ascontiguousarray(bits[:, : len(self._fields)].T).astype(bool)

    def _column(
        self, index: int, data: np.ndarray, rows: Rows, missing: np.ndarray
    ) -> pa.Array:
        field, place = self._fields[index], self._places[index]
        if place is not None:
            return fixed_values(self._fixed(data, rows, place), missing, field)
        cell = self._varying.index(index)
        return varying_values(
            data, rows.cells[:, cell], rows.counts[:, cell], missing, field
        )

    def _fixed(self, data: np.ndarray, rows: Rows, place: Place) -> np.ndarray:
        """The bytes of fixed cells, of shape (rows, width)."""
        if not self._varying:
            width = self._gaps[0]
            table = data[: len(rows) * width].reshape(-1, width)
            return table[:, place.offset : place.offset + place.width]
        bases = rows.starts if place.part == 0 else rows.ends[:, place.part - 1]
        found: np.ndarray = data[
            (bases + place.offset)[:, None] + np.arange(place.width)
        ]
        return found

    def _refuse(self, count: int, cell: int, found: int) -> None:
        """Raise an error of a count that is negative or too large."""
        field = self._fields[self._varying[cell]]
        row = self._rows + found // (3 * len(self._varying)) + 1
        where = f"row {row}, column {shown(field.column.name)}"
        if count < 0:
            raise UsageError(f"{where}: an array of {count} values")
        raise TooLargeError(
            f"{where}: a cell of {count} values takes more than"
            f" {self._limits.cell_bytes} bytes"
        )

    def _check_size(self, size: int, field: Field) -> None:
        if size > self._limits.cell_bytes:
            raise TooLargeError(
                f"column {shown(field.column.name)}: its cells take {size} bytes each,"
                f" and at most {self._limits.cell_bytes} are taken"
            )

    def _check_row(self, size: int) -> None:
        if size > MOST_BYTES:
            raise TooLargeError(
                f"row {self._rows + 1} takes more than {MOST_BYTES} bytes"
            )


def cell_values(data: bytes, field: Field, row: int) -> object:
    """The value of one cell, without a count before it (VOTable 1.5, A.5).

    Raises BadCellError.
    """
    octets, there = np.frombuffer(data, "u1"), np.zeros(1, bool)
    size = field.shape.size
    count = 8 * len(data) // bits_of(field)
    if bytes_of(field, count if size is None else size) != len(data):
        raise BadCellError(row, f"base64 of {len(data)} bytes is no such cell")
    try:
        if size is not None:
            return fixed_values(octets.reshape(1, -1), there, field)[0].as_py()
        values = varying_values(
            octets, np.zeros(1, "i8"), np.array([count]), there, field
        )
        return values[0].as_py()
    except BadCellError as error:
        raise BadCellError(row, error.problem) from None
