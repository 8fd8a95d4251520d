"""Plain text: columns under each other, for people and for line tools.

Lines that start with `#` tell of the document, its tables and columns, and of how it
ended. The widths of columns are those of the first batch; a wider cell of a later one
makes its column wider from there on.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.comments import (
    document_comments,
    on_one_line,
    shown,
    status_comment,
    table_comments,
)
from vo_lcc.formats.markup import encoded
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch, Column

GAP = "  "
MOST_WIDTH = 120
"""Cells longer than this stand out of their column, so that not all are as wide."""


class PlainWriter:
    """Writes text with any number of tables.

    >>> writer = PlainWriter()
    >>> columns = (Column("name", "char", "*"), Column("mag", "double", unit="mag"))
    >>> _ = writer.table(TableHead(columns))
    >>> batch = pa.record_batch({"name": ["RR Lyr", None], "mag": [7.25, 12.0]})
    >>> print((writer.rows(batch) + writer.tail()).decode())
    name     mag
             mag
    ------  ----
    RR Lyr  7.25
              12
    # QUERY_STATUS: OK
    <BLANKLINE>
    """

    reports_errors = True
    several_tables = True

    def __init__(self) -> None:
        self._columns: tuple[Column, ...] = ()
        self._widths: list[int] = []
        self._named = True  # whether the names of the columns have been written

    def head(self, document: DocumentHead) -> bytes:
        """Comments: the description and the INFOs."""
        return encoded(document_comments(document))

    def table(self, table: TableHead) -> bytes:
        """Comments on the table; the names of columns wait for the first rows."""
        ended = self._names()
        self._columns, self._named = table.columns, False
        self._widths = [_least_width(column) for column in table.columns]
        return ended + encoded(["", *table_comments(table)])

    def rows(self, batch: Batch) -> bytes:
        """One line for each row, after the names of the columns."""
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """A comment on how it ended."""
        return self._names() + encoded(status_comment(status, message))

    def _lines(self, batch: Batch) -> bytes:
        cells = [
            _cells(array, column)
            for array, column in zip(batch.columns, self._columns, strict=True)
        ]
        longest = [pc.max(pc.utf8_length(column)).as_py() for column in cells]
        self._widths = [
            max(known, min(length, MOST_WIDTH))
            for known, length in zip(self._widths, longest, strict=True)
        ]
        names = self._names()
        lines = text.joined_rows(self._padded(cells), GAP, "\n", "")
        return b"".join((names, lines, b"\n"))

    def _padded(self, cells: Sequence[pa.Array]) -> list[pa.Array]:
        """Numbers at the right of their column, others at the left."""
        found = []
        for column, width, array in zip(
            self._columns, self._widths, cells, strict=True
        ):
            if column.is_number:
                found.append(pc.ascii_lpad(array, width))
            elif column is self._columns[-1]:
                found.append(array)
            else:
                found.append(pc.utf8_rpad(array, width))
        return found

    def _names(self) -> bytes:
        """The names of the columns, their units and a rule, once."""
        if self._named or not self._columns:
            return b""
        self._named = True
        names = [shown(column.name) for column in self._columns]
        units = [shown(column.plain_unit or "") for column in self._columns]
        rule = ["-" * width for width in self._widths]
        lines = [
            GAP.join(
                word.rjust(width) if column.is_number else word.ljust(width)
                for word, width, column in zip(
                    words, self._widths, self._columns, strict=True
                )
            ).rstrip()
            for words in (names, units, rule)
        ]
        return encoded(lines)


def _cells(array: pa.Array, column: Column) -> pa.Array:
    cells = text.column_text(array, column).fill_null("")
    return on_one_line(cells) if column.is_text else cells


def _least_width(column: Column) -> int:
    """The room for the name and the unit, and for a rule."""
    return max(len(column.name), len(column.plain_unit or ""), 1)
