"""One request sees one state of what is published, in its words and in its rows.

What a request reads of the catalog is kept for it; its statements then check that the
database still has that version. Where it has not, the request is handled once more.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from vo_lcc.errors import StaleError

TRIES = 4


@dataclass(slots=True)
class Seen:
    """What a request has seen of what is published; None: nothing yet."""

    published: Any = None


SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)
CONSUMED: web.RequestKey[bool] = web.RequestKey("consumed", bool)
"""Whether a request cannot be handled again, for its body is gone."""


async def agreed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer of `handler`, all of it from one state of what is published."""
    for _ in range(TRIES - 1):
        try:
            return await _seeing(request, handler)
        except StaleError:
            if request.get(CONSUMED):
                raise
    return await _seeing(request, handler)


async def _seeing(request: web.Request, handler: Handler) -> web.StreamResponse:
    token = SEEN.set(Seen())
    try:
        return await handler(request)
    finally:
        SEEN.reset(token)
