"""The SQL of MOCs and regions as text, and of the tests between them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocpy import MOC

from vo_lcc.db import Database

from .regions import (
    POLYGONS,
    SKY,
    SQUARE_DEGREES,
    cells,
    mocpy_of,
    once,
    positions,
    ranges,
    value,
    vectors,
)

# --- MOC as text ------------------------------------------------------------------

ORDERS = st.integers(0, 29)
RANGES = st.lists(
    st.tuples(st.integers(0, SKY - 1), ORDERS, st.integers(1, 9)).map(
        lambda t: (t[0] >> (58 - 2 * t[1]), t[1], t[2])
    ),
    max_size=8,
)


@once
@given(RANGES)
def test_a_moc_is_written_as_mocpy_does_and_read_back(session_db: Database, parts: Any):
    pairs = [
        (cell << (58 - 2 * order), min(SKY, (cell + count) << (58 - 2 * order)))
        for cell, order, count in parts
    ]
    literal = "{" + ",".join(f"[{a},{b})" for a, b in pairs) + "}"
    found = ranges(session_db, "%s::int8multirange", literal)
    moc = mocpy_of(found)

    text = value(session_db, "vo_lcc.moc_text(%s)", literal)

    expected = moc.to_string() if pairs else "29/"
    assert text == (expected.removesuffix(" 29/") if pairs else expected)
    deep = text if "29/" in text else f"{text} 29/"
    assert MOC.from_string(deep) == moc
    assert value(
        session_db, "vo_lcc.moc_of_text(%s) = %s::int8multirange", text, literal
    )
    held = int((found[:, 1] - found[:, 0]).sum())
    area = value(session_db, "vo_lcc.moc_area(%s)", literal)
    assert area == pytest.approx(held / SKY * SQUARE_DEGREES, rel=1e-12, abs=0)


TEXTS = {
    "6/1-3,5 7/80": "6/1-3 5 7/80",
    "6/1-3 5 7/20": "6/1-3 5",
    "29/": "29/",
    "0/ 1/ 2/": "29/",
    "0/0-11": "0/0-11",
    "6/ 1 5": "6/1 5",
    " 6/1, 2\n7/20\t": "6/1-2 7/20",
    "s6/1 29/": "6/1",
    "7/80 6/1": "6/1 7/80",
    "1/1-2,4 2/12-14,21,23,25 8/": "1/1-2 4 2/12-14 21 23 25",
    "29/3458764513820540927": "29/3458764513820540927",
    "1/4-7 2/32-35": "0/1 1/8",
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_ascii_mocs_are_read(session_db: Database, text: str, expected: str):
    assert (
        value(session_db, "vo_lcc.moc_text(vo_lcc.moc_of_text(%s))", text) == expected
    )


NO_MOC = """
hello|6|1 2|6/12/3|30/1|0/12|3/5-2|6/1-|6/-3|6/1 - 3|6/1 /2|t61/1 s29/1|/1|6/1;7/2|
29/3458764513820540928|0/99999999999999999999|{[0,5)}|6/1 s7/2|6/1e3|-6/1|6.0/1
""".replace("\n", "").split("|")


@pytest.mark.parametrize("text", [*NO_MOC, "", " "])
def test_text_that_is_no_moc_is_null(session_db: Database, text: str):
    assert value(session_db, "vo_lcc.moc_of_text(%s)", text) is None


# --- STC-S ------------------------------------------------------------------------

STCS = {
    "Position ICRS 10 20": [10, 20],
    "POINT 10 20": [10, 20],
    "circle 1 2 3": [1, 2, 3],
    "Circle ICRS GEOCENTER SPHERICAL2 1 2 3": [1, 2, 3],
    "CIRCLE J2000 1.5 -2e-1 +.5": [1.5, -0.2, 0.5],
    "  Circle  fk5\tTOPOCENTER 370. 0 180 ": [370, 0, 180],
    "Polygon UNKNOWNFRAME UNKNOWNREFPOS 1 2 3 4 5 6": [1, 2, 3, 4, 5, 6],
    "polygon 1 2 3 4 5 6 7 8": [1, 2, 3, 4, 5, 6, 7, 8],
    "Box ICRS 10 20 2 4": [9, 18, 11, 18, 11, 22, 9, 22],
    "1 2": [1, 2],
    "1 2 3": [1, 2, 3],
    "1 2 3 4 5 6": [1, 2, 3, 4, 5, 6],
}


@pytest.mark.parametrize(("text", "expected"), STCS.items())
def test_stcs_and_dali_regions_are_read(
    session_db: Database, text: str, expected: list[float]
):
    assert value(session_db, "vo_lcc.region_of_text(%s)", text) == expected


NO_REGION = (
    """
Circle GALACTIC 1 2 3|Circle ICRS CARTESIAN2 1 2 3|Union ICRS (Circle 1 2 3)|1 2 3 4|1
Not (Circle ICRS 1 2 3)|Circle ICRS 1 2|Position 1 2 3|Polygon 1 2 3 4 5|Polygon 1 2 3 4
Circle 1 95 3|Circle 1 2 -3|Circle 1 2 181|Polygon 1 2 3 4 5 96|Box 10 89 2 4|Circle
Box 10 20 0 4|Box 10 20 180 4|Circle ICRS 1e400 2 3|Circle ICRS 1e40 2 3|Circle NaN 1 2
Circle ICRS 1 2 3 unit arcmin|ICRS 1 2|1,2|Circle1 2 3|Ellipse 1 2 3 4 5
Circle GEOCENTER ICRS 1 2 3
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("text", [*NO_REGION, "", " ", "x " * 5000])
def test_text_that_is_no_region_is_null(session_db: Database, text: str):
    assert value(session_db, "vo_lcc.region_of_text(%s)", text) is None


@once
@given(
    st.floats(-360, 360),
    st.floats(-90, 90),
    st.floats(0, 180),
    st.sampled_from([2, 3, 6]),
)
def test_a_region_written_and_read_is_the_same(
    session_db: Database, lon: float, lat: float, radius: float, count: int
):
    region = [lon, lat, radius, -lat, lon, 0.1][:count]
    text = value(session_db, "vo_lcc.region_text(%s::float8[])", region)
    words = text.split()

    assert words[:2] == [{2: "Position", 3: "Circle", 6: "Polygon"}[count], "ICRS"]
    assert [float(w) for w in words[2:]] == region
    if not any(0 < abs(x) < 1e-90 for x in region):  # an exponent of three digits
        assert value(session_db, "vo_lcc.region_of_text(%s)", text) == region


def test_numbers_are_written_as_short_as_can_be(session_db: Database):
    assert (
        value(session_db, "vo_lcc.region_text('{10,20,0.1}')")
        == "Circle ICRS 10 20 0.1"
    )


# --- tests between regions --------------------------------------------------------

SQUARE = "{8,-2,12,-2,12,2,8,2}"
INNER = "{9,-1,11,-1,11,1,9,1}"

# a, b: a within b, a and b meet
PAIRS = {
    ("{10,0}", "{10,0}"): (True, True),
    ("{10,0}", "{370,0}"): (True, True),
    ("{10,0}", "{10,1}"): (False, False),
    ("{10,0}", "{10,1,1.5}"): (True, True),
    ("{10,1,1.5}", "{10,0}"): (False, True),
    ("{10,0,0}", "{10,0}"): (True, True),
    ("{10,0}", SQUARE): (True, True),
    (SQUARE, "{10,0}"): (False, True),
    ("{20,0}", SQUARE): (False, False),
    ("{10,0,1}", "{10,0.5,1.6}"): (True, True),
    ("{10,0,1}", "{12,0,1.1}"): (False, True),
    ("{10,0,1}", "{12,0,0.9}"): (False, False),
    ("{10,0,1}", SQUARE): (True, True),
    ("{10,0,3}", SQUARE): (False, True),
    ("{20,0,3}", SQUARE): (False, False),
    (SQUARE, "{10,0,3}"): (True, True),
    (SQUARE, "{10,0,1}"): (False, True),
    (SQUARE, "{20,0,1}"): (False, False),
    (SQUARE, SQUARE): (True, True),
    (SQUARE, "{12,2,8,2,8,-2,12,-2}"): (True, True),
    (SQUARE, "{12,2,12,-2,8,-2,8,2}"): (True, True),
    (SQUARE, "{8,-2,8,2,12,2,12,-2}"): (True, True),
    ("{8,-2,12,-2,8,2}", "{8,2,12,-2,8,-2}"): (True, True),
    (INNER, SQUARE): (True, True),
    (SQUARE, INNER): (False, True),
    (SQUARE, "{11,-1,14,-1,14,1,11,1}"): (False, True),
    (SQUARE, "{13,-1,14,-1,14,1,13,1}"): (False, False),
    ("{8,-0.1,12,-0.1,12,0.1,8,0.1}", "{9.9,-2,10.1,-2,10.1,2,9.9,2}"): (False, True),
}


@pytest.mark.parametrize(("pair", "expected"), PAIRS.items())
def test_regions_of_any_kind_are_told_apart(
    session_db: Database, pair: tuple[str, str], expected: tuple[bool, bool]
):
    a, b = pair

    assert value(session_db, "vo_lcc.contains(%s, %s)", a, b) is expected[0]
    assert value(session_db, "vo_lcc.intersects(%s, %s)", a, b) is expected[1]
    assert value(session_db, "vo_lcc.intersects(%s, %s)", b, a) is expected[1]


BAD = [
    None,
    "{}",
    "{1}",
    "{1,2,3,4}",
    "{1,2,3,4,5}",
    "{1,2,3,4,5,6,7}",
    "{1,NULL}",
    "{1,91}",
    "{1,2,-1}",
    "{1,2,181}",
    "{NaN,2}",
    "{1,2,Infinity}",
    "{1,2,3,4,Infinity,6}",
    "{1,2,3,4,5,-91}",
    "{1,2,3,4,1e300,6}",
    "{1,NULL,3,4,5,6}",
    "{1,2,1,2,1,2}",
]
CALLS = [
    "contains(a, b)",
    "contains(b, a)",
    "intersects(a, b)",
    "intersects(b, a)",
    "contains(a, a)",
    "intersects(a, a)",
    "in_polygon(10, 0, a)",
    "edge_distance(10, 0, a)",
    "polygon_area(a)",
    "polygon_centroid(a)",
    "edges_cross(a, b)",
    "intersects_polygon_polygon(b, a)",
    "moc(a, 5)",
    "contains_moc(a, '{[0,5)}')",
    "intersects_moc(a, '{[0,5)}')",
]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_region_gives_null_and_never_an_error(
    session_db: Database, bad: str | None
):
    calls = ", ".join(f"vo_lcc.{call}" for call in CALLS)
    sql = (
        f"SELECT {calls} FROM (SELECT %s::float8[], %s::float8[] OFFSET 0) AS v (a, b)"
    )

    assert set(session_db.fetch(sql, (bad, SQUARE))[0]) == {None}


def test_areas_and_centroids_are_those_of_the_kind(session_db: Database):
    octant = "{0,0,90,0,0,90}"

    assert value(session_db, "vo_lcc.region_area('{1,2}')") == 0
    assert value(session_db, "vo_lcc.region_area('{1,2,180}')") == pytest.approx(
        SQUARE_DEGREES
    )
    assert value(session_db, "vo_lcc.region_area(%s)", octant) == pytest.approx(
        SQUARE_DEGREES / 8
    )
    assert value(session_db, "vo_lcc.region_centroid('{1,2}')") == [1, 2]
    assert value(session_db, "vo_lcc.region_centroid('{1,2,3}')") == [1, 2]
    assert value(session_db, "vo_lcc.region_centroid(%s)", octant) == pytest.approx(
        [45, 35.26438968]
    )


def test_polygons_of_a_milliarcsecond_keep_their_digits(session_db: Database):
    side = 1e-3 / 3600
    square = [200, 40, 200 + side, 40, 200 + side, 40 + side, 200, 40 + side]
    lon, lat = value(session_db, "vo_lcc.polygon_centroid(%s::float8[])", square)
    area = value(session_db, "vo_lcc.polygon_area(%s::float8[])", square)

    assert (lon - 200) / side == pytest.approx(0.5, abs=1e-3)
    assert (lat - 40) / side == pytest.approx(0.5, abs=1e-3)
    assert area == pytest.approx(side**2 * np.cos(np.radians(40)), rel=1e-3)
    inside = "vo_lcc.in_polygon(200 + %s, 40 + %s, %s::float8[])"
    assert value(session_db, inside, side * 0.99, side * 0.99, square) is True
    assert value(session_db, inside, side * 1.01, side * 0.5, square) is False
    assert value(session_db, inside, side * 0.5, side * 1.01, square) is False


def test_a_side_to_the_pole_divides_its_meridian_only_there(session_db: Database):
    wedge = POLYGONS["a corner at the pole"]
    sql = (
        "SELECT vo_lcc.in_polygon(lon, lat, %s::float8[])"
        " FROM unnest(%s, %s) AS p (lon, lat)"
    )
    lon, lat = np.meshgrid([0.0, 45.0, 90.0, 180.0, 270.0], np.linspace(-90, 79, 14))
    rows = session_db.fetch(sql, (wedge, lon.ravel().tolist(), lat.ravel().tolist()))

    assert set(rows) == {(False,)}
    assert value(session_db, "vo_lcc.in_polygon(45, 85, %s::float8[])", wedge) is True


def test_the_distance_to_the_sides_is_that_to_their_nearest_point(session_db: Database):
    corners = np.array(POLYGONS["concave"], float).reshape(-1, 2)
    v = vectors(*corners.T)
    part = np.linspace(0, 1, 4001)[:, None, None]
    sides = (v * (1 - part) + np.roll(v, -1, axis=0) * part).reshape(-1, 3)
    sides /= np.linalg.norm(sides, axis=1)[:, None]
    lon, lat = positions(60, 8)
    chord = np.linalg.norm(vectors(lon, lat)[:, None] - sides, axis=-1).min(axis=1)
    sql = (
        "SELECT vo_lcc.edge_distance(lon, lat, %s::float8[])"
        " FROM unnest(%s::float8[], %s::float8[]) AS p (lon, lat)"
    )
    rows = session_db.fetch(sql, (corners.ravel().tolist(), lon.tolist(), lat.tolist()))

    seen = np.array(rows)[:, 0]
    nearest = 2 * np.degrees(np.arcsin(chord / 2))
    assert (seen <= nearest + 1e-9).all()
    assert np.abs(seen - nearest).max() < 1e-4


# --- regions and MOCs -------------------------------------------------------------

IN_MOC = {
    "{10,20}": (True, True),
    "{10,20,0.5}": (True, True),
    "{10,20,3}": (False, True),
    "{100,20,3}": (False, False),
    "{100,20}": (False, False),
    "{9.9,19.9,10.1,19.9,10.1,20.1,9.9,20.1}": (True, True),
    "{8,20,12,20,12,30}": (False, True),
    "{50,20,52,20,52,30}": (False, False),
    "{100,20,179}": (False, True),
}


@pytest.mark.parametrize(("region", "expected"), IN_MOC.items())
def test_regions_are_compared_with_mocs(
    session_db: Database, region: str, expected: tuple[bool, bool]
):
    moc = "vo_lcc.moc_circle(10, 20, 2, 9)"

    assert value(session_db, f"vo_lcc.contains_moc(%s, {moc})", region) is expected[0]
    assert value(session_db, f"vo_lcc.intersects_moc(%s, {moc})", region) is expected[1]


def test_a_point_in_a_moc_is_exact(session_db: Database):
    lon, lat = 211.4, -33.3
    cell = int(cells(np.array([lon]), np.array([lat]), 29)[0])
    moc = f"{{[{cell},{cell + 1})}}"
    call = "vo_lcc.contains_moc(ARRAY[%s, %s], %s)"

    assert value(session_db, call, lon, lat, moc) is True
    assert value(session_db, call, lon, lat + 2e-7, moc) is False


def test_a_column_of_covers_is_searched_by_its_index(session_db: Database):
    with session_db.transaction() as cur:
        cur.execute(
            "CREATE TEMP TABLE tiles AS"
            " SELECT i, vo_lcc.moc(vo_lcc.healpix_center(5, i), 5) AS moc"
            " FROM generate_series(0::int8, 12287) AS i;"
            " CREATE INDEX tiles_moc ON tiles USING gist (moc); ANALYZE tiles"
        )
        tile = "SELECT i FROM tiles WHERE moc @> vo_lcc.healpix_index(29, 10, -30)"
        cur.execute(f"EXPLAIN {tile}")
        plan = str(cur.fetchall())
        cur.execute(f"SELECT ARRAY({tile}) = ARRAY[vo_lcc.healpix_index(5, 10, -30)]")
        assert cur.fetchone() == (True,)

    assert "tiles_moc" in plan


def test_the_reader_may_call_them(session_db: Database):
    with session_db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        cur.execute(
            "SELECT vo_lcc.moc_text(vo_lcc.moc(vo_lcc.region_of_text('1 2 180'), 2))"
        )
        assert cur.fetchone() == ("0/0-11",)
