"""The points of an append draft join those that are published.

What was computed of light curves that get points is computed anew, from all their
points; nothing else is read. Tables that readers use get and change rows only, so that
no reader waits, and all of it is seen at once, when the transaction ends.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from vo_lcc.db import Database, Load, quote_name, quote_text
from vo_lcc.lightcurves.appends import statements
from vo_lcc.lightcurves.appends.changes import NEW, Changes, find_changes
from vo_lcc.lightcurves.appends.reading import (
    ranges,
    read_pieces,
    select_pieces,
    while_reading,
)
from vo_lcc.lightcurves.appends.statements import Append
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.releases.counting import columns_of
from vo_lcc.lightcurves.releases.records import Draft

MERGE = -1  # the number of the unit
SETTINGS = "SELECT set_config('work_mem', '128MB', true)"


@dataclass(frozen=True, slots=True)
class Merged:
    """What an append brought: points and objects that are new.

    `n_duplicates` points were there already, `n_replaced` older ones gave way to newer.
    """

    n_points: int
    n_objects: int
    n_duplicates: int
    n_replaced: int


def merge_append(load: Load, file: CollectionFile, draft: Draft) -> Merged:
    """Move what is staged into the live storage, in the transaction of `load`."""
    assert draft.staging is not None
    stored = columns_of(load, draft.schema, "objects")
    append = Append(file, draft.schema, draft.staging, draft.release, stored)
    load.query(SETTINGS)
    for statement in (
        *statements.room_for_changes(append),
        *statements.work_tables(append),
    ):
        load.execute(statement)
    found = [_stored(load, append, changes) for changes in _changes(load, append)]
    n_objects = _settle(load, append)
    load.execute(f"DROP SCHEMA {quote_name(draft.staging)} CASCADE")
    n_points, n_duplicates, n_replaced = np.sum([(0, 0, 0), *found], 0).tolist()
    merged = Merged(n_points, n_objects, n_duplicates, n_replaced)
    load.execute(_note(draft, merged))
    return merged


def _note(draft: Draft, merged: Merged) -> str:
    """Store what was merged beside what was loaded, as a unit of its own."""
    said = quote_text(json.dumps(asdict(merged)))
    n_rows = merged.n_points + merged.n_duplicates
    return (
        "INSERT INTO vo_lcc.units"  # noqa: S608 (quoted)
        " (collection, release, unit, n_rows, n_taken, losses)"
        f" VALUES ({quote_text(draft.collection)}, {draft.release}, {MERGE},"
        f" {n_rows}, {merged.n_points}, {said})"
    )


def find_merged(database: Database, name: str, release: int) -> Merged | None:
    """What an append that is published brought."""
    rows = database.fetch(
        "SELECT losses FROM vo_lcc.units"
        " WHERE collection = %s AND release = %s AND unit = %s",
        (name, release, MERGE),
    )
    return next((Merged(**json.loads(said)) for (said,) in rows), None)


def _changes(load: Load, append: Append) -> Iterator[Changes]:
    """What changes, some light curves at a time."""
    staged = append.work("lightcurves")
    points = (
        f"SELECT object_id, n_points FROM {staged} UNION ALL"  # noqa: S608 (quoted)
        f" SELECT object_id, n_points FROM {append.table('summaries')}"
        f" WHERE object_id IN (SELECT object_id FROM {staged})"
    )
    return while_reading(
        partial(read_pieces, load, append.file),
        [_select(append, among) for among in ranges(load, points)],
        partial(find_changes, append.file, append.release),
    )


def _select(append: Append, among: str) -> str:
    """The pieces of light curves that get points, old and new, of some objects."""
    staged, live = append.work("lightcurves"), append.table("lightcurves")
    return f"""
SELECT {select_pieces(append.file, "s", NEW)} FROM {staged} AS s
WHERE s.object_id {among} UNION ALL
SELECT {select_pieces(append.file, "l")} FROM {live} AS l
WHERE (l.object_id, l.passband) IN
  (SELECT s.object_id, s.passband FROM {staged} AS s WHERE s.object_id {among})"""  # noqa: S608


def _stored(load: Load, append: Append, changes: Changes) -> tuple[int, int, int]:
    """Copy into the database what changes; what is to be counted."""
    load.ingest(append.staged, "changed", changes.summaries)
    if changes.replaced.num_rows:
        load.ingest(append.staged, "replaced", changes.replaced)
        for statement in statements.keep_pieces(append):
            load.execute(statement)
        load.execute(f"TRUNCATE {append.work('replaced')}")
    for rows in (changes.rewritten, changes.trimmed):
        if rows.num_rows:
            load.ingest(append.live, "lightcurves", rows)
    return changes.n_new, changes.n_duplicates, changes.n_replaced


def _settle(load: Load, append: Append) -> int:
    """Move the pieces, and bring what is known of them up to date; new objects."""
    keys = "object_id, passband"
    load.execute(f"ANALYZE {append.work('changed')} ({keys})")
    for statement in statements.by_object(append):
        load.execute(statement)
    added = statements.add_objects(append)
    (row,) = load.query(
        f"WITH added AS ({added} RETURNING object_id)"  # noqa: S608 (ours)
        " SELECT count(*) AS n_objects FROM added"
    ).to_pylist()
    for statement in (
        statements.add_pieces(append),
        *statements.change_summaries(append),
        statements.add_summaries(append),
        *statements.change_objects(append),
    ):
        load.execute(statement)
    return int(row["n_objects"])
