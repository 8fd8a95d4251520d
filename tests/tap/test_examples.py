"""The examples are good: each compiles, runs and finds something; clients read them."""

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import cdshealpix
import numpy as np
import pytest
import pyvo
import requests
from astropy.coordinates import Latitude, Longitude
from astropy.table import Table

from tests.protocols.conftest import running
from vo_lcc.adql import compile_query
from vo_lcc.config import Config
from vo_lcc.dali.examples import VOCABULARY
from vo_lcc.db.catalog import load_catalog
from vo_lcc.lightcurves.about import About, CollectionQuery
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.moc import parse_moc
from vo_lcc.tables import Catalog, Schema
from vo_lcc.tables import Table as AdqlTable
from vo_lcc.tap import examples_general, examples_page
from vo_lcc.tap.examples import TEMPLATES, UPLOAD, examples, position
from vo_lcc.tap.examples_general import general_examples
from vo_lcc.tap.examples_page import MOST, WHOLE, document, document_of

OWN = ["query-1"]
IDS = OWN + [template.id for template in TEMPLATES]
GENERAL = [template.id for template, _ in examples_general.TEMPLATES]
REGISTRY = {"here", "services"}
PLAIN = len(IDS) - sum(1 for template in TEMPLATES if template.uploads)


@pytest.fixture(scope="module")
def url(demo_db):
    with running(Config(), demo_db.url) as server:
        known = requests.get(f"{server}/oai?verb=Identify", timeout=30)
        known.raise_for_status()  # what is published is in the registry now
        yield f"{server}/tap"


@pytest.fixture(scope="module")
def demo(demo_db):
    return load_collections(demo_db)["demo"]


@pytest.fixture(scope="module")
def catalog(demo_db):
    return load_catalog(demo_db)


@pytest.fixture(scope="module")
def known(demo):
    return {each.id.removeprefix("demo-"): each for each in examples(demo)}


@pytest.fixture(scope="module")
def general(catalog, demo):
    return {
        each.id.removeprefix("all-"): each for each in general_examples(catalog, [demo])
    }


@pytest.fixture(scope="module")
def stars(url):
    """A hundred objects of the demo that have a period."""
    query = (
        "SELECT TOP 100 object_id, ra, dec, period, t_min FROM demo.objects"
        " WHERE period IS NOT NULL AND ABS(dec) < 80 AND n_points > 20"
        " ORDER BY object_id"
    )
    return pyvo.dal.TAPService(url).run_sync(query).to_table()


def upload_of(stars, columns):
    """A table with these columns, a few tenths of an arcsecond beside real objects."""
    count = len(stars)
    values = {
        "name": [f"mine {i}" for i in range(count)],
        "Star": [f"mine {i}" for i in range(count)],
        "ra": stars["ra"],
        "RA (J2000)": stars["ra"],
        "dec": stars["dec"] + 0.3 / 3600,
        "DEC (J2000)": stars["dec"] + 0.3 / 3600,
        "err": np.full(count, 0.5),
        "parallax": np.full(count, 0.1),
        "pmra": np.full(count, 2.0),
        "pmdec": np.full(count, -2.0),
        "object_id": stars["object_id"],
        "t0": stars["t_min"],
        "period": stars["period"],
    }
    return Table({column.name: values[column.name] for column in columns})


def test_the_demo_has_every_example(known):
    assert list(known) == IDS


@pytest.mark.parametrize("id_", IDS)
def test_an_example_compiles(catalog, known, id_):
    example = known[id_]
    if example.uploads:
        mine = AdqlTable("TAP_UPLOAD", UPLOAD, example.uploads)
        catalog = Catalog((*catalog.schemas, Schema("TAP_UPLOAD", (mine,))))

    plan = compile_query(example.query, catalog)

    assert plan.columns
    assert len({column.name for column in plan.columns}) == len(plan.columns)


@pytest.mark.parametrize("id_", IDS)
def test_an_example_runs_and_finds_something(url, known, stars, id_):
    example = known[id_]
    uploads = None
    if example.uploads:
        uploads = {UPLOAD: upload_of(stars, example.uploads)}

    rows = pyvo.dal.TAPService(url).run_sync(example.query, uploads=uploads).to_table()

    assert len(rows) > 0
    if id_ in ("match", "nearest", "unmatched", "errors", "quoted", "moved"):
        assert set(rows["object_id"]) >= set(stars["object_id"])
    if id_ == "ids":
        assert list(rows["asked"]) == list(rows["object_id"])
    if id_ in ("lightcurves", "lightcurves-at"):
        assert all(map(len, rows["obs_time"]))


@pytest.mark.parametrize("id_", GENERAL)
def test_an_example_of_all_collections_runs_and_finds_something(url, general, id_):
    rows = pyvo.dal.TAPService(url).run_sync(general[id_].query).to_table()

    assert len(rows) > 0


def test_examples_of_all_collections_are_those_that_can_be_asked(catalog, demo):
    bare = Catalog(tuple(each for each in catalog.schemas if each.name != "rr"))
    unseen = replace(demo, coverage="", t_min=None)

    def ids(catalog, *collections):
        found = general_examples(catalog, collections)
        return {each.id.removeprefix("all-") for each in found}

    assert ids(bare, demo) == set(GENERAL) - REGISTRY
    assert ids(catalog, unseen, demo) == set(GENERAL)
    assert ids(catalog, unseen) == ids(catalog) == {"columns", "services"}
    assert ids(Catalog(), demo) == set()


def test_a_general_example_has_a_place_and_a_day_of_light_curves(general, demo):
    (day,) = re.findall(r"t_min <= (\d+)", general["during"].query)

    assert demo.t_min < int(day) < demo.t_max  # the demo counts in MJD
    assert "POINT('ICRS'" in general["here"].query


@pytest.mark.parametrize("moc", ["5/700", "6/2 10/17000", "10/323 524", "7/5-6"])
def test_the_place_of_examples_is_covered(demo, moc):
    place = position(replace(demo, coverage=moc))

    cell = cdshealpix.lonlat_to_healpix(
        Longitude([place[0]], "deg"), Latitude([place[1]], "deg"), 29
    )
    assert any(start <= cell[0] < end for start, end in parse_moc(moc))


def test_queries_that_a_collection_suggests_come_first(demo):
    query = CollectionQuery(
        "Of my own", "Mine.", "SELECT * FROM IVOA.ObsCore JOIN demo.objects USING (x)"
    )

    made = examples(replace(demo, about=About(examples=(query, query))))

    assert [each.id for each in made[:2]] == ["demo-query-1", "demo-query-2"]
    assert (made[0].name, made[0].query) == ("Of my own", query.query)
    assert made[0].tables == ("demo.objects", "ivoa.obscore")
    assert len({each.id for each in made}) == len(made)


def test_examples_without_uploads_say_so(known):
    for example in known.values():
        assert bool(example.uploads) == ("TAP_UPLOAD" in example.query)


def test_a_collection_that_lacks_columns_has_fewer_examples(demo):
    bare = replace(
        demo,
        class_column=None,
        period_column=None,
        coverage="",
        t_min=None,
        example=None,
    )

    left = {each.id.removeprefix("demo-") for each in examples(bare)}

    assert set(IDS) - left == {"cone", "class", "points", "fold-column"}


def test_words_of_a_collection_are_quoted(demo):
    odd = replace(
        demo,
        name="order",
        example="O'Neill",
        period_column="Period (d)",
        passbands=(replace(demo.passbands[0], passband="g'"),),
    )

    queries = {each.id: each.query for each in examples(odd)}

    assert 'FROM "order".photometry' in queries["order-fold-column"]
    assert 'o."Period (d)", 1)' in queries["order-fold-column"]
    assert "'O''Neill'" in queries["order-fold-column"]
    assert "p.passband = 'g'''" in queries["order-points"]


def copies(demo, count):
    """That many collections."""
    return {f"c{i:04}": replace(demo, name=f"c{i:04}") for i in range(count)}


def elements(page, property_):
    return page.findall(f".//*[@property='{property_}']")


def test_the_page_is_what_dali_asks_for(catalog, demo, general):
    named = {"demo": demo, "other": replace(demo, name="other", about=About())}
    page = ElementTree.parse(io.BytesIO(document(catalog, named, "http://x/tap")))
    body = page.find(".//{*}body")
    found = body.findall(".//*[@typeof='example']")

    assert body.get("vocab") == VOCABULARY
    assert len(found) == 2 * PLAIN - len(OWN) + len(general)
    headings = body.findall(".//{*}h3")
    assert len(headings) == 2 * len(IDS) - len(OWN) + len(general)
    assert len({each.get("id") for each in found}) == len(found)
    assert elements(body, "continuation") == []
    names = [name.text for name in elements(body, "name")]
    assert len(set(names)) == len(names) == len(found)
    for example in found:
        assert re.fullmatch(r"[A-Za-z_][\w.-]*", example.get("id"))
        assert example.get("resource") == f"#{example.get('id')}"
        assert len(elements(example, "name")) == 1
        (query,) = elements(example, "query")
        tables = [each.text for each in elements(example, "table")]
        assert tables
        assert all(table in query.text for table in tables)


def test_more_collections_leave_uploads_to_their_own_pages(catalog, demo, general):
    many = copies(demo, WHOLE + 1)

    page = ElementTree.fromstring(document(catalog, many, "http://x/tap"))

    assert not any("TAP_UPLOAD" in each.text for each in page.iterfind(".//{*}pre"))
    assert len(elements(page, "query")) == len(many) * PLAIN + len(general)
    links = {each.get("href") for each in page.iterfind(".//{*}a")}
    assert links >= {f"http://x/tap/examples/{name}" for name in many}
    assert elements(page, "continuation") == []


def test_many_collections_are_continued_on_their_own_pages(catalog, demo, general):
    many = copies(demo, 1000)

    first = document(catalog, many, "http://x/tap")

    assert len(first) < 500_000
    page = ElementTree.fromstring(first)
    assert len(elements(page, "query")) == MOST * PLAIN + len(general)
    links = elements(page.find(".//*[@vocab]"), "continuation")
    assert {link.get("resource") for link in links} == {None}  # Erratum 1 of DALI 1.1
    assert [link.get("href") for link in links] == [
        f"http://x/tap/examples/{name}" for name in list(many)[MOST:]
    ]


def test_a_collection_has_a_page_of_its_own(url, known):
    own = ElementTree.fromstring(requests.get(f"{url}/examples/demo", timeout=30).text)
    seen = [each.text for each in elements(own, "query")]

    assert seen == [each.query for each in known.values() if not each.uploads]
    assert elements(own, "continuation") == []
    assert requests.get(f"{url}/examples/nobody", timeout=30).status_code == 404


def test_pyvo_follows_the_links_to_more_pages(url, monkeypatch):
    at_once = [each["QUERY"] for each in pyvo.dal.TAPService(url).examples]
    monkeypatch.setattr(examples_page, "MOST", 0)  # the server is in this process

    linked = [each["QUERY"] for each in pyvo.dal.TAPService(url).examples]

    assert linked == at_once


def test_pyvo_runs_every_example_that_it_finds(url, known, general):
    found = pyvo.dal.TAPService(url).examples

    plain = [
        each.query for each in (*general.values(), *known.values()) if not each.uploads
    ]
    assert [each["QUERY"] for each in found] == plain
    assert all(len(each.execute()) > 0 for each in found)


def test_examples_that_need_a_table_are_for_people_only(demo):
    page = ElementTree.fromstring(document_of(demo, "http://x/tap"))
    shown = [each.text for each in page.iterfind(".//{*}pre")]

    assert not any("TAP_UPLOAD" in each.text for each in elements(page, "query"))
    assert any("TAP_UPLOAD" in text for text in shown)


def test_the_page_runs_nothing_and_links_lead_to_answers(url, general):
    reply = requests.get(f"{url}/examples", timeout=30)

    assert reply.headers["Content-Type"] == "application/xhtml+xml; charset=utf-8"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.content.startswith(b"<?xml")
    links = re.findall(r'href="([^"]+)"', reply.text)
    assert len(links) == PLAIN + len(general)
    for link in links:
        answer = requests.get(link.replace("&amp;", "&"), timeout=30)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.slow
def test_taplint_has_nothing_to_say(url, stilts):
    done = stilts("taplint", f"tapurl={url}", "stages=TMS EXA")

    text = done.stdout + done.stderr
    assert "EXA" in text
    assert not re.search(r"^[EWF]-", text, re.MULTILINE), text
