"""Whole documents at once, for tables that are in memory and small."""

from collections.abc import Iterable, Sequence
from typing import cast

from vo_lcc.formats.choice import Format
from vo_lcc.formats.writer import Spooler, Writer
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch


def document_bytes(
    fmt: Format,
    document: DocumentHead,
    tables: Iterable[tuple[TableHead, Sequence[Batch]]],
) -> bytes:
    """A whole document of these tables, in a format of either kind.

    A format that holds one table takes no more than one.

    >>> import pyarrow as pa
    >>> from vo_lcc.formats import find_format
    >>> from vo_lcc.tables import Column
    >>> rows = pa.record_batch({"ra": [10.5]})
    >>> table = TableHead((Column("ra", "double"),)), [rows]
    >>> document_bytes(find_format("csv"), DocumentHead(), [table])
    b'ra\\r\\n10.5\\r\\n'
    """
    if not fmt.streams:
        return _spooled(cast(Spooler, fmt.open()), document, tables)
    writer = cast(Writer, fmt.open())
    pieces = [writer.head(document)]
    for table, batches in tables:
        pieces.append(writer.table(table))
        pieces += map(writer.rows, batches)
    return b"".join([*pieces, writer.tail()])


def _spooled(
    spooler: Spooler,
    document: DocumentHead,
    tables: Iterable[tuple[TableHead, Sequence[Batch]]],
) -> bytes:
    with spooler:
        spooler.head(document)
        for table, batches in tables:
            spooler.table(table)
            for batch in batches:
                spooler.rows(batch)
        spooler.finish()
        return b"".join(spooler.chunks())
