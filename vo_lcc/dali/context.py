"""What every handler needs: the streams, the catalog, the limits, the publisher.

One `Context` lives in each process, stored in the application under `CONTEXT`.
"""

import asyncio
import math
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Any, TypeVar

from aiohttp import web
from pydantic import AnyUrl

from vo_lcc import __version__
from vo_lcc.adql import SelectPlan
from vo_lcc.adql.plans import Plans
from vo_lcc.dali.agreement import SEEN
from vo_lcc.dali.capability import Limits, Publisher, Site
from vo_lcc.dali.clients import Clients
from vo_lcc.dali.record import record_of
from vo_lcc.db import Database, Statement, Streams, TempTable
from vo_lcc.db.catalog import catalog_version, settings_changed
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import StaleError
from vo_lcc.lightcurves.collection import Collection, load_published
from vo_lcc.lightcurves.identified import identified
from vo_lcc.lightcurves.obscore import settings_of
from vo_lcc.resolvers import Resolver
from vo_lcc.tables import Batch, Catalog

T = TypeVar("T")

ENCODERS = 4  # threads
READERS = 2  # threads
SMALL_CONE = 1.0  # deg
CHECK_INTERVAL = 1.0  # seconds between looks at the catalog's version
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?\Z")
PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*\Z")


@dataclass(frozen=True)
class Published:
    """What is published, as it is at one moment.

    `changed` is when it, or what else the server says of itself, changed last (Unix
    seconds, by the clock of the database): the same in all processes.
    """

    catalog: Catalog
    collections: Mapping[str, Collection]
    changed: float


class Context:
    """The parts of the server that requests share. Belongs to one event loop.

    `public_url` is the base of every URL the server gives; None means: as the
    request says. `encoders` runs what would hold up the event loop. `plans` are
    those of queries that were asked before; `resolver` finds objects by name;
    `clients` counts what each client has in progress. `watchers` are called when
    another catalog is seen.
    """

    def __init__(
        self,
        database: Database,
        streams: Streams,
        limits: Limits | None = None,
        publisher: Publisher | None = None,
        public_url: str | None = None,
        resolver: Resolver | None = None,
        clients: Clients | None = None,
    ) -> None:
        self.streams = streams
        self.limits = limits or Limits()
        self.publisher = publisher or Publisher()
        self.plans = Plans()
        self.resolver = resolver
        self.clients = clients or Clients()
        self.watchers: list[Callable[[], None]] = []
        self._version: str | None = None
        self.started = time.time()
        self.encoders = ThreadPoolExecutor(ENCODERS, "encode")
        self._readers = ThreadPoolExecutor(READERS, "read")
        self._control = ThreadPoolExecutor(4, "control")
        self._database = database
        self._public_url = public_url.rstrip("/") if public_url else None
        self._settings = _digest(
            self.limits, self.publisher, public_url, resolver is not None
        )
        self._published: Published | None = None
        self._outdated: str | None = None  # a version that the database had before
        self._checked = 0.0
        self._lock = asyncio.Lock()

    async def published(self) -> Published:
        """What is published; looks again at most once a second.

        While one request looks, the others go on with what is known, unless that was
        found to be outdated. One request always sees the same.
        """
        seen = SEEN.get()
        if seen is None:
            return await self._latest()
        if seen.published is None:
            seen.published = await self._latest()
        published: Published = seen.published
        return published

    async def _latest(self) -> Published:
        known = self._published
        if (
            known is not None
            and not self._is_outdated(known)
            and (self._lock.locked() or not self._is_due())
        ):
            return known
        async with self._lock:
            known = self._published
            if known is None or self._is_due() or self._is_outdated(known):
                known = await self.run(_refreshed, known, self._settings)
                self._published = known
                self._outdated, self._checked = None, time.monotonic()
                self._notice(known)
            return known

    def forget(self, version: str | None) -> None:
        """This version of the catalog is not that of the database any more."""
        self._outdated, self._checked = version, -math.inf

    def _notice(self, published: Published) -> None:
        """Tell the watchers of another catalog."""
        if published.catalog.version != self._version:
            self._version = published.catalog.version
            for tell in self.watchers:
                tell()

    def _is_outdated(self, known: Published) -> bool:
        return known.catalog.version == self._outdated

    def _is_due(self) -> bool:
        return time.monotonic() - self._checked > CHECK_INTERVAL

    async def catalog(self) -> Catalog:
        """All that can be queried now."""
        return (await self.published()).catalog

    async def collections(self) -> Mapping[str, Collection]:
        """The published collections by name."""
        return (await self.published()).collections

    async def site(self, request: web.Request) -> Site:
        """The server as it describes itself in answer to this request."""
        return self.site_at(self.base_url(request), await self.published())

    def site_at(self, base_url: str, published: Published) -> Site:
        """The server as it describes itself under this URL."""
        return Site(
            base_url,
            self.limits,
            self.publisher,
            published.collections,
            self.resolver is not None,
            self.publisher.drafts,
        )

    def base_url(self, request: web.Request) -> str:
        """The URL of the server's root as the client sees it, no slash at the end.

        From the configuration, else from X-Forwarded-Proto, -Host and -Prefix,
        else from the request itself.
        """
        if self._public_url is not None:
            return self._public_url
        headers = request.headers
        scheme = _first(headers.get("X-Forwarded-Proto", ""))
        host = _first(headers.get("X-Forwarded-Host", ""))
        prefix = _first(headers.get("X-Forwarded-Prefix", "")).rstrip("/")
        if scheme not in ("http", "https"):
            scheme = request.scheme
        if not is_host(host):
            host = request.host if is_host(request.host) else "localhost"
        return f"{scheme}://{host}{prefix if PATH.match(prefix) else ''}"

    def stream(
        self,
        request: web.Request,
        plan: SelectPlan,
        advice: str = "ask for less",
        pool: str | None = None,
        tables: tuple[TempTable, ...] = (),
    ) -> AsyncGenerator[Batch, None]:
        """The rows of a plan, for the client of `request`.

        `advice` says what to do about a limit of time; `pool` is the kind of
        statement, None: as PostgreSQL's estimate says; `tables` are loaded first.
        Raises what `Streams.run` does, and TooManyRequestsError where the client has
        too many long ones.
        """
        record = record_of(request)
        admit = partial(self.clients.stream, record.client)
        base_url, authority = self.base_url(request), self.publisher.authority
        statement = Statement(
            plan.sql,
            advice,
            pool,
            admit,
            spent=record.add,
            tables=tables,
            settings=settings_of(plan.tables, base_url, authority),
            catalog=self._version_seen(),
        )
        return self._noticing(self.streams.run(statement, plan.columns))

    def _version_seen(self) -> str | None:
        """The version of the catalog that this request goes by, if it has seen one."""
        seen = SEEN.get()
        return (
            None
            if seen is None or seen.published is None
            else (seen.published.catalog.version)
        )

    async def _noticing(
        self, rows: AsyncGenerator[Batch, None]
    ) -> AsyncGenerator[Batch, None]:
        """The rows; where what is published has changed, the next request looks."""
        async with aclosing(rows) as batches:
            try:
                async for batch in batches:
                    yield batch
            except StaleError:
                self.forget(self._version_seen())
                raise

    async def check_database(self) -> None:
        """Ask the database something; raises TransientError when it is away."""
        await self.run(catalog_version)

    async def compute(self, call: Callable[..., T], *args: Any) -> T:
        """`call` in a thread, so that much work does not hold up other requests."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.encoders, call, *args)

    async def read(self, call: Callable[..., T], *args: Any) -> T:
        """`call` in a thread for what came with a request.

        It may take seconds, so it never keeps the rows of others waiting.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, call, *args)

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        """`call` in a thread of the control plane, with the database as first word.

        For small statements: `await context.run(load_catalog)`.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._control, call, self._database, *args)

    async def close(self) -> None:
        """Give back every connection and thread."""
        await self.streams.close()
        for threads in (self.encoders, self._readers):
            threads.shutdown(wait=False, cancel_futures=True)
        self._control.shutdown(wait=True)
        self._database.close()


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)


def context_of(request: web.Request) -> Context:
    """The server's context, from any of its sub-applications."""
    found: Context = request.config_dict[CONTEXT]
    return found


def pool_of_cone(radius: float) -> str | None:
    """The kind of statement that finds what is in a cone of this radius (deg).

    By its index a small one is short: no need to ask PostgreSQL first.
    """
    return INTERACTIVE if radius <= SMALL_CONE else None


def _refreshed(database: Database, known: Published | None, settings: str) -> Published:
    """`known`, or what is published now if the catalog has another version."""
    if known is not None and catalog_version(database) == known.catalog.version:
        return known
    since = settings_changed(database, settings)
    catalog, loaded = load_published(database)
    changed = max(since, catalog.changed or since).timestamp()
    collections = MappingProxyType(loaded)
    return Published(identified(catalog, collections), collections, changed)


def _digest(*settings: object) -> str:
    """What changes when the settings do, or this software."""
    return sha256(repr((__version__, settings)).encode()).hexdigest()


def is_host(text: str) -> bool:
    """Whether a URL can name this host and port.

    >>> is_host("vo.example.org:8080"), is_host("[::1]"), is_host("a:99999")
    (True, True, False)
    """
    if not HOST.match(text):
        return False
    try:
        AnyUrl(f"http://{text}/")
    except ValueError:
        return False
    return True


def _first(header: str) -> str:
    """The first of the values that a chain of proxies has listed."""
    return header.partition(",")[0].strip()
