"""Which records are taken from a peer, and why others are not."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from vo_lcc.registry.harvest.answers import OAI, Answer, Element, parse_time, told
from vo_lcc.registry.harvest.peer import RESOURCE
from vo_lcc.registry.regtap.reading import STRING
from vo_lcc.registry.store import Stored
from vo_lcc.voresource.names import BASE_URL

IVOID = re.compile(r"ivo://([A-Za-z0-9][\w.~*'()+-]{2,})(/[^\s?#]*)?", re.ASCII)
LONGEST = 1000  # characters of an identifier
STAND_IN = BASE_URL.partition("://")[2]

UNREADABLE = "not well-formed XML"
NO_HEADER = "no header with an identifier and a datestamp"
NO_RESOURCE = "no ri:Resource in its metadata"
OTHER_IDENTIFIER = "its identifier is not the one in its header"
NO_IVOID = "its identifier is not of the form ivo://authority/path"
FOREIGN = "its authority is not this registry's to publish"
NO_TITLE = "no title"
NO_STATUS = "its status is none of active, inactive, deleted"
TOO_LARGE = "larger than a record may be"
STANDS_IN = f"it names {STAND_IN}, which stands for this server"
TWICE = "twice in one answer; the last is taken"


@dataclass(frozen=True, slots=True)
class Rules:
    """From which registry (its OAI URL), of which authorities (lower case), and how
    large in bytes a record may be."""

    registry: str
    authorities: frozenset[str]
    largest: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A record as it is stored, and its ri:Resource; its status may be deleted."""

    stored: Stored
    resource: Element

    @property
    def ivoid(self) -> str:
        """In lower case."""
        return self.stored.ivoid


@dataclass(frozen=True, slots=True)
class Gone:
    """A record of which the peer only says that it was deleted."""

    ivoid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is not taken; `identifier` is as far as it is known."""

    identifier: str
    reason: str

    @property
    def ivoid(self) -> str:
        """In lower case."""
        return self.identifier.lower()


Verdict = Taken | Gone | Refused


def judge_all(answer: Answer, rules: Rules) -> Sequence[Verdict]:
    """The verdicts on the records of an answer: none is taken twice."""
    verdicts: dict[str, Verdict] = {}
    others: list[Verdict] = [Refused("", UNREADABLE)] * answer.unreadable
    for record in answer.records:
        verdict = judge(record, rules)
        if isinstance(verdict, Refused):
            others.append(verdict)
            continue
        before = verdicts.pop(verdict.ivoid, None)
        if before is not None:
            others.append(Refused(before.ivoid, TWICE))
        verdicts[verdict.ivoid] = verdict
    return [*verdicts.values(), *others]


def judge(record: Element, rules: Rules) -> Verdict:
    """The verdict on one record of OAI-PMH (section 2.5)."""
    identifier = _text(record, f"{OAI}header/{OAI}identifier")
    datestamp = parse_time(record.findtext(f"{OAI}header/{OAI}datestamp"))
    if not identifier or datestamp is None:
        return Refused(told(identifier), NO_HEADER)
    reason = _identifier_fault(identifier, rules)
    if reason is not None:
        return Refused(told(identifier), reason)
    deleted = record.find(f"{OAI}header").get("status") == "deleted"
    resource = record.find(f"{OAI}metadata/{RESOURCE}")
    if resource is None and deleted:
        return Gone(identifier.lower())
    if resource is None:
        return Refused(identifier, NO_RESOURCE)
    text = etree.tostring(resource, encoding="unicode", with_tail=False)
    reason = _resource_fault(resource, text, identifier, rules)
    if reason is not None:
        return Refused(identifier, reason)
    active = resource.get("status") == "active" and not deleted
    stored = Stored(
        identifier=identifier,
        registry=rules.registry,
        status="active" if active else "deleted",
        created=parse_time(resource.get("created")) or datestamp,
        datestamp=datestamp,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        record=text,
    )
    return Taken(stored, resource)


def authority_of(identifier: str) -> str | None:
    """The authority of an identifier in lower case; None: it is no ivoid.

    >>> authority_of("ivo://CDS.VizieR/I/239"), authority_of("oai:x")
    ('cds.vizier', None)
    """
    match = IVOID.fullmatch(identifier)
    if match is None or len(identifier) > LONGEST:
        return None
    return match[1].lower()


def _identifier_fault(identifier: str, rules: Rules) -> str | None:
    authority = authority_of(identifier)
    if authority is None:
        return NO_IVOID
    return None if authority in rules.authorities else FOREIGN


def _resource_fault(
    resource: Element, text: str, identifier: str, rules: Rules
) -> str | None:
    faults = (
        (
            _text(resource, "{*}identifier").lower() != identifier.lower(),
            OTHER_IDENTIFIER,
        ),
        (not _text(resource, "{*}title"), NO_TITLE),
        (resource.get("status") not in ("active", "inactive", "deleted"), NO_STATUS),
        (len(text.encode()) > rules.largest, TOO_LARGE),
        (STAND_IN in f"{text}\n{STRING(resource)}".lower(), STANDS_IN),
    )
    return next((reason for is_so, reason in faults if is_so), None)


def _text(element: Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else "".join(found.itertext()).strip()
