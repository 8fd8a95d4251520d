"""append, compact: new nights for what is published, and light curves made whole."""

import time
from pathlib import Path

from vo_lcc.cli.databases import opened_existing
from vo_lcc.cli.loading import tell_losses
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.appends.appending import Appended, append
from vo_lcc.lightcurves.appends.compaction import Compacted, compact
from vo_lcc.lightcurves.progress import Bars

MEGA = 1e6


def run_append(options: Arguments) -> int:
    """Append files, and publish what is new."""
    start = time.perf_counter()
    with opened_existing(configured(options)) as database, Bars() as progress:
        done = append(
            database, options.what, options.files, progress, draft=options.draft
        )
    tell(done, time.perf_counter() - start)
    return 0


def tell(done: Appended, seconds: float) -> None:
    """Print what an append did."""
    loaded, merged = done.loaded, done.merged
    head = f"{loaded.collection}, release {loaded.label}"
    if merged is None:
        print(
            f"{head}: a draft ({loaded.n_points:,} points); make it visible by:"
            f" vo-lcc publish {loaded.collection}"
        )
    elif not loaded.changed:
        print(f"{head}: appended already, nothing changed")
    else:
        print(
            f"{head}: {merged.n_points:,} new points, {merged.n_objects:,} new objects,"
            f" in {seconds:.1f} s"
        )
        for count, what in (
            (merged.n_duplicates, "points were there already"),
            (merged.n_replaced, "points gave way to newer ones"),
        ):
            if count:
                print(f"  {count:,} {what}")
    tell_losses(loaded)
    for label in done.withdrawn:
        print(f"  release {label} is withdrawn, as [releases] keep says")


def run_compact(options: Arguments) -> int:
    """Put pieces of light curves together."""
    if bool(options.collection) == options.all:
        raise UsageError("name a collection, or say --all")
    with opened_existing(configured(options)) as database, Bars() as progress:
        names = _published(database) if options.all else [options.collection]
        for name in names:
            print(_line(compact(database, name, progress)))
    return 0


def _published(database: Database) -> list[str]:
    rows = database.fetch("SELECT name FROM vo_lcc.collections ORDER BY name")
    return [name for (name,) in rows]


def _line(done: Compacted) -> str:
    return (
        f"{done.collection}: {done.n_pieces:,} pieces of light curves put to others;"
        f" {done.bytes_before / MEGA:,.1f} MB on disk before,"
        f" {done.bytes_after / MEGA:,.1f} MB after"
    )


APPEND = Command(
    "append",
    run_append,
    "Add new points to a published collection, as a release of their own.",
    (
        option(
            "what",
            metavar="COLLECTION",
            help="its name, or its collection file (*.toml)",
        ),
        option("files", type=Path, nargs="+", metavar="FILE", help="the new points"),
        option("--draft", action="store_true", help="do not publish it yet"),
        CONFIG,
        DATA,
    ),
)
COMPACT = Command(
    "compact",
    run_compact,
    "Put together what appends left in pieces, while it is read.",
    (
        option("collection", nargs="?", metavar="COLLECTION", help="its name"),
        option("--all", action="store_true", help="every published collection"),
        CONFIG,
        DATA,
    ),
)
COMMANDS = (APPEND, COMPACT)
