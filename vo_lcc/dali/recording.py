"""Sees every request from its first to its last byte: for the log and the metrics."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from vo_lcc.dali.record import CURRENT, Record, record_of

logger = logging.getLogger("vo_lcc.access")

CLIENT_LEFT = 499  # the status of an answer that never began, as nginx writes it
VOSI = frozenset({"availability", "capabilities", "tables"})
SHOWN = 1000  # characters of a path or a query
SHOWN_AGENT = 200


@dataclass(frozen=True, slots=True)
class Ended:
    """A request at its end.

    `left`: the client did not wait for all of its answer; `cut`: the server could not
    give all of it.
    """

    record: Record
    service: str
    method: str
    path: str
    agent: str
    seconds: float
    status: int
    sent: int
    left: bool
    cut: bool


class Observer(Protocol):
    """Who is told of each request; called from the event loop."""

    def begun(self, service: str) -> None:
        """A request of this service has come."""

    def ended(self, ended: Ended) -> None:
        """It has ended, in whatever way."""


class Recorder:
    """Makes the record of each request, and tells of it at the end.

    `client_of` gives the address that a request is from.
    """

    def __init__(
        self, observer: Observer, client_of: Callable[[web.Request], str]
    ) -> None:
        self._observer = observer
        self._client_of = client_of
        self._stopping = False

    async def stop(self, app: web.Application) -> None:
        """From now on it is the server that ends requests (for on_shutdown)."""
        self._stopping = True

    def middleware(self) -> Middleware:
        """The outermost middleware of the application."""

        @web.middleware
        async def middleware(
            request: web.Request, handler: Handler
        ) -> web.StreamResponse:
            record = record_of(request)
            record.client = self._client_of(request)
            CURRENT.set(record)
            seen = Seen(request, record, service_of(request))
            self._observer.begun(seen.service)
            try:
                return await seen.answer(handler)
            finally:
                ended = seen.ended(self._stopping)
                self._observer.ended(ended)
                log_access(ended, record.query or request.query_string)

        return middleware


@dataclass(slots=True)
class Seen:
    """One request while it is answered."""

    request: web.Request
    record: Record
    service: str
    response: web.StreamResponse | None = None
    broken: bool = False

    async def answer(self, handler: Handler) -> web.StreamResponse:
        """Answer, and send all of it, so that it is known how the request ended."""
        try:
            self.response = await handler(self.request)
        except web.HTTPException as redirect:
            self.response = redirect
            await self._send(redirect)
            raise
        except (asyncio.CancelledError, ConnectionError):
            self.broken = True
            raise
        await self._send(self.response)
        return self.response

    async def _send(self, response: web.StreamResponse) -> None:
        try:
            await response.prepare(self.request)
            await response.write_eof()
        except ConnectionError:
            self.broken = True  # aiohttp will find out the same
        except asyncio.CancelledError:
            self.broken = True
            raise

    def ended(self, stopping: bool) -> Ended:
        """The end of it; `stopping` tells that the server ends what is in progress."""
        record, headers = self.record, self.request.headers
        cut = record.cut or (self.broken and stopping)
        return Ended(
            record=record,
            service=self.service,
            method=self.request.method,
            path=self.request.path,
            agent=headers.get("User-Agent", ""),
            seconds=record.elapsed(),
            status=record.status or CLIENT_LEFT,
            sent=record.sent or self._body_length(),
            left=self.broken and not cut,
            cut=cut,
        )

    def _body_length(self) -> int:
        """The bytes of a body that was sent at once."""
        if self.response is None or self.broken or self.request.method == "HEAD":
            return 0
        return self.response.content_length or 0


async def mark_answer(request: web.Request, response: web.StreamResponse) -> None:
    """Note when the answer begins; name the request in it (for on_response_prepare)."""
    record = record_of(request)
    record.status = response.status
    record.first_byte = record.elapsed()
    response.headers["X-Request-ID"] = record.request_id
    response.headers.setdefault("Server-Timing", record.server_timing())


def service_of(request: web.Request) -> str:
    """Which part of the server answers, from its own routes: no word of a client."""
    found = request.match_info
    resource = found.route.resource
    if resource is None:
        return "none"
    parts = resource.canonical.strip("/").split("/")
    if not VOSI.isdisjoint(parts):
        return "vosi"
    if parts[0] == "metrics":
        return "metrics"
    return parts[0] if len(found.apps) > 1 else "portal"


def log_access(ended: Ended, query: str) -> None:
    """One line for a request; what was asked only where DEBUG is wanted."""
    if not logger.isEnabledFor(logging.INFO):
        return
    record = ended.record
    fields: dict[str, object] = {
        "client": record.client,
        "method": ended.method,
        "path": ended.path[:SHOWN],
        "status": ended.status,
        "bytes": ended.sent,
        "rows": record.rows,
        "format": record.format,
        "seconds": round(ended.seconds, 6),
        "phases": {name: round(s, 6) for name, s in record.seconds.items()},
        "agent": ended.agent[:SHOWN_AGENT],
        "left": ended.left,
        "cut": ended.cut,
    }
    if logger.isEnabledFor(logging.DEBUG):
        fields["query"] = query[:SHOWN]
    given = {name: value for name, value in fields.items() if is_told(value)}
    logger.info("request", extra=given)


def is_told(value: object) -> bool:
    """Whether a field says anything: 0 does, an empty text or False does not."""
    return value is not None and value is not False and value not in ("", {})
