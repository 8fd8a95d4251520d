"""Tables as elements of VODataService 1.2, for VOSI and for the registry.

`vo-models` has a model of a column without extendedType; it escapes descriptions twice
and quotes names by a list of reserved words other than ours. So lxml writes them.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from lxml import etree

from vo_lcc.dali.capability import XSI, Element, child
from vo_lcc.lightcurves.collection import Collection, PublishedRelease
from vo_lcc.tables import Column, ForeignKey, Schema, Table, adql_identifier

WORDS = ("description", "unit", "ucd", "utype")
FLAGS = ("indexed", "principal", "std")
NOT_COUNTED: Mapping[tuple[str, str], int] = MappingProxyType({})


RowCounts = Mapping[tuple[str, str], int]
"""How many rows tables have, by schema and name, as far as that is known."""


def row_counts(collections: Iterable[Collection]) -> dict[tuple[str, str], int]:
    """Of the tables of collections, and of their releases."""
    counts: dict[tuple[str, str], int] = {}
    for collection in collections:
        counts |= _counts(collection.name, collection)
        for release in collection.releases:
            counts |= _counts(release.schema, release)
    return counts


def _counts(
    schema: str, counted: Collection | PublishedRelease
) -> dict[tuple[str, str], int]:
    return {
        (schema, "objects"): counted.n_objects,
        (schema, "lightcurves"): counted.n_lightcurves,
        (schema, "photometry"): counted.n_points,
    }


def schema_element(
    schema: Schema, rows: RowCounts = NOT_COUNTED, *, detail: bool
) -> Element:
    """A `schema` element by itself; see `add_schema`."""
    return _schema(etree.Element("schema"), schema, rows, detail=detail)


def add_schema(
    parent: Element, schema: Schema, rows: RowCounts = NOT_COUNTED, *, detail: bool
) -> Element:
    """A `schema` in its `parent`; with `detail` its tables have columns and keys.

    The number of `rows` is told where it is known (VODataService 1.2, section 3.3).
    Of a large one it takes half the time that it takes to make and then append it.
    """
    return _schema(child(parent, "schema"), schema, rows, detail=detail)


def _schema(
    element: Element, schema: Schema, rows: RowCounts, *, detail: bool
) -> Element:
    child(element, "name", adql_identifier(schema.name))
    _words(element, schema, ("description", "utype"))
    for table in schema.tables:
        table_element(child(element, "table"), table, rows, detail=detail)
    return element


def table_element(
    element: Element, table: Table, rows: RowCounts = NOT_COUNTED, *, detail: bool
) -> Element:
    """`element` filled with what is said of a table."""
    element.set("type", table.table_type)
    child(element, "name", table.full_name)
    _words(element, table, ("description", "utype"))
    count = rows.get((table.schema, table.name))
    if count is not None:
        child(element, "nrows", count)
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
