"""One run of one job, as its service and its worker see it."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, BinaryIO, Protocol

from vo_lcc.errors import UsageError
from vo_lcc.uws import queue
from vo_lcc.uws.job import BULK, Job, Result
from vo_lcc.uws.places import Places
from vo_lcc.uws.queue import Claim, Facts
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.storage import Storage

OVERRUN_SECONDS = 1.0
"""After which a job in an interactive place counts as bulk."""

TELL_SECONDS = 1.0
"""Between writes of what is told of a job."""

LEASE_PART = 0.9
"""Of a lease, after which a job that could not renew it is stopped."""


class Stop(Enum):
    """Why a run is stopped."""

    LOST = auto()  # aborted, deleted, held, or claimed by another worker
    POSTPONED = auto()  # given back, to run in a bulk place
    OVERTIME = auto()  # past its execution duration
    SHUTDOWN = auto()  # the worker ends


class Unwound(asyncio.CancelledError):
    """Ends a run from within; services let it pass like any cancellation."""


class Call(Protocol):
    """Runs a function of the database in a thread of the worker."""

    async def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        """What `function(database, *args)` gives."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the runs of one worker share. `write_soon` asks for a sign of life."""

    storage: Storage
    settings: JobSettings
    places: Places
    call: Call
    write_soon: Callable[[], None]
    place_freed: Callable[[], None]


class Run:
    """One run of a job. A service uses what comes before `start`, the worker the rest.

    Cancellation comes as `asyncio.CancelledError`, within a second of an abort and the
    like; a service cleans up and lets it pass.
    """

    def __init__(self, claim: Claim, parts: Parts, claimed: float) -> None:
        self.claim = claim
        self.stopped: Stop | None = None
        self.results: list[Result] = []
        self.facts: dict[str, int | float | str] = {}
        self.written = False  # whether files of this claim may be there
        self.lease_end = 0.0  # by the monotonic clock
        self.limit = claim.job.execution_duration
        self._parts = parts
        self._begun = False
        self._news = False
        self._started = claimed  # by the monotonic clock
        self._task: asyncio.Task[None] | None = None
        self._clocks: dict[str, asyncio.TimerHandle] = {}

    @property
    def job(self) -> Job:
        """The job as it was when it was claimed."""
        return self.claim.job

    async def begin(self, kind: str) -> None:
        """Say how large the job is, once that is known; it is EXECUTING from here.

        `kind` is INTERACTIVE or BULK. Unwinds the run where a bulk job finds no place
        (it is given back, and runs later), or the job was aborted meanwhile. Once it
        has begun, more calls change nothing.
        """
        if self._begun:
            return
        if kind == BULK and not self._move():
            await self._call(queue.give_back, self.claim, True, self.written)
            raise self._unwound(Stop.POSTPONED)
        self.facts["kind"] = kind
        bulk = self._parts.places.is_bulk(self.claim.token)
        if not await self._call(queue.begin_job, self.claim, bulk, dict(self.facts)):
            raise self._unwound(Stop.LOST)
        self._begun = True

    def tell(self, **facts: float | str) -> None:
        """Tell of the job: rows so far, timings. Written at most once a second."""
        self.facts.update(facts)
        if not self._news:
            self._news = True
            # at whole seconds, so that one write does for all jobs of the worker
            pause = 2 * TELL_SECONDS - time.monotonic() % TELL_SECONDS
            self._set_clock("tell", pause, self._parts.write_soon)

    async def save(
        self,
        result_id: str,
        media_type: str,
        filename: str,
        pieces: AsyncIterable[bytes],
    ) -> Result:
        """Store one result; it is seen when the job is COMPLETED.

        Raises UsageError when it is larger than this server keeps.
        """
        self.written = True
        key = f"{self.claim.prefix}{result_id}"
        limit = self._parts.settings.result_size
        size = await self._parts.storage.write(key, pieces, limit)
        result = Result(result_id, key, media_type, size, filename)
        self.results.append(result)
        return result

    async def attachment(self, name: str) -> BinaryIO:
        """The bytes of an attachment, in an unnamed temporary file at its start."""
        keys = [each.key for each in self.job.attachments if each.name == name]
        if not keys:
            raise UsageError(f"no file came with the job as {name}")
        file: BinaryIO = await asyncio.to_thread(tempfile.TemporaryFile)
        try:
            async with aclosing(self._parts.storage.read(keys[-1])) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def start(self, runner: "Runner") -> None:
        """Let the service do the work."""
        self._task = asyncio.ensure_future(_do(runner, self))
        self.renewed(self._started, self.job.execution_duration)
        if not self._parts.places.is_bulk(self.claim.token):
            self._set_clock("overrun", OVERRUN_SECONDS, self._overrun)

    async def ended(self) -> BaseException | None:
        """Wait for the end of the work; what it raised."""
        assert self._task is not None
        await asyncio.wait([self._task])
        for clock in self._clocks.values():
            clock.cancel()
        if self._task.cancelled():
            return asyncio.CancelledError()
        return self._task.exception()

    def stop(self, reason: Stop) -> None:
        """Cancel the work, if it goes on; the first reason stays."""
        if self._task is not None and not self._task.done() and self.stopped is None:
            self.stopped = reason
            self._task.cancel()

    def renewed(self, since: float, execution_duration: int) -> None:
        """The lease holds from `since` (monotonic) on; the job may run so long."""
        if self._task is None or self._task.done():
            return
        settings = self._parts.settings
        self.lease_end = since + LEASE_PART * settings.lease
        self.limit = execution_duration or settings.hard_execution_duration
        now = time.monotonic()
        self._set_clock("lease", self.lease_end - now, self.stop, Stop.LOST)
        self._set_clock(
            "duration", self._started + self.limit - now, self.stop, Stop.OVERTIME
        )

    def news(self) -> Facts | None:
        """What was told since the last call, None for nothing."""
        news, self._news = self._news, False
        return dict(self.facts) if news else None

    def keep_news(self, news: Facts | None) -> None:
        """What `news` gave could not be written."""
        self._news = self._news or news is not None

    def _overrun(self) -> None:
        """Count as bulk from now on, as soon as there is a place for it."""
        if not self._move(overrun=True):
            self._set_clock("overrun", OVERRUN_SECONDS, self._overrun)

    def _move(self, overrun: bool = False) -> bool:
        """Change to a bulk place; has the job one now?"""
        places, token = self._parts.places, self.claim.token
        if places.is_bulk(token):
            return True
        moved = places.move(token, overrun)
        if moved:
            self._parts.place_freed()
        return moved

    def _unwound(self, reason: Stop) -> Unwound:
        if self.stopped is None:
            self.stopped = reason
        return Unwound()

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        return await self._parts.call(function, *args)

    def _set_clock(
        self, name: str, seconds: float, call: Callable[..., None], *args: Any
    ) -> None:
        if name in self._clocks:
            self._clocks[name].cancel()
        loop = asyncio.get_running_loop()
        self._clocks[name] = loop.call_later(seconds, call, *args)


Runner = Callable[[Run], Awaitable[None]]
"""Does the work of one job of a service."""


async def _do(runner: Runner, run: Run) -> None:
    await runner(run)
