"""The parts of a server as its configuration describes them, each made in one place."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from vo_lcc.config import Config
from vo_lcc.dali.access import Access
from vo_lcc.dali.capability import Limits, Publisher
from vo_lcc.dali.clients import Clients, Proxies
from vo_lcc.dali.context import Context
from vo_lcc.dali.fetch import FetchLimits
from vo_lcc.dali.passwords import Users
from vo_lcc.dali.security import security_methods
from vo_lcc.dali.verifying import Verifier
from vo_lcc.db import Database, StreamLimits, Streams
from vo_lcc.lightcurves.identifiers import UNREGISTERED
from vo_lcc.metrics import Metrics
from vo_lcc.periodograms.handlers import make_searchers
from vo_lcc.periodograms.jobs import PERIODOGRAM_JOBS, PeriodogramJobs
from vo_lcc.registry.harvest import Harvesting, Settings
from vo_lcc.resolvers import make_resolver
from vo_lcc.soda.jobs import SODA_JOBS, ExtractionJobs
from vo_lcc.tap.jobs import TAP_JOBS, QueryJobs
from vo_lcc.uws.job import BULK, INTERACTIVE
from vo_lcc.uws.service import Jobs
from vo_lcc.uws.storage import open_storage
from vo_lcc.uws.sweeper import Sweeper
from vo_lcc.uws.watch import JobWatch
from vo_lcc.uws.worker import Worker

JOBS_FOLDER = "jobs"
OVERRUN = 3  # times the bulk places: as many jobs may hold a connection beside the rest


def make_context(
    config: Config,
    url: str,
    clients: Clients | None = None,
    metrics: Metrics | None = None,
) -> Context:
    """What requests share; `metrics` counts what its streams do."""
    names = config.names
    return Context(
        Database(url),
        Streams(url, stream_limits(config), meter=metrics),
        make_limits(config),
        make_publisher(config),
        config.server.base_url,
        names.resolver and make_resolver(names.resolver, names.timeout),
        clients,
    )


def make_publisher(config: Config) -> Publisher:
    """Who runs the server, and how it describes itself."""
    access = config.access
    return Publisher(
        **config.publisher.model_dump(),
        drafts=config.registry.drafts,
        full_registry=config.registry.full,
        security=security_methods(access.offered(), closed=access.closed),
    )


def stream_limits(config: Config) -> StreamLimits:
    """What a query may take that somebody waits for."""
    database = config.database
    return StreamLimits(
        first_row=database.statement_timeout,
        total=database.stream_timeout,
        stall=database.stall_timeout,
        queue=database.queue_timeout,
        temp_bytes=database.temp_bytes,
        connections=database.connections,
        bulk_connections=database.bulk_connections,
    )


def job_limits(config: Config) -> StreamLimits:
    """The same of a job: as long as jobs may run.

    The worker decides how many run, so there is a place for each of them.
    """
    jobs = config.jobs
    places = jobs.interactive + OVERRUN * jobs.bulk
    return replace(
        stream_limits(config),
        first_row=jobs.hard_execution_duration,
        total=jobs.hard_execution_duration,
        connections=places,
        bulk_connections=places,
    )


def make_limits(config: Config) -> Limits:
    """What one request may ask for, as it is advertised too."""
    limits, uploads, database = config.limits, config.uploads, config.database
    return Limits(
        default_maxrec=limits.default_maxrec,
        hard_maxrec=limits.hard_maxrec,
        objects=limits.objects,
        body_size=limits.body_size,
        upload_size=uploads.size,
        upload_rows=uploads.rows,
        upload_unpacked=uploads.unpacked,
        fetching=FetchLimits(
            uploads.size,
            uploads.fetch_timeout,
            allow=uploads.allow,
            enabled=uploads.fetch,
        ),
        statement_timeout=database.statement_timeout,
        stream_timeout=database.stream_timeout,
        execution_duration=config.jobs.execution_duration,
        hard_execution_duration=config.jobs.hard_execution_duration,
        retention=config.jobs.retention,
        hard_retention=config.jobs.hard_retention,
    )


def storage_of(config: Config) -> str:
    """Where the files of jobs are: as configured, else beside the embedded database."""
    folder = (config.database.data or Path("var")).absolute() / JOBS_FOLDER
    return config.jobs.storage or str(folder)


def make_access(config: Config, proxies: Proxies) -> Access:
    """Who may ask, and how they log in; raises ConfigError for a bad file of users."""
    access = config.access
    return Access(
        access.closed,
        access.offered(),
        proxies,
        config.jobs.owner_header,
        Verifier(Users(access.users)) if access.users else None,
    )


def harvest_settings(config: Config) -> Settings:
    """How peers are harvested; records under our own authority are not theirs."""
    names = {config.publisher.authority or UNREGISTERED, UNREGISTERED}
    ours = frozenset(name.lower() for name in names)
    return Settings(ours, config.registry.interval)


@asynccontextmanager
async def harvesting(
    config: Config, url: str, metrics: Metrics | None = None
) -> AsyncIterator[None]:
    """Harvest the peers when they are due, while the block runs."""
    database = Database(url)
    peers = config.registry.peers
    task = Harvesting(database, peers, harvest_settings(config), metrics)
    await task.start()
    try:
        yield
    finally:
        await task.stop()
        database.close()


@asynccontextmanager
async def opened_jobs(config: Config, url: str) -> AsyncIterator[Jobs]:
    """What the jobs of all services share, while the block runs."""
    storage = open_storage(storage_of(config))
    watch = JobWatch(url)
    await watch.start()
    try:
        yield Jobs(
            watch,
            storage,
            config.jobs.settings(),
            config.uploads.size,
        )
    finally:
        await watch.close()
        await storage.close()


@asynccontextmanager
async def working(
    config: Config,
    url: str,
    context: Context,
    jobs: Jobs,
    metrics: Metrics | None = None,
) -> AsyncIterator[Worker]:
    """A worker that runs jobs while the block runs, and sweeps what is left of them."""
    streams = Streams(url, job_limits(config), meter=metrics)
    searchers = {kind: make_searchers() for kind in (INTERACTIVE, BULK)}
    runners = {
        TAP_JOBS.name: QueryJobs(context, streams).run,
        SODA_JOBS.name: ExtractionJobs(context, streams).run,
        PERIODOGRAM_JOBS.name: PeriodogramJobs(context, streams, searchers).run,
    }
    database = Database(url)
    name = f"{socket.gethostname()}:{os.getpid()}"
    worker = Worker(database, jobs.watch, jobs.storage, runners, jobs.settings, name)
    sweeper = Sweeper(database, jobs.storage, jobs.settings)
    await worker.start()
    await sweeper.start()
    try:
        yield worker
    finally:
        await sweeper.stop()
        await worker.stop()
        await streams.close()
        database.close()
