"""Records to harvest, and requests for them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from lxml import etree

from vo_lcc.dali.capability import Publisher
from vo_lcc.db import Database
from vo_lcc.registry.oai.answers import Repository, answer
from vo_lcc.registry.store import Stored, store_records
from vo_lcc.voresource.names import BASE_URL

OAI = "{http://www.openarchives.org/OAI/2.0/}"
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HERE = Repository("https://vo.example.org", Publisher("example.org", "Example & Co"))
SOMEWHERE_ELSE = "https://peer.example/oai"

TYPES = {"registry": "vg:Registry"}
HARVEST = f"""
  <capability standardID="ivo://ivoa.net/std/Registry" xsi:type="vg:Harvest">
    <interface role="std" version="1.0" xsi:type="vg:OAIHTTP">
      <accessURL use="base">{BASE_URL}/oai</accessURL>
    </interface>
    <maxRecords>0</maxRecords>
  </capability>
  <full>false</full>
  <managedAuthority>example.org</managedAuthority>"""

RECORD = """\
<ri:Resource xmlns:ri="http://www.ivoa.net/xml/RegistryInterface/v1.0"\
 xmlns:vg="http://www.ivoa.net/xml/VORegistry/v1.0"\
 xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0"\
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\
 xsi:type="{type}" status="active"\
 created="2026-01-02T03:04:05Z" updated="2026-01-02T03:04:05Z">
  <title>Stars &lt;{name}&gt; of Böhm</title>
  <identifier>{identifier}</identifier>
  <altIdentifier>doi:10.5072/{name}</altIdentifier>
  <curation>
    <publisher>Example &amp; Co</publisher>
    <creator><name>Leavitt, H.</name></creator>
    <creator><name>Pickering, E.</name></creator>
    <contributor>Fleming, W.</contributor>
    <date role="Created">2026-01-01</date>
    <contact><name>Someone</name></contact>
  </curation>
  <content>
    <subject>light-curves</subject>
    <subject>variable-stars</subject>
    <description>Light curves
       of stars.</description>
    <source format="bibcode">1908AnHar..60...87L</source>
    <referenceURL>{base_url}/collections/{name}</referenceURL>
    <type>Catalog</type>
    <contentLevel>Research</contentLevel>
  </content>{rest}
</ri:Resource>"""


def record(
    name: str,
    seconds: float = 0,
    status: str = "active",
    registry: str = "",
    padding: int = 0,
) -> Stored:
    """A record of ours that changed so many seconds after `START`."""
    identifier = f"ivo://example.org/{name}"
    xml = RECORD.format(
        type=TYPES.get(name, "vr:Resource"),
        name=name,
        identifier=identifier,
        base_url=BASE_URL,
        rest=HARVEST if name == "registry" else f"<!--{'x' * padding}-->",
    )
    moment = START + timedelta(seconds=seconds)
    return Stored(identifier, registry, status, START, moment, "", xml)


def store(database: Database, *records: Stored) -> None:
    """Store these records."""
    with database.load() as load:
        store_records(load, records)


def emptied(database: Database) -> Database:
    """The database without any record."""
    database.fetch("TRUNCATE vo_lcc.records")
    return database


def ask(
    database: Database, *pairs: tuple[str, str], **arguments: str
) -> etree._Element:
    """The answer to a request; `from_` is `from`."""
    named = ((name.rstrip("_"), value) for name, value in arguments.items())
    return etree.fromstring(answer(database, HERE, [*pairs, *named]))


def code(answer: etree._Element) -> str | None:
    """The code of its error, or None."""
    error = answer.find(f"{OAI}error")
    return None if error is None else error.get("code")


def identifiers(answer: etree._Element) -> list[str]:
    """The last part of each identifier that is listed."""
    found = answer.iterfind(f".//{OAI}header/{OAI}identifier")
    return [element.text.rpartition("/")[2] for element in found]


def token(answer: etree._Element) -> str | None:
    """The token with which to go on, or None."""
    return answer.findtext(f".//{OAI}resumptionToken") or None


def harvest(
    database: Database, verb: str, **arguments: str
) -> Iterable[etree._Element]:
    """Every answer to a request and its tokens."""
    page = ask(database, verb=verb, **arguments)
    yield page
    while (found := token(page)) is not None:
        page = ask(database, verb=verb, resumptionToken=found)
        yield page
