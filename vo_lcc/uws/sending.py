"""Files of jobs over HTTP: whole or a range, and only if they are not known yet.

What is sent is as it was stored, byte for byte: never compressed, so that length and
ranges hold (RFC 9110, sections 13 and 14).
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b

from aiohttp import ETag, web

from vo_lcc.dali.context import context_of
from vo_lcc.dali.record import record_of
from vo_lcc.dali.respond import UNSAFE, Ahead, taken
from vo_lcc.dali.run import log_cut_short
from vo_lcc.errors import FatalError
from vo_lcc.uws.service import jobs_of

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII | re.IGNORECASE)
MEDIA_TYPE = re.compile(
    r"[\w.+-]+/[\w.+-]+( ?; ?[\w.-]+=([\w.+-]+|\"[^\"\\\r\n]*\"))*\Z"
)
UNKNOWN_TYPE = "application/octet-stream"
INLINE, ATTACHMENT = "inline", "attachment"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the storage, that never changes under its `key`; `size` in bytes.

    `shown` tells how a browser is to take it: INLINE, or ATTACHMENT for what comes
    from strangers.
    """

    key: str
    media_type: str
    size: int
    filename: str
    modified: datetime
    shown: str = INLINE

    @property
    def etag(self) -> str:
        """A strong validator: it tells nothing of the key."""
        return blake2b(self.key.encode(), digest_size=16).hexdigest()

    def headers(self) -> dict[str, str]:
        """What every answer about this file says."""
        known, name = MEDIA_TYPE.match(self.media_type), safe_name(self.filename)
        return {
            "Content-Type": self.media_type if known else UNKNOWN_TYPE,
            "Content-Disposition": f'{self.shown}; filename="{name}"',
            "Accept-Ranges": "bytes",
            "ETag": f'"{self.etag}"',
            "Last-Modified": format_datetime(_second(self.modified), usegmt=True),
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
        }


class UnsatisfiableError(Exception):
    """No byte of the file lies in the range that is asked for."""


def safe_name(filename: str) -> str:
    """A file name that fits into a header and on any disk.

    >>> safe_name('../my "table".vot')
    'my_table_.vot'
    """
    return UNSAFE.sub("_", filename).strip("._") or "file"


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes from start up to stop that are asked for; None: the whole file.

    A header that is not one range of bytes is passed over (RFC 9110, section 14.2).
    Raises UnsatisfiableError.

    >>> parse_range("bytes=2-5", 10), parse_range("bytes=-3", 10)
    ((2, 6), (7, 10))
    >>> parse_range("bytes=8-99", 10), parse_range("bytes=0-1,4-5", 10)
    ((8, 10), None)
    """
    found = RANGE.match(header or "")
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        start, stop = max(size - int(found[2]), 0), size
    else:
        start, last = int(found[1]), int(found[2] or size)
        if found[2] and last < start:
            return None
        stop = min(last + 1, size)
    if start >= stop:
        raise UnsatisfiableError
    return start, stop


async def send_file(request: web.Request, file: StoredFile) -> web.StreamResponse:
    """Answer with the file, or the part of it that is asked for.

    Raises NotFoundError when it is not in the storage, TransientError when that is
    away; both before any byte is sent.
    """
    refused = precondition(request, file)
    if refused is not None:
        return web.Response(status=refused, headers=file.headers())
    try:
        part = wanted_part(request, file)
    except UnsatisfiableError:
        headers = {"Content-Range": f"bytes */{file.size}", "Accept-Ranges": "bytes"}
        text = f"the file has {file.size} bytes, none of them in this range\n"
        return web.Response(status=416, headers=headers, text=text)
    start, stop = part or (0, file.size)
    response = web.StreamResponse(status=206 if part else 200, headers=file.headers())
    response.content_length = stop - start
    if part is not None:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    return await _send(
        request, response, jobs_of(request).storage.read(file.key, start, stop)
    )


def precondition(request: web.Request, file: StoredFile) -> int | None:
    """304 or 412 where the client says when to send nothing, else None.

    In the order of RFC 9110, section 13.2.2.
    """
    modified, match = _second(file.modified), request.if_match
    before, after = request.if_unmodified_since, request.if_modified_since
    if match is not None:
        is_wanted = _names(match, file, weak=False)
    else:
        is_wanted = before is None or modified <= before
    if not is_wanted:
        return 412
    if request.if_none_match is not None:
        is_known = _names(request.if_none_match, file, weak=True)
    else:
        is_known = after is not None and modified <= after
    return 304 if is_known else None


def wanted_part(request: web.Request, file: StoredFile) -> tuple[int, int] | None:
    """The part that is asked for by a GET, if its If-Range holds; None: the whole."""
    if request.method != "GET":
        return None
    condition = request.headers.get("If-Range", "").strip()
    current = file.headers()
    if condition and condition not in (current["ETag"], current["Last-Modified"]):
        return None
    return parse_range(request.headers.get("Range"), file.size)


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    pieces: AsyncGenerator[bytes, None],
) -> web.StreamResponse:
    """Send the pieces; a client that does not read on is left."""
    record, patience = record_of(request), context_of(request).streams.limits.stall
    missing = response.content_length or 0
    async with aclosing(Ahead(pieces)) as ahead:
        piece = await ahead.next()
        await response.prepare(request)
        try:
            while piece is not None:
                await taken(response.write(piece), patience)
                record.sent += len(piece)
                missing -= len(piece)
                piece = await ahead.next()
            if missing:
                raise FatalError(f"a stored file is {missing} bytes too short")
            await taken(response.write_eof(), patience)
        except ConnectionError:
            raise  # the client has gone; there is nobody to tell
        except Exception as error:
            log_cut_short(error)
            record.cut = True
            if request.transport is not None:
                request.transport.abort()
    return response


def _names(etags: tuple[ETag, ...], file: StoredFile, *, weak: bool) -> bool:
    return any(
        tag.value in ("*", file.etag) and (weak or not tag.is_weak) for tag in etags
    )


def _second(moment: datetime) -> datetime:
    """As precise as HTTP tells times."""
    return moment.astimezone(UTC).replace(microsecond=0)
