"""ingest, migrate, check: what comes before serving."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vo_lcc.cli.access import access_warnings
from vo_lcc.cli.databases import data_of, is_new, opened
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.config import Config, PublisherSection
from vo_lcc.db.check import check_database
from vo_lcc.errors import ConfigError, UsageError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.describing.fitting import fit_files
from vo_lcc.lightcurves.loading.load import LoadReport, build
from vo_lcc.lightcurves.loading.losses import write_rejects
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.model import config_error
from vo_lcc.lightcurves.progress import Bars
from vo_lcc.lightcurves.releases.publishing import publish
from vo_lcc.parts import make_publisher
from vo_lcc.registry.records.names import missing
from vo_lcc.uws.storage import open_storage

SHOWN = 10  # of each kind of remark


def run_ingest(options: Arguments) -> int:
    """Load files as a draft, and publish it if that is wanted."""
    file, text = read_collection_file(options.collection)
    with opened(configured(options)) as database, Bars() as progress:
        report = build(database, file, text, options.files, progress, options.workers)
        if options.publish and not report.published:
            publish(database, file.name, progress)
            report = replace(report, published=True)
    tell(report)
    return 0


def run_rejects(options: Arguments) -> int:
    """Print what a load did not take, as CSV."""
    with opened(configured(options)) as database:
        write_rejects(database, options.collection, options.release, sys.stdout)
    return 0


def run_migrate(options: Arguments) -> int:
    """Bring the database up to this version of the software."""
    with opened(configured(options)):
        print("the database is up to date")
    return 0


def run_check(options: Arguments) -> int:
    """Look at the configuration, the database and collections; say what is amiss."""
    check_collections(options.collections, options.files)
    config = configured(options)
    check_storage(config.jobs.storage)
    warnings = access_warnings(config) + registration_warnings(config)
    for warning in warnings:
        print(f"warning: {warning}")
    if is_new(config):
        print(f"no database yet in {data_of(config)}; a demo, ingest or serve makes it")
        return 0
    with opened(config) as database:
        more = check_database(database)
    for warning in more:
        print(f"warning: {warning}")
    found = len(warnings) + len(more)
    print(f"the database is ready, {found} warning{'' if found == 1 else 's'}")
    return 0


def registration_warnings(config: Config) -> list[str]:
    """What is missing for registration, once there is a database or a publisher."""
    if is_new(config) and config.publisher == PublisherSection():
        return []
    return missing(make_publisher(config), config.server.base_url)


def check_collections(paths: Sequence[Path], files: Sequence[Path]) -> None:
    """Say which are fine; raise ConfigError for the others, with all problems."""
    if files and len(paths) != 1:
        raise UsageError("--files are those of one collection; name it")
    problems: list[str] = []
    for path in paths:
        try:
            file, text = read_collection_file(path)
            if files and (found := fit_files(file, files)):
                raise config_error(path, text, found)
        except ConfigError as error:
            problems.append(str(error))
            continue
        as_read = ", and so are the files" if files else ""
        print(f"{path}: fine ({file.name}: {file.title}){as_read}")
    if problems:
        raise ConfigError("\n".join(problems))


def check_storage(location: str | None) -> None:
    """Raise ConfigError for a storage of jobs that cannot be; no folder is made."""
    if location is not None and "://" in location:
        asyncio.run(open_storage(location).close())


def tell(report: LoadReport) -> None:
    """Print what a load did."""
    state = "published" if report.published else "a draft"
    done = state if report.changed else f"{state} already, nothing changed"
    print(
        f"{report.collection}, release {report.label}: {done}"
        f" ({report.n_objects:,} objects, {report.n_lightcurves:,} light curves,"
        f" {report.n_points:,} points)"
    )
    tell_losses(report)
    if not report.published:
        print(f"  make it visible by: vo-lcc publish {report.collection}")


def tell_losses(report: LoadReport) -> None:
    """Print what a load left out, and how to see each row of it."""
    losses = report.losses
    _tell_counts(losses)
    if losses.n_rejected or losses.nulled or losses.unread:
        which = f"{report.collection} --release {report.label}"
        print(f"  each with file, line and text: vo-lcc rejects {which}")


def _tell_counts(losses: Losses) -> None:
    if losses.missing:
        print(f"  {losses.missing:,} groups of wide rows hold no measurement")
    if losses.duplicates:
        print(f"  {losses.duplicates:,} points left out, being duplicates")
    for what, reasons in (
        ("rows not taken", losses.rejected),
        ("values set to NULL", losses.nulled),
    ):
        for reason, count in reasons.items():
            print(f"  {what}: {count:,} ({reason})")
    for what, told in (
        ("not read", losses.unread),
        ("not read, it matches no pattern", losses.skipped),
        ("note", losses.notes),
    ):
        for words in told[:SHOWN]:
            print(f"  {what}: {words}")
        if len(told) > SHOWN:
            print(f"  {what}: {len(told) - SHOWN:,} more")


WORKERS = option(
    "--workers",
    type=int,
    metavar="N",
    help="how many processes read files side by side (default: one per processor)",
)
INGEST = Command(
    "ingest",
    run_ingest,
    "Load a collection of light curves as a draft of its next release.",
    (
        option(
            "collection",
            type=Path,
            metavar="COLLECTION.toml",
            help="says what is in the files",
        ),
        option(
            "files",
            type=Path,
            nargs="+",
            metavar="FILE",
            help="objects and light curves; files, archives or folders",
        ),
        option(
            "--publish",
            action="store_true",
            help="publish it too; else vo-lcc publish does",
        ),
        WORKERS,
        CONFIG,
        DATA,
    ),
)
REJECTS = Command(
    "rejects",
    run_rejects,
    "Print (CSV) the rows that a load did not take, and the values that became NULL.",
    (
        option("collection", metavar="NAME", help="the collection"),
        option("--release", metavar="LABEL", help="default: the draft, or the latest"),
        CONFIG,
        DATA,
    ),
)
MIGRATE = Command(
    "migrate", run_migrate, "Bring the database up to date.", (CONFIG, DATA)
)
CHECK = Command(
    "check",
    run_check,
    "Check the database, and collections before they are loaded.",
    (
        option(
            "collections",
            type=Path,
            nargs="*",
            metavar="COLLECTION.toml",
            help="collection files to check; none: the database only",
        ),
        option(
            "--files",
            type=Path,
            nargs="+",
            default=(),
            metavar="FILE",
            help="open these too: does the collection file fit them?",
        ),
        CONFIG,
        DATA,
    ),
)
