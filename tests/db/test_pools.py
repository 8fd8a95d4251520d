import asyncio
from asyncio import FIRST_COMPLETED
from contextlib import AbstractContextManager, aclosing, nullcontext

import pytest

from tests.db.statements import (
    ENDLESS,
    ROWLESS,
    column,
    rows_of,
    running,
    until,
)
from vo_lcc.db import Database, Statement, Streams
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import TooManyRequestsError, TransientError


async def test_long_queries_beyond_their_pool_wait_then_are_refused(streams: Streams):
    first, second = (streams.run(Statement(ENDLESS), column("long")) for _ in range(2))
    await anext(first)
    await anext(second)

    with pytest.raises(TransientError, match="2 queries are running"):
        await rows_of(streams, ENDLESS, "long")

    await first.aclose()
    third = streams.run(Statement(ENDLESS), column("long"))
    assert (await anext(third)).num_rows > 0
    await second.aclose()
    await third.aclose()


async def test_short_queries_do_not_wait_for_long_ones(streams: Streams):
    running = [streams.run(Statement(ENDLESS), column("long")) for _ in range(2)]
    for each in running:
        await anext(each)

    assert (await rows_of(streams, "SELECT 1 AS n")).num_rows == 1

    for each in running:
        await each.aclose()


async def test_a_query_longer_than_was_thought_gives_up_its_place_though_nobody_reads(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("vo_lcc.db.pools.OVERRUN_SECONDS", 0.05)
    taken = Statement(ENDLESS, pool=INTERACTIVE)
    running = [streams.run(taken, column("long")) for _ in range(2)]
    for each in running:
        await anext(each)

    assert (await rows_of(streams, "SELECT 1 AS n")).num_rows == 1

    for each in running:
        await each.aclose()


def refuse() -> AbstractContextManager[None]:
    raise TooManyRequestsError("enough")


@pytest.mark.parametrize("admit", [nullcontext, refuse])
@pytest.mark.parametrize("sql", [ENDLESS, ROWLESS])
async def test_a_query_that_is_long_and_may_have_no_place_for_that_leaves_its_own(
    streams: Streams, db: Database, monkeypatch: pytest.MonkeyPatch, sql, admit
):
    monkeypatch.setattr("vo_lcc.db.pools.OVERRUN_SECONDS", 0.05)
    long = [streams.run(Statement(ENDLESS), column("long")) for _ in range(2)]
    for each in long if admit is nullcontext else []:
        await anext(each)
    others = running(db)
    reads_on = asyncio.Event()

    async def read() -> None:
        taken = Statement(sql, pool=INTERACTIVE, admit=admit)
        async with aclosing(streams.run(taken, column("long"))) as rows:
            async for _ in rows:
                await reads_on.wait()

    readers = [asyncio.ensure_future(read()) for _ in range(2)]
    await asyncio.sleep(0.3)
    assert running(db) == others + 2  # as nobody needs their places

    assert (await rows_of(streams, "SELECT 1 AS n")).num_rows == 1

    reads_on.set()
    ended, _ = await asyncio.wait(readers, timeout=5, return_when=FIRST_COMPLETED)
    with pytest.raises(TransientError, match=r"enough|2 such"):
        await ended.pop()
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)
    for each in long:
        await each.aclose()
    await until(db, 0)


async def test_who_has_too_many_long_queries_is_refused_before_one_starts(
    streams: Streams, db: Database
):
    with pytest.raises(TooManyRequestsError):
        await anext(streams.run(Statement(ENDLESS, admit=refuse), column("long")))

    assert running(db) == 0
    short = streams.run(Statement("SELECT 1 AS n", admit=refuse), column("int"))
    assert (await anext(short)).num_rows == 1
