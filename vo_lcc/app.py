"""build_app(config): the one place where the parts are joined."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from vo_lcc.config import Config
from vo_lcc.dali.capability import Limits, Publisher
from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import (
    Document,
    cone_fault,
    faults,
    votable_fault,
)
from vo_lcc.dali.provenance import SOFTWARE
from vo_lcc.db import Database, StreamLimits, Streams
from vo_lcc.errors import ConfigError, FatalError
from vo_lcc.lc import handlers as lc
from vo_lcc.portal import handlers as portal
from vo_lcc.resolvers import make_resolver
from vo_lcc.scs import capability as scs_capability
from vo_lcc.scs import handlers as scs
from vo_lcc.ssa import capability as ssa_capability
from vo_lcc.ssa import handlers as ssa
from vo_lcc.tap import capability as tap_capability
from vo_lcc.tap import handlers as tap
from vo_lcc.vosi import handlers as vosi

TAP = [tap_capability.capabilities]
EVERY = [*TAP, scs_capability.capabilities, ssa_capability.capabilities]

SERVICES: Sequence[tuple[str, Sequence[web.RouteDef], Document]] = (
    ("/tap", [*tap.routes, *vosi.routes("/tap", TAP)], votable_fault),
    ("/scs", scs.routes, cone_fault),
    ("/ssa", ssa.routes, votable_fault),
    ("/lc", lc.routes, votable_fault),
)
ROOT = [*portal.routes, *vosi.routes("", EVERY)]

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Disposition, Location, Retry-After",
}
# Given to requests at the end, first to finish and then once more to be cancelled.
SHUTDOWN_SECONDS = 4.0
# What a cache between here and the client must not mix up.
VARY = "Accept, Accept-Encoding"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def build_app(config: Config, database_url: str | None = None) -> web.Application:
    """The whole server as one aiohttp application.

    `database_url` is that of a server the caller has started (the embedded
    one); None means: as configured. Raises ConfigError when there is neither.
    """
    url = database_url or config.database.url
    if url is None:
        raise ConfigError("database.url: missing; give it, or database.data")
    app = web.Application(
        middlewares=[preflight, faults(portal.page_fault)],
        client_max_size=config.limits.body_size,
    )
    app.add_routes(ROOT)
    for prefix, routes, document in SERVICES:
        app.add_subapp(prefix, service(routes, document))
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(Opened(config, url))
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """The runner to serve `app` with: a client that leaves cancels its request."""
    return web.AppRunner(
        app,
        handler_cancellation=True,
        shutdown_timeout=SHUTDOWN_SECONDS,
        max_line_size=65536,
        max_field_size=16384,
    )


async def serve(config: Config, url: str, announce: Callable[[str], None]) -> None:
    """Serve until the process is interrupted or terminated, then close in order.

    `announce` is called with the server's URL once it listens. Raises FatalError
    when the address cannot be had.
    """
    runner = make_runner(build_app(config, url))
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.server.host, config.server.port)
        try:
            await site.start()
        except OSError as error:
            raise FatalError(
                f"cannot listen on {config.server.host}:{config.server.port}"
                f" ({error.strerror}); name another host or port"
            ) from error
        announce(config.server.base_url or listening_url(runner))
        await stopped()
    finally:
        await runner.cleanup()


def listening_url(runner: web.AppRunner) -> str:
    """Where the runner listens, with the port it was really given."""
    host, port = runner.addresses[0][:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def stopped() -> None:
    """Wait for SIGINT or SIGTERM."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, event.set)
    await event.wait()


def service(routes: Sequence[web.RouteDef], document: Document) -> web.Application:
    """One service: its routes, and its own way to report errors."""
    app = web.Application(middlewares=[faults(document)])
    app.add_routes(routes)
    return app


@dataclass(frozen=True, slots=True)
class Opened:
    """Opens the context when a process starts to serve, and closes it at the end."""

    config: Config
    url: str

    async def __call__(self, app: web.Application) -> AsyncIterator[None]:
        """What aiohttp calls: to the first yield at the start, on at the end."""
        context = make_context(self.config, self.url)
        app[CONTEXT] = context
        yield
        await context.close()


def make_context(config: Config, url: str) -> Context:
    """The context that `config` describes."""
    database, limits, names = config.database, config.limits, config.names
    return Context(
        Database(url),
        Streams(
            url,
            StreamLimits(
                first_row=database.statement_timeout,
                total=database.stream_timeout,
                stall=database.stall_timeout,
                queue=database.queue_timeout,
                temp_bytes=database.temp_bytes,
                connections=database.connections,
            ),
        ),
        Limits(
            default_maxrec=limits.default_maxrec,
            hard_maxrec=limits.hard_maxrec,
            body_size=limits.body_size,
            statement_timeout=database.statement_timeout,
            stream_timeout=database.stream_timeout,
        ),
        Publisher(**config.publisher.model_dump()),
        config.server.base_url,
        names.resolver and make_resolver(names.resolver, names.timeout),
    )


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
