"""demo, serve, worker: what goes on until it is stopped."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop

from vo_lcc import __version__
from vo_lcc.app import serve, work
from vo_lcc.cli.databases import opened, opened_existing
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
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.demo import ingest_demo
from vo_lcc.lightcurves.progress import Bars
from vo_lcc.listening import allow_connections
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


def run_worker(options: Arguments) -> int:
    """Run jobs until interrupted or terminated; serve nothing."""
    config = configured(options)
    if config.database.url is not None and config.jobs.storage is None:
        raise UsageError(
            "jobs.storage: name the folder or the bucket that servers and workers"
            " share, in the settings of each"
        )
    with opened_existing(config) as database:
        set_up_logs(config.log.format, config.log.level)
        database.close()
        run_until_stopped(work(config, database.url, announce_worker))
    return 0


def serve_until_stopped(config: Config, database: Database) -> int:
    """Serve in the foreground, by one process or several."""
    set_up_logs(config.log.format, config.log.level)
    allow_connections()
    database.close()  # no process that is forked may have its connections
    if config.server.processes > 1:
        serve_processes(config, database.url, announce)
        end()
    else:
        run_until_stopped(serve(config, database.url, announce))
    return 0


def run_until_stopped(service: Coroutine[Any, Any, None]) -> None:
    """Run it in this process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(service)
    end()


def end() -> None:
    """From here on nothing disturbs: an embedded database is stopped in peace."""
    logger.info("stopped")
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)


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


def announce_worker(name: str) -> None:
    """Tell that the worker waits for jobs."""
    logger.info("started", extra={"worker": name, "version": __version__})
    print(
        f"vo_lcc {__version__} runs jobs as worker {name}. Stop it with Ctrl-C.",
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
WORKER = Command(
    "worker",
    run_worker,
    "Run jobs, beside or instead of the processes that serve.",
    (CONFIG, DATA),
)
