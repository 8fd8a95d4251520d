"""The streaming format of Apache Arrow IPC: batches as they come, nothing encoded.

The schema comes first, with a VOTable without rows in its metadata. A result that
was cut short ends with a batch of no rows whose custom metadata say so
(`QUERY_STATUS`, `message`).
"""

import io

import pyarrow as pa

from vo_lcc.formats.columnar import conformed, described, described_schema
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch


class ArrowWriter:
    """Writes one table as a stream of Arrow record batches.

    >>> from vo_lcc.tables import Column
    >>> writer = ArrowWriter()
    >>> pieces = [writer.table(TableHead((Column("ra", "double", unit="deg"),)))]
    >>> pieces.append(writer.rows(pa.record_batch({"ra": [10.5, None]})))
    >>> table = pa.ipc.open_stream(b"".join([*pieces, writer.tail()])).read_all()
    >>> table["ra"].to_pylist(), table.field("ra").metadata[b"unit"]
    ([10.5, None], b'deg')
    """

    reports_errors = False
    several_tables = False

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self._document = DocumentHead()
        self._schema = pa.schema([])
        self._stream: pa.RecordBatchStreamWriter | None = None

    def head(self, document: DocumentHead) -> bytes:
        """Nothing yet: what is said of the document stands in the schema."""
        self._document = document
        return b""

    def table(self, table: TableHead) -> bytes:
        """What there is of the schema (all of it leaves with the first rows)."""
        schema = described_schema(table.columns)
        self._schema = schema.with_metadata(described(self._document, table))
        self._stream = pa.ipc.new_stream(self._sink, self._schema)
        return drained(self._sink)

    def rows(self, batch: Batch) -> bytes:
        """The batch as one message."""
        assert self._stream is not None
        self._stream.write_batch(conformed(batch, self._schema))
        return drained(self._sink)

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """The end of the stream, after a status that is not OK."""
        if self._stream is None:
            self.table(TableHead(()))
        assert self._stream is not None
        if status != "OK":
            told = {"QUERY_STATUS": status, "message": message}
            nothing = pa.RecordBatch.from_pylist([], schema=self._schema)
            self._stream.write_batch(nothing, custom_metadata=told)
        self._stream.close()
        return drained(self._sink)


def drained(sink: io.BytesIO) -> bytes:
    """All that was written to `sink` since it was last drained."""
    written = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return written
