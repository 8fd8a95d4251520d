"""The SQL of regions and MOCs against cdshealpix, mocpy and brute force."""

from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import healpix_to_lonlat, lonlat_to_healpix, vertices
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mocpy import MOC

from vo_lcc.db import Database

SKY = 12 << 58
SQUARE_DEGREES = 41252.96124941927
CELL = 58.7  # degrees, of order 0

once = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def db(session_db: Database) -> Database:
    """The database of the session: these tests only read."""
    return session_db


def value(db: Database, expression: str, *params: Any) -> Any:
    """The one value of a SQL expression."""
    [(found,)] = db.fetch(f"SELECT {expression}", params)
    return found


def ranges(db: Database, expression: str, *params: Any) -> np.ndarray:
    """A MOC as (start, stop) pairs of cells of order 29."""
    sql = f"SELECT lower(r), upper(r) FROM unnest({expression}) AS r"
    return np.array(db.fetch(sql, params), dtype=np.int64).reshape(-1, 2)


def mocpy_of(found: np.ndarray) -> MOC:
    return MOC.from_depth29_ranges(29, found.astype(np.uint64))


def positions(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))


def cells(lon: np.ndarray, lat: np.ndarray, order: int) -> np.ndarray:
    lon, lat = Longitude(lon, u.deg), Latitude(np.clip(lat, -90, 90), u.deg)
    return lonlat_to_healpix(lon, lat, order).astype(np.int64)


def _vectors(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    a, b = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], axis=-1)


def index(db: Database, order: int, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    sql = (
        "SELECT vo_lcc.healpix_index(%s, lon, lat)"
        " FROM unnest(%s::float8[], %s::float8[]) AS p (lon, lat)"
    )
    return np.array(db.fetch(sql, (order, lon.tolist(), lat.tolist())))[:, 0]


# --- HEALPix ----------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 1, 5, 12, 20, 29])
def test_the_cell_of_a_position_is_that_of_cdshealpix(db: Database, order: int):
    lon, lat = positions(3000, order)

    assert (index(db, order, lon, lat) == cells(lon, lat, order)).all()
    assert (
        index(db, order, lon - 720, lat) == index(db, order, lon + 360, lat)
    ).mean() > 0.99


@pytest.mark.parametrize("order", [0, 3, 29])
def test_on_a_border_the_cell_is_one_of_those_that_meet_there(db: Database, order: int):
    z = np.degrees(np.arcsin(2 / 3))
    lats = [-90, -89.9999999999, -z, -45, -30, 0, 30, z, 45, 89.9999999999, 90]
    lon, lat = (a.ravel() for a in np.meshgrid(np.arange(0, 360, 11.25), lats))
    found = index(db, order, lon, lat)

    near = [
        cells((lon + dx) % 360, lat + dy, order)
        for dx in (-1e-12, 0, 1e-12)
        for dy in (-1e-12, 0, 1e-12)
    ]
    poles = np.abs(lat) > 89
    assert np.any(near, axis=0).shape == found.shape
    assert (np.array(near) == found).any(axis=0)[~poles].all()
    assert (cells(lon[poles], lat[poles], order) == found[poles]).all()


@pytest.mark.parametrize("order", [0, 1, 7, 18, 29])
def test_the_centre_of_a_cell_is_that_of_cdshealpix(db: Database, order: int):
    rng = np.random.default_rng(order)
    cell = rng.integers(0, 12 << (2 * order), 1000)
    sql = "SELECT vo_lcc.healpix_center(%s, c) FROM unnest(%s::int8[]) AS c"
    found = np.array([row[0] for row in db.fetch(sql, (order, cell.tolist()))])

    lon, lat = healpix_to_lonlat(cell.astype(np.uint64), order)
    apart = np.abs((found[:, 0] - lon.deg + 180) % 360 - 180) * np.cos(lat.rad)
    assert apart.max() < 1e-12
    assert np.abs(found[:, 1] - lat.deg).max() < 1e-12
    assert (index(db, order, found[:, 0], found[:, 1]) == cell).all()


NO_CELL = [
    "healpix_index(-1, 0, 0)",
    "healpix_index(30, 0, 0)",
    "healpix_index(NULL, 0, 0)",
    "healpix_index(3, NULL, 0)",
    "healpix_index(3, 0, NULL)",
    "healpix_index(3, 0, 90.0000001)",
    "healpix_index(3, 0, '-Infinity')",
    "healpix_index(3, 'NaN', 0)",
    "healpix_index(3, 0, 'NaN')",
    "healpix_index(3, 'Infinity', 0)",
    "healpix_center(0, 12)",
    "healpix_center(29, -1)",
    "healpix_center(30, 0)",
    "healpix_center(3, NULL)",
    "moc_circle(0, 0, -1, 5)",
    "moc_circle(0, 0, 181, 5)",
    "moc_circle(0, 91, 1, 5)",
    "moc_circle(0, 0, 'NaN', 5)",
    "moc_circle(0, 0, 1, NULL)",
    "moc_circle(0, 0, 1, 30)",
    "moc_polygon('{1,2,3,4}', 5)",
    "moc_polygon('{1,2,1,2,1,2}', 5)",
    "moc_polygon('{1,2,3,4,5,96}', 5)",
    "moc('{1,2,3,4}', 5)",
    "moc('{1,2}', NULL)",
    "moc(NULL, 3)",
    "moc_text(NULL)",
    "moc_of_text(NULL)",
    "moc_area(NULL)",
    "contains_moc(NULL, '{}')",
    "contains_moc('{1,2}', NULL)",
    "intersects_moc('{1,2,3}', NULL)",
    "region_of_text(NULL)",
]


@pytest.mark.parametrize("call", NO_CELL)
def test_what_is_not_defined_is_null(db: Database, call: str):
    assert value(db, f"vo_lcc.{call}") is None


# --- covers -----------------------------------------------------------------------


@pytest.mark.parametrize("order", range(6))
def test_a_cell_reaches_no_farther_from_its_centre_than_is_said(
    db: Database, order: int
):
    side = 1 << order
    sql = (
        "SELECT vo_lcc.healpix_index(%s, degrees(atan2(cy, cx)), degrees(asin(cz))),"
        " cx, cy, cz, reach FROM generate_series(0, 11) AS f,"
        " generate_series(0, %s) AS x, generate_series(0, %s) AS y,"
        " vo_lcc.cell_vector(%s, f, x, y)"
    )
    rows = db.fetch(sql, (order, side - 1, side - 1, order))
    cell = np.array([row[0] for row in rows], dtype=np.uint64)
    centre, reach = np.array([r[1:4] for r in rows]), np.array([r[4] for r in rows])
    lon, lat = (a.deg for a in vertices(cell, order, step=3))

    border = _vectors(lon, lat)
    chord = np.linalg.norm(border - centre[:, None], axis=-1)
    seen = 2 * np.degrees(np.arcsin(chord / 2)).max(axis=1)

    assert sorted(cell) == list(range(12 * side * side))
    assert (seen <= reach).all()
    assert (seen / reach).mean() > 0.8


CIRCLES = {
    "small": (10, 20, 1, 8),
    "fine": (123, -60, 0.05, 14),
    "at a pole": (77, 90, 2, 8),
    "over the south pole": (0, -89, 5, 6),
    "over RA 0": (359.9, 0, 3, 7),
    "longitude below 0": (-10, 5, 3, 7),
    "where z = 2/3": (45, 41.81, 4, 8),
    "half the sky": (0, 0, 90, 4),
    "nearly the sky": (200, 40, 179, 5),
    "a thousandth of an arcsecond": (10, 20, 1e-3 / 3600, 29),
    "order 0": (10, 20, 30, 0),
}


@pytest.mark.parametrize(
    ("lon", "lat", "radius", "order"), CIRCLES.values(), ids=CIRCLES
)
def test_the_cover_of_a_circle_holds_it_and_little_more(
    db: Database, lon: float, lat: float, radius: float, order: int
):
    found = ranges(db, "vo_lcc.moc(%s::float8[], %s)", [lon, lat, radius], order)
    rng = np.random.default_rng(1)
    around = min(180.0, radius + 3 * CELL / (1 << order))
    apart = np.sqrt(rng.uniform(0, 1, 4000)) * around
    apart[:2000] = radius * (1 - rng.exponential(1e-3, 2000).clip(0, 1))
    there = _offset(lon, lat, apart, rng.uniform(0, 360, 4000))

    held = _held(found, cells(*there, 29))
    assert held[apart <= radius * (1 - 1e-9)].all()
    assert not held[apart > radius + 2.2 * CELL / (1 << order)].any()
    assert (found % (1 << (58 - 2 * order)) == 0).all()


def _offset(lon: float, lat: float, apart: np.ndarray, angle: np.ndarray) -> Any:
    """Positions at a distance and an angle, by vectors (right at the poles)."""
    a, b = np.radians(lon), np.radians(lat)
    up = np.array([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)])
    east = np.array([-np.sin(a), np.cos(a), 0])
    north = np.cross(up, east)
    d, t = np.radians(apart)[:, None], np.radians(angle)[:, None]
    v = up * np.cos(d) + np.sin(d) * (east * np.sin(t) + north * np.cos(t))
    lons = np.degrees(np.arctan2(v[:, 1], v[:, 0])) % 360
    return lons, np.degrees(np.arctan2(v[:, 2], np.hypot(v[:, 0], v[:, 1])))


def _held(found: np.ndarray, cell: np.ndarray) -> np.ndarray:
    place = np.searchsorted(found[:, 0], cell, side="right") - 1
    return (place >= 0) & (cell < found[np.maximum(place, 0), 1])


def test_the_cover_of_a_circle_is_close_to_that_of_mocpy(db: Database):
    found = mocpy_of(ranges(db, "vo_lcc.moc_circle(10, 20, 1, 10)"))
    cone = MOC.from_cone(
        Longitude(10, u.deg),
        Latitude(20, u.deg),
        radius=1 * u.deg,
        max_depth=10,
        delta_depth=4,
    )

    assert cone.difference(found).empty()
    assert found.sky_fraction < 1.01 * cone.sky_fraction


@pytest.mark.parametrize("order", [0, 6, 29])
def test_the_whole_sky_is_one_range(db: Database, order: int):
    assert ranges(db, "vo_lcc.moc_circle(5, 6, 180, %s)", order).tolist() == [[0, SKY]]


@pytest.mark.parametrize("order", [3, 12, 29])
def test_a_circle_without_radius_is_covered_by_the_cells_at_its_centre(
    db: Database, order: int
):
    found = ranges(db, "vo_lcc.moc_circle(10, 20, 0, %s)", order)
    point = ranges(db, "vo_lcc.moc('{10,20}', %s)", order)
    size = 1 << (58 - 2 * order)

    assert point.tolist() == [
        [c * size, (c + 1) * size] for c in cells(10.0, 20.0, order).ravel()
    ]
    assert _held(found, point[:, 0]).all()
    assert (found[:, 1] - found[:, 0]).sum() <= 4 * size


POLYGONS = {
    "small": [10, 19, 11, 19, 11, 21, 10, 21],
    "concave": [0, 0, 20, 0, 20, 20, 10, 2, 0, 20],
    "across RA 0": [359, -1, 1, -1, 1, 1, 359, 1],
    "north pole": [0, 88, 90, 88, 180, 88, 270, 88],
    "south pole, clockwise": [0, -80, 90, -80, 180, -80, 270, -80],
    "a corner at the pole": [0, 80, 90, 80, 45, 90],
    "octant": [0, 0, 90, 0, 0, 90],
    "wide": [0, -60, 120, -60, 120, 60, 0, 60],
    "a corner twice": [200, -10, 300, 40, 300, 40, 250, 60, 200, -10],
    "thin": [10, 10, 40, 30, 40, 30.001],
    "beyond 360": [370, 19, 371, 19, 371, 21],
}


@pytest.mark.parametrize("polygon", POLYGONS.values(), ids=POLYGONS)
def test_the_cover_of_a_polygon_holds_it_and_little_more(
    db: Database, polygon: list[float]
):
    order = 7
    found = ranges(db, "vo_lcc.moc(%s::float8[], %s)", polygon, order)
    corners = np.array(polygon, float).reshape(-1, 2)
    rng = np.random.default_rng(2)
    pick = rng.integers(len(corners), size=1500)
    lon, lat = positions(3000, 3)
    lon[:1500] = (corners[pick, 0] + rng.normal(0, 1, 1500)) % 360
    lat[:1500] = (corners[pick, 1] + rng.normal(0, 1, 1500)).clip(-90, 90)
    sql = (
        "SELECT vo_lcc.in_polygon(lon, lat, %s::float8[]),"
        " vo_lcc.edge_distance(lon, lat, %s::float8[])"
        " FROM unnest(%s::float8[], %s::float8[]) AS p (lon, lat)"
    )
    rows = db.fetch(sql, (polygon, polygon, lon.tolist(), lat.tolist()))
    inside, distance = (np.array(column) for column in zip(*rows, strict=True))

    held = _held(found, cells(lon, lat, 29))
    assert held[inside].all()
    assert not held[~inside & (distance > 2.2 * CELL / (1 << order))].any()
    # the corners, and the middle of each side
    assert _held(found, cells(corners[:, 0] % 360, corners[:, 1], 29)).all()


def test_the_covers_of_coarser_orders_hold_those_of_finer_ones(db: Database):
    nested = value(
        db,
        "bool_and(vo_lcc.moc(r, o + 1) <@ vo_lcc.moc(r, o)) FROM (VALUES"
        " ('{10,20,0.3}'::float8[]), ('{0,80,90,80,45,90}'), ('{5,6}')) AS v (r),"
        " generate_series(0, 8) AS o",
    )

    assert nested is True


@pytest.mark.parametrize(
    "region", ["{10,20,80}", "{0,-60,120,-60,120,60,0,60}"], ids=["circle", "polygon"]
)
def test_a_cover_of_too_many_cells_is_coarser_than_asked_for(db: Database, region: str):
    [(count, wide)] = db.fetch(
        "SELECT sum((length(t) - length(replace(t, ' ', '')))), t ~ ' 1[23]/' FROM"
        " vo_lcc.moc_text(vo_lcc.moc(%s, 12)) AS t GROUP BY t",
        (region,),
    )

    assert count < 10_000
    assert wide is False


def test_a_polygon_of_many_corners_is_covered_in_bounded_time(db: Database):
    angle = np.linspace(0, 360, 1000, endpoint=False)
    lon, lat = _offset(10, 20, np.full(1000, 2.0), angle)
    polygon = np.stack([lon, lat], axis=1).ravel().tolist()
    found = mocpy_of(ranges(db, "vo_lcc.moc(%s::float8[], 12)", polygon))

    area = found.sky_fraction * SQUARE_DEGREES
    assert 4 * np.pi * 0.99 < area < 4 * np.pi * 1.1


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
def test_a_moc_is_written_as_mocpy_does_and_read_back(db: Database, parts: Any):
    pairs = [
        (cell << (58 - 2 * order), min(SKY, (cell + count) << (58 - 2 * order)))
        for cell, order, count in parts
    ]
    literal = "{" + ",".join(f"[{a},{b})" for a, b in pairs) + "}"
    found = ranges(db, "%s::int8multirange", literal)
    moc = mocpy_of(found)

    text = value(db, "vo_lcc.moc_text(%s)", literal)

    expected = moc.to_string() if pairs else "29/"
    assert text == (expected.removesuffix(" 29/") if pairs else expected)
    deep = text if "29/" in text else f"{text} 29/"
    assert MOC.from_string(deep) == moc
    assert value(db, "vo_lcc.moc_of_text(%s) = %s::int8multirange", text, literal)
    held = int((found[:, 1] - found[:, 0]).sum())
    area = value(db, "vo_lcc.moc_area(%s)", literal)
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
def test_ascii_mocs_are_read(db: Database, text: str, expected: str):
    assert value(db, "vo_lcc.moc_text(vo_lcc.moc_of_text(%s))", text) == expected


NO_MOC = """
hello|6|1 2|6/12/3|30/1|0/12|3/5-2|6/1-|6/-3|6/1 - 3|6/1 /2|t61/1 s29/1|/1|6/1;7/2|
29/3458764513820540928|0/99999999999999999999|{[0,5)}|6/1 s7/2|6/1e3|-6/1|6.0/1
""".replace("\n", "").split("|")


@pytest.mark.parametrize("text", [*NO_MOC, "", " "])
def test_text_that_is_no_moc_is_null(db: Database, text: str):
    assert value(db, "vo_lcc.moc_of_text(%s)", text) is None


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
def test_stcs_and_dali_regions_are_read(db: Database, text: str, expected: list[float]):
    assert value(db, "vo_lcc.region_of_text(%s)", text) == expected


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
def test_text_that_is_no_region_is_null(db: Database, text: str):
    assert value(db, "vo_lcc.region_of_text(%s)", text) is None


@once
@given(
    st.floats(-360, 360),
    st.floats(-90, 90),
    st.floats(0, 180),
    st.sampled_from([2, 3, 6]),
)
def test_a_region_written_and_read_is_the_same(
    db: Database, lon: float, lat: float, radius: float, count: int
):
    region = [lon, lat, radius, -lat, lon, 0.1][:count]
    text = value(db, "vo_lcc.region_text(%s::float8[])", region)
    words = text.split()

    assert words[:2] == [{2: "Position", 3: "Circle", 6: "Polygon"}[count], "ICRS"]
    assert [float(w) for w in words[2:]] == region
    if not any(0 < abs(x) < 1e-90 for x in region):  # an exponent of three digits
        assert value(db, "vo_lcc.region_of_text(%s)", text) == region


def test_numbers_are_written_as_short_as_can_be(db: Database):
    assert value(db, "vo_lcc.region_text('{10,20,0.1}')") == "Circle ICRS 10 20 0.1"


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
    db: Database, pair: tuple[str, str], expected: tuple[bool, bool]
):
    a, b = pair

    assert value(db, "vo_lcc.contains(%s, %s)", a, b) is expected[0]
    assert value(db, "vo_lcc.intersects(%s, %s)", a, b) is expected[1]
    assert value(db, "vo_lcc.intersects(%s, %s)", b, a) is expected[1]


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
def test_what_is_no_region_gives_null_and_never_an_error(db: Database, bad: str | None):
    calls = ", ".join(f"vo_lcc.{call}" for call in CALLS)
    sql = (
        f"SELECT {calls} FROM (SELECT %s::float8[], %s::float8[] OFFSET 0) AS v (a, b)"
    )

    assert set(db.fetch(sql, (bad, SQUARE))[0]) == {None}


def test_areas_and_centroids_are_those_of_the_kind(db: Database):
    octant = "{0,0,90,0,0,90}"

    assert value(db, "vo_lcc.region_area('{1,2}')") == 0
    assert value(db, "vo_lcc.region_area('{1,2,180}')") == pytest.approx(SQUARE_DEGREES)
    assert value(db, "vo_lcc.region_area(%s)", octant) == pytest.approx(
        SQUARE_DEGREES / 8
    )
    assert value(db, "vo_lcc.region_centroid('{1,2}')") == [1, 2]
    assert value(db, "vo_lcc.region_centroid('{1,2,3}')") == [1, 2]
    assert value(db, "vo_lcc.region_centroid(%s)", octant) == pytest.approx(
        [45, 35.26438968]
    )


def test_polygons_of_a_milliarcsecond_keep_their_digits(db: Database):
    side = 1e-3 / 3600
    square = [200, 40, 200 + side, 40, 200 + side, 40 + side, 200, 40 + side]
    lon, lat = value(db, "vo_lcc.polygon_centroid(%s::float8[])", square)
    area = value(db, "vo_lcc.polygon_area(%s::float8[])", square)

    assert (lon - 200) / side == pytest.approx(0.5, abs=1e-3)
    assert (lat - 40) / side == pytest.approx(0.5, abs=1e-3)
    assert area == pytest.approx(side**2 * np.cos(np.radians(40)), rel=1e-3)
    inside = "vo_lcc.in_polygon(200 + %s, 40 + %s, %s::float8[])"
    assert value(db, inside, side * 0.99, side * 0.99, square) is True
    assert value(db, inside, side * 1.01, side * 0.5, square) is False
    assert value(db, inside, side * 0.5, side * 1.01, square) is False


def test_a_side_to_the_pole_divides_its_meridian_only_there(db: Database):
    wedge = POLYGONS["a corner at the pole"]
    sql = (
        "SELECT vo_lcc.in_polygon(lon, lat, %s::float8[])"
        " FROM unnest(%s, %s) AS p (lon, lat)"
    )
    lon, lat = np.meshgrid([0.0, 45.0, 90.0, 180.0, 270.0], np.linspace(-90, 79, 14))
    rows = db.fetch(sql, (wedge, lon.ravel().tolist(), lat.ravel().tolist()))

    assert set(rows) == {(False,)}
    assert value(db, "vo_lcc.in_polygon(45, 85, %s::float8[])", wedge) is True


def test_the_distance_to_the_sides_is_that_to_their_nearest_point(db: Database):
    corners = np.array(POLYGONS["concave"], float).reshape(-1, 2)
    v = _vectors(*corners.T)
    part = np.linspace(0, 1, 4001)[:, None, None]
    sides = (v * (1 - part) + np.roll(v, -1, axis=0) * part).reshape(-1, 3)
    sides /= np.linalg.norm(sides, axis=1)[:, None]
    lon, lat = positions(60, 8)
    chord = np.linalg.norm(_vectors(lon, lat)[:, None] - sides, axis=-1).min(axis=1)
    sql = (
        "SELECT vo_lcc.edge_distance(lon, lat, %s::float8[])"
        " FROM unnest(%s::float8[], %s::float8[]) AS p (lon, lat)"
    )
    rows = db.fetch(sql, (corners.ravel().tolist(), lon.tolist(), lat.tolist()))

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
    db: Database, region: str, expected: tuple[bool, bool]
):
    moc = "vo_lcc.moc_circle(10, 20, 2, 9)"

    assert value(db, f"vo_lcc.contains_moc(%s, {moc})", region) is expected[0]
    assert value(db, f"vo_lcc.intersects_moc(%s, {moc})", region) is expected[1]


def test_a_point_in_a_moc_is_exact(db: Database):
    lon, lat = 211.4, -33.3
    cell = int(cells(np.array([lon]), np.array([lat]), 29)[0])
    moc = f"{{[{cell},{cell + 1})}}"
    call = "vo_lcc.contains_moc(ARRAY[%s, %s], %s)"

    assert value(db, call, lon, lat, moc) is True
    assert value(db, call, lon, lat + 2e-7, moc) is False


def test_a_column_of_covers_is_searched_by_its_index(db: Database):
    with db.transaction() as cur:
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


def test_the_reader_may_call_them(db: Database):
    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        cur.execute(
            "SELECT vo_lcc.moc_text(vo_lcc.moc(vo_lcc.region_of_text('1 2 180'), 2))"
        )
        assert cur.fetchone() == ("0/0-11",)
