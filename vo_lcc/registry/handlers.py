"""The endpoint of OAI-PMH 2.0: requests by GET or POST, answers in XML."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from aiohttp import web

from vo_lcc.dali.coding import CODINGS, find_coding
from vo_lcc.dali.context import context_of
from vo_lcc.dali.faults import text_fault
from vo_lcc.dali.params import read_params
from vo_lcc.errors import TooLargeError, UsageError, VOError
from vo_lcc.registry.oai.answers import Repository, answer, refusal

T = TypeVar("T")

FRESH: web.AppKey[Callable[[web.Request], Awaitable[object]]] = web.AppKey("fresh")
"""What is awaited before an answer: that our records say what is published now."""

PLACES: web.AppKey[asyncio.Semaphore] = web.AppKey("places", asyncio.Semaphore)
"""How many answers are made at once: each takes a thread, and may wait for a lock."""


def places() -> asyncio.Semaphore:
    """Fewer than there are threads, so that all else goes on."""
    return asyncio.Semaphore(2)


async def oai(request: web.Request) -> web.Response:
    """One of the six verbs; errors of OAI-PMH have status 200 (its section 3.1.2)."""
    context = context_of(request)
    repository = Repository(context.base_url(request), context.publisher)
    try:
        params = await read_params(request)
    except TooLargeError:
        raise
    except UsageError as error:
        return await send(request, refusal(repository, str(error)))
    await request.config_dict[FRESH](request)
    asked = context.run(answer, repository, params.pairs)
    return await send(request, await placed(request.config_dict[PLACES], asked))


async def placed(places: asyncio.Semaphore, making: Coroutine[None, None, T]) -> T:
    """What is made once there is a place for it.

    It has its thread to the end, even if who asked has left: so long it has its place.
    """
    try:
        await places.acquire()
    except asyncio.CancelledError:
        making.close()
        raise
    task = asyncio.create_task(making)
    task.add_done_callback(lambda _: places.release())
    return await asyncio.shield(task)


async def send(request: web.Request, document: bytes) -> web.Response:
    """The document as XML, in the content coding that the client wants most."""
    coding = find_coding(request.headers.get("Accept-Encoding", ""))
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    if coding is not None:
        headers["Content-Encoding"] = coding
        document = await context_of(request).compute(packed, document, coding)
    return web.Response(body=document, headers=headers)


def packed(document: bytes, coding: str) -> bytes:
    """The whole document in a content coding."""
    packer = CODINGS[coding]()
    return packer.pack(document) + packer.end()


def oai_fault(error: VOError) -> web.Response:
    """What fails beyond OAI-PMH: plain text with a status of HTTP.

    Harvesters know of 503 with Retry-After alone, so what may succeed later has that.
    """
    response = text_fault(error)
    if error.transient:
        response.set_status(503)
    return response


routes = [web.get("", oai), web.post("", oai)]
