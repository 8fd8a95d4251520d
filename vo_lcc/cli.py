"""The command `vo-lcc`."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from vo_lcc import __version__
from vo_lcc.adql import check_lines, compile_query
from vo_lcc.adql.explain import lay_out
from vo_lcc.app import make_context, serve
from vo_lcc.config import Config, read_config
from vo_lcc.db import Database, migrate
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.check import check_database
from vo_lcc.db.embedded import EmbeddedServer
from vo_lcc.errors import UsageError, VOError
from vo_lcc.lightcurves.checks import parse_collection
from vo_lcc.lightcurves.demo import ingest_demo
from vo_lcc.lightcurves.ingest import LoadReport, ingest
from vo_lcc.lightcurves.progress import Bars
from vo_lcc.logs import set_up_logs
from vo_lcc.processes import serve_processes
from vo_lcc.tap.explain import explained
from vo_lcc.tap.params import TapParams

DEFAULT_DATA = Path("var")
Arguments = argparse.Namespace

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 on an error, 2 on wrong usage."""
    options = parser().parse_args(arguments)
    set_up_logs("text", "info" if options.verbose else "warning")
    run: Callable[[Arguments], int] = options.run
    try:
        return run(options)
    except VOError as error:
        print(f"vo-lcc: {error}{reason_of(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def reason_of(error: VOError) -> str:
    """Why the database cannot be reached, which clients of a server are not told."""
    if not error.transient or error.__cause__ is None:
        return ""
    return f" ({' '.join(str(error.__cause__).split())})"


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="vo-lcc", description="Publish light curves to the Virtual Observatory."
    )
    top.add_argument("--version", action="version", version=f"vo_lcc {__version__}")
    top.add_argument("--verbose", action="store_true", help="say more in the log")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name, run, text, options in COMMANDS:
        order = ORDER if CONFIG in options else None
        command = commands.add_parser(name, help=text, description=text, epilog=order)
        command.set_defaults(run=run)
        for flags, settings in options:
            command.add_argument(*flags, **settings)
    return top


def run_demo(options: Arguments) -> int:
    """Load the demo collection if it is not there, and serve it."""
    config = configured(options)
    with opened(config, exclusive=True) as database:
        with Bars() as progress:
            report = ingest_demo(database, progress=progress)
        tell(report)
        return serve_until_stopped(config, database)


def run_serve(options: Arguments) -> int:
    """Serve what is published until interrupted or terminated."""
    config = configured(options)
    with opened(config, exclusive=True) as database:
        return serve_until_stopped(config, database)


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
    if is_new(config):
        print(f"no database yet in {data_of(config)}; a demo, ingest or serve makes it")
        return 0
    with opened(config) as database:
        warnings = check_database(database)
    for warning in warnings:
        print(f"warning: {warning}")
    print(f"the database is ready, {len(warnings)} warnings")
    return 0


def run_adql(options: Arguments) -> int:
    """Show the SQL a query becomes; or say of many queries whether they parse."""
    if options.parse is not None:
        with options.parse as lines:
            for verdict in check_lines(lines):
                print(verdict, flush=True)
        return 0
    if options.query is None:
        raise UsageError("give a query, or --parse FILE")
    config = configured(options)
    if is_new(config):
        raise UsageError(
            f"there is no database in {data_of(config)}; name its folder by --data"
        )
    with opened(config) as database:
        if options.explain:
            text = asyncio.run(explain_once(config, database.url, options.query))
            print(text, end="")
        else:
            plan = compile_query(options.query, load_catalog(database))
            print(lay_out(plan.sql))
    return 0


async def explain_once(config: Config, url: str, query: str) -> str:
    """What a server with these settings would answer at `/tap/explain`."""
    context = make_context(config, url)
    try:
        return await explained(context, TapParams(query, None), "text/plain")
    finally:
        await context.close()


def configured(options: Arguments) -> Config:
    """The settings of --config and the environment; options come before both."""
    environment = dict(os.environ)
    for name, variable in OVERRIDES.items():
        value = getattr(options, name, None)
        if value is not None:
            environment[variable] = str(value)
    return read_config(getattr(options, "config", None), environment)


OVERRIDES = {
    "host": "VO_LCC_SERVER_HOST",
    "port": "VO_LCC_SERVER_PORT",
    "processes": "VO_LCC_SERVER_PROCESSES",
    "data": "VO_LCC_DATABASE_DATA",
}


@contextmanager
def opened(config: Config, exclusive: bool = False) -> Iterator[Database]:
    """The migrated database: the configured one, else an embedded server."""
    if config.database.url is not None:
        yield from _migrated(config.database.url)
        return
    if is_new(config):
        print(f"making a new database in {data_of(config)}", file=sys.stderr)
    with EmbeddedServer(data_of(config), exclusive) as server:
        yield from _migrated(server.url)


def data_of(config: Config) -> Path:
    """The folder of the embedded server."""
    return (config.database.data or DEFAULT_DATA).absolute()


def is_new(config: Config) -> bool:
    """Would an embedded server start with a new, empty database?"""
    return config.database.url is None and not (data_of(config) / "pgdata").exists()


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def serve_until_stopped(config: Config, database: Database) -> int:
    """Serve in the foreground, by one process or several."""
    set_up_logs(config.log.format, config.log.level)
    database.close()  # no process that is forked may have its connections
    if config.server.processes > 1:
        serve_processes(config, database.url, announce)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(config, database.url, announce))
    logger.info("stopped")
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # the database is stopped in peace
    return 0


def announce(url: str) -> None:
    """Tell where the server is, who looks on and who reads the log."""
    logger.info("started", extra={"url": url, "version": __version__})
    print(
        f"\nvo_lcc {__version__} serves at {url}/\n"
        f"  browser   {url}/\n"
        f"  TOPCAT    {url}/tap   (VO > Table Access Protocol > TAP URL)\n"
        f'  pyvo      pyvo.dal.TAPService("{url}/tap")\n'
        "Stop it with Ctrl-C.",
        flush=True,
    )


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


ORDER = (
    "An option comes before the environment (VO_LCC_SERVER_PORT=8081), and that before"
    " the settings in --config, which are told in configs/server.example.toml."
)
Option = tuple[tuple[str, ...], dict[str, Any]]

PORT: Option = (("--port",), {"type": int, "help": "default: 8080"})
HOST: Option = (
    ("--host",),
    {"help": "default: 127.0.0.1; 0.0.0.0 to be seen from other machines"},
)
PROCESSES: Option = (
    ("--processes",),
    {
        "type": int,
        "metavar": "N",
        "help": "how many processes answer side by side (default: 1)",
    },
)
CONFIG: Option = (
    ("--config",),
    {"type": Path, "metavar": "FILE", "help": "the server's settings (TOML)"},
)
DATA: Option = (
    ("--data",),
    {
        "type": Path,
        "metavar": "DIR",
        "help": "folder of the embedded PostgreSQL (default: ./var)",
    },
)

COMMANDS: list[tuple[str, Callable[[Arguments], int], str, list[Option]]] = [
    (
        "demo",
        run_demo,
        "Serve a generated demo collection on an embedded PostgreSQL.",
        [
            PORT,
            HOST,
            (DATA[0], {**DATA[1], "default": DEFAULT_DATA}),
        ],
    ),
    (
        "serve",
        run_serve,
        "Serve what is published.",
        [CONFIG, PORT, HOST, DATA, PROCESSES],
    ),
    (
        "ingest",
        run_ingest,
        "Load a collection of light curves and publish it.",
        [
            (
                ("collection",),
                {
                    "type": Path,
                    "metavar": "COLLECTION.toml",
                    "help": "says what is in the files",
                },
            ),
            (
                ("files",),
                {
                    "type": Path,
                    "nargs": "+",
                    "metavar": "FILE",
                    "help": "objects and light curves; files, archives or folders",
                },
            ),
            CONFIG,
            DATA,
        ],
    ),
    ("migrate", run_migrate, "Bring the database up to date.", [CONFIG, DATA]),
    (
        "check",
        run_check,
        "Check the database, and collections before they are loaded.",
        [
            (
                ("collections",),
                {
                    "type": Path,
                    "nargs": "*",
                    "metavar": "COLLECTION.toml",
                    "help": "collection files to check; none: the database only",
                },
            ),
            CONFIG,
            DATA,
        ],
    ),
    (
        "adql",
        run_adql,
        "Show the SQL that a query becomes, or check many queries.",
        [
            (
                ("query",),
                {"nargs": "?", "metavar": "QUERY", "help": "one query, in quotes"},
            ),
            (
                ("--parse",),
                {
                    "type": argparse.FileType("r", encoding="utf-8"),
                    "metavar": "FILE",
                    "help": "queries to check, - for standard input: a JSON string a"
                    " line in, OK or ERR line:column message out",
                },
            ),
            (
                ("--explain",),
                {
                    "action": "store_true",
                    "help": "show also how the query is understood, PostgreSQL's plan"
                    " with the rows and cost it expects, and the columns of the"
                    " result; nothing is run",
                },
            ),
            CONFIG,
            DATA,
        ],
    ),
]
