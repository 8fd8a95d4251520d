"""MOCs as sorted inclusive ranges of HEALPix cells of order 29, NESTED.

Standard: MOC 2.0, section 4.3.2 (the ASCII form).
"""

import math
import re

import astropy.units as u
import cdshealpix
import numpy as np
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import neighbours

from vo_lcc.sky import MARGIN, MAX_RANGES, ORDER, Polygon, Ranges, cells_of

MAX_CELLS = 100_000
MAX_AREA = 3.0  # steradian; of larger polygons the two sides can be mistaken
WIDENED = 20_000  # cells that are looked at to widen a MOC
NARROWEST = 40.0  # degrees from side to side of a cell, at least, times 2^order
MAX_ORDER = ORDER - 2  # of cdshealpix, which looks two orders deeper
ORDER_TEXT = re.compile(r"(\d{1,2})/")
CELLS_TEXT = re.compile(r"(\d{1,19})(?:-(\d{1,19}))?")
BLANKS = re.compile(r"[\s,]+")


def parse_moc(text: str) -> Ranges:
    """The ranges of an ASCII MOC; empty for a MOC without cells.

    Raises ValueError, with a sentence, for text that is none.

    >>> parse_moc("28/0-1 29/8")
    ((0, 8),)
    """
    cells: list[tuple[int, int]] = []
    order = -1
    for word in BLANKS.split(text.strip()):
        head = ORDER_TEXT.match(word)
        if head is not None:
            order = int(head.group(1))
            if order > ORDER:
                raise ValueError(f"a MOC has orders from 0 to {ORDER}, not {order}")
            word = word[head.end() :]
        if word:
            cells.append(parse_cells(word, order))
    if order < 0:
        raise ValueError(f"'{text[:40]}' is no MOC, which is like '6/1-3 7/20'")
    return join(cells)


def parse_cells(word: str, order: int) -> tuple[int, int]:
    """One cell, or a range of cells, as a range of order 29."""
    found = CELLS_TEXT.fullmatch(word)
    if found is None or order < 0:
        raise ValueError(f"'{word[:40]}' is no cell of a MOC, which is like '6/1-3'")
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    if not first <= last < 12 * 4**order:
        raise ValueError(f"there are no cells {word} of order {order}")
    shift = 2 * (ORDER - order)
    return first << shift, ((last + 1) << shift) - 1


def join(cells: list[tuple[int, int]]) -> Ranges:
    """Ranges in order, those that touch joined.

    >>> join([(4, 5), (0, 1), (2, 3)])
    ((0, 5),)
    """
    joined: list[tuple[int, int]] = []
    for low, high in sorted(cells):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def cell_moc(lon: float, lat: float, order: int) -> Ranges:
    """The cell of an order that holds a position.

    >>> cell_moc(45, 41.8, 0)
    ((0, 288230376151711743),)
    """
    shift = 2 * (ORDER - order)
    cell = int(cells_of(np.array([lon % 360]), np.array([lat]))[0]) >> shift
    return ((cell << shift, ((cell + 1) << shift) - 1),)


def cone_moc(lon: float, lat: float, radius: float, order: int) -> Ranges | None:
    """The cells down to `order` that touch a cone; None where they are too many."""
    if too_many(cone_area(radius), order):
        return None
    cells, orders, _ = cdshealpix.cone_search(
        Longitude(lon % 360, u.deg),
        Latitude(lat, u.deg),
        min(radius + MARGIN, 180) * u.deg,
        order,
    )
    return of_cells(cells, orders)


def polygon_moc(polygon: Polygon, order: int) -> Ranges | None:
    """The cells down to `order` that touch a polygon; None where they are too many."""
    if too_many(polygon.area, order) or polygon.area > MAX_AREA:
        return None
    cells, orders, _ = cdshealpix.polygon_search(
        Longitude([v[0] for v in polygon.vertices], u.deg),
        Latitude([v[1] for v in polygon.vertices], u.deg),
        order,
    )
    return of_cells(cells, orders)


def cone_area(radius: float) -> float:
    """The area of a cone, in steradian."""
    return float(4 * np.pi * np.sin(np.radians(radius) / 2) ** 2)


def too_many(area: float, order: int) -> bool:
    """True when a region has more cells at its border than a query can hold.

    >>> too_many(0.1, 8), too_many(0.1, 29)
    (False, True)
    """
    if order > MAX_ORDER:
        return True
    border = 2 * np.sqrt(np.pi * area)
    return bool(4 * border / np.sqrt(np.pi / 3 / 4**order) > MAX_CELLS)


def of_cells(cells: np.ndarray, orders: np.ndarray) -> Ranges:
    """Cells of several orders as ranges of order 29."""
    shift = 2 * (ORDER - orders.astype(np.int64))
    low = cells.astype(np.int64) << shift
    high = ((cells.astype(np.int64) + 1) << shift) - 1
    return join(list(zip(low.tolist(), high.tolist(), strict=True)))


def widened(ranges: Ranges, radius: float) -> Ranges | None:
    """Ranges that cover all within `radius` degrees of a MOC; None where that is much.

    Those of cells so large that a step of the radius ends in a neighbour, at most.

    >>> widened(((0, 0),), 0.1) is None, widened(((0, 0),), 90) is None
    (False, True)
    """
    order = min(ORDER, int(math.log2(NARROWEST / max(radius + MARGIN, 1e-9))))
    while order >= 0:
        shift = 2 * (ORDER - order)
        if sum((high >> shift) - (low >> shift) + 1 for low, high in ranges) < WIDENED:
            break
        order -= 1
    if order < 0:
        return None
    inside = [np.arange(low >> shift, (high >> shift) + 1) for low, high in ranges]
    around = neighbours(np.concatenate(inside).astype(np.uint64), order)
    cells = np.unique(around[around >= 0]).astype(np.uint64)
    return of_cells(cells, np.full(len(cells), order))


def thin(ranges: Ranges) -> Ranges:
    """Few ranges that cover many: those with the narrowest gaps are joined.

    >>> thin(tuple((i * i, i * i) for i in range(99)))[0]
    (0, 5625)
    """
    if len(ranges) <= MAX_RANGES:
        return ranges
    low, high = np.array(ranges, dtype=np.int64).T
    widest = np.sort(np.argsort(low[1:] - high[:-1])[-(MAX_RANGES - 1) :])
    starts, ends = low[[0, *(widest + 1)]], high[[*widest, len(high) - 1]]
    return tuple(zip(starts.tolist(), ends.tolist(), strict=True))
