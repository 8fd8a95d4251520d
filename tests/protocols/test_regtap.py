"""Our Registry as pyvo uses it: every constraint, and the services that are found."""

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from pyvo import registry
from pyvo.dal import TAPService
from pyvo.registry import rtcons

from tests.registry.regtap_records import CONE, FOREIGN, SIA
from tests.registry.regtap_records import TAP as OTHER_TAP
from vo_lcc.db import Database
from vo_lcc.registry.regtap import forget_resources, store_resources

PAGE = Path(__file__).parents[2] / "docs" / "registry.md"
SESSION = re.compile(r"```python\n(>>> .*?)```", re.DOTALL)
DEMO, TAP = "ivo://x-unregistered/demo", "ivo://x-unregistered/tap"


@pytest.fixture(scope="module")
def service(demo_db: Database, server: str) -> Iterator[TAPService]:
    """pyvo's registry is the one of the server, which also knows records of others."""
    before = registry.get_RegTAP_service_url()
    with urlopen(f"{server}/oai?verb=Identify", timeout=30) as answer:
        assert answer.status == 200  # and so its own records are there
    with demo_db.load() as load:
        store_resources(load, FOREIGN)
    registry.choose_RegTAP_service(f"{server}/tap")
    yield TAPService(f"{server}/tap")
    registry.choose_RegTAP_service(before)
    with demo_db.load() as load:
        forget_resources(load, [ivoid for ivoid, _ in FOREIGN])


def found(*constraints: rtcons.Constraint, **words: object) -> set[str]:
    return {each.ivoid for each in registry.search(*constraints, **words)}


BLUE_TO_RED = (3e-19 * u.J, 5e-19 * u.J)
OFF = [180, -80, 190, -80, 185, -75]  # a polygon where nobody has data

# What is asked for: what must be among the answers, what must not.
SEARCHES = {
    "servicetype tap": ({"servicetype": "tap"}, {TAP, OTHER_TAP}, {DEMO, SIA}),
    "servicetype tap, auxiliary too": (
        {"servicetype": "tap", "includeaux": True},
        {TAP, OTHER_TAP, DEMO, CONE},
        {SIA},
    ),
    "servicetype scs": ({"servicetype": "scs"}, {DEMO, CONE}, {TAP}),
    "servicetype ssa": ({"servicetype": "ssa"}, {DEMO}, {CONE}),
    "servicetype sia": ({"servicetype": "sia"}, {SIA}, {DEMO}),
    "servicetype sia2": ({"servicetype": "sia2"}, set(), {SIA}),
    "several service types": ({"servicetype": ("sia", "scs")}, {SIA, CONE}, {TAP}),
    "keywords in a description": ({"keywords": "Miras"}, {DEMO}, {CONE}),
    "keywords in a title": ({"keywords": "optical monitors"}, {SIA}, {DEMO}),
    "keywords in a subject": ({"keywords": "proper-mot"}, {CONE}, {DEMO}),
    "all of several keywords": ({"keywords": ("star", "motion")}, {CONE}, {DEMO}),
    "keywords with a quote": ({"keywords": "O'Neill"}, set(), {DEMO}),
    "waveband": ({"waveband": "optical"}, {DEMO, CONE}, {SIA}),
    "wavebands": ({"waveband": ("uv", "infrared")}, {SIA, CONE}, {DEMO}),
    "author": ({"author": "%Reyl%"}, {CONE}, {DEMO}),
    "datamodel obscore": ({"datamodel": "obscore"}, {TAP, OTHER_TAP}, {DEMO}),
    "datamodel obscore_new": ({"datamodel": "obscore_new"}, set(), {TAP}),
    "datamodel regtap": ({"datamodel": "regtap"}, {OTHER_TAP}, {TAP}),
    "datamodel epntap": ({"datamodel": "epntap"}, {CONE}, {DEMO}),
    "ivoid": ({"ivoid": DEMO.upper()}, {DEMO}, {TAP}),
    "ivoids": ({"ivoid": (DEMO, SIA)}, {DEMO, SIA}, {TAP}),
    "ucd": ({"ucd": "phot.mag%"}, {DEMO}, {CONE}),
    "ucds": ({"ucd": ("pos.eq.ra", "phot.mag%")}, {CONE, DEMO}, {SIA}),
    "uat": ({"uat": "proper-motions"}, {CONE}, {DEMO}),
    "spatial: whole sky": ({"spatial": "0/0-11"}, set(), {CONE}),
    "spatial: a MOC": ({"spatial": "6/2"}, {CONE}, set()),
    "spatial: a polygon": ({"spatial": OFF}, set(), {CONE}),
    "spectral energy": ({"spectral": 4e-19 * u.J}, {CONE}, {SIA}),
    "spectral wavelength": ({"spectral": 480 * u.nm}, {CONE}, {SIA}),
    "spectral frequency": ({"spectral": 88 * u.MHz}, set(), {CONE, DEMO}),
    "spectral interval": ({"spectral": BLUE_TO_RED}, {CONE}, {SIA}),
    "temporal": ({"temporal": Time(50050, format="mjd")}, {CONE}, {SIA}),
    "temporal interval": ({"temporal": (50090, 50500)}, {CONE}, {SIA}),
    "temporal gap": ({"temporal": (50200, 50900)}, set(), {CONE}),
    "several": (
        {"servicetype": "ssa", "keywords": "variable", "waveband": "optical"},
        {DEMO},
        {CONE, TAP},
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_of_pyvo_finds_what_fits(service: TAPService, name: str):
    words, those, none = SEARCHES[name]

    seen = found(**words)

    assert those <= seen
    assert seen & none == set()


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (rtcons.Spatial("0/0-11", intersect="enclosed"), {CONE, DEMO}),
        (rtcons.Spatial("5/20", intersect="overlaps"), {CONE}),
        (rtcons.Temporal(10000, inclusive=True), {SIA, TAP}),
        (rtcons.Spectral(1e-25, inclusive=True), {SIA, TAP}),
        (rtcons.Spatial((185, -78), inclusive=True), set()),
    ],
)
def test_variants_of_constraints_are_understood(service, constraint, expected):
    assert expected <= found(constraint)


def test_thesauri_are_expanded(service: TAPService):
    wide = rtcons.UAT("stellar-kinematics", expand_down=2)

    assert CONE in found(wide)
    assert CONE not in found(rtcons.UAT("stellar-kinematics"))


def test_a_place_is_found_however_it_is_written(service: TAPService, demo_db: Database):
    [(ra, dec)] = demo_db.fetch("SELECT ra, dec FROM demo.objects LIMIT 1")
    places = [
        (ra, dec),
        (ra, dec, 1e-4),
        SkyCoord(ra * u.deg, dec * u.deg),
        (SkyCoord(ra * u.deg, dec * u.deg), 0.3 * u.arcsec),
    ]

    assert all(DEMO in found(rtcons.Spatial(place, order=9)) for place in places)


def test_what_is_found_opens_and_answers(service: TAPService, demo_db: Database):
    [(ra, dec)] = demo_db.fetch("SELECT ra, dec FROM demo.objects LIMIT 1")
    demo = registry.search(ivoid=DEMO)[0]

    tables = demo.get_service("tap").search("SELECT TOP 3 object_id FROM demo.objects")
    cone = demo.get_service("scs").search((ra, dec), radius=0.01)
    curves = demo.get_service("ssa").search(pos=(ra, dec), diameter=0.01)

    assert (len(tables), len(cone)) == (3, 1)
    assert len(curves) == 3  # of each passband, and of both
    assert demo.access_modes() == {"conesearch", "ssa", "tap#aux", "web"}


def test_the_tables_of_what_is_found_are_described(service: TAPService):
    tables = registry.search(ivoid=DEMO)[0].get_tables()

    assert {"demo.objects", "demo.lightcurves", "demo.photometry"} == set(tables)
    columns = {c.name: c for c in tables["demo.photometry"].columns}
    assert columns["mag"].unit == "mag"


def test_what_is_found_describes_itself(service: TAPService, server: str, capsys):
    demo = registry.search(ivoid=DEMO)[0]

    demo.describe(verbose=True)

    said = capsys.readouterr().out
    assert f"{server}/scs/demo" in said
    assert "Synthetic variable stars" in said
    assert demo.get_contact()
    assert registry.search(servicetype="tap").get_summary()["title"].tolist()


def test_the_session_of_the_documentation_is_what_pyvo_prints(service, server: str):
    text = PAGE.read_text("utf-8").replace("http://127.0.0.1:8080", server)
    [session] = SESSION.findall(text)
    test = doctest.DocTestParser().get_doctest(session, {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []

    failed, tried = doctest.DocTestRunner().run(test, out=said.append)

    assert (failed, "".join(said)) == (0, "")
    assert tried == 11
