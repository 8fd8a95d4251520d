"""Rows out: a query becomes Arrow record batches while PostgreSQL still runs it.

ADBC reads `COPY (query) TO STDOUT (FORMAT BINARY)` in a thread of its own; the
next batch is fetched while the last one is being encoded, so fetching, encoding
and sending overlap and at most two batches are held.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any, TypeVar

import pyarrow as pa

from vo_lcc.db.session import LATE, TOO_LONG, Session, Statement, StreamLimits
from vo_lcc.errors import TransientError, UsageError

T = TypeVar("T")

CANCEL_INTERVAL = 0.2  # seconds
CLOSE_SECONDS = 5.0  # that streams which are being cancelled may take


class Streams:
    """Runs queries as the reader role, read only. Belongs to one event loop."""

    def __init__(
        self,
        url: str,
        limits: StreamLimits | None = None,
        role: str | None = "vo_lcc_reader",
    ) -> None:
        self.limits = limits or StreamLimits()
        self._url = url
        self._role = role
        self._idle: list[Session] = []
        self._slots = asyncio.Semaphore(self.limits.connections)
        self._threads = ThreadPoolExecutor(self.limits.connections + 2, "stream")

    def stream(
        self, sql: str, advice: str = "ask for less"
    ) -> AsyncGenerator[pa.RecordBatch, None]:
        """The rows of one query, in batches of about 256 KiB.

        Close the generator to cancel the statement. Raises UsageError for a value
        the statement cannot compute or a limit it passes (`advice` then says what to
        do about one of time), TransientError when the database is away or busy,
        FatalError for anything else.
        """
        return self.run(Statement(sql, advice))

    async def run(self, statement: Statement) -> AsyncGenerator[pa.RecordBatch, None]:
        """The rows of any statement, as `stream` gives them."""
        await self._take_slot()
        try:
            session = await self._start(statement)
            try:
                async with aclosing(self._batches(session)) as batches:
                    async for batch in batches:
                        yield batch
            finally:
                await self._put_back(session)
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Close every connection, once the streams that run are cancelled."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for _ in range(self.limits.connections):
                    await self._slots.acquire()
        while self._idle:
            await self._close(self._idle.pop())
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _take_slot(self) -> None:
        try:
            async with asyncio.timeout(self.limits.queue):  # wait_for loses cancels
                await self._slots.acquire()
        except TimeoutError as error:
            raise TransientError(
                f"{self.limits.connections} queries are running; try again later"
            ) from error

    async def _start(self, statement: Statement) -> Session:
        """A session that runs `statement`; one dropped connection is forgiven."""
        while self._idle:
            session = self._idle.pop()
            try:
                await self._run_within(session, session.execute, statement)
            except TransientError:
                await self._close(session)
            except BaseException:
                await self._close(session)
                raise
            else:
                return session
        session = Session()
        try:
            await self._run(session.open, self._url, self._role, self.limits)
            await self._run_within(session, session.execute, statement)
        except BaseException:
            await self._close(session)
            raise
        return session

    async def _batches(self, session: Session) -> AsyncGenerator[pa.RecordBatch]:
        """Read one ahead; stop a reader that stalls or a stream that runs too long."""
        end = time.monotonic() + self.limits.total
        batch = await self._run_within(session, session.next_batch)
        while batch is not None:
            if time.monotonic() > end:
                raise UsageError(TOO_LONG.format_map(session.told))
            following = asyncio.ensure_future(self._run(session.next_batch))
            stall = asyncio.get_running_loop().call_later(
                self.limits.stall,
                session.cancel,
                f"the result was not read for {self.limits.stall:g} s",
            )
            try:
                yield batch
                stall.cancel()
                batch = await asyncio.shield(following)
            except BaseException:
                await self._stop(session, following)
                raise
            finally:
                stall.cancel()

    async def _run_within(
        self, session: Session, call: Callable[..., T], *args: Any
    ) -> T:
        """`call` in a thread, cancelled when the first row is not there in time."""
        timer = asyncio.get_running_loop().call_later(
            self.limits.first_row, session.cancel, LATE
        )
        call_done = asyncio.ensure_future(self._run(call, *args))
        try:
            return await asyncio.shield(call_done)
        except asyncio.CancelledError:
            await self._stop(session, call_done)
            raise
        finally:
            timer.cancel()

    async def _stop(self, session: Session, call: asyncio.Future[Any]) -> None:
        """Wait for `call` to end; cancelling may come before its statement begins.

        Who waits may be cancelled once more: nobody asks then how the call ended.
        """
        call.add_done_callback(_known)
        while not call.done():
            session.cancel("the client has left")
            await asyncio.wait([call], timeout=CANCEL_INTERVAL)

    async def _put_back(self, session: Session) -> None:
        """Keep a session whose result was read to its end; close any other."""
        if session.finished:
            self._idle.append(session)
        else:
            session.cancel("the client has left")
            await self._close(session)

    async def _close(self, session: Session) -> None:
        """Close a session, even when this request is cancelled meanwhile."""
        await asyncio.shield(self._run(session.close))

    async def _run(self, call: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, *args)


def _known(call: asyncio.Future[Any]) -> None:
    """Look at how a call ended: what a statement says that was cancelled is no news."""
    if not call.cancelled():
        call.exception()
