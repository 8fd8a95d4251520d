"""What may have been meant by a name that is not known."""

from collections.abc import Collection, Iterable

from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.scope import UPLOADS, same
from vo_lcc.adql.problems import did_you_mean
from vo_lcc.tables import Catalog, Table

MOST = 3  # tables that are named
ABOUT_DATA = ("tap_schema", "rr")
"""Schemas that tell of data and have none: who lacks a column means none of theirs."""


def table_hint(catalog: Catalog, node: n.TableName, others: Iterable[str]) -> str:
    """A hint for a table that is not there; `others` are common tables."""
    written, tables = ".".join(node.parts), catalog.tables.values()
    full = [t.full_name for t in tables]
    if written.upper().startswith(UPLOADS) and not any(
        name.startswith(UPLOADS) for name in full
    ):
        return "; no table was sent with the query: send it by UPLOAD"
    if len(node.parts) == 1 and written.lower() in [name.lower() for name in full]:
        return f"; write {written} without the double quotes"
    inside = [t.full_name for t in tables if same(node.parts[-1], t.schema)]
    if len(node.parts) == 1 and inside:
        return f"; it is a schema, with {listed(inside)}"
    return did_you_mean(written, [*full, *others])


def column_hint(catalog: Catalog, name: str, aliases: Collection[str]) -> str:
    """A hint for a column that is not in FROM: an alias, or one of other tables."""
    if any(same(name, alias) for alias in aliases):
        return "; an alias of SELECT is not known here: use a subquery"
    owners = [
        t.full_name
        for schema in catalog.schemas
        for t in schema.tables
        if schema.release_of is None and has(t, name)
    ]
    return f"; it is in {listed(owners)}" if owners else ""


def has(table: Table, name: str) -> bool:
    """True when a table of data has a column of this name."""
    known = table.schema.lower() not in ABOUT_DATA
    return known and any(same(name, c.name) for c in table.columns)


def listed(names: list[str]) -> str:
    """A few names, and that there are more.

    >>> listed(["a", "b", "c", "d"])
    'a, b, c ...'
    """
    return ", ".join(names[:MOST]) + (" ..." if len(names) > MOST else "")
