"""The row of a release in the database: a draft first, then what is published."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

from vo_lcc.db import Database, Load, quote_text
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.about import About, CollectionQuery, Creator, write_about
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.model import CollectionFile, Site
from vo_lcc.lightcurves.releases.aside import drop_schema
from vo_lcc.lightcurves.releases.counting import beyond_ascii, counted
from vo_lcc.lightcurves.releases.literals import assignments
from vo_lcc.lightcurves.releases.names import Kind, next_label, storage_schema
from vo_lcc.lightcurves.summaries import make_summaries


@dataclass(frozen=True, slots=True)
class Draft:
    """A release that is being made, or waits to be published.

    `release` counts all releases of the collection, `label` is what people read.
    `schema` has the light curves, and belongs to the full release `base`; what an
    append brings is in `staging` until it is published. `complete` says that all of
    it is there. `definition` is the text of the collection file.
    """

    collection: str
    release: int
    label: str
    base: int
    kind: Kind
    schema: str
    staging: str | None
    digest: str
    complete: bool = False
    definition: str = ""


FIELDS = {"schema": "schema_name"}  # where the column has another name
SELECTED = ", ".join(FIELDS.get(f.name, f.name) for f in fields(Draft))


def new_draft(load: Load, file: CollectionFile, kind: Kind, digest: str) -> Draft:
    """The draft of the next release, not stored yet.

    Raises UsageError where there is nothing to append to.
    """
    release, label = next_release(load, file.name, kind)
    own = storage_schema(file.name, release)
    if kind == "full":
        return Draft(file.name, release, label, release, kind, own, None, digest)
    latest = find_latest(load, file.name)
    if latest is None:
        raise UsageError(f"{file.name}: nothing is published that this could change")
    staging = own if kind == "append" else None
    return Draft(
        file.name, release, label, latest.base, kind, latest.schema, staging, digest
    )


def next_release(load: Load, name: str, kind: Kind) -> tuple[int, str]:
    """The running number and the label of a collection's next release."""
    asked = quote_text(name)
    rows = load.query(
        "SELECT release, label, release = (SELECT c.release FROM vo_lcc.collections c"  # noqa: S608
        f" WHERE c.name = {asked}) AS latest"
        f" FROM vo_lcc.releases WHERE collection = {asked}"
    ).to_pylist()
    latest = next((row["label"] for row in rows if row["latest"]), None)
    number = max((row["release"] for row in rows), default=0) + 1
    return number, next_label(kind, [row["label"] for row in rows], latest)


def store_draft(load: Load, file: CollectionFile, text: str, draft: Draft) -> None:
    """Store a draft of which nothing is loaded yet; `text` is the collection file.

    Raises UsageError where the collection has another draft, or where its name is that
    of a schema that is no collection.
    """
    _check_schema(load, file.name)
    _check_no_draft(load, file.name)
    site = file.observatory
    row = {
        **{FIELDS.get(f.name, f.name): getattr(draft, f.name) for f in fields(Draft)},
        "definition": text,
        "complete": False,
        "state": "draft",
        **file.model_dump(include=SAID),
        **file.time.model_dump(),
        **(dict.fromkeys(Site.model_fields) if site is None else site.model_dump()),
        "upper_limits": file.lightcurves.upper_limits or 0,
        "aliases": json.dumps(file.objects.aliases),
        "about": write_about(about_of(file)),
        "sky_system": "ICRS",
        "sky_epoch": file.epoch,
        **dict.fromkeys(("n_objects", "n_lightcurves", "n_points", "n_missing"), 0),
        "rejected": "{}",
        "coverage": "",
    }
    load.ingest("vo_lcc", "releases", _rows([row], RELEASE_TYPES))
    key = {"collection": draft.collection, "release": draft.release}
    bands = [
        {**key, "place": i, "passband": name, **band.model_dump(exclude={"ucd"})}
        for i, (name, band) in enumerate(file.passbands.items())
    ]
    load.ingest("vo_lcc", "passbands", _rows(bands, PASSBAND_TYPES))


def about_of(file: CollectionFile) -> About:
    """What a collection file tells the registry."""
    creators = tuple(Creator(**one.model_dump()) for one in file.creators)
    examples = tuple(CollectionQuery(**one.model_dump()) for one in file.examples)
    said = file.model_dump(include={"subjects", "short_name", "doi", "rights_uri"})
    return About(creators=creators, examples=examples, **said)


def complete_draft(
    load: Load, file: CollectionFile, draft: Draft, losses: Losses
) -> None:
    """All of the draft is loaded: store what was left out, and count what is there.

    An append is counted when it is published, with all that it is added to.
    """
    known: dict[str, Any] = {
        "n_missing": losses.missing,
        "rejected": json.dumps(losses.as_json()),
        "complete": True,
    }
    if draft.kind == "full":
        has_class = "class" in file.objects.columns
        make_summaries(load, draft.schema, file.passbands, has_class)
        known |= counted(load, file, draft.schema)
        beyond = beyond_ascii(load, file, draft.schema)
        known["unicode_columns"] = json.dumps(sorted(beyond))
    elif draft.staging is not None:
        beyond = beyond_ascii(load, file, draft.staging, STAGED)
        beyond |= set(json.loads(_unicode_columns(load, draft.collection)))
        known["unicode_columns"] = json.dumps(sorted(beyond))
    update_release(load, draft.collection, draft.release, known)


STAGED = {"objects": "objects_in"}  # what an append calls it


def _unicode_columns(load: Load, name: str) -> str:
    """The text columns of the latest release that go beyond ASCII, as JSON."""
    found = load.query(
        "SELECT unicode_columns FROM vo_lcc.releases AS r JOIN vo_lcc.collections AS c"  # noqa: S608
        " ON c.name = r.collection AND c.release = r.release"
        f" WHERE name = {quote_text(name)}"
    )
    return str(found["unicode_columns"][0].as_py() or "[]")


def update_release(load: Load, name: str, release: int, row: Mapping[str, Any]) -> None:
    """Change what is stored of a release."""
    load.execute(
        f"UPDATE vo_lcc.releases SET {assignments(row)}"  # noqa: S608 (quoted)
        f" WHERE collection = {quote_text(name)} AND release = {int(release)}"
    )


def find_draft(database: Database, name: str) -> Draft | None:
    """The draft of a collection, or None."""
    rows = database.fetch(
        f"SELECT {SELECTED} FROM vo_lcc.releases"  # noqa: S608 (names of our own)
        " WHERE collection = %s AND state = 'draft'",
        (name,),
    )
    return next((Draft(*row) for row in rows), None)


def find_latest(load: Load, name: str) -> Draft | None:
    """The release that the collection shows, or None."""
    found = load.query(
        f"SELECT {SELECTED} FROM vo_lcc.releases"  # noqa: S608 (quoted)
        f" WHERE collection = {quote_text(name)} AND release ="
        f" (SELECT release FROM vo_lcc.collections WHERE name = {quote_text(name)})"
    )
    return next((Draft(*row.values()) for row in found.to_pylist()), None)


def drop_draft(load: Load, draft: Draft) -> None:
    """Nothing is left of a draft."""
    made = draft.schema if draft.kind == "full" else draft.staging
    if made is not None:
        drop_schema(load, made)
    for table in ("rejects", "units", "files", "passbands", "releases"):
        load.execute(
            f"DELETE FROM vo_lcc.{table}"  # noqa: S608 (quoted)
            f" WHERE collection = {quote_text(draft.collection)}"
            f" AND release = {int(draft.release)}"
        )


def _check_schema(load: Load, name: str) -> None:
    """A schema of this name must be ours."""
    asked = quote_text(name)
    (row,) = load.query(
        f"SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = {asked})"  # noqa: S608
        f" AND NOT EXISTS (SELECT FROM vo_lcc.releases WHERE collection = {asked})"
        " AS foreign_schema"
    ).to_pylist()
    if row["foreign_schema"]:
        raise UsageError(
            f"the database has a schema {name!r} that is not a collection;"
            " give the collection another name"
        )


def _check_no_draft(load: Load, name: str) -> None:
    found = load.query(
        "SELECT label, to_char(created, 'YYYY-MM-DD HH24:MI') AS created"  # noqa: S608
        f" FROM vo_lcc.releases WHERE collection = {quote_text(name)}"
        " AND state = 'draft'"
    ).to_pylist()
    for row in found:
        raise UsageError(
            f"{name} has a draft already: release {row['label']} of {row['created']}."
            f" Publish it (vo-lcc publish {name}), or drop it"
            f" (vo-lcc withdraw {name} {row['label']})"
        )


SAID = {
    *("title", "description", "creator", "bibcode", "rights"),
    *("source_url", "facility", "instrument", "aperture", "image_url"),
}
RELEASE_TYPES = {
    "release": pa.int32(),
    "base": pa.int32(),
    "complete": pa.bool_(),
    "upper_limits": pa.int64(),
    **dict.fromkeys(("time_origin", "longitude", "latitude"), pa.float64()),
    **dict.fromkeys(("height", "aperture"), pa.float64()),
    **dict.fromkeys(
        ("n_objects", "n_lightcurves", "n_points", "n_missing"), pa.int64()
    ),
}
PASSBAND_TYPES = {
    "release": pa.int32(),
    "place": pa.int32(),
    "zero_point": pa.float64(),
    **dict.fromkeys(("effective_wavelength", "bandwidth", "softening"), pa.float64()),
}


def _rows(rows: list[dict[str, Any]], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as Arrow; a column not named in `types` is text."""
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    return pa.Table.from_pylist(rows, schema=schema)
