"""The records of this server, by the standards' schemas and vocabularies."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.registry.collections import (
    FULL,
    OFFERED,
    PLAIN,
    PUBLISHER,
    SECOND,
    catalog_of,
    site_of,
)
from vo_lcc.dali.capability import XSI, Element, Publisher, Site
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.registry.records import build_records
from vo_lcc.tables import Catalog, Column, PhotCal
from vo_lcc.voresource.names import BASE_URL
from vo_lcc.voresource.resource import stamp

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
BARE = replace(site_of(PLAIN), publisher=Publisher())


def records_of(site: Site) -> dict[str, Element]:
    catalog = catalog_of(*site.collections.values())
    built = build_records(site, catalog, OFFERED)
    return {ivoid: stamp(element, NOW, NOW) for ivoid, element in built}


def record_of(collection: Collection) -> Element:
    return records_of(site_of(collection))[f"ivo://example.org/{collection.name}"]


def texts(element: Element, path: str) -> list[str]:
    return [found.text for found in element.iterfind(path)]


SITES = {
    "as much as can be said": site_of(FULL),
    "as little as can be said": BARE,
    "no collection": site_of(),
    "text that XML cannot hold": site_of(
        replace(FULL, title="a\x00<b>&\x1f", description="\ufffe", rights=None)
    ),
}


@pytest.fixture(scope="module", params=["rec", "dev"])
def schema(request: pytest.FixtureRequest, shared: Path) -> etree.XMLSchema:
    folder = shared / "validators" / "xsd" / request.param
    return etree.XMLSchema(etree.parse(folder / "_voresource.xsd"))


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_every_record_is_valid(site: Site, schema: etree.XMLSchema) -> None:
    for element in records_of(site).values():
        schema.assertValid(etree.fromstring(etree.tostring(element)))


def test_what_drafts_add_is_valid_by_their_schemas(shared: Path) -> None:
    path = shared / "validators" / "xsd" / "dev" / "_voresource.xsd"
    schema = etree.XMLSchema(etree.parse(path))
    records = records_of(replace(site_of(FULL), drafts=True))

    for element in records.values():
        schema.assertValid(etree.fromstring(etree.tostring(element)))
    (orcid,) = records["ivo://example.org/stars"].xpath("//creator/name/@altIdentifier")
    assert orcid == "https://orcid.org/0000-0001-2345-6789"
    for name in ("stars", "tap", "~"):
        served = texts(records[f"ivo://example.org/{name}"], "productTypeServed")
        assert served == ["light-curve"]


TERMS = {
    "voresource_date_role": "curation/date/@role",
    "voresource_relationship_type": "content/relationship/relationshipType/text()",
    "voresource_content_type": "content/type/text()",
    "voresource_content_level": "content/contentLevel/text()",
    "uat": "content/subject/text()",
    "messenger": "coverage/waveband/text()",
    "product-type": "productTypeServed/text()",
}


@pytest.mark.parametrize(("vocabulary", "path"), TERMS.items(), ids=TERMS)
def test_terms_are_those_of_the_vocabularies(
    vocabulary: str, path: str, shared: Path
) -> None:
    text = (shared / "validators" / "vocab" / f"{vocabulary}.json").read_text()
    known = json.loads(text)["terms"]
    records = records_of(replace(site_of(FULL), drafts=True)).values()
    used = {str(term) for element in records for term in element.xpath(path)}

    assert used
    assert not [t for t in used if t not in known or "deprecated" in known[t]]


def test_there_is_a_record_for_each_service_and_collection() -> None:
    kinds = {i: e.get(f"{{{XSI}}}type") for i, e in records_of(site_of(FULL)).items()}

    assert kinds == {
        "ivo://example.org": "vg:Authority",
        "ivo://example.org/registry": "vg:Registry",
        "ivo://example.org/org": "vr:Organisation",
        "ivo://example.org/tap": "vs:CatalogService",
        "ivo://example.org/~": "vs:DataService",
        "ivo://example.org/stars": "vs:CatalogService",
    }


def test_identifiers_in_records_are_those_they_are_stored_under() -> None:
    for ivoid, element in records_of(site_of(FULL)).items():
        assert element.findtext("identifier") == ivoid


def test_identifiers_of_light_curves_begin_with_that_of_a_record() -> None:
    for site in (site_of(FULL), BARE):
        did = CurveId("stars", "s-1", "g").did(site.publisher.authority)
        record = records_of(site)[did.partition("?")[0]]

        standards = {c.get("standardID") for c in record.iterfind("capability")}
        assert "ivo://ivoa.net/std/DataLink#links-1.1" in standards


def test_a_collection_that_is_called_like_a_service_has_a_record_of_its_own() -> None:
    names = ("tap", "org", "registry")
    records = records_of(site_of(*(replace(FULL, name=name) for name in names)))

    assert len(records) == 8
    assert records["ivo://example.org/tap.collection"].findtext("title") == "Stars"


def test_related_records_are_there() -> None:
    records = records_of(site_of(FULL))
    for element in records.values():
        for ivoid in element.xpath(".//@ivo-id[starts-with(., 'ivo://example.org')]"):
            assert ivoid in records


def test_a_collection_says_who_made_it() -> None:
    record = record_of(FULL)

    assert texts(record, "curation/creator/name") == ["Doe, J.", "Roe, R."]
    assert texts(record, "curation/creator/altIdentifier") == [
        "https://orcid.org/0000-0001-2345-6789"
    ]
    assert texts(record, "altIdentifier") == ["doi:10.5281/zenodo.1234567"]
    assert record.findtext("content/source") == FULL.bibcode
    assert record.find("rights").get("rightsURI") == FULL.about.rights_uri
    assert texts(record, "facility") == [
        "Apache Point Observatory",
        "Sloan Foundation 2.5m",
    ]


def test_creators_that_are_one_text_are_names() -> None:
    assert texts(record_of(PLAIN), "curation/creator/name") == ["Doe, J.", "Roe, R."]


def test_what_is_not_known_is_not_said() -> None:
    record = record_of(PLAIN)

    for tag in ("coverage", "rights", "facility", "instrument", "altIdentifier"):
        assert record.find(tag) is None
    assert record.find("content/source") is None


def test_dates_tell_of_releases() -> None:
    record = record_of(FULL)
    dates = [(e.get("role"), e.text) for e in record.iterfind("curation/date")]

    assert dates == [
        ("Created", "2026-01-02T03:04:05Z"),
        ("Updated", "2026-03-04T05:06:07Z"),
    ]
    assert record.findtext("curation/version") == "2"
    assert "1 of 2026-01-02 (stars_dr1)" in record.findtext("content/description")


def test_many_appends_are_one_update() -> None:
    appends = tuple(
        replace(FULL.releases[0], label=f"1.{i}", kind="append", published=SECOND)
        for i in range(1, 300)
    )
    collection = replace(FULL, release="1.299", releases=(FULL.releases[0], *appends))
    record = record_of(collection)

    assert len(record.findall("curation/date")) == 2
    assert len(record.findtext("content/description")) < 1000


def test_a_collection_has_its_own_services_and_refers_to_those_of_all() -> None:
    record = record_of(FULL)
    found = {
        capability.get("standardID"): capability.findtext("interface/accessURL")
        for capability in record.iterfind("capability")
    }

    assert found == {
        "ivo://ivoa.net/std/ConeSearch": f"{BASE_URL}/scs/stars?",
        "ivo://ivoa.net/std/SSA": f"{BASE_URL}/ssa/stars?",
        "ivo://ivoa.net/std/TAP#aux": f"{BASE_URL}/tap",
        None: f"{BASE_URL}/collections/stars",
    }
    (relation,) = record.iterfind("content/relationship")
    assert relation.findtext("relationshipType") == "IsServedBy"


def test_tables_stand_in_one_record_each() -> None:
    records = records_of(site_of(FULL))

    path = "tableset/schema/name"
    assert texts(records["ivo://example.org/stars"], path) == ["stars"]
    assert texts(records["ivo://example.org/tap"], path) == ["ivoa"]


def test_the_waveband_of_a_passband_is_told_by_the_ucd_of_its_magnitudes() -> None:
    band = PhotCal("V")
    mean = Column("V_mean", "float", ucd="phot.mag;em.opt.V", annotation=band)
    told = replace(PLAIN, object_columns=(*PLAIN.object_columns, mean))

    assert texts(record_of(PLAIN), "coverage/waveband") == []
    assert texts(record_of(told), "coverage/waveband") == ["Optical"]


def test_coverage_is_told_on_each_axis() -> None:
    coverage = record_of(FULL).find("coverage")

    assert texts(coverage, "spatial") == ["6/1-3 7/20"]
    assert texts(coverage, "temporal") == ["51074.98 54406.02"]
    assert texts(coverage, "footprint") == [f"{BASE_URL}/coverage/stars"]
    assert texts(coverage, "waveband") == ["Infrared", "Optical"]
    spectral = [tuple(map(float, t.split())) for t in texts(coverage, "spectral")]
    assert spectral == [
        pytest.approx((9.029e-20, 9.029e-20), rel=1e-3),
        pytest.approx((2.947e-19, 3.553e-19), rel=1e-3),
        pytest.approx((3.736e-19, 4.899e-19), rel=1e-3),
    ]


def test_a_server_nobody_named_says_so_and_gives_its_own_page() -> None:
    record = records_of(BARE)["ivo://x-unregistered/registry"]

    assert "name not given" in record.findtext("curation/publisher")
    assert record.findtext("content/referenceURL") == f"{BASE_URL}/"
    assert record.find("curation/contact/email") is None


def test_a_registry_of_the_whole_vo_says_so_and_how_it_is_searched(
    schema: etree.XMLSchema,
) -> None:
    site = site_of(FULL, publisher=replace(PUBLISHER, full_registry=True))
    catalog = Catalog((REGTAP, *catalog_of(FULL).schemas))
    record = dict(build_records(site, catalog, OFFERED))["ivo://example.org/registry"]
    schema.assertValid(etree.fromstring(etree.tostring(stamp(record, NOW, NOW))))

    assert record.findtext("full") == "true"
    url = "capability[@standardID='ivo://ivoa.net/std/TAP#aux']/interface/accessURL"
    assert texts(record, url) == [f"{BASE_URL}/tap"]
    assert texts(record, "tableset/schema/name") == ["rr"]
    (related,) = record.findall("content/relationship/relatedResource")
    assert related.get("ivo-id") == "ivo://example.org/tap"


def test_a_registry_of_ours_alone_does_not_ask_to_be_searched() -> None:
    record = records_of(site_of(FULL))["ivo://example.org/registry"]

    assert record.findtext("full") == "false"
    assert record.find("tableset") is None
    (only,) = record.findall("capability")
    assert only.get("standardID") == "ivo://ivoa.net/std/Registry"


def test_the_registry_manages_the_authority_and_names_its_oai_address() -> None:
    record = records_of(site_of(FULL))["ivo://example.org/registry"]

    assert texts(record, "managedAuthority") == ["example.org"]
    assert record.findtext("full") == "false"
    assert texts(record, "capability/interface/accessURL") == [f"{BASE_URL}/oai"]


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
def test_nothing_that_is_said_is_empty(site: Site) -> None:
    for element in records_of(site).values():
        empty = [e for e in element.iter() if not (len(e) or e.text or e.attrib)]
        assert empty == []


def test_short_names_have_at_most_sixteen_characters() -> None:
    name = "a.long.name.of.an.authority.example.org"
    publisher = replace(PUBLISHER, authority=name)
    collection = replace(PLAIN, name="a_long_name_of_a_collection")
    records = records_of(site_of(collection, publisher=publisher)).values()

    assert all(len(e.findtext("shortName") or "") <= 16 for e in records)


def test_each_record_has_a_title_of_its_own() -> None:
    titles = [e.findtext("title") for e in records_of(site_of(FULL)).values()]

    assert len(set(titles)) == len(titles)


def test_thousands_of_collections_make_no_record_of_services_long() -> None:
    site = site_of(*(replace(PLAIN, name=f"stars{i}") for i in range(1001)))
    built = dict(build_records(site, catalog_of(), OFFERED))

    assert built["ivo://example.org/~"].find("content/relationship") is None


def test_parameters_have_types_of_votable() -> None:
    for element in records_of(site_of(FULL))["ivo://example.org/~"].iter("dataType"):
        told = (element.get(f"{{{XSI}}}type"), element.text, element.get("arraysize"))
        assert told == ("vs:VOTableType", "char", "*")


def test_urls_are_written_as_they_were_given() -> None:
    record = records_of(site_of(FULL))["ivo://example.org/org"]

    assert record.findtext("content/referenceURL") == PUBLISHER.reference_url


def test_records_are_always_built_the_same() -> None:
    first, second = (
        {i: etree.tostring(e) for i, e in records_of(site_of(FULL, PLAIN)).items()}
        for _ in range(2)
    )

    assert first == second
