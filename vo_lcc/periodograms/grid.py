"""The frequencies at which a periodogram is computed."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vo_lcc.errors import ParameterError, TooLargeError
from vo_lcc.periodograms.series import Floats, Target

OVERSAMPLING = 5.0
"""Frequencies for each 1/T, the width of a peak of a span T."""

FASTEST = 10.0
"""The highest frequency (1/d) where none is asked for: a period of 2.4 hours. Below it
are classical pulsators and nearly all eclipsing binaries."""

HIGHEST = 1e9
"""The highest frequency (1/d) at all: a period of a tenth of a millisecond. Times as
doubles tell no shorter one, and BLS cannot divide it."""

ELEMENTS = 100.0
"""Widths of a peak that are looked at, at least, where nothing is asked for."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Frequencies (1/d) that are `step` apart, from `start` on."""

    start: float
    step: float
    count: int

    @property
    def values(self) -> Floats:
        """All of them.

        >>> Grid(0.5, 0.25, 3).values.tolist()
        [0.5, 0.75, 1.0]
        """
        return self.start + self.step * np.arange(self.count, dtype=np.float64)

    def parts(self, most: int) -> list["Grid"]:
        """The same frequencies in grids of about one length, `most` at most.

        >>> [part.count for part in Grid(1.0, 0.1, 10).parts(4)]
        [4, 3, 3]
        """
        pieces = -(-self.count // most)
        edges = [-(-self.count * i // pieces) for i in range(pieces + 1)]
        return [
            Grid(self.start + self.step * low, self.step, high - low)
            for low, high in pairwise(edges)
        ]

    def around(self, frequencies: Floats, reach: float, fineness: int) -> Floats:
        """Finer ones, up to `reach` steps from each: a row for each.

        >>> Grid(1.0, 0.5, 4).around(np.array([1.5]), 1.0, 2).tolist()
        [[1.0, 1.25, 1.5, 1.75, 2.0]]
        """
        offsets = np.arange(-fineness, fineness + 1) * (reach * self.step / fineness)
        return np.clip(frequencies[:, None] + offsets, self.start, self.stop)

    @property
    def stop(self) -> float:
        """The highest of them."""
        return self.start + self.step * (self.count - 1)

    @property
    def mean_period(self) -> float:
        """The mean of the periods (d), about.

        >>> round(Grid(1.0, 0.001, 1001).mean_period, 6)
        0.693147
        """
        if self.count == 1:
            return 1 / self.start
        return math.log(self.stop / self.start) / (self.stop - self.start)


@dataclass(frozen=True, slots=True)
class GridParams:
    """What is asked of the grid: ends (1/d), and points for each width of a peak."""

    low: float | None = None
    high: float | None = None
    oversampling: float = OVERSAMPLING


def choose_grid(target: Target, asked: GridParams, most: int) -> Grid:
    """The grid for a light curve; where an end is not given, that for variable stars.

    From one cycle in the span of time up to 10 /d (or 100/span where that is more).
    Raises ParameterError for a range that is empty, reaches below one cycle, or beyond
    `HIGHEST`, and
    TooLargeError for more than `most` frequencies.
    """
    span = target.span
    lowest = 1 / span
    low = lowest if asked.low is None else asked.low
    high = asked.high
    if high is None:
        high = max(FASTEST, ELEMENTS * lowest, 2 * low)
    if low < lowest * (1 - 1e-9):
        period = f"{1 / low:.6g} d" if low > 0 else "infinity"
        raise ParameterError(
            "PMAX",
            f"a period of {period} (FMIN {low:.6g} /d) is longer than the light curve,"
            f" {span:.6g} d, and cannot be seen in it; ask for PMAX up to that",
        )
    if high <= low:
        raise ParameterError(
            "FMAX",
            f"frequencies from {low:.6g} to {high:.6g} /d are none: FMIN must be below"
            f" FMAX, PMIN below PMAX (the longest period here is {span:.6g} d)",
        )
    step = lowest / asked.oversampling
    count = (high - low) / step
    if count >= most:
        raise TooLargeError(
            f"{count:.3g} frequencies from {low:.6g} to {high:.6g} /d, {step:.3g} /d"
            f" apart, are more than {most}; ask for a smaller range (FMIN, FMAX) or a"
            " smaller OVERSAMPLING"
        )
    if high > HIGHEST:
        raise ParameterError(
            "FMAX",
            f"{high:.6g} /d is beyond {HIGHEST:g} /d; ask for a longer PMIN, of a light"
            f" curve whose times are in days (these span {span:.6g} d)",
        )
    return Grid(low, step, int(np.floor(count * (1 + 1e-12))) + 1)
