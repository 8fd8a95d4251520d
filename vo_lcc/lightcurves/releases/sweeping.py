"""What no release needs any more is deleted."""

from functools import partial

from vo_lcc.db import Database, Load, quote_name
from vo_lcc.lightcurves.progress import Progress
from vo_lcc.lightcurves.releases.patience import change

# Schemas of light curves of which no release is shown or being made.
UNUSED = """
SELECT DISTINCT schema_name FROM vo_lcc.releases AS r
WHERE collection = %s AND EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name)
  AND NOT EXISTS (
    SELECT FROM vo_lcc.releases AS other
    WHERE other.schema_name = r.schema_name AND other.state <> 'withdrawn')
ORDER BY 1"""
USED = """
SELECT schema_name, array_agg(release ORDER BY release) FROM vo_lcc.releases AS r
WHERE collection = %s AND state = 'published' GROUP BY 1 ORDER BY 1"""


def sweep(database: Database, name: str, progress: Progress) -> None:
    """Delete the light curves that no release of a collection needs.

    It waits for those who still read them. Raises TransientError as `change` does.
    """
    for (schema,) in database.fetch(UNUSED, (name,)):
        change(
            database, f"delete {schema}", partial(_drop_schema, schema=schema), progress
        )
    for schema, releases in database.fetch(USED, (name,)):
        change(
            database,
            f"tidy {schema}",
            partial(_forget, schema=schema, releases=releases),
            progress,
        )


def _drop_schema(load: Load, schema: str) -> None:
    load.execute(f"DROP SCHEMA IF EXISTS {quote_name(schema)} CASCADE")


def _forget(load: Load, schema: str, releases: list[int]) -> None:
    """Delete replaced rows that are in no release that is published."""
    listed = ", ".join(str(int(release)) for release in releases)
    for table in ("objects_history", "lightcurves_history"):
        load.execute(
            f"DELETE FROM {quote_name(schema)}.{table} WHERE NOT EXISTS (SELECT FROM"  # noqa: S608
            f" unnest(ARRAY[{listed}]) AS n WHERE added <= n AND n < removed)"
        )
