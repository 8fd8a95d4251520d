"""What changed from one release of a collection to another: exactly, and in SQL.

PostgreSQL does the work, sorting on disk where much differs; what comes back are
counts and a few examples, or all of it as CSV.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from vo_lcc.db import Database
from vo_lcc.errors import NotFoundError, StateError
from vo_lcc.lightcurves.releases.comparison import ALL, statements
from vo_lcc.lightcurves.releases.names import own_schema
from vo_lcc.lightcurves.releases.publishing import parse_definition
from vo_lcc.lightcurves.releases.words import Change, changes

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Item:
    """An object, a light curve or a point that differs.

    `what` is added, removed or changed; `columns` are those that changed. Where it is
    no point `obs_time` is None, where it is no light curve `passband` too.
    """

    what: str
    object_id: str
    passband: str | None = None
    obs_time: float | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differences:
    """How many of one kind were added, removed, changed; `examples` are the first."""

    added: int
    removed: int
    changed: int
    examples: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed from the release `before` to the release `after`.

    `columns` counts the objects in which each column changed, `points` are by
    passband. `new_columns` and `lost_columns` are written as table.column, `metadata`
    are the keys of the collection file that changed.
    """

    collection: str
    before: str
    after: str
    objects: Differences
    columns: dict[str, int]
    lightcurves: Differences
    points: dict[str, Differences]
    new_columns: tuple[str, ...]
    lost_columns: tuple[str, ...]
    metadata: tuple[Change, ...]


def diff(
    database: Database, name: str, before: str, after: str, all_to: TextIO | None = None
) -> Diff:
    """Compare two published releases; `all_to` gets every difference as CSV.

    Raises NotFoundError, or StateError for a release that cannot be queried.
    """
    metadata = changes(
        *(_definition(database, name, label) for label in (before, after))
    )
    schemas = own_schema(name, before), own_schema(name, after)
    with database.transaction() as cur:
        cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # a set operation by hashing would keep all of it in memory
        cur.execute("SET LOCAL enable_hashagg = off")
        cur.execute(COLUMNS, schemas)
        there = {schema: set(map(tuple, found)) for schema, found in cur.fetchall()}
        old, new = (there[schema] for schema in schemas)
        order = [column for column in _ordered(cur, schemas[0]) if column in old & new]
        for statement in statements(*schemas, order):
            cur.execute(statement)
        if all_to is not None:
            cur.copy_expert(f"COPY ({ALL}) TO STDOUT (FORMAT csv, HEADER)", all_to)
        return Diff(
            name,
            before,
            after,
            _differences(cur, "diff_objects"),
            _counts(cur),
            _differences(cur, "diff_curves"),
            dict(_points(cur)),
            tuple(sorted(".".join(column) for column in new - old)),
            tuple(sorted(".".join(column) for column in old - new)),
            metadata,
        )


COLUMNS = """
SELECT table_schema::text, array_agg(ARRAY[table_name::text, column_name::text])
FROM information_schema.columns WHERE table_schema IN (%s, %s) GROUP BY 1"""
ORDERED = """
SELECT table_name::text, column_name::text FROM information_schema.columns
WHERE table_schema = %s ORDER BY table_name, ordinal_position"""


def _definition(database: Database, name: str, label: str) -> Any:
    rows = database.fetch(
        "SELECT definition, state FROM vo_lcc.releases"
        " WHERE collection = %s AND label = %s",
        (name, label),
    )
    for definition, state in rows:
        if state != "published":
            raise StateError(f"release {label} of {name} is {state}: there is no table")
        return parse_definition(definition)
    raise NotFoundError(
        f"{name} has no release {label!r}; vo-lcc releases {name} lists them"
    )


def _ordered(cur: Any, schema: str) -> list[tuple[str, str]]:
    cur.execute(ORDERED, (schema,))
    return list(cur.fetchall())


def _differences(
    cur: Any, table: str, where: str = "", params: Any = ()
) -> Differences:
    cur.execute(
        "SELECT count(*) FILTER (WHERE what = 'added'),"  # noqa: S608 (names of our own)
        " count(*) FILTER (WHERE what = 'removed'),"
        f" count(*) FILTER (WHERE what = 'changed') FROM {table}{where}",
        params,
    )
    added, removed, changed = cur.fetchone()
    cur.execute(
        f"SELECT what, object_id, passband, obs_time, columns FROM {table}{where}"  # noqa: S608
        f" ORDER BY object_id, passband, obs_time, what LIMIT {EXAMPLES}",
        params,
    )
    examples = (
        Item(what, object_id, passband, obs_time, tuple(columns))
        for what, object_id, passband, obs_time, columns in cur.fetchall()
    )
    return Differences(added, removed, changed, tuple(examples))


def _counts(cur: Any) -> dict[str, int]:
    cur.execute(
        "SELECT c, count(*) FROM diff_objects, unnest(columns) AS c GROUP BY 1"
        " ORDER BY 2 DESC, 1"
    )
    return dict(cur.fetchall())


def _points(cur: Any) -> Iterator[tuple[str, Differences]]:
    cur.execute("SELECT DISTINCT passband FROM diff_points ORDER BY 1")
    for (passband,) in cur.fetchall():
        yield (
            passband,
            _differences(cur, "diff_points", " WHERE passband = %s", (passband,)),
        )
