"""FITS: one binary table for each table, after an empty HDU with the provenance.

A header comes before its rows and must know how many they are and how wide: rows
are kept in a temporary file as Arrow, and written once they are all there.
Memory holds one batch at a time.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
from astropy.io.fits import Header

from vo_lcc.formats.fits_columns import RowForm, Tally
from vo_lcc.formats.fits_header import primary_header, table_header
from vo_lcc.tables import Batch, DocumentHead, TableHead, arrow_schema

BLOCK = 2880
CHUNK = 2**20  # bytes


@dataclass(slots=True)
class Spooled:
    """A table whose rows are in the temporary file."""

    head: TableHead
    start: int  # of its Arrow stream in the file
    tallies: list[Tally]
    n_rows: int = 0
    header: bytes = b""
    form: RowForm = field(default_factory=lambda: RowForm([]))

    @property
    def data_size(self) -> int:
        """The bytes of rows and heap, without padding."""
        return self.n_rows * self.form.dtype.itemsize + self.form.heap_size


class FitsSpooler:
    """Writes one FITS file.

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
        self._file = tempfile.TemporaryFile(prefix="vo_lcc_")  # noqa: SIM115
        self._document = DocumentHead()
        self._tables: list[Spooled] = []
        self._stream: pa.RecordBatchStreamWriter | None = None
        self._primary = b""

    def head(self, document: DocumentHead) -> None:
        """Remember what is said of the whole document."""
        self._document = document

    def table(self, table: TableHead) -> None:
        """A table starts."""
        self._end_stream()
        tallies = [Tally(column) for column in table.columns]
        self._tables.append(Spooled(table, self._file.tell(), tallies))
        schema = arrow_schema(table.columns)
        self._stream = pa.ipc.new_stream(pa.PythonFile(self._file, "w"), schema)

    def rows(self, batch: Batch) -> None:
        """Keep the rows of one batch on disk."""
        assert self._stream is not None, "rows come after a table"
        table = self._tables[-1]
        for tally, array in zip(table.tallies, batch.columns, strict=True):
            tally.see(array)
        table.n_rows += batch.num_rows
        schema = arrow_schema(table.head.columns)
        self._stream.write_batch(pa.record_batch(batch.columns, schema=schema))

    def finish(self, status: str = "OK") -> int:
        """No rows follow; the length of the document in bytes."""
        self._end_stream()
        self._primary = _header_bytes(primary_header(self._document, status))
        size = len(self._primary)
        for table in self._tables:
            table.form = RowForm(table.tallies)
            header = table_header(table.head, table.form, table.n_rows)
            table.header = _header_bytes(header)
            size += len(table.header) + _padded(table.data_size)
        return size

    def chunks(self) -> Iterator[bytes]:
        """The document, in pieces of about a mebibyte. Call `finish` first."""
        yield self._primary
        for table in self._tables:
            yield table.header
            yield from self._rows(table)
            yield from self._heap(table)
            yield bytes(_padded(table.data_size) - table.data_size)

    def _rows(self, table: Spooled) -> Iterator[bytes]:
        heap_start = 0
        for batch in self._batches(table):
            data, heap_start = table.form.rows(batch, heap_start)
            yield data

    def _heap(self, table: Spooled) -> Iterator[bytes]:
        if table.form.heap_size:
            for batch in self._batches(table):
                yield from table.form.heap(batch)

    def _batches(self, table: Spooled) -> Iterator[Batch]:
        """The rows in slices that make about a mebibyte of the table."""
        step = max(1, CHUNK // max(1, table.form.dtype.itemsize))
        self._file.seek(table.start)
        with pa.ipc.open_stream(pa.PythonFile(self._file, "r")) as stream:
            for batch in stream:
                for start in range(0, batch.num_rows, step):
                    yield batch.slice(start, step)

    def _end_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> "FitsSpooler":
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()


def _header_bytes(header: Header) -> bytes:
    return str(header.tostring(sep="", endcard=True, padding=True)).encode("ascii")


def _padded(size: int) -> int:
    """`size` rounded up to whole FITS blocks."""
    return -(-size // BLOCK) * BLOCK
