"""The TABLEDATA serialisation of VOTable."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.markup import ESCAPES, FORBIDDEN
from vo_lcc.tables import Batch, Column

# bytes that XML text may not hold as they are, and the first of U+FFFE, U+FFFF
SUSPECT = np.zeros(256, bool)
SUSPECT[[*range(9), *range(11, 32), *b"&<>", 0xEF]] = True

MARKS = ("<TR><TD>", "</TD><TD>", "</TD></TR>\n")
"""What stands before a row, between its cells, and after it."""


class TableDataRows:
    """Rows of a table as TABLEDATA; a null is an empty TD.

    >>> rows = TableDataRows([Column("ra", "double"), Column("name", "char", "*")])
    >>> batch = pa.record_batch({"ra": [10.5, None], "name": ["RR & co", ""]})
    >>> print((rows.open() + rows.rows(batch) + rows.close()).decode())
    <TABLEDATA>
    <TR><TD>10.5</TD><TD>RR &amp; co</TD></TR>
    <TR><TD></TD><TD></TD></TR>
    </TABLEDATA>
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)

    def open(self) -> bytes:
        """The start tag."""
        return b"<TABLEDATA>\n"

    def rows(self, batch: Batch) -> bytes:
        """One line for each row."""
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def _lines(self, batch: Batch) -> bytes:
        return text.lines(batch, self._columns, _cells, MARKS)

    def close(self) -> bytes:
        """The end tag."""
        return b"</TABLEDATA>"


def _cells(array: pa.Array, column: Column) -> pa.Array:
    cells = text.joinable(array, column)
    if not column.is_text:
        return cells
    return escaped(arrays.ascii_only(cells) if column.datatype == "char" else cells)


def escaped(array: pa.Array) -> pa.Array:
    """Text as XML content; characters that XML cannot hold become `?`.

    >>> escaped(pa.array(["a<b", "bell \\x07", "plain"])).to_pylist()
    ['a&lt;b', 'bell ?', 'plain']
    """
    if not arrays.holds(array, SUSPECT):
        return array
    array = pc.replace_substring_regex(array, FORBIDDEN, "?")
    for character, escape in ESCAPES.items():
        array = pc.replace_substring(array, character, escape)
    return array
