import asyncio
import gzip

import aiohttp
import pyarrow as pa
import pytest
import zstandard
from aiohttp import web

from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import faults, votable_fault
from vo_lcc.dali.respond import (
    LINGER,
    Ahead,
    disposition,
    metadata_link,
    send_table,
)
from vo_lcc.dali.run import ResultTable
from vo_lcc.db import StreamLimits, Streams
from vo_lcc.errors import FatalError, TransientError
from vo_lcc.formats import find_format
from vo_lcc.heads import DocumentHead, Info, TableHead
from vo_lcc.tables import Column, arrow_schema

COLUMNS = (Column("ra", "double"),)
BATCH = pa.record_batch([pa.array([1.5] * 1000)], arrow_schema(COLUMNS))
STREAMED = ["votable", "votable/td", "csv", "tsv"]


async def breaking(n_batches, error, pause=0.0):
    for _ in range(n_batches):
        yield BATCH
    await asyncio.sleep(pause)
    raise error


@pytest.fixture
async def get(aiohttp_client, session_db):
    """The answer of a server that sends these batches in this format."""

    async def ask(
        fmt, batches, method="GET", auto_decompress=True, stall=300.0, **options
    ):
        async def opened(app):
            app[CONTEXT] = Context(
                session_db, Streams(session_db.url, StreamLimits(stall=stall))
            )
            yield
            await app[CONTEXT].close()

        async def handler(request):
            rows = batches() if callable(batches) else batches
            table = ResultTable(TableHead(COLUMNS), rows)
            return await send_table(request, find_format(fmt), DocumentHead(), [table])

        app = web.Application(middlewares=[faults(votable_fault)])
        app.router.add_get("/", handler)
        app.cleanup_ctx.append(opened)
        client = await aiohttp_client(app, auto_decompress=auto_decompress)
        return await client.request(method, "/", **options)

    return ask


async def many(n_batches):
    for _ in range(n_batches):
        yield BATCH


async def written(fmt, n_batches):
    writer = find_format(fmt).open()
    pieces = [writer.head(DocumentHead()), writer.table(TableHead(COLUMNS))]
    rows = [writer.rows(BATCH) for _ in range(n_batches)]
    return b"".join([*pieces, *rows, writer.tail()])


def unzstd(packed):
    return zstandard.ZstdDecompressor().decompressobj().decompress(packed)


@pytest.mark.parametrize("fmt", [*STREAMED, "fits"])
async def test_error_before_the_first_batch_is_a_plain_fault(get, fmt):
    reply = await get(fmt, breaking(0, TransientError("busy")))

    assert reply.status == 503
    assert "busy" in await reply.text()


async def test_error_while_a_fits_file_is_spooled_is_a_plain_fault(get):
    reply = await get("fits", breaking(3, TransientError("busy")))

    assert reply.status == 503


async def test_votable_cut_short_says_so(get):
    reply = await get("votable", breaking(2, TransientError("statement cancelled")))
    text = await reply.text()

    assert reply.status == 200
    assert '<INFO name="QUERY_STATUS" value="ERROR">statement cancelled' in text
    assert text.rstrip().endswith("</VOTABLE>")


@pytest.mark.parametrize("failure", [FatalError("no"), None])
async def test_csv_cut_short_does_not_look_whole_over_http_1_0_either(get, failure):
    async def ending():
        yield BATCH
        await asyncio.sleep(10 * LINGER)
        if failure is not None:
            raise failure

    first = await get("csv", ending, method="HEAD")
    reader, writer = await asyncio.open_connection(first.url.host, first.url.port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")

    if failure is None:
        reply = await asyncio.wait_for(reader.read(), 5)
        assert reply.endswith(b"\r\n\r\n" + await written("csv", 1))
    else:
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 5)
    writer.close()


@pytest.mark.parametrize("fmt", ["csv", "tsv"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_text_cut_short_breaks_the_connection(get, fmt, coding):
    headers = {"Accept-Encoding": coding}
    reply = await get(fmt, breaking(2, FatalError("no"), 10 * LINGER), headers=headers)

    assert reply.status == 200
    with pytest.raises(aiohttp.ClientPayloadError):
        await reply.read()


async def test_text_that_fails_before_any_of_it_was_sent_has_a_plain_fault(get):
    reply = await get("csv", breaking(2, TransientError("busy")))

    assert reply.status == 503


@pytest.mark.parametrize("n_batches", [1, 500])
@pytest.mark.parametrize(
    ("coding", "unpack"),
    [("gzip", gzip.decompress), ("zstd", unzstd), ("identity", bytes)],
)
@pytest.mark.parametrize("fmt", STREAMED)
async def test_an_answer_is_the_same_in_each_content_coding(
    get, fmt, coding, unpack, n_batches
):
    headers = {"Accept-Encoding": coding}
    reply = await get(fmt, many(n_batches), headers=headers, auto_decompress=False)

    assert reply.headers.get("Content-Encoding", "identity") == coding
    assert unpack(await reply.read()) == await written(fmt, n_batches)


async def test_what_is_compressed_already_is_sent_as_it_is(get):
    headers = {"Accept-Encoding": "gzip, zstd"}
    reply = await get("parquet", many(1), headers=headers)

    assert "Content-Encoding" not in reply.headers


async def test_a_short_answer_says_how_long_it_is(get):
    reply = await get("votable", many(1), headers={"Accept-Encoding": "identity"})

    assert int(reply.headers["Content-Length"]) == len(await reply.read())


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_the_first_rows_do_not_wait_for_those_that_take_long(get, coding):
    more = asyncio.Event()

    async def slow():
        yield BATCH
        await more.wait()
        yield BATCH

    headers = {"Accept-Encoding": coding}
    reply = await get("csv", slow(), headers=headers)
    first = await reply.content.readany()
    more.set()
    rest = await reply.read()

    assert first.startswith(b"ra\r\n1.5")
    assert (first + rest).count(b"1.5") == 2000


async def test_a_table_without_metadata_links_to_them(get):
    asked = DocumentHead((Info("request", "https://a.b/tap/sync?QUERY=q&FORMAT=csv"),))
    link = metadata_link(find_format("csv"), asked)["Link"]

    assert link == (
        "<https://a.b/tap/sync?QUERY=q&RESPONSEFORMAT=votable%2Ftd&MAXREC=0>;"
        ' rel="describedby"; type="application/x-votable+xml"'
    )
    assert metadata_link(find_format("votable"), asked) == {}


async def test_head_has_the_headers_of_the_whole_answer(get):
    reply = await get("csv", many(1), method="HEAD")

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/csv;header=present"
    assert await reply.read() == b""


async def test_client_leaving_closes_the_rows(get):
    closed = asyncio.Event()

    async def endless():
        try:
            while True:
                yield BATCH
        finally:
            closed.set()

    reply = await get("csv", endless())
    before = closed.is_set()
    reply.close()

    assert await asyncio.wait_for(closed.wait(), 5)
    assert not before


async def test_a_client_that_does_not_read_on_is_left(get):
    long = pa.record_batch([pa.array([1.5] * 100_000)], arrow_schema(COLUMNS))
    closed = asyncio.Event()

    async def endless():
        try:
            while True:
                yield long
        finally:
            closed.set()

    headers = {"Accept-Encoding": "identity"}
    reply = await get("csv", endless(), stall=0.2, headers=headers)

    await asyncio.wait_for(closed.wait(), 10)
    with pytest.raises(aiohttp.ClientPayloadError):
        await reply.read()


async def test_pieces_are_closed_even_when_closing_them_is_cancelled():
    closed = asyncio.Event()

    async def pieces():
        try:
            while True:
                yield b"piece"
        finally:
            closed.set()

    ahead = Ahead(pieces())
    await ahead.next()
    leaving = asyncio.ensure_future(ahead.aclose())
    await asyncio.sleep(0)
    leaving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await leaving
    await asyncio.wait_for(closed.wait(), 1)


async def test_fits_comes_with_its_length(get):
    async def rows():
        yield BATCH

    reply = await get("fits", rows())

    assert int(reply.headers["Content-Length"]) == len(await reply.read())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "etc_passwd.csv"),
        ('a"b\r\nX: y', "a_b_X_y.csv"),
        ("", "result.csv"),
        ("λ", "result.csv"),
    ],
)
def test_name_to_save_under_is_harmless(name, expected):
    assert disposition(name, "csv") == f'inline; filename="{expected}"'
