"""Runs jobs: claims them, keeps their leases, and writes how they end."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

from vo_lcc.db import Database
from vo_lcc.errors import FatalError, TransientError, VOError
from vo_lcc.uws import queue
from vo_lcc.uws.job import ErrorSummary, Phase
from vo_lcc.uws.places import Places
from vo_lcc.uws.queue import Claim, Outcome
from vo_lcc.uws.run import Parts, Run, Runner, Stop
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.storage import Storage
from vo_lcc.uws.watch import Change, JobWatch

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0
"""Between looks for jobs of which no notification told."""

PAUSE_SECONDS = 0.5
"""Before the database is tried again."""

AGAIN_SECONDS = 1.0
"""Before a job whose failure may pass is run again; twice as long each time."""

OVERTIME = (
    "the job was stopped after its execution duration of {} s; set a longer one,"
    " or ask for less"
)


class Worker:
    """Runs jobs by the runner of their service, as many at once as `settings` say.

    Belongs to one event loop; any number of workers may share a database. `name` tells
    the operator which of them runs a job. While the database is away it waits.
    """

    def __init__(
        self,
        database: Database,
        watch: JobWatch,
        storage: Storage,
        runners: Mapping[str, Runner],
        settings: JobSettings,
        name: str,
    ) -> None:
        self._database = database
        self._watch = watch
        self._runners = runners
        self._settings = settings
        self.name = name
        self._places = Places(settings)
        self._wake = asyncio.Event()  # there may be something to claim
        self._beat = asyncio.Event()  # leases are to be renewed now
        self._parts = Parts(
            storage, settings, self._places, self._call, self._beat.set, self._wake.set
        )
        self._runs: dict[str, Run] = {}  # by token
        self._tasks: set[asyncio.Task[None]] = set()  # of runs
        self._checks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._threads = ThreadPoolExecutor(2, "jobs")
        self._held = ExitStack()

    async def start(self) -> None:
        """Begin to claim and run jobs."""
        self._held.enter_context(self._watch.calling(self._heard))
        self._claiming = asyncio.create_task(self._claim_forever())
        self._renewing = asyncio.create_task(self._renew_forever())

    async def stop(self, grace: float = 0) -> None:
        """Claim no more; what has not ended within `grace` seconds is given back."""
        self._stopping = True
        self._wake.set()
        await self._claiming
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for run in self._runs.values():
            run.stop(Stop.SHUTDOWN)
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._held.close()
        ending = [self._renewing, *self._checks]
        for task in ending:
            task.cancel()
        await asyncio.wait(ending)
        self._threads.shutdown()

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        """`function(database, *args)` in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, function, self._database, *args
        )

    def _heard(self, change: Change | None) -> None:
        """A job has changed; None: any may have."""
        if change is None:
            self._wake.set()
            self._beat.set()
            return
        if change.waits:
            self._wake.set()
        elif change.phase == Phase.EXECUTING:
            return
        for run in self._runs.values():
            if run.job.job_id == change.job_id:
                check = asyncio.create_task(self._check(run))
                self._checks.add(check)
                check.add_done_callback(self._checks.discard)

    async def _check(self, run: Run) -> None:
        """Stop a run whose claim was taken away."""
        try:
            if not await self._call(queue.is_held, run.claim):
                run.stop(Stop.LOST)
        except TransientError:
            self._beat.set()

    async def _claim_forever(self) -> None:
        while not self._stopping:
            self._wake.clear()
            pause = POLL_SECONDS
            try:
                await self._claim()
            except TransientError as error:
                logger.info("no jobs can be claimed: %s", error)
                pause = PAUSE_SECONDS
            except Exception:
                logger.exception("claiming jobs failed")
            await _wait(self._wake, pause)

    async def _claim(self) -> None:
        begun = time.monotonic()
        names = list(self._runners)
        with self._places.claiming() as free:
            if not any(free.values()):
                return
            claims: list[Claim] = await self._call(
                queue.claim_jobs, self.name, names, free, self._settings
            )
            for claim in claims:
                self._places.enter(claim.token, claim.bulk)
        for claim in claims:
            run = Run(claim, self._parts, begun)
            self._runs[claim.token] = run
            task = asyncio.create_task(self._carry_out(run))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _renew_forever(self) -> None:
        while True:
            await _wait(self._beat, self._settings.lease / 3)
            self._beat.clear()
            try:
                await self._renew()
                if await self._call(queue.reclaim_jobs, self._settings):
                    self._wake.set()
            except TransientError:
                await asyncio.sleep(PAUSE_SECONDS)
                self._beat.set()
            except Exception:
                logger.exception("renewing leases failed")
                await asyncio.sleep(PAUSE_SECONDS)
                self._beat.set()

    async def _renew(self) -> None:
        """Renew all leases, and stop the runs whose claims are lost."""
        runs = list(self._runs.values())
        if not runs:
            return
        begun = time.monotonic()
        news = {run.claim: run.news() for run in runs}
        try:
            held = await self._call(queue.renew_leases, news, self._settings)
        except BaseException:
            for run in runs:
                run.keep_news(news[run.claim])
            raise
        for run in runs:
            duration = held.get(run.claim.token)
            if duration is None:
                run.stop(Stop.LOST)
            else:
                run.renewed(begun, duration)

    async def _carry_out(self, run: Run) -> None:
        token = run.claim.token
        try:
            run.start(self._runners[run.job.service])
            await self._settle(run, await run.ended())
        finally:
            self._places.leave(token)
            del self._runs[token]
            self._wake.set()

    async def _settle(self, run: Run, error: BaseException | None) -> None:
        """Write how a run has ended; tried again while its lease lasts."""
        change = await self._ending(run, error)
        while change is not None:
            try:
                if await self._call(*change):
                    return
                change = None
            except Exception as problem:
                if time.monotonic() > run.lease_end:
                    logger.warning("%s: its end is lost: %s", run.job.job_id, problem)
                    return
                known = isinstance(problem, TransientError)
                logger.info("tried again: %s", problem, exc_info=not known)
                await asyncio.sleep(PAUSE_SECONDS)
        if run.written:
            with suppress(TransientError):
                await self._call(queue.forget_files, run.claim)

    async def _ending(self, run: Run, error: BaseException | None) -> Any:
        """The call that writes how the run has ended; None where there is none."""
        claim = run.claim
        if error is not None and run.stopped is not None:
            if run.stopped is Stop.SHUTDOWN:
                return queue.give_back, claim, claim.bulk, run.written
            if run.stopped is Stop.LOST and self._may_repeat(claim):
                return queue.give_back, claim, claim.bulk, run.written, True
            if run.stopped is not Stop.OVERTIME:
                return None
        elif isinstance(error, TransientError) and self._may_repeat(claim):
            await asyncio.sleep(AGAIN_SECONDS * 2**claim.attempts)
            return queue.give_back, claim, claim.bulk, run.written, True
        return queue.finish_job, claim, outcome_of(run, error), run.facts, run.written

    def _may_repeat(self, claim: Claim) -> bool:
        return claim.attempts + 1 < self._settings.attempts


def outcome_of(run: Run, error: BaseException | None) -> Outcome:
    """How a run has ended that raised `error`."""
    if error is None:
        return Outcome(Phase.COMPLETED, None, tuple(run.results))
    if run.stopped is Stop.OVERTIME:
        message = OVERTIME.format(run.limit)
        return Outcome(Phase.ABORTED, ErrorSummary(message))
    if not isinstance(error, VOError) or isinstance(error, FatalError):
        logger.error("job %s failed", run.job.job_id, exc_info=error)
        return Outcome(Phase.ERROR, ErrorSummary("internal error"))
    return Outcome(Phase.ERROR, ErrorSummary(str(error), error.transient))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
