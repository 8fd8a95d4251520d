"""Send tables as a streamed HTTP response."""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from typing import cast

from aiohttp import web

from vo_lcc.dali.context import context_of
from vo_lcc.dali.run import ResultTable, encode, log_cut_short, spool
from vo_lcc.formats import Format
from vo_lcc.formats.writer import Spooler, Writer
from vo_lcc.tables import DocumentHead

UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


async def send_table(
    request: web.Request,
    fmt: Format,
    document: DocumentHead,
    tables: Sequence[ResultTable],
    filename: str = "result",
) -> web.StreamResponse:
    """Answer with `tables` in one document, then close them.

    The first batch is fetched before any byte is sent, so a statement that
    fails at once still gets a proper status code. A failure after that ends a
    VOTable with QUERY_STATUS=ERROR; in a format that cannot say so the
    connection is broken, and the client sees a short read, never a table that
    only looks complete. A client that leaves closes the tables, which cancels
    their statements. `filename` is without extension.
    """
    executor = context_of(request).encoders
    headers = {
        "Content-Type": fmt.media_type,
        "Content-Disposition": disposition(filename, fmt.extension),
    }
    if fmt.streams:
        pieces = encode(cast(Writer, fmt.open()), document, tables, executor)
        if wants_gzip(request, fmt):
            headers["Content-Encoding"] = "gzip"
            pieces = _gzipped(pieces, executor)
        return await _send(request, headers, pieces)
    with cast(Spooler, fmt.open()) as spooler:
        length = await spool(spooler, document, tables, executor)
        headers["Content-Length"] = str(length)
        return await _send(request, headers, _chunks(spooler, executor))


def disposition(filename: str, extension: str) -> str:
    """The Content-Disposition under which a browser saves the document.

    >>> disposition("demo cone", "vot")
    'inline; filename="demo_cone.vot"'
    """
    name = UNSAFE.sub("_", filename).strip("._") or "result"
    return f'inline; filename="{name}.{extension.lstrip(".")}"'


def wants_gzip(request: web.Request, fmt: Format) -> bool:
    """Whether the client takes gzip and the format gains by it."""
    accepted = request.headers.get("Accept-Encoding", "")
    text = fmt.media_type.startswith("text/") or "TABLEDATA" in fmt.media_type
    return text and bool(GZIP.search(accepted))


async def _send(
    request: web.Request,
    headers: dict[str, str],
    pieces: AsyncGenerator[bytes, None],
) -> web.StreamResponse:
    async with aclosing(pieces):
        first = await anext(pieces)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        try:
            await response.write(first)
            async for piece in pieces:
                await response.write(piece)
        except ConnectionError:
            return response  # the client has gone; there is nobody to tell
        except Exception as error:
            log_cut_short(error)
            if request.transport is not None:
                request.transport.abort()
            return response
        await response.write_eof()
    return response


async def _gzipped(
    pieces: AsyncGenerator[bytes, None], executor: Executor
) -> AsyncGenerator[bytes, None]:
    """The pieces compressed, each sent on at once; fast rather than small."""
    packer = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16)

    def packed(piece: bytes) -> bytes:
        return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)

    loop = asyncio.get_running_loop()
    async with aclosing(pieces):
        async for piece in pieces:
            yield await loop.run_in_executor(executor, packed, piece)
    yield packer.flush()


async def _chunks(spooler: Spooler, executor: Executor) -> AsyncGenerator[bytes, None]:
    """The spooled document, read from disk away from the event loop."""
    chunks = spooler.chunks()
    loop = asyncio.get_running_loop()
    while (
        chunk := await loop.run_in_executor(executor, next, chunks, None)
    ) is not None:
        if (
            chunk
        ):  # an empty one is no end: a table that fills its blocks has no padding
            yield chunk
