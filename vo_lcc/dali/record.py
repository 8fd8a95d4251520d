"""What is known of one request: for the log, the metrics and Server-Timing.

One `Record` lives as long as its request. Handlers and what they call add to it;
who reads it is the middleware that made it.
"""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from aiohttp import web

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


@dataclass(slots=True)
class Record:
    """One request: its names in the log, and what was spent on it.

    `seconds` are those of each phase, in the order of their first end. `rows` and
    `sent` (bytes of the body as they left, compressed where that was asked for)
    count what the client was given. `client` is its address, behind proxies too;
    `query` what was asked, `format` the short name of the answer's; `plan` is "kept"
    or "made" where a query was compiled. `cut` tells of an answer that began well
    and did not end so. `status` and `first_byte` (seconds) are those of the answer,
    None until it begins.
    """

    request_id: str = field(default_factory=lambda: secrets.token_hex(8))
    runid: str | None = None
    client: str = ""
    query: str = ""
    format: str | None = None
    plan: str | None = None
    cut: bool = False
    status: int | None = None
    first_byte: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    rows: int = 0
    sent: int = 0
    started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the time inside to `phase`, whatever ends it."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(phase, time.perf_counter() - start)

    def add(self, phase: str, seconds: float) -> None:
        """Add to the time of `phase`."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds

    def elapsed(self) -> float:
        """Seconds since the request began."""
        return time.perf_counter() - self.started

    def server_timing(self) -> str:
        """The phases so far, as the value of a Server-Timing header (milliseconds).

        >>> record = Record()
        >>> record.add("plan", 0.0012)
        >>> record.server_timing().split(", ")[0]
        'plan;dur=1.20'
        """
        phases = {**self.seconds, "total": self.elapsed()}
        return ", ".join(f"{name};dur={1000 * s:.2f}" for name, s in phases.items())


# That of the request this task works on. Threads of executors do not see it, unless
# what they call runs in `contextvars.copy_context()`.
CURRENT: ContextVar[Record | None] = ContextVar("record", default=None)
RECORD: web.RequestKey[Record] = web.RequestKey("record", Record)


def record_of(request: web.Request) -> Record:
    """The record of this request; a new one where no middleware has made it."""
    found = request.get(RECORD)
    if found is None:
        found = request[RECORD] = new_record(request)
    return found


def new_record(request: web.Request) -> Record:
    """A record under the name that a proxy gave the request (X-Request-ID), if any."""
    asked = request.headers.get("X-Request-ID", "")
    return Record(asked) if REQUEST_ID.match(asked) else Record()
