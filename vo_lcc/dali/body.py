"""The body of a request: urlencoded or multipart, plain or chunked (RFC 7578)."""

import asyncio
from contextlib import ExitStack
from typing import cast
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from vo_lcc.dali.files import MEMORY, UNKNOWN_TYPE, FilePart, Spool
from vo_lcc.errors import TooLargeError, UsageError

MAX_FIELDS = 1000  # of a multipart form
MAX_PAIRS = 100_000  # of others: many identifiers come so
MAX_FILES = 64
MAX_LINES = 20 * (MAX_FIELDS + MAX_FILES)  # boundaries and headers of parts
LINES_AT_ONCE = 100
CHUNK = 65536
AHEAD = 2**20  # bytes that may wait between the socket and the reader of parts
OVERHEAD = 64  # bytes that a part counts for besides its content and its name
BODY_SECONDS = 120  # within which a whole body is to arrive
FILE_SECONDS = 900  # ... that may hold files

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

FIELD_TYPES = ("", "text/plain")
"""What a part without a file name says it is when it is a plain field."""

LARGE = 64 * 1024  # bytes of a form that is read in a thread
PLAIN_ENCODINGS = ("", "binary", "8bit", "7bit")

Pairs = list[tuple[str, str]]
Files = dict[str, FilePart]


async def read_body(request: web.Request, files: int) -> tuple[Pairs, Files]:
    """The fields of a form, and its files, together at most `files` bytes.

    The fields may have `client_max_size` bytes. With `files` 0 the files count as
    fields do and are dropped: only names, types and sizes stay. Raises UsageError
    when the body cannot be read or comes too slowly, TooLargeError (413) when it is
    too large; then no more than the limit has been read, and nothing is kept.
    """
    seconds = FILE_SECONDS if files else BODY_SECONDS
    try:
        async with asyncio.timeout(seconds):
            return await _read_form(request, files)
    except TimeoutError:
        raise UsageError(
            f"the body has not arrived within {seconds:g} s; send less"
        ) from None
    except (HttpProcessingError, web.RequestPayloadError) as error:
        raise UsageError("the body is damaged or not encoded as it says") from error


def parse_form(text: bytes) -> Pairs:
    """The pairs of an urlencoded form.

    >>> parse_form(b"a=1&B=x+y%2Bz&c=")
    [('a', '1'), ('B', 'x y+z'), ('c', '')]
    """
    try:
        return parse_qsl(
            text.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PAIRS,
        )
    except UnicodeDecodeError:
        raise UsageError(
            "the parameters are not UTF-8 text; send them percent-encoded in UTF-8"
        ) from None
    except ValueError:
        raise _too_many(MAX_PAIRS) from None


async def _read_form(request: web.Request, files: int) -> tuple[Pairs, Files]:
    multipart = request.content_type == MULTIPART
    limit = request.client_max_size + (files if multipart else 0)
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    if not request.can_read_body:
        return [], {}
    if multipart:
        return await _read_multipart(request, files)
    if request.content_type in (URLENCODED, UNKNOWN_TYPE):
        text = await _read_all(request)
        if len(text) > LARGE:
            return await asyncio.to_thread(parse_form, text), {}
        return parse_form(text), {}
    raise UsageError(
        f"cannot read a body of type {request.content_type[:40]!r}; "
        f"send {URLENCODED} or {MULTIPART}"
    )


async def _read_all(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(request.client_max_size) from None


async def _read_multipart(request: web.Request, files: int) -> tuple[Pairs, Files]:
    content = Limited(request.content, request.client_max_size + files)
    with ExitStack() as opened:
        form = Form(request.client_max_size, files, opened)
        try:
            parts = MultipartReader(request.headers, cast(StreamReader, content))
            async for part in parts:
                await form.take(part)
        except (ValueError, RuntimeError) as error:  # as aiohttp has it
            problem = "the multipart body cannot be read as UTF-8 fields and files"
            raise UsageError(problem) from error
        opened.pop_all()
    return form.pairs, form.files


class Form:
    """The parts of a multipart body as they come."""

    def __init__(self, field_limit: int, file_limit: int, opened: ExitStack) -> None:
        self.pairs: Pairs = []
        self.files: Files = {}
        self._opened = opened
        self._keeps_files = file_limit > 0
        self._field_budget = Budget(field_limit)
        self._file_budget = Budget(file_limit) if file_limit else self._field_budget
        self._memory = MEMORY

    async def take(self, part: BodyPartReader | MultipartReader | None) -> None:
        """Read one part; raises UsageError or TooLargeError."""
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise UsageError("every part of the form needs a plain name")
        check_is_text(part.name)
        check_is_text(part.filename or "")
        if part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "") not in PLAIN_ENCODINGS:
            raise UsageError(
                f"the part {part.name[:40]!r} is encoded; send it as it is"
            )
        self._field_budget.take(len(part.name) + OVERHEAD)
        if self._is_file(part):
            await self._take_file(part.name, part)
        else:
            await self._take_field(part.name, part)

    def _is_file(self, part: BodyPartReader) -> bool:
        """A part with a file name, or at least the media type of something else."""
        if part.filename is not None or not self._keeps_files:
            return part.filename is not None
        return _media_type(part) not in FIELD_TYPES

    async def _take_field(self, name: str, part: BodyPartReader) -> None:
        if len(self.pairs) == MAX_FIELDS:
            raise _too_many(MAX_FIELDS)
        content = bytearray()
        while chunk := await part.read_chunk(CHUNK):
            self._field_budget.take(len(chunk))
            content += chunk
        self.pairs.append((name, content.decode("utf-8")))

    async def _take_file(self, name: str, part: BodyPartReader) -> None:
        self._check_name(name)
        spool = Spool(self._memory)
        self._opened.callback(spool.close)
        size = 0
        while chunk := await part.read_chunk(CHUNK):
            self._file_budget.take(len(chunk))
            size += len(chunk)
            if self._keeps_files:
                await spool.write(chunk)
        file = await spool.finish()
        self._memory -= spool.in_memory
        media_type = _media_type(part) or UNKNOWN_TYPE
        self.files[name] = FilePart(name, part.filename, media_type, size, file)

    def _check_name(self, name: str) -> None:
        if len(self.files) == MAX_FILES:
            raise UsageError(f"more than {MAX_FILES} files; send fewer")
        if name.upper() in map(str.upper, self.files):
            raise UsageError(
                f"the form has two files named {name[:40]!r}; give each its own name"
            )


def check_is_text(name: str) -> None:
    """Raise UsageError for the name of a part, or of its file, that is not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        problem = "a part of the form, or its file, has a name that is not UTF-8 text"
        raise UsageError(problem) from None


def _media_type(part: BodyPartReader) -> str:
    """What the part says it is, lower-case, without parameters; "" if it does not."""
    declared: str = part.headers.get(hdrs.CONTENT_TYPE, "")
    media_type = declared.partition(";")[0].strip().lower()
    return media_type if "/" in media_type else ""


class Limited:
    """What a MultipartReader reads of a body, but no more than `limit` bytes."""

    def __init__(self, content: StreamReader, limit: int) -> None:
        self._content = content
        self._limit = limit
        self._lines = 0
        self.at_eof = content.at_eof
        self.unread_data = content.unread_data

    async def read(self, n: int = -1) -> bytes:
        """At most `n` bytes; raises TooLargeError."""
        self._check()
        return await self._content.read(n)

    async def readline(self, *, max_line_length: int | None = None) -> bytes:
        """One line; raises TooLargeError, and UsageError after too many.

        Lines that are here already keep nobody else waiting.
        """
        self._check()
        self._lines += 1
        if self._lines > MAX_LINES:
            raise UsageError(
                "the multipart body is no form: it has too many lines outside of parts"
            )
        if self._lines % LINES_AT_ONCE == 0:
            await asyncio.sleep(0)
        return await self._content.readline(max_line_length=max_line_length)

    def _check(self) -> None:
        if self._content.total_bytes > self._limit + AHEAD:
            raise _too_large(self._limit)


class Budget:
    """How many bytes a request may still send."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit

    def take(self, size: int) -> None:
        """Count `size` more bytes; raises TooLargeError beyond the limit."""
        self._left -= size
        if self._left < 0:
            raise _too_large(self._limit)


def _too_many(limit: int) -> UsageError:
    return UsageError(f"more than {limit} parameters; send fewer")


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"the request is larger than {limit} bytes; send less")
