"""A peer that is served, and a database to harvest it into."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.conftest import copied_database
from tests.registry.harvest.peer import IVOIDS, SETTINGS, Peer, resource
from vo_lcc.db import Database
from vo_lcc.registry.harvest import Harvester
from vo_lcc.registry.regtap import forget_resources

Start = Callable[[Peer], "asyncio.Future[str]"]


@pytest.fixture
def peer() -> Peer:
    return Peer([resource(ivoid) for ivoid in IVOIDS], page=3)


@pytest.fixture
async def serve(aiohttp_server) -> Start:
    """Starts a peer; the URL of its OAI."""

    async def start(peer: Peer) -> str:
        app = web.Application()
        app.router.add_get("/oai", peer.answer)
        app.router.add_get("/moved", peer.answer)
        server = await aiohttp_server(app)
        return str(server.make_url("/oai"))

    return start


@pytest.fixture
async def start_app() -> AsyncIterator[Callable[[Any], "asyncio.Future[str]"]]:
    """Serves what is asked by one function, which ends when its client leaves."""
    servers = []

    async def start(answer: Any) -> str:
        app = web.Application()
        app.router.add_get("/oai", answer)
        servers.append(TestServer(app, handler_cancellation=True))
        await servers[-1].start_server()
        return str(servers[-1].make_url("/oai"))

    yield start
    for server in servers:
        await server.close()


@pytest.fixture(scope="module")
def records_db(cluster_url: str, template_db: str):
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def database(records_db: Database) -> Database:
    """A database without records, which takes less time than a new one."""
    ivoids = [row[0] for row in records_db.fetch("SELECT ivoid FROM rr.resource")]
    with records_db.load() as load:
        forget_resources(load, ivoids)
        for table in ("records", "harvests", "harvest_seen"):
            load.execute(f"DELETE FROM vo_lcc.{table}")
    return records_db


@pytest.fixture
async def harvester(database: Database) -> AsyncIterator[Harvester]:
    harvester = Harvester(database, SETTINGS)
    yield harvester
    harvester.close()
