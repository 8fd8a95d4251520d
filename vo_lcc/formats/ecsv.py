"""ECSV 1.0 (astropy APE 6): CSV after comments that tell all of it in YAML.

Each column has its unit, description and, under `meta`, what else VOTable would say
of it: UCD, utype, xtype and its time system, coordinate system or photometric
calibration. The `meta` of the table hold the rest. Strings of YAML are written as
those of JSON, which they may be.

An empty field is null, and so are two quotes: ECSV does not tell empty text from
null. Each row is one line, for readers look for comments in every line. Lists are
JSON; a complex number is a list of its two parts.
"""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, json_table, text
from vo_lcc.formats.comments import on_one_line
from vo_lcc.formats.delimited import MARKED, never_blank, quoted
from vo_lcc.formats.told import told_annotation, told_document, told_table
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch, Column

DATATYPES: Mapping[str, str] = {
    "boolean": "bool",
    "bit": "bool",
    "unsignedByte": "uint8",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "floatComplex": "float32",
    "doubleComplex": "float64",
    "char": "string",
    "unicodeChar": "string",
}
"""The types of VOTable by their names in ECSV; complex numbers by those of parts."""

KEPT = 512
"""Columns whose lines are kept, for the same come again and again."""

META_WORDS = ("ucd", "utype", "xtype", "arraysize")
"""What stands in the meta of a column, for ECSV has no word of its own for it."""

NOT_PLAIN = re.compile("[^\x20-\x7e]")
"""Characters that stand escaped in YAML: STIL wants it to be ASCII."""

SPECIAL = {"+Inf": "Infinity", "-Inf": "-Infinity", "-0": "-0.0"}
"""Numbers in lists that Python would not read from JSON as they are spelled."""

ROWS = ("", ",", "\n")
"""What stands before a row, between its fields, and after it."""


class EcsvWriter:
    """Writes one table as ECSV.

    >>> writer = EcsvWriter()
    >>> columns = (Column("ra", "double", unit="deg"), Column("name", "char", "*"))
    >>> pieces = [writer.head(DocumentHead()), writer.table(TableHead(columns))]
    >>> pieces.append(writer.rows(pa.record_batch({"ra": [1.5], "name": ["RR Lyr"]})))
    >>> print(b"".join(pieces).decode().rstrip())
    # %ECSV 1.0
    # ---
    # delimiter: ','
    # datatype:
    # - {name: "ra", datatype: "float64", unit: "deg"}
    # - {name: "name", datatype: "string", meta: {arraysize: "*"}}
    # meta:
    #   infos: []
    # schema: "astropy-2.0"
    ra,name
    1.5,RR Lyr
    """

    reports_errors = False
    several_tables = False

    def __init__(self) -> None:
        self._document = DocumentHead()
        self._columns: tuple[Column, ...] = ()

    def head(self, document: DocumentHead) -> bytes:
        """Nothing yet: it stands with what is said of the table."""
        self._document = document
        return b""

    def table(self, table: TableHead) -> bytes:
        """The comments, and the line of names."""
        self._columns = table.columns
        meta = {**told_document(self._document), **told_table(table)}
        yaml = [
            "%ECSV 1.0",
            "---",
            "delimiter: ','",
            "datatype:",
            *map(column_line, table.columns),
            "meta:",
            *(line for key, value in meta.items() for line in members(key, value)),
            'schema: "astropy-2.0"',
        ]
        names = quoted(pa.array([c.name for c in table.columns], pa.string()), MARKED)
        lines = [*(f"# {line}" for line in yaml), ",".join(names.to_pylist()), ""]
        return "\n".join(lines).encode("utf-8", "replace")

    def rows(self, batch: Batch) -> bytes:
        """One line for each row."""
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """Nothing: ECSV has no place for a status."""
        return b""

    def _lines(self, batch: Batch) -> bytes:
        return text.lines(batch, self._columns, self._fields, ROWS)

    def _fields(self, array: pa.Array, column: Column) -> pa.Array:
        fields = ecsv_fields(array, column)
        return never_blank(fields) if len(self._columns) == 1 else fields


@lru_cache(maxsize=KEPT)
def column_line(column: Column) -> str:
    """What the head says of a column, as a line of YAML."""
    return f"- {yaml_value(described(column))}"


def described(column: Column) -> dict[str, Any]:
    """What the head of ECSV says of a column.

    >>> described(Column("z", "floatComplex", "*", ucd="phot"))["subtype"]
    'float32[null]'
    >>> described(Column("p", "double", "2", unit="deg"))
    {'name': 'p', 'datatype': 'string', 'subtype': 'float64[2]', 'unit': 'deg', \
'meta': {'arraysize': '2'}}
    """
    kind = DATATYPES[column.datatype]
    told = {"name": column.name, "datatype": "string" if column.is_list else kind}
    if column.is_list:
        size = arrays.fixed_size(column)
        told["subtype"] = f"{kind}[{'null' if size is None else size}]"
    words = column.words
    meta = {word: words[word] for word in META_WORDS if word in words}
    meta |= {"datatype": column.datatype} if column.datatype in RENAMED else {}
    more = {
        "unit": column.plain_unit,
        "description": words.get("description"),
        "meta": {**meta, **told_annotation(column)} or None,
    }
    return {**told, **{key: value for key, value in more.items() if value}}


RENAMED = ("bit", "floatComplex", "doubleComplex", "unicodeChar")
"""Types of VOTable that those of ECSV do not tell."""


def ecsv_fields(array: pa.Array, column: Column) -> pa.Array:
    """The cells of one column; a null stays null.

    >>> ecsv_fields(pa.array([True, None]), Column("b", "boolean")).to_pylist()
    ['True', None]
    >>> ecsv_fields(pa.array([[1.5, None]]), Column("x", "double", "*")).to_pylist()
    ['"[1.5,null]"']
    """
    if column.is_list:
        return quoted(_lists(array, column), MARKED)
    if column.is_text:
        return quoted(on_one_line(array), MARKED)
    if text.is_number(array):
        return array
    return pc.if_else(array, "True", "False")


def _lists(array: pa.Array, column: Column) -> pa.Array:
    if pa.types.is_boolean(array.type.value_type):
        names = pc.if_else(array.flatten(), "true", "false")
        return json_table.joined_lists(array, names)
    elements = text.number_text(array.flatten())
    for spelled, special in SPECIAL.items():
        elements = pc.if_else(pc.equal(elements, spelled), special, elements)
    return json_table.joined_lists(array, elements)


def members(key: str, value: Any) -> list[str]:
    """A member of a mapping in YAML, each element of a list in a line of its own.

    >>> members("infos", [{"name": "query"}])
    ['  infos:', '  - {name: "query"}']
    """
    if isinstance(value, list) and value:
        return [f"  {key}:", *(f"  - {yaml_value(each)}" for each in value)]
    return [f"  {key}: {yaml_value(value)}"]


def yaml_value(value: Any) -> str:
    """A value as one line of YAML.

    >>> yaml_value({"name": "RR", "zero": 1e-07, "known": [True, None]})
    '{name: "RR", zero: 1.0e-07, known: [true, null]}'
    >>> print(yaml_value("ž"))
    "\\u017e"
    """
    if isinstance(value, str):
        return NOT_PLAIN.sub(_escape, encode_basestring(value))
    if isinstance(value, dict):
        pairs = [f"{key}: {yaml_value(each)}" for key, each in value.items()]
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, float):
        return yaml_number(value)
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_value, value))}]"
    return json.dumps(value)


def yaml_number(value: float) -> str:
    """A floating-point number; YAML 1.1 wants a point in each.

    >>> yaml_number(1e22), yaml_number(0.25), yaml_number(-math.inf)
    ('1.0e+22', '0.25', '-.inf')
    """
    if math.isfinite(value):
        digits, exponent, power = repr(value).partition("e")
        return (
            digits + (".0" if exponent and "." not in digits else "") + exponent + power
        )
    return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
