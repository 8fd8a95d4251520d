"""Request parameters: case-folded names, lists of strings (DALI 1.1, section 3)."""

import asyncio
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.record import record_of
from vo_lcc.errors import ParameterError, TooLargeError, UsageError

MAX_FIELDS = 1000
CHUNK = 65536
BODY_SECONDS = 120  # within which a whole body is to arrive
SHOWN = 40
RUNID_LENGTH = 64

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
INTEGER = re.compile(r"\+?\d+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one request, as (name, value) in the order sent.

    Names are compared without regard to case. A blank value counts as a
    parameter that was not given. `files` are the names of the multipart parts
    that are files (inline uploads).

    >>> params = Params((("maxrec", "5"), ("Query", "SELECT 1"), ("LANG", "")))
    >>> params.one("MAXREC"), params.one("LANG")
    ('5', None)
    """

    pairs: tuple[tuple[str, str], ...] = ()
    files: frozenset[str] = frozenset()

    def many(self, name: str) -> list[str]:
        """Every value given for `name`, in the order sent."""
        wanted = name.upper()
        return [v for n, v in self.pairs if n.upper() == wanted and v.strip()]

    def one(self, name: str) -> str | None:
        """The only value of `name`, or None.

        Raises ParameterError when it is repeated with different values (DALI
        1.1, section 3.1).
        """
        values = list(dict.fromkeys(self.many(name)))
        if len(values) > 1:
            raise ParameterError(name, f"given {len(values)} times; give it once")
        return values[0] if values else None

    def required(self, name: str) -> str:
        """The only value of `name`; raises ParameterError when there is none."""
        value = self.one(name)
        if value is None:
            raise ParameterError(name, "missing; this parameter is required")
        return value

    def number(self, name: str) -> float | None:
        """The value of `name` as a finite number, or None; raises ParameterError."""
        value = self.one(name)
        return None if value is None else parse_number(name, value)

    def required_number(self, name: str) -> float:
        """The value of `name` as a finite number; raises ParameterError."""
        return parse_number(name, self.required(name))

    def response_format(self) -> str | None:
        """RESPONSEFORMAT, or else FORMAT, its older name in TAP, or None.

        astroquery sends `format=votable` for its upload beside the `FORMAT` it
        wants, so among different spellings the one in capitals wins.
        """
        found = self.one("RESPONSEFORMAT")
        if found is not None:
            return found
        spelled = Params(tuple(p for p in self.pairs if p[0] == "FORMAT"))
        return spelled.one("FORMAT") or self.one("FORMAT")

    def maxrec(self, limits: Limits) -> int:
        """The most rows to send: MAXREC up to the hard limit, or the default.

        0 asks for the metadata only. Raises ParameterError unless MAXREC is an
        integer of at least 0 (DALI 1.1, section 3.4.4).
        """
        value = self.one("MAXREC")
        if value is None:
            return limits.default_maxrec
        return min(parse_count("MAXREC", value), limits.hard_maxrec)


def parse_number(name: str, text: str) -> float:
    """`text` as a finite number; `name` is the parameter it came in.

    >>> parse_number("RA", " 1.5e1 ")
    15.0
    >>> parse_number("RA", "1h")
    Traceback (most recent call last):
        ...
    vo_lcc.errors.ParameterError: RA: '1h' is not a number; write it like 12.5
    """
    value = float(text) if NUMBER.match(text.strip()) else math.nan
    if not math.isfinite(value):
        problem = f"{shown(text)} is not a number; write it like 12.5"
        raise ParameterError(name, problem)
    return value


def parse_count(name: str, text: str) -> int:
    """`text` as an integer of at least 0; `name` is the parameter it came in."""
    if not INTEGER.match(text.strip()) or len(text) > SHOWN:
        problem = f"{shown(text)} is not an integer of 0 or more"
        raise ParameterError(name, problem)
    return int(text)


def shown(text: str) -> str:
    """`text` quoted for a message, cut when long.

    >>> shown("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'..."
    """
    return repr(text) if len(text) <= SHOWN else f"{text[:SHOWN]!r}..."


async def read_params(request: web.Request) -> Params:
    """All parameters of a request: from the URL, then from a form in the body.

    The body may be urlencoded or multipart, plain or chunked. Raises UsageError
    when it cannot be read, TooLargeError (413) when it is larger than the
    server takes; then no more than the limit has been read.
    """
    pairs = parse_form(request.rel_url.raw_query_string.encode())
    files: set[str] = set()
    if request.method == "POST":
        sent, files = await _receive(request)
        pairs += sent
    params = Params(tuple(checked(pairs)), frozenset(files))
    note(request, params)
    return params


def note(request: web.Request, params: Params) -> None:
    """Tell the log what is asked, and by which workflow; raises ParameterError.

    RUNID joins the requests of one workflow (DALI 1.1, section 3.4.6).
    """
    record = record_of(request)
    record.query = "; ".join(params.many("QUERY"))
    runid = params.one("RUNID")
    if runid is not None and len(runid) > RUNID_LENGTH:
        raise ParameterError("RUNID", f"longer than {RUNID_LENGTH} characters")
    record.runid = runid


def parse_form(text: bytes) -> list[tuple[str, str]]:
    """The pairs of an urlencoded form.

    >>> parse_form(b"a=1&B=x+y%2Bz&c=")
    [('a', '1'), ('B', 'x y+z'), ('c', '')]
    """
    try:
        return parse_qsl(
            text.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except UnicodeDecodeError:
        raise UsageError(
            "the parameters are not UTF-8 text; send them percent-encoded in UTF-8"
        ) from None
    except ValueError:
        raise too_many_fields() from None


def checked(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """The same pairs; raises ParameterError for a value that holds a NUL."""
    for name, value in pairs:
        if "\0" in value:
            raise ParameterError(shown(name), "holds a NUL character; remove it")
        yield name, value


def too_many_fields() -> UsageError:
    """The error for a form of absurdly many fields."""
    return UsageError(f"more than {MAX_FIELDS} parameters; send fewer")


async def _receive(request: web.Request) -> tuple[list[tuple[str, str]], set[str]]:
    """The body, unless it comes too slowly or breaks the rules of HTTP."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_body(request)
    except TimeoutError:
        raise UsageError(
            f"the body has not arrived within {BODY_SECONDS:g} s; send less"
        ) from None
    except (HttpProcessingError, web.RequestPayloadError) as error:
        raise UsageError("the body is damaged or not encoded as it says") from error


async def _read_body(request: web.Request) -> tuple[list[tuple[str, str]], set[str]]:
    limit = request.client_max_size
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    if not request.can_read_body:
        return [], set()
    if request.content_type == MULTIPART:
        return await _read_multipart(request)
    if request.content_type in (URLENCODED, "application/octet-stream"):
        return parse_form(await _read_all(request)), set()
    raise UsageError(
        f"cannot read a body of type {shown(request.content_type)}; "
        f"send {URLENCODED} or {MULTIPART}"
    )


async def _read_all(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(request.client_max_size) from None


async def _read_multipart(
    request: web.Request,
) -> tuple[list[tuple[str, str]], set[str]]:
    """The fields, and the names of the files, whose content is passed over."""
    budget = Budget(request.client_max_size)
    pairs: list[tuple[str, str]] = []
    files: set[str] = set()
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise UsageError("every part of the form needs a plain name")
            content = await _read_part(part, budget, keep=part.filename is None)
            if part.filename is None:
                pairs.append((part.name, content.decode("utf-8")))
            else:
                files.add(part.name)
            if len(pairs) + len(files) > MAX_FIELDS:
                raise too_many_fields()
    except ValueError as error:
        raise UsageError("the multipart body cannot be read as UTF-8 fields") from error
    return pairs, files


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


async def _read_part(part: BodyPartReader, budget: Budget, *, keep: bool) -> bytes:
    content = bytearray()
    budget.take(len(part.name or "") + CHUNK // 1024)
    while chunk := await part.read_chunk(CHUNK):
        budget.take(len(chunk))
        if keep:
            content.extend(chunk)
    return bytes(content)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"the request is larger than {limit} bytes; send less")
