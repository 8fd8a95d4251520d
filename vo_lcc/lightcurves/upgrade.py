"""Bring a database up to this version: its tables, then the views that servers make."""

from vo_lcc.db import Database, migrate
from vo_lcc.lightcurves.releases.older import show_older
from vo_lcc.lightcurves.releases.sweeping import drop_aside
from vo_lcc.lightcurves.remake import remake_summaries, remake_views

VIEWS = 7  # a new number has them made anew where the server starts


def upgrade(database: Database) -> list[str]:
    """Apply the migrations that are missing; the names of what was applied.

    The views over all collections are made anew where those of another version are
    found, so that what is published is served without being published again. Raises
    what `migrate` does.
    """
    applied = migrate(database)
    if database.fetch("SELECT version FROM vo_lcc.views") != [(VIEWS,)]:
        with database.load() as load:
            load.execute("LOCK TABLE vo_lcc.views IN EXCLUSIVE MODE")
            show_older(load)
            remake_summaries(load)
            remake_views(load)
            load.execute(f"UPDATE vo_lcc.views SET version = {VIEWS}")  # noqa: S608
        drop_aside(database)
    return applied
