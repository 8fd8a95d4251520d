"""Releases that were published before each had a schema of its own."""

import json

from vo_lcc.db import Load
from vo_lcc.db.catalog import store_schema
from vo_lcc.lightcurves.releases.counting import beyond_ascii
from vo_lcc.lightcurves.releases.publishing import parse_definition
from vo_lcc.lightcurves.releases.records import (
    SELECTED,
    Draft,
    update_release,
)
from vo_lcc.lightcurves.releases.shown import find_shown, history_statements


def show_older(load: Load) -> None:
    """Give each published release that has none a schema under its own name."""
    found = load.query(
        f"SELECT {SELECTED} FROM vo_lcc.releases"  # noqa: S608 (names of our own)
        " WHERE state = 'published' AND unicode_columns IS NULL ORDER BY 1, 2"
    )
    for row in found.to_pylist():
        _show(load, Draft(*row.values()))


def _show(load: Load, release: Draft) -> None:
    file = parse_definition(release.definition)
    for statement in history_statements(release.schema):
        load.execute(statement)
    beyond = beyond_ascii(load, file, release.schema)
    known = {"unicode_columns": json.dumps(sorted(beyond))}
    update_release(load, release.collection, release.release, known)
    shown = find_shown(load, file, release, beyond)
    for statement in shown.own_view_statements():
        load.execute(statement)
    store_schema(load, shown.own)
