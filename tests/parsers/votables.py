"""VOTables written by hand, for the tests of their parser."""

import base64
import io
from typing import Any

from tests.parsers.tables import rows_of
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.parsers.votable import read_votable

NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
START = '<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4">'


def read(document: bytes | str, limits: ReadLimits | None = None) -> ReadTable:
    data = document.encode() if isinstance(document, str) else document
    return read_votable(io.BytesIO(data), limits or ReadLimits())


def rows(document: bytes | str, limits: ReadLimits | None = None) -> list[Any]:
    return rows_of(read(document, limits))


def column(document: bytes | str) -> list[Any]:
    """The values of a table of one column."""
    return [value for (value,) in rows(document)]


def field(datatype: str, arraysize: str | None = None, null: str | None = None) -> str:
    size = "" if arraysize is None else f' arraysize="{arraysize}"'
    values = "" if null is None else f'<VALUES null="{null}"/>'
    return f'<FIELD name="x" datatype="{datatype}"{size}>{values}</FIELD>'


def table(fields: str, data: str, attributes: str = "") -> str:
    return f"<TABLE{attributes}>{fields}<DATA>{data}</DATA></TABLE>"


def resource(inside: str, kind: str = ' type="results"') -> str:
    return f"{START}<RESOURCE{kind}>{inside}</RESOURCE></VOTABLE>"


def tabledata(fields: str, *lines: str, attributes: str = "") -> str:
    """A document of these rows, each what stands in its TR."""
    inside = "\n".join(f"<TR>{line}</TR>" for line in lines)
    return resource(table(fields, f"<TABLEDATA>{inside}</TABLEDATA>", attributes))


def cells(fields: str, *values: str) -> str:
    """A document of one column."""
    return tabledata(fields, *(f"<TD>{value}</TD>" for value in values))


def by_parser(document: str) -> str:
    """The same document, so that no row of it is read without the parser."""
    return document.replace("<TR>", "<TR >").replace("<TD>", "<TD >")


def binary(fields: str, data: bytes, kind: str = "BINARY") -> str:
    text = base64.b64encode(data).decode()
    stream = f'<STREAM encoding="base64">{text}</STREAM>'
    return resource(table(fields, f"<{kind}>{stream}</{kind}>"))
