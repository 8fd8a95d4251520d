"""A publishing registry over real HTTP, which can be made to misbehave."""

import asyncio
import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape

from aiohttp import web

from vo_lcc.db import Database
from vo_lcc.registry.harvest import HarvestLimits, Settings

LIMITS = HarvestLimits(attempts=3, pause=0.001, patience=5)
SETTINGS = Settings(frozenset({"ours.example"}), 3600, LIMITS)
IVOIDS = [f"ivo://peer.example/r{number}" for number in range(7)]

RECORD = """<ri:Resource xmlns="" xmlns:ri="http://www.ivoa.net/xml/RegistryInterface/v1.0"
 xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
 xmlns:vg="http://www.ivoa.net/xml/VORegistry/v1.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="{kind}"
 created="2020-01-01T00:00:00Z" updated="2020-01-01T00:00:00Z" status="{status}">
<title>{title}</title><identifier>{identifier}</identifier>
<curation><publisher>P</publisher><contact><name>C</name></contact></curation>
<content><subject>stars</subject><description>d</description>
<referenceURL>http://x.example/</referenceURL></content>{more}</ri:Resource>"""


@dataclass(frozen=True)
class Record:
    """One record of the peer; `xml` None: only a header."""

    identifier: str
    datestamp: str = "2020-01-01T00:00:00Z"
    deleted: bool = False
    xml: str | None = None

    @property
    def text(self) -> str:
        status = ' status="deleted"' if self.deleted else ""
        metadata = "" if self.xml is None else f"<metadata>{self.xml}</metadata>"
        return (
            f"<record><header{status}><identifier>{self.identifier}</identifier>"
            f"<datestamp>{self.datestamp}</datestamp></header>{metadata}</record>"
        )


def resource(
    identifier: str,
    title: str = "A service",
    datestamp: str = "2020-01-01T00:00:00Z",
    status: str = "active",
    kind: str = "vs:CatalogService",
    more: str = "",
) -> Record:
    """A record with its metadata."""
    xml = RECORD.format(
        kind=kind, status=status, title=title, identifier=identifier, more=more
    )
    return Record(identifier, datestamp, xml=xml)


def deleted(record: Record, datestamp: str) -> Record:
    """The same, of which only the header is left."""
    return replace(record, datestamp=datestamp, deleted=True, xml=None)


Misbehaviour = Callable[[web.Request], web.Response | None]


@dataclass
class Peer:
    """What the registry has, how it answers, and what it was asked."""

    records: list[Record] = field(default_factory=list)
    authorities: Sequence[str] = ("peer.example",)
    identity: str = "ivo://peer.example/registry"
    page: int = 100
    sets: bool = True
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    deleted_record: str = "persistent"
    now: str = "2026-01-01T00:00:00Z"
    tokens_lost: int = 0
    instead: list[Misbehaviour] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.asked.append(asked)
        if self.instead:
            answer = self.instead.pop(0)(request)
            if answer is not None:
                return answer
        body = getattr(self, asked["verb"].lower())(asked)
        return self.sent(body)

    def sent(self, body: str) -> web.Response:
        """The answer, packed, with `body` in it."""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            f"<responseDate>{self.now}</responseDate><request>x</request>{body}</OAI-PMH>"
        )
        return web.Response(
            body=gzip.compress(text.encode()),
            headers={"Content-Type": "text/xml", "Content-Encoding": "gzip"},
        )

    def identify(self, asked: dict[str, str]) -> str:
        managed = "".join(
            f"<managedAuthority>{each}</managedAuthority>" for each in self.authorities
        )
        registry = resource(
            self.identity,
            "A registry",
            kind="vg:Registry",
            more=f"<full>false</full>{managed}",
        )
        return (
            "<Identify><repositoryName>A registry</repositoryName>"
            "<protocolVersion>2.0</protocolVersion>"
            f"<deletedRecord>{self.deleted_record}</deletedRecord>"
            f"<granularity>{self.granularity}</granularity>"
            f"<description>{registry.xml}</description></Identify>"
        )

    def listsets(self, asked: dict[str, str]) -> str:
        if not self.sets:
            return '<error code="noSetHierarchy">no sets</error>'
        return "<ListSets><set><setSpec>ivo_managed</setSpec></set></ListSets>"

    def listrecords(self, asked: dict[str, str]) -> str:
        start = 0
        if "resumptionToken" in asked:
            if self.tokens_lost:
                self.tokens_lost -= 1
                return '<error code="badResumptionToken">I forgot</error>'
            start = int(asked["resumptionToken"].partition("&+%")[0])
        since = asked.get("from", "")
        if "resumptionToken" in asked:
            since = asked["resumptionToken"].partition("&+%")[2]
        found = [each for each in self.records if each.datestamp >= since]
        if not found:
            return '<error code="noRecordsMatch">nothing</error>'
        end = start + self.page
        token = f"{end}&+%{since}" if end < len(found) else ""
        return (
            "<ListRecords>"
            + "".join(each.text for each in found[start:end])
            + f"<resumptionToken>{escape(token)}</resumptionToken></ListRecords>"
        )

    def lists(self) -> list[dict[str, str]]:
        """The questions for lists of records."""
        return [each for each in self.asked if each["verb"] == "ListRecords"]


def busy(retry_after: str | None = None) -> Misbehaviour:
    """503, and when to come again."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda request: web.Response(status=503, headers=headers)


def leads(location: str) -> Misbehaviour:
    """A redirect."""
    return lambda request: web.Response(status=302, headers={"Location": location})


def says(text: str | bytes) -> Misbehaviour:
    """Another body."""
    body = text.encode() if isinstance(text, str) else text
    return lambda request: web.Response(body=body, content_type="text/xml")


def as_usual(request: web.Request) -> None:
    """No misbehaviour."""


async def until(condition: Callable[[], object]) -> None:
    """Wait until it holds, for half a minute at most."""
    for _ in range(1500):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError


def status(database: Database) -> dict[str, str]:
    """The records that are kept."""
    return dict(database.fetch("SELECT ivoid, status FROM vo_lcc.records"))


def found(database: Database) -> dict[str, str]:
    """What RegTAP shows: titles by ivoid."""
    return dict(database.fetch("SELECT ivoid, res_title FROM rr.resource"))
