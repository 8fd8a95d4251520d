"""TIME: only the points of some intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vo_lcc.curves.curves import OBS_TIME, Curves
from vo_lcc.curves.steps.step import Step
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, TimeFrame
from vo_lcc.times.frames import MJD_ORIGIN, from_mjd
from vo_lcc.times.moments import moments_of, values_of
from vo_lcc.times.scales import TO_TT, UTC_START, leap_seconds, rescaled

Interval = tuple[float, float]

ALWAYS: Interval = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Cut:
    """Leaves the points inside any of the intervals, both ends included.

    The ends are MJD in UTC (SODA 1.0, section 3.3.4), see `own_intervals`.
    """

    intervals: tuple[Interval, ...]

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """The same columns."""
        return columns

    def apply(self, curves: Curves) -> Curves:
        """Only the points inside; those without a time are left out."""
        times = curves.numbers(OBS_TIME)
        wanted = np.zeros(len(times), bool)
        for low, high in own_intervals(self.intervals, curves.collection.time_frame):
            wanted |= (times >= low) & (times <= high)
        return curves.where(wanted)


def own_intervals(
    intervals: Sequence[Interval], frame: TimeFrame
) -> tuple[Interval, ...]:
    """Intervals of MJD in UTC as intervals of values in `frame`, ends as they come.

    Converted to the time scale where it is known (UT counts as UTC, from which it
    differs by less than a second), never to another place: how long light takes to
    it is no part of an interval. Without a known scale the dates are taken as they
    are. Before 1960 and after the last announced leap second UTC is taken to be as
    it was, or is, there.

    >>> own_intervals([(-math.inf, 58000.0)], TimeFrame("TT", "GEOCENTER"))
    ((-inf, 58000.00080074074),)
    """
    return tuple(
        (own_time(low, frame), own_time(high, frame)) for low, high in intervals
    )


def own_time(mjd: float, frame: TimeFrame) -> float:
    """A MJD in UTC as a value of the frame, of its scale but at no other place."""
    scale = frame.timescale
    if not math.isfinite(mjd) or scale not in TO_TT or scale == "UTC":
        return from_mjd(frame, mjd)
    known = min(max(mjd, UTC_START + 1), leap_seconds().expires - 1)
    there = rescaled(moments_of(np.array([known]), MJD_ORIGIN), "UTC", scale)
    shift = float(values_of(there, MJD_ORIGIN)[0]) - known
    return from_mjd(frame, mjd + shift)


def wanted_interval(steps: Sequence[Step], frame: TimeFrame) -> Interval:
    """What `steps` leave of time, as one interval in the frame: for `Selection`."""
    cuts = [step for step in steps if isinstance(step, Cut)]
    return hull([i for cut in cuts for i in own_intervals(cut.intervals, frame)])


def hull(intervals: Sequence[Interval]) -> Interval:
    """The interval that holds all of them; everything where there are none.

    >>> hull([(3.0, 4.0), (1.0, 2.0)]), hull([])
    ((1.0, 4.0), (-inf, inf))
    """
    if not intervals:
        return ALWAYS
    lows, highs = zip(*intervals, strict=True)
    return min(lows), max(highs)


def time_range(
    collection: Collection, intervals: Sequence[Interval]
) -> Interval | None:
    """From when until when there can be points, in the frame of the collection.

    None where there are none at all.
    """
    if collection.t_min is None or collection.t_max is None:
        return None
    low, high = hull(own_intervals(intervals, collection.time_frame))
    low, high = max(low, collection.t_min), min(high, collection.t_max)
    return (low, high) if low <= high else None
