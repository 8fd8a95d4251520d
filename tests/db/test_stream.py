import asyncio
import gc
import resource
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from tests.db.statements import (
    ENDLESS,
    LIMITS,
    column,
    rows_of,
    running,
    until,
)
from vo_lcc.db import Database, Statement, Streams, session
from vo_lcc.db.faults import find_fault
from vo_lcc.db.session import sqlstate_of
from vo_lcc.errors import (
    FatalError,
    TransientError,
    UsageError,
    VOError,
)


def make_function(db: Database, name: str, body: str, kind: str = "VOLATILE") -> None:
    db.fetch(
        f"CREATE FUNCTION public.{name}() RETURNS int {kind} LANGUAGE plpgsql"
        f" AS $$BEGIN {body}; END$$"
    )


def connections(db: Database) -> set[int]:
    """The processes that serve the connections of streams."""
    rows = db.fetch(
        "SELECT pid FROM pg_stat_activity"
        " WHERE application_name = 'vo_lcc reader' AND datname = current_database()"
    )
    return {pid for (pid,) in rows}


async def test_all_rows_come_in_order(streams: Streams):
    table = await rows_of(streams, "SELECT g FROM generate_series(1, 200000) AS g")

    assert table["n"].to_pylist() == list(range(1, 200001))


async def test_no_rows_are_no_batches(streams: Streams):
    sql = "SELECT 1::float8 AS n WHERE false"

    assert [b async for b in streams.run(Statement(sql), column("double"))] == []


async def test_the_first_batch_is_small(streams: Streams):
    stream = streams.run(Statement(ENDLESS), column("long"))
    batch = await anext(stream)
    await stream.aclose()

    assert 0 < batch.nbytes <= 512 * 1024


async def test_closing_cancels_the_statement(streams: Streams, db: Database):
    stream = streams.run(Statement(ENDLESS), column("long"))
    await anext(stream)
    assert running(db) == 1

    await stream.aclose()

    await until(db, 0)


async def test_cancelling_the_task_cancels_the_statement(
    streams: Streams, db: Database
):
    sql = f"SELECT count(*) FROM ({ENDLESS}) AS q"
    task = asyncio.ensure_future(rows_of(streams, sql, "long"))
    await until(db, 1)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await until(db, 0)


async def test_leaving_while_a_later_batch_is_read_ends_the_statement(
    streams: Streams, db: Database
):
    sql = (  # many rows at once, then none for long
        "SELECT CASE g WHEN 100000 THEN pg_sleep(100)::text END AS wait"
        " FROM (SELECT generate_series(1, 1000000000000) AS g) AS numbers"
    )
    for _ in range(3):
        task = asyncio.ensure_future(rows_of(streams, sql, "char"))
        await until(db, 1, "AND wait_event = 'PgSleep'")

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        await until(db, 0)


async def test_readers_that_leave_at_any_moment_leave_nothing_behind(
    streams: Streams, db: Database
):
    sql = ENDLESS.replace("generate_series", "repeat('x', 1000) || generate_series")
    for wait in range(40):
        task = asyncio.ensure_future(rows_of(streams, sql, "char"))
        await asyncio.sleep(wait / 1000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await until(db, 0)
    assert (await rows_of(streams, "SELECT 7 AS n"))["n"].to_pylist() == [7]


async def test_a_slow_first_row_is_stopped_with_the_limit_named(db: Database):
    streams = Streams(db.url, replace(LIMITS, first_row=0.3))

    with pytest.raises(UsageError, match=r"limit of 0\.3 s"):
        await rows_of(streams, f"SELECT count(*) FROM ({ENDLESS}) AS q")

    await until(db, 0)
    await streams.close()


async def test_a_reader_that_stalls_is_stopped(db: Database):
    streams = Streams(db.url, replace(LIMITS, stall=0.2))
    stream = streams.run(Statement(ENDLESS), column("long"))
    await anext(stream)

    await asyncio.sleep(0.4)

    with pytest.raises(UsageError, match=r"not read for 0\.2 s"):
        async for _ in stream:
            pass
    await until(db, 0)
    await streams.close()


async def test_a_stream_has_a_longest_time(db: Database):
    streams = Streams(db.url, replace(LIMITS, total=0.3))

    with pytest.raises(UsageError, match=r"longer than the limit of 0\.3 s"):
        await rows_of(streams, ENDLESS, "long")

    await streams.close()


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        ("SELECT 1/0", UsageError, "divides by zero"),
        ("SELECT 2147483647 + 1", UsageError, "out of the range"),
        (
            "SELECT (SELECT g FROM generate_series(1, 2) AS g)",
            UsageError,
            "more than one row",
        ),
        (
            "SELECT a FROM (VALUES (1)) t(a) FULL JOIN (VALUES (1)) u(b) ON a < b",
            UsageError,
            "FULL JOIN",
        ),
        ("SELECT nothing", FatalError, "^internal error$"),
        ("SELECT * FROM vo_lcc.migrations", FatalError, "^internal error$"),
        ("DELETE FROM tap_schema.tables", FatalError, "^internal error$"),
        ("CREATE TABLE public.t (a int)", FatalError, "^internal error$"),
        ("SELECT 1/(g-50000) FROM generate_series(1,60000) g", UsageError, "zero"),
        (
            "SELECT set_config('transaction_read_only', 'off', false)",
            FatalError,
            "^internal error$",
        ),
    ],
)
async def test_a_failing_statement_tells_no_database_text(
    streams: Streams, sql: str, kind: type[Exception], says: str
):
    with pytest.raises(kind, match=says):
        await rows_of(streams, sql, "char")


async def test_a_row_that_is_too_large_is_not_read(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(session, "LARGEST", 1_000_000)
    with pytest.raises(UsageError, match="a row of the result is too large"):
        await rows_of(streams, "SELECT repeat('x', 1500000) AS n", "char")

    fits = await rows_of(streams, "SELECT repeat('x', 900000) AS n", "char")
    assert fits.num_rows == 1


async def test_nothing_is_left_of_rows_that_are_too_large(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
):
    """Not even until Python looks for what holds itself, which it does not by size."""
    monkeypatch.setattr(session, "LARGEST", 1_000_000)
    await rows_of(streams, "SELECT 1 AS n")
    gc.collect()
    gc.disable()
    try:
        before = resident()
        for _ in range(5):
            with pytest.raises(UsageError):
                await rows_of(streams, "SELECT repeat('x', 40000000) AS n", "char")
            await asyncio.sleep(0.1)
        grown = resident() - before
    finally:
        gc.enable()

    assert grown < 100_000_000


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


async def test_the_next_query_works_after_a_failure(streams: Streams):
    with pytest.raises(UsageError):
        await rows_of(streams, "SELECT 1/0")

    assert (await rows_of(streams, "SELECT 7 AS n"))["n"].to_pylist() == [7]


async def test_a_dropped_connection_is_replaced(streams: Streams, db: Database):
    await rows_of(streams, "SELECT 1 AS n")
    db.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'vo_lcc reader' AND datname = current_database()"
    )

    assert (await rows_of(streams, "SELECT 2 AS n"))["n"].to_pylist() == [2]


async def test_only_a_dropped_connection_lets_a_statement_be_tried_again(
    streams: Streams, db: Database
):
    make_function(db, "broken", "RAISE 'x' USING ERRCODE = 'disk_full'; RETURN 1")
    opened = [streams.run(Statement("SELECT 1 AS n"), column("int")) for _ in range(2)]
    for each in opened:
        await anext(each)
    for each in opened:
        await each.aclose()
    before = connections(db)

    with pytest.raises(TransientError, match="the disk of the database is full"):
        await rows_of(streams, "SELECT public.broken() AS n")

    assert before & connections(db)


async def test_a_plan_that_takes_long_is_told_with_the_advice_for_its_own_query(
    db: Database,
):
    make_function(db, "slow", "PERFORM pg_sleep(5); RETURN 1", "IMMUTABLE")
    streams = Streams(db.url, replace(LIMITS, first_row=0.3))
    before = streams.run(
        Statement("SELECT 1 AS n", "that of the one before"), column("int")
    )
    assert [batch.num_rows async for batch in before] == [1]

    with pytest.raises(UsageError, match=r"0\.3 s .*; its own"):
        await anext(
            streams.run(Statement("SELECT slow() AS n", "its own"), column("int"))
        )

    await streams.close()


async def test_a_lost_connection_in_mid_stream_is_an_error(streams, db: Database):
    stream = streams.run(Statement(ENDLESS), column("long"))
    await anext(stream)
    db.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'vo_lcc reader' AND datname = current_database()"
    )

    with pytest.raises(VOError):
        async for _ in stream:
            pass


def test_a_connection_that_is_ended_between_two_messages_is_a_lost_one():
    # what asyncpg raises when the server ends a connection just after it has
    # prepared a statement
    ended = asyncpg.InternalClientError("cannot switch to state 12; another ... (2)")

    assert find_fault(sqlstate_of(ended))[0] is TransientError


async def test_a_database_that_is_away_is_a_transient_error(tmp_path):
    streams = Streams(f"postgresql://nobody@/nothing?host={tmp_path}")

    with pytest.raises(TransientError, match="cannot be reached"):
        await rows_of(streams, "SELECT 1")

    await streams.close()


def test_the_database_comes_back_after_its_connections_are_dropped(db: Database):
    ((pid,),) = db.fetch("SELECT pg_backend_pid()")
    other = Database(db.url)
    other.fetch("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    other.close()

    assert db.fetch("SELECT 2") == [(2,)]


def test_a_connection_lost_in_a_statement_is_a_transient_error(db: Database):
    with pytest.raises(TransientError, match="went away"):
        db.fetch("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)")


def test_a_connection_is_kept_for_the_next_statement(db: Database):
    ((first,),) = db.fetch("SELECT pg_backend_pid()")
    ((second,),) = db.fetch("SELECT pg_backend_pid()")

    assert first == second


async def test_a_statement_can_be_planned_without_being_run(streams: Streams):
    estimate = await streams.explain(Statement(ENDLESS))

    assert estimate.rows == 1_000_000_000_000
    assert estimate.cost > 1e9
    assert "ProjectSet" in estimate.plan[0]
    assert (await rows_of(streams, "SELECT 7 AS n"))["n"].to_pylist() == [7]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "SELECT 1; COMMIT; DROP TABLE tap_schema.tables",
        "SELECT * FROM vo_lcc.migrations",
        "ANALYZE DELETE FROM tap_schema.tables",
    ],
)
async def test_planning_is_for_one_statement_of_a_reader(
    streams: Streams, db: Database, sql: str
):
    with pytest.raises(FatalError):
        await streams.explain(Statement(sql))

    assert db.fetch("SELECT count(*) > 0 FROM tap_schema.tables") == [(True,)]


def test_a_silent_network_is_noticed_unless_the_url_says_otherwise(db: Database):
    patient = Database(f"{db.url} keepalives_idle=777")
    with patient.transaction() as cur:
        said = cur.connection.get_dsn_parameters()
    patient.close()

    assert (said["keepalives_idle"], said["tcp_user_timeout"]) == ("777", "60000")


def test_who_is_stopped_in_a_transaction_holds_its_locks_for_a_minute(db: Database):
    said = "current_setting('idle_in_transaction_session_timeout')"

    assert db.fetch(f"SELECT {said}") == [("1min",)]
