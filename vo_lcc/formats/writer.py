"""The two ways in which rows become a document.

A `Writer` streams: its bytes can leave before the last row is known. A
`Spooler` cannot (FITS wants the number of rows and the width of strings in its
header): it keeps the rows in a temporary file, in bounded memory.

Both see a document in this order: head, then for each table its `table` and any
number of `rows`, and an end.
"""

from collections.abc import Iterator
from typing import Protocol

from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch


class Writer(Protocol):
    """Turns heads and batches into the bytes of one document.

    It keeps no rows, does no I/O and knows nothing of HTTP. `several_tables`
    says whether `table` may be called more than once; `reports_errors` whether
    `tail` can say that the document was cut short.
    """

    reports_errors: bool
    several_tables: bool

    def head(self, document: DocumentHead) -> bytes:
        """Everything before the first table."""
        ...

    def table(self, table: TableHead) -> bytes:
        """Everything between the rows before (if any) and the table's first row."""
        ...

    def rows(self, batch: Batch) -> bytes:
        """The rows of one batch; its columns are the table's, by position."""
        ...

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """Everything after the last row; `status` is OK, OVERFLOW or ERROR."""
        ...


class Spooler(Protocol):
    """Takes the rows first and gives the bytes at the end.

    Use as a context manager: leaving it removes the temporary files.
    """

    def head(self, document: DocumentHead) -> None:
        """Remember what is said of the whole document."""
        ...

    def table(self, table: TableHead) -> None:
        """A table starts."""
        ...

    def rows(self, batch: Batch) -> None:
        """Keep the rows of one batch on disk."""
        ...

    def finish(self, status: str = "OK") -> int:
        """No rows follow; the length of the document in bytes."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """The document, in pieces of about a mebibyte. Call `finish` first."""
        ...

    def __enter__(self) -> "Spooler": ...

    def __exit__(self, *exc: object) -> None: ...
