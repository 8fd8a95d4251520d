"""Workers: what becomes of jobs, whatever happens meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.uws.conftest import House
from tests.uws.jobs import SETTINGS, new_job
from vo_lcc.db import Database
from vo_lcc.errors import TransientError, UsageError
from vo_lcc.uws import queue, store, worker
from vo_lcc.uws.job import (
    BULK,
    FINAL,
    INTERACTIVE,
    Attachment,
    ErrorSummary,
    Job,
    Phase,
)
from vo_lcc.uws.run import Run


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def trivial(run: Run) -> None:
    await run.begin(INTERACTIVE)
    run.tell(rows=0)
    await run.save("result", "text/csv", "result.csv", pieces(b"a\n", b"1\n"))


async def endless(run: Run) -> None:
    await run.begin(INTERACTIVE)
    await run.save("part", "text/csv", "part.csv", pieces(b"1\n"))
    await asyncio.sleep(3600)


def trash(db: Database) -> list[str]:
    rows = db.fetch("SELECT prefix FROM uws.trash WHERE not_before <= now()")
    return [prefix for (prefix,) in rows]


async def content(house: House, key: str) -> bytes:
    return b"".join([piece async for piece in house.storage.read(key)])


async def test_a_job_is_completed_with_its_results(house: House):
    async with house.worker(trivial):
        job = await house.reach(await house.create())
    assert job.phase == Phase.COMPLETED
    assert job.info == {"kind": "interactive", "rows": 0}
    (result,) = job.results
    assert (result.size, result.filename) == (4, "result.csv")
    assert await content(house, result.key) == b"a\n1\n"


async def test_a_job_queued_before_the_worker_started_is_run(house: House):
    job_id = await house.create()
    async with house.worker(trivial):
        assert (await house.reach(job_id)).phase == Phase.COMPLETED


async def test_an_attachment_is_read_from_its_start(house: House):
    seen: list[bytes] = []

    async def service(run: Run) -> None:
        with await run.attachment("table") as file:
            seen.append(file.read())

    job_id = await house.create(run=False)
    await house.call(store.reserve_files, f"{job_id}/uploads")
    key = f"{job_id}/uploads/1"
    size = await house.storage.write(key, pieces(b"1,2\n", b"3,4\n"))
    attached = Attachment("table", key, "text/csv", size)
    await house.call(store.add_parameters, "tap", job_id, [], [attached])
    await house.call(store.run_job, "tap", job_id, SETTINGS)
    async with house.worker(service):
        await house.reach(job_id)
    assert seen == [b"1,2\n3,4\n"]


FAILURES = {
    "usage": (UsageError("no table t"), ErrorSummary("no table t")),
    "bug": (ZeroDivisionError("secret"), ErrorSummary("internal error")),
}


@pytest.mark.parametrize("kind", FAILURES)
async def test_a_job_that_fails_says_why_and_keeps_no_files(house: House, kind: str):
    error, told = FAILURES[kind]

    async def service(run: Run) -> None:
        await trivial(run)
        raise error

    async with house.worker(service):
        job = await house.reach(await house.create())
    assert (job.phase, job.error, job.results) == (Phase.ERROR, told, ())
    assert len(trash(house.db)) == 1


async def test_a_failure_that_may_pass_is_tried_again_and_told_at_last(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "AGAIN_SECONDS", 0.01)
    runs: list[str] = []

    async def service(run: Run) -> None:
        await run.begin(INTERACTIVE)
        runs.append(run.job.job_id)
        if "fails" in (run.job.run_id or "") or len(runs) == 1:
            raise TransientError("the database is restarting")

    async with house.worker(service):
        first = await house.reach(await house.create())
        last = await house.reach(await house.create(run_id="fails"))
    assert first.phase == Phase.COMPLETED
    assert last.error == ErrorSummary("the database is restarting", transient=True)
    assert Counter(runs) == {first.job_id: 2, last.job_id: SETTINGS.attempts}


async def test_what_is_told_is_written_while_the_job_runs(house: House):
    async def service(run: Run) -> None:
        await run.begin(INTERACTIVE)
        run.tell(rows=5)
        await asyncio.sleep(3600)

    async with house.worker(service):
        job_id = await house.create()
        async with asyncio.timeout(5):
            while (await house.job(job_id)).info.get("rows") != 5:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        told = await house.job(job_id)
        await house.call(store.abort_job, "tap", job_id)

    assert (told.phase, told.info["rows"]) == (Phase.EXECUTING, 5)


STOPS = {
    "abort": (store.abort_job, Phase.ABORTED),
    "hold": (store.hold_job, Phase.SUSPENDED),
    "delete": (store.delete_job, None),
}


@pytest.mark.parametrize("way", STOPS)
async def test_a_running_job_is_stopped_within_a_second(house: House, way: str):
    stop, phase = STOPS[way]
    stopped = asyncio.Event()

    async def service(run: Run) -> None:
        try:
            await endless(run)
        finally:
            stopped.set()

    async with house.worker(service):
        job_id = await house.create()
        await house.reach(job_id, Phase.EXECUTING)
        await house.call(stop, "tap", job_id)
        async with asyncio.timeout(1):
            await stopped.wait()
        found = await house.call(store.find_job, "tap", job_id)
    assert (found and found.phase) == phase


async def test_a_suspended_job_runs_again_when_it_is_released(house: House):
    runs: list[Run] = []

    async def service(run: Run) -> None:
        runs.append(run)
        await (endless(run) if len(runs) == 1 else trivial(run))

    async with house.worker(service):
        job_id = await house.create()
        await house.reach(job_id, Phase.EXECUTING)
        await house.call(store.hold_job, "tap", job_id)
        await house.call(store.release_job, "tap", job_id)
        assert (await house.reach(job_id)).phase == Phase.COMPLETED


async def test_a_job_past_its_execution_duration_is_aborted_and_told_why(house: House):
    async with house.worker(endless):
        job = await house.reach(await house.create(execution_duration=1))
    assert job.phase == Phase.ABORTED
    assert job.error is not None
    assert "execution duration of 1 s" in job.error.message
    assert job.results == ()
    assert len(trash(house.db)) == 1


async def test_a_shorter_execution_duration_holds_for_a_job_that_runs(house: House):
    async with house.worker(endless, replace(SETTINGS, lease=1)):
        job_id = await house.create()
        await house.reach(job_id, Phase.EXECUTING)
        await house.call(store.set_execution_duration, "tap", job_id, 1)
        assert (await house.reach(job_id)).phase == Phase.ABORTED


async def test_small_jobs_do_not_wait_behind_large_ones(house: House):
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    full, release = asyncio.Event(), asyncio.Event()

    async def service(run: Run) -> None:
        kind = run.job.run_id or ""
        await run.begin(kind)
        running[kind] += 1
        most[kind] = max(most[kind], running[kind])
        if running[BULK] == SETTINGS.bulk:
            full.set()
        if kind == BULK:
            await release.wait()
        running[kind] -= 1

    async with house.worker(service):
        large = [await house.create(run_id=BULK) for _ in range(8)]
        async with asyncio.timeout(10):
            await full.wait()
        small = [await house.create(run_id=INTERACTIVE) for _ in range(5)]
        for job_id in small:
            assert (await house.reach(job_id, seconds=2)).phase == Phase.COMPLETED
        phases = Counter([(await house.job(job_id)).phase for job_id in large])
        assert phases == {Phase.EXECUTING: 2, Phase.QUEUED: 6}
        release.set()
        for job_id in large:
            assert (await house.reach(job_id)).phase == Phase.COMPLETED
    assert most[BULK] == SETTINGS.bulk
    ((attempts,),) = house.db.fetch("SELECT max(attempts) FROM uws.jobs")
    assert attempts == 0


async def test_a_job_longer_than_thought_leaves_its_place_to_others(house: House):
    one = replace(SETTINGS, interactive=1, bulk=1)
    async with house.worker(endless, one):
        first = await house.create()
        await house.reach(first, Phase.EXECUTING)
        second = await house.create()
        await house.reach(second, Phase.EXECUTING, seconds=3)
        third = await house.create()
        await house.reach(third, Phase.EXECUTING, seconds=3)
        fourth = await house.create()  # two run as bulk, twice as many as there are
        with pytest.raises(TimeoutError):
            await house.reach(fourth, Phase.EXECUTING, seconds=1.5)


async def test_two_workers_never_run_one_job_at_once(house: House):
    running: Counter[str] = Counter()
    runs: Counter[str] = Counter()

    async def service(run: Run) -> None:
        await run.begin(INTERACTIVE)
        running[run.job.job_id] += 1
        runs[run.job.job_id] += 1
        assert running[run.job.job_id] == 1
        await asyncio.sleep(0.005)
        running[run.job.job_id] -= 1

    async with house.worker(service, name="a"), house.worker(service, name="b"):
        made = [await house.create() for _ in range(40)]
        for job_id in made:
            assert (await house.reach(job_id)).phase == Phase.COMPLETED
    assert Counter(dict.fromkeys(made, 1)) == runs


async def test_stopping_a_worker_gives_back_what_it_runs(house: House):
    runs: list[Run] = []

    async def service(run: Run) -> None:
        runs.append(run)
        await (endless(run) if len(runs) == 1 else trivial(run))

    async with house.worker(service, name="a"):
        job_id = await house.create()
        await house.reach(job_id, Phase.EXECUTING)
    assert house.db.fetch("SELECT claim, attempts FROM uws.jobs") == [(None, 0)]
    assert trash(house.db) == [runs[0].claim.prefix]
    async with house.worker(service, name="b"):
        assert (await house.reach(job_id)).phase == Phase.COMPLETED


async def test_stopping_waits_for_what_ends_within_the_grace(house: House):
    async def service(run: Run) -> None:
        await run.begin(INTERACTIVE)
        await asyncio.sleep(0.3)

    async with house.worker(service) as running:
        job_id = await house.create()
        await house.reach(job_id, Phase.EXECUTING)
        await running.stop(5)
        assert (await house.job(job_id)).phase == Phase.COMPLETED


def cut_connections(db: Database) -> int:
    """End all connections to the database but this one, as a restart does."""
    return len(
        db.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )


async def test_losing_connections_again_and_again_loses_no_job(house: House):
    async def service(run: Run) -> None:
        await run.begin(INTERACTIVE)
        await asyncio.sleep(0.05)
        await run.save("result", "text/csv", "r.csv", pieces(b"1\n"))

    other = Database(house.db.url)
    async with house.worker(service):
        made = []
        for number in range(30):
            made.append(await asyncio.to_thread(create_for_sure, other))
            if number % 5 == 0:
                await asyncio.to_thread(cut_connections, other)
        jobs = [await patiently(other, job_id) for job_id in made]
    other.close()
    assert {job.phase for job in jobs} == {Phase.COMPLETED}
    for job in jobs:
        assert await content(house, job.results[0].key) == b"1\n"


def create_for_sure(db: Database) -> str:
    new = new_job(run=True)
    store.create_job(db, new, SETTINGS)
    return new.job_id


async def patiently(db: Database, job_id: str) -> Job:
    """The job when it has ended, while the database may be away."""
    async with asyncio.timeout(30):
        while True:
            with suppress(TransientError):
                job = await asyncio.to_thread(store.get_job, db, "tap", job_id)
                if job.phase in FINAL:
                    return job
            await asyncio.sleep(0.05)


class Switch:
    """Makes the database of a test go away, and come back."""

    def __init__(self, house: House, cluster_url: str) -> None:
        ((self._name,),) = house.db.fetch("SELECT current_database()")
        self._cluster = Database(cluster_url)

    def turn(self, on: bool) -> None:
        self._cluster.fetch(
            f'ALTER DATABASE "{self._name}" WITH ALLOW_CONNECTIONS {on}'
        )
        if not on:
            self._cluster.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s",
                (self._name,),
            )


@pytest.fixture
async def switch(house: House, cluster_url: str) -> AsyncIterator[Switch]:
    switch = Switch(house, cluster_url)
    yield switch
    switch.turn(True)
    switch._cluster.close()


async def test_the_end_of_a_job_is_written_once_the_database_is_back(
    house: House, switch: Switch
):
    async def service(run: Run) -> None:
        await trivial(run)
        switch.turn(False)
        asyncio.get_running_loop().call_later(1, switch.turn, True)

    async with house.worker(service):
        job = await patiently(house.db, await house.create())
    assert job.phase == Phase.COMPLETED
    assert house.db.fetch("SELECT attempts FROM uws.jobs") == [(0,)]


async def test_a_job_whose_lease_cannot_be_renewed_is_stopped_in_time(
    house: House, switch: Switch
):
    stopped: list[float] = []

    async def service(run: Run) -> None:
        await run.begin(INTERACTIVE)
        if run.claim.attempts:
            return
        begun = time.monotonic()
        switch.turn(False)
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.append(time.monotonic() - begun)
            switch.turn(True)

    async with house.worker(service, replace(SETTINGS, lease=1.5)):
        job = await patiently(house.db, await house.create())
    assert job.phase == Phase.COMPLETED
    assert stopped[0] < 1.5


WORKER = """
import asyncio, sys
from pathlib import Path
from dataclasses import replace
from vo_lcc.db import Database
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.watch import JobWatch
from vo_lcc.uws.worker import Worker

async def endless(run):
    await run.begin("interactive")
    async def pieces():
        yield b"half"
        await asyncio.sleep(3600)
    await run.save("result", "text/csv", "r.csv", pieces())

async def main(url, folder):
    watch = JobWatch(url)
    await watch.start()
    runners = {"tap": endless}
    files = DiskStorage(Path(folder))
    settings = JobSettings(lease=1)
    worker = Worker(Database(url), watch, files, runners, settings, "killed")
    await worker.start()
    await asyncio.sleep(3600)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_job_whose_worker_is_killed_is_run_again_by_another(
    house: House, tmp_path: Path
):
    killed = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", WORKER, house.db.url, str(tmp_path / "files")]
    )
    try:
        job_id = await house.create()
        await house.reach(job_id, Phase.EXECUTING)
    finally:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
    async with house.worker(trivial, replace(SETTINGS, lease=1), "heir"):
        job = await house.reach(job_id)
    assert job.phase == Phase.COMPLETED
    assert await content(house, job.results[0].key) == b"a\n1\n"
    assert house.db.fetch("SELECT attempts FROM uws.jobs") == [(1,)]
    ((prefix, due),) = house.db.fetch(
        "SELECT prefix, not_before > now() + interval '50 min' FROM uws.trash"
    )
    assert (prefix.startswith(f"{job_id}/"), due) == (True, True)


async def test_a_job_that_ends_while_it_is_aborted_shows_no_results(house: House):
    async def service(run: Run) -> None:
        await trivial(run)
        await asyncio.to_thread(store.abort_job, house.db, "tap", run.job.job_id)

    async with house.worker(service):
        job = await house.reach(await house.create())
        assert (job.phase, job.results) == (Phase.ABORTED, ())
    assert len(trash(house.db)) == 1
    assert queue.reclaim_jobs(house.db, SETTINGS) == 0
