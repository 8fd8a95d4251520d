"""ingest, migrate, check: what comes before serving."""

import asyncio
from pathlib import Path

from vo_lcc.cli.databases import data_of, is_new, opened
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.db.check import check_database
from vo_lcc.lightcurves.checks import parse_collection
from vo_lcc.lightcurves.ingest import LoadReport, ingest
from vo_lcc.lightcurves.progress import Bars
from vo_lcc.uws.storage import open_storage


def run_ingest(options: Arguments) -> int:
    """Load a collection and publish it."""
    with opened(configured(options)) as database, Bars() as progress:
        report = ingest(database, options.collection, options.files, progress=progress)
    tell(report)
    return 0


def run_migrate(options: Arguments) -> int:
    """Bring the database up to this version of the software."""
    with opened(configured(options)):
        print("the database is up to date")
    return 0


def run_check(options: Arguments) -> int:
    """Look at the configuration, the database and collections; say what is amiss."""
    for path in options.collections:
        collection = parse_collection(path)
        print(f"{path}: fine ({collection.name}: {collection.title})")
    config = configured(options)
    check_storage(config.jobs.storage)
    if is_new(config):
        print(f"no database yet in {data_of(config)}; a demo, ingest or serve makes it")
        return 0
    with opened(config) as database:
        warnings = check_database(database)
    for warning in warnings:
        print(f"warning: {warning}")
    print(f"the database is ready, {len(warnings)} warnings")
    return 0


def check_storage(location: str | None) -> None:
    """Raise ConfigError for a storage of jobs that cannot be; no folder is made."""
    if location is not None and "://" in location:
        asyncio.run(open_storage(location).close())


def tell(report: LoadReport) -> None:
    """Print what a load did."""
    done = "loaded" if report.changed else "is published already, nothing changed"
    print(
        f"{report.collection}, release {report.release}: {done}"
        f" ({report.n_objects:,} objects, {report.n_lightcurves:,} light curves,"
        f" {report.n_points:,} points)"
    )
    losses = report.losses
    if losses.missing:
        print(f"  {losses.missing:,} groups of wide rows hold no measurement")
    for what, reasons in (
        ("rows not taken", losses.rejected),
        ("values set to NULL", losses.nulled),
    ):
        for reason, count in reasons.items():
            print(f"  {what}: {count:,} ({reason})")
    if losses.report is not None:
        print(f"  each with file, line and text in {losses.report}")
    for member in losses.skipped:
        print(f"  not read, it matches no pattern: {member}")


INGEST = Command(
    "ingest",
    run_ingest,
    "Load a collection of light curves and publish it.",
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
        CONFIG,
        DATA,
    ),
)
