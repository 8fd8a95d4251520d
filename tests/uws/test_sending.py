"""Files of jobs over HTTP: ranges, conditions, lengths."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.dali.context import CONTEXT, Context
from vo_lcc.dali.faults import faults, text_fault
from vo_lcc.db import StreamLimits, Streams
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.sending import (
    ATTACHMENT,
    StoredFile,
    UnsatisfiableError,
    parse_range,
    safe_name,
    send_file,
)
from vo_lcc.uws.service import JOBS, Jobs
from vo_lcc.uws.watch import JobWatch

CONTENT = bytes(range(256)) * 4
KEY = "abc/claim/result"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
FILE = StoredFile(KEY, "text/csv;header=present", len(CONTENT), "a b.csv", MOMENT)
MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT"


async def piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.fixture
async def ask(aiohttp_client, session_db, tmp_path):
    """The answer of a server that sends FILE, or another of the same storage."""
    storage = DiskStorage(tmp_path)
    await storage.write(KEY, piece(CONTENT))

    async def answer(file=FILE, method="GET", stall=300.0, **headers):
        async def opened(app):
            limits = StreamLimits(stall=stall)
            app[CONTEXT] = Context(session_db, Streams(session_db.url, limits))
            app[JOBS] = Jobs(JobWatch(session_db.url), storage)
            yield
            await app[CONTEXT].streams.close()

        async def handler(request):
            return await send_file(request, file)

        app = web.Application(middlewares=[faults(text_fault)])
        app.router.add_get("/", handler)
        app.cleanup_ctx.append(opened)
        client = await aiohttp_client(app)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, "/", headers=sent)

    yield answer
    await storage.close()


async def test_a_file_is_sent_whole_with_all_that_is_known_of_it(ask):
    reply = await ask()

    assert reply.status == 200
    assert await reply.read() == CONTENT
    assert reply.headers["Content-Length"] == "1024"
    assert reply.headers["Content-Type"] == "text/csv;header=present"
    assert reply.headers["Content-Disposition"] == 'inline; filename="a_b.csv"'
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["Last-Modified"] == MODIFIED
    assert reply.headers["ETag"] == f'"{FILE.etag}"'


async def test_a_file_is_never_compressed(ask):
    reply = await ask(Accept_Encoding="gzip, zstd")

    assert "Content-Encoding" not in reply.headers
    assert await reply.read() == CONTENT


async def test_head_tells_the_same_and_sends_nothing(ask):
    reply = await ask(method="HEAD", Range="bytes=0-1")

    assert (reply.status, reply.headers["Content-Length"]) == (200, "1024")
    assert await reply.read() == b""


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=1000-", 1000, 1024),
        ("bytes=-24", 1000, 1024),
        ("bytes=-9999", 0, 1024),
        ("bytes=1023-999999999999999999", 1023, 1024),
        ("BYTES=1-2", 1, 3),
    ],
)
async def test_one_range_is_sent_alone(ask, asked, start, stop):
    reply = await ask(Range=asked)

    assert reply.status == 206
    assert await reply.read() == CONTENT[start:stop]
    assert reply.headers["Content-Range"] == f"bytes {start}-{stop - 1}/1024"
    assert reply.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=9999-10000", "bytes=-0"])
async def test_a_range_beyond_the_end_is_refused_with_the_length(ask, asked):
    reply = await ask(Range=asked)

    assert reply.status == 416
    assert reply.headers["Content-Range"] == "bytes */1024"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "lines=1-2", "bytes=5-4", "bytes=-", "bytes=a-b"]
)
async def test_what_is_not_one_range_is_passed_over(ask, asked):
    reply = await ask(Range=asked)

    assert (reply.status, await reply.read()) == (200, CONTENT)


@given(st.text(alphabet="bytes=0123456789-, "), st.integers(0, 100))
def test_a_range_lies_within_the_file_or_is_refused(header, size):
    try:
        part = parse_range(header, size)
    except UnsatisfiableError:
        return
    assert part is None or 0 <= part[0] < part[1] <= size


@given(st.data(), st.integers(1, 100))
def test_any_bytes_of_a_file_can_be_asked_for(data, size):
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))

    assert parse_range(f"bytes={start}-{stop - 1}", size) == (start, stop)
    assert parse_range(f"bytes=-{size - start}", size) == (start, size)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (f'"{FILE.etag}"', 206),
        (MODIFIED, 206),
        ('"another"', 200),
        (f'W/"{FILE.etag}"', 200),
        ("Fri, 02 Jan 2026 03:04:06 GMT", 200),
    ],
)
async def test_a_range_is_sent_if_the_file_is_still_the_same(ask, condition, status):
    reply = await ask(Range="bytes=0-9", If_Range=condition)

    assert reply.status == status
    assert await reply.read() == CONTENT[: 10 if status == 206 else None]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": f'"{FILE.etag}"'}, 304),
        ({"If_None_Match": f'"x", W/"{FILE.etag}"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"x"'}, 200),
        ({"If_None_Match": '"x"', "If_Modified_Since": MODIFIED}, 200),
        ({"If_Modified_Since": MODIFIED}, 304),
        ({"If_Modified_Since": "Fri, 02 Jan 2026 03:04:04 GMT"}, 200),
        ({"If_Modified_Since": "yesterday"}, 200),
        ({"If_Match": f'"{FILE.etag}"'}, 200),
        ({"If_Match": '"x"'}, 412),
        ({"If_Unmodified_Since": MODIFIED}, 200),
        ({"If_Unmodified_Since": "Fri, 02 Jan 2026 03:04:04 GMT"}, 412),
    ],
    ids=str,
)
async def test_a_file_is_sent_only_if_it_is_wanted(ask, headers, status):
    reply = await ask(**headers)

    assert reply.status == status
    assert await reply.read() == (CONTENT if status == 200 else b"")
    assert reply.headers["ETag"] == f'"{FILE.etag}"'


async def test_an_empty_file_is_sent(ask, tmp_path):
    await DiskStorage(tmp_path).write("abc/empty", piece(b""))

    reply = await ask(replace(FILE, key="abc/empty", size=0))

    assert (reply.status, await reply.read()) == (200, b"")
    assert reply.headers["Content-Length"] == "0"


async def test_a_file_that_is_gone_is_a_404_before_any_byte(ask):
    reply = await ask(replace(FILE, key="abc/gone"))

    assert reply.status == 404
    assert "no such file" in await reply.text()


async def test_a_file_that_is_too_short_breaks_the_connection(ask):
    reply = await ask(replace(FILE, size=2000))

    with pytest.raises(aiohttp.ClientPayloadError):
        await reply.read()


async def test_a_client_that_does_not_read_is_left(ask, tmp_path, caplog):
    size = 64 * 2**20
    await DiskStorage(tmp_path).write("abc/large", piece(bytes(size)))
    reply = await ask(replace(FILE, key="abc/large", size=size), stall=0.2)

    await asyncio.sleep(1)

    assert "was not read for 0.2 s" in caplog.text
    with pytest.raises((aiohttp.ClientPayloadError, ConnectionResetError)):
        await reply.read()


async def test_what_strangers_sent_is_saved_and_not_shown(ask):
    reply = await ask(
        replace(FILE, media_type="text/html", filename='"><b>.html', shown=ATTACHMENT)
    )

    assert reply.headers["Content-Disposition"] == 'attachment; filename="b_.html"'
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("media_type", ["", "nonsense", "text/x\r\nSet-Cookie: a=b"])
async def test_what_is_no_media_type_is_not_said(ask, media_type):
    reply = await ask(replace(FILE, media_type=media_type))

    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert "Set-Cookie" not in reply.headers


@given(st.text())
def test_any_file_name_is_made_safe(name):
    safe = safe_name(name)

    assert safe
    assert safe.isascii()
    assert not set(safe) & set('/\\"\r\n')


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(0)))
def test_each_key_has_a_validator_of_its_own(moment, later):
    file = replace(FILE, modified=moment)

    assert file.etag != replace(file, key="abc/claim/result2").etag
    assert format_datetime(moment, usegmt=True) == file.headers()["Last-Modified"]
