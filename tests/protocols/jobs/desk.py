"""A server with jobs of a service that is not TAP, and a worker made by hand."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from aiohttp.test_utils import TestClient
from lxml import etree

from vo_lcc.db import Database
from vo_lcc.uws import queue
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.job import ErrorSummary, Phase, Result
from vo_lcc.uws.queue import Claim, Outcome
from vo_lcc.uws.service import Jobs, JobService
from vo_lcc.uws.settings import JobSettings

SETTINGS = JobSettings(wait=20, client_stored=2000, client_queued=2000)
PLACES = {False: 2000}
UNKNOWN_JOB = "a" * 16


def told(error: ErrorSummary) -> tuple[str, str]:
    return f"alas: {error.message}", "text/x-alas"


ADDING = JobService("adding", "/sums/async", told)


class Silent:
    """An observer that nobody asks."""

    def begun(self, service: str) -> None:
        """A request has come."""

    def ended(self, ended: object) -> None:
        """It has ended."""


@dataclass
class Desk:
    """A server with jobs, its database and storage, and a worker made by hand."""

    http: TestClient
    db: Database
    storage: DiskStorage
    jobs: Jobs

    def url(self, path: str = "") -> str:
        return str(self.http.make_url(ADDING.path + path))

    async def get(self, path: str = "", **options) -> aiohttp.ClientResponse:
        return await self.http.get(ADDING.path + path, **options)

    async def post(self, path: str = "", **options) -> aiohttp.ClientResponse:
        options = {"allow_redirects": False, **options}
        return await self.http.post(ADDING.path + path, **options)

    async def new(self, **parameters) -> str:
        """The path of a new job below the list."""
        reply = await self.post(data=parameters)
        assert reply.status == 303, await reply.text()
        return reply.headers["Location"].removeprefix(self.url())

    async def text(self, path: str, **options) -> str:
        reply = await self.get(path, **options)
        assert reply.status == 200, await reply.text()
        return await reply.text()

    async def root(self, path: str = "", **options) -> etree._Element:
        reply = await self.get(path, **options)
        assert reply.status == 200, await reply.text()
        assert reply.content_type == "application/xml"
        return etree.fromstring(await reply.read())

    async def listed(self, **query) -> list[str]:
        root = await self.root(params=query)
        return ["/" + each.get("id") for each in root]

    async def parameters(self, path: str) -> list[tuple[str, str]]:
        root = await self.root(path + "/parameters")
        return [(each.get("id"), each.text) for each in root]

    def claim(self) -> list[Claim]:
        return queue.claim_jobs(self.db, "w", [ADDING.name], PLACES, SETTINGS)

    def begin(self) -> Claim:
        (claim,) = self.claim()
        assert queue.begin_job(self.db, claim, False, {"rows": 0})
        return claim

    def finish(self, claim: Claim, outcome: Outcome, **info) -> None:
        assert queue.finish_job(self.db, claim, outcome, info, True)

    async def complete(self, claim: Claim, content: bytes = b"42\n") -> None:
        key = claim.prefix + "result"
        await self.storage.write(key, piece(content))
        result = Result("result", key, "text/csv", len(content), "sum.csv")
        self.finish(claim, Outcome(Phase.COMPLETED, results=(result,)), rows=1)


async def piece(content: bytes) -> AsyncIterator[bytes]:
    yield content
