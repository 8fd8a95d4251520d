"""What the capabilities tell: is it whole, does it agree, does it work?"""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from vo_lcc.validation.asking import is_url
from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.documents import named, text_of
from vo_lcc.validation.findings import Finding, UnfitError, fail, legible, not_run, warn
from vo_lcc.validation.services import Service, limit
from vo_lcc.validation.subject import Subject

GROUP = "Self-description (VOSI)"
GONE = (404, 405, 410)
TAP_LIMITS = ("retentionPeriod", "executionDuration", "outputLimit", "uploadLimit")
# What else capabilities must have (SimpleDALRegExt 1.2, sections 3.1 and 3.3).
OTHER_LIMITS = (
    ("scs", ("maxSR", "maxRecords", "verbosity")),
    ("ssa", ("maxRecords", "defaultMaxRecords", "dataSource", "creationType")),
)


def complete(subject: Subject) -> Iterator[Finding]:
    """One TAP capability in a document, and what VOSI asks for beside it."""
    kinds = {each.kind for each in subject.services.all}
    if kinds <= {""}:
        yield fail("they tell of no service that is known here", "nothing is checked")
    for kind in ("capabilities", "tables"):
        if kind not in kinds and "tap" in kinds:
            yield fail(
                f"no capability tells of VOSI {kind}", "add it (VOSI 1.1, section 4.2)"
            )
    told = Counter(
        (each.told_by, each.standard_id)
        for each in subject.services.all
        if each.kind == "tap"
    )
    for (document, standard_id), times in told.items():
        if times > 1:
            yield warn(f"{legible(document)}: {times} interfaces of {standard_id}")


def bounded(subject: Subject) -> Iterator[Finding]:
    """Both limits, as whole numbers, hard ones not below the default."""
    if not any(subject.services.of(kind) for kind in ("tap", "scs", "ssa")):
        yield not_run("the server tells of no service that has limits")
    for service in subject.services.of("tap"):
        for name in TAP_LIMITS:
            yield from pair(name, *limit(service.element, name))
    for kind, names in OTHER_LIMITS:
        for service in subject.some(kind):
            for name in names:
                if not any(text_of(each) for each in named(service.element, name)):
                    yield warn(f"{legible(service.url)}: no {name} is told")


def pair(name: str, default: str, hard: str) -> Iterator[Finding]:
    """A default and a hard limit."""
    for word, value in (("default", default), ("hard", hard)):
        if not value.isascii() or not value.isdigit():
            yield fail(
                f"{name}: {word} is {legible(value)!r}"
                if value
                else f"{name}: no {word}",
                f"tell {word} limits as whole numbers; clients break without them",
            )
            return
    if int(hard[:18]) < int(default[:18]):
        yield fail(f"{name}: hard {legible(hard)} is below default {legible(default)}")


def located(subject: Subject) -> Iterator[Finding]:
    """Access URLs where the server was asked: same scheme, same host."""
    asked = urlsplit(subject.services.documents[0].url)
    for url, standard_id in sorted(
        {(each.url, each.standard_id) for each in subject.services.all}
    ):
        if not is_url(url):
            yield fail(f"{standard_id} is told to be at {legible(url)!r}")
            continue
        told = urlsplit(url)
        if told.scheme != asked.scheme:
            yield fail(
                f"{standard_id} is told to be at {legible(url)}, asked was by"
                f" {asked.scheme}",
                "behind a proxy, tell the server its public URL",
            )
        elif told.netloc != asked.netloc:
            yield warn(
                f"{standard_id} is told to be at {legible(url)}, not at {asked.netloc}",
                "behind a proxy, tell the server its public URL",
            )


def alive(subject: Subject) -> Iterator[Finding]:
    """Every access URL answers something."""
    for service in subject.services.all:
        try:
            yield from found(service, subject)
        except UnfitError as error:
            yield fail(str(error), "tell URLs that answer")


def found(service: Service, subject: Subject) -> Iterator[Finding]:
    """One access URL; that of TAP itself need not be a page."""
    if service.kind in ("tap", "soda-async"):
        return
    reply = subject.asker.get(service.url)
    if reply.status in GONE or reply.status >= 500:
        yield fail(reply.about, "tell URLs that answer")


CHECKS = (
    Check("told.complete", GROUP, "the capabilities are complete", complete),
    Check("told.limits", GROUP, "limits are told, default and hard", bounded),
    Check("told.places", GROUP, "access URLs are where the server was asked", located),
    Check("told.alive", GROUP, "all access URLs answer", alive),
)
