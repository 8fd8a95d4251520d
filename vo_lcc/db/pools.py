"""Turns at the database: short statements never wait for long ones.

Statements are interactive or bulk, as PostgreSQL's own estimate says, and each
kind has its own places. What turns out to be longer than was thought moves over to
the bulk places, when one is free; when none is, it is stopped as soon as another
waits for its place.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Protocol

from vo_lcc.errors import TransientError

INTERACTIVE, BULK = "interactive", "bulk"

BULK_COST = 30_000.0
"""From this cost on (a page read in sequence is 1) a statement is bulk: ~0.1 s."""

BULK_BYTES = 4 * 2**20
"""From this size of its result on, as PostgreSQL expects it, a statement is bulk."""

OVERRUN_SECONDS = 1.0
"""After this time a statement that was thought to be short gives up its place."""

Admit = Callable[[], AbstractContextManager[None]]
Stop = Callable[[TransientError], None]


class Meter(Protocol):
    """Who is told how the places are used. Called on the event loop."""

    def waiting(self, pool: str, change: int) -> None:
        """So many statements more wait for a place."""
        ...

    def running(self, pool: str, change: int) -> None:
        """So many statements more have a place."""
        ...

    def connections(self, change: int) -> None:
        """So many connections more are open."""
        ...

    def cancelled(self, reason: str) -> None:
        """A statement was cancelled: left, late, long, stalled or refused."""
        ...


class NoMeter:
    """Tells nobody."""

    def waiting(self, pool: str, change: int) -> None:
        """Nothing."""

    def running(self, pool: str, change: int) -> None:
        """Nothing."""

    def connections(self, change: int) -> None:
        """Nothing."""

    def cancelled(self, reason: str) -> None:
        """Nothing."""


def pool_of(cost: float, rows: int, width: int) -> str:
    """The kind of a statement, by what PostgreSQL expects of it (bytes a row).

    >>> pool_of(8.3, 1, 100), pool_of(35_000, 1, 8), pool_of(9_000, 100_000, 80)
    ('interactive', 'bulk', 'bulk')
    """
    heavy = cost >= BULK_COST or rows * width >= BULK_BYTES
    return BULK if heavy else INTERACTIVE


class Pool:
    """Places for `size` statements at once; who comes next waits `patience` seconds."""

    def __init__(self, name: str, size: int, patience: float, meter: Meter) -> None:
        self.name = name
        self.size = size
        self._patience = patience
        self._meter = meter
        self._places = asyncio.Semaphore(size)
        self._waiting = 0

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for a place."""
        return self._waiting > 0

    @property
    def is_full(self) -> bool:
        """Whether who comes now has to wait."""
        return self._places.locked()

    async def enter(self) -> None:
        """Take a place; raises TransientError when none comes free in time."""
        if self.is_full:
            await self._wait()
        else:
            await self._places.acquire()
        self._meter.running(self.name, 1)

    async def _wait(self) -> None:
        self._waiting += 1
        self._meter.waiting(self.name, 1)
        try:
            async with asyncio.timeout(self._patience):  # wait_for loses cancels
                await self._places.acquire()
        except TimeoutError as error:
            raise TransientError(
                f"{self.size} queries are running and none ended"
                f" within {self._patience:g} s; try again later"
            ) from error
        finally:
            self._waiting -= 1
            self._meter.waiting(self.name, -1)

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()
        self._meter.running(self.name, -1)


class Turn:
    """The place of one statement. `admit` is asked before it becomes a bulk one."""

    def __init__(self, pools: Mapping[str, Pool], admit: Admit = nullcontext) -> None:
        self._pools = pools
        self._admit = admit
        self._held = ExitStack()
        self._pool: Pool | None = None
        self._clock: asyncio.TimerHandle | None = None
        self._moving: asyncio.Task[None] | None = None
        self._stop: Stop = lambda refusal: None
        self._refusal: TransientError | None = None  # of `admit`, once it was asked

    async def take(self, name: str) -> None:
        """Give up any place in another pool, and wait for one in the pool `name`.

        Raises TransientError, and what `admit` raises.
        """
        if self._pool is self._pools[name]:
            return
        self.release()
        with ExitStack() as taken:
            if name == BULK:
                taken.enter_context(self._admit())
            pool = self._pools[name]
            await pool.enter()
            taken.callback(pool.leave)
            self._held, self._pool = taken.pop_all(), pool

    def watch(self, stop: Stop) -> None:
        """Move to a bulk place when the statement has run for long and one is free.

        By the clock: who reads the rows slowly would never come to do it. If there is
        none for it, `stop` is called with the reason when another waits for its place,
        which it then no longer has.
        """
        self._stop = stop
        self._set_clock()

    def _set_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        if self._pool is not self._pools[BULK]:
            loop = asyncio.get_running_loop()
            self._clock = loop.call_later(OVERRUN_SECONDS, self._overrun)

    def _overrun(self) -> None:
        self._moving = asyncio.ensure_future(self._give_way())

    async def _give_way(self) -> None:
        """Never waits, so what it looks at stays as it is."""
        if self._pool is None:
            return  # the statement has ended meanwhile
        with ExitStack() as taken:
            refusal = self._refused(taken)
            if refusal is None:
                await self._move(self._pools[BULK], taken)
            elif self._pool.is_wanted:
                self.release()
                self._stop(refusal)
            else:
                self._set_clock()

    def _refused(self, taken: ExitStack) -> TransientError | None:
        """Why this can have no bulk place, or None; what admits it goes to `taken`."""
        bulk = self._pools[BULK]
        if bulk.is_full:
            return TransientError(
                "the query takes longer than it was thought to, and"
                f" {bulk.size} such queries are running; try again later"
            )
        if self._refusal is None:
            try:
                taken.enter_context(self._admit())
            except TransientError as refusal:
                self._refusal = refusal
        return self._refusal

    async def _move(self, pool: Pool, taken: ExitStack) -> None:
        await pool.enter()
        taken.callback(pool.leave)
        self.release()
        self._held, self._pool = taken.pop_all(), pool

    def release(self) -> None:
        """Give back what is held, if anything."""
        if self._clock is not None:
            self._clock.cancel()
        self._held.close()
        self._pool = None
