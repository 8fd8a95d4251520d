import json

import numpy as np
import pytest
from astropy import units as u
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from mocpy import MOC, STMOC

from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.coverage.spacetime import LATEST, MOST, PADDING, spacetime_moc
from vo_lcc.lightcurves.coverage.spatial import FEW, spatial_moc
from vo_lcc.lightcurves.loading.load import build
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.lightcurves.releases.publishing import publish
from vo_lcc.sky import ORDER, cells_of
from vo_lcc.tables import TimeFrame

ORDER_IN = 8


def cells_at(lon, lat, order=ORDER_IN):
    return cells_of(np.array(lon), np.array(lat)) >> 2 * (ORDER - order)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 12 * 4**8 - 1), min_size=1, max_size=300))
def test_the_moc_of_positions_has_their_cells_and_no_others(cells):
    moc = MOC.from_string(spatial_moc(np.array(cells), ORDER_IN))

    assert moc.max_order == ORDER_IN
    assert set(moc.flatten().tolist()) == set(cells)


def test_a_moc_of_the_whole_sky_is_short():
    every = np.arange(12 * 4**8)

    assert len(spatial_moc(every, ORDER_IN)) < 100
    assert MOC.from_string(spatial_moc(every[::2], ORDER_IN)).max_order < ORDER_IN
    assert spatial_moc(every[:0], ORDER_IN) == ""


@pytest.mark.parametrize("count", [1, 300, FEW, 49_000, 786_432])
def test_a_space_time_moc_is_no_longer_than_a_hundred_kilobytes(count):
    rng = np.random.default_rng(count)
    cells = rng.choice(12 * 4**8, count, replace=False)
    start = 58000 + rng.uniform(0, 300, count)

    text = spacetime_moc(cells, ORDER_IN, start, start + 2000, TimeFrame())

    assert 0 < len(text) <= MOST
    assert STMOC.from_string(text).to_string() == text


frames = st.sampled_from(
    [
        TimeFrame("TCB", "BARYCENTER"),
        TimeFrame("UTC", "TOPOCENTER", 2400000.5),
        TimeFrame("TDB", "BARYCENTER", 2457000.0),
        TimeFrame("UNKNOWN", "UNKNOWN", 0.0),
    ]
)
curves = st.tuples(
    st.floats(0, 359.9), st.floats(-90, 90), st.floats(0, 4000), st.floats(0, 3000)
)


@settings(deadline=None, max_examples=60)
@given(st.lists(curves, min_size=1, max_size=40), frames)
def test_every_light_curve_is_within_the_space_time_moc(found, frame):
    lon, lat, since, length = np.array(found).T
    t_min = 2453000.5 - frame.time_origin + since
    cells = cells_at(lon, lat)

    text = spacetime_moc(cells, ORDER_IN, t_min, t_min + length, frame)

    moc = STMOC.from_string(text)
    times = Time(t_min + frame.time_origin, format="jd", scale="tcb")
    light = PADDING * 0.99 * u.s
    for moment in (times - light, times + length * u.d + light):
        assert moc.contains(moment, lon * u.deg, lat * u.deg).all()


def test_a_space_time_moc_tells_when_and_where_there_is_nothing():
    cells = cells_at([10.0, 200.0], [0.0, 0.0])
    text = spacetime_moc(
        cells,
        ORDER_IN,
        np.array([58000.0, 59000.0]),
        np.array([58100.0, 59100.0]),
        TimeFrame(),
    )

    moc = STMOC.from_string(text)

    asked = Time([58050, 58050, 59050, 58500], format="mjd", scale="tcb")
    here = [10.0, 200.0, 200.0, 10.0] * u.deg
    there = moc.contains(asked, here, [0.0] * 4 * u.deg)
    assert there.tolist() == [True, False, True, False]


def test_times_that_no_moc_holds_are_at_its_ends():
    text = spacetime_moc(
        np.array([5]), ORDER_IN, np.array([-1e308]), np.array([1e308]), TimeFrame()
    )

    moc = STMOC.from_string(text)
    assert not moc.is_empty()
    assert LATEST < 2**62
    assert (
        spacetime_moc(
            np.array([5]), ORDER_IN, np.array([np.nan]), np.array([np.nan]), TimeFrame()
        )
        == ""
    )


def test_a_release_tells_where_when_and_how_bright(demo_db):
    collection = load_collections(demo_db)["demo"]
    lon, lat = np.array(demo_db.fetch("SELECT ra, dec FROM demo.objects")).T

    assert (
        MOC.from_string(collection.coverage)
        .contains_lonlat(lon * u.deg, lat * u.deg)
        .all()
    )
    moc = STMOC.from_string(collection.st_coverage)
    assert abs(moc.min_time.mjd - collection.t_min) < 200
    assert abs(moc.max_time.mjd - collection.t_max) < 200
    assert [(r.passband, r.low, r.high) for r in collection.ranges] == demo_db.fetch(
        "SELECT 'g', min(g_median), max(g_median) FROM demo.objects UNION ALL"
        " SELECT 'r', min(r_median), max(r_median) FROM demo.objects ORDER BY 1"
    )


def test_the_ranges_of_a_release_have_the_wavelengths_of_its_passbands(demo_db):
    ((text,),) = demo_db.fetch(
        "SELECT ranges FROM vo_lcc.releases WHERE collection = 'demo'"
    )

    measured = json.loads(text)
    assert (measured["column"], measured["unit"]) == ("mag", "mag")
    assert measured["passbands"]["r"]["wavelength"] == 6.166e-7


POINTS = "id,band,t,m,e\na,g,900.5,17,0.1\na,g,901.5,17.5,0.1\n"


def test_what_is_appended_is_covered(db, folder):
    points = folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    before = load_collections(db)["stars"]
    objects = folder.write("objects.csv", "id,ra,dec\nnew,77,-33\n")
    points.write_text("id,band,t,m,e\nnew,g,1900.5,12,0.1\n")
    file, text = read_collection_file(folder.path / "stars.toml")

    build(db, file, text, [objects, points], Silent(), 1, "append")
    publish(db, "stars")

    after = load_collections(db)["stars"]
    here, there = (c.st_coverage for c in (before, after))
    when = Time([2458900.5], format="jd", scale="tcb")
    where = [77.0] * u.deg, [-33.0] * u.deg
    assert not STMOC.from_string(here).contains(when, *where).any()
    assert STMOC.from_string(there).contains(when, *where).all()
    assert MOC.from_string(after.coverage).contains_lonlat(*where).all()
    assert (before.ranges[0].low, after.ranges[0].low) == (17.25, 12.0)
