"""The tables of a release that is being loaded, and rows into them.

`objects_in` and `stats` are for the load alone; `lightcurves` becomes the table of the
release. All are logged, so that what was committed is there after a crash.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from vo_lcc.db import quote_name
from vo_lcc.db.rows_in import Cursor
from vo_lcc.db.rows_in import copy_rows as copy_rows
from vo_lcc.lightcurves.columns import (
    HPX,
    KEYS,
    N_POINTS,
    POINT_COLUMNS,
    T_MAX,
    T_MIN,
    object_columns,
    point_columns,
    statistics,
)
from vo_lcc.lightcurves.derived import Kind
from vo_lcc.lightcurves.loading.reading import PLACE as PLACE
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.tables import Column

SQL_TYPES = {
    "short": "smallint",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
    "char": "text",
    "unicodeChar": "text",
}
OBJECTS_IN, STATS, LIGHTCURVES = "objects_in", "stats", "lightcurves"


def staging_statements(file: CollectionFile, schema: str) -> Iterator[str]:
    """The schema and its tables, empty."""
    yield f"CREATE SCHEMA {quote_name(schema)}"
    objects = _listed((*object_columns(file), HPX))
    yield (
        f"CREATE TABLE {_table(schema, OBJECTS_IN)} ({', '.join(objects)},"
        f" {PLACE} bigint NOT NULL, PRIMARY KEY (object_id))"
    )
    yield f"CREATE TABLE {_table(schema, LIGHTCURVES)} ({', '.join(_curves(file))})"
    for column in point_columns(file):
        yield (  # which would read all arrays for nothing
            f"ALTER TABLE {_table(schema, LIGHTCURVES)} ALTER COLUMN"
            f" {quote_name(column.name)} SET STATISTICS 0"
        )
        if column.datatype in ("float", "double"):  # which do not compress
            yield (
                f"ALTER TABLE {_table(schema, LIGHTCURVES)} ALTER COLUMN"
                f" {quote_name(column.name)} SET STORAGE EXTERNAL"
            )
    stats = [
        f"{quote_name(s.name)} {'integer' if s.kind is Kind.COUNT else 'float8'}"
        for s in statistics(file)
    ]
    yield (
        f"CREATE TABLE {_table(schema, STATS)} (object_id text, passband text,"
        f" n_points integer, t_min float8, t_max float8, step_min float8,"
        f" step_max float8, {', '.join([*stats, f'{PLACE} bigint'])})"
    )


def _curves(file: CollectionFile) -> Iterator[str]:
    keys = [POINT_COLUMNS[name] for name in KEYS]
    yield from (f"{item} NOT NULL" for item in _listed(keys))
    yield "segment integer NOT NULL DEFAULT 0"
    yield from (f"{item}[] NOT NULL" for item in _listed(point_columns(file)))
    yield from (f"{item} NOT NULL" for item in _listed((T_MIN, T_MAX, N_POINTS)))
    yield "added integer NOT NULL"
    yield f"{PLACE} bigint"


def _listed(columns: Iterable[Column]) -> list[str]:
    return [f"{quote_name(c.name)} {SQL_TYPES[c.datatype]}" for c in columns]


def _table(schema: str, name: str) -> str:
    return f"{quote_name(schema)}.{quote_name(name)}"


def upsert_objects(cur: Cursor, schema: str, objects: pa.RecordBatch) -> pa.RecordBatch:
    """Add the objects that are not there yet; the first of a name, by place, stays.

    What comes back are those that are there by an earlier row.
    """
    table = _table(schema, OBJECTS_IN)
    columns = [quote_name(name) for name in objects.schema.names]
    cur.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS incoming (LIKE {table})"
        " ON COMMIT DELETE ROWS"
    )
    cur.execute("TRUNCATE incoming")
    copy_rows(cur, "pg_temp", "incoming", objects)
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)
    listed = ", ".join(columns)
    cur.execute(
        f"WITH taken AS (INSERT INTO {table} AS o ({listed})"  # noqa: S608 (quoted)
        f" SELECT DISTINCT ON (object_id) {listed} FROM incoming"
        f" ORDER BY object_id, {PLACE}"
        f" ON CONFLICT (object_id) DO UPDATE SET {changed}"
        f" WHERE EXCLUDED.{PLACE} < o.{PLACE} RETURNING {PLACE})"
        f" SELECT {PLACE} FROM incoming i WHERE NOT EXISTS"
        f" (SELECT FROM taken t WHERE t.{PLACE} = i.{PLACE})"
    )
    left = pa.array([place for (place,) in cur.fetchall()], pa.int64())
    return objects.filter(pa.compute.is_in(objects[PLACE], value_set=left))


def wait_for_reading(cur: Cursor) -> None:
    """The transaction may stand still for long: what it changes is for nobody else."""
    cur.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def store_unit(
    cur: Cursor, key: tuple[str, int, int], n_rows: int, n_taken: int, losses: Losses
) -> None:
    """Store that a unit (collection, release, number) is there, and what it lost."""
    cur.execute(
        "INSERT INTO vo_lcc.units (collection, release, unit, n_rows, n_taken, losses)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (*key, n_rows, n_taken, json.dumps(losses.as_json())),
    )


def known_objects(
    cur: Cursor, schemas: Sequence[tuple[str, str]], ids: Iterable[str]
) -> set[str]:
    """Which of the identifiers are those of objects in one of the tables."""
    asked = list(ids)
    found: set[str] = set()
    for schema, table in schemas:
        cur.execute(
            f"SELECT object_id FROM {_table(schema, table)}"  # noqa: S608 (quoted)
            " WHERE object_id = ANY(%s)",
            (asked,),
        )
        found.update(name for (name,) in cur.fetchall())
    return found
