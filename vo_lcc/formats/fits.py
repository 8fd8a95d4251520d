"""FITS: one binary table for each table, after an empty HDU with the provenance.

A header comes before its rows and must know how many they are and how wide. Rows
are kept as they will be written, in memory while they are few and then in a
temporary file; where wider text or a null byte comes later, the rows before it are
widened as they are read back. Memory holds one batch at a time.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from vo_lcc.errors import UsageError
from vo_lcc.formats import arrays
from vo_lcc.formats.fits_cards import BLOCK
from vo_lcc.formats.fits_columns import RowForm, Tally, form_key
from vo_lcc.formats.fits_header import primary_header, table_header
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch

CHUNK = 2**20  # bytes


MOST_COLUMNS = 999  # FITS 4.0, 7.3.1: TFIELDS
MEMORY = 2**22
"""Bytes of rows, and as many of the heap, that are kept before they go to disk."""


@dataclass(slots=True)
class Segment:
    """Rows that stand in the file one after the other, in one form."""

    dtype: np.dtype[np.void]
    start: int
    size: int = 0


@dataclass(slots=True)
class Spooled:
    """A table whose rows and heap are in the temporary files."""

    head: TableHead
    form: RowForm
    heap_start: int
    heap_size: int = 0
    n_rows: int = 0
    segments: list[Segment] = field(default_factory=list)
    header: bytes = b""

    @property
    def data_size(self) -> int:
        """The bytes of rows and heap, without padding."""
        return self.n_rows * self.form.dtype.itemsize + self.heap_size

    def see(self, batch: Batch) -> None:
        """Make the form wide enough for one more batch."""
        tallies = self.form.tallies
        for tally, array in zip(tallies, batch.columns, strict=True):
            tally.see(array)
        if form_key(tallies) != self.form.key:
            self.form = RowForm(tallies)


class FitsSpooler:
    """Writes one FITS file.

    >>> import pyarrow as pa
    >>> from vo_lcc.tables import Column
    >>> with FitsSpooler() as spooler:
    ...     spooler.head(DocumentHead())
    ...     spooler.table(TableHead((Column("ra", "double"),)))
    ...     spooler.rows(pa.record_batch({"ra": [10.5]}))
    ...     size = spooler.finish()
    ...     size, size == sum(map(len, spooler.chunks()))
    (8640, True)
    """

    def __init__(self) -> None:
        self._rows_file = _temporary_file()
        self._heap_file = _temporary_file()
        self._document = DocumentHead()
        self._tables: list[Spooled] = []
        self._primary = b""

    def head(self, document: DocumentHead) -> None:
        """Remember what is said of the whole document."""
        self._document = document

    def table(self, table: TableHead) -> None:
        """A table starts. Raises UsageError for more columns than FITS holds."""
        if len(table.columns) > MOST_COLUMNS:
            raise UsageError(
                f"FITS holds at most {MOST_COLUMNS} columns, not {len(table.columns)};"
                " ask for fewer, or for another format"
            )
        form = RowForm([Tally(column) for column in table.columns])
        self._tables.append(Spooled(table, form, self._heap_file.tell()))

    def rows(self, batch: Batch) -> None:
        """Keep the rows of one batch, as they will be written."""
        assert self._tables, "rows come after a table"
        table = self._tables[-1]
        table.n_rows += batch.num_rows
        for chunk in arrays.chunks(batch):
            table.see(chunk)
            cells, table.heap_size = table.form.rows(chunk, table.heap_size)
            segment = self._segment(table)
            segment.size += self._rows_file.write(cells.view("u1").data)
            for values in table.form.heap(chunk):
                self._heap_file.write(values.view("u1").data)

    def finish(self, status: str = "OK") -> int:
        """No rows follow; the length of the document in bytes."""
        heads = [table.head for table in self._tables]
        self._primary = primary_header(self._document, status, heads).to_bytes()
        size = len(self._primary)
        for table in self._tables:
            header = table_header(table.head, table.form, table.n_rows)
            table.header = header.to_bytes()
            size += len(table.header) + _padded(table.data_size)
        return size

    def chunks(self) -> Iterator[bytes]:
        """The document, in pieces of about a mebibyte. Call `finish` first."""
        yield self._primary
        for table in self._tables:
            yield table.header
            for segment in table.segments:
                yield from self._rows(table.form, segment)
            heap = _pieces(self._heap_file, table.heap_start, table.heap_size, CHUNK)
            yield from heap
            yield bytes(_padded(table.data_size) - table.data_size)

    def _segment(self, table: Spooled) -> Segment:
        """Where rows of the table's form go; a new one when the form is."""
        dtype = table.form.dtype
        if not table.segments or table.segments[-1].dtype != dtype:
            table.segments.append(Segment(dtype, self._rows_file.tell()))
        return table.segments[-1]

    def _rows(self, form: RowForm, segment: Segment) -> Iterator[bytes]:
        """The rows of a segment, widened where the table's form is."""
        step = max(1, CHUNK // form.dtype.itemsize) * segment.dtype.itemsize
        for data in _pieces(self._rows_file, segment.start, segment.size, step):
            if segment.dtype == form.dtype:
                yield data
            else:
                yield form.widened(np.frombuffer(data, segment.dtype)).tobytes()

    def __enter__(self) -> "FitsSpooler":
        return self

    def __exit__(self, *exc: object) -> None:
        self._rows_file.close()
        self._heap_file.close()


def _temporary_file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(MEMORY, prefix="vo_lcc_")


def _pieces(file: IO[bytes], start: int, size: int, step: int) -> Iterator[bytes]:
    for place in range(start, start + size, step):
        file.seek(place)
        yield file.read(min(step, start + size - place))


def _padded(size: int) -> int:
    """`size` rounded up to whole FITS blocks."""
    return -(-size // BLOCK) * BLOCK
