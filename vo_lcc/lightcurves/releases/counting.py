"""What a release holds: counts, extent, coverage, an example."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from vo_lcc.db import Load, quote_name, quote_text
from vo_lcc.lightcurves.columns import collection_tables
from vo_lcc.lightcurves.coverage import measure
from vo_lcc.lightcurves.model import CollectionFile


def counted(load: Load, file: CollectionFile, schema: str) -> dict[str, Any]:
    """Counts, extent and an example, from the tables of a release in `schema`."""
    release = quote_name(schema)
    first = "period IS NULL, " if "period" in file.objects.columns else ""
    (row,) = load.query(
        f"""
SELECT (SELECT count(*) FROM {release}.objects) AS n_objects,
  count(*) AS n_lightcurves, coalesce(sum(n_points), 0)::bigint AS n_points,
  min(t_min) AS t_min, max(t_max) AS t_max,
  (SELECT object_id FROM {release}.objects WHERE n_points > 0
   ORDER BY {first}n_points DESC, object_id LIMIT 1) AS example
FROM {release}.summaries"""  # noqa: S608 (quoted)
    ).to_pylist()
    covered = measure(load, file, schema)
    return {
        **row,
        "coverage": covered.spatial,
        "st_coverage": covered.spacetime,
        "ranges": json.dumps(covered.ranges),
    }


def beyond_ascii(
    load: Load,
    file: CollectionFile,
    schema: str,
    called: Mapping[str, str] = MappingProxyType({}),
) -> set[str]:
    """The columns of texts with values that go beyond ASCII.

    `called` has the names of tables that are not called as users call them.
    """
    beyond: set[str] = set()
    for table in collection_tables(file)[:2]:
        name = called.get(table.name, table.name)
        there = columns_of(load, schema, name)
        texts = [c.name for c in table.columns if c.is_text and c.name in there]
        (row,) = load.query(find_unicode(schema, name, texts)).to_pylist()
        beyond |= {name for name, found in row.items() if found}
    return beyond


def columns_of(load: Load, schema: str, table: str) -> frozenset[str]:
    """The columns that a table in the database has."""
    name = quote_text(f"{quote_name(schema)}.{quote_name(table)}")
    found = load.query(
        "SELECT attname::text AS name FROM pg_attribute"  # noqa: S608 (quoted)
        f" WHERE attrelid = {name}::regclass AND attnum > 0 AND NOT attisdropped"
    )
    return frozenset(found["name"].to_pylist())


def find_unicode(schema: str, table: str, columns: Iterable[str]) -> str:
    """A query with one row: for each column of texts, does it go beyond ASCII?"""
    asked = (
        f"coalesce(bool_or(octet_length({c}::text) <> char_length({c}::text)), false)"
        f" AS {c}"
        for c in map(quote_name, columns)
    )
    return f"SELECT {', '.join(asked)} FROM {quote_name(schema)}.{quote_name(table)}"  # noqa: S608 (quoted)
