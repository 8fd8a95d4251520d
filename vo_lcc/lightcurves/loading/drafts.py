"""Drafts in the database: a new one, one that a killed load left, one that failed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from vo_lcc.db import Database, quote_name
from vo_lcc.db.locks import Lock
from vo_lcc.lightcurves.loading.inputs import InputFile
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.loading.staging import staging_statements
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress
from vo_lcc.lightcurves.releases.names import Kind
from vo_lcc.lightcurves.releases.records import (
    Draft,
    drop_draft,
    find_draft,
    new_draft,
    store_draft,
)

LOADED = """
SELECT r.release, r.label, r.state <> 'draft', r.n_objects, r.n_lightcurves, r.n_points,
  r.n_missing, r.rejected
FROM vo_lcc.releases AS r LEFT JOIN (
  vo_lcc.collections AS c JOIN vo_lcc.releases AS latest
    ON latest.collection = c.name AND latest.release = c.release
) ON c.name = r.collection
WHERE r.collection = %s AND r.digest = %s AND r.kind = %s AND r.complete
  AND (r.state = 'draft'
    OR r.kind = 'full' AND r.release = latest.release
    OR r.kind = 'append' AND r.base = latest.base AND NOT r.undone)"""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did.

    `changed` is False when the same was loaded before; `published` says whether users
    see it. Of a draft that is an append the numbers are those of what it brings.
    """

    collection: str
    release: int
    label: str
    changed: bool
    published: bool
    n_objects: int
    n_lightcurves: int
    n_points: int
    losses: Losses


@dataclass(frozen=True, slots=True)
class Stored:
    """A unit that is in the database: rows read, rows or points taken, left out."""

    n_rows: int
    n_taken: int
    losses: Losses


@contextmanager
def alone(database: Database, progress: Progress) -> Iterator[None]:
    """One load at a time; another waits."""
    with database.load() as holding:
        rows = holding.query(
            f"SELECT pg_try_advisory_lock({Lock.LOAD}) AS got"
        ).to_pylist()
        if not rows[0]["got"]:
            progress.stage("another load is running; this one waits for it")
            holding.query(f"SELECT pg_advisory_lock({Lock.LOAD})::text")
        yield


def find_loaded(
    database: Database, name: str, digest: str, kind: Kind
) -> LoadReport | None:
    """The report of the complete draft or the shown release made of the same.

    An append is in what is shown as long as it is not taken out again, even where its
    own name is withdrawn.
    """
    rows = database.fetch(LOADED, (name, digest, kind))
    for release, label, published, n_objects, n_lightcurves, n_points, *lost in rows:
        losses = Losses.of({**json.loads(lost[1]), "missing": lost[0]})
        counts = (n_objects, n_lightcurves, n_points)
        return LoadReport(name, release, label, False, published, *counts, losses)
    return None


def open_draft(
    database: Database,
    file: CollectionFile,
    text: str,
    kind: Kind,
    digest: str,
    inputs: Sequence[InputFile],
) -> Draft:
    """The draft that a killed load of the same left, or a new one."""
    draft = find_draft(database, file.name)
    if draft is not None and not draft.complete:
        if draft.digest == digest and draft.kind == kind:
            return draft
        with database.load() as load:
            drop_draft(load, draft)
    with database.load() as load:
        draft = new_draft(load, file, kind, digest)
        store_draft(load, file, text, draft)
        schema = draft.staging or draft.schema
        for statement in staging_statements(file, schema):
            load.execute(statement)
        if inputs:
            load.ingest("vo_lcc", "files", _manifest(draft, inputs))
    return draft


def _manifest(draft: Draft, inputs: Sequence[InputFile]) -> pa.Table:
    """The files that a draft is made of, in the order in which they are read."""
    rows = [
        {
            "collection": draft.collection,
            "release": draft.release,
            "place": place,
            "file": one.path.name,
            "part": one.part,
            "size": one.size,
            "sha256": one.sha256,
        }
        for place, one in enumerate(inputs)
    ]
    names = ("collection", "file", "part", "sha256")
    types = {
        **dict.fromkeys(rows[0], pa.int32()),
        **dict.fromkeys(names, pa.string()),
        "size": pa.int64(),
    }
    return pa.Table.from_pylist(rows, pa.schema(types.items()))


def give_up(database: Database, draft: Draft) -> None:
    """What was loaded goes; what was rejected stays for who puts it right."""
    schema = draft.staging or draft.schema
    with database.transaction() as cur:
        cur.execute(f"DROP SCHEMA IF EXISTS {quote_name(schema)} CASCADE")
        cur.execute(
            "UPDATE vo_lcc.releases SET digest = 'failed'"
            " WHERE collection = %s AND release = %s",
            (draft.collection, draft.release),
        )


def find_units(database: Database, draft: Draft) -> dict[int, Stored]:
    """The units of a draft that are stored, by their numbers."""
    rows = database.fetch(
        "SELECT unit, n_rows, n_taken, losses FROM vo_lcc.units"
        " WHERE collection = %s AND release = %s ORDER BY unit",
        (draft.collection, draft.release),
    )
    return {
        unit: Stored(n_rows, n_taken, Losses.of(json.loads(losses)))
        for unit, n_rows, n_taken, losses in rows
    }
