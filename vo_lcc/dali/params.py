"""Request parameters: case-folded names, lists of strings (DALI 1.1, section 3)."""

import io
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

from aiohttp import web

from vo_lcc.dali.agreement import CONSUMED
from vo_lcc.dali.body import parse_form, read_body
from vo_lcc.dali.capability import Limits
from vo_lcc.dali.files import FilePart
from vo_lcc.dali.record import record_of
from vo_lcc.errors import ParameterError, RepeatedError

SHOWN = 40
RUNID_LENGTH = 64

READ: web.RequestKey["Params"] = web.RequestKey("read")
"""The parameters of a request that were read before."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
INTEGER = re.compile(r"\+?\d+\Z", re.ASCII)


@dataclass(frozen=True)
class Params:
    """The parameters of one request, as (name, value) in the order sent.

    Names are compared without regard to case. A blank value counts as a
    parameter that was not given. `files` are the parts of a multipart body that are
    files (inline uploads), by name as sent; a reader that keeps none of them leaves
    each with its size and no content.

    >>> params = Params((("maxrec", "5"), ("Query", "SELECT 1"), ("LANG", "")))
    >>> params.one("MAXREC"), params.one("LANG")
    ('5', None)
    """

    pairs: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, FilePart] = field(default_factory=dict)

    def many(self, name: str) -> list[str]:
        """Every value given for `name`, in the order sent."""
        return list(self._named.get(name.upper(), ()))

    @cached_property
    def _named(self) -> Mapping[str, Sequence[str]]:
        """The values that are not blank, by the names in capitals."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, value in self.pairs:
            if value.strip():
                found[name.upper()].append(value)
        return found

    def one(self, name: str) -> str | None:
        """The only value of `name`, or None.

        Raises RepeatedError when it is repeated with different values (DALI
        1.1, section 3.1).
        """
        values = list(dict.fromkeys(self.many(name)))
        if len(values) > 1:
            raise RepeatedError(name, f"given {len(values)} times; give it once")
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

    def file(self, name: str) -> FilePart | None:
        """What `param:name` refers to, or None (DALI 1.1, section 3.4.5).

        A table may come as a plain field too (`curl -F "t=<table.csv"`). Names are
        compared as those of all parameters.
        """
        found = [f for n, f in self.files.items() if n.upper() == name.upper()]
        if found:
            return found[0]
        text = self.one(name)
        if text is None:
            return None
        content = text.encode()
        return FilePart(name, None, "text/plain", len(content), io.BytesIO(content))

    def close(self) -> None:
        """Let go of the files; nothing of them stays on disk."""
        for part in self.files.values():
            part.file.close()

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


async def read_params(request: web.Request, files: int = 0) -> Params:
    """All parameters of a request: from the URL, then from a form in the body.

    The body may be urlencoded or multipart, plain or chunked. `files` is how many
    bytes its files may have together; with 0 they are dropped. Close what comes
    back when the files are no longer needed. Raises UsageError when the body cannot
    be read, TooLargeError (413) when it is larger than the server takes; then no
    more than the limit has been read.
    """
    known: Params | None = request.get(READ)
    if known is not None:
        return known
    pairs = parse_form(request.rel_url.raw_query_string.encode())
    parts: dict[str, FilePart] = {}
    if request.method == "POST":
        sent, parts = await read_body(request, files)
        pairs += sent
    with ExitStack() as opened:
        for part in parts.values():
            opened.callback(part.file.close)
        params = Params(tuple(checked(pairs)), parts)
        note(request, params)
        opened.pop_all()
    if parts:
        request[CONSUMED] = True
    else:
        request[READ] = params
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


def checked(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """The same pairs; raises ParameterError for a value that holds a NUL."""
    for name, value in pairs:
        if "\0" in value:
            raise ParameterError(shown(name), "holds a NUL character; remove it")
        yield name, value
