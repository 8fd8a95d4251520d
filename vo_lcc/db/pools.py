"""Turns at the database: short statements never wait for long ones.

Statements are interactive or bulk, as PostgreSQL's own estimate says, and each
kind has its own places. What turns out to be longer than was thought moves over to
the bulk places, when one is free.
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
        """A statement was cancelled: left, late, long or stalled."""
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

    def watch(self) -> None:
        """Move to a bulk place when the statement has run for long and one is free.

        By the clock: who reads the rows slowly would never come to do it.
        """
        if self._pool is not self._pools[BULK]:
            loop = asyncio.get_running_loop()
            self._clock = loop.call_later(OVERRUN_SECONDS, self._overrun)

    def _overrun(self) -> None:
        self._moving = asyncio.ensure_future(self._give_way())

    async def _give_way(self) -> None:
        """Never waits, so what it looks at stays as it is."""
        bulk = self._pools[BULK]
        if self._pool is None:
            return  # the statement has ended meanwhile
        if bulk.is_full:
            self.watch()
            return
        await bulk.enter()
        self.release()
        self._held.callback(bulk.leave)
        self._pool = bulk

    def release(self) -> None:
        """Give back what is held, if anything."""
        if self._clock is not None:
            self._clock.cancel()
        self._held.close()
        self._pool = None
