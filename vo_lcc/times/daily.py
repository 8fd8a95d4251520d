"""What changes so evenly that it is computed once a day and kept.

Days are kept in blocks, as short as a sparse light curve wants and as long as a dense
one: a block of Earth's motion takes a millisecond, and is computed once.
"""

from collections.abc import Callable

import numpy as np

from vo_lcc.times.moments import Array, Moments

BLOCK = 8
"""Days in a block."""

BLOCKS = 1 << 14
"""How many blocks are kept: more than two centuries."""

Compute = Callable[[int], Array]
"""From the number of a block to what there is of each of its days, in rows."""


def block_days(number: int, ends: int = 0) -> Array:
    """The days (whole MJD) of a block, and so many after it.

    >>> block_days(2, 1).tolist()
    [16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0]
    """
    return np.arange(number * BLOCK, (number + 1) * BLOCK + ends, dtype=np.float64)


def daily(compute: Compute, times: Moments) -> tuple[Array, Array]:
    """What is computed of the days that these moments are in, and each one's row."""
    days = times.day.astype(np.int64)
    numbers = days // BLOCK
    first = int(numbers.min())
    seen = np.zeros(int(numbers.max()) - first + 1, bool)
    seen[numbers - first] = True
    found = np.concatenate([compute(int(n) + first) for n in np.flatnonzero(seen)])
    place = np.cumsum(seen) - 1
    return found, place[numbers - first] * BLOCK + days % BLOCK
