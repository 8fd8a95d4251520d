"""What the tests of regions in SQL share: values of expressions, cells, positions."""

from typing import Any

import astropy.units as u
import numpy as np
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix
from hypothesis import HealthCheck, settings
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


def value(session_db: Database, expression: str, *params: Any) -> Any:
    """The one value of a SQL expression."""
    [(found,)] = session_db.fetch(f"SELECT {expression}", params)
    return found


def ranges(session_db: Database, expression: str, *params: Any) -> np.ndarray:
    """A MOC as (start, stop) pairs of cells of order 29."""
    sql = f"SELECT lower(r), upper(r) FROM unnest({expression}) AS r"
    return np.array(session_db.fetch(sql, params), dtype=np.int64).reshape(-1, 2)


def mocpy_of(found: np.ndarray) -> MOC:
    return MOC.from_depth29_ranges(29, found.astype(np.uint64))


def positions(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))


def cells(lon: np.ndarray, lat: np.ndarray, order: int) -> np.ndarray:
    lon, lat = Longitude(lon, u.deg), Latitude(np.clip(lat, -90, 90), u.deg)
    return lonlat_to_healpix(lon, lat, order).astype(np.int64)


def vectors(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    a, b = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(a) * np.cos(b), np.sin(a) * np.cos(b), np.sin(b)], axis=-1)


def index(
    session_db: Database, order: int, lon: np.ndarray, lat: np.ndarray
) -> np.ndarray:
    sql = (
        "SELECT vo_lcc.healpix_index(%s, lon, lat)"
        " FROM unnest(%s::float8[], %s::float8[]) AS p (lon, lat)"
    )
    return np.array(session_db.fetch(sql, (order, lon.tolist(), lat.tolist())))[:, 0]


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
