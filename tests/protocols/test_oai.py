"""The publishing registry as the RofR, harvesters and validators see it."""

import re
import time
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import requests
from lxml import etree
from sickle import Sickle

from tests.protocols.stars import publish
from vo_lcc.config import Config, PublisherSection
from vo_lcc.dali.context import CHECK_INTERVAL
from vo_lcc.db import Database
from vo_lcc.lightcurves.releases.withdrawing import withdraw

PAGE = Path(__file__).parents[2] / "docs" / "register.md"
EXAMPLE = re.compile(
    r'```console\n\$ curl "https://vo\.example\.org([^"]+)"\n(.*?)```', re.DOTALL
)
INDENTING = etree.XMLParser(remove_blank_text=True)
OAI = "{http://www.openarchives.org/OAI/2.0/}"
RESOURCE = "{http://www.ivoa.net/xml/RegistryInterface/v1.0}Resource"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
DUBLIN = "verb=ListIdentifiers&metadataPrefix=oai_dc"
ALL = "verb=ListRecords&metadataPrefix=ivo_vor&set=ivo_managed"
NOTHING, BAD, NONE = "noRecordsMatch", "badArgument", None

# What the validator of the RofR asks, and the codes of errors that it takes; None: it
# takes an answer without any.
PROBES = (
    ("verb=Identify", {NONE}),
    ("verb=Identify&test=test", {BAD}),
    ("verb=ListMetadataFormats", {NONE}),
    ("verb=ListSets", {NONE}),
    (DUBLIN, {NONE}),
    (f"{DUBLIN}&set=ivo_managed", {NONE}),
    (f"{DUBLIN}&from=2000-01-01&until=2000-01-01", {NONE, NOTHING, BAD}),
    (f"{DUBLIN}&set=wrong&from=some_date&until=some_date", {BAD, "noSetHierarchy"}),
    (f"{DUBLIN}&from=2001-01-01&until=2002-01-01T00:00:00Z", {NOTHING, BAD}),
    (f"{DUBLIN}&from=2000-01-01&until=1999-01-01", {NOTHING, BAD}),
    ("verb=ListIdentifiers", {BAD}),
    ("verb=ListIdentifiers&metadataPrefix=illegal", {"cannotDisseminateFormat", BAD}),
    (f"{DUBLIN}&metadataPrefix=oai_dc", {BAD}),
    ("verb=ListIdentifiers&resumptionToken=junktoken", {"badResumptionToken"}),
    (f"{DUBLIN}&from=2001-01-01", {NONE}),
    (f"{DUBLIN}&from=2001-01-01T00:00:00Z", {NONE, BAD}),
    (f"{DUBLIN}&from=2001", {BAD}),
    ("verb=ListMetadataFormats&identifier=wrong_id", {"idDoesNotExist", BAD}),
    ("verb=GetRecord&metadataPrefix=oai_dc", {BAD}),
    (
        "verb=GetRecord&identifier=wrong_id&metadataPrefix=oai_dc",
        {"idDoesNotExist", BAD},
    ),
    (
        "verb=GetRecord&identifier=invalid%5C%22id&metadataPrefix=oai_dc",
        {"idDoesNotExist", BAD},
    ),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=1969-01-01T00:00:00Z", {NOTHING}),
    ("verb=ListRecords&metadataPrefix=oai_dc", {NONE}),
    ("verb=ListRecords", {BAD}),
    ("verb=ListRecords&resumptionToken=junktoken", {"badResumptionToken"}),
    ("verb=IllegalVerb", {"badVerb"}),
    ("", {"badVerb"}),
    (ALL, {NONE}),
)

Validate = Callable[[bytes], list[str]]
Serving = Callable[[Config, str], AbstractContextManager[str]]


def ask(server: str, query: str, **options: object) -> etree._Element:
    reply = requests.get(f"{server}/oai?{query}", timeout=30, **options)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
    return etree.fromstring(reply.content)


@pytest.mark.parametrize(("query", "codes"), PROBES)
def test_every_probe_of_the_rofr_gets_an_answer_it_takes(
    server: str, validate: Validate, query: str, codes: set[str | None]
):
    root = ask(server, query)
    error = root.find(f"{OAI}error")

    assert (None if error is None else error.get("code")) in codes
    assert validate(etree.tostring(root)) == []


def test_identify_describes_the_registry_at_the_address_asked(server: str):
    """RI3.1.5: the base URL is that of the request, the description a vg:Registry."""
    root = ask(server, "verb=Identify")
    (resource,) = root.iterfind(f".//{OAI}description/{RESOURCE}")
    kinds = [each.get(XSI_TYPE) for each in resource.iterfind("capability")]

    assert root.findtext(f".//{OAI}baseURL") == f"{server}/oai"
    assert resource.get(XSI_TYPE) == "vg:Registry"
    assert "vg:Harvest" in kinds


def test_all_that_is_managed_is_of_an_authority_that_is_described(server: str):
    """RI3.1.2 to RI3.1.4, of the list of all records."""
    registry = ask(server, "verb=Identify").find(f".//{RESOURCE}")
    managed = {each.text for each in registry.iterfind("managedAuthority")}
    records = list(ask(server, ALL).iter(f"{OAI}record"))
    resources = [each.find(f"{OAI}metadata/{RESOURCE}") for each in records]

    assert [each.findtext(f"{OAI}header/{OAI}identifier") for each in records] == [
        each.findtext("identifier") for each in resources
    ]
    kinds = {each.findtext("identifier"): each.get(XSI_TYPE) for each in resources}
    assert kinds[registry.findtext("identifier")] == "vg:Registry"
    authorities = {i.split("/")[2] for i in kinds}
    described = {
        i.removeprefix("ivo://") for i, kind in kinds.items() if kind == "vg:Authority"
    }
    assert authorities == managed == described
    assert {"vs:CatalogService", "vr:Organisation"} <= set(kinds.values())


def test_sets_and_formats_are_those_of_registries(server: str):
    """RI3.1.2c and RI3.1.6: no other set may begin with ivo_."""
    sets = [e.text for e in ask(server, "verb=ListSets").iter(f"{OAI}setSpec")]
    formats = ask(server, "verb=ListMetadataFormats")

    assert sets == ["ivo_managed"]
    assert "ivo_vor" in [e.text for e in formats.iter(f"{OAI}metadataPrefix")]


def test_addresses_in_records_are_those_the_client_sees(server: str):
    proxied = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "vo.example.org",
        "X-Forwarded-Prefix": "/curves",
    }
    here = [e.text for e in ask(server, ALL).iter("accessURL")]
    there = [e.text for e in ask(server, ALL, headers=proxied).iter("accessURL")]

    assert len(here) > 5
    assert all(url.startswith(f"{server}/") for url in here)
    moved = "https://vo.example.org/curves"
    assert there == [url.replace(server, moved) for url in here]


def test_sickle_takes_all_records_and_gets_each(server: str):
    sickle = Sickle(f"{server}/oai", timeout=30)
    identifiers = [
        each.identifier for each in sickle.ListIdentifiers(metadataPrefix="oai_dc")
    ]
    titles = [
        sickle.GetRecord(identifier=each, metadataPrefix="oai_dc").metadata["title"]
        for each in identifiers
    ]

    assert "ivo://x-unregistered/demo" in identifiers
    assert all(title and title[0] for title in titles)


def test_other_methods_are_refused_as_http_has_it(server: str):
    reply = requests.put(f"{server}/oai?verb=Identify", timeout=30)

    assert reply.status_code == 405
    assert set(reply.headers["Allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


@pytest.fixture
def stars(db: Database, tmp_path: Path) -> Database:
    """A database in which the collection `stars` is published."""
    publish(db, tmp_path)
    return db


def test_a_harvester_hears_of_a_collection_that_is_withdrawn(
    stars: Database, serving: Serving
):
    publisher = PublisherSection(authority="example.org", email="vo@example.org")
    with serving(Config(publisher=publisher), stars.url) as url:
        sickle = Sickle(f"{url}/oai", timeout=30)
        asked = {"metadataPrefix": "ivo_vor"}
        before = list(sickle.ListRecords(**asked))
        since = ask(url, "verb=ListSets").findtext(f"{OAI}responseDate")
        withdraw(stars, "stars", "1")
        time.sleep(1.1 * CHECK_INTERVAL)
        changed = list(sickle.ListRecords(**asked, **{"from": since}))

    mine = "ivo://example.org/stars"
    known = {each.header.identifier: each.deleted for each in before}
    assert known[mine] is False
    assert [each.deleted for each in changed if each.header.identifier == mine] == [
        True
    ]


def test_the_page_about_registering_shows_what_is_answered(
    db: Database, serving: Serving
):
    """With the settings that stand there; dates differ."""
    page = PAGE.read_text("utf-8")
    (settings,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    examples = EXAMPLE.findall(page)
    with serving(Config(**tomllib.loads(settings)), db.url) as url:
        for path, shown in examples:
            reply = requests.get(url + path, timeout=30)
            root = etree.fromstring(reply.content, INDENTING)
            answer = undated(etree.tostring(root, pretty_print=True).decode())
            pieces = undated(shown).replace("/demo<", "/tap<").split("...\n")
            for piece in filter(None, pieces):
                _, found, answer = answer.partition(piece)
                assert found == piece

    assert len(examples) == 3


def undated(text: str) -> str:
    """The text without dates and blanks at the beginnings of lines."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "#", re.sub(r"\n +", "\n", text))
