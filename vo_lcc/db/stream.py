"""Rows out: a query becomes Arrow record batches while PostgreSQL still runs it.

asyncpg reads `COPY (query) TO STDOUT (FORMAT BINARY)`; the next block of rows is
read and decoded while the last one is being encoded, so fetching, encoding and
sending overlap, and at most three blocks are held.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

from vo_lcc.db.copy_binary import CopyDecoder
from vo_lcc.db.estimate import Estimate, read_estimate
from vo_lcc.db.pools import (
    BULK,
    INTERACTIVE,
    Meter,
    NoMeter,
    Pool,
    Turn,
    pool_of,
)
from vo_lcc.db.session import Session, Statement, StreamLimits
from vo_lcc.errors import FatalError, TransientError
from vo_lcc.tables import Column, arrow_schema

T = TypeVar("T")

SMALL = 192 * 1024  # bytes of a block that is decoded sooner than handed to a thread
CLOSE_SECONDS = 5.0  # that streams which are being cancelled may take


class Streams:
    """Runs queries as the reader role, read only. Belongs to one event loop."""

    def __init__(
        self,
        url: str,
        limits: StreamLimits | None = None,
        role: str | None = "vo_lcc_reader",
        meter: Meter | None = None,
    ) -> None:
        self.limits = limits or StreamLimits()
        self._url = url
        self._role = role
        self._meter = meter or NoMeter()
        self._idle: list[Session] = []
        self._closing: set[asyncio.Future[None]] = set()
        self._pools = {
            name: Pool(name, size, self.limits.queue, self._meter)
            for name, size in (
                (INTERACTIVE, self.limits.connections),
                (BULK, self.limits.bulk_connections),
            )
        }
        self._threads = ThreadPoolExecutor(2, "decode")

    async def run(
        self, statement: Statement, columns: Iterable[Column]
    ) -> AsyncGenerator[pa.RecordBatch, None]:
        """The rows of a statement, whose result has these columns.

        Close the generator to cancel the statement. Raises UsageError for a value
        the statement cannot compute or a limit it passes, TransientError when the
        database is away or busy, what `statement.admit` raises, and FatalError for
        anything else.
        """
        decoder = CopyDecoder(arrow_schema(columns))
        turn = Turn(self._pools, statement.admit)
        try:
            session, block = await self._begin(statement, turn)
            try:
                rows = self._batches(session, block, decoder)
                async with aclosing(rows) as batches:
                    async for batch in batches:
                        yield batch
            finally:
                await self._put_back(session)
        finally:
            turn.release()

    async def explain(self, statement: Statement) -> Estimate:
        """What PostgreSQL makes of a query, which is not run; raises as `run`."""
        turn = Turn(self._pools)
        try:
            await turn.take(statement.kind or INTERACTIVE)
            loaded = await self._loaded(statement, turn)
            try:
                return await self._estimate(statement, loaded)
            finally:
                if loaded is not None:
                    await self._close(loaded)
        finally:
            turn.release()

    async def close(self) -> None:
        """Close every connection, once the streams that run are cancelled."""
        with suppress(TimeoutError, TransientError):
            async with asyncio.timeout(CLOSE_SECONDS):
                for pool in self._pools.values():
                    for _ in range(pool.size):
                        await pool.enter()
        while self._idle:
            await self._close(self._idle.pop())
        if self._closing:
            await asyncio.wait(self._closing)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _begin(
        self, statement: Statement, turn: Turn
    ) -> tuple[Session, bytes | None]:
        """A session that runs `statement`, and its first rows.

        Its place is among statements of the same kind, by PostgreSQL's estimate.
        """
        since = Since(statement.spent)
        kind = statement.kind
        if kind is not None:
            await statement.sized(kind)
        await turn.take(kind or INTERACTIVE)
        since.spent("queue")
        loaded = await self._loaded(statement, turn)
        if loaded is not None:
            since.spent("upload")
        try:
            if kind is None:
                kind = await self._kind(statement, loaded)
                await statement.sized(kind)
            await turn.take(kind)
        except BaseException:
            if loaded is not None:
                await self._close(loaded)
            raise
        since.spent("queue")
        begun = await self._start(statement, turn, loaded)
        since.spent("database")
        return begun

    async def _loaded(self, statement: Statement, turn: Turn) -> Session | None:
        """A session that holds the tables of the statement, if it has any.

        What takes long to load moves to a bulk place like what takes long to run.
        """
        if not statement.tables:
            return None

        async def load(session: Session) -> None:
            loading = asyncio.ensure_future(session.load(statement))
            refusals: list[TransientError] = []

            def refuse(refusal: TransientError) -> None:
                refusals.append(refusal)
                loading.cancel()

            turn.watch(refuse)
            async with self._in_time(session):
                try:
                    await loading
                except asyncio.CancelledError:
                    raise (*refusals, asyncio.CancelledError())[0] from None

        session, _ = await self._with_session(load)
        return session

    async def _kind(self, statement: Statement, loaded: Session | None) -> str:
        found = await self._estimate(statement, loaded)
        return pool_of(found.cost, found.rows, found.width)

    async def _estimate(
        self, statement: Statement, loaded: Session | None = None
    ) -> Estimate:
        async def planned(session: Session) -> Estimate:
            async with self._in_time(session):
                return read_estimate(await session.explain(statement))

        if loaded is not None:
            return await planned(loaded)
        session, estimate = await self._with_session(planned)
        await self._put_back(session)
        return estimate

    @asynccontextmanager
    async def _in_time(self, session: Session) -> AsyncIterator[None]:
        """Raises UsageError where what comes before the rows takes too long."""
        try:
            async with asyncio.timeout(self.limits.first_row):
                yield
        except TimeoutError:
            raise session.fault_of("late") from None

    async def _start(
        self, statement: Statement, turn: Turn, loaded: Session | None
    ) -> tuple[Session, bytes | None]:
        """The session that runs `statement`, and its first rows."""

        async def started(session: Session) -> bytes | None:
            await session.set(statement)
            session.start(statement)
            turn.watch(partial(self._refuse, session))
            late = self._later(self.limits.first_row, session, "late")
            try:
                return await session.next_block()
            finally:
                late.cancel()

        if loaded is None:
            return await self._with_session(started)
        return await self._with(loaded, started)

    async def _with_session(
        self, use: Callable[[Session], Awaitable[T]]
    ) -> tuple[Session, T]:
        """A session and what `use` makes of it; a dropped connection is forgiven.

        Any other failure would be the same on every connection.
        """
        while self._idle:
            session = self._idle.pop()
            try:
                return session, await use(session)
            except TransientError:
                was_dropped = not (session.is_open or session.was_stopped)
                await self._close(session)
                if not was_dropped:
                    raise
            except BaseException:
                await self._close(session)
                raise
        return await self._with_new_session(use)

    async def _with_new_session(
        self, use: Callable[[Session], Awaitable[T]]
    ) -> tuple[Session, T]:
        """A session of its own and what `use` makes of it."""

        async def opened(session: Session) -> T:
            await session.open(self._url, self._role, self.limits)
            return await use(session)

        self._meter.connections(1)
        return await self._with(Session(), opened)

    async def _with(
        self, session: Session, use: Callable[[Session], Awaitable[T]]
    ) -> tuple[Session, T]:
        """The session and what `use` makes of it; it is closed when that fails."""
        try:
            return session, await use(session)
        except BaseException:
            await self._close(session)
            raise

    async def _batches(
        self, session: Session, block: bytes | None, decoder: CopyDecoder
    ) -> AsyncGenerator[pa.RecordBatch, None]:
        """Read one ahead; stop a reader that stalls or a stream that runs too long."""
        start = time.monotonic()
        batch = await self._decoded(decoder, block)
        while batch is not None:
            if time.monotonic() - start > self.limits.total:
                self._cancel(session, "long")
            following = asyncio.ensure_future(self._following(session, decoder))
            following.add_done_callback(_known)
            stalled = self._later(self.limits.stall, session, "stalled")
            try:
                if batch.num_rows:
                    yield batch
                stalled.cancel()
                batch = await following
            finally:
                stalled.cancel()
                following.cancel()

    async def _following(
        self, session: Session, decoder: CopyDecoder
    ) -> pa.RecordBatch | None:
        return await self._decoded(decoder, await session.next_block())

    async def _decoded(
        self, decoder: CopyDecoder, block: bytes | None
    ) -> pa.RecordBatch | None:
        """The rows of a block; a large one is left to a thread."""
        try:
            if block is None or len(block) <= SMALL:
                return None if block is None else decoder.decode(block)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, decoder.decode, block)
        except ValueError as error:
            raise FatalError(f"rows that are not as the plan says: {error}") from error

    def _later(
        self, seconds: float, session: Session, reason: str
    ) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, self._cancel, session, reason)

    def _cancel(self, session: Session, reason: str) -> None:
        if session.cancel(reason):
            self._meter.cancelled(reason)

    def _refuse(self, session: Session, refusal: TransientError) -> None:
        """Stop a statement that has no place any more, though nobody reads on."""
        if session.stop(refusal):
            self._meter.cancelled("refused")
            _ = self._close_soon(session)

    async def _put_back(self, session: Session) -> None:
        """Keep a session whose result was read to its end; close any other."""
        try:
            is_fit = session.finished and session.is_open and await session.clear()
        except BaseException:
            await self._close(session)
            raise
        if is_fit:
            self._idle.append(session)
        else:
            await self._close(session)

    async def _close(self, session: Session) -> None:
        """Close a session, even when this request is cancelled meanwhile."""
        self._cancel(session, "left")
        await asyncio.shield(self._close_soon(session))

    def _close_soon(self, session: Session) -> asyncio.Future[None]:
        """Begin to close a session; once, whoever asks for it."""
        if session.closing is None:
            self._meter.connections(-1)
            session.closing = asyncio.ensure_future(session.close())
            self._closing.add(session.closing)
            session.closing.add_done_callback(self._closing.discard)
        return session.closing


class Since:
    """A clock that tells what went by since it was last looked at."""

    def __init__(self, tell: Callable[[str, float], None]) -> None:
        self._tell = tell
        self._last = time.perf_counter()

    def spent(self, phase: str) -> None:
        """Tell the seconds that `phase` took, which ends here."""
        now = time.perf_counter()
        self._tell(phase, now - self._last)
        self._last = now


def _known(call: asyncio.Future[Any]) -> None:
    """Look at how a call ended, which nobody does once its request is cancelled."""
    if not call.cancelled():
        call.exception()
