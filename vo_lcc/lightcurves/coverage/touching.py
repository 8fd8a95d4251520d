"""Does a cone touch a MOC? If not, there is nothing in it to be asked for."""

from functools import lru_cache

import numpy as np

from vo_lcc.moc import parse_moc
from vo_lcc.sky import cone_ranges

KEPT = 64
"""MOCs that are kept as arrays: one for each collection, mostly."""


def touches(coverage: str, lon: float, lat: float, radius: float) -> bool:
    """Whether a cone (degrees) may have something of what the MOC covers in it.

    Never false for a cone that has: the cells that are compared cover all of the cone,
    its edge included, and the MOC covers every object. `coverage` is ASCII, "" of
    nothing.

    >>> touches("6/0", 45.0, 1.0, 0.1), touches("6/0", 225.0, 1.0, 0.1)
    (True, False)
    """
    low, high = _ranges(coverage)
    ranges = cone_ranges(lon, lat, radius)
    if ranges is None or len(low) == 0:
        return len(low) > 0
    first, last = np.array(ranges, dtype=np.int64).T
    # the first range of the MOC that ends at or after the beginning of each of these
    place = np.searchsorted(high, first, "left")
    there = place < len(low)
    return bool((low[place[there]] <= last[there]).any())


@lru_cache(KEPT)
def _ranges(coverage: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the ranges of a MOC begin and end, ascending."""
    if not coverage:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    low, high = np.array(parse_moc(coverage), dtype=np.int64).T
    return low, high
