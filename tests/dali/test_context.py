import asyncio
import threading

import pytest
from aiohttp.test_utils import make_mocked_request

from vo_lcc.dali.context import CHECK_INTERVAL, ENCODERS, Context
from vo_lcc.db import Database, Streams
from vo_lcc.db.catalog import store_schema
from vo_lcc.errors import TransientError
from vo_lcc.tables import Column, Schema, Table

NEW = Schema("new", (Table("new", "stars", (Column("a", "int"),)),))


@pytest.fixture
async def context(db):
    context = Context(db, Streams(db.url))
    yield context
    await context.close()


def request(**headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", {"Host": "localhost:8080", **names})


async def test_catalog_is_read_once_while_nothing_changes(context):
    first = await context.catalog()
    await asyncio.sleep(CHECK_INTERVAL * 1.1)

    assert await context.catalog() is first


async def test_change_of_the_catalog_is_seen_within_seconds(context, db):
    assert (await context.catalog()).find_table("new.stars") is None
    with db.load() as load:
        store_schema(load, NEW)
    await asyncio.sleep(CHECK_INTERVAL * 1.1)

    assert (await context.catalog()).find_table("new.stars")


async def test_many_requests_at_once_read_the_catalog_once(context):
    found = await asyncio.gather(*(context.catalog() for _ in range(50)))

    assert all(catalog is found[0] for catalog in found)


async def test_what_is_known_to_be_outdated_is_waited_for(context, db):
    old = await context.catalog()
    with db.load() as load:
        store_schema(load, NEW)
    with db.transaction() as cur:
        cur.execute("LOCK TABLE vo_lcc.catalog_version IN ACCESS EXCLUSIVE MODE")
        context.forget(None)
        looking = asyncio.create_task(context.catalog())
        await asyncio.sleep(0.1)
        assert await context.catalog() is old  # while another looks
        context.forget(old.version)
        waiting = asyncio.create_task(context.catalog())
        await asyncio.sleep(0.1)
        assert not waiting.done()

    assert (await waiting).find_table("new.stars")
    await looking


async def test_what_is_being_read_keeps_no_result_waiting(context):
    go_on = threading.Event()
    reading = [
        asyncio.ensure_future(context.read(go_on.wait)) for _ in range(2 * ENCODERS)
    ]
    try:
        async with asyncio.timeout(5):
            assert await context.compute(max, 1, 2) == 2
        assert not any(each.done() for each in reading)
    finally:
        go_on.set()
        await asyncio.gather(*reading)


async def test_database_that_is_away_is_a_transient_error():
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    context = Context(Database(url), Streams(url))

    with pytest.raises(TransientError):
        await context.check_database()
    with pytest.raises(TransientError):
        await context.catalog()
    await context.close()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "http://localhost:8080"),
        ({"X_Forwarded_Proto": "https"}, "https://localhost:8080"),
        ({"X_Forwarded_Host": "a.example, b.example"}, "http://a.example"),
        ({"X_Forwarded_Host": "[::1]:8443"}, "http://[::1]:8443"),
        ({"X_Forwarded_Prefix": "/lc/"}, "http://localhost:8080/lc"),
        ({"X_Forwarded_Proto": "gopher"}, "http://localhost:8080"),
        ({"X_Forwarded_Host": "a b"}, "http://localhost:8080"),
        ({"X_Forwarded_Prefix": '/"x'}, "http://localhost:8080"),
        ({"X_Forwarded_Host": "a.example:99999"}, "http://localhost:8080"),
        ({"Host": "a<b"}, "http://localhost"),
        ({"Host": "a:99999"}, "http://localhost"),
        ({"Host": "1.2.3.999"}, "http://localhost"),
        ({"Host": "[:::]"}, "http://localhost"),
        ({"Host": "xn--a"}, "http://localhost"),
    ],
)
async def test_base_url_is_the_one_the_client_sees(context, headers, expected):
    assert context.base_url(request(**headers)) == expected


async def test_configured_base_url_wins(db):
    context = Context(db, Streams(db.url), public_url="https://vo.example.org/lc/")

    told = context.base_url(request(X_Forwarded_Host="evil.example"))

    assert told == "https://vo.example.org/lc"
    await context.close()
