"""publish, withdraw, releases, diff: what users see of a collection, and when."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from vo_lcc.cli.databases import opened_existing
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.progress import Bars
from vo_lcc.lightcurves.releases.comparing import Diff, Differences, Item, diff
from vo_lcc.lightcurves.releases.describing import publish_file
from vo_lcc.lightcurves.releases.listing import Listed, list_releases
from vo_lcc.lightcurves.releases.publishing import Published, publish
from vo_lcc.lightcurves.releases.withdrawing import withdraw

KINDS = {"full": "loaded anew", "append": "appended", "description": "new words"}
SHOWN_COLUMNS = 8  # of one row that changed


def run_publish(options: Arguments) -> int:
    """Publish a draft, or new words for what is published."""
    with opened_existing(configured(options)) as database, Bars() as progress:
        if options.what.endswith(".toml"):
            file, text = read_collection_file(Path(options.what))
            made = publish_file(database, file, text, progress)
        else:
            made = publish(database, options.what, progress)
    _print(options, made, [_told(made)])
    return 0


def _told(made: Published | None) -> str:
    if made is None:
        return "says what is published already, nothing changed"
    return (
        f"{made.collection}, release {made.label} ({KINDS[made.kind]}): published"
        f" ({made.n_objects:,} objects, {made.n_lightcurves:,} light curves,"
        f" {made.n_points:,} points)"
    )


def run_withdraw(options: Arguments) -> int:
    """Take a release back."""
    with opened_existing(configured(options)) as database, Bars() as progress:
        done = withdraw(database, options.collection, options.label, progress)
    now = f"it shows release {done.latest}" if done.latest else "nothing is published"
    said = "was withdrawn before" if done.state == "withdrawn" else "is withdrawn"
    _print(options, done, [f"{done.collection}, release {done.label} {said}; {now}"])
    return 0


def run_releases(options: Arguments) -> int:
    """List releases."""
    with opened_existing(configured(options)) as database:
        listed = list_releases(database, options.collection)
    _print(options, listed, map(_line, listed))
    return 0


def _line(release: Listed) -> str:
    state = "latest" if release.latest else release.state
    if release.state == "draft" and not release.complete:
        state = "draft, not complete"
    when = release.withdrawn or release.published or release.created
    shown = f"  {release.schema}" if release.state == "published" else ""
    return (
        f"{release.collection} {release.label:<6} {state:<10} {when:%Y-%m-%d %H:%M}"
        f"  {KINDS[release.kind]}: {release.n_objects:,} objects,"
        f" {release.n_lightcurves:,} light curves, {release.n_points:,} points{shown}"
    )


def run_diff(options: Arguments) -> int:
    """Compare two releases."""
    asked = options.collection, options.before, options.after
    with opened_existing(configured(options)) as database:
        if options.all is None:
            found = diff(database, *asked)
        else:
            found = _diff_to(database, options.all, *asked)
    _print(options, found, _lines(found))
    return 0


def _diff_to(
    database: Database, path: Path, name: str, before: str, after: str
) -> Diff:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            return diff(database, name, before, after, stream)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _lines(found: Diff) -> Iterator[str]:
    yield f"{found.collection}, from release {found.before} to {found.after}"
    yield from _counted("objects", found.objects)
    for column, count in found.columns.items():
        yield f"    {column}: {count:,} changed"
    yield from _counted("light curves", found.lightcurves)
    for passband, points in found.points.items():
        yield from _counted(f"points in {passband}", points)
    for name in found.new_columns:
        yield f"  new column {name}"
    for name in found.lost_columns:
        yield f"  no column {name} any more"
    for change in found.metadata:
        yield f"  {change.name}: {change.before!r} -> {change.after!r}"


def _counted(what: str, found: Differences) -> Iterator[str]:
    yield (
        f"  {what}: {found.added:,} added, {found.removed:,} removed,"
        f" {found.changed:,} changed"
    )
    for item in found.examples:
        yield f"    {_shown(item)}"


def _shown(item: Item) -> str:
    parts = (item.object_id, item.passband, item.obs_time)
    shown = item.columns[:SHOWN_COLUMNS]
    more = len(item.columns) - len(shown)
    listed = ", ".join(shown) + (f" and {more} more" if more else "")
    columns = f" ({listed})" if shown else ""
    return f"{item.what} {' '.join(str(p) for p in parts if p is not None)}{columns}"


def _print(options: Arguments, value: Any, lines: Any) -> None:
    """What a command found, for people or for programs."""
    if options.json:
        plain = [asdict(v) for v in value] if isinstance(value, tuple) else value
        sys.stdout.buffer.write(orjson.dumps(plain, option=JSON_OPTIONS, default=str))
        sys.stdout.buffer.write(b"\n")
        return
    for line in lines:
        print(line)


JSON_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
JSON = option("--json", action="store_true", help="print JSON")
NAME = option("collection", metavar="NAME", help="the collection")

PUBLISH = Command(
    "publish",
    run_publish,
    "Make the draft of a collection visible, or publish new words for it.",
    (
        option(
            "what",
            metavar="NAME|COLLECTION.toml",
            help="the collection; or its file, of which only words have changed",
        ),
        JSON,
        CONFIG,
        DATA,
    ),
)
WITHDRAW = Command(
    "withdraw",
    run_withdraw,
    "Take back a draft or a release.",
    (
        NAME,
        option("label", metavar="LABEL", help="of the release, such as 1.2"),
        JSON,
        CONFIG,
        DATA,
    ),
)
RELEASES = Command(
    "releases",
    run_releases,
    "List releases.",
    (
        option(
            "collection", nargs="?", metavar="NAME", help="the collection; none: all"
        ),
        JSON,
        CONFIG,
        DATA,
    ),
)
DIFF = Command(
    "diff",
    run_diff,
    "Tell what changed from one release to another.",
    (
        NAME,
        option("before", metavar="A", help="label of the one release"),
        option("after", metavar="B", help="label of the other"),
        option("--all", type=Path, metavar="FILE", help="write every difference (CSV)"),
        JSON,
        CONFIG,
        DATA,
    ),
)
COMMANDS = (PUBLISH, WITHDRAW, RELEASES, DIFF)
