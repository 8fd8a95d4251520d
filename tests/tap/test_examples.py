"""The examples are good: each compiles, runs and finds something; clients read them."""

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table

from tests.protocols.conftest import running
from vo_lcc.adql import compile_query
from vo_lcc.config import Config
from vo_lcc.dali.examples import VOCABULARY
from vo_lcc.db.catalog import load_catalog
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.tables import Catalog, Schema
from vo_lcc.tables import Table as AdqlTable
from vo_lcc.tap.examples import TEMPLATES, UPLOAD, examples
from vo_lcc.tap.examples_page import document

IDS = [template.id for template in TEMPLATES]


@pytest.fixture(scope="module")
def url(demo_db):
    with running(Config(), demo_db.url) as server:
        yield f"{server}/tap"


@pytest.fixture(scope="module")
def demo(demo_db):
    return load_collections(demo_db)["demo"]


@pytest.fixture(scope="module")
def known(demo):
    return {each.id.removeprefix("demo-"): each for each in examples(demo)}


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
def test_an_example_compiles(demo_db, known, id_):
    example = known[id_]
    catalog = load_catalog(demo_db)
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


def test_the_page_is_what_dali_asks_for(demo):
    page = ElementTree.parse(
        io.BytesIO(document([demo, replace(demo, name="other")], "http://x/tap"))
    )
    body = page.find(".//{*}body")
    found = body.findall(".//*[@typeof='example']")

    assert body.get("vocab") == VOCABULARY
    assert len(found) == 2 * len([t for t in TEMPLATES if not t.uploads])
    assert len(body.findall(".//{*}h3")) == 2 * len(IDS)
    assert len({each.get("id") for each in found}) == len(found)
    for example in found:
        assert re.fullmatch(r"[A-Za-z_][\w.-]*", example.get("id"))
        assert example.get("resource") == f"#{example.get('id')}"
        assert len(example.findall(".//*[@property='name']")) == 1
        (query,) = example.findall(".//*[@property='query']")
        tables = [each.text for each in example.findall(".//*[@property='table']")]
        assert tables
        assert all(table in query.text for table in tables)


def test_pyvo_runs_every_example_that_it_finds(url, known):
    found = pyvo.dal.TAPService(url).examples

    plain = [each.query for each in known.values() if not each.uploads]
    assert [each["QUERY"] for each in found] == plain
    assert all(len(each.execute()) > 0 for each in found)


def test_examples_that_need_a_table_are_for_people_only(demo):
    page = ElementTree.fromstring(document([demo], "http://x/tap"))
    marked = page.findall(".//*[@property='query']")
    shown = [each.text for each in page.iterfind(".//{*}pre")]

    assert not any("TAP_UPLOAD" in each.text for each in marked)
    assert any("TAP_UPLOAD" in text for text in shown)


def test_the_page_runs_nothing_and_links_lead_to_answers(url):
    reply = requests.get(f"{url}/examples", timeout=30)

    assert reply.headers["Content-Type"] == "application/xhtml+xml; charset=utf-8"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert reply.content.startswith(b"<?xml")
    links = re.findall(r'href="([^"]+)"', reply.text)
    assert len(links) == len([t for t in TEMPLATES if not t.uploads])
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
