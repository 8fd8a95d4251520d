"""The coverage of a collection: as files, in words, and where it spares a query."""

import io

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.io.votable import parse
from mocpy import MOC, STMOC

from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.coverage import touches


@pytest.fixture
def ask(server):
    def get(path, status=200, **params):
        reply = requests.get(f"{server}{path}", params=params, timeout=30)
        assert reply.status_code == status, reply.text
        return reply

    return get


@pytest.fixture(scope="module")
def collection(demo_db):
    return load_collections(demo_db)["demo"]


@pytest.fixture(scope="module")
def empty_place(collection):
    """The middle of a cone of half a degree that has none of the coverage."""
    rng = np.random.default_rng(1)
    for ra, dec in zip(
        rng.uniform(0, 360, 999), rng.uniform(-60, 60, 999), strict=True
    ):
        if not touches(collection.coverage, ra, dec, 0.5):
            return {"RA": f"{ra:.5f}", "DEC": f"{dec:.5f}"}
    raise AssertionError("the demo is everywhere")


@pytest.mark.parametrize("kind", ["space", "spacetime"])
@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("ascii", "text/plain"),
        ("json", "application/json"),
        ("fits", "application/fits"),
    ],
)
def test_a_moc_can_be_had_in_each_of_its_forms(ask, collection, kind, form, media_type):
    reply = ask("/coverage/demo", format=form, moc=kind)

    assert reply.headers["Content-Type"].split(";")[0] == media_type
    read = {"space": MOC, "spacetime": STMOC}[kind]
    stored = {"space": collection.coverage, "spacetime": collection.st_coverage}[kind]
    if form == "fits":
        with fits.open(io.BytesIO(reply.content)) as hdus:
            hdus.verify("exception")
            assert hdus[1].header["MOCVERS"] == "2.0"
    else:
        assert read.from_string(reply.text, format=form) == read.from_string(stored)


def test_without_parameters_it_is_the_sky_in_fits(ask, collection, tmp_path):
    path = tmp_path / "demo.fits"
    path.write_bytes(ask("/coverage/demo").content)

    assert MOC.from_fits(str(path)) == MOC.from_string(collection.coverage)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/coverage/demo", {"format": "png"}, 400),
        ("/coverage/demo", {"moc": "<b>"}, 400),
        ("/coverage/nothing", {}, 404),
    ],
)
def test_what_is_not_there_is_told(ask, path, params, status):
    assert "<b>" not in ask(path, status, **params).text


def test_the_page_tells_what_is_covered(ask):
    text = ask("/collections/demo").text

    assert "/coverage/demo?moc=spacetime&amp;format=json" in text
    assert "g 13" in text
    assert "of the sky holds objects" in text


def rows(reply):
    return parse(io.BytesIO(reply.content)).get_first_table()


def test_a_cone_beyond_the_coverage_is_answered_like_any_that_is_empty(
    ask, empty_place, demo_db
):
    """The other one touches a cell with an object, and is too small to have it."""
    ((ra, dec),) = demo_db.fetch(
        "SELECT ra, dec FROM demo.objects WHERE abs(dec) < 60 ORDER BY ra LIMIT 1"
    )
    near = {"RA": str(ra + 0.001), "DEC": str(dec)}
    for path, size in (("/scs/demo", "SR"), ("/ssa/demo", "SIZE")):
        answers = []
        for place in (empty_place, near):
            asked = {**place, size: "0.0001"}
            if path == "/ssa/demo":
                asked = {"POS": f"{place['RA']},{place['DEC']}", size: "0.0001"}
            table = rows(ask(path, **asked))
            assert len(table.array) == 0
            answers.append([(f.name, f.datatype, f.ucd) for f in table.fields])
        assert answers[0] == answers[1]


def test_such_a_cone_is_answered_without_the_database(ask, empty_place):
    empty = ask("/scs/demo", **empty_place, SR="0.5")
    full = ask("/scs/demo", RA="180", DEC="0", SR="20")

    assert len(rows(empty).array) == 0
    assert len(rows(full).array) > 0
    assert "database" in phases(full)
    assert "database" not in phases(empty)


def phases(reply):
    """What the server did, by Server-Timing."""
    return {each.split(";")[0] for each in reply.headers["Server-Timing"].split(", ")}
