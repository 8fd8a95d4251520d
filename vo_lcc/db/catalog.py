"""The catalog in the database: TAP_SCHEMA and what the server keeps beside it."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

import pyarrow as pa

from vo_lcc.db.connect import Database
from vo_lcc.db.load import Load
from vo_lcc.db.quote import quote_text
from vo_lcc.db.tap_schema import TAP_SCHEMA
from vo_lcc.tables import (
    Annotation,
    Catalog,
    Column,
    Coverage,
    Discs,
    ForeignKey,
    Path,
    PhotCal,
    Position,
    Schema,
    SkyFrame,
    Table,
    TimeFrame,
    adql_identifier,
    arrow_schema,
)

Row = dict[str, Any]
Fetch = Callable[[str], list[tuple[Any, ...]]]
Rows = dict[tuple[str, str], list[Row]]

ANNOTATIONS: dict[str, type[Any]] = {
    cls.__name__: cls for cls in (TimeFrame, SkyFrame, PhotCal)
}

ARROW_SCHEMAS = {
    **{(t.schema, t.name): arrow_schema(t.columns) for t in TAP_SCHEMA.tables},
    ("vo_lcc", "column_annotations"): pa.schema(
        [(name, pa.string()) for name in ("table_name", "column_name", "annotation")]
    ),
    ("vo_lcc", "table_positions"): pa.schema(
        [(name, pa.string()) for name in ("table_name", "ra", "dec", "hpx")]
    ),
    ("vo_lcc", "table_coverages"): pa.schema(
        [(name, pa.string()) for name in ("table_name", "region", "moc")]
    ),
    ("vo_lcc", "table_lookups"): pa.schema(
        [(name, pa.string()) for name in ("table_name", "kind", "lookup")]
    ),
}


def catalog_version(database: Database) -> str:
    """Changes with every `store_schema`; cheap enough to ask often."""
    ((version,),) = database.fetch("SELECT version FROM vo_lcc.catalog_version")
    return str(version)


def settings_changed(database: Database, digest: str) -> datetime:
    """Since when the settings of this server are those with this digest.

    They are noted where they are other than those of the server before.
    """
    asked = "SELECT changed FROM vo_lcc.settings WHERE digest = %s"
    if not (rows := database.fetch(asked, (digest,))):
        note = "UPDATE vo_lcc.settings SET digest = %s WHERE digest <> %s"
        database.fetch(note, (digest, digest))
        rows = database.fetch("SELECT changed FROM vo_lcc.settings")
    ((changed,),) = rows
    return cast(datetime, changed)


def load_catalog(database: Database) -> Catalog:
    """Everything that can be queried, as TAP_SCHEMA tells it."""
    with snapshot(database) as fetch:
        return read_catalog(fetch)


@contextmanager
def snapshot(database: Database) -> Iterator[Fetch]:
    """Queries that all see the database as it is at one moment."""
    with database.transaction() as cur:
        cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

        def fetch(sql: str) -> list[tuple[Any, ...]]:
            cur.execute(sql)
            return cur.fetchall()

        yield fetch


def read_catalog(fetch: Fetch) -> Catalog:
    """The catalog, in a `snapshot`."""
    rows = {name: fetch(sql) for name, sql in QUERIES.items()}
    tables = _tables(rows)
    schemas = tuple(
        Schema(_bare(name), tuple(tables[name]), description, utype, release_of)
        for name, utype, description, release_of in rows["schemas"]
    )
    ((version, changed),) = rows["version"]
    return Catalog(schemas, str(version), changed)


def store_schema(load: Load, schema: Schema) -> None:
    """Replace all that the catalog says of one schema, in the load's transaction."""
    remove_schema(load, schema.name)
    for (owner, table), rows in _catalog_rows(schema).items():
        columns = ARROW_SCHEMAS[owner, table]
        load.ingest(owner, table, pa.Table.from_pylist(rows, schema=columns))
    load.execute("UPDATE vo_lcc.catalog_version SET version = version + 1")


def remove_schema(load: Load, name: str) -> None:
    """Forget all that the catalog says of one schema."""
    schema = quote_text(adql_identifier(name))
    tables = f"SELECT table_name FROM tap_schema.tables WHERE schema_name = {schema}"  # noqa: S608 (quoted)
    keys = f"SELECT key_id FROM tap_schema.keys WHERE from_table IN ({tables})"  # noqa: S608
    for statement in (
        f"DELETE FROM tap_schema.key_columns WHERE key_id IN ({keys})",  # noqa: S608
        f"DELETE FROM tap_schema.keys WHERE from_table IN ({tables})",  # noqa: S608
        f"DELETE FROM vo_lcc.column_annotations WHERE table_name IN ({tables})",  # noqa: S608
        f"DELETE FROM vo_lcc.table_positions WHERE table_name IN ({tables})",  # noqa: S608
        f"DELETE FROM vo_lcc.table_coverages WHERE table_name IN ({tables})",  # noqa: S608
        f"DELETE FROM vo_lcc.table_lookups WHERE table_name IN ({tables})",  # noqa: S608
        f"DELETE FROM tap_schema.columns WHERE table_name IN ({tables})",  # noqa: S608
        f"DELETE FROM tap_schema.tables WHERE schema_name = {schema}",  # noqa: S608
        f"DELETE FROM tap_schema.schemas WHERE schema_name = {schema}",  # noqa: S608
        "UPDATE vo_lcc.catalog_version SET version = version + 1",
    ):
        load.execute(statement)


COLUMN_WORDS = (
    "datatype",
    "arraysize",
    "unit",
    "ucd",
    "utype",
    "xtype",
    "description",
)

QUERIES = {
    "version": "SELECT version, changed FROM vo_lcc.catalog_version",
    "schemas": (
        "SELECT schema_name, utype, description, (SELECT collection"
        " FROM vo_lcc.releases WHERE state = 'published'"
        " AND s.schema_name = collection || '_dr' || replace(label, '.', '_'))"
        " FROM tap_schema.schemas s"
        " ORDER BY schema_index NULLS LAST, schema_name"
    ),
    "tables": (
        "SELECT schema_name, table_name, table_type, utype, description, ra, dec, hpx"
        " FROM tap_schema.tables LEFT JOIN vo_lcc.table_positions USING (table_name)"
        " ORDER BY table_index NULLS LAST, table_name"
    ),
    "columns": (
        "SELECT table_name, column_name, datatype, arraysize, unit, ucd, utype, xtype,"
        " description, annotation, indexed, principal, std FROM tap_schema.columns"
        " LEFT JOIN vo_lcc.column_annotations USING (table_name, column_name)"
        " ORDER BY table_name, column_index, column_name"
    ),
    "keys": (
        "SELECT key_id, from_table, target_table, description, from_column,"
        " target_column FROM tap_schema.keys JOIN tap_schema.key_columns USING (key_id)"
        " ORDER BY key_id, from_column"
    ),
    "coverages": (
        "SELECT table_name, region, moc FROM vo_lcc.table_coverages"
        " ORDER BY table_name, region"
    ),
    "lookups": (
        "SELECT table_name, kind, lookup FROM vo_lcc.table_lookups ORDER BY 1, 2, 3"
    ),
}


def _tables(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[Table]]:
    columns: dict[str, list[Column]] = defaultdict(list)
    for table, name, *words, annotation, indexed, principal, std in rows["columns"]:
        columns[table].append(
            Column(
                name=_bare(name),
                **dict(zip(COLUMN_WORDS, words, strict=True)),
                annotation=_annotation(annotation),
                indexed=bool(indexed),
                principal=bool(principal),
                std=bool(std),
            )
        )
    keys = _keys(rows["keys"])
    coverages: dict[str, list[Coverage]] = defaultdict(list)
    for table, region, moc in rows["coverages"]:
        coverages[table].append(Coverage(region, moc))
    discs: dict[str, list[Discs]] = defaultdict(list)
    paths: dict[str, list[Path]] = defaultdict(list)
    for table, kind, lookup in rows["lookups"]:
        said = json.loads(lookup)
        if kind == Discs.__name__:
            discs[table].append(Discs(**said))
        else:
            paths[table].append(Path(**said | {"parts": tuple(said["parts"])}))
    tables: dict[str, list[Table]] = defaultdict(list)
    for schema, name, kind, utype, description, ra, dec, hpx in rows["tables"]:
        tables[schema].append(
            Table(
                _bare(schema),
                _bare(name.removeprefix(schema + ".")),
                tuple(columns[name]),
                description,
                kind,
                utype,
                Position(ra, dec, hpx) if ra else None,
                tuple(keys[name]),
                tuple(coverages[name]),
                discs=tuple(discs[name]),
                paths=tuple(paths[name]),
            )
        )
    return tables


def _keys(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[ForeignKey]]:
    pairs: dict[tuple[str, str, str, str | None], list[tuple[str, str]]] = {}
    for key_id, table, target, description, here, there in rows:
        pairs.setdefault((key_id, table, target, description), []).append(
            (_bare(here), _bare(there))
        )
    keys: dict[str, list[ForeignKey]] = defaultdict(list)
    for (_, table, target, description), columns in pairs.items():
        keys[table].append(ForeignKey(target, tuple(columns), description))
    return keys


def _catalog_rows(schema: Schema) -> Rows:
    """The rows of every catalog table that describe one schema."""
    rows: Rows = defaultdict(list)
    name = adql_identifier(schema.name)
    rows["tap_schema", "schemas"].append(
        {"schema_name": name, "utype": schema.utype, "description": schema.description}
    )
    for index, table in enumerate(schema.tables):
        rows["tap_schema", "tables"].append(_table_row(table, name, index))
        for number, column in enumerate(table.columns):
            rows["tap_schema", "columns"].append(_column_row(table, column, number))
            if column.annotation:
                rows["vo_lcc", "column_annotations"].append(
                    _annotation_row(table, column, column.annotation)
                )
        if table.position:
            rows["vo_lcc", "table_positions"].append(
                {"table_name": table.full_name, **asdict(table.position)}
            )
        rows["vo_lcc", "table_coverages"].extend(
            {"table_name": table.full_name, **asdict(c)} for c in table.coverages
        )
        rows["vo_lcc", "table_lookups"].extend(
            _lookup_row(table, each)
            for lookups in (table.discs, table.paths)
            for each in lookups
        )
        for number, key in enumerate(table.keys):
            _add_key(rows, table, key, f"{table.full_name}.{number}")
    return rows


def _table_row(table: Table, schema: str, index: int) -> Row:
    return {
        "schema_name": schema,
        "table_name": table.full_name,
        "table_type": table.table_type,
        "utype": table.utype,
        "description": table.description,
        "table_index": index,
    }


def _column_row(table: Table, column: Column, number: int) -> Row:
    size = column.arraysize if column.arraysize and column.arraysize.isdigit() else None
    return asdict(column) | {
        "table_name": table.full_name,
        "column_name": column.adql_name,
        "size": int(size) if size else None,
        "indexed": int(column.indexed),
        "principal": int(column.principal),
        "std": int(column.std),
        "column_index": number,
    }


def _annotation_row(table: Table, column: Column, annotation: Annotation) -> Row:
    said = {"kind": type(annotation).__name__, **asdict(annotation)}
    return {
        "table_name": table.full_name,
        "column_name": column.adql_name,
        "annotation": json.dumps(said),
    }


def _lookup_row(table: Table, lookup: Discs | Path) -> Row:
    return {
        "table_name": table.full_name,
        "kind": type(lookup).__name__,
        "lookup": json.dumps(asdict(lookup)),
    }


def _annotation(text: str | None) -> Annotation | None:
    if text is None:
        return None
    said = json.loads(text)
    annotation: Annotation = ANNOTATIONS[said.pop("kind")](**said)
    return annotation


def _add_key(rows: Rows, table: Table, key: ForeignKey, key_id: str) -> None:
    rows["tap_schema", "keys"].append(
        {
            "key_id": key_id,
            "from_table": table.full_name,
            "target_table": key.target,
            "description": key.description,
        }
    )
    rows["tap_schema", "key_columns"].extend(
        {
            "key_id": key_id,
            "from_column": adql_identifier(here),
            "target_column": adql_identifier(there),
        }
        for here, there in sorted(key.columns)  # as they are read again
    )


def _bare(name: str) -> str:
    """An ADQL identifier without its quotes."""
    if name.startswith('"'):
        return name[1:-1].replace('""', '"')
    return name
