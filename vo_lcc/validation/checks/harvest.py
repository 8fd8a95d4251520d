"""OAI-PMH 2.0 and Registry Interfaces 1.1: verbs, errors, dates, tokens."""

from collections.abc import Iterator
from typing import Any

from vo_lcc.validation.asking import Pairs, Reply
from vo_lcc.validation.checks.check import Check, Run
from vo_lcc.validation.documents import (
    Element,
    child_text,
    excerpt,
    local,
    named,
    parse_xml,
    text_of,
)
from vo_lcc.validation.findings import (
    Finding,
    UnfitError,
    fail,
    legible,
    not_run,
    warn,
)
from vo_lcc.validation.probes import OAI
from vo_lcc.validation.services import Service
from vo_lcc.validation.subject import Subject

GROUP = "Registry (OAI-PMH)"
PREFIX = ("metadataPrefix", "ivo_vor")
GRANULARITIES = ("YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ")
IDENTIFY = (
    "repositoryName", "baseURL", "protocolVersion", "adminEmail", "earliestDatestamp",
    "deletedRecord", "granularity",
)  # fmt: skip
MOST_PAGES = 3


def oai(reply: Reply) -> Element:
    """The root of an answer of OAI-PMH, errors included: their status is 200."""
    if reply.status != 200:
        raise UnfitError(f"{reply.about}{excerpt(reply)}")
    root = parse_xml(reply)
    if local(root) != "OAI-PMH":
        raise UnfitError(f"{reply.about}: <{legible(local(root))}>, not OAI-PMH")
    return root


def verb(params: Pairs, wanted: str) -> Run:
    """The check that a request is answered by an element, or an error with a code."""

    def run(subject: Subject) -> Iterator[Finding]:
        for service in subject.services.of("oai"):
            reply = subject.asker.get(service.url, params)
            root = oai(reply)
            codes = [str(each.get("code", "")) for each in named(root, "error")]
            seen = codes or [local(each) for each in root][-1:]
            if wanted not in seen:
                yield fail(
                    f"{legible(reply.url)}: {legible(', '.join(seen)) or 'nothing'}",
                    f"answer with {wanted}",
                )
            if reply.media_type != "text/xml":
                yield fail(reply.about, "send text/xml (OAI-PMH 2.0, section 3.1.2)")

    return run


def title(name: str, wanted: str) -> str:
    """What a check of a request says.

    >>> title("sets", "ListSets"), title("no-verb", "badVerb")
    ('sets: ListSets is answered', 'no verb: an error badVerb')
    """
    told = f"{wanted} is answered" if wanted[0].isupper() else f"an error {wanted}"
    return f"{name.replace('-', ' ')}: {told}"


def identified(subject: Subject) -> Iterator[Finding]:
    """What Identify must tell, and the record of the registry itself."""
    for service in subject.services.of("oai"):
        reply = subject.asker.get(service.url, [("verb", "Identify")])
        root = oai(reply)
        for told in named(root, "Identify"):
            for name in IDENTIFY:
                if not child_text(told, name):
                    yield fail(f"Identify: no {name}")
            if child_text(told, "granularity") not in GRANULARITIES:
                yield fail(f"granularity: {legible(child_text(told, 'granularity'))}")
            if child_text(told, "baseURL").rstrip("?") != service.url.rstrip("?"):
                yield warn(
                    f"baseURL is {legible(child_text(told, 'baseURL'))}, asked was"
                    f" {legible(service.url)}",
                    "behind a proxy, tell the server its public URL",
                )
        if not any(local(each).lower() == "resource" for each in root.iter()):
            yield fail(
                "Identify: no record of the registry in <description>",
                "embed the vg:Registry record (Registry Interfaces 1.1, section 2.2)",
            )


def dated(subject: Subject) -> Iterator[Finding]:
    """A record is found by its own datestamp: both ends of a range belong to it."""
    for service in subject.services.of("oai"):
        header = first_header(subject, service)
        if header is None:
            yield not_run("no record to ask for")
            continue
        when, name = child_text(header, "datestamp"), child_text(header, "identifier")
        asked = [("verb", "ListIdentifiers"), PREFIX, ("from", when), ("until", when)]
        found = [
            text_of(each)
            for root in pages(subject, service, asked)
            for each in named(root, "identifier")
        ]
        if name not in found:
            yield fail(
                f"from = until = {legible(when)} does not give {legible(name)}",
                "both ends of a range of dates belong to it",
            )
        yield from one_record(subject, service, name)


def one_record(subject: Subject, service: Service, name: str) -> Iterator[Finding]:
    """GetRecord gives the record in both formats."""
    for prefix in ("ivo_vor", "oai_dc"):
        params = [
            ("verb", "GetRecord"),
            ("metadataPrefix", prefix),
            ("identifier", name),
        ]
        reply = subject.asker.get(service.url, params)
        root = oai(reply)
        subject.kept[f"oai.record-{prefix}"] = reply
        if not any(True for _ in named(root, "record")):
            yield fail(f"{legible(reply.url)}: no record")


def whole(subject: Subject) -> Iterator[Finding]:
    """Tokens lead through the list, each record once."""
    for service in subject.services.of("oai"):
        names: list[str] = []
        for root in pages(subject, service, [("verb", "ListIdentifiers"), PREFIX]):
            names += [text_of(each) for each in named(root, "identifier")]
        if len(set(names)) != len(names):
            yield fail(f"{len(names) - len(set(names))} records come twice")
        if not names:
            yield warn("the registry has no records")


def pages(subject: Subject, service: Service, params: Any) -> Iterator[Element]:
    """The first pages of a list."""
    for _ in range(MOST_PAGES):
        root = oai(subject.asker.get(service.url, params))
        yield root
        tokens = [text_of(each) for each in named(root, "resumptionToken")]
        if not tokens or not tokens[0]:
            return
        params = [("verb", params[0][1]), ("resumptionToken", tokens[0])]


def first_header(subject: Subject, service: Service) -> Element | None:
    """The header of the first record."""
    params = [("verb", "ListIdentifiers"), PREFIX]
    root = oai(subject.asker.get(service.url, params))
    return next(named(root, "header"), None)


CHECKS = (
    *(
        Check(f"oai.{name}", GROUP, title(name, wanted), verb(params, wanted), "oai")
        for name, params, wanted in OAI
    ),
    Check("oai.told", GROUP, "Identify tells all it must", identified, "oai"),
    Check("oai.dates", GROUP, "records are found by their dates", dated, "oai", True),
    Check("oai.tokens", GROUP, "the list is whole, each record once", whole, "oai"),
)  # fmt: skip
