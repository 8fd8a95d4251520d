"""The SQL of HEALPix cells and covers, against cdshealpix, mocpy and brute force."""

from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import healpix_to_lonlat, vertices
from mocpy import MOC

from vo_lcc.db import Database

from .regions import (
    CELL,
    POLYGONS,
    SKY,
    SQUARE_DEGREES,
    cells,
    index,
    mocpy_of,
    positions,
    ranges,
    value,
    vectors,
)

# --- HEALPix ----------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 1, 5, 12, 20, 29])
def test_the_cell_of_a_position_is_that_of_cdshealpix(session_db: Database, order: int):
    lon, lat = positions(3000, order)

    assert (index(session_db, order, lon, lat) == cells(lon, lat, order)).all()
    assert (
        index(session_db, order, lon - 720, lat)
        == index(session_db, order, lon + 360, lat)
    ).mean() > 0.99


@pytest.mark.parametrize("order", [0, 3, 29])
def test_on_a_border_the_cell_is_one_of_those_that_meet_there(
    session_db: Database, order: int
):
    z = np.degrees(np.arcsin(2 / 3))
    lats = [-90, -89.9999999999, -z, -45, -30, 0, 30, z, 45, 89.9999999999, 90]
    lon, lat = (a.ravel() for a in np.meshgrid(np.arange(0, 360, 11.25), lats))
    found = index(session_db, order, lon, lat)

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
def test_the_centre_of_a_cell_is_that_of_cdshealpix(session_db: Database, order: int):
    rng = np.random.default_rng(order)
    cell = rng.integers(0, 12 << (2 * order), 1000)
    sql = "SELECT vo_lcc.healpix_center(%s, c) FROM unnest(%s::int8[]) AS c"
    found = np.array([row[0] for row in session_db.fetch(sql, (order, cell.tolist()))])

    lon, lat = healpix_to_lonlat(cell.astype(np.uint64), order)
    apart = np.abs((found[:, 0] - lon.deg + 180) % 360 - 180) * np.cos(lat.rad)
    assert apart.max() < 1e-12
    assert np.abs(found[:, 1] - lat.deg).max() < 1e-12
    assert (index(session_db, order, found[:, 0], found[:, 1]) == cell).all()


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
def test_what_is_not_defined_is_null(session_db: Database, call: str):
    assert value(session_db, f"vo_lcc.{call}") is None


# --- covers -----------------------------------------------------------------------


@pytest.mark.parametrize("order", range(6))
def test_a_cell_reaches_no_farther_from_its_centre_than_is_said(
    session_db: Database, order: int
):
    side = 1 << order
    sql = (
        "SELECT vo_lcc.healpix_index(%s, degrees(atan2(cy, cx)), degrees(asin(cz))),"
        " cx, cy, cz, reach FROM generate_series(0, 11) AS f,"
        " generate_series(0, %s) AS x, generate_series(0, %s) AS y,"
        " vo_lcc.cell_vector(%s, f, x, y)"
    )
    rows = session_db.fetch(sql, (order, side - 1, side - 1, order))
    cell = np.array([row[0] for row in rows], dtype=np.uint64)
    centre, reach = np.array([r[1:4] for r in rows]), np.array([r[4] for r in rows])
    lon, lat = (a.deg for a in vertices(cell, order, step=3))

    border = vectors(lon, lat)
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
    session_db: Database, lon: float, lat: float, radius: float, order: int
):
    found = ranges(
        session_db, "vo_lcc.moc(%s::float8[], %s)", [lon, lat, radius], order
    )
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


def test_the_cover_of_a_circle_is_close_to_that_of_mocpy(session_db: Database):
    found = mocpy_of(ranges(session_db, "vo_lcc.moc_circle(10, 20, 1, 10)"))
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
def test_the_whole_sky_is_one_range(session_db: Database, order: int):
    assert ranges(session_db, "vo_lcc.moc_circle(5, 6, 180, %s)", order).tolist() == [
        [0, SKY]
    ]


@pytest.mark.parametrize("order", [3, 12, 29])
def test_a_circle_without_radius_is_covered_by_the_cells_at_its_centre(
    session_db: Database, order: int
):
    found = ranges(session_db, "vo_lcc.moc_circle(10, 20, 0, %s)", order)
    point = ranges(session_db, "vo_lcc.moc('{10,20}', %s)", order)
    size = 1 << (58 - 2 * order)

    assert point.tolist() == [
        [c * size, (c + 1) * size] for c in cells(10.0, 20.0, order).ravel()
    ]
    assert _held(found, point[:, 0]).all()
    assert (found[:, 1] - found[:, 0]).sum() <= 4 * size


@pytest.mark.parametrize("polygon", POLYGONS.values(), ids=POLYGONS)
def test_the_cover_of_a_polygon_holds_it_and_little_more(
    session_db: Database, polygon: list[float]
):
    order = 7
    found = ranges(session_db, "vo_lcc.moc(%s::float8[], %s)", polygon, order)
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
    rows = session_db.fetch(sql, (polygon, polygon, lon.tolist(), lat.tolist()))
    inside, distance = (np.array(column) for column in zip(*rows, strict=True))

    held = _held(found, cells(lon, lat, 29))
    assert held[inside].all()
    assert not held[~inside & (distance > 2.2 * CELL / (1 << order))].any()
    # the corners, and the middle of each side
    assert _held(found, cells(corners[:, 0] % 360, corners[:, 1], 29)).all()


def test_the_covers_of_coarser_orders_hold_those_of_finer_ones(session_db: Database):
    nested = value(
        session_db,
        "bool_and(vo_lcc.moc(r, o + 1) <@ vo_lcc.moc(r, o)) FROM (VALUES"
        " ('{10,20,0.3}'::float8[]), ('{0,80,90,80,45,90}'), ('{5,6}')) AS v (r),"
        " generate_series(0, 8) AS o",
    )

    assert nested is True


@pytest.mark.parametrize(
    "region", ["{10,20,80}", "{0,-60,120,-60,120,60,0,60}"], ids=["circle", "polygon"]
)
def test_a_cover_of_too_many_cells_is_coarser_than_asked_for(
    session_db: Database, region: str
):
    [(count, wide)] = session_db.fetch(
        "SELECT sum((length(t) - length(replace(t, ' ', '')))), t ~ ' 1[23]/' FROM"
        " vo_lcc.moc_text(vo_lcc.moc(%s, 12)) AS t GROUP BY t",
        (region,),
    )

    assert count < 10_000
    assert wide is False


def test_a_polygon_of_many_corners_is_covered_in_bounded_time(session_db: Database):
    angle = np.linspace(0, 360, 1000, endpoint=False)
    lon, lat = _offset(10, 20, np.full(1000, 2.0), angle)
    polygon = np.stack([lon, lat], axis=1).ravel().tolist()
    found = mocpy_of(ranges(session_db, "vo_lcc.moc(%s::float8[], 12)", polygon))

    area = found.sky_fraction * SQUARE_DEGREES
    assert 4 * np.pi * 0.99 < area < 4 * np.pi * 1.1
