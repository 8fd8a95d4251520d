"""TIME: only the points of some intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vo_lcc.curves.curves import OBS_TIME, Array, Curves
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
        own = own_intervals(self.intervals, curves.collection.time_frame)
        return curves.where(inside(curves.numbers(OBS_TIME), own))


def inside(times: Array, intervals: Sequence[Interval]) -> Array:
    """For each time whether it is in any of the intervals; NaN is in none.

    >>> inside(np.array([1.0, 2.5, np.nan]), [(2.0, 3.0), (0.0, 1.0)]).tolist()
    [True, True, False]
    """
    lows, highs = np.array(sorted(intervals)).T
    reached = np.maximum.accumulate(highs)  # by this interval and those before
    place = np.searchsorted(lows, times, side="right") - 1
    return np.asarray((place >= 0) & (times <= reached[place]))


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
    if not intervals:
        return ()
    lows, highs = own_times(np.array(intervals, np.float64), frame).T
    return tuple(zip(lows.tolist(), highs.tolist(), strict=True))


def own_times(mjd: Array, frame: TimeFrame) -> Array:
    """MJD in UTC as values of the frame, of its scale but at no other place."""
    scale = frame.timescale
    shift = from_mjd(frame, 0.0)
    if scale not in TO_TT or scale == "UTC":
        return mjd + shift
    known = np.clip(mjd, UTC_START + 1, leap_seconds().expires - 1)
    there = rescaled(moments_of(known, MJD_ORIGIN), "UTC", scale)
    return np.asarray(mjd + (values_of(there, MJD_ORIGIN) - known) + shift)


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
