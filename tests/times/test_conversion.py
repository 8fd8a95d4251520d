import warnings

import erfa
import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.tables import Observatory, TimeFrame
from vo_lcc.times import convert, find_problem
from vo_lcc.times.conversion import PLACES, SCALES, known_range
from vo_lcc.times.daily import block_days
from vo_lcc.times.frames import MJD_ORIGIN
from vo_lcc.times.moments import moments_of, values_of
from vo_lcc.times.places import LIGHT_TIME, Sky, body, normals
from vo_lcc.times.scales import leap_seconds, tdb_minus_tt

PARANAL = Observatory(-70.4045, -24.6268, 2648.0)
SECOND = 1 / 86400

scales, places = st.sampled_from(SCALES), st.sampled_from(PLACES)
origins = st.sampled_from([0.0, MJD_ORIGIN, 2450000.0, 2454833.0])
frames = st.builds(TimeFrame, scales, places, origins)
moderns = st.floats(41400, 61000)  # MJD


def sky(count, seed=1, observatory=PARANAL):
    rng = np.random.default_rng(seed)
    ra, z = rng.uniform(0, 360, count), rng.uniform(-1, 1, count)
    dec = np.degrees(np.arcsin(z))
    return Sky(normals(ra, dec), np.arange(count), observatory), SkyCoord(
        ra, dec, unit="deg"
    )


def location():
    return EarthLocation.from_geodetic(
        PARANAL.longitude * u.deg, PARANAL.latitude * u.deg, PARANAL.height * u.m
    )


@pytest.mark.parametrize("scale", [s for s in SCALES if s != "GPS"])
@pytest.mark.parametrize("source", ["UTC", "TT", "TDB", "TCB"])
def test_scales_agree_with_astropy_to_ten_microseconds(source, scale):
    mjd = np.random.default_rng(2).uniform(37000, 61000, 500)
    theirs = Time(mjd, format="mjd", scale=source.lower(), location=location())

    ours = convert(mjd, TimeFrame(source), TimeFrame(scale))

    shift = Time(ours, format="mjd", scale=scale.lower(), location=location()) - theirs
    assert abs(shift.sec).max() < 1e-5


def test_gps_is_nineteen_seconds_behind_tai():
    found = convert(np.array([58000.0]), TimeFrame("TAI"), TimeFrame("GPS"))

    assert found[0] == pytest.approx(58000 - 19 * SECOND, abs=1e-11)


@pytest.mark.parametrize(
    ("place", "kind", "microseconds"),
    [("BARYCENTER", "barycentric", 10), ("HELIOCENTER", "heliocentric", 50)],
)
def test_places_agree_with_astropy(place, kind, microseconds):
    rng = np.random.default_rng(3)
    mjd = rng.uniform(42000, 61000, 300)
    here, coordinates = sky(300)
    seen = Time(mjd, format="mjd", scale="utc", location=location())

    ours = convert(mjd, TimeFrame("UTC", "TOPOCENTER"), TimeFrame("TDB", place), here)

    theirs = seen.tdb + seen.light_travel_time(coordinates, kind)
    shift = (Time(ours, format="mjd", scale="tdb") - theirs).sec
    assert abs(shift).max() < microseconds * 1e-6


@given(frames, frames, moderns, st.integers(0, 50))
@settings(deadline=None, max_examples=60)
def test_there_and_back_is_the_same_moment(source, target, mjd, seed):
    here, _ = sky(1, seed)
    value = np.array([mjd + MJD_ORIGIN - source.time_origin])

    there = convert(value, source, target, here)
    back = convert(there, target, source, here)

    lost = np.spacing(abs(value[0])) + np.spacing(abs(there[0]))
    assert abs(back[0] - value[0]) < 2 * lost + 1e-12


@given(frames, frames, frames, moderns, st.integers(0, 50))
@settings(deadline=None, max_examples=60)
def test_a_detour_comes_to_the_same_moment(source, through, target, mjd, seed):
    here, _ = sky(1, seed)
    start = np.array([mjd + MJD_ORIGIN - source.time_origin])

    straight = convert(start, source, target, here)
    around = convert(convert(start, source, through, here), through, target, here)

    assert abs(around[0] - straight[0]) < 1e-4 * SECOND  # a JD in a double: 40 us


@given(st.lists(st.floats(42000, 60000), min_size=2, max_size=20, unique=True))
@settings(deadline=None, max_examples=50)
def test_points_keep_their_order(times):
    mjd = np.sort(times)
    here, _ = sky(1)
    one = Sky(here.normals, np.zeros(len(mjd), int), PARANAL)
    source, target = TimeFrame("UTC", "TOPOCENTER"), TimeFrame("TDB", "BARYCENTER")

    assert (np.diff(convert(mjd, source, target, one)) >= 0).all()


@given(st.floats(0, 5e6), origins)
def test_moments_keep_every_digit(value, origin):
    found = values_of(moments_of(np.array([value]), origin), origin)

    assert abs(found[0] - value) <= 3e-16 + np.spacing(value) / 2


def test_no_time_stays_no_time():
    here, _ = sky(3)
    values = np.array([58000.0, np.nan, 58001.0])

    found = convert(
        values, TimeFrame("UTC", "GEOCENTER"), TimeFrame("TDB", "BARYCENTER"), here
    )

    assert np.isnan(found).tolist() == [False, True, False]


def test_bodies_between_two_days_are_where_erfa_has_them():
    mjd = np.random.default_rng(4).uniform(15100, 88000, 800)

    earth = body(1, moments_of(mjd, MJD_ORIGIN))
    sun = body(0, moments_of(mjd, MJD_ORIGIN))

    around_sun, around_centre = erfa.epv00(MJD_ORIGIN, mjd)
    assert abs(earth - LIGHT_TIME * around_centre["p"]).max() < 4e-7
    theirs = LIGHT_TIME * (around_centre["p"] - around_sun["p"])
    assert abs(sun - theirs).max() < 1e-9


def test_tdb_between_two_days_is_where_erfa_has_it():
    mjd = np.random.default_rng(5).uniform(15100, 88000, 800)

    found = tdb_minus_tt(moments_of(mjd, MJD_ORIGIN))

    assert abs(found - erfa.dtdb(MJD_ORIGIN, mjd, 0, 0, 0, 0)).max() < 8e-8


def test_a_leap_second_is_neither_skipped_nor_told_twice():
    """2016-12-31 had 86401 seconds."""
    tai = 57753 + (86400 + 36 + np.array([-0.5, 0.5, 1.5])) * SECOND

    utc = convert(tai, TimeFrame("TAI"), TimeFrame("UTC"))

    told = (utc - [57753, 57753, 57754]) * [86401, 86401, 86400]
    assert told == pytest.approx([86399.5, 86400.5, 0.5], abs=2e-6)
    assert convert(utc, TimeFrame("UTC"), TimeFrame("TAI")) == pytest.approx(
        tai, abs=2e-11
    )


def test_nothing_is_said_to_the_log_at_the_ends_of_what_is_known():
    frames = TimeFrame("UTC", "TOPOCENTER"), TimeFrame("TDB", "BARYCENTER")
    here, _ = sky(2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for source, target in (frames, frames[::-1]):
            ends = np.array(known_range(source, target))
            assert np.isfinite(convert(ends, source, target, here)).all()
        old = TimeFrame("TT", "HELIOCENTER")
        ends = np.array(known_range(old, frames[1]))
        assert np.isfinite(convert(ends, old, frames[1], here)).all()


def test_utc_is_known_until_the_next_leap_second_may_come():
    low, high = known_range(TimeFrame("UTC"), TimeFrame("TT"))

    assert low == 36935
    assert high == leap_seconds().expires - 1
    assert leap_seconds().offsets[-1] == 37


@pytest.mark.parametrize(
    ("source", "target", "observatory", "word"),
    [
        (("UNKNOWN", "GEOCENTER"), ("TT", "GEOCENTER"), None, "timescale"),
        (("UNKNOWN", "GEOCENTER"), ("UNKNOWN", "BARYCENTER"), None, "refposition"),
        (("UT", "GEOCENTER"), ("TT", "GEOCENTER"), None, "timescale"),
        (("TT", "GEOCENTER"), ("UT", "GEOCENTER"), None, "timescale"),
        (("TT", "UNKNOWN"), ("TT", "BARYCENTER"), PARANAL, "refposition"),
        (("TT", "EMBARYCENTER"), ("TT", "BARYCENTER"), PARANAL, "refposition"),
        (("TT", "GEOCENTER"), ("TT", "UNKNOWN"), PARANAL, "refposition"),
        (("TT", "TOPOCENTER"), ("TT", "BARYCENTER"), None, "refposition"),
        (("TT", "BARYCENTER"), ("TT", "TOPOCENTER"), None, "refposition"),
    ],
)
def test_what_cannot_be_known_is_a_problem(source, target, observatory, word):
    found = find_problem(TimeFrame(*source), TimeFrame(*target), observatory)

    assert found is not None
    assert found[0] == word


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("UNKNOWN", "UNKNOWN", 0.0), ("UNKNOWN", "UNKNOWN", MJD_ORIGIN)),
        (("UTC", "UNKNOWN"), ("TT", "UNKNOWN")),
        (("TT", "TOPOCENTER"), ("TDB", "TOPOCENTER")),
        (("TT", "GEOCENTER"), ("TT", "HELIOCENTER")),
    ],
)
def test_what_needs_no_more_is_no_problem(source, target):
    assert find_problem(TimeFrame(*source), TimeFrame(*target), None) is None


def test_nothing_is_looked_up():
    assert iers.conf.auto_download is False


def test_days_are_kept_in_blocks_that_meet():
    assert block_days(1, 1)[-1] == block_days(2)[0]
