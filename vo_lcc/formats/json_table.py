"""JSON (RFC 8259): one object, with the rows as arrays of cells.

Null is null. JSON has no number for NaN and the infinities: they are the texts
"NaN", "Infinity", "-Infinity", which `Number()` of JavaScript and `float()` of
Python read. The status stands after the rows, so a document that was cut short is
no JSON at all.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.annotations import PHOTCAL_PARAMS, annotation_key
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Annotation, Batch, Column, PhotCal, SkyFrame, TimeFrame

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

ANNOTATIONS: Mapping[type, tuple[str, Mapping[str, str]]] = {
    TimeFrame: (
        "timesys",
        {
            "timescale": "timescale",
            "refposition": "refposition",
            "time_origin": "timeorigin",
        },
    ),
    SkyFrame: (
        "coosys",
        {"system": "system", "epoch": "epoch", "refposition": "refposition"},
    ),
    PhotCal: ("photcal", {attribute: name for attribute, name, *_ in PHOTCAL_PARAMS}),
}
"""What each annotation is called, and the names of its attributes, as in VOTable."""


class JsonWriter:
    """Writes one table as a JSON object.

    >>> writer = JsonWriter()
    >>> pieces = [writer.head(DocumentHead())]
    >>> pieces.append(writer.table(TableHead((Column("ra", "double", unit="deg"),))))
    >>> pieces.append(writer.rows(pa.record_batch({"ra": [10.5, None, math.nan]})))
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
        infos = [
            known(name=i.name, value=i.value, text=i.text or None, ucd=i.ucd)
            for i in document.infos
        ]
        about = {"about": document.description} if document.description else {}
        return b"{" + _members({**about, "infos": infos})

    def table(self, table: TableHead) -> bytes:
        """What is said of the table, up to its first row."""
        self._columns = table.columns
        told = known(
            name=table.name,
            description=table.description,
            params=[_param(param) for param in table.params] or None,
            photcals=[_noted(note) for note in table.calibrations] or None,
        )
        columns = [_told(column) for column in table.columns]
        return _members({**told, "columns": columns}) + b'"data": ['

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
    elements = json_numbers(array.flatten(), column).fill_null("null")
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


def known(**values: Any) -> dict[str, Any]:
    """The values that are not None.

    >>> known(name="ra", unit=None)
    {'name': 'ra'}
    """
    return {key: value for key, value in values.items() if value is not None}


def _members(members: Mapping[str, Any]) -> bytes:
    """Members of an object, each on a line and with a comma after it."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)},\n"
        for key, value in members.items()
    ]
    return "".join(lines).encode("utf-8", "replace")


def _told(column: Column) -> dict[str, Any]:
    """A column and what it refers to."""
    told: dict[str, Any] = {"name": column.name, **column.words}
    key = annotation_key(column)
    if key is None:
        return told
    note, is_text_time = key
    name, _ = ANNOTATIONS[type(note)]
    noted = _noted(note)
    if is_text_time:
        del noted["timeorigin"]  # times as text have none (VOTable 1.4, 3.5)
    return {**told, name: noted}


def _noted(note: Annotation) -> dict[str, Any]:
    _, names = ANNOTATIONS[type(note)]
    return known(**{name: getattr(note, key) for key, name in names.items()})


def _param(param: Param) -> dict[str, Any]:
    """A parameter; one that has no value has null."""
    value = param.value
    if isinstance(value, float) and not math.isfinite(value):
        value = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return {**_told(param.column), "value": value}
