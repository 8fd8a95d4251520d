"""export: a collection, or what a query finds, as files."""

from pathlib import Path

from vo_lcc.cli.databases import opened_existing
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.exports.adql import (
    ROW_FORMS,
    Site,
    export_rows,
    select_objects,
)
from vo_lcc.lightcurves.exports.export import FORMS, export_source
from vo_lcc.lightcurves.exports.folder import check_target
from vo_lcc.lightcurves.exports.source import Source, find_source
from vo_lcc.lightcurves.exports.tiles import Most
from vo_lcc.lightcurves.progress import Bars


def run_export(options: Arguments) -> int:
    """Write a collection, or what a query finds."""
    check_options(options)
    config = configured(options)
    with opened_existing(config) as database:
        if options.adql is not None and not options.lightcurves:
            site = Site(config.server.base_url, config.publisher.authority)
            write_rows(database, options, site)
        else:
            write_source(database, options, chosen(database, options))
    return 0


def check_options(options: Arguments) -> None:
    """Raise UsageError for options that do not go together."""
    if (options.collection is None) == (options.adql is None):
        raise UsageError("give the name of a collection, or a query by --adql")
    rows = options.adql is not None and not options.lightcurves
    if rows and options.format not in ROW_FORMS:
        raise UsageError(
            f"the rows of a query are written as {' or '.join(ROW_FORMS)};"
            f" {options.format} is for light curves: add --lightcurves"
        )
    if rows and options.release:
        raise UsageError(
            "a query names the release it reads by its schema, such as demo_dr1;"
            " --release is for collections and --lightcurves"
        )
    if not rows:
        check_target(options.output, options.force)


def chosen(database: Database, options: Arguments) -> Source:
    """A release, or those of its objects that the query names."""
    if options.adql is not None:
        return select_objects(database, options.adql, options.release)
    return find_source(database, options.collection, options.release)


def write_rows(database: Database, options: Arguments, site: Site) -> None:
    """Write the rows of the query."""
    with Bars() as progress:
        report = export_rows(
            database,
            options.adql,
            options.format,
            options.output,
            options.force,
            progress,
            site,
        )
    print(f"{report.path}: {report.rows:,} rows, {report.size:,} bytes")
    print(f"SHA-256 {report.sha256}")


def write_source(database: Database, options: Arguments, source: Source) -> None:
    """Write light curves."""
    with Bars() as progress:
        report = export_source(
            database,
            source,
            options.format,
            options.output,
            options.force,
            Most(rows=options.tile_rows),
            progress,
        )
    print(
        f"{report.path}: {report.collection}, release {report.release}:"
        f" {report.objects:,} objects, {report.points:,} points,"
        f" {report.size:,} bytes"
    )


def count(text: str) -> int:
    """A number from 1, for argparse."""
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


EXPORT = Command(
    "export",
    run_export,
    "Write a collection, or what a query finds, as Parquet, HATS or FITS.",
    (
        option("collection", nargs="?", metavar="COLLECTION", help="its name"),
        option("--adql", metavar="QUERY", help="export the rows that a query finds"),
        option(
            "--lightcurves",
            action="store_true",
            help="export the objects, with light curves, whose object_id it finds",
        ),
        option(
            "--format",
            choices=FORMS,
            default=FORMS[0],
            help=(
                "parquet: objects and points in two tables (default); nested: one row"
                " for each object; hats: the same in tiles of the sky, for LSDB; fits"
            ),
        ),
        option(
            "--output",
            type=Path,
            required=True,
            metavar="PATH",
            help="a new folder; for the rows of a query a new file",
        ),
        option("--release", metavar="LABEL", help="default: the latest release"),
        option("--force", action="store_true", help="replace an export that is there"),
        option(
            "--tile-rows",
            type=count,
            default=Most().rows,
            metavar="N",
            help="hats: objects in a tile, at most (default: 1,000,000)",
        ),
        CONFIG,
        DATA,
    ),
)
COMMANDS = (EXPORT,)
