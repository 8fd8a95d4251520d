"""Waiting for a job to change, told by the database and never by polling."""

import asyncio
from contextlib import suppress
from functools import partial

from aiohttp import web

from vo_lcc.dali.context import context_of
from vo_lcc.errors import NotFoundError, TransientError
from vo_lcc.uws import store
from vo_lcc.uws.job import ACTIVE, Job, Phase
from vo_lcc.uws.params import Wait
from vo_lcc.uws.service import jobs_of

CLAIM_SECONDS = 0.05


async def changed(request: web.Request, job: Job, wait: Wait) -> Job:
    """The job once it has another phase, or as it is when the time is up.

    At once when nothing is to be waited for (UWS 1.1, section 2.2.1.1). Raises
    NotFoundError when the job is deleted meanwhile.
    """
    if job.phase not in ACTIVE or wait.phase not in (None, job.phase):
        return job
    return await left(request, job, job.phase, wait.seconds)


async def claimed(request: web.Request, job: Job) -> Job:
    """The job once a worker has taken it, or as it is a moment later.

    So a client that waits for the job sees it run, or at its end, not in the queue.
    """
    with suppress(TransientError, NotFoundError):  # it is there, whatever comes now
        return await left(request, job, Phase.QUEUED, CLAIM_SECONDS)
    return job


async def left(request: web.Request, job: Job, phase: Phase, seconds: float) -> Job:
    """The job once it is no longer in `phase`, or as it is when the time is up."""
    end = asyncio.get_running_loop().time() + seconds
    again = partial(context_of(request).run, store.get_job, job.service, job.job_id)
    jobs = jobs_of(request)
    with jobs.watch.watching(job.job_id) as event:
        job = await again()  # it may have changed before the watch began
        while job.phase == phase and not jobs.stopping.is_set():
            is_told = await _is_set(event, end)
            event.clear()
            job = await again()
            if not is_told:
                break
    return job


async def _is_set(event: asyncio.Event, end: float) -> bool:
    """Wait for the event; False when `end` (of the loop's clock) comes first."""
    try:
        async with asyncio.timeout_at(end):
            await event.wait()
    except TimeoutError:
        return False
    return True
