"""Those who wait for a job hear of it at once (UWS 1.1, section 2.2.1.1)."""

import asyncio
import time

import aiohttp
import pytest

from tests.protocols.jobs.desk import (
    ADDING,
    Desk,
)
from vo_lcc.dali.clients import ClientLimits
from vo_lcc.uws import store
from vo_lcc.uws.documents import UWS
from vo_lcc.uws.settings import JobSettings


async def waited(desk: Desk, job: str, **query) -> tuple[str, float]:
    """The phase after waiting, and how long it took."""
    start = time.monotonic()
    root = await desk.root(job, params=query)
    return root.findtext(f"{{{UWS}}}phase"), time.monotonic() - start


@pytest.mark.parametrize("phase", [None, "PENDING"])
async def test_waiting_ends_when_the_time_is_up(desk, phase):
    job = await desk.new()

    found, seconds = await waited(
        desk, job, WAIT="1", **({"PHASE": phase} if phase else {})
    )

    assert found == "PENDING"
    assert 0.9 < seconds < 3


async def test_waiting_ends_with_the_phase(desk):
    job = await desk.new(PHASE="RUN")
    claim = desk.begin()
    waiter = asyncio.create_task(waited(desk, job, WAIT="-1", PHASE="EXECUTING"))
    await asyncio.sleep(0.3)
    await desk.complete(claim)

    found, seconds = await waiter

    assert found == "COMPLETED"
    assert 0.3 <= seconds < 2


async def test_waiting_for_ever_is_capped(open_desk):
    desk = await open_desk(JobSettings(wait=1))
    job = await desk.new()

    found, seconds = await waited(desk, job, WAIT="-1")

    assert found == "PENDING"
    assert 0.9 < seconds < 3


@pytest.mark.parametrize("query", [{"WAIT": "10", "PHASE": "QUEUED"}, {"WAIT": "0"}])
async def test_nothing_to_wait_for_is_answered_at_once(desk, query):
    job = await desk.new()

    _, seconds = await waited(desk, job, **query)

    assert seconds < 1


@pytest.mark.parametrize("phase", ["ABORTED", "HELD"])
async def test_a_phase_that_is_not_active_is_answered_at_once(desk, phase):
    job = await desk.new(PHASE="RUN")
    end = store.abort_job if phase == "ABORTED" else store.hold_job
    end(desk.db, ADDING.name, job[1:])

    found, seconds = await waited(desk, job, WAIT="10")

    assert found == phase
    assert seconds < 1


async def test_waiting_for_a_job_that_is_deleted_ends_with_404(desk):
    job = await desk.new()
    waiter = asyncio.create_task(desk.get(job, params={"WAIT": "10"}))
    await asyncio.sleep(0.2)
    await desk.http.delete(ADDING.path + job, allow_redirects=False)

    assert (await waiter).status == 404


@pytest.mark.parametrize("query", ["WAIT=soon", "WAIT=-2", "WAIT=1&PHASE=FLY"])
async def test_a_wrong_wait_is_refused(desk, query):
    job = await desk.new()

    assert (await desk.get(f"{job}?{query}")).status == 400


async def test_the_end_of_the_server_ends_the_waiting(desk):
    job = await desk.new()
    waiter = asyncio.create_task(waited(desk, job, WAIT="15"))
    await asyncio.sleep(0.2)
    await desk.jobs.stop_waiting(desk.http.app)

    found, seconds = await waiter

    assert found == "PENDING"
    assert seconds < 2


async def test_a_waiter_that_leaves_is_forgotten(desk):
    job = await desk.new()
    with pytest.raises(TimeoutError):
        await desk.get(
            job, params={"WAIT": "15"}, timeout=aiohttp.ClientTimeout(total=0.2)
        )
    await asyncio.sleep(0.2)

    assert job[1:] not in desk.jobs.watch._events


async def test_those_who_wait_have_a_limit_of_their_own(open_desk):
    desk = await open_desk(limits=ClientLimits(requests=2, waits=5))
    job = await desk.new()
    waiters = [
        asyncio.create_task(desk.get(job, params={"WAIT": "15"})) for _ in range(5)
    ]
    await asyncio.sleep(0.3)

    refused = await desk.get(job, params={"wait": "15"})
    reply = await desk.post(job + "/phase", data={"PHASE": "ABORT"})

    assert refused.status == 429
    assert reply.status == 303
    assert [(await each).status for each in waiters] == [200] * 5


@pytest.mark.slow
async def test_a_thousand_who_wait_cost_next_to_nothing(open_desk):
    desk = await open_desk()
    job = await desk.new()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0)
    ) as session:

        async def wait() -> str:
            async with session.get(desk.url(job), params={"WAIT": "20"}) as reply:
                return await reply.text()

        waiters = [asyncio.create_task(wait()) for _ in range(1000)]
        for _ in range(150):
            await asyncio.sleep(0.1)
            if len(desk.jobs.watch._events[job[1:]]) == 1000:
                break
        await asyncio.sleep(1)  # until all of them only wait
        cpu, start = time.process_time(), time.monotonic()
        await asyncio.sleep(2)
        share = (time.process_time() - cpu) / (time.monotonic() - start)
        print(f"{100 * share:.2f} % of a core")
        await desk.post(job + "/phase", data={"PHASE": "ABORT"})
        found = await asyncio.gather(*waiters)

    assert share < 0.05
    assert ["ABORTED" in text for text in found] == [True] * 1000
    assert not desk.jobs.watch._events
