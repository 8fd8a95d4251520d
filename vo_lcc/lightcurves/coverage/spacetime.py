"""Space-time MOCs (MOC 2.0 section 4.2): which cells of the sky, and when.

The times of a MOC are microseconds of TCB since JD 0. Times are taken as they are, in
their own scale and for their own place, and each interval is made longer by `PADDING`
at both ends: UTC, TT, TDB and TCB differ by less than 3 minutes until 2090, and light
takes less than 8.5 minutes from the Earth to the Sun, which HJD and BJD take off or
add. So whatever the frame, or where it is unknown, the MOC covers every point.
"""

from collections.abc import Iterator

import numpy as np
from mocpy import STMOC

from vo_lcc.tables import TimeFrame

PADDING = 900.0
"""Seconds at each end of an interval."""

MOST = 100_000
"""Letters of a MOC."""

CELLS = 20_000
"""Cells of the sky in one, at most."""

DAY = 86_400e6  # microseconds
TIME_ORDER = 61
LATEST = 2**62 - 1
LADDER = (
    *((8, 128), (7, 128), (7, 64), (6, 64), (6, 32), (5, 64), (5, 32), (5, 16)),
    *((4, 32), (4, 16), (3, 16), (3, 8), (2, 8)),
)
"""HEALPix orders, and parts of the whole time: from fine to coarse."""


def spacetime_moc(
    cells: np.ndarray,
    order: int,
    t_min: np.ndarray,
    t_max: np.ndarray,
    frame: TimeFrame,
) -> str:
    """The MOC of these cells of HEALPix, each from t_min to t_max (d), as ASCII.

    It is as fine as `MOST` allows; a coarser one covers more, never less.
    """
    known = np.isfinite(t_min) & np.isfinite(t_max)
    if not known.any():
        return ""
    cells = cells[known]
    low = microseconds(t_min[known], frame, -PADDING)
    high = microseconds(t_max[known], frame, PADDING)
    text = ""
    for space, parts in LADDER:
        coarse, rows = np.unique(cells >> 2 * (order - space), return_inverse=True)
        if space <= order and (len(coarse) <= CELLS or space <= LADDER[-1][0]):
            first = np.full(len(coarse), LATEST)
            last = np.zeros(len(coarse), np.int64)
            np.minimum.at(first, rows, low)
            np.maximum.at(last, rows, high)
            written = " ".join(_parts(coarse, space, first, last, parts))
            text = str(STMOC.from_string(written).to_string())
            if len(text) <= MOST:
                break
    return text


def microseconds(times: np.ndarray, frame: TimeFrame, later: float) -> np.ndarray:
    """Times of the frame, and some seconds, as microseconds since JD 0.

    >>> microseconds(np.array([1.0]), TimeFrame(time_origin=0.0), 2.0).tolist()
    [86402000000]
    """
    last = float(LATEST - 2**10)
    days = np.clip(times, -last / DAY, last / DAY) + frame.time_origin
    since: np.ndarray = np.clip(days * DAY + later * 1e6, 0, last)
    return since.astype(np.int64)


def _parts(
    cells: np.ndarray, space: int, low: np.ndarray, high: np.ndarray, most: int
) -> Iterator[str]:
    """Intervals of time in which the same cells are covered, each with these."""
    shift = _shift(int(low.min()), int(high.max()), most)
    order = TIME_ORDER - shift
    first, last = low >> shift, high >> shift
    edges = np.unique(np.concatenate((first, last + 1)))
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        inside = cells[(first <= start) & (last >= end - 1)]
        if len(inside):
            listed = " ".join(map(str, inside.tolist()))
            yield f"t{order}/{start}-{end - 1} s{space}/{listed}"


def _shift(low: int, high: int, most: int) -> int:
    """By how much to shift for `most` cells of time between these, at most."""
    shift = 0
    while (high >> shift) - (low >> shift) >= most:
        shift += 1
    return shift
