"""HEALPix ranges and polygons of vo_lcc.sky, without a database."""

from itertools import pairwise

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Latitude, Longitude, SkyCoord
from cdshealpix.nested import lonlat_to_healpix
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.sky import MAX_RANGES, ORDER, Polygon, cone_ranges, merge, polygon_ranges

quick = settings(max_examples=100, deadline=None)
LONGITUDES = st.one_of(
    st.sampled_from([0.0, 45.0, 180.0, 359.9999]), st.floats(-400, 800)
)
LATITUDES = st.one_of(st.sampled_from([0.0, 90.0, -90.0, 41.81]), st.floats(-90, 90))
RADII = st.one_of(st.sampled_from([0.0, 1e-8, 1e-4, 119.9]), st.floats(0, 119))


def cells(lon, lat):
    found = lonlat_to_healpix(Longitude(lon % 360, u.deg), Latitude(lat, u.deg), ORDER)
    return np.atleast_1d(found).astype(np.int64)


def covered(ranges, indexes):
    low, high = np.array(ranges).T
    at = np.searchsorted(low, indexes, side="right") - 1
    return (at >= 0) & (indexes <= high[at])


def around(lon, lat, radius, count=200):
    """Positions at most `radius` from a centre, many of them at its very edge."""
    rng = np.random.default_rng(5)
    angles = rng.uniform(0, 360, count) * u.deg
    apart = (
        np.where(rng.random(count) < 0.5, radius, radius * rng.random(count)) * u.deg
    )
    found = SkyCoord(lon * u.deg, lat * u.deg).directional_offset_by(angles, apart)
    return found.ra.deg, found.dec.deg


@quick
@given(LONGITUDES, LATITUDES, RADII)
def test_the_ranges_of_a_cone_cover_it_and_are_few(lon, lat, radius):
    ranges = cone_ranges(lon, lat, radius)
    ra, dec = around(lon, lat, radius)

    assert len(ranges) <= MAX_RANGES
    assert covered(ranges, cells(ra, dec)).all()
    assert all(a <= b for a, b in ranges)
    assert all(one[1] < two[0] for one, two in pairwise(ranges))


@pytest.mark.parametrize("radius", [1e-5, 0.01, 1, 10])
def test_the_ranges_of_a_cone_are_not_much_larger_than_it(radius):
    ranges = cone_ranges(123, 45, radius)

    share = sum(b - a + 1 for a, b in ranges) / (12 * 4**ORDER)

    assert share < 3 * (1 - np.cos(np.radians(radius))) / 2 + 1e-13


def test_a_cone_of_half_the_sky_and_more_has_no_ranges():
    assert cone_ranges(0, 0, 120) is None
    assert cone_ranges(0, 90, 180) is None


def test_touching_cells_are_one_range():
    found = merge(np.array([4, 5, 7], np.uint64), np.array([29, 29, 29]))

    assert found == ((4, 5), (7, 7))


@quick
@given(
    LONGITUDES,
    st.floats(-85, 85),
    st.lists(st.tuples(st.floats(0, 359), st.floats(0.01, 60)), min_size=3, max_size=8),
)
def test_the_ranges_of_a_polygon_cover_its_inside(lon, lat, spokes):
    """A star-shaped polygon: all between its centre and its corners is inside."""
    spokes = sorted({round(angle): r for angle, r in spokes}.items())
    angles = np.array([angle for angle, _ in spokes])
    gaps = np.diff([*angles, angles[0] + 360])
    if len(spokes) < 3 or gaps.max() > 170:
        return
    centre = SkyCoord(lon * u.deg, lat * u.deg)
    apart = np.array([r for _, r in spokes])
    corners = centre.directional_offset_by(angles * u.deg, apart * u.deg)
    polygon = Polygon.of(list(zip(corners.ra.deg, corners.dec.deg, strict=True)))
    ranges = polygon_ranges(polygon)
    if ranges is None:
        return

    inside = centre.directional_offset_by(angles * u.deg, apart * 0.99 * u.deg)

    assert covered(ranges, cells(inside.ra.deg, inside.dec.deg)).all()
    assert covered(ranges, cells(lon, lat)).all()


AREAS = {
    "an octant": ([(0, 0), (90, 0), (0, 90)], np.pi / 2),
    "the other way": ([(0, 90), (90, 0), (0, 0)], np.pi / 2),
    "a degree": ([(0, 0), (1, 0), (1, 1), (0, 1)], np.radians(1) ** 2),
    "a cap": ([(x, 89) for x in range(360)], 2 * np.pi * (1 - np.cos(np.radians(1)))),
    "nearly half": ([(x, 0.001) for x in range(0, 360, 10)], 2 * np.pi),
}


@pytest.mark.parametrize(("corners", "area"), AREAS.values(), ids=AREAS)
def test_areas(corners, area):
    assert Polygon.of(corners).area == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize(
    "corners",
    [
        [(1, 1), (2, 2)],
        [(1, 1), (1, 1), (2, 2), (1, 1)],
        [(0, 10), (180, -10), (90, 0)],
    ],
)
def test_what_is_no_polygon_is_refused(corners):
    with pytest.raises(ValueError, match=r"three different|opposite"):
        Polygon.of(corners)
