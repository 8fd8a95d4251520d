"""Notifications of PostgreSQL (LISTEN) over a connection that comes back by itself."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg

from vo_lcc.db.session import CANCEL_SECONDS, CONNECT_SECONDS, FAILURES, dsn_of

logger = logging.getLogger(__name__)

PING_SECONDS = 10.0
"""Between looks whether the database is still there, and for its answer."""

PAUSES = (0.1, 0.2, 0.5, 1.0)
"""Seconds between attempts to connect; the last goes on."""


class Listener:
    """Listens on one channel. Belongs to one event loop.

    `told` is called with the payload of each notification, `missed` whenever some may
    have been: after the first connection, and after each that replaces a lost one.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        told: Callable[[str], None],
        missed: Callable[[], None],
    ) -> None:
        self._url = url
        self._channel = channel
        self._told = told
        self._missed = missed
        self._failures = 0  # to connect, one after another
        self._tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect; where the database is away, go on trying until `close`."""
        self._task = asyncio.create_task(self._listen())
        await self._tried.wait()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except FAILURES as error:
                level = logging.DEBUG if self._failures else logging.WARNING
                logger.log(level, "no notifications from the database: %s", error)
            except Exception:
                logger.exception("listening failed")
            self._tried.set()
            await asyncio.sleep(PAUSES[min(self._failures, len(PAUSES) - 1)])
            self._failures += 1

    async def _listen_once(self) -> None:
        """Listen until the connection is lost; raises what was wrong with it."""
        gone = asyncio.Event()
        conn = await asyncpg.connect(
            dsn_of(self._url),
            timeout=CONNECT_SECONDS,
            statement_cache_size=0,
            server_settings={"application_name": "vo_lcc listener"},
        )
        try:
            conn.add_termination_listener(lambda _: gone.set())
            await conn.add_listener(self._channel, self._notified)
            self._failures = 0
            self._missed()
            self._tried.set()
            await _watch(conn, gone)
        finally:
            await _close(conn)

    def _notified(self, conn: Any, pid: int, channel: str, payload: str) -> None:
        self._told(payload)


async def _watch(conn: Any, gone: asyncio.Event) -> None:
    """Return or raise once the connection is lost."""
    while not gone.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(PING_SECONDS):
                await gone.wait()
        if not gone.is_set():
            await conn.execute("SELECT 1", timeout=PING_SECONDS)


async def _close(conn: Any) -> None:
    try:
        await conn.close(timeout=CANCEL_SECONDS)
    except FAILURES:
        conn.terminate()
