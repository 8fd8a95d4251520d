"""Region answers against brute force, and the indexes they use."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vo_lcc.adql import compile_query
from vo_lcc.errors import QueryError
from vo_lcc.sky import Polygon
from vo_lcc.tables import Catalog, Schema

from .conftest import CATALOG, OBJECTS

once = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

FROM = "SELECT object_id FROM sky.objects WHERE "


def separation(lon1, lat1, lon2, lat2):
    """Vincenty, in long double where the machine has it."""
    a1, b1, a2, b2 = (
        np.radians(np.asarray(x, np.longdouble)) for x in (lon1, lat1, lon2, lat2)
    )
    d = a2 - a1
    x = np.cos(b2) * np.sin(d)
    y = np.cos(b1) * np.sin(b2) - np.sin(b1) * np.cos(b2) * np.cos(d)
    z = np.sin(b1) * np.sin(b2) + np.cos(b1) * np.cos(b2) * np.cos(d)
    return np.degrees(np.arctan2(np.hypot(x, y), z))


def within(sky, lon, lat, radius):
    apart = separation(sky.ra, sky.dec, lon, lat)
    sure = np.flatnonzero(apart <= radius * (1 - 1e-14) - 1e-13)
    possible = np.flatnonzero(apart <= radius * (1 + 1e-14) + 1e-13)
    return set(sure.tolist()), set(possible.tolist())


CENTRES = st.tuples(
    st.one_of(st.sampled_from([0.0, 359.9999, 180.0, 10.0]), st.floats(-400, 800)),
    st.one_of(st.sampled_from([0.0, 90.0, -90.0, 89.99, 20.0]), st.floats(-90, 90)),
)
RADII = st.one_of(
    st.sampled_from([0.0, 180.0, 90.0, 1e-4 / 3600, 2 / 3600, 179.99]),
    st.floats(0, 180),
    st.floats(0, 2),
)


@once
@given(CENTRES, RADII)
def test_a_cone_holds_what_brute_force_finds(sky, centre, radius):
    lon, lat = centre
    sure, possible = within(sky, lon % 360, lat, radius)
    circle = f"CIRCLE('ICRS', {lon!r}, {lat!r}, {radius!r})"
    cone = f"CONTAINS(POINT('ICRS', ra, dec), {circle})"

    found = set(sky.ids(f"{FROM} 1 = {cone}"))
    outside = set(sky.ids(f"{FROM} {cone} = 0"))

    assert sure <= found <= possible
    assert found.isdisjoint(outside)
    assert len(found) + len(outside) == len(sky.ra)
    assert found == set(
        sky.ids(f"{FROM} DISTANCE(ra, dec, {lon!r}, {lat!r}) <= {radius!r}")
    )


# name: corners, and a position inside
POLYGONS = {
    "small": ([(10, 19), (11, 19), (11, 21), (10, 21)], (10.5, 20)),
    "clockwise": ([(10, 21), (11, 21), (11, 19), (10, 19)], (10.5, 20)),
    "concave": ([(0, 0), (20, 0), (20, 20), (10, 2), (0, 20)], (10, 1)),
    "across RA 0": ([(359, -1), (1, -1), (1, 1), (359, 1)], (0, 0.5)),
    "north pole": ([(0, 88), (90, 88), (180, 88), (270, 88)], (5, 89.9)),
    "south pole": ([(0, -88), (270, -88), (180, -88), (90, -88)], (5, -89.9)),
    "a corner at the pole": ([(0, 80), (90, 80), (45, 90)], (45, 85)),
    "a corner at the pole, written with another longitude": (
        [(0, 80), (90, 80), (200, 90)],
        (45, 85),
    ),
    "a corner at the south pole": ([(20, -80), (300, -90), (-40, -85)], (-10, -86)),
    "octant": ([(0, 0), (90, 0), (0, 90)], (45, 45)),
    "wide": ([(0, -60), (120, -60), (120, 60), (0, 60)], (60, 0)),
    "nearly half": ([(0, 1), (90, 1), (180, 1), (270, 1)], (0, 80)),
    "triangle": ([(200, -10), (300, 40), (250, 60)], (250, 35)),
}


def inside_by_winding(corners, inside, ra, dec):
    """How often the sides go round each position, as seen from it.

    A position opposite to one inside is gone round the other way.
    """
    there = winding(corners, np.array([inside[0]]), np.array([inside[1]]))
    assert there[0] != 0
    return winding(corners, ra, dec) == there[0]


def winding(corners, ra, dec):
    v = unit(*np.array(corners, float).T)
    p = unit(ra, dec)
    total = np.zeros(len(ra))
    for a, b in zip(v, np.roll(v, -1, axis=0), strict=True):
        pa = a - p * (p @ a)[:, None]
        pb = b - p * (p @ b)[:, None]
        sine = np.einsum("ij,ij->i", np.cross(pa, pb), p)
        total += np.arctan2(sine, np.einsum("ij,ij->i", pa, pb))
    return np.rint(total / (2 * np.pi)).astype(int)


def unit(ra, dec):
    a, b = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], axis=-1)


@pytest.mark.parametrize(("vertices", "inside"), POLYGONS.values(), ids=POLYGONS)
def test_a_polygon_holds_what_brute_force_finds(sky, vertices, inside):
    numbers = ", ".join(f"{x}, {y}" for x, y in vertices)
    points = ", ".join(f"POINT({x}, {y})" for x, y in vertices)
    truth = inside_by_winding(vertices, inside, sky.ra, sky.dec)
    expected = set(np.flatnonzero(truth).tolist())

    found = set(sky.ids(f"{FROM} 1=CONTAINS(POINT(ra, dec), POLYGON({numbers}))"))
    as_points = set(sky.ids(f"{FROM} 1=CONTAINS(POINT(ra, dec), POLYGON({points}))"))
    # a vertex that is no constant takes the array function instead of the edges
    moved = numbers.replace(
        f"{vertices[0][0]},", f"{vertices[0][0]} + n_points * 0,", 1
    )
    some = 'n_points = 7 AND ("size" < 0.05 OR "size" > 5.3)'
    tested = f"{FROM} {some} AND 1=CONTAINS(POINT(ra, dec), POLYGON({moved}))"
    computed = set(sky.ids(tested))

    on_edge = {
        i for i in found ^ expected if near_edge(vertices, sky.ra[i], sky.dec[i])
    }
    assert found ^ expected == on_edge
    assert found == as_points
    assert computed == found & set(sky.ids(FROM + some))
    assert len(found) > 5


def test_a_polygon_without_an_inside_holds_nothing(sky):
    flat = "POLYGON(10, 0, 10, 10, 10, 20)"  # along a meridian

    assert sky.ids(f"{FROM} 1=CONTAINS(POINT(ra, dec), {flat})") == []


def near_edge(vertices, ra, dec):
    p, v = unit(ra, dec), unit(*np.array(vertices, float).T)
    normals = np.cross(v, np.roll(v, -1, axis=0))
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    return bool(np.any(np.abs(normals @ p) < 1e-12))


def test_a_polygon_uses_the_index(sky):
    small = FROM + "1=CONTAINS(POINT(ra, dec), POLYGON(10, 19, 11, 19, 11, 21, 10, 21))"
    box = FROM + "1=CONTAINS(POINT(ra, dec), BOX(10.5, 20, 1, 2))"

    assert "objects_hpx_idx" in sky.plan(small)
    assert "objects_hpx_idx" in sky.plan(box)
    assert sky.ids(small) == sky.ids(box)


JOINS = [
    "DISTANCE(POINT(o.ra, o.dec), POINT(t.lon, t.lat)) <= t.radius",
    "DISTANCE(POINT(t.lon, t.lat), POINT(o.ra, o.dec)) <= t.radius",
    "t.radius >= DISTANCE(o.ra, o.dec, t.lon, t.lat)",
    "1=CONTAINS(POINT(o.ra, o.dec), CIRCLE(t.lon, t.lat, t.radius))",
    "1=INTERSECTS(CIRCLE('ICRS', t.lon, t.lat, t.radius), POINT('ICRS', o.ra, o.dec))",
]


@pytest.mark.parametrize("condition", JOINS)
def test_a_join_by_position_agrees_with_brute_force(sky, condition):
    query = (
        "SELECT o.object_id, t.name FROM sky.objects AS o JOIN sky.targets AS t ON "
        + condition
    )
    found: dict[str, set[int]] = {}
    for object_id, name in sky.rows(query):
        found.setdefault(name, set()).add(int(object_id[1:]))

    assert "objects_point_idx" in sky.plan(query) or "objects_pos" in sky.plan(query)
    targets = sky.db.fetch(
        "SELECT name, lon, lat, radius FROM sky.targets"
        " WHERE lon < 1000 AND lat BETWEEN -90 AND 90"
    )
    assert set(found) == {name for name, *_ in targets}
    for name, lon, lat, radius in targets:
        sure, possible = within(sky, lon % 360, lat, radius)
        assert sure <= found[name] <= possible, name


@pytest.mark.parametrize(
    "tables",
    ["sky.targets AS t, sky.objects AS o", "sky.objects AS o, sky.targets AS t"],
)
def test_a_join_in_where_uses_the_index_in_either_order(sky, tables):
    query = f"SELECT o.object_id FROM {tables} WHERE {JOINS[0]}"

    assert "objects_point_idx" in sky.plan(query)


@pytest.mark.parametrize("tables", [("few", "objects"), ("objects", "few")])
def test_a_crossmatch_probes_the_index_of_the_larger_table(sky, tables):
    few = Catalog((Schema("sky", (OBJECTS, replace(OBJECTS, name="few"))),))
    query = (
        f"SELECT b.object_id FROM sky.{tables[0]} AS a JOIN sky.{tables[1]} AS b"
        " ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.001"
    )
    with sky.db.transaction() as cur:
        cur.execute(FEW)
        cur.execute("EXPLAIN " + compile_query(query, few).sql)
        plan = "\n".join(row[0] for row in cur.fetchall())
        cur.execute("DROP TABLE sky.few")

    probe = re.search(r"Bitmap Index Scan on objects_p\w+ .* rows=(\d+)", plan)
    assert probe is not None
    assert "Seq Scan on few" in plan
    # more, and it would scan the larger table where that is large enough
    assert int(probe[1]) <= 1


FEW = """
    CREATE TABLE sky.few AS SELECT * FROM sky.objects WHERE n_points = 3 LIMIT 1000;
    CREATE INDEX few_point ON sky.few USING spgist (point(ra, dec));
    ANALYZE sky.few;
"""


def test_a_correlated_subquery_by_position_uses_the_index(sky):
    query = (
        "SELECT t.name FROM sky.targets AS t WHERE EXISTS (SELECT 1 FROM objects AS o"
        " WHERE DISTANCE(o.ra, o.dec, t.lon, t.lat) < 0.1)"
    )

    assert "objects_point_idx" in sky.plan(query)
    assert ("wrap",) in sky.rows(query)


def test_a_self_join_finds_the_pairs_at_their_distance(sky):
    query = (
        "SELECT b.object_id FROM sky.objects AS a JOIN sky.objects AS b"
        " ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 2/3600."
        " WHERE a.object_id = 'o7'"
    )

    assert sky.ids(query) == [7, 8, 9, 10, 11, 12]


def test_small_distances_are_exact(sky):
    query = (
        "SELECT 3600 * DISTANCE(POINT(ra, dec), POINT(10, 20)) FROM sky.objects"
        " WHERE object_id IN ('o8', 'o9', 'o10', 'o14') ORDER BY 1"
    )

    seen = [row[0] for row in sky.rows(query)]

    assert seen == pytest.approx([1e-4, 1e-3, 0.1, 3600], rel=1e-7)


def test_antipodes_are_180_degrees_apart(sky):
    rows = sky.rows(
        "SELECT TOP 1 DISTANCE(0, 0, 180, 0), DISTANCE(5, 90, 9, -90) FROM objects"
    )

    assert rows == [(180.0, 180.0)]


def test_positions_that_are_none_never_match_and_never_fail(sky):
    rows = sky.rows(
        "SELECT name, CONTAINS(POINT(lon, lat), CIRCLE(10, 20, 180)) FROM sky.targets"
        " WHERE name IN ('nothing', 'nan', 'infinite', 'beyond')"
    )

    assert len(rows) == 4
    assert all(seen is None for _, seen in rows)


BAD = {
    "1=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, -1))": "radius -1 ",
    "1=CONTAINS(POINT(ra, dec), CIRCLE(10, 95, 1))": "declination 95 ",
    "DISTANCE(ra, dec, 10, -90.5) < 1": "declination -90.5 ",
    "1=CONTAINS(POINT('GALACTIC', ra, dec), CIRCLE(10, 20, 1))": "'GALACTIC' is not",
    "1=CONTAINS(POINT(ra, dec), POLYGON(1, 1, 1, 1, 1, 1))": "three different",
    "1=CONTAINS(POINT(ra, dec), BOX(1, 1, 200, 1))": "BOX",
    "1=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 180.0001))": "radius 180.0001 ",
    "1=CONTAINS(POINT(ra, dec), CIRCLE(10, 90.00001, 1))": "declination 90.00001 ",
    "1=CONTAINS(POINT(ra, dec), POLYGON(0, 0, 180, 0, 90, 10))": "opposite",
    "1=CONTAINS(POINT(ra, dec), POLYGON(0, 0, 0, 90, 0, -90))": "opposite",
    "1=CONTAINS(POINT(ra, dec), POLYGON(0, 0, 10, 90, 50, -90))": "opposite",
}


@pytest.mark.parametrize(("condition", "message"), BAD.items(), ids=BAD)
def test_constants_that_are_no_region_are_refused_by_value(condition, message):
    with pytest.raises(QueryError, match=message):
        compile_query(FROM + condition, CATALOG)


PAIRS = {
    "CONTAINS(CIRCLE(10, 20, 1), CIRCLE(10, 20.5, 1.6))": 1,
    "CONTAINS(CIRCLE(10, 20, 1), CIRCLE(10, 20.5, 1.4))": 0,
    "CONTAINS(CIRCLE(10, 0, 1), POLYGON(8, -2, 12, -2, 12, 2, 8, 2))": 1,
    "CONTAINS(CIRCLE(10, 0, 3), POLYGON(8, -2, 12, -2, 12, 2, 8, 2))": 0,
    "CONTAINS(POLYGON(8, -2, 12, -2, 12, 2, 8, 2), CIRCLE(10, 0, 3))": 1,
    "CONTAINS(POLYGON(8, -2, 12, -2, 12, 2, 8, 2), CIRCLE(10, 0, 2))": 0,
    "CONTAINS(POLYGON(8, -2, 12, -2, 12, 2, 8, 2), CIRCLE(190, 0, 170))": 0,
    "CONTAINS(POLYGON(8, -2, 12, -2, 12, 2, 8, 2), CIRCLE(190, 60, 170))": 1,
    "INTERSECTS(CIRCLE(10, 0, 1), CIRCLE(12, 0, 1.1))": 1,
    "INTERSECTS(CIRCLE(10, 0, 1), CIRCLE(12, 0, 0.9))": 0,
    "INTERSECTS(CIRCLE(13, 0, 1.1), POLYGON(8, -2, 12, -2, 12, 2, 8, 2))": 1,
    "INTERSECTS(POLYGON(8, -2, 12, -2, 12, 2, 8, 2), CIRCLE(13, 0, 0.9))": 0,
    "INTERSECTS(BOX(0, 0, 2, 2), BOX(1.5, 0, 2, 2))": 1,
    "INTERSECTS(BOX(0, 0, 2, 2), BOX(359, 0.5, 2, 4))": 1,
    "INTERSECTS(BOX(0, 0, 6, 1), BOX(0, 0, 1, 6))": 1,
    "INTERSECTS(BOX(0, 0, 2, 2), BOX(5, 0, 2, 2))": 0,
    "CONTAINS(BOX(0, 0, 1, 1), BOX(0, 0, 2, 2))": 1,
    "CONTAINS(BOX(0, 0, 2, 2), BOX(0, 0, 1, 1))": 0,
    "CONTAINS(BOX(0, 0, 2, 2), BOX(1.5, 0, 2, 2))": 0,
    "CONTAINS(POINT(359.5, 0), BOX(0, 0, 2, 2))": 1,
    "CONTAINS(POINT(3, 4), POINT(363, 4))": 1,
    "INTERSECTS(BOX(0, 0, 2, 2), POINT(1.5, 0))": 0,
}


@pytest.mark.parametrize(("predicate", "expected"), PAIRS.items(), ids=PAIRS)
def test_regions_and_regions(sky, predicate, expected):
    assert sky.rows(f"SELECT TOP 1 {predicate} FROM sky.objects") == [(expected,)]


VALUES = {
    "AREA(CIRCLE(10, 20, 180))": 41252.96124941927,
    "AREA(CIRCLE(10, 20, 1e-3))": 3.141592653e-6,
    "AREA(POLYGON(0, 0, 90, 0, 0, 90))": 41252.96124941927 / 8,
    "AREA(POLYGON(0, 80, 270, 80, 180, 80, 90, 80))": 201.01586,
    "AREA(POINT(1, 2))": 0.0,
    "COORD1(CENTROID(POLYGON(0, 0, 90, 0, 0, 90)))": 45.0,
    "COORD2(CENTROID(POLYGON(0, 0, 90, 0, 0, 90)))": 35.264389682754654,
    "COORD1(CENTROID(BOX(0, 0, 2, 2)))": 0.0,
    "COORD2(CENTROID(CIRCLE(1, 2, 3)))": 2.0,
}


@pytest.mark.parametrize(("value", "expected"), VALUES.items(), ids=VALUES)
def test_areas_and_centroids(sky, value, expected):
    [(seen,)] = sky.rows(f"SELECT TOP 1 {value} FROM sky.objects")

    assert seen == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_both_directions_are_one_polygon():
    corners, _ = POLYGONS["concave"]

    one, other = Polygon.of(corners), Polygon.of(corners[::-1])

    assert one.area == pytest.approx(other.area)
    assert one.north == other.north
