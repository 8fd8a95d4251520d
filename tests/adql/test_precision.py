"""Distances and cones against 50 digits (mpmath), near and far, at poles and seams."""

import math

import mpmath
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

EDGE = 1e-13  # degrees: what doubles can tell apart

once = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

LONGITUDES = st.one_of(
    st.sampled_from([0.0, 180.0, 359.9999999999, 1e-12, 90.0, 360.0]),
    st.floats(0, 360),
)
LATITUDES = st.one_of(
    st.sampled_from([0.0, 90.0, -90.0, 89.9999999999, -89.9999999999, 1e-12]),
    st.floats(-90, 90),
)
POSITIONS = st.tuples(LONGITUDES, LATITUDES)
APART = st.one_of(
    st.sampled_from([0.0, 1e-4 / 3600, 1e-3 / 3600, 2 / 3600, 90.0, 179.9999999]),
    st.floats(0, 1e-3),
    st.floats(0, 180),
)
RADII = st.one_of(
    st.sampled_from([0.0, 1e-4 / 3600, 90.0, 120.0, 180.0]), st.floats(0, 180)
)


def vector(lon: float, lat: float) -> mpmath.matrix:
    a, b = mpmath.radians(mpmath.mpf(lon)), mpmath.radians(mpmath.mpf(lat))
    return mpmath.matrix(
        [mpmath.cos(a) * mpmath.cos(b), mpmath.sin(a) * mpmath.cos(b), mpmath.sin(b)]
    )


def separation(p: tuple[float, float], q: tuple[float, float]) -> mpmath.mpf:
    """Degrees between two positions, by half the chord and half its complement."""
    with mpmath.workdps(50):
        u, v = vector(*p), vector(*q)
        chord, rest = mpmath.norm(u - v), mpmath.norm(u + v)
        return mpmath.degrees(2 * mpmath.atan2(chord, rest))


def beside(p: tuple[float, float], apart: float, angle: float) -> tuple[float, float]:
    """A position some degrees away, as near to that as doubles allow."""
    lon, lat = math.radians(p[0]), math.radians(p[1])
    r, t = math.radians(apart), math.radians(angle)
    sine = math.sin(lat) * math.cos(r) + math.cos(lat) * math.sin(r) * math.cos(t)
    east = math.sin(t) * math.sin(r) * math.cos(lat)
    north = math.cos(r) - math.sin(lat) * sine
    other = math.degrees(lon + math.atan2(east, north))
    return other % 360, math.degrees(math.asin(max(-1.0, min(1.0, sine))))


@once
@given(POSITIONS, APART, st.floats(0, 360))
@example((0.0, 90.0), 0.0, 0.0)
@example((0.0, 0.0), 180.0, 0.0)
@example((10.0, 20.0), 1e-4 / 3600, 45.0)
def test_distances_have_the_digits_that_doubles_have(sky, p, apart, angle):
    q = beside(p, apart, angle)
    exact = separation(p, q)

    [(seen, mirrored)] = sky.rows(
        f"SELECT TOP 1 DISTANCE({p[0]!r}, {p[1]!r}, {q[0]!r}, {q[1]!r}),"
        f" DISTANCE(POINT({q[0]!r}, {q[1]!r}), POINT({p[0]!r}, {p[1]!r}))"
        " FROM sky.targets"
    )

    assert abs(mpmath.mpf(seen) - exact) < EDGE
    assert abs(mpmath.mpf(mirrored) - exact) < EDGE
    assert seen > 0 or exact < EDGE
    assert seen == 0 or p != q


@once
@given(POSITIONS, RADII, st.floats(-1e-9, 1e-9), st.floats(0, 360))
@example((0.0, 90.0), 180.0, 0.0, 0.0)
@example((359.9999999999, 0.0), 1e-4 / 3600, 0.0, 90.0)
def test_what_is_in_a_cone_is_told_to_the_edge(sky, centre, radius, beyond, angle):
    p = beside(centre, max(0.0, min(180.0, radius + beyond)), angle)
    exact = separation(p, centre)

    [(inside, near, outside)] = sky.rows(
        f"SELECT TOP 1 CONTAINS(POINT({p[0]!r}, {p[1]!r}),"
        f" CIRCLE({centre[0]!r}, {centre[1]!r}, {radius!r})),"
        f" CASE WHEN DISTANCE({p[0]!r}, {p[1]!r}, {centre[0]!r}, {centre[1]!r})"
        f" <= {radius!r} THEN 1 ELSE 0 END,"
        f" CASE WHEN 0 = CONTAINS(POINT({p[0]!r}, {p[1]!r}),"
        f" CIRCLE({centre[0]!r}, {centre[1]!r}, {radius!r})) THEN 1 ELSE 0 END"
        " FROM sky.targets"
    )

    assert inside == near == 1 - outside
    if abs(exact - radius) > EDGE:
        assert inside == (exact < radius)


@pytest.mark.parametrize("value", ["NULL", "lon", "lat - lat / 0"])
def test_what_is_no_position_is_nowhere(sky, value):
    """NULL, NaN ('nan'), and a division by zero."""
    [(inside, apart)] = sky.rows(
        f"SELECT CONTAINS(POINT({value}, 20), CIRCLE(10, 20, 180)),"
        f" DISTANCE({value}, 20, 10, 20) FROM sky.targets WHERE name = 'nan'"
    )

    assert inside is None
    assert apart is None
