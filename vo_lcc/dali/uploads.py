"""Tables that come with a request (DALI 1.1, 3.4.5; TAP 1.1, 2.5).

A file is read once, in a thread: its rows become the bytes of COPY BINARY, in memory
while they are few and then in an unnamed file. So all that is wrong with a file is
known before a query is planned, and the plan knows whether its positions can be
indexed. The statement then loads those bytes into a temporary table of its own.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.adql.postgres.words import column_type
from vo_lcc.dali.files import FilePart, check_room
from vo_lcc.dali.held import can_hold
from vo_lcc.dali.positions import Pair, find_position
from vo_lcc.db.copy_encode import HEADER, TRAILER, CopyEncoder
from vo_lcc.errors import TooLargeError, TransientError, UsageError
from vo_lcc.parsers.checks import check_size
from vo_lcc.parsers.reading import read_table
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.sky import cells_of
from vo_lcc.tables import Batch, Catalog, Column, Position, Schema, Table, arrow_schema

SCHEMA = "TAP_UPLOAD"
IN_MEMORY = 2**20  # bytes of rows that wait in memory, each table
BLOCK = 256 * 1024
TINY = 1e-100  # deg; an index multiplies the sides of boxes

UsedPairs = Callable[[Sequence[Column]], Sequence[Pair]]
Reader = Callable[[BinaryIO, str | None, str | None, ReadLimits], ReadTable]


@dataclass(frozen=True, slots=True)
class Upload:
    """A table that came with a request: its name in queries, and its bytes."""

    name: str
    part: FilePart


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A table that was read: what queries see of it, and its rows as COPY BINARY.

    `cells` is the name of a last column, which queries do not see: the HEALPix cell
    of each position, where there are positions.
    """

    table: Table
    rows: int
    size: int
    copy: BinaryIO
    cells: str | None = None

    async def blocks(self) -> AsyncIterator[bytes]:
        """The bytes of COPY BINARY; what is on disk is read by a thread."""
        self.copy.seek(0)
        while block := await self._next():
            yield block

    async def _next(self) -> bytes:
        if self.size <= IN_MEMORY:
            return self.copy.read(BLOCK)
        return await asyncio.to_thread(self.copy.read, BLOCK)


def receive(
    upload: Upload, limits: ReadLimits, used: UsedPairs, reader: Reader = read_table
) -> Uploaded:
    """Read a table; `used` tells which of its columns a query takes for positions.

    `reader` makes of the file what is to be loaded of it.
    Raises UsageError, which names the table, for all that is wrong with it,
    TooLargeError over a limit, and TransientError when the disk is full.
    """
    part = upload.part
    try:
        read = reader(part.file, part.media_type, part.filename, limits)
        pair = find_position(read.columns, used(read.columns))
        rows = Rows(read.columns, pair)
        for batch in read.batches:
            check_room(tempfile.gettempdir())
            rows.add(batch)
            check_size(rows.size, limits)
    except UsageError as error:
        kind = TooLargeError if isinstance(error, TooLargeError) else UsageError
        raise kind(f"UPLOAD {upload.name}: {error}") from error
    except OSError as error:
        raise TransientError("there is no room for uploads; try again later") from error
    return rows.finish(upload.name)


def with_uploads(catalog: Catalog, uploaded: Sequence[Uploaded]) -> Catalog:
    """The catalog as a request sees it that has these tables."""
    if not uploaded:
        return catalog
    tables = tuple(each.table for each in uploaded)
    return Catalog((*catalog.schemas, Schema(SCHEMA, tables)), catalog.version)


class Copy(tempfile.SpooledTemporaryFile[bytes]):
    """Bytes in memory, then in an unnamed file; gone when nobody holds them."""

    def __del__(self) -> None:
        """No warning: this is how they are meant to end."""
        self.close()


class Rows:
    """Rows on their way from a file to the database."""

    def __init__(self, columns: Sequence[Column], pair: Pair | None) -> None:
        self._columns = tuple(columns)
        self._pair = pair
        self._are_positions = pair is not None
        self._cells = _free_name(columns) if pair else None
        self._encoder = CopyEncoder(self._schema())
        self._not_ascii: set[int] = set()
        self._opaque: set[int] = set()
        self._count = 0
        self._copy = Copy(IN_MEMORY)
        self._copy.write(HEADER)

    def _schema(self) -> pa.Schema:
        schema = arrow_schema(self._columns)
        if self._cells is None:
            return schema
        return schema.append(pa.field(self._cells, pa.int64()))

    @property
    def size(self) -> int:
        """How many bytes the rows so far take for COPY."""
        return self._copy.tell()

    def add(self, batch: Batch) -> None:
        """Encode some rows; raises UsageError where PostgreSQL cannot hold them."""
        self._count += batch.num_rows
        self._note_text(batch)
        if self._pair is not None and self._cells is not None:
            cells = self._cells_of(batch)
            batch = batch.append_column(self._cells, cells)
        try:
            self._copy.write(self._encoder.encode(batch))
        except ValueError as error:
            raise UsageError(str(error)) from error

    def _note_text(self, batch: Batch) -> None:
        """Note what text is beyond ASCII, and what is beyond its xtype."""
        for index, column in enumerate(self._columns):
            values = batch.column(index)
            if column.datatype == "char" and index not in self._not_ascii:
                is_ascii = pc.all(pc.string_is_ascii(values)).as_py()
                if is_ascii is False:
                    self._not_ascii.add(index)
            if column.is_text and not can_hold(column_type(column), values):
                self._opaque.add(index)

    def _cells_of(self, batch: Batch) -> pa.Array:
        """The cell of each position, null for what is none."""
        assert self._pair is not None
        lon, lat = (_numbers(batch.column(name)) for name in self._pair)
        with np.errstate(invalid="ignore"):
            good = (lon >= 0) & (lon < 360) & (np.abs(lat) <= 90)
        self._are_positions &= bool(good.all()) and not _has_tiny(lon, lat)
        cells = np.zeros(len(good), np.int64)
        if good.any():
            cells[good] = cells_of(lon[good], lat[good])
        return pa.array(cells, mask=~good)

    def finish(self, name: str) -> Uploaded:
        """The table, once all rows were added."""
        self._copy.write(TRAILER)
        position = None
        if self._pair is not None and self._cells and self._are_positions:
            position = Position(*self._pair, self._cells)
        table = Table(
            SCHEMA,
            name,
            tuple(map(self._seen, range(len(self._columns)))),
            position=position,
            held_in="pg_temp",
        )
        copy = cast(BinaryIO, self._copy)
        return Uploaded(table, self._count, self._copy.tell(), copy, self._cells)

    def _seen(self, index: int) -> Column:
        """A column as queries see it.

        Text beyond ASCII is unicodeChar; what is held as something else than text
        (timestamps ...) may come back in another number of characters.
        """
        column = self._columns[index]
        if index in self._not_ascii:
            column = replace(column, datatype="unicodeChar")
        if index in self._opaque:
            column = replace(column, opaque=True)
        if column.is_text and column_type(column) != "text":
            column = replace(column, arraysize="*")
        if column.is_text and column.arraysize == "1":  # deprecated (VOTable 1.4, 2.2)
            column = replace(column, arraysize=None)
        return column


def _numbers(array: pa.Array) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Doubles, NaN where there is none."""
    return np.asarray(
        pc.fill_null(array.cast(pa.float64()), float("nan")), dtype=np.float64
    )


def _has_tiny(*arrays: "np.ndarray[Any, np.dtype[np.float64]]") -> bool:
    """Whether an index of positions would fail by an underflow."""
    return any(((array != 0) & (np.abs(array) < TINY)).any() for array in arrays)


def _free_name(columns: Sequence[Column]) -> str:
    """A name for the cells that no column has."""
    taken = {column.name for column in columns}
    name = "hpx"
    while name in taken:
        name += "_"
    return name
