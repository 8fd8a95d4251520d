"""Jobs and files whose time has come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.uws.conftest import House
from tests.uws.jobs import SETTINGS
from vo_lcc.db import Database
from vo_lcc.errors import TransientError
from vo_lcc.lightcurves.loading.drafts import alone
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.uws import queue, store, sweeper
from vo_lcc.uws.job import Attachment, Phase, Result
from vo_lcc.uws.queue import Claim, Outcome
from vo_lcc.uws.sweeper import Sweeper
from vo_lcc.uws.watch import Change

PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def sweep(house: House) -> AsyncIterator[Sweeper]:
    sweep = Sweeper(house.db, house.storage, SETTINGS)
    yield sweep
    sweep._thread.shutdown()


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def with_attachment(house: House, **changes: object) -> tuple[str, str]:
    """A job with one file, and the key of the file."""
    job_id = await house.create(run=False)
    await house.call(store.reserve_files, f"{job_id}/uploads")
    key = f"{job_id}/uploads/1"
    await house.storage.write(key, pieces(b"1"))
    attachment = Attachment("t", key, "text/csv", 1)
    await house.call(store.add_parameters, "tap", job_id, [], [attachment])
    return job_id, key


async def completed(house: House) -> tuple[str, str, str]:
    """A job that has ended; the keys of its attachment and its result."""
    job_id, attached = await with_attachment(house)
    await house.call(store.run_job, "tap", job_id, SETTINGS)
    claim = await claimed(house)
    key = f"{claim.prefix}result"
    await house.storage.write(key, pieces(b"12"))
    outcome = Outcome(Phase.COMPLETED, None, (Result("result", key, "", 2, "r"),))
    assert await house.call(queue.finish_job, claim, outcome, {}, True)
    return job_id, attached, key


async def claimed(house: House) -> Claim:
    places = {False: 1, True: 0}
    (claim,) = await house.call(queue.claim_jobs, "w", ["tap"], places, SETTINGS)
    return claim


def due_now(db: Database) -> None:
    db.fetch("UPDATE uws.trash SET not_before = now() WHERE not_before > now()")


def rows(db: Database, table: str) -> int:
    ((number,),) = db.fetch(f"SELECT count(*) FROM uws.{table}")
    return int(number)


async def test_a_job_whose_time_has_come_goes_with_its_files(
    house: House, sweep: Sweeper
):
    job_id, *_ = await completed(house)
    _, *kept = await completed(house)
    await house.call(store.set_destruction, "tap", job_id, PAST)
    await sweep.sweep()
    assert await house.call(store.find_job, "tap", job_id) is None
    assert await house.storage.keys() == sorted(kept)
    assert rows(house.db, "trash") == 0


async def test_a_deleted_job_loses_its_files(house: House, sweep: Sweeper):
    job_id, *_ = await completed(house)
    await house.call(store.delete_job, "tap", job_id)
    await sweep.sweep()
    assert await house.storage.keys() == []


async def test_files_are_removed_while_a_load_runs(house: House, sweep: Sweeper):
    job_id, *_ = await completed(house)
    await house.call(store.delete_job, "tap", job_id)
    with alone(house.db, Silent()):
        await sweep.sweep()
    assert await house.storage.keys() == []


async def test_an_archived_job_stays_without_files_for_its_time(house: House):
    job_id, *_ = await completed(house)
    settings = replace(SETTINGS, archive=3600)
    sweep = Sweeper(house.db, house.storage, settings)
    moment = datetime.now(UTC) - timedelta(seconds=1800)
    await house.call(store.set_destruction, "tap", job_id, moment)
    await sweep.sweep()
    job = await house.job(job_id)
    assert (job.phase, job.results, job.attachments) == (Phase.ARCHIVED, (), ())
    assert await house.storage.keys() == []
    await sweep.sweep()
    assert (await house.job(job_id)).phase == Phase.ARCHIVED
    house.db.fetch("UPDATE uws.jobs SET destruction = now() - interval '2 h'")
    await sweep.sweep()
    assert rows(house.db, "jobs") == 0


async def test_a_running_job_is_destroyed_and_its_worker_finds_out(
    house: House, sweep: Sweeper
):
    job_id = await house.create(destruction=PAST)
    claim = await claimed(house)
    await house.storage.write(f"{claim.prefix}result", pieces(b"1"))
    await sweep.sweep()
    assert not queue.is_held(house.db, claim)
    assert await house.storage.keys() == []
    await house.storage.write(f"{claim.prefix}late", pieces(b"1"))  # by its worker
    await sweep.sweep()
    assert await house.storage.keys() == [f"{claim.prefix}late"]
    due_now(house.db)
    await sweep.sweep()
    assert await house.storage.keys() == []
    assert job_id == claim.job.job_id


async def test_files_that_no_job_came_to_name_go_in_the_end(
    house: House, sweep: Sweeper
):
    await house.call(store.reserve_files, "abcdefghijklmnop/uploads")
    await house.storage.write("abcdefghijklmnop/uploads/1", pieces(b"1"))
    await sweep.sweep()
    assert len(await house.storage.keys()) == 1
    due_now(house.db)
    await sweep.sweep()
    assert await house.storage.keys() == []


async def test_files_that_a_job_names_stay_when_an_upload_to_it_failed(
    house: House, sweep: Sweeper
):
    job_id, key = await with_attachment(house)
    await house.call(store.reserve_files, f"{job_id}/uploads/2")
    await house.storage.write(f"{job_id}/uploads/2/0", pieces(b"1"))  # and then it died
    due_now(house.db)
    await sweep.sweep()
    assert await house.storage.keys() == [key]


async def test_what_a_running_job_writes_stays_when_an_upload_to_it_failed(
    house: House, sweep: Sweeper
):
    job_id = await house.create()
    await house.call(store.reserve_files, f"{job_id}/uploads")
    claim = await claimed(house)
    await house.storage.write(f"{claim.prefix}result", pieces(b"1"))
    due_now(house.db)
    await sweep.sweep()
    assert await house.storage.keys() == [f"{claim.prefix}result"]


async def test_files_of_a_lost_claim_go_and_those_of_the_next_stay(
    house: House, sweep: Sweeper
):
    await house.create()
    lost = await claimed(house)
    await house.storage.write(f"{lost.prefix}result", pieces(b"1"))
    house.db.fetch("UPDATE uws.jobs SET lease = now() - interval '1 s'")
    assert queue.reclaim_jobs(house.db, SETTINGS) == 1
    heir = await claimed(house)
    await house.storage.write(f"{heir.prefix}result", pieces(b"1"))
    due_now(house.db)
    await sweep.sweep()
    assert await house.storage.keys() == [f"{heir.prefix}result"]


STEPS = ("destroy_jobs", "take_trash", "named_files", "forget_trash")


@pytest.mark.parametrize("step", STEPS)
async def test_a_sweep_that_dies_after_any_step_is_finished_by_the_next(
    house: House, sweep: Sweeper, step: str, monkeypatch: pytest.MonkeyPatch
):
    job_id, *_ = await completed(house)
    await house.call(store.set_destruction, "tap", job_id, PAST)
    done = getattr(sweeper, step)

    def die(*args: object) -> object:
        done(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sweeper, step, die)
        with pytest.raises(KeyboardInterrupt):
            await sweep.sweep()
    house.db.fetch("UPDATE uws.trash SET taken = taken - interval '11 min'")
    await Sweeper(house.db, house.storage, SETTINGS).sweep()
    assert await house.storage.keys() == []
    assert (rows(house.db, "jobs"), rows(house.db, "trash")) == (0, 0)


async def test_two_sweepers_do_not_take_the_same_files(house: House):
    for _ in range(3):
        await house.call(store.delete_job, "tap", await house.create())
    first = await house.call(sweeper.take_trash)
    assert len(first) == 3
    assert await house.call(sweeper.take_trash) == []


async def test_files_that_cannot_be_removed_now_are_removed_later(
    house: House, sweep: Sweeper, monkeypatch: pytest.MonkeyPatch
):
    job_id, *_ = await completed(house)
    await house.call(store.delete_job, "tap", job_id)

    async def away(prefix: str) -> None:
        raise TransientError("the storage is away")

    with monkeypatch.context() as patched:
        patched.setattr(house.storage, "remove", away)
        await sweep.sweep()
    assert rows(house.db, "trash") == 1
    house.db.fetch("UPDATE uws.trash SET taken = taken - interval '11 min'")
    await sweep.sweep()
    assert await house.storage.keys() == []
    assert rows(house.db, "trash") == 0


async def test_a_sweeper_wakes_when_the_next_job_is_due(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sweeper, "PAUSE_SECONDS", 0.05)
    gone = asyncio.Event()

    def told(change: Change | None) -> None:
        if change is not None and change.phase == "DELETED":
            gone.set()

    moment = datetime.now(UTC) + timedelta(seconds=0.5)
    await house.create(destruction=moment, run=False)
    sweep = Sweeper(house.db, house.storage, SETTINGS)
    with house.watch.calling(told):
        await sweep.start()
        async with asyncio.timeout(5):
            await gone.wait()
        await sweep.stop()
    assert datetime.now(UTC) > moment
    assert rows(house.db, "jobs") == 0
