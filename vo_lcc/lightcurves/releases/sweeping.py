"""What no release needs any more is deleted."""

from contextlib import suppress
from functools import partial

from vo_lcc.db import Database, Load, quote_name
from vo_lcc.errors import TransientError
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.aside import PUT_ASIDE, drop_schema
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
    drop_aside(database)
    for (schema,) in database.fetch(UNUSED, (name,)):
        what = f"delete {schema}"
        change(database, what, partial(drop_schema, schema=schema), progress)
    for schema, releases in database.fetch(USED, (name,)):
        change(
            database,
            f"tidy {schema}",
            partial(_forget, schema=schema, releases=releases),
            progress,
        )


def drop_aside(database: Database) -> None:
    """Drop the views that were put aside and are not read any more.

    Those that still are go at the next publication.
    """
    for (schema,) in database.fetch(PUT_ASIDE):
        with suppress(TransientError):
            change(database, "tidy", partial(drop_schema, schema=schema), Silent(), 0)


def _forget(load: Load, schema: str, releases: list[int]) -> None:
    """Delete replaced rows that are in no release that is published."""
    listed = ", ".join(str(int(release)) for release in releases)
    for table in ("objects_history", "lightcurves_history"):
        load.execute(
            f"DELETE FROM {quote_name(schema)}.{table} WHERE NOT EXISTS (SELECT FROM"  # noqa: S608
            f" unnest(ARRAY[{listed}]) AS n WHERE added <= n AND n < removed)"
        )
