"""JSON (RFC 8259): one object, with the rows as arrays of cells.

Null is null. JSON has no number for NaN and the infinities: they are the texts
"NaN", "Infinity", "-Infinity", which `Number()` of JavaScript and `float()` of
Python read. The status stands after the rows, so a document that was cut short is
no JSON at all.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.told import known, told_column, told_document, told_table
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch, Column

SPECIAL: Mapping[str, str] = {
    "NaN": '"NaN"',
    "+Inf": '"Infinity"',
    "-Inf": '"-Infinity"',
    "-0": "-0.0",  # Python takes -0 for an integer, which has no sign
}
"""Numbers whose text is no JSON, or not the same number to every reader."""

ESCAPES: Mapping[str, str] = {
    chr(code): json.dumps(chr(code))[1:-1] for code in (*b'\\"', *range(32))
}
"""Characters that a JSON string must not hold as they are; the escape comes first."""

SUSPECT = np.zeros(256, bool)
SUSPECT[[ord(character) for character in ESCAPES]] = True


class JsonWriter:
    """Writes one table as a JSON object.

    >>> writer = JsonWriter()
    >>> pieces = [writer.head(DocumentHead())]
    >>> pieces.append(writer.table(TableHead((Column("ra", "double", unit="deg"),))))
    >>> pieces.append(writer.rows(pa.record_batch({"ra": [10.5, None, np.nan]})))
    >>> print(b"".join([*pieces, writer.tail()]).decode().rstrip())
    {"infos": [],
    "columns": [{"name": "ra", "datatype": "double", "unit": "deg"}],
    "data": [
    [10.5],
    [null],
    ["NaN"]
    ],
    "status": "OK"}
    """

    reports_errors = False
    several_tables = False

    def __init__(self) -> None:
        self._columns: tuple[Column, ...] | None = None
        self._before_rows = b"\n"

    def head(self, document: DocumentHead) -> bytes:
        """From the first brace to the INFOs."""
        return b"{" + _members(told_document(document))

    def table(self, table: TableHead) -> bytes:
        """What is said of the table, up to its first row."""
        self._columns = table.columns
        columns = [told_column(column) for column in table.columns]
        told = {**told_table(table), "columns": columns}
        return _members(told) + b'"data": ['

    def rows(self, batch: Batch) -> bytes:
        """The rows of one batch, one on each line."""
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """The end of the rows, and the status."""
        start = self.table(TableHead(())) if self._columns is None else b""
        told = json.dumps(known(status=status, message=message or None))
        return b"".join((start, b"\n],\n", told[1:].encode(), b"\n"))

    def _lines(self, batch: Batch) -> bytes:
        cells = [
            json_cells(array, column)
            for array, column in zip(batch.columns, self._columns or (), strict=True)
        ]
        lines = text.joined_rows(cells, ",", "],\n[", "null")
        before, self._before_rows = self._before_rows, b",\n"
        return b"".join((before, b"[", lines, b"]"))


def json_cells(array: pa.Array, column: Column) -> pa.Array:
    """The cells of one column as `joined_rows` takes them; a null stays null.

    >>> json_cells(pa.array([-np.inf, 1.5]), Column("x", "double")).to_pylist()
    ['"-Infinity"', '1.5']
    >>> json_cells(pa.array([[1, None], []]), Column("n", "int", "*")).to_pylist()
    ['[1,null]', '[]']
    """
    if column.is_text:
        return json_text(array)
    if column.is_list:
        return json_lists(array, column)
    if text.is_number(array) and not has_special(array):
        return array
    return json_numbers(array, column)


def json_numbers(array: pa.Array, column: Column) -> pa.Array:
    """Numbers and booleans as JSON; bits are the digits 0 and 1."""
    cells = text.scalar_text(array, column)
    if has_special(array):
        for spelled, special in SPECIAL.items():
            cells = pc.if_else(pc.equal(cells, spelled), special, cells)
    return cells


def has_special(array: pa.Array) -> bool:
    """Whether there are NaN, infinities or a zero below zero.

    >>> has_special(pa.array([0.0, None, 1.5])), has_special(pa.array([-0.0]))
    (False, True)
    """
    if not pa.types.is_floating(array.type):
        return False
    values = arrays.stored_numbers(array.drop_null(), "double")
    zeros = values[values == 0]
    return not np.isfinite(values).all() or bool(np.signbit(zeros).any())


def json_lists(array: pa.Array, column: Column) -> pa.Array:
    """Arrays of numbers, and the parts of complex ones, as JSON arrays."""
    return joined_lists(array, json_numbers(array.flatten(), column))


def joined_lists(array: pa.Array, elements: pa.Array) -> pa.Array:
    """Lists of these elements, which are texts, as JSON; a null stays null."""
    elements = elements.fill_null("null")
    offsets = np.concatenate(([0], np.cumsum(arrays.list_lengths(array))))
    mask = array.is_null() if array.null_count else None
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), elements, mask=mask)
    return _between("[", pc.binary_join(lists, ","), "]")


def json_text(array: pa.Array) -> pa.Array:
    """Text as JSON strings.

    >>> json_text(pa.array(['say "a\\tb"', None, "\\u2028é"])).to_pylist()
    ['"say \\\\"a\\\\tb\\\\""', None, '"\\u2028é"']
    """
    data = arrays.utf8_bytes(array)
    if SUSPECT[data].any():
        there = set(np.unique(data[SUSPECT[data]]))
        for character, escape in ESCAPES.items():
            if ord(character) in there:
                array = pc.replace_substring(array, character, escape)
    return _between('"', array, '"')


def _between(start: str, array: pa.Array, end: str) -> pa.Array:
    return pc.binary_join_element_wise(start, array, end, "")


def _members(members: Mapping[str, Any]) -> bytes:
    """Members of an object, each on a line and with a comma after it."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},\n"
        for key, value in members.items()
    ]
    return "".join(lines).encode("utf-8", "replace")
