"""Which columns of the catalog identify light curves, so that links lead from them."""

from collections.abc import Collection as Names
from dataclasses import replace

from vo_lcc.tables import ANY_COLLECTION, Catalog, Column, Schema, Table

OBJECT_ID = "object_id"
DATASET_ID = "obs_publisher_did"
OBSCORE = "ivoa"


def identified(catalog: Catalog, collections: Names[str]) -> Catalog:
    """The catalog with `identifies` set wherever a column has identifiers.

    The tables of a collection have the names of its objects, those of ObsCore
    publisher's dataset identifiers; any other table may have what it likes under
    these names.
    """
    schemas = tuple(_schema(schema, collections) for schema in catalog.schemas)
    return replace(catalog, schemas=schemas)


def _schema(schema: Schema, collections: Names[str]) -> Schema:
    if schema.name in collections:
        return _marked(schema, OBJECT_ID, schema.name)
    if schema.name == OBSCORE:
        return _marked(schema, DATASET_ID, ANY_COLLECTION)
    return schema


def _marked(schema: Schema, name: str, identifies: str) -> Schema:
    def column(one: Column) -> Column:
        return replace(one, identifies=identifies) if one.name == name else one

    def table(one: Table) -> Table:
        return replace(one, columns=tuple(map(column, one.columns)))

    return replace(schema, tables=tuple(map(table, schema.tables)))
