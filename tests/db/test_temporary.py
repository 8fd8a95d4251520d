"""Tables that live as long as one statement."""

import asyncio
from dataclasses import replace

import pyarrow as pa
import pytest

from tests.db.statements import LIMITS
from vo_lcc.db import Database, Statement, Step, Streams, TempTable
from vo_lcc.db.copy_encode import HEADER, TRAILER, CopyEncoder
from vo_lcc.db.pools import BULK, BULK_BYTES, INTERACTIVE
from vo_lcc.errors import TransientError, UsageError
from vo_lcc.tables import Column

NUMBERS = pa.record_batch({"n": pa.array([1, 2, 3], pa.int32())})
CREATE = 'CREATE TEMPORARY TABLE "t" ("n" int4) ON COMMIT DROP'
READ = 'SELECT "n" FROM "pg_temp"."t" ORDER BY "n"'
COLUMNS = (Column("n", "int"),)


def blocks(*batches):
    async def given():
        yield HEADER
        for batch in batches:
            yield CopyEncoder(batch.schema).encode(batch)
        yield TRAILER

    return given


def table(*steps, rows=None, size=0):
    return TempTable("t", CREATE, rows or blocks(NUMBERS), steps, size)


def drop_others(db):
    db.fetch(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def values(streams, statement):
    batches = [batch async for batch in streams.run(statement, COLUMNS)]
    return [n for batch in batches for n in batch.column("n").to_pylist()]


async def test_a_statement_reads_the_table_that_came_with_it(streams: Streams):
    assert await values(streams, Statement(READ, tables=(table(),))) == [1, 2, 3]


async def test_a_row_that_is_too_wide_for_a_page_is_told(streams: Streams):
    wide = pa.record_batch({f"c{i}": pa.array(["short text"]) for i in range(1000)})
    columns = ", ".join(f"{name} text" for name in wide.schema.names)
    create = f"CREATE TEMPORARY TABLE t ({columns}) ON COMMIT DROP"
    with pytest.raises(UsageError, match=r"t: a row takes .* send fewer columns"):
        await values(
            streams, Statement(READ, tables=(TempTable("t", create, blocks(wide)),))
        )


SLOW = Step("SELECT pg_sleep(4) IS NULL")


@pytest.fixture
async def narrow(db: Database):
    """Streams with one place of each kind."""
    streams = Streams(
        db.url, replace(LIMITS, connections=1, bulk_connections=1, queue=3)
    )
    yield streams
    await streams.close()


async def test_a_table_that_takes_long_to_load_leaves_its_place_to_others(narrow):
    slow = asyncio.create_task(values(narrow, Statement(READ, tables=(table(SLOW),))))
    await asyncio.sleep(0.2)

    assert await values(narrow, Statement("SELECT 7 AS n")) == [7]
    assert not slow.done()
    assert await slow == [1, 2, 3]


async def test_a_table_that_takes_long_to_load_is_refused_where_there_is_no_place(
    narrow,
):
    statement = Statement(READ, tables=(table(SLOW),))
    first = asyncio.create_task(values(narrow, statement))
    await asyncio.sleep(1.5)  # it is in the bulk place now
    second = asyncio.create_task(values(narrow, statement))
    await asyncio.sleep(0.2)

    assert await values(narrow, Statement("SELECT 7 AS n")) == [7]
    with pytest.raises(TransientError, match="takes longer than it was thought to"):
        await second
    assert await first == [1, 2, 3]


async def test_nothing_of_the_table_is_left_for_the_next_statement(
    streams: Streams, db: Database
):
    await values(streams, Statement(READ, tables=(table(),)))

    with pytest.raises(Exception, match="internal error"):
        await values(streams, Statement(READ))
    assert db.fetch("SELECT count(*) FROM pg_class WHERE relpersistence = 't'") == [
        (0,)
    ]


async def test_statements_with_tables_share_a_connection_that_others_use_too(
    streams: Streams,
):
    backend = 'SELECT pg_backend_pid() AS n FROM "pg_temp"."t" LIMIT 1'
    plain = Statement("SELECT pg_backend_pid() AS n")
    asked = [plain, *(Statement(backend, tables=(table(),)) for _ in range(3)), plain]

    found = [await values(streams, each) for each in asked]

    assert len({pid for (pid,) in found}) == 1


async def test_after_a_statement_with_tables_the_connection_is_read_only_as_before(
    streams: Streams,
):
    await values(streams, Statement(READ, tables=(table(),)))
    said = "current_setting('transaction_read_only') = 'on'"

    assert await values(streams, Statement(f"SELECT 1 AS n WHERE {said}")) == [1]


async def test_a_statement_with_tables_forgives_connections_that_were_dropped(
    streams: Streams, db: Database
):
    await values(streams, Statement(READ, tables=(table(),)))
    drop_others(db)

    assert await values(streams, Statement(READ, tables=(table(),))) == [1, 2, 3]


async def test_a_table_is_loaded_again_where_a_kept_connection_is_lost_meanwhile(
    streams: Streams, db: Database
):
    await values(streams, Statement(READ, tables=(table(),)))
    given = 0

    async def lost_once():
        nonlocal given
        given += 1
        async for block in blocks(NUMBERS)():
            if given == 1:
                await asyncio.to_thread(drop_others, db)
            yield block

    statement = Statement(READ, tables=(table(rows=lost_once),))

    assert await values(streams, statement) == [1, 2, 3]
    assert given == 2


async def test_a_statement_with_tables_that_fails_leaves_no_transaction_open(
    streams: Streams,
):
    with pytest.raises(UsageError):
        await values(streams, Statement(f"{READ} LIMIT 1/0", tables=(table(),)))

    assert await values(streams, Statement(READ, tables=(table(),))) == [1, 2, 3]


async def test_many_statements_have_tables_of_one_name_at_once(streams: Streams):
    def own(n):
        batch = pa.record_batch({"n": pa.array([n], pa.int32())})
        return Statement(READ, tables=(table(rows=blocks(batch)),))

    found = await asyncio.gather(*(values(streams, own(n)) for n in range(6)))

    assert found == [[n] for n in range(6)]


async def test_what_a_user_wrote_runs_in_a_transaction_that_is_read_only(
    streams: Streams,
):
    said = "current_setting('transaction_read_only') = 'on'"
    sql = f'SELECT count(*)::int4 AS n FROM "pg_temp"."t" WHERE {said}'

    assert await values(streams, Statement(sql, tables=(table(),))) == [3]


async def test_a_step_completes_the_table(streams: Streams):
    double = Step('ALTER TABLE "pg_temp"."t" ALTER "n" TYPE int4 USING 2 * "n"')

    assert await values(streams, Statement(READ, tables=(table(double),))) == [2, 4, 6]


@pytest.mark.parametrize("sql", ["SELECT true", "SELECT 'x'::int4", "SELECT 1 / 0"])
async def test_a_step_that_finds_a_fault_or_fails_for_a_value_tells_it(
    streams: Streams, sql
):
    step = Step(sql, "n is not as it should be")

    with pytest.raises(UsageError, match="n is not as it should be"):
        await values(streams, Statement(READ, tables=(table(step),)))


async def test_what_is_wrong_with_the_rows_is_told_as_it_is(streams: Streams):
    async def breaking():
        yield HEADER
        raise UsageError("row 7 is bad")

    with pytest.raises(UsageError, match="row 7 is bad"):
        await values(streams, Statement(READ, tables=(table(rows=breaking),)))
    assert await values(streams, Statement(READ, tables=(table(),))) == [1, 2, 3]


async def test_who_asks_is_told_how_large_it_is_before_it_starts(streams: Streams):
    told = []

    async def sized(kind):
        told.append(kind)

    statement = Statement(READ, sized=sized, tables=(table(),))

    assert await values(streams, statement) == [1, 2, 3]
    assert told == [INTERACTIVE]


async def test_much_to_load_is_bulk_and_is_not_loaded_before_that_is_told(
    streams: Streams,
):
    class TooManyError(Exception):
        pass

    async def sized(kind):
        assert kind == BULK
        raise TooManyError

    async def never():
        pytest.fail("it was loaded")
        yield b""

    large = table(rows=never, size=BULK_BYTES)

    with pytest.raises(TooManyError):
        await values(streams, Statement(READ, sized=sized, tables=(large,)))


async def test_loading_that_takes_too_long_is_stopped(db: Database):
    streams = Streams(db.url, replace(LIMITS, first_row=0.3))

    async def slow():
        yield HEADER
        await asyncio.sleep(60)

    late = Statement(READ, "run it as a job", tables=(table(rows=slow),))
    with pytest.raises(UsageError, match=r"0\.3 s .*; run it as a job"):
        await values(streams, late)

    assert await values(streams, Statement(READ, tables=(table(),))) == [1, 2, 3]
    await streams.close()


async def test_a_statement_with_tables_may_wait_for_its_place_as_long_as_any(
    db: Database,
):
    streams = Streams(db.url, replace(LIMITS, queue=600))
    allowed = "current_setting('idle_in_transaction_session_timeout')::interval"
    sql = f"SELECT extract(epoch FROM {allowed})::int AS n"

    assert await values(streams, Statement(sql, tables=(table(),))) == [660]
    await streams.close()


async def test_a_reader_that_leaves_while_rows_come_in_leaves_nothing(db: Database):
    streams = Streams(db.url, LIMITS)
    began = asyncio.Event()

    async def slow():
        yield HEADER
        began.set()
        await asyncio.sleep(60)
        yield TRAILER

    statement = Statement(READ, tables=(table(rows=slow),))
    task = asyncio.ensure_future(values(streams, statement))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await values(streams, Statement(READ, tables=(table(),))) == [1, 2, 3]
    await streams.close()
    copying = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%t%FROM%'"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    # PostgreSQL sees a bit later that a connection was cut
    for _ in range(250):
        if not db.fetch(copying):
            return
        await asyncio.sleep(0.02)
    pytest.fail("it still takes rows in")


async def test_a_table_can_be_explained(streams: Streams):
    estimate = await streams.explain(Statement(READ, tables=(table(),)))

    assert "pg_temp" in "".join(estimate.plan) or " t " in "".join(estimate.plan)
