"""The VOSI documents: availability, capabilities, tables (VOSI 1.1).

`vo-models` has a model for availability. Its model of a column has no
extendedType, escapes descriptions twice and quotes names by a list of reserved
words other than ours, so the tables are written with lxml.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from lxml import etree
from vo_models.voresource.types import UTCTimestamp
from vo_models.vosi.availability import Availability

from vo_lcc.dali.capability import VODATASERVICE, XSI, Element, child
from vo_lcc.tables import Catalog, Column, ForeignKey, Schema, Table, adql_identifier

CAPABILITIES = "http://www.ivoa.net/xml/VOSICapabilities/v1.0"
TABLES = "http://www.ivoa.net/xml/VOSITables/v1.0"
VORESOURCE = "http://www.ivoa.net/xml/VOResource/v1.0"

NSMAP = {"vr": VORESOURCE, "vs": VODATASERVICE, "xsi": XSI}
WORDS = ("description", "unit", "ucd", "utype")
FLAGS = ("indexed", "principal", "std")


def availability(available: bool, started: float, note: str | None = None) -> bytes:
    """The availability document; `started` in Unix seconds."""
    up_since = datetime.fromtimestamp(int(started), UTC)
    document = Availability(
        available=available,
        up_since=UTCTimestamp.fromisoformat(up_since.isoformat())
        if available
        else None,
        note=[note] if note else [],
    )
    text = document.to_xml(skip_empty=True, xml_declaration=True, encoding="UTF-8")
    return text if isinstance(text, bytes) else text.encode()


def capabilities(elements: Iterable[Element]) -> bytes:
    """The capabilities document that holds these `capability` elements."""
    root = etree.Element(
        f"{{{CAPABILITIES}}}capabilities", nsmap={"vosi": CAPABILITIES, **NSMAP}
    )
    root.extend(elements)
    return _document(root)


def tableset(catalog: Catalog, *, detail: bool = True) -> bytes:
    """All tables; with `detail` also their columns and foreign keys."""
    root = etree.Element(f"{{{TABLES}}}tableset", nsmap={"vosi": TABLES, **NSMAP})
    for schema in catalog.schemas:
        root.append(_schema(schema, detail=detail))
    return _document(root)


def single_table(table: Table) -> bytes:
    """One table whole: /tables/{name}."""
    root = etree.Element(f"{{{TABLES}}}table", nsmap={"vosi": TABLES, **NSMAP})
    return _document(_table(root, table, detail=True))


def _schema(schema: Schema, *, detail: bool) -> Element:
    element = etree.Element("schema")
    child(element, "name", adql_identifier(schema.name))
    _words(element, schema, ("description", "utype"))
    for table in schema.tables:
        _table(child(element, "table"), table, detail=detail)
    return element


def _table(element: Element, table: Table, *, detail: bool) -> Element:
    element.set("type", table.table_type)
    child(element, "name", table.full_name)
    _words(element, table, ("description", "utype"))
    if detail:
        for column in table.columns:
            _column(child(element, "column"), column)
        for key in table.keys:
            _foreign_key(child(element, "foreignKey"), key)
    return element


def _column(element: Element, column: Column) -> None:
    if column.std:
        element.set("std", "true")
    child(element, "name", column.adql_name)
    _words(element, column, WORDS)
    datatype = child(element, "dataType", column.datatype)
    datatype.set(f"{{{XSI}}}type", "vs:VOTableType")
    if column.arraysize is not None:
        datatype.set("arraysize", column.arraysize)
    if column.xtype is not None:
        datatype.set("extendedType", column.xtype)
    for flag in FLAGS:
        if getattr(column, flag):
            child(element, "flag", flag)


def _foreign_key(element: Element, key: ForeignKey) -> None:
    child(element, "targetTable", key.target)
    for here, there in key.columns:
        pair = child(element, "fkColumn")
        child(pair, "fromColumn", adql_identifier(here))
        child(pair, "targetColumn", adql_identifier(there))
    _words(element, key, ("description",))


def _words(
    element: Element, thing: Schema | Table | Column | ForeignKey, words: Iterable[str]
) -> None:
    """What is said of `thing`, each word an element; nothing for what is not said."""
    for word in words:
        text = getattr(thing, word)
        if text is not None:
            child(element, word, text)


def _document(root: Element) -> bytes:
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return text
