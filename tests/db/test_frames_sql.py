"""The SQL of positions at another epoch, of frames and of dates.

They are compared with astropy and with the UDF catalogue's own examples.
"""

import math
from datetime import UTC, datetime, timedelta

import astropy.units as u
import pytest
from astropy.coordinates import Distance, SkyCoord
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.frames import FROM_ICRS, SYNONYMS, rotation

from .expressions import any_float, few, latitudes, longitudes

MAS = 1 / 3_600_000


def separation(a, b) -> float:
    """The angle between two positions, in degrees."""
    one, other = (SkyCoord(*p[:2], unit="deg") for p in (a, b))
    return one.separation(other).deg


# Positions at another epoch -----------------------------------------------------------

STAR = (7.606083572, 11.79044105, 125, 300, -428.8, 52.51)
MOTIONS = [
    ((*STAR, 2016, 1992.25), (7.604061404627978, 11.7932703828279), 1e-6),
    ((*STAR, 2016, 1875), (7.594068213694308, 11.807251375203935), 1e-6),
    ((*STAR[:5], None, 2016, 1875), (7.594079587029898, 11.807235464326332), 1e-6),
    (
        (*STAR[:4], None, None, 2016, 1875),
        (7.594080321498365, 11.790440798509207),
        1e-6,
    ),
    # the catalogue leaves open how small the parallax of an infinitely far star is
    (
        (*STAR[:2], None, *STAR[3:], 2016, 1875),
        (7.594079587020846, 11.807235464339055),
        1e-4,
    ),
]
PROPAGATE = "vo_lcc.epoch_prop_pos(" + ", ".join(["%s::float8"] * 8) + ")"


@pytest.mark.parametrize(("arguments", "expected", "mas"), MOTIONS)
def test_a_star_moves_as_the_catalogue_says(value, arguments, expected, mas):
    assert value(PROPAGATE, *arguments) == pytest.approx(expected, abs=mas * MAS)


@pytest.mark.parametrize("missing", [0, 1, 6, 7])
def test_a_star_without_position_or_epoch_is_nowhere(value, missing):
    arguments = [*STAR, 2016, 1875]
    arguments[missing] = None

    assert value(PROPAGATE, *arguments) is None


@few
@given(
    longitudes,
    st.floats(-89.99, 89.99),
    st.floats(1, 800),
    st.floats(-5000, 5000),
    st.floats(-5000, 5000),
    st.floats(-300, 300),
    st.floats(-200, 200),
)
def test_a_star_moves_as_in_astropy(value, lon, lat, plx, pmra, pmdec, rv, years):
    seen = value(PROPAGATE, lon, lat, plx, pmra, pmdec, rv, 2000, 2000 + years)

    moved = SkyCoord(
        lon * u.deg,
        lat * u.deg,
        distance=Distance(parallax=plx * u.mas),
        pm_ra_cosdec=pmra * u.mas / u.yr,
        pm_dec=pmdec * u.mas / u.yr,
        radial_velocity=rv * u.km / u.s,
    ).apply_space_motion(dt=years * u.yr)
    # astropy adds the effects of special relativity, which the catalogue forbids: they
    # are at most v/c of the way, here 5000 mas/yr at 1 mas in 200 years
    speed = math.hypot(pmra, pmdec) / plx * 4.74 + abs(rv)
    way = math.hypot(pmra, pmdec) * abs(years)
    assert (
        separation(seen, (moved.ra.deg, moved.dec.deg))
        <= (1 + 3 * way * speed / 299792) * MAS
    )


@few
@given(st.lists(any_float, min_size=8, max_size=8))
def test_no_star_stops_a_query(value, arguments):
    seen = value(PROPAGATE, *arguments)

    assert seen is None or (0 <= seen[0] < 360 and -90 <= seen[1] <= 90)


# Frames -------------------------------------------------------------------------------

ASTROPY = {
    "ICRS": "icrs",
    "FK5": "fk5",
    "FK4": "fk4noeterms",
    "GALACTIC": "galactic",
    "SUPER_GALACTIC": "supergalactic",
    "ECLIPTIC": "barycentricmeanecliptic",
}
# The catalogue's FK5 is ICRS, 0.02 arcsec from the FK5 of astropy and ours.
TRANSFORMS = [
    ("ICRS", "GALACTIC", (120, -23), (241.121831182, 3.62785788087), 1e-9),
    (
        "FK4",
        "GALACTIC",
        (189.70303055, 22.96240006, 3),
        (275.00025405, 84.99996154, 3),
        1e-8,
    ),
    (
        "GALACTIC",
        "FK5",
        (5, 3, 4, 4, 4.5, 2),
        (266.44721, -23.107310, 264.95088, -23.434037, 267.09936, -24.051919),
        1e-5,
    ),
    (
        "GALACTIC",
        "ICRS",
        (5, 3, 4, 4, 4.5, 2),
        (266.44721, -23.107310, 264.95088, -23.434037, 267.09936, -24.051919),
        5e-6,
    ),
]
ROTATE = "vo_lcc.rotate(%s::float8[], %s::float8[])"


def turned(value, region, from_sys, to_sys):
    return value(ROTATE, list(region), list(rotation(from_sys, to_sys)))


@pytest.mark.parametrize(
    ("from_sys", "to_sys", "region", "expected", "deg"), TRANSFORMS
)
def test_a_region_is_rotated_as_the_catalogue_says(
    value, from_sys, to_sys, region, expected, deg
):
    assert turned(value, region, from_sys, to_sys) == pytest.approx(expected, abs=deg)


@few
@given(st.sampled_from([*ASTROPY]), st.sampled_from([*ASTROPY]), longitudes, latitudes)
def test_rotations_agree_with_astropy(value, from_sys, to_sys, lon, lat):
    seen = turned(value, (lon, lat), from_sys, to_sys)

    there = SkyCoord(lon * u.deg, lat * u.deg, frame=ASTROPY[from_sys])
    expected = there.transform_to(ASTROPY[to_sys]).spherical
    assert separation(seen, (expected.lon.deg, expected.lat.deg)) < 0.001 * MAS


@few
@given(
    st.sampled_from([*FROM_ICRS]),
    st.lists(st.tuples(longitudes, latitudes), min_size=3),
)
def test_a_rotation_and_its_reverse_change_nothing(value, frame, corners):
    polygon = [x for corner in corners for x in corner]
    there = turned(value, polygon, "ICRS", frame)

    back = turned(value, there, frame, "ICRS")

    assert all(0 <= lon < 360 for lon in back[::2])
    for i, corner in enumerate(corners):
        assert separation(back[2 * i : 2 * i + 2], corner) < 0.001 * MAS


@pytest.mark.parametrize(
    "region",
    [
        None,
        [],
        [1],
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5, 6, 7],
        [1, 91],
        [1, 2, None],
        [math.nan, 2],
        [math.inf, 2],
        [1, None],
        [1, 2, math.inf],
        [1, 2, 3, 4, 5, math.nan],
    ],
)
def test_what_is_no_region_stays_nothing(value, region):
    assert value(ROTATE, region, list(rotation("ICRS", "GALACTIC"))) is None


def test_every_synonym_is_known_and_case_counts():
    for synonym, term in SYNONYMS.items():
        assert rotation(synonym, term) == rotation("ICRS", "ICRS")
    with pytest.raises(ValueError, match=r"'Galactic'.*GALACTIC"):
        rotation("ICRS", "Galactic")
    with pytest.raises(ValueError, match="'AZ_EL'"):
        rotation("AZ_EL", "ICRS")


# Dates --------------------------------------------------------------------------------

INSTANTS = [
    ("2000-01-02T12:00:00", 51545.5),
    ("1910-12-31T06:00:00", 19036.25),
    ("2020-01-01", 58849),
    ("2020-01-01T00:00:00.5Z", 58849 + 0.5 / 86400),
    ("2020-02-29 12:00", 58908.5),
    ("2016-12-31T23:59:60Z", 57754),
    ("0001-01-01", -678575),
    ("9999-12-31T24:00:00", None),
    ("2021-02-29", None),
    ("2021-04-31", None),
    ("1900-02-29", None),
    ("0000-01-01", None),
    ("2020-13-01", None),
    ("2020-01-01T00:00:00+02:00", None),
    ("2020-1-1", None),
    ("58849", None),
    ("soon", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "mjd"), INSTANTS)
def test_a_text_gives_its_julian_date_or_nothing(value, text, mjd):
    jd = None if mjd is None else mjd + 2400000.5

    assert value("vo_lcc.to_mjd(%s::text)", text) == pytest.approx(mjd, abs=1e-10)
    assert value("vo_lcc.to_jd(%s::text)", text) == pytest.approx(jd, abs=1e-9)


@few
@given(st.datetimes())
def test_timestamps_and_texts_agree_with_astropy(session_db, moment):
    expected = Time(moment, scale="tai").mjd  # TAI: no leap seconds
    text = moment.isoformat()

    (seen,) = session_db.fetch(
        "SELECT vo_lcc.to_mjd(%s::timestamp), vo_lcc.to_mjd(%s::text),"
        " vo_lcc.to_jd(%s::timestamp) - 2400000.5, vo_lcc.to_mjd(%s::timestamptz)",
        (moment, text, moment, moment.replace(tzinfo=UTC)),
    )

    assert seen[:2] == pytest.approx([expected] * 2, abs=1e-9)
    assert seen[2:] == pytest.approx([expected] * 2, abs=2e-9)


@pytest.mark.parametrize("moment", ["infinity", "-infinity", None])
def test_a_timestamp_that_is_no_time_has_no_julian_date(value, moment):
    assert value("vo_lcc.to_mjd(%s::timestamp)", moment) is None
    assert value("vo_lcc.to_jd(%s::timestamptz)", moment) is None


def test_a_timestamp_with_zone_is_taken_in_utc(value):
    zone = timedelta(hours=5)
    moment = datetime(2000, 1, 2, 17, tzinfo=UTC) - zone

    assert value("vo_lcc.to_mjd(%s::timestamptz)", moment) == 51545.5
