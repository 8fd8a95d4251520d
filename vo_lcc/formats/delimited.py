"""CSV (RFC 4180) and TSV (IANA text/tab-separated-values).

The first line holds the column names. A null is an empty field; CSV puts empty
text in quotes, so that it differs from a null. TSV has no quotes: a tab or the
end of a line inside text becomes a blank. Neither format can say that a table
was cut short (DALI 1.1, 4.4.1), so `tail` adds nothing and the caller must break
the connection on an error. Where comments were asked for (lines that start with `#`),
they say all this and more.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.comments import document_comments, status_comment, table_comments
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch, Column

PLAIN = r'[",\r\n]|^\s|\s$|^$'
"""CSV text that stands in quotes."""

MARKED = r'[",\r\n#]|^\s|\s$|^$'
"""The same where `#` starts a comment."""

SUSPECT = np.zeros(256, bool)
SUSPECT[[*b'"\r\n\t\v\f ,#']] = True
"""Bytes without which no text of one character or more needs quotes."""


class DelimitedWriter:
    """Writes one table as lines of fields.

    >>> writer = csv_writer()
    >>> writer.table(TableHead((Column("ra", "double"), Column("name", "char", "*"))))
    b'ra,name\\r\\n'
    >>> batch = pa.record_batch({"ra": [10.5, 11.0], "name": [None, "RR Lyr, var"]})
    >>> writer.rows(batch)
    b'10.5,\\r\\n11,"RR Lyr, var"\\r\\n'
    """

    reports_errors = False
    several_tables = False

    def __init__(
        self,
        delimiter: str,
        end: str,
        field: Callable[[pa.Array], pa.Array],
        *,
        commented: bool = False,
    ) -> None:
        self._delimiter = delimiter
        self._end = end
        self._field = field
        self._commented = commented
        self._columns: tuple[Column, ...] = ()

    def head(self, document: DocumentHead) -> bytes:
        """Nothing, for the format has no place for it, or comments."""
        return self._comments(document_comments(document))

    def table(self, table: TableHead) -> bytes:
        """Comments where there are some, and the line of column names."""
        self._columns = table.columns
        return self._comments(table_comments(table)) + self._names(table)

    def _names(self, table: TableHead) -> bytes:
        names = self._field(pa.array([c.name for c in table.columns], pa.string()))
        return (self._delimiter.join(names.to_pylist()) + self._end).encode()

    def rows(self, batch: Batch) -> bytes:
        """One line for each row."""
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def _lines(self, batch: Batch) -> bytes:
        marks = ("", self._delimiter, self._end)
        return text.lines(batch, self._columns, self._fields, marks)

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """Nothing, for the format has no place for a status, or a comment."""
        return (
            b"" if status == "OK" else self._comments(status_comment(status, message))
        )

    def _comments(self, lines: Iterable[str]) -> bytes:
        if not self._commented:
            return b""
        return "".join(line + self._end for line in lines).encode("utf-8", "replace")

    def _fields(self, array: pa.Array, column: Column) -> pa.Array:
        fields = text.joinable(array, column)
        fields = self._field(fields) if column.is_text else fields
        alone = len(self._columns) == 1 and self._delimiter == ","
        return never_blank(fields) if alone else fields


class WithoutHeader(DelimitedWriter):
    """The same without the line of column names (`header=absent`)."""

    def _names(self, table: TableHead) -> bytes:
        return b""


def csv_writer() -> DelimitedWriter:
    """Comma-separated values with a header line."""
    return DelimitedWriter(",", "\r\n", quoted)


def csv_writer_without_header() -> DelimitedWriter:
    """Comma-separated values without a header line."""
    return WithoutHeader(",", "\r\n", quoted)


def tsv_writer() -> DelimitedWriter:
    """Tab-separated values with a header line."""
    return DelimitedWriter("\t", "\n", on_one_line)


def commented_csv_writer() -> DelimitedWriter:
    """Comma-separated values after comments (`#`) that say what they are."""
    return DelimitedWriter(",", "\r\n", partial(quoted, pattern=MARKED), commented=True)


def commented_tsv_writer() -> DelimitedWriter:
    """Tab-separated values after comments (`#`) that say what they are."""
    return DelimitedWriter("\t", "\n", on_one_line, commented=True)


def quoted(array: pa.Array, pattern: str = PLAIN) -> pa.Array:
    """Text in quotes where CSV needs them; empty text is two quotes.

    >>> quoted(pa.array(["plain", 'a "b" c', "", None])).to_pylist()
    ['plain', '"a ""b"" c"', '""', None]
    """
    if not arrays.holds(array, SUSPECT) and not arrays.has_empty(array):
        return array
    needed = pc.match_substring_regex(array, pattern)
    doubled = pc.replace_substring(array, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), array)


def never_blank(array: pa.Array) -> pa.Array:
    """Fields of which none is empty: a blank line would be no row at all.

    >>> never_blank(pa.array(["a", None])).to_pylist()
    ['a', '""']
    """
    fields = text.number_text(array) if text.is_number(array) else array
    fields = fields.fill_null("")
    return pc.if_else(pc.equal(fields, ""), '""', fields)


def on_one_line(array: pa.Array) -> pa.Array:
    """Text with tabs and line ends replaced by blanks.

    >>> on_one_line(pa.array(["a\\tb", "c"])).to_pylist()
    ['a b', 'c']
    """
    if not arrays.holds(array, SUSPECT):
        return array
    return pc.replace_substring_regex(array, "[\t\r\n]", " ")
