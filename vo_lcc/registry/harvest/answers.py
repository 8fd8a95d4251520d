"""Answers of OAI-PMH 2.0: bytes of a stranger in, elements out.

No entity is ever resolved: a document with a DOCTYPE is refused before it is parsed.
OAI-PMH is UTF-8 (section 3.2), so nothing is hidden in other encodings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

from lxml import etree

from vo_lcc.registry.harvest.errors import HarvestError, OAIError

Element: TypeAlias = Any  # lxml has no types

OAI = "{http://www.openarchives.org/OAI/2.0/}"
SHOWN = 300  # characters of what a peer says
MOST = 50_000  # records of one answer
NODES = 5_000_000  # tags and attributes of one answer: half a gigabyte once parsed
DECLARED = 10_000  # bytes of namespaces around records that are looked at one by one
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)

DOCTYPE = re.compile(
    rb"\xef?\xbb?\xbf?(?>\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE", re.DOTALL
)
RECORD = re.compile(rb"<((?:[\w.-]++:)?record)[\s>]")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `body` is the element of the verb, `records` what it lists.

    `unreadable` is how many records are not well-formed; they are not in `records`.
    `token` says where the list goes on, None at its end.
    """

    when: datetime
    body: Element
    records: tuple[Element, ...] = ()
    unreadable: int = 0
    token: str | None = None


def parse_answer(data: bytes, verb: str) -> Answer:
    """The answer to `verb`.

    A record that is not well-formed XML does not take the others with it. Raises
    OAIError where the peer tells of one, HarvestError where this is no OAI-PMH.
    """
    if DOCTYPE.match(data):
        raise HarvestError("its answer has a DOCTYPE; such are not read")
    if data.count(b"<") + data.count(b"=") > NODES:
        raise HarvestError(f"an answer has more than {NODES} tags and attributes")
    try:
        root, unreadable = parse(data), 0
    except etree.XMLSyntaxError as error:
        root, unreadable = _salvaged(data, error)
    if root.tag != f"{OAI}OAI-PMH":
        raise HarvestError(f"it does not answer in OAI-PMH 2.0, but by {root.tag!r}")
    when = parse_time(root.findtext(f"{OAI}responseDate"))
    if when is None:
        raise HarvestError("its answer has no responseDate")
    errors = root.findall(f"{OAI}error")
    if errors:
        codes = frozenset(each.get("code", "")[:SHOWN] for each in errors)
        said = " ".join(" ".join(each.itertext()) for each in errors)
        raise OAIError(codes, told(said), when)
    body = root.find(f"{OAI}{verb}")
    if body is None:
        raise HarvestError(f"its answer to {verb} has no {verb}")
    records = tuple(body.findall(f"{OAI}record"))
    if len(records) + unreadable > MOST:
        raise HarvestError(f"an answer has more than {MOST} records")
    token = (body.findtext(f"{OAI}resumptionToken") or "").strip()
    return Answer(when, body, records, unreadable, token or None)


def parse(data: bytes) -> Element:
    """The root of a document; raises XMLSyntaxError."""
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False
    )
    return etree.fromstring(data, parser)


def parse_time(text: str | None) -> datetime | None:
    """A time of OAI-PMH or VOResource in UTC and whole seconds; None: it is none.

    One of another age becomes the first or last that is taken for one of ours.

    >>> parse_time("2026-11-22T08:00:00.5Z").isoformat()
    '2026-11-22T08:00:00+00:00'
    >>> parse_time("2026-11-22").isoformat(), parse_time("yesterday")
    ('2026-11-22T00:00:00+00:00', None)
    >>> parse_time("0001-01-01T00:00:00Z").isoformat()
    '1900-01-01T00:00:00+00:00'
    """
    try:
        time = datetime.fromisoformat((text or "").strip())
        if time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        return max(EARLIEST, min(time, LATEST)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def told(text: str) -> str:
    """What a stranger says, as one line that can be shown.

    >>> told("  a\\n b \\x1b[0m")
    'a b ?[0m'
    """
    line = " ".join(text.split())[:SHOWN]
    return "".join(c if c.isprintable() else "?" for c in line)


def _salvaged(data: bytes, error: etree.XMLSyntaxError) -> tuple[Element, int]:
    """The document without those of its records that are not well-formed.

    Raises HarvestError where it is the document around them that is not.
    """
    spans = list(islice(_record_spans(data), MOST))
    edges = [0, *(edge for span in spans for edge in span), len(data)]
    rest = b"".join(data[i:j] for i, j in zip(edges[::2], edges[1::2], strict=True))
    try:
        root = parse(rest)
        (body,) = root.findall(f"{OAI}ListRecords")
    except (etree.XMLSyntaxError, ValueError):
        raise HarvestError(
            f"its answer is not well-formed XML: {told(str(error))}"
        ) from None
    head = _wrapper(body.nsmap)
    if len(head) > DECLARED:
        raise HarvestError("its answer is not well-formed XML; it cannot be put right")
    unreadable = 0
    for start, end in spans:
        try:
            wrapped = parse(head + data[start:end] + b"</wrapper>")
        except etree.XMLSyntaxError:
            unreadable += 1
        else:
            body.append(wrapped[0])
    return root, unreadable


def _record_spans(data: bytes) -> Iterator[tuple[int, int]]:
    """From where to where each record goes, by its tags alone."""
    at = 0
    while start := RECORD.search(data, at):
        end_tag = b"</" + start[1] + b">"
        at = data.find(end_tag, start.end()) + len(end_tag)
        if at < len(end_tag):
            return
        yield start.start(), at


def _wrapper(namespaces: dict[str | None, str]) -> bytes:
    declared = "".join(
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"
        for prefix, uri in namespaces.items()
    )
    return f"<wrapper{declared}>".encode()
