"""New files for a collection that is published: from files to what users see."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vo_lcc.db import Database
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.appends.merge import Merged, find_merged
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.loading.load import LoadReport, build
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.publishing import parse_definition, publish
from vo_lcc.lightcurves.releases.withdrawing import withdraw


@dataclass(frozen=True, slots=True)
class Appended:
    """What was loaded, what of it is new (None: a draft), and releases withdrawn."""

    loaded: LoadReport
    merged: Merged | None
    withdrawn: tuple[str, ...] = ()


def append(
    database: Database,
    what: str,
    paths: Sequence[Path],
    progress: Progress | None = None,
    draft: bool = False,
    workers: int | None = None,
) -> Appended:
    """Append files to a published collection, and publish that unless it is a `draft`.

    `what` is the collection's name, or its collection file (*.toml). The same files
    once more change nothing. Raises NotFoundError for a name that is not published,
    and what `build` and `publish` do.
    """
    progress = progress or Silent()
    file, text = find_file(database, what)
    loaded = build(database, file, text, paths, progress, workers, kind="append")
    if draft and not loaded.published:
        return Appended(loaded, None)
    gone: tuple[str, ...] = ()
    if not loaded.published:
        publish(database, file.name, progress)
        gone = withdraw_older(database, file, progress)
    return Appended(loaded, find_merged(database, file.name, loaded.release), gone)


def find_file(database: Database, what: str) -> tuple[CollectionFile, str]:
    """A collection file, and its text: that of the latest release for a name."""
    if what.endswith(".toml"):
        return read_collection_file(Path(what))
    rows = database.fetch(
        "SELECT definition FROM vo_lcc.releases AS r JOIN vo_lcc.collections AS c"
        " ON c.name = r.collection AND c.release = r.release WHERE c.name = %s",
        (what,),
    )
    for (text,) in rows:
        return parse_definition(text), text
    raise NotFoundError(
        f"no collection {what!r} is published that could get points;"
        " vo-lcc releases lists what there is, vo-lcc ingest loads anew"
    )


def withdraw_older(
    database: Database, file: CollectionFile, progress: Progress
) -> tuple[str, ...]:
    """Withdraw appends before the last ones that `[releases] keep` keeps.

    The latest release stays whatever that says.
    """
    keep = file.releases.keep
    if keep is None:
        return ()
    rows = database.fetch(
        "SELECT label FROM vo_lcc.releases WHERE collection = %s AND kind = 'append'"
        " AND state = 'published' ORDER BY release DESC OFFSET %s",
        (file.name, max(keep, 1)),
    )
    for (label,) in rows:
        withdraw(database, file.name, label, progress)
    return tuple(label for (label,) in rows)
