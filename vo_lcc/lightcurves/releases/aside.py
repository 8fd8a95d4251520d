"""Schemas of views are replaced without waiting for those who read them.

A view that is read can neither be changed nor dropped, and who waits for it holds up
those who come later. A schema can be renamed at any time: what is read is put aside
under another name, and dropped when the last reader has left. No new one can come.
"""

from vo_lcc.db import Load, quote_name, quote_text

PREFIX = "_was_"  # no collection is called so
PUT_ASIDE = (
    "SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname, '_was_')"
    " ORDER BY 1"
)


def put_aside(load: Load, schema: str) -> None:
    """Take the name from a schema, if there is one, in the transaction of `load`."""
    found = load.query(
        f"SELECT oid::bigint FROM pg_namespace WHERE nspname = {quote_text(schema)}"  # noqa: S608
    )
    for oid in found["oid"].to_pylist():
        name = quote_name(f"{PREFIX}{oid}")
        load.execute(f"ALTER SCHEMA {quote_name(schema)} RENAME TO {name}")


def drop_schema(load: Load, schema: str) -> None:
    """Drop a schema that no name leads to any more."""
    load.execute(f"DROP SCHEMA IF EXISTS {quote_name(schema)} CASCADE")
