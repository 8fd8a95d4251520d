"""The endpoint as harvesters use it, over HTTP."""

import asyncio
import gzip
from collections import Counter

import aiohttp
import pytest
import zstandard
from aiohttp import web
from lxml import etree
from sickle import Sickle, oaiexceptions

from tests.registry.oai_records import OAI, code, emptied, record
from tests.registry.oai_records import store as stored
from vo_lcc.dali.capability import Publisher
from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import faults
from vo_lcc.db import Database, Streams
from vo_lcc.errors import TooManyRequestsError
from vo_lcc.registry import handlers, store
from vo_lcc.registry.oai import lists

XML = "text/xml; charset=utf-8"
RECORDS = (
    record("registry"),
    *(record(f"x{i:02}", i) for i in range(1, 24)),
    record("gone", 100, "deleted"),
)


@pytest.fixture
async def asked():
    """How often each path asked that the records be fresh."""
    return Counter()


@pytest.fixture
async def served(aiohttp_server, asked):
    """Serves the records of a database: `await served(database)` is the address."""
    contexts = []

    async def serve(database, middleware=()):
        context = Context(
            database, Streams(database.url), publisher=Publisher("example.org")
        )
        contexts.append(context)

        async def fresh(request):
            asked[request.path] += 1

        app = web.Application(client_max_size=100_000)
        app[CONTEXT] = context
        app[handlers.FRESH] = fresh
        app[handlers.PLACES] = handlers.places()
        oai = web.Application(middlewares=[faults(handlers.oai_fault), *middleware])
        oai.add_routes(handlers.routes)
        app.add_subapp("/oai", oai)
        return str((await aiohttp_server(app)).make_url("/oai"))

    serve.contexts = contexts
    yield serve
    for context in contexts:
        await context.close()


@pytest.fixture
async def records(session_db):
    emptied(session_db)
    stored(session_db, *RECORDS)
    yield session_db
    emptied(session_db)


@pytest.fixture
async def url(served, records):
    return await served(records)


async def taken(url, method="GET", **arguments):
    """What sickle takes: the headers of all records, and the records that are there."""

    def take():
        sickle = Sickle(url, http_method=method, timeout=20)
        found = list(sickle.ListRecords(metadataPrefix="ivo_vor", **arguments))
        return [each.header.identifier.rpartition("/")[2] for each in found], found

    return await asyncio.to_thread(take)


async def document(url, method="GET", **sent):
    """The answer to one request, as an element."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, **sent) as reply,
    ):
        assert (reply.status, reply.headers["Content-Type"]) == (200, XML)
        return etree.fromstring(await reply.read())


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_sickle_takes_every_record(url, monkeypatch, method):
    monkeypatch.setattr(lists, "PAGE", 10)
    names, found = await taken(url, method)

    assert names == ["registry", *(f"x{i:02}" for i in range(1, 24)), "gone"]
    assert [each.deleted for each in found] == [False] * 24 + [True]
    titles = [each.xml.findtext(".//title") for each in found[:-1]]
    assert titles == [f"Stars <{name}> of Böhm" for name in names[:-1]]


async def test_sickle_takes_dublin_core(url):
    def take():
        records = Sickle(url).ListRecords(metadataPrefix="oai_dc", ignore_deleted=True)
        return [each.metadata["identifier"][0] for each in records]

    found = await asyncio.to_thread(take)

    assert found[0] == "ivo://example.org/registry"
    assert len(found) == 24


async def test_sickle_takes_what_has_changed_since_the_last_time(url, records):
    """The next `from` is the date of the first answer; here of the newest record."""
    _, before = await taken(url)
    stored(
        records,
        record("x03", 200, "deleted"),
        record("x04", 200),
        record("new", 201),
    )
    names, found = await taken(url, **{"from": before[-1].header.datestamp})

    assert names == ["gone", "x03", "x04", "new"]
    assert [each.deleted for each in found] == [True, True, False, False]


async def test_sickle_learns_of_formats_sets_and_the_repository(url):
    def take():
        sickle = Sickle(url)
        return (
            sickle.Identify(),
            [each.metadataPrefix for each in sickle.ListMetadataFormats()],
            [each.setSpec for each in sickle.ListSets()],
        )

    identified, formats, sets = await asyncio.to_thread(take)

    assert identified.baseURL == url
    assert identified.deletedRecord == "persistent"
    assert formats == ["ivo_vor", "oai_dc"]
    assert sets == ["ivo_managed"]


async def test_sickle_is_told_that_nothing_has_changed(url):
    with pytest.raises(oaiexceptions.NoRecordsMatch):
        await taken(url, **{"from": "2026-02-01T00:00:00Z"})


async def test_get_and_post_are_the_same(url):
    asked = {"verb": "GetRecord", "metadataPrefix": "oai_dc"}
    asked["identifier"] = "ivo://example.org/x01"

    got = await document(url, params=asked)
    posted = await document(url, "POST", data=asked)

    for each in (got, posted):
        each.remove(each.find(f"{OAI}responseDate"))
    assert etree.tostring(got) == etree.tostring(posted)


@pytest.mark.parametrize(
    "query",
    [
        "verb=Identify&x=%00",
        "verb=ListRecords&metadataPrefix=oai_dc&from=%00",
        "verb=Identify&RUNID=" + "x" * 100,
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=%ff%fe",
        "verb=Identify&verb=%00",
    ],
)
async def test_arguments_that_cannot_be_read_are_bad(url, query):
    answer = await document(f"{url}?{query}")

    assert code(answer) in ("badArgument", "badVerb")
    assert answer.findtext(f"{OAI}request") == url


async def test_a_body_that_is_too_large_is_refused(url):
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data={"verb": "x" * 200_000}) as reply,
    ):
        assert reply.status == 413
        assert reply.content_type == "text/plain"


async def test_records_are_made_fresh_before_each_answer(url, asked):
    for _ in range(2):
        await document(url, params={"verb": "ListSets"})

    assert asked == {"/oai": 2}


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [
        ("gzip", gzip.decompress),
        (
            "zstd",
            lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
        ),
        ("identity", bytes),
    ],
)
async def test_answers_are_packed_as_the_client_wants(url, coding, unpack):
    query = {"verb": "ListRecords", "metadataPrefix": "ivo_vor"}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(url, params=query, headers={"Accept-Encoding": coding}) as reply,
    ):
        body = await reply.read()
        assert reply.headers.get("Content-Encoding", "identity") == coding
    root = etree.fromstring(unpack(body))

    assert len(root.findall(f".//{OAI}record")) == len(RECORDS)


async def test_without_a_database_harvesters_are_told_to_come_again(served):
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    url = await served(database)
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, params={"verb": "Identify"}) as reply,
    ):
        assert reply.status == 503
        assert int(reply.headers["Retry-After"]) > 0


async def test_a_harvester_that_asks_too_much_is_told_so_in_words_it_knows(
    served, records
):
    @web.middleware
    async def crowded(request, handler):
        raise TooManyRequestsError("you have too many requests in progress")

    url = await served(records, [crowded])
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        assert reply.status == 503
        assert int(reply.headers["Retry-After"]) > 0


async def test_harvesters_that_wait_for_changes_keep_nobody_else_waiting(
    served, records
):
    url = await served(records)
    with records.transaction() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (store.CHANGING,))
        waiting = [
            asyncio.create_task(document(url, params={"verb": "ListSets"}))
            for _ in range(8)
        ]
        await asyncio.sleep(0.3)
        for leaving in waiting[:4]:  # threads go on without them
            leaving.cancel()
        await asyncio.sleep(0.3)
        asked = served.contexts[0].run(store.earliest_datestamp)
        earliest = await asyncio.wait_for(asked, 10)

    assert earliest is not None
    for answer in await asyncio.gather(*waiting[4:]):
        assert answer.find(f"{OAI}ListSets") is not None


async def test_harvesters_do_not_wait_for_ever(served, records, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    url = await served(records)
    with records.transaction() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (store.CHANGING,))
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, params={"verb": "Identify"}) as reply,
        ):
            assert reply.status == 503
            assert int(reply.headers["Retry-After"]) > 0
