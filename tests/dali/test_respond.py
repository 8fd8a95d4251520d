import asyncio

import aiohttp
import pyarrow as pa
import pytest
from aiohttp import web

from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import faults, votable_fault
from vo_lcc.dali.respond import disposition, send_table
from vo_lcc.dali.run import ResultTable
from vo_lcc.db import Streams
from vo_lcc.errors import FatalError, TransientError
from vo_lcc.formats import find_format
from vo_lcc.tables import Column, DocumentHead, TableHead, arrow_schema

COLUMNS = (Column("ra", "double"),)
BATCH = pa.record_batch([pa.array([1.5] * 1000)], arrow_schema(COLUMNS))
STREAMED = ["votable", "votable/td", "csv", "tsv"]


async def breaking(n_batches, error):
    for _ in range(n_batches):
        yield BATCH
    raise error


@pytest.fixture
async def get(aiohttp_client, db):
    """The answer of a server that sends these batches in this format."""

    async def opened(app):
        app[CONTEXT] = Context(db, Streams(db.url))
        yield
        await app[CONTEXT].close()

    async def ask(fmt, batches, **options):
        async def handler(request):
            table = ResultTable(TableHead(COLUMNS), batches)
            return await send_table(request, find_format(fmt), DocumentHead(), [table])

        app = web.Application(middlewares=[faults(votable_fault)])
        app.router.add_get("/", handler)
        app.cleanup_ctx.append(opened)
        return await (await aiohttp_client(app)).get("/", **options)

    return ask


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


@pytest.mark.parametrize("fmt", ["csv", "tsv"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_text_cut_short_breaks_the_connection(get, fmt, coding):
    headers = {"Accept-Encoding": coding}
    reply = await get(fmt, breaking(2, FatalError("no")), headers=headers)

    with pytest.raises(aiohttp.ClientPayloadError):
        await reply.read()


async def test_client_leaving_closes_the_rows(get):
    closed = asyncio.Event()

    async def endless():
        try:
            while True:
                yield BATCH
        finally:
            closed.set()

    reply = await get("csv", endless())
    reply.close()

    await asyncio.wait_for(closed.wait(), 5)


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
