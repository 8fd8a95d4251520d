"""Who keeps records fresh, while clients come and go."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.registry.collections import OFFERED
from tests.registry.harvest.peer import until
from vo_lcc.dali.context import Context
from vo_lcc.db import Database, Streams
from vo_lcc.registry.refresher import PAUSE, Refresher
from vo_lcc.registry.store import CHANGING

WAITING = (
    "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database"
    " WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
)
CLIENTS = 3


@pytest.fixture
async def refresher(db: Database) -> AsyncIterator[Refresher]:
    context = Context(db, Streams(db.url))
    refresher = Refresher(context, OFFERED)
    yield refresher
    await refresher.stop()
    await context.close()


async def test_clients_that_leave_start_no_second_refresh(
    db: Database, refresher: Refresher
) -> None:
    def number() -> int:
        ((waiting,),) = db.fetch(WAITING)
        return int(waiting)

    with db.transaction() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (CHANGING,))
        for _ in range(CLIENTS):
            client = asyncio.create_task(refresher.fresh())
            await until(number)
            await asyncio.sleep(0.1)
            client.cancel()
            await asyncio.wait([client])
        client = asyncio.create_task(refresher.fresh())
        await asyncio.sleep(0.3)
        assert number() == 1

    assert await client
    assert db.fetch("SELECT 1 FROM vo_lcc.records LIMIT 1")


async def test_many_who_ask_after_a_failure_make_no_more_attempts(
    db: Database, refresher: Refresher, caplog: pytest.LogCaptureFixture
) -> None:
    db.fetch("ALTER TABLE vo_lcc.records RENAME TO elsewhere")

    assert [await refresher.fresh() for _ in range(20)] == [False] * 20
    assert caplog.text.count("are not refreshed") == 1

    db.fetch("ALTER TABLE vo_lcc.elsewhere RENAME TO records")
    await asyncio.sleep(PAUSE)
    assert await refresher.fresh()
