"""Moments: times as whole days and the rest, so that none of their digits are lost.

A double holds a Julian Date to 40 microseconds; the two parts hold it to less than
a nanosecond.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vo_lcc.times.frames import MJD_ORIGIN

Array = np.ndarray[Any, np.dtype[Any]]

SECONDS = 86400.0  # in a day


@dataclass(frozen=True, slots=True)
class Moments:
    """Times of one scale at one place: `day` is a whole MJD, `part` in [0, 1)."""

    day: Array
    part: Array

    def later(self, seconds: Array | float) -> "Moments":
        """The moments so many seconds later, in the same scale."""
        return moments(self.day, self.part + seconds / SECONDS)

    @property
    def rough(self) -> Array:
        """As one number each (MJD), good to a microsecond."""
        return self.day + self.part


def moments(day: Array, part: Array) -> Moments:
    """Moments from whole days and parts of any size.

    >>> moments(np.array([51544.0]), np.array([-0.25]))
    Moments(day=array([51543.]), part=array([0.75]))
    """
    whole = np.floor(part)
    rest = part - whole  # is 1 where the part is a little less than 0
    up = rest >= 1
    return Moments(day + whole + up, np.where(up, 0.0, rest))


def moments_of(values: Array, origin: float) -> Moments:
    """The moments that values in days since the Julian Date `origin` stand for."""
    base, rest = _split(origin)
    whole = np.floor(values)
    return moments(whole + base, (values - whole) + rest)


def values_of(times: Moments, origin: float) -> Array:
    """Days since the Julian Date `origin`, rounded only now.

    >>> values_of(moments_of(np.array([2451545.25]), 0.0), 2400000.5)
    array([51544.75])
    """
    base, rest = _split(origin)
    return (times.day - base) + (times.part - rest)


def _split(origin: float) -> tuple[float, float]:
    shift = origin - MJD_ORIGIN
    base = float(np.floor(shift))
    return base, shift - base
