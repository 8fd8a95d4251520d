"""ECSV 1.0: CSV whose comments tell, in YAML, what its columns are.

Only the list `datatype` is read; what else the YAML holds (serialised objects, tags)
is parsed and dropped, and nothing of it is ever made.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.text.inferring import Parse, filled
from vo_lcc.tables import Column, arrow_type

MARK = " %ECSV"
MOST_YAML = 256 * 1024
"""Characters."""

DATATYPES = {
    "bool": "boolean",
    "uint8": "unsignedByte",
    "int8": "short",
    "int16": "short",
    "uint16": "int",
    "int32": "int",
    "uint32": "long",
    "int64": "long",
    "uint64": "long",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "float128": "double",
    "string": "unicodeChar",
}

SUBTYPE = re.compile(r"(\w+)\[(null|\d+)\]\Z")
"""Cells that hold JSON arrays of one dimension."""


NULL = "tag:yaml.org,2002:null"


class _Loader(yaml.BaseLoader):  # type: ignore[misc]
    """YAML as mappings, lists and texts, and None for null.

    Nothing else is made of tags, and no mapping is merged into another (`<<`): merges
    of merges grow with the power of their depth.
    """


_Loader.add_implicit_resolver(
    NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]
)
_Loader.add_constructor(NULL, lambda loader, node: None)


def is_ecsv(comments: Sequence[str]) -> bool:
    """Whether these comments, each without its `#`, are the head of an ECSV file."""
    return bool(comments) and comments[0].startswith(MARK)


def read_columns(comments: Sequence[str]) -> dict[str, Column]:
    """The columns that the head declares, by name.

    >>> head = [" %ECSV 1.0", " ---", " datatype:", " - {name: ra, unit: deg,"]
    >>> columns = read_columns([*head, "    datatype: float64, description: of date}"])
    >>> columns["ra"].words
    {'datatype': 'double', 'unit': 'deg', 'description': 'of date'}

    Raises UsageError where it is no YAML, or names a type that is not known.
    """
    said = _load(comments).get("datatype")
    if not isinstance(said, list):
        raise UsageError("the head of the ECSV has no list `datatype` of columns")
    return {column.name: column for column in map(_column, said)}


def read_meta(comments: Sequence[str]) -> dict[str, str]:
    """What the head says beside its columns, as texts: the plain words of `meta`.

    >>> read_meta([" %ECSV 1.0", " ---", " delimiter: ','", " meta: {RA: 1.5}"])
    {'delimiter': ',', 'RA': '1.5'}

    Raises UsageError where it is no YAML.
    """
    head = _load(comments)
    words = {"delimiter": head.get("delimiter"), **_mapping(head.get("meta"))}
    return {str(k): v for k, v in words.items() if isinstance(v, str)}


def _load(comments: Sequence[str]) -> dict[Any, Any]:
    text = "\n".join(line.removeprefix(" ") for line in comments[1:])
    if len(text) > MOST_YAML:
        raise UsageError(f"the head of the ECSV is longer than {MOST_YAML} characters")
    try:
        head = yaml.load(text, Loader=_Loader)  # noqa: S506 (makes texts only)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise UsageError(
            f"the head of the ECSV: line {line}: {error.problem}"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = str(error).splitlines()[0]
        raise UsageError(f"the head of the ECSV is no YAML: {problem}") from None
    return head if isinstance(head, dict) else {}


def _column(said: Any) -> Column:
    if not isinstance(said, dict) or "name" not in said:
        raise UsageError("the head of the ECSV: a column of `datatype` has no name")
    name = str(said["name"])
    datatype = DATATYPES.get(str(said.get("datatype")))
    if datatype is None:
        raise UsageError(
            f"the head of the ECSV: column {shown(name)} has the datatype"
            f" {shown(str(said.get('datatype')))}; known are {', '.join(DATATYPES)}"
        )
    datatype, arraysize = _shape(datatype, said.get("subtype"))
    words = _mapping(said.get("meta"))
    return Column(
        name=name,
        datatype=datatype,
        arraysize=arraysize,
        unit=_text(said.get("unit")),
        ucd=_text(words.get("ucd")),
        utype=_text(words.get("utype")),
        xtype=_text(words.get("xtype")),
        description=_text(said.get("description")),
    )


def _shape(datatype: str, subtype: Any) -> tuple[str, str | None]:
    """Datatype and arraysize; what has another subtype stays text."""
    if datatype != "unicodeChar":
        return datatype, None
    found = SUBTYPE.match(subtype) if isinstance(subtype, str) else None
    element = DATATYPES.get(found[1], "") if found else ""
    if found is None or element in ("", "unicodeChar"):
        return datatype, "*"
    return element, "*" if found[2] == "null" else found[2]


def _mapping(value: Any) -> dict[Any, Any]:
    """A mapping, which YAML may also hold as a list of mappings (`!!omap`)."""
    if isinstance(value, list):
        return {
            k: v for each in value if isinstance(each, dict) for k, v in each.items()
        }
    return value if isinstance(value, dict) else {}


def parser_of(column: Column) -> Parse:
    """How the texts of a declared column become values; None where they are none."""
    if column.is_text:
        return _null_where_empty
    kind = arrow_type(column)
    read = _json_arrays if column.is_array else pc.cast
    said = column.arraysize or "*"
    size = None if said == "*" else int(said)

    def parse(texts: pa.Array) -> pa.Array | None:
        try:
            found = read(filled(texts), kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, RecursionError):
            return None
        if size is None:
            return found
        fits = pc.all(pc.equal(pc.list_value_length(found), size)).as_py()
        return None if fits is False else found

    return parse


def _null_where_empty(texts: pa.Array) -> pa.Array:
    """ECSV writes a missing text as two quotes."""
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _json_arrays(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    cells = [None if text is None else json.loads(text) for text in texts.to_pylist()]
    return pa.array(cells, kind)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
