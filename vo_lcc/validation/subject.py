"""The server that is judged, with all that is at hand to judge it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from vo_lcc.validation.asking import Asker, Pairs, Reply, is_here
from vo_lcc.validation.documents import child_text, is_html, named
from vo_lcc.validation.findings import UnfitError
from vo_lcc.validation.probes import OAI, PROBES, Probe
from vo_lcc.validation.schemas import Schemas
from vo_lcc.validation.services import Service, Services
from vo_lcc.validation.stilts import Stilts

MOST = 3  # services of one kind that a server elsewhere is asked
NEARBY = (("RA", "180"), ("DEC", "0"), ("SR", "0.1"))
LONGEST_COMMAND = 1000  # characters of a query that a service gives
XML = ("xml", "+xml")


@dataclass(slots=True)
class Subject:
    """A server, its services, and the tools; None for a tool that is not at hand.

    `kept` has answers beside those to probes, by name: the schemas judge them too.
    """

    asker: Asker
    services: Services
    stilts: Stilts | None = None
    schemas: Schemas | None = None
    stages: str = ""
    kept: dict[str, Reply] = field(default_factory=dict)

    def some(self, kind: str) -> tuple[Service, ...]:
        """The services of a kind that are asked: of a server of this machine all."""
        found = self.services.of(kind)
        return found if is_here(self.services.url) else found[:MOST]

    def asked(self, probe: Probe) -> Iterator[tuple[Service, Reply]]:
        """Each service of the probe's kind with its answer."""
        for service in self.some(probe.kind):
            yield service, self.answer(service, probe)

    def answer(self, service: Service, probe: Probe) -> Reply:
        """What a service answers to a probe."""
        params = probe.params
        if probe.name in OWN_QUERIES:
            params = (*OWN_QUERIES[probe.name](service), *params)
        url = service.url.rstrip("/") + probe.path if probe.path else service.url
        if probe.method == "POST":
            return self.asker.ask("POST", url, data=params)
        return self.asker.get(url, params)

    def documents(self) -> Iterator[tuple[str, Reply]]:
        """All answers that are XML, or should be, by name; each once."""
        for probe in PROBES:
            if probe.method != "GET":
                continue
            for service in self.some(probe.kind):
                try:
                    yield probe.name, self.answer(service, probe)
                except UnfitError:  # which the check of this probe tells
                    continue
        for service in self.services.of("oai"):
            for name, params, _ in OAI:
                try:
                    yield f"oai.{name}", self.asker.get(service.url, params)
                except UnfitError:
                    continue
        yield from list(self.kept.items())

    def xml_documents(self) -> dict[tuple[str, str], Reply]:
        """Those that say they are XML, by name and URL."""
        return {
            (name, reply.url): reply
            for name, reply in self.documents()
            if reply.media_type.endswith(XML) and not is_html(reply)
        }


def own_cone(service: Service) -> Pairs:
    """The cone that a service gives for tests, else a small one."""
    for query in named(service.element, "testQuery"):
        told = {name.upper(): child_text(query, name) for name in ("ra", "dec", "sr")}
        if all(told.values()):
            return tuple(told.items())
    return NEARBY


def own_search(service: Service) -> Pairs:
    """The search that an SSA service gives for tests, else a small region."""
    for query in named(service.element, "testQuery"):
        command = parse_qsl(child_text(query, "queryDataCmd")[:LONGEST_COMMAND])
        if command:
            return tuple(pair for pair in command if pair[0].upper() != "REQUEST")
        size = child_text(query, "size")
        for place in named(query, "pos"):
            told = (child_text(place, "long"), child_text(place, "lat"))
            if size and all(told):
                return (("POS", ",".join(told)), ("SIZE", size))
    return (("POS", "180,0"), ("SIZE", "0.1"))


OWN_QUERIES = {"scs.query": own_cone, "ssa.query": own_search}
