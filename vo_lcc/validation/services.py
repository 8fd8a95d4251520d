"""What a server has, by its capabilities (VOSI 1.1, section 4)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vo_lcc.validation.asking import Asker, Reply, joined
from vo_lcc.validation.documents import (
    Element,
    child_text,
    local,
    named,
    parse_xml,
    text_of,
)
from vo_lcc.validation.findings import UnfitError, legible

# The beginnings of standardIDs, in lower case, and what they are called here.
KINDS = (
    ("ivo://ivoa.net/std/tap", "tap"),
    ("ivo://ivoa.net/std/conesearch", "scs"),
    ("ivo://ivoa.net/std/ssa", "ssa"),
    ("ivo://ivoa.net/std/datalink#links", "datalink"),
    ("ivo://ivoa.net/std/soda#sync", "soda"),
    ("ivo://ivoa.net/std/soda#async", "soda-async"),
    ("ivo://ivoa.net/std/dali#examples", "examples"),
    ("ivo://ivoa.net/std/vosi#capabilities", "capabilities"),
    ("ivo://ivoa.net/std/vosi#availability", "availability"),
    ("ivo://ivoa.net/std/vosi#tables", "tables"),
    ("ivo://ivoa.net/std/registry", "oai"),
)
ENDS = ("", "#", "-", "/")  # what may come after one of these beginnings
PLACES = ("{url}/capabilities", "{url}", "{url}/tap/capabilities")
OAI_ROOT = "OAI-PMH"
CLOSED = "it answers only users who log in; have it open while it is validated"


@dataclass(frozen=True, slots=True)
class Service:
    """One capability with one access URL."""

    kind: str  # one of KINDS, or ""
    standard_id: str
    url: str
    version: str
    use: str
    element: Element = field(compare=False, repr=False)
    told_by: str = ""  # the document that tells of it


@dataclass(frozen=True, slots=True)
class Services:
    """All services that were found; `documents` are the capabilities that tell."""

    url: str
    documents: tuple[Reply, ...]
    all: tuple[Service, ...]

    def of(self, kind: str) -> tuple[Service, ...]:
        """Those of one kind, each URL once."""
        found = {each.url: each for each in reversed(self.all) if each.kind == kind}
        return tuple(reversed(found.values()))


def kind_of(standard_id: str) -> str:
    """What a standardID stands for, "" when it is of no matter here.

    >>> kind_of("ivo://ivoa.net/std/TAP"), kind_of("ivo://ivoa.net/std/TAP#aux")
    ('tap', '')
    """
    told = standard_id.strip().lower()
    if told.endswith("#aux"):
        return ""
    for start, kind in KINDS:
        if told.startswith(start) and told[len(start) : len(start) + 1] in ENDS:
            return kind
    return ""


def find_services(asker: Asker, url: str) -> Services:
    """Ask for capabilities where they may be; raises UnfitError without any."""
    url = url.rstrip("/")
    documents: list[Reply] = []
    problems: list[str] = []
    for place in PLACES:
        if documents and place == "{url}":
            continue
        try:
            reply = asker.get(place.format(url=url))
            if reply.status == 200 and local(parse_xml(reply)) == "capabilities":
                documents.append(reply)
            else:
                why = CLOSED if reply.status == 401 else "no capabilities"
                problems.append(f"{reply.about}: {why}")
        except UnfitError as error:
            problems.append(str(error))
    if not documents:
        raise UnfitError("; ".join(problems))
    services = [each for reply in documents for each in services_in(reply)]
    if not any(each.kind == "oai" for each in services):
        services += guessed_registry(asker, url)
    return Services(url, tuple(documents), tuple(services))


def services_in(reply: Reply) -> Iterator[Service]:
    """The access URLs of a capabilities document."""
    for capability in named(parse_xml(reply), "capability"):
        standard_id = capability.get("standardID", "")
        for interface in (each for each in capability if local(each) == "interface"):
            for access in (each for each in interface if local(each) == "accessURL"):
                yield Service(
                    kind_of(standard_id),
                    legible(standard_id),
                    joined(reply.url, text_of(access)),
                    str(interface.get("version", "")),
                    str(access.get("use", "")),
                    capability,
                    reply.url,
                )


def guessed_registry(asker: Asker, url: str) -> Iterator[Service]:
    """A publishing registry at /oai, where a server has one that it does not tell."""
    base = url.removesuffix("/tap")
    try:
        reply = asker.get(f"{base}/oai", [("verb", "Identify")])
        root = parse_xml(reply)
    except UnfitError:
        return
    if local(root) == OAI_ROOT:
        at = f"{base}/oai"
        yield Service("oai", "ivo://ivoa.net/std/Registry", at, "2.0", "base", root)


def limit(capability: Element, name: str) -> tuple[str, str]:
    """The default and the hard limit of a capability, "" for what is missing."""
    for each in named(capability, name):
        return child_text(each, "default"), child_text(each, "hard")
    return "", ""
