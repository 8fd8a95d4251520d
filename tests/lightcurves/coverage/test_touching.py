import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mocpy import MOC

from vo_lcc.lightcurves.coverage import touches
from vo_lcc.lightcurves.coverage.spatial import spatial_moc
from vo_lcc.sky import ORDER, cells_of

longitudes = st.one_of(st.floats(0, 360), st.sampled_from([0.0, 45.0, 90.0, 359.999]))
latitudes = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 0.0, 41.8, 90.0]))
radii = st.one_of(st.floats(0, 180), st.floats(0, 1e-3), st.floats(0, 2))


def separation(lon, lat, lon2, lat2):
    a, b, c, d = np.radians([lon, lat, lon2, lat2])
    half = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(min(1.0, half))))


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.tuples(longitudes, latitudes), min_size=1, max_size=30),
    st.sampled_from([6, 8, 10]),
    longitudes,
    latitudes,
    radii,
)
def test_a_cone_that_holds_an_object_touches_the_coverage(found, order, lon, lat, sr):
    ra, dec = np.array(found).T
    coverage = spatial_moc(cells_of(ra, dec) >> 2 * (ORDER - order), order)
    nearest = min(separation(lon, lat, *each) for each in found)

    if nearest <= sr:
        assert touches(coverage, lon, lat, sr)
    # and one that ends in the object, as well as it can be told
    assert touches(coverage, lon, lat, nearest * (1 + 1e-12) + 1e-9)


@settings(deadline=None, max_examples=200)
@given(longitudes, latitudes, st.floats(0, 20))
def test_a_cone_far_from_every_cell_touches_nothing(lon, lat, radius):
    coverage = "6/0"  # at RA 45, Dec 0
    away = separation(lon, lat, 45.0, 0.0)

    if away > 2 * radius + 5:
        assert not touches(coverage, lon, lat, radius)


@pytest.mark.parametrize("radius", [1e-6, 1.0, 180.0])
def test_nothing_is_touched_where_nothing_is(radius):
    assert not touches("", 10.0, 20.0, radius)


def test_everything_is_touched_where_the_whole_sky_is_covered():
    every = MOC.from_string("0/0-11").to_string()

    assert touches(every, 10.0, 20.0, 1e-6)
