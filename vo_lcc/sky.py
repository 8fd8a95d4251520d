"""Positions on the sky: HEALPix ranges of cones and polygons, polygon edges.

Longitudes and latitudes are in degrees, ICRS. Ranges are of HEALPix cells of order
29, NESTED, inclusive, and cover all of a region and somewhat more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import astropy.units as u
import cdshealpix
import numpy as np
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

ORDER = 29
MAX_RANGES = 24
CELL = 58.6  # side of a cell of order 0, in degrees
MARGIN = 1e-8  # degrees added to every radius, far more than any rounding

Ranges = tuple[tuple[int, int], ...]
Vector = tuple[float, float, float]
LonLat = tuple[float, float]


def cells_of(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The cell of each position (int64); raises ValueError outside of the sky.

    >>> cells_of(np.array([10.0]), np.array([-20.0]))
    array([1181381128178364181])
    """
    found = lonlat_to_healpix(Longitude(lon, u.deg), Latitude(lat, u.deg), ORDER)
    return np.asarray(found).astype(np.int64)


def cone_ranges(lon: float, lat: float, radius: float) -> Ranges | None:
    """Ranges that cover a cone; None for the whole sky.

    >>> len(cone_ranges(10, -20, 0.1)) <= MAX_RANGES, cone_ranges(0, 0, 180)
    (True, None)
    """
    radius = radius * (1 + 1e-12) + MARGIN
    if radius >= 120:
        return None
    order = cone_order(radius)
    cells, orders, _ = cdshealpix.cone_search(
        Longitude(lon % 360, u.deg), Latitude(lat, u.deg), radius * u.deg, order
    )
    return merge(cells, orders)


def cone_order(radius: float) -> int:
    """The order at which a cone of this radius has some tens of cells."""
    return max(0, min(ORDER - 2, int(math.log2(CELL / radius)) + 2))


def merge(cells: np.ndarray, orders: np.ndarray) -> Ranges:
    """Cells as ranges of order 29: touching ones joined, then the nearest.

    >>> merge(np.array([0, 1, 3], dtype=np.uint64), np.array([29, 29, 29]))
    ((0, 1), (3, 3))
    """
    shift = (2 * (ORDER - orders.astype(np.int64))).astype(np.int64)
    low = cells.astype(np.int64) << shift
    high = (cells.astype(np.int64) + 1) << shift
    by_start = np.argsort(low)
    low, high = low[by_start], high[by_start]
    gaps = low[1:] - high[:-1]
    widest = np.argsort(gaps)[max(0, len(gaps) - MAX_RANGES + 1) :]
    cut = np.sort(widest[gaps[widest] > 0])
    starts = low[np.concatenate(([0], cut + 1))]
    ends = high[np.concatenate((cut, [len(high) - 1]))] - 1
    return tuple(zip(starts.tolist(), ends.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Edge:
    """One side of a polygon, a great circle from a longitude eastward to another.

    `normal` points to the north of the edge: a position of a longitude in
    [west, east) is north of it where normal . position > 0. None is for an edge at
    the north pole, north of which nothing is.
    """

    west: float
    east: float
    normal: Vector | None


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon of great circles; its inside is the smaller of its two sides.

    `north` says whether the north pole is inside. A position is inside when the
    number of edges north of it, on its meridian, is odd, and the north pole is
    outside, or the other way round.
    """

    vertices: tuple[LonLat, ...]
    edges: tuple[Edge, ...]
    north: bool
    area: float

    @classmethod
    def of(cls, points: Sequence[LonLat]) -> "Polygon":
        """The polygon of these vertices, in either direction.

        Raises ValueError for fewer than three different vertices, and for a side
        of 180 degrees, which has no direction.
        """
        vertices = distinct([(lon % 360, lat) for lon, lat in points])
        if len(vertices) < 3:
            raise ValueError("a polygon needs three different vertices")
        pairs = list(zip(vertices, vertices[1:] + vertices[:1], strict=True))
        edges = [edge for a, b in pairs if (edge := make_edge(a, b)) is not None]
        south_side = sum(area_north(a, b) for a, b in pairs)
        turns = round(sum(turn(a[0], b[0]) for a, b in pairs) / 360)
        side = north_side(south_side, turns)
        return cls(
            tuple(vertices),
            tuple(edges),
            side < 2 * math.pi,
            min(side, 4 * math.pi - side),
        )


def distinct(points: Sequence[LonLat]) -> list[LonLat]:
    """The points without repetitions of the one before, or of the first at the end."""
    found = [p for i, p in enumerate(points) if p != points[i - 1]]
    return found or list(points[:1])


def turn(a: float, b: float) -> float:
    """The way from one longitude to another, in -180 to 180."""
    return (b - a + 180) % 360 - 180


def vector(lon: float, lat: float) -> Vector:
    """The unit vector of a position."""
    a, b = math.radians(lon), math.radians(lat)
    return math.cos(a) * math.cos(b), math.sin(a) * math.cos(b), math.sin(b)


def make_edge(a: LonLat, b: LonLat) -> Edge | None:
    """The edge from a to b; None for one that no meridian northward crosses.

    That is one along a meridian, and one to the south pole. One to the north pole
    goes along a meridian, and then along the pole to the longitude it is written with.
    """
    way = turn(a[0], b[0])
    if abs(a[1] + b[1]) < 1e-12 and (abs(way) == 180 or abs(a[1]) == 90):
        raise ValueError("two neighbouring vertices are opposite on the sky")
    if way == 0 or -90 in (a[1], b[1]):
        return None
    west, east = (a, b) if way > 0 else (b, a)
    if 90 in (a[1], b[1]):
        return Edge(west[0], east[0], None)
    return Edge(west[0], east[0], normal_of(vector(*west), vector(*east)))


def normal_of(p: Vector, q: Vector) -> Vector:
    """Twice p x q, made of sum and difference: short edges keep their digits."""
    (a, b, c), (d, e, f) = (
        (p[0] - q[0], p[1] - q[1], p[2] - q[2]),
        (p[0] + q[0], p[1] + q[1], p[2] + q[2]),
    )
    return b * f - c * e, c * d - a * f, a * e - b * d


def area_north(a: LonLat, b: LonLat) -> float:
    """The signed area between an edge and the equator, in steradian."""
    way = math.radians(turn(a[0], b[0]))
    s, t = math.tan(math.radians(a[1]) / 2), math.tan(math.radians(b[1]) / 2)
    return 2 * math.atan2(math.tan(way / 2) * (s + t), 1 + s * t)


def north_side(signed: float, turns: int) -> float:
    """The area of the side that holds the north pole, in steradian.

    `signed` is the area between the polygon and the equator, `turns` how often it
    goes round the poles.
    """
    if turns:
        return 2 * math.pi - signed * turns
    return 4 * math.pi - abs(signed)


def polygon_ranges(polygon: Polygon) -> Ranges | None:
    """Ranges that cover a polygon; None for the whole sky."""
    lon, lat, radius = bounding_cone(polygon)
    if radius >= 89:
        return None
    order = min(cone_order(radius) + 1, ORDER - 2)
    cells, orders, _ = cdshealpix.polygon_search(
        Longitude([v[0] for v in polygon.vertices], u.deg),
        Latitude([v[1] for v in polygon.vertices], u.deg),
        order,
    )
    return merge(cells, orders) if len(cells) else cone_ranges(lon, lat, radius)


def bounding_cone(polygon: Polygon) -> tuple[float, float, float]:
    """A cone around the vertices: longitude, latitude, radius."""
    points = np.array([vector(*v) for v in polygon.vertices])
    centre = points.sum(axis=0)
    length = float(np.linalg.norm(centre))
    if length < 1e-6:
        return 0.0, 0.0, 180.0
    centre /= length
    apart = np.linalg.norm(points - centre, axis=1).max() / 2
    radius = 2 * math.degrees(math.asin(min(1.0, float(apart))))
    lon = math.degrees(math.atan2(centre[1], centre[0])) % 360
    return lon, math.degrees(math.asin(max(-1.0, min(1.0, float(centre[2]))))), radius
