"""Send tables as a streamed HTTP response."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import cast
from urllib.parse import parse_qsl, urlencode

from aiohttp import HttpVersion11, web

from vo_lcc.dali.coding import CODINGS, find_coding, packed
from vo_lcc.dali.context import context_of
from vo_lcc.dali.record import record_of
from vo_lcc.dali.run import Status, Tables, chunks, encode, log_cut_short, spool
from vo_lcc.errors import UsageError
from vo_lcc.formats import Format
from vo_lcc.formats.writer import Spooler, Writer
from vo_lcc.heads import DocumentHead

UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
LINGER = 0.005
"""Seconds the first bytes wait for the last: an answer this short is sent at once."""
OPENING = 64 * 1024  # bytes that linger at most
LONGEST_LINK = 2000
# SO_LINGER: on or off, seconds
RESET, NO_RESET = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)


async def send_table(
    request: web.Request,
    fmt: Format,
    document: DocumentHead,
    tables: Tables,
    filename: str = "result",
) -> web.StreamResponse:
    """Answer with `tables` in one document, then close them.

    The first batch is fetched before any byte is sent, so a statement that
    fails at once still gets a proper status code. A failure after that ends a
    VOTable with QUERY_STATUS=ERROR; in a format that cannot say so the
    connection is broken, and the client sees a short read, never a table that
    only looks complete. A client that leaves, or does not read on, closes the
    tables, which cancels their statements. `filename` is without extension.
    """
    executor = context_of(request).encoders
    headers = {
        "Content-Type": fmt.media_type,
        "Content-Disposition": disposition(filename, fmt.extension),
        **metadata_link(fmt, document),
    }
    status = Status()
    try:
        if fmt.streams:
            writer = cast(Writer, fmt.open())
            pieces = encode(writer, document, tables, executor, status)
            pieces = coded(request, fmt, headers, pieces)
            return await send_pieces(request, headers, pieces)
        with cast(Spooler, fmt.open()) as spooler:
            length = await spool(spooler, document, tables, executor, status)
            headers["Content-Length"] = str(length)
            return await send_pieces(request, headers, chunks(spooler, executor))
    finally:
        record = record_of(request)
        record.format, record.rows = fmt.name, status.rows
        record.cut |= status.word == "ERROR"


def disposition(filename: str, extension: str) -> str:
    """The Content-Disposition under which a browser saves the document.

    >>> disposition("demo cone", "vot")
    'inline; filename="demo_cone.vot"'
    """
    name = UNSAFE.sub("_", filename).strip("._") or "result"
    return f'inline; filename="{name}.{extension.lstrip(".")}"'


def metadata_link(fmt: Format, document: DocumentHead) -> dict[str, str]:
    """Where to find what a format without metadata cannot say of its columns.

    A Link of the relation describedby (RFC 8288): the same request as a VOTable,
    without rows where the service knows MAXREC (that of light curves does not).
    """
    asked = next((i.value for i in document.infos if i.name == "request"), None)
    if fmt.says_all or asked is None:
        return {}
    path, _, query = asked.partition("?")
    kept = [
        pair
        for pair in parse_qsl(query, keep_blank_values=True)
        if pair[0].upper() not in ("RESPONSEFORMAT", "FORMAT", "MAXREC", "LAYOUT")
    ]
    table = [("layout", "long")] if "/lc/" in path else []  # one, as in the format
    head = [*table, ("RESPONSEFORMAT", "votable/td"), ("MAXREC", "0")]
    url = f"{path}?{urlencode([*kept, *head])}"
    if len(url) > LONGEST_LINK:
        return {}
    return {"Link": f'<{url}>; rel="describedby"; type="application/x-votable+xml"'}


def coded(
    request: web.Request,
    fmt: Format,
    headers: dict[str, str],
    pieces: AsyncGenerator[bytes, None],
) -> AsyncGenerator[bytes, None]:
    """The pieces in the content coding that the client wants, if it gains by one."""
    coding = find_coding(request.headers.get("Accept-Encoding", ""))
    if coding is None or fmt.packed:
        return pieces
    headers["Content-Encoding"] = coding
    return packed(pieces, CODINGS[coding](), context_of(request).encoders)


async def send_pieces(
    request: web.Request,
    headers: dict[str, str],
    pieces: AsyncGenerator[bytes, None],
) -> web.StreamResponse:
    """Answer with the pieces of a document; those after the first are made ahead.

    What fails before the first piece is raised; later the connection is broken.
    """
    async with aclosing(Ahead(pieces)) as ahead:
        first, is_all = await ahead.opening()
        if is_all:
            headers.setdefault("Content-Length", str(len(first)))
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        try:
            with _no_quiet_end(request):
                await _write(request, response, first, ahead)
        except ConnectionError:
            raise  # the client has gone; there is nobody to tell
        except Exception as error:
            log_cut_short(error)
            record_of(request).cut = True
            if request.transport is not None:
                request.transport.abort()
    return response


async def _write(
    request: web.Request, response: web.StreamResponse, first: bytes, ahead: "Ahead"
) -> None:
    """Send the pieces; raises UsageError when the client does not read on."""
    record = record_of(request)
    patience = context_of(request).streams.limits.stall
    piece: bytes | None = first
    while piece is not None:
        await taken(response.write(piece), patience)
        record.sent += len(piece)
        piece = await ahead.next()
    await taken(response.write_eof(), patience)


@contextmanager
def _no_quiet_end(request: web.Request) -> Iterator[None]:
    """Let a connection of HTTP/1.0 end by a reset, unless all has been written.

    There the end of the connection is that of the answer: a process that is stopped,
    or killed, would make a short answer look whole.
    """
    if request.version >= HttpVersion11:
        yield
        return
    _set_linger(request, RESET)
    yield
    _set_linger(request, NO_RESET)


def _set_linger(request: web.Request, value: bytes) -> None:
    transport = request.transport
    if transport is not None:
        with suppress(OSError):  # the client has gone
            opened = transport.get_extra_info("socket")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, value)


async def taken(sending: Awaitable[None], patience: float) -> None:
    """Wait for it; a client that keeps others from a place in the queue is left.

    Raises UsageError after `patience` (s).
    """
    try:
        async with asyncio.timeout(patience):
            await sending
    except TimeoutError as error:
        raise UsageError(f"the answer was not read for {patience:g} s") from error


class Ahead:
    """Pieces of a document, the next one being made while one is sent."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        self._pieces = pieces
        self._next = self._following()

    def _following(self) -> asyncio.Future[bytes | None]:
        return asyncio.ensure_future(anext(self._pieces, None))

    async def next(self) -> bytes | None:
        """The next piece, or None after the last."""
        piece = await self._next
        if piece is not None:
            self._next = self._following()
        return piece

    async def opening(self) -> tuple[bytes, bool]:
        """What is there at once, and whether that is all."""
        first = await self.next() or b""
        end = asyncio.get_running_loop().time() + LINGER
        while len(first) < OPENING:
            left = end - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait([self._next], timeout=max(left, 0))
            if not done:
                return first, False
            piece = await self.next()
            if piece is None:
                return first, True
            first += piece
        return first, False

    async def aclose(self) -> None:
        """Stop making pieces, even when this request is cancelled meanwhile."""
        await asyncio.shield(self._stop())

    async def _stop(self) -> None:
        self._next.cancel()
        await asyncio.wait([self._next])
        if not self._next.cancelled():
            self._next.exception()  # of a piece that nobody wants
        await self._pieces.aclose()
