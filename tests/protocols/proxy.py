"""A small reverse proxy, as operators put one before the server."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from aiohttp import ClientSession, web

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@contextmanager
def proxied(server: str, prefix: str, *, tells: bool) -> Iterator[str]:
    """A proxy that shows `server` below `prefix`, which it takes off; its URL.

    With `tells` it says in X-Forwarded-* where it is.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    app = web.Application()
    app.router.add_route("*", f"{prefix}{{path:.*}}", handler(server, prefix, tells))
    app.cleanup_ctx.append(opened)
    runner = web.AppRunner(app)

    async def start() -> str:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}{prefix}"

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


SESSION: web.AppKey[ClientSession] = web.AppKey("session", ClientSession)


async def opened(app: web.Application) -> AsyncIterator[None]:
    """What asks the server; it hands bodies on as they come, packed ones too."""
    async with ClientSession(auto_decompress=False) as session:
        app[SESSION] = session
        yield


def handler(server: str, prefix: str, tells: bool) -> Callable[..., object]:
    """What hands a request on, and the answer back."""

    async def handle(request: web.Request) -> web.Response:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {*HOP_BY_HOP, "host"}
        }
        if tells:
            headers["X-Forwarded-Proto"] = request.scheme
            headers["X-Forwarded-Host"] = request.host
            headers["X-Forwarded-Prefix"] = prefix
        target = server + request.path_qs.removeprefix(prefix)
        body = await request.read()
        async with request.app[SESSION].request(
            request.method, target, headers=headers, data=body, allow_redirects=False
        ) as reply:
            content = await reply.read()
            kept = [
                (name, value)
                for name, value in reply.headers.items()
                if name.lower() not in HOP_BY_HOP
            ]
            return web.Response(status=reply.status, headers=kept, body=content)

    return handle
