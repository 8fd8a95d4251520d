"""Notifications of jobs."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from tests.uws.jobs import SETTINGS, new_id, new_job
from vo_lcc.db import Database
from vo_lcc.db.listen import Listener
from vo_lcc.uws import store
from vo_lcc.uws.watch import Change, JobWatch


@pytest.fixture
async def watch(db: Database) -> AsyncIterator[JobWatch]:
    watch = JobWatch(db.url)
    await watch.start()
    yield watch
    await watch.close()


async def within(seconds: float, event: asyncio.Event) -> None:
    async with asyncio.timeout(seconds):
        await event.wait()


def cut_listeners(db: Database) -> None:
    db.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'vo_lcc listener' AND datname = current_database()"
    )


async def test_every_change_of_a_job_sets_its_event_and_no_other(
    db: Database, watch: JobWatch
):
    new, other = new_job(), new_job()
    with watch.watching(new.job_id) as mine, watch.watching(other.job_id) as others:
        mine.clear()
        for change in (
            lambda: store.create_job(db, new, SETTINGS),
            lambda: store.run_job(db, "tap", new.job_id, SETTINGS),
            lambda: store.abort_job(db, "tap", new.job_id),
            lambda: store.delete_job(db, "tap", new.job_id),
        ):
            await asyncio.to_thread(change)
            await within(2, mine)
            mine.clear()
        assert not others.is_set()


async def test_what_is_told_names_phase_service_and_whether_it_waits(
    db: Database, watch: JobWatch
):
    seen: list[Change | None] = []
    new = new_job()
    with watch.calling(seen.append):
        store.create_job(db, new, SETTINGS)
        store.run_job(db, "tap", new.job_id, SETTINGS)
        store.set_execution_duration(db, "tap", new.job_id, 5)  # tells nobody
        store.delete_job(db, "tap", new.job_id)
        await asyncio.sleep(0.2)
    assert seen == [
        Change(new.job_id, "PENDING", "tap"),
        Change(new.job_id, "QUEUED", "tap", waits=True),
        Change(new.job_id, "DELETED", "tap"),
    ]


async def test_who_may_have_missed_a_notification_is_woken_after_reconnecting(
    db: Database, watch: JobWatch
):
    calls: list[Change | None] = []
    with watch.watching(new_id()) as changed, watch.calling(calls.append):
        cut_listeners(db)
        await within(5, changed)
    assert calls == [None]


async def test_notifications_come_again_after_reconnecting(
    db: Database, watch: JobWatch
):
    new = new_job()
    with watch.watching(new.job_id) as changed:
        cut_listeners(db)
        await within(5, changed)
        changed.clear()
        store.create_job(db, new, SETTINGS)
        await within(2, changed)

    assert changed.is_set()


async def test_a_listener_starts_without_a_database_and_closes(db: Database):
    def never(*_: object) -> None:
        raise AssertionError

    listener = Listener("postgresql://nobody@127.0.0.1:1/none", "uws", never, never)
    async with asyncio.timeout(5):
        before = asyncio.all_tasks()
        await listener.start()
        assert asyncio.all_tasks() > before
        await listener.close()
        assert asyncio.all_tasks() == before


async def test_a_thousand_who_wait_cost_nothing_while_nothing_happens(
    db: Database, watch: JobWatch
):
    async def wait(watching: Callable, job_id: str) -> None:
        with watching(job_id) as changed:
            await changed.wait()

    waiting = [asyncio.create_task(wait(watch.watching, new_id())) for _ in range(1000)]
    await asyncio.sleep(0.1)
    begun = time.process_time()
    await asyncio.sleep(0.5)
    assert time.process_time() - begun < 0.025  # 5 % of a core
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    with watch.watching("x"):
        assert len(watch._events) == 1
