"""demo, serve: processes that answer requests until they are stopped."""

import asyncio
import logging
import signal

import uvloop

from vo_lcc import __version__
from vo_lcc.app import serve
from vo_lcc.cli.databases import opened
from vo_lcc.cli.loading import tell
from vo_lcc.cli.options import (
    CONFIG,
    DATA,
    DEFAULT_DATA,
    HOST,
    PORT,
    PROCESSES,
    Arguments,
    Command,
    configured,
)
from vo_lcc.config import Config
from vo_lcc.db import Database
from vo_lcc.lightcurves.demo import ingest_demo
from vo_lcc.lightcurves.progress import Bars
from vo_lcc.logs import set_up_logs
from vo_lcc.processes import serve_processes

logger = logging.getLogger(__package__)


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


def serve_until_stopped(config: Config, database: Database) -> int:
    """Serve in the foreground, by one process or several."""
    set_up_logs(config.log.format, config.log.level)
    database.close()  # no process that is forked may have its connections
    if config.server.processes > 1:
        serve_processes(config, database.url, announce)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(config, database.url, announce))
    return end()


def end() -> int:
    """What is left to do in peace: the embedded database is stopped."""
    logger.info("stopped")
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
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


DEMO_DATA = (DATA[0], {**DATA[1], "default": DEFAULT_DATA})

DEMO = Command(
    "demo",
    run_demo,
    "Serve a generated demo collection on an embedded PostgreSQL.",
    (PORT, HOST, DEMO_DATA),
)
SERVE = Command(
    "serve",
    run_serve,
    "Serve what is published.",
    (CONFIG, PORT, HOST, DATA, PROCESSES),
)
