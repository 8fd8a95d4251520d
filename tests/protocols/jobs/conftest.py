"""Desks for the tests of jobs over HTTP."""

from ipaddress import ip_network

import pytest
from aiohttp import web

from tests.conftest import emptied
from tests.protocols.jobs.desk import ADDING, SETTINGS, Desk, Silent
from vo_lcc.dali.access import Access
from vo_lcc.dali.clients import ClientLimits, Clients, Proxies, limited
from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import faults, votable_fault
from vo_lcc.dali.recording import Recorder, mark_answer
from vo_lcc.db import Database, Streams
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.handlers import job_routes
from vo_lcc.uws.service import JOBS, Jobs
from vo_lcc.uws.watch import JobWatch


@pytest.fixture
def db(jobs_db: Database) -> Database:
    """A database without jobs."""
    return emptied(jobs_db)


@pytest.fixture
def open_desk(aiohttp_client, db, tmp_path):
    """Opens a desk: `await open_desk(settings=..., limits=..., ...)`."""

    async def opened(
        settings=SETTINGS,
        limits=None,
        owner_header=None,
        trusted=(),
        **options,
    ) -> Desk:
        proxies = Proxies([ip_network(each) for each in trusted])
        storage = DiskStorage(tmp_path / "jobs")
        jobs = Jobs(JobWatch(db.url), storage, settings, **options)
        access = Access(proxies=proxies, header=owner_header)
        clients = Clients(limits or ClientLimits())

        async def context(app):
            await jobs.watch.start()
            app[CONTEXT] = Context(db, Streams(db.url), clients=clients)
            yield
            await jobs.watch.close()
            await app[CONTEXT].streams.close()

        service = web.Application(
            middlewares=[faults(votable_fault), limited(clients), access.middleware()]
        )
        service.add_routes(job_routes(ADDING))
        recorder = Recorder(Silent(), proxies.client)
        app = web.Application(middlewares=[recorder.middleware(), limited(clients)])
        app.add_subapp("/sums", service)
        app[JOBS] = jobs
        app.on_response_prepare.append(mark_answer)
        app.on_shutdown.append(jobs.stop_waiting)
        app.cleanup_ctx.append(context)
        client = await aiohttp_client(
            app,
            server_kwargs={"handler_cancellation": True, "shutdown_timeout": 5},
        )
        return Desk(client, db, storage, jobs)

    return opened


@pytest.fixture
async def desk(open_desk) -> Desk:
    return await open_desk()
