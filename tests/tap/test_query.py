"""How a TAP query gets its plan: from the ones that were kept, or a new one."""

import asyncio

import pytest

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.context import CHECK_INTERVAL, Context
from vo_lcc.dali.params import Params
from vo_lcc.dali.record import Record
from vo_lcc.db import Streams
from vo_lcc.db.catalog import store_schema
from vo_lcc.errors import QueryError
from vo_lcc.tables import Column, Schema, Table
from vo_lcc.tap.params import TapParams
from vo_lcc.tap.planning import SHORT, planned
from vo_lcc.tap.query import plan

NAMES = "SELECT table_name FROM tap_schema.tables"
LIMITS = Limits(default_maxrec=5, hard_maxrec=50)


@pytest.fixture
async def context(db):
    context = Context(db, Streams(db.url), LIMITS)
    yield context
    await context.close()


def asked(query, **more):
    pairs = {"LANG": "ADQL", "QUERY": query, **more}
    return TapParams.parse(Params(tuple(pairs.items())), LIMITS)


def stars(name):
    return Schema("new", (Table("new", "stars", (Column(name, "int"),)),))


async def publish(db, schema):
    with db.load() as load:
        store_schema(load, schema)
    await asyncio.sleep(CHECK_INTERVAL * 1.1)


async def test_a_query_that_comes_again_is_not_compiled_again(context):
    made, kept = Record(), Record()
    first = await planned(context, asked(NAMES), made)

    assert await planned(context, asked(NAMES), kept) is first
    assert await planned(context, asked(NAMES + " "), Record()) is not first
    assert (made.plan, kept.plan) == ("made", "kept")


async def test_a_long_query_is_left_to_a_thread(context):
    context.encoders.shutdown()

    assert await planned(context, asked(NAMES), Record())
    with pytest.raises(RuntimeError, match="shutdown"):
        await planned(context, asked(NAMES + " " * SHORT), Record())


async def test_a_new_catalog_means_new_plans(context, db):
    query = asked("SELECT * FROM new.stars")
    await publish(db, stars("a"))
    before = await planned(context, query, Record())
    await publish(db, stars("b"))

    after = await planned(context, query, Record())

    assert [c.name for c in before.columns + after.columns] == ["a", "b"]


async def test_each_row_limit_has_its_plan(context):
    plans = [
        await planned(context, asked(NAMES, MAXREC=n), Record())
        for n in ("0", "7", "99")
    ]

    assert [plan.maxrec for plan in plans] == [0, 7, 50]


async def test_a_wrong_query_is_wrong_each_time(context):
    for _ in range(2):
        with pytest.raises(QueryError, match="no column `nosuch`"):
            await planned(
                context, asked("SELECT nosuch FROM tap_schema.tables"), Record()
            )


async def test_tables_of_the_server_itself_are_given_whole(context):
    catalog = await context.catalog()

    assert plan(asked(NAMES), catalog, LIMITS).maxrec == 50


async def test_problems_of_all_kinds_are_told_together(context):
    query = "SELECT nosuch, 'a' * 3 FROM tap_schema.tables LIMIT 5"

    with pytest.raises(QueryError) as told:
        plan(asked(query), await context.catalog(), LIMITS)

    assert [column for _, _, column in told.value.problems] == [8, 16, 47]
