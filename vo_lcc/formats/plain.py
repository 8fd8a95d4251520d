"""Plain text: columns under each other, for people and for line tools.

Lines that start with `#` tell of the document, its tables and columns, and of how it
ended. The widths of columns are those of the first batch; a wider cell of a later one
makes its column wider from there on.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.annotations import notes
from vo_lcc.formats.markup import encoded
from vo_lcc.formats.votable import param_text
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Batch, Column

GAP = "  "
MOST_WIDTH = 120
"""Cells longer than this stand out of their column, so that not all are as wide."""

UNSEEN = r"[\x00-\x1F\x7F\x{85}\x{2028}\x{2029}]"
"""Characters that would break a line, or that nobody can see: they become blanks."""

SUSPECT = np.zeros(256, bool)
SUSPECT[[*range(32), 0x7F, 0xC2, 0xE2]] = True
"""The bytes with which such characters start."""


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
        lines = comment(document.description or document.name)
        for info in document.infos:
            lines += comment(f"{info.name}: {info.value} {info.text}".rstrip())
        return encoded(lines)

    def table(self, table: TableHead) -> bytes:
        """Comments on the table; the names of columns wait for the first rows."""
        ended = self._names()
        self._columns, self._named = table.columns, False
        self._widths = [_least_width(column) for column in table.columns]
        lines = [""]
        lines += comment(f"Table {table.name}") if table.name else []
        lines += comment(table.description) if table.description else []
        for param in table.params:
            lines += comment(_param_words(param))
        for names, words in notes(table):
            lines += comment(f"{names}: {words}" if names else words)
        for column in table.columns:
            lines += _column_words(column)
        return ended + encoded(lines)

    def rows(self, batch: Batch) -> bytes:
        """One line for each row, after the names of the columns."""
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """A comment on how it ended."""
        words = f"QUERY_STATUS: {status} {message}".rstrip()
        return self._names() + encoded(comment(words))

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
        names = [_shown(column.name) for column in self._columns]
        units = [_shown(column.unit or "") for column in self._columns]
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


def comment(words: str) -> list[str]:
    """Each line of the words as a comment.

    >>> comment("query: SELECT *\\nFROM t")
    ['# query: SELECT *', '#   FROM t']
    """
    first, *others = words.splitlines() or [""]
    return [f"# {_shown(first)}", *(f"#   {_shown(line)}" for line in others)]


def on_one_line(array: pa.Array) -> pa.Array:
    """Text without ends of lines and what cannot be seen.

    >>> on_one_line(pa.array(["a\\tb\\n", "ž"])).to_pylist()
    ['a b ', 'ž']
    """
    if not arrays.holds(array, SUSPECT):
        return array
    return pc.replace_substring_regex(array, UNSEEN, " ")


def _cells(array: pa.Array, column: Column) -> pa.Array:
    cells = text.column_text(array, column).fill_null("")
    return on_one_line(cells) if column.is_text else cells


def _shown(words: str) -> str:
    return str(on_one_line(pa.array([words]))[0])


def _least_width(column: Column) -> int:
    """The room for the name and the unit, and for a rule."""
    return max(len(column.name), len(column.unit or ""), 1)


def _column_words(column: Column) -> list[str]:
    """What is said of a column beyond its name and unit."""
    kind = column.datatype + (f"[{column.arraysize}]" if column.arraysize else "")
    words = (kind, column.ucd, column.utype, column.xtype, column.description)
    return comment(f"{column.name}: {', '.join(filter(None, words))}")


def _param_words(param: Param) -> str:
    unit = param.column.unit or ""
    value = "null" if param.value is None else f"{param_text(param)} {unit}".rstrip()
    words = f"{param.column.name} = {value}"
    about = param.column.description
    return f"{words} ({about})" if about else words
