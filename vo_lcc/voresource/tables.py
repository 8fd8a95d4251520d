"""Tables as elements of VODataService 1.2, for VOSI and for the registry.

`vo-models` has a model of a column without extendedType; it escapes descriptions twice
and quotes names by a list of reserved words other than ours. So lxml writes them.
"""

from collections.abc import Iterable

from lxml import etree

from vo_lcc.dali.capability import XSI, Element, child
from vo_lcc.tables import Column, ForeignKey, Schema, Table, adql_identifier

WORDS = ("description", "unit", "ucd", "utype")
FLAGS = ("indexed", "principal", "std")


def schema_element(schema: Schema, *, detail: bool) -> Element:
    """A `schema` element; with `detail` its tables have columns and keys."""
    element = etree.Element("schema")
    child(element, "name", adql_identifier(schema.name))
    _words(element, schema, ("description", "utype"))
    for table in schema.tables:
        table_element(child(element, "table"), table, detail=detail)
    return element


def table_element(element: Element, table: Table, *, detail: bool) -> Element:
    """`element` filled with what is said of a table."""
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
