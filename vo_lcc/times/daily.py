"""What is computed for whole days and interpolated between them."""

from dataclasses import dataclass

import numpy as np

from vo_lcc.times.moments import Array, Moments


@dataclass(frozen=True, slots=True)
class Daily:
    """Some days (whole MJD), and for each of many moments the day it is in.

    The day after each of those days is among `days` too: the one that follows it.
    """

    days: Array
    index: Array

    def ends(self, values: Array) -> tuple[Array, Array]:
        """For each moment a value at the start and at the end of its day."""
        return values[self.index], values[self.index + 1]


def daily(times: Moments) -> Daily:
    """The days to compute something for: as few as these moments need.

    >>> days = daily(Moments(np.array([7.0, 3.0, 7.0]), np.zeros(3)))
    >>> days.days.tolist(), days.index.tolist()
    ([3.0, 4.0, 7.0, 8.0], [2, 0, 2])
    """
    first = times.day.min()
    place = (times.day - first).astype(np.int64)
    seen = np.zeros(int(place.max()) + 2, bool)
    seen[place] = seen[place + 1] = True
    return Daily(first + np.flatnonzero(seen), (np.cumsum(seen) - 1)[place])
