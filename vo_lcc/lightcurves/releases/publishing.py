"""A draft becomes what users see: its tables, its words, in one short transaction."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vo_lcc.db import Database, Load, quote_name, quote_text
from vo_lcc.db.catalog import store_schema
from vo_lcc.errors import StateError, UsageError
from vo_lcc.lightcurves.appends.merge import merge_append
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.aside import put_aside
from vo_lcc.lightcurves.releases.counting import counted
from vo_lcc.lightcurves.releases.names import Kind, own_schema
from vo_lcc.lightcurves.releases.patience import change
from vo_lcc.lightcurves.releases.records import Draft, find_draft, update_release
from vo_lcc.lightcurves.releases.shown import Shown, find_shown, history_statements
from vo_lcc.lightcurves.releases.sweeping import drop_aside
from vo_lcc.lightcurves.remake import remake_views
from vo_lcc.lightcurves.summaries import READER
from vo_lcc.lightcurves.views import name_indexes


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication made visible; the counts are of the whole release."""

    collection: str
    release: int
    label: str
    kind: Kind
    n_objects: int
    n_lightcurves: int
    n_points: int


def publish(
    database: Database, name: str, progress: Progress | None = None
) -> Published:
    """Make the draft of a collection what users see, with its metadata, at once.

    Whoever reads meanwhile is not kept waiting: it is the publication that waits, for
    minutes if need be. Raises UsageError where there is no draft, StateError for one
    that is not complete, TransientError where a query kept it waiting too long.
    """
    progress = progress or Silent()
    draft = find_draft(database, name)
    if draft is None:
        raise UsageError(f"{name} has no draft to publish; vo-lcc ingest makes one")
    if not draft.complete:
        raise StateError(
            f"the draft of {name}, release {draft.label}, is not complete: load the"
            " rest by the same vo-lcc ingest that began it"
        )
    file = parse_definition(draft.definition)
    progress.stage(f"publish {name} {draft.label}")
    if draft.kind == "full":
        with database.load() as load:
            _prepare(load, file, draft)
    made = change(
        database,
        f"publish {name} {draft.label}",
        lambda load: publish_draft(load, file, draft),
        progress,
    )
    drop_aside(database)
    return made


def parse_definition(text: str) -> CollectionFile:
    """The collection file of a release, which was checked when it was loaded."""
    return CollectionFile.model_validate(tomllib.loads(text))


def _prepare(load: Load, file: CollectionFile, draft: Draft) -> None:
    """What takes long, and nobody sees."""
    for statement in name_indexes(draft.schema, file.objects.aliases):
        load.execute(statement)
    for statement in history_statements(draft.schema):
        load.execute(statement)


def publish_draft(load: Load, file: CollectionFile, draft: Draft) -> Published:
    """Publish a complete draft in the transaction of `load`.

    What SSA may be reading is changed last, and only for a short time: an append
    changes none of it.
    """
    _check(load, draft)
    if draft.kind == "append":
        merge_append(load, file, draft)
        known = counted(load, file, draft.schema)
        update_release(load, draft.collection, draft.release, known)
    elif draft.kind == "description":
        _copy_counts(load, draft)
    release = _settle(load, draft)
    shown = find_shown(load, file, draft, json.loads(release["unicode_columns"]))
    for statement in shown.own_view_statements():
        load.execute(statement)
    show(load, file, shown)
    if draft.kind == "full":
        put_aside(load, draft.collection)
        for statement in (*grants(draft.schema), *shown.view_statements()):
            load.execute(statement)
    if draft.kind != "append":
        remake_views(load)
    return Published(
        draft.collection,
        draft.release,
        draft.label,
        draft.kind,
        *(release[name] for name in ("n_objects", "n_lightcurves", "n_points")),
    )


def show(load: Load, file: CollectionFile, shown: Shown) -> None:
    """Have the catalog show this release as the latest of its collection."""
    name, has_class = quote_text(file.name), "class" in file.objects.columns
    load.execute(
        "INSERT INTO vo_lcc.collections (name, release, has_class)"  # noqa: S608
        f" VALUES ({name}, {shown.release}, {has_class}) ON CONFLICT (name)"
        " DO UPDATE SET release = EXCLUDED.release, has_class = EXCLUDED.has_class"
    )
    store_schema(load, shown.own)
    store_schema(load, shown.latest)


def _check(load: Load, draft: Draft) -> None:
    """The draft is still there, and the name that it will have is free."""
    own = own_schema(draft.collection, draft.label)
    (row,) = load.query(
        "SELECT EXISTS (SELECT FROM vo_lcc.releases WHERE state = 'draft'"  # noqa: S608
        f" AND collection = {quote_text(draft.collection)}"
        f" AND release = {draft.release}) AS there,"
        f" EXISTS (SELECT FROM pg_namespace WHERE nspname = {quote_text(own)}) AS taken"
    ).to_pylist()
    if not row["there"]:
        raise StateError(f"release {draft.label} of {draft.collection} is no draft now")
    if row["taken"]:
        raise UsageError(
            f"the database has a schema {own!r} already, which is the name of release"
            f" {draft.label} of {draft.collection}; withdraw or rename what it is"
        )


def _copy_counts(load: Load, draft: Draft) -> None:
    """New words for the same data: what is counted stays."""
    assigned = ", ".join(f"{name} = before.{name}" for name in COUNTED)
    load.execute(
        f"UPDATE vo_lcc.releases AS r SET {assigned}"  # noqa: S608 (quoted)
        " FROM vo_lcc.releases AS before JOIN vo_lcc.collections AS c"
        " ON c.name = before.collection AND c.release = before.release"
        f" WHERE {_is(draft)} AND before.collection = r.collection"
    )


COUNTED = (
    *("n_objects", "n_lightcurves", "n_points", "n_missing", "rejected", "t_min"),
    *("t_max", "coverage", "example", "st_coverage", "ranges", "unicode_columns"),
)


def _settle(load: Load, draft: Draft) -> dict[str, Any]:
    """The row of the release, which is published from now on."""
    load.execute(
        "UPDATE vo_lcc.releases AS r SET state = 'published', published = now(),"  # noqa: S608
        f" staging = NULL WHERE {_is(draft)}"
    )
    (row,) = load.query(
        "SELECT n_objects, n_lightcurves, n_points, unicode_columns"  # noqa: S608
        f" FROM vo_lcc.releases AS r WHERE {_is(draft)}"
    ).to_pylist()
    return dict(row)


def _is(draft: Draft) -> str:
    name = quote_text(draft.collection)
    return f"r.collection = {name} AND r.release = {draft.release}"


def grants(schema: str) -> Iterator[str]:
    """Let the services read the tables of a release."""
    yield f"GRANT USAGE ON SCHEMA {quote_name(schema)} TO {READER}"
    for table in ("objects", "lightcurves", "summaries"):
        yield f"GRANT SELECT ON {quote_name(schema)}.{table} TO {READER}"
