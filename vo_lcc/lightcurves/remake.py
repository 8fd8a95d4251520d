"""The views over all collections are made anew, in the transaction of a publication."""

from collections.abc import Iterator

from vo_lcc.db import Load
from vo_lcc.db.catalog import store_schema
from vo_lcc.lightcurves.obscore import obs_schema, obs_time_selects, obscore_selects
from vo_lcc.lightcurves.obscore_columns import HIDDEN, HIDDEN_OF_TIME
from vo_lcc.lightcurves.releases.aside import put_aside
from vo_lcc.lightcurves.summaries import READER, make_summaries
from vo_lcc.lightcurves.views import (
    TS_NAMES,
    TS_SSA,
    Release,
    name_indexes,
    read_releases,
    ts_names_selects,
    ts_ssa_selects,
    view_statements,
)


def remake_views(load: Load) -> None:
    """Make the views over what is published.

    Whoever reads ObsCore goes on with the views that were there. For those of SSA,
    which nobody reads for long, this waits; it changes them last.
    """
    releases = read_releases(load)
    schema = obs_schema(releases)
    obscore, obs_time, obsplan = schema.tables
    store_schema(load, schema)
    put_aside(load, schema.name)
    load.execute(f"CREATE SCHEMA {schema.name}")
    load.execute(f"GRANT USAGE ON SCHEMA {schema.name} TO {READER}")
    for table, hidden, selects in (
        (obs_time, HIDDEN_OF_TIME, obs_time_selects),
        (obscore, HIDDEN, obscore_selects),
        (obsplan, (), no_selects),
        (TS_SSA, (), ts_ssa_selects),
        (TS_NAMES, (), ts_names_selects),
    ):
        rows = [select for release in releases for select in selects(release)]
        for statement in view_statements(table, rows, hidden):
            load.execute(statement)


def no_selects(release: Release) -> Iterator[str]:
    """No rows of a release."""
    return iter(())


def remake_summaries(load: Load) -> None:
    """Make anew what the views read of each published release."""
    for release in read_releases(load):
        load.execute(f"DROP TABLE IF EXISTS {release.table('summaries')} CASCADE")
        bands = [band.passband for band in release.passbands]
        make_summaries(load, release.schema, bands, release.has_class)
        for statement in name_indexes(release.schema, release.aliases):
            load.execute(statement)
