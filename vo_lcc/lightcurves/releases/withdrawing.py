"""A release is taken back: a draft, an old release, the latest one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from vo_lcc.db import Database, Load, quote_text
from vo_lcc.db.catalog import remove_schema
from vo_lcc.errors import NotFoundError, StateError
from vo_lcc.lightcurves.appends.undo import undo_append
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.aside import put_aside
from vo_lcc.lightcurves.releases.names import own_schema
from vo_lcc.lightcurves.releases.patience import change
from vo_lcc.lightcurves.releases.publishing import grants, parse_definition, show
from vo_lcc.lightcurves.releases.records import SELECTED, Draft, drop_draft
from vo_lcc.lightcurves.releases.shown import find_shown
from vo_lcc.lightcurves.releases.sweeping import sweep
from vo_lcc.lightcurves.remake import remake_views


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken back, and the label of what the collection shows now, if any."""

    collection: str
    label: str
    state: str
    latest: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """The releases of a collection that are not withdrawn, the oldest first."""

    published: tuple[Draft, ...]
    draft: Draft | None

    @property
    def latest(self) -> Draft | None:
        return self.published[-1] if self.published else None


def withdraw(
    database: Database, name: str, label: str, progress: Progress | None = None
) -> Withdrawn:
    """Take a release back. Its label is never used again, unless it was a draft.

    Of the latest release the one before comes back; after the only one the collection
    is gone. What no release needs any more is deleted. Raises NotFoundError where
    there is no such release, StateError where a draft is made for it, TransientError
    as `publish` does. Once more does no harm: it goes on with what could not be done.
    """
    progress = progress or Silent()
    what = f"withdraw {name} {label}"
    progress.stage(what)
    state = change(database, what, lambda load: _withdraw(load, name, label), progress)
    sweep(database, name, progress)
    rows = database.fetch(
        "SELECT label FROM vo_lcc.releases JOIN vo_lcc.collections USING (release)"
        " WHERE collection = name AND name = %s",
        (name,),
    )
    return Withdrawn(name, label, state, rows[0][0] if rows else None)


def _withdraw(load: Load, name: str, label: str) -> str:
    state = _state(load, name, label)
    known = _find_known(load, name)
    if state == "draft" and known.draft is not None:
        drop_draft(load, known.draft)
    elif state == "published":
        release = next(r for r in known.published if r.label == label)
        if release == known.latest:
            _go_back(load, known)
        _hide(load, own_schema(name, label))
        load.execute(
            "UPDATE vo_lcc.releases SET state = 'withdrawn', withdrawn = now()"  # noqa: S608
            f" WHERE {_is(release)}"
        )
    return state


def _state(load: Load, name: str, label: str) -> str:
    rows = load.query(
        "SELECT label, state FROM vo_lcc.releases"  # noqa: S608 (quoted)
        f" WHERE collection = {quote_text(name)} ORDER BY release"
    ).to_pylist()
    states = {row["label"]: str(row["state"]) for row in rows}
    if not states:
        raise NotFoundError(f"there is no collection {name!r}")
    if label not in states:
        listed = ", ".join(states)
        raise NotFoundError(f"{name} has no release {label!r}; there are {listed}")
    return states[label]


def _find_known(load: Load, name: str) -> _Known:
    found = load.query(
        f"SELECT state, {SELECTED} FROM vo_lcc.releases"  # noqa: S608 (quoted)
        f" WHERE collection = {quote_text(name)} AND state <> 'withdrawn'"
        " ORDER BY release"
    ).to_pylist()
    rows = [(row.pop("state"), Draft(*row.values())) for row in found]
    return _Known(
        tuple(release for state, release in rows if state == "published"),
        next((release for state, release in rows if state == "draft"), None),
    )


def _go_back(load: Load, known: _Known) -> None:
    """Show the release before the latest one, or nothing."""
    *older, latest = known.published
    if known.draft is not None and known.draft.kind != "full":
        raise StateError(
            f"the draft {known.draft.label} of {latest.collection} follows release"
            f" {latest.label}: withdraw it first"
        )
    if not older:
        _hide(load, latest.collection)
        load.execute(
            f"DELETE FROM vo_lcc.collections WHERE name = {quote_text(latest.collection)}"  # noqa: S608, E501
        )
        remake_views(load)
        return
    before = older[-1]
    if before.base == latest.base:
        for release in _appended(load, before):
            undo_append(load, parse_definition(release.definition), release)
    _show_again(load, before, latest)


def _appended(load: Load, before: Draft) -> Iterable[Draft]:
    """The appends after a release of the same data, the last one first.

    Those that are withdrawn too: their points were part of later ones.
    """
    found = load.query(
        f"SELECT {SELECTED} FROM vo_lcc.releases"  # noqa: S608 (quoted)
        f" WHERE collection = {quote_text(before.collection)} AND kind = 'append'"
        f" AND base = {before.base} AND release > {before.release}"
        " AND state <> 'draft' AND NOT undone ORDER BY release DESC"
    )
    appended = [Draft(*row.values()) for row in found.to_pylist()]
    for release in appended:
        load.execute(f"UPDATE vo_lcc.releases SET undone = true WHERE {_is(release)}")  # noqa: S608
    return appended


def _show_again(load: Load, before: Draft, latest: Draft) -> None:
    file = parse_definition(before.definition)
    (row,) = load.query(
        f"SELECT unicode_columns FROM vo_lcc.releases WHERE {_is(before)}"  # noqa: S608
    ).to_pylist()
    shown = find_shown(load, file, before, json.loads(row["unicode_columns"]))
    show(load, file, shown)
    if before.base != latest.base:
        put_aside(load, before.collection)
        for statement in (*grants(before.schema), *shown.view_statements()):
            load.execute(statement)
    if before.base != latest.base or latest.kind != "append":
        remake_views(load)


def _hide(load: Load, schema: str) -> None:
    """A schema of views goes, from the database and from the catalog."""
    remove_schema(load, schema)
    put_aside(load, schema)


def _is(release: Draft) -> str:
    name = quote_text(release.collection)
    return f"collection = {name} AND release = {release.release}"
