"""build_app(config): the one place where the parts are joined."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from vo_lcc.config import Config
from vo_lcc.dali.access import Access
from vo_lcc.dali.capability import Element, Site
from vo_lcc.dali.clients import ClientLimits, Clients, Proxies, Tally, limited
from vo_lcc.dali.context import CONTEXT
from vo_lcc.dali.faults import (
    Document,
    cone_fault,
    faults,
    text_fault,
    votable_fault,
)
from vo_lcc.dali.provenance import SOFTWARE
from vo_lcc.dali.recording import Recorder, mark_answer
from vo_lcc.dali.security import secured
from vo_lcc.datalink import capability as datalink_capability
from vo_lcc.datalink import handlers as datalink
from vo_lcc.errors import ConfigError
from vo_lcc.lc import handlers as lc
from vo_lcc.listening import BACKLOG, listen, url_of
from vo_lcc.metrics import Metrics
from vo_lcc.parts import harvesting, make_access, make_context, opened_jobs, working
from vo_lcc.periodograms import handlers as periodograms
from vo_lcc.periodograms.jobs import PERIODOGRAM_JOBS
from vo_lcc.plots import handlers as plots
from vo_lcc.portal import handlers as portal
from vo_lcc.registry import capability as registry_capability
from vo_lcc.registry import handlers as registry
from vo_lcc.registry.handlers import FRESH
from vo_lcc.registry.records import Offered
from vo_lcc.registry.refresher import Refresher
from vo_lcc.scs import capability as scs_capability
from vo_lcc.scs import handlers as scs
from vo_lcc.soda import capability as soda_capability
from vo_lcc.soda import examples as soda_examples
from vo_lcc.soda import handlers as soda
from vo_lcc.soda.faults import soda_fault
from vo_lcc.soda.jobs import SODA_JOBS
from vo_lcc.ssa import capability as ssa_capability
from vo_lcc.ssa import handlers as ssa
from vo_lcc.tap import capability as tap_capability
from vo_lcc.tap import handlers as tap
from vo_lcc.tap.jobs import TAP_JOBS
from vo_lcc.uws.handlers import job_routes
from vo_lcc.uws.service import JOBS
from vo_lcc.vosi import handlers as vosi
from vo_lcc.vosi.service import Service

TAP = Service("/tap", [tap_capability.capabilities])
# Of each collection alone.
SCS = Service("/scs/{collection}", [scs_capability.capabilities], scs_capability.tables)
SSA_OF_ONE = Service(
    "/ssa/{collection}", [ssa_capability.of_collections], ssa_capability.tables
)
SSA = Service("/ssa", [ssa_capability.capabilities], ssa_capability.tables)
# Clients look beside the access URL (SODA 1.0, sections 2.1, 2.4, 2.5).
SODA = Service("/soda", [soda_capability.capabilities, soda_capability.examples], None)
DATALINK = Service("/datalink", [datalink_capability.capabilities], None)
REGISTRY = Service(
    "/oai",
    [registry_capability.capabilities],
    registry_capability.tables,
    public=True,
)
EVERY = Service(
    "",
    [
        tap_capability.capabilities,
        scs_capability.capabilities,
        ssa_capability.capabilities,
        datalink_capability.capabilities,
        soda_capability.capabilities,
    ],
)


def searches(site: Site) -> list[Element]:
    """The cone search and SSA of a collection, if it is the only one of the site."""
    (name,) = site.collections
    return [
        *SCS.capabilities(f"/scs/{name}", site),
        *secured(ssa_capability.of_collections(site), site.publisher.security),
    ]


def links(site: Site) -> list[Element]:
    """The links of light curves."""
    return secured(datalink_capability.capabilities(site), site.publisher.security)


OFFERED = Offered(
    registry=[partial(REGISTRY.capabilities, "/oai")],
    tap=[partial(TAP.capabilities, "/tap")],
    shared=[links, partial(SODA.capabilities, "/soda")],
    collection=[searches],
)

SERVICES: Sequence[tuple[str, Sequence[web.RouteDef], Document]] = (
    (
        "/tap",
        [*tap.routes, *job_routes(TAP_JOBS), *vosi.routes(TAP, "/tap")],
        votable_fault,
    ),
    ("/scs", [*scs.routes, *vosi.routes(SCS, "/scs")], cone_fault),
    (
        "/ssa",
        [*vosi.routes(SSA, "/ssa"), *vosi.routes(SSA_OF_ONE, "/ssa"), *ssa.routes],
        votable_fault,
    ),
    ("/lc", lc.routes, votable_fault),
    (
        "/soda",
        [
            *soda.routes,
            *soda_examples.routes,
            *job_routes(SODA_JOBS),
            *vosi.routes(SODA, "/soda"),
        ],
        soda_fault,
    ),
    (
        "/datalink",
        [*datalink.routes, *vosi.routes(DATALINK, "/datalink")],
        votable_fault,
    ),
    ("/plot", plots.routes, text_fault),
    (
        "/periodogram",
        [*periodograms.routes, *job_routes(PERIODOGRAM_JOBS)],
        votable_fault,
    ),
    ("/oai", [*registry.routes, *vosi.routes(REGISTRY, "/oai")], registry.oai_fault),
)
ROOT = [*portal.routes, *vosi.routes(EVERY)]

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition,"
    " Content-Range, ETag, Link, Location, Retry-After, Server-Timing,"
    " WWW-Authenticate, X-Request-ID, X-VO-Authenticated",
    "Timing-Allow-Origin": "*",
}
GRACE = 8.0  # seconds that requests get at the end
# What a cache between here and the client must not mix up.
VARY = "Accept, Accept-Encoding"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*, Authorization",  # which * does not mean
    "Access-Control-Max-Age": "86400",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """What several processes share: a folder, and the place of this one in it.

    `row` is that of this process in the tally of clients, `key` that of its hash.
    """

    folder: Path
    row: int
    key: bytes

    def tally(self) -> Tally:
        """The counts of what clients have in progress."""
        return Tally(self.folder / "clients", self.row)


def build_app(
    config: Config, database_url: str | None = None, shared: Shared | None = None
) -> web.Application:
    """The whole server as one aiohttp application.

    `database_url` is that of a server the caller has started (the embedded
    one); None means: as configured. `shared` is what this process has in common with
    others that serve; None: it is the only one. Raises ConfigError when there is no
    database.
    """
    url = database_url or config.database.url
    if url is None:
        raise ConfigError("database.url: missing; give it, or database.data")
    metrics = Metrics(shared.folder if shared else None)
    clients = make_clients(config, metrics, shared)
    proxies = Proxies(config.server.trusted_proxies)
    recorder = Recorder(metrics, proxies.client)
    access = make_access(config, proxies)
    app = web.Application(
        middlewares=[
            recorder.middleware(),
            preflight,
            portal.page_faults,
            limited(clients),
            access.middleware(),
        ],
        client_max_size=config.limits.body_size,
    )
    if config.metrics.enabled:
        app.router.add_get("/metrics", metrics_handler(config, metrics, proxies))
    for prefix, routes, document in SERVICES:
        app.add_subapp(prefix, service(routes, document, clients, access))
    app.add_routes(ROOT)
    put_shared(app)
    app.on_response_prepare.extend([mark_answer, add_headers, access.mark])
    app.on_shutdown.extend([recorder.stop, release_waiters])
    app.cleanup_ctx.append(Opened(config, url, clients, metrics))
    return app


def put_shared(app: web.Application) -> None:
    """What requests share: what is kept for the next, and places for long work."""
    app[plots.PICTURES] = plots.Pictures()
    app[vosi.KEPT] = vosi.Kept()
    app[registry.PLACES] = registry.places()
    app[periodograms.SEARCHES] = periodograms.make_searchers()


def make_clients(config: Config, metrics: Metrics, shared: Shared | None) -> Clients:
    """Who counts what clients have in progress."""
    limits = ClientLimits(
        config.limits.client_requests,
        config.limits.client_streams,
        config.limits.client_waits,
    )
    if shared is None:
        return Clients(limits, refused=metrics.refused)
    return Clients(limits, shared.tally(), shared.key, metrics.refused)


def metrics_handler(config: Config, metrics: Metrics, proxies: Proxies) -> Handler:
    """What answers `/metrics`, to those who may read it."""

    async def answer(request: web.Request) -> web.Response:
        if not proxies.comes_from(request, config.metrics.allow):
            raise web.HTTPForbidden
        return await asyncio.to_thread(metrics.answer)

    return answer


def make_runner(app: web.Application, grace: float = GRACE) -> web.AppRunner:
    """The runner to serve `app` with: a client that leaves cancels its request.

    At the end requests have `grace` seconds to finish, then they are cancelled:
    aiohttp waits twice before it cancels a handler. Each is logged and counted by the
    middleware, so aiohttp's own log is off.
    """
    return web.AppRunner(
        app,
        handler_cancellation=True,
        shutdown_timeout=grace / 2,
        max_line_size=65536,
        max_field_size=16384,
        access_log=None,
    )


async def serve(config: Config, url: str, announce: Callable[[str], None]) -> None:
    """Serve until the process is interrupted or terminated, then close in order.

    `announce` is called with the server's URL once it listens. Raises FatalError
    when the address cannot be had.
    """
    sockets = listen(config.server.host, config.server.port)
    runner = make_runner(build_app(config, url), config.server.grace)
    await runner.setup()
    try:
        for each in sockets:
            await web.SockSite(runner, each, backlog=BACKLOG).start()
        announce(config.server.base_url or url_of(sockets[0].getsockname()))
        await stopped()
    finally:
        await runner.cleanup()


async def release_waiters(app: web.Application) -> None:
    """Let nobody wait any longer for a job when the server stops."""
    await app[JOBS].stop_waiting(app)


async def work(config: Config, url: str, announce: Callable[[str], None]) -> None:
    """Run jobs, and serve nothing, until the process is interrupted or terminated.

    `announce` is called with the name of the worker once it waits for jobs.
    """
    context = make_context(config, url)
    try:
        async with (
            opened_jobs(config, url) as jobs,
            working(config, url, context, jobs) as worker,
        ):
            announce(worker.name)
            await stopped()
    finally:
        await context.close()


async def stopped() -> None:
    """Wait for SIGINT or SIGTERM."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, event.set)
    await event.wait()


def service(
    routes: Sequence[web.RouteDef],
    document: Document,
    clients: Clients,
    access: Access,
) -> web.Application:
    """One service: its routes, and its own way to report errors."""
    app = web.Application(
        middlewares=[faults(document), limited(clients), access.middleware()]
    )
    app.add_routes(routes)
    return app


@dataclass(frozen=True, slots=True)
class Opened:
    """Opens the parts when a process starts to serve, and closes them at the end."""

    config: Config
    url: str
    clients: Clients
    metrics: Metrics

    async def __call__(self, app: web.Application) -> AsyncIterator[None]:
        """What aiohttp calls: to the first yield at the start, on at the end."""
        context = make_context(self.config, self.url, self.clients, self.metrics)
        app[CONTEXT] = context
        refresher = Refresher(context, OFFERED)
        app[FRESH] = refresher.fresh
        refresher.start()
        async with (
            opened_jobs(self.config, self.url) as jobs,
            harvesting(self.config, self.url, self.metrics),
        ):
            app[JOBS] = jobs
            if self.config.jobs.workers:
                async with working(self.config, self.url, context, jobs, self.metrics):
                    yield
            else:
                yield
        await refresher.stop()
        await context.close()


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser that asks whether a page from elsewhere may send a request."""
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=PREFLIGHT)
    return await handler(request)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer says which server it is from; pages from elsewhere may read it."""
    response.headers.update(CORS)
    response.headers["Server"] = SOFTWARE
    response.headers["Vary"] = VARY
