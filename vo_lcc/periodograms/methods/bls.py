"""Box least squares (Kovacs, Zucker & Mazeh 2002), for transits and eclipses.

At each period a box of less light is fitted, of any of some durations and at any
phase, by astropy. The power is the part of the weighted variance that it takes away.
The passbands are put together, each less its own mean: a box as deep in all of them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from astropy.timeseries import BoxLeastSquares

from vo_lcc.errors import ParameterError
from vo_lcc.periodograms.grid import Grid
from vo_lcc.periodograms.series import Floats, Series, Target

FRACTIONS = (0.02, 0.05, 0.1, 0.2)
"""Durations where none are given, as parts of the shortest period of an octave."""

PHASES = 10
"""Places of a box, for each duration of the shortest."""

NARROWEST = 1e-5
"""The shortest box, as a part of the longest period: its bins take memory."""

BIN = 1 / 8
"""The work of trying one duration at one bin of phase; that of a point is 1."""

AT_ONCE = 2_000_000
"""Work of the periods between two looks at whether anybody waits."""

Check = Callable[[], None]


def power(
    target: Target, frequencies: Floats, durations: Sequence[float], check: Check
) -> Floats:
    """How much of the variance a box takes away, at each frequency (ascending).

    `durations` are in days and shorter than all periods; none: parts of the period.
    """
    model = box_model(target)
    result = np.zeros(len(frequencies))
    dear = work(len(target), 1 / frequencies[0], durations)
    for low, high in octaves(frequencies, max(1, int(AT_ONCE / dear))):
        check()
        periods = 1 / frequencies[low:high]
        tried = durations or [part * periods[-1] for part in FRACTIONS]
        found = model.power(periods, tried, "likelihood", "fast", PHASES)
        result[low:high] = found.power
    return np.clip(2 * result / total(target), 0.0, 1.0)


def work(points: int, period: float, durations: Sequence[float]) -> float:
    """The work of one period: its points, and its bins as often as there are boxes.

    >>> work(100, 1.0, ()), work(100, 1.0, (0.001,))
    (600.0, 1350.0)
    """
    tried = durations or [part * period / 2 for part in FRACTIONS]
    return points + BIN * len(tried) * PHASES * period / min(tried)


def check_durations(durations: Sequence[float], grid: Grid) -> None:
    """Raises ParameterError where one is too long or too short for a period."""
    if not durations:
        return
    shortest, longest = 1 / grid.stop, 1 / grid.start
    if min(durations) < NARROWEST * longest:
        raise ParameterError(
            "DURATION",
            f"{min(durations):.6g} d is below {NARROWEST:g} of the longest period,"
            f" {longest:.6g} d; ask for a shorter PMAX",
        )
    if max(durations) >= shortest:
        raise ParameterError(
            "DURATION",
            f"{max(durations):.6g} d is not shorter than the shortest period,"
            f" {shortest:.6g} d; ask for a longer PMIN",
        )


def mid_eclipse(target: Target, frequency: float, durations: Sequence[float]) -> float:
    """The middle of the first box at one frequency, in days from the origin."""
    period = 1 / frequency
    tried = durations or [part * period for part in FRACTIONS]
    found = box_model(target).power([period], tried, "likelihood", "fast", PHASES)
    return float(found.transit_time[0])


def octaves(frequencies: Floats, most: int) -> list[tuple[int, int]]:
    """Runs of ascending frequencies, `most` at most, of which none is twice another.

    >>> octaves(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 2)
    [(0, 1), (1, 3), (3, 5)]
    """
    runs, low = [], 0
    while low < len(frequencies):
        end = int(np.searchsorted(frequencies, 2 * frequencies[low]))
        high = min(end, low + most)
        runs.append((low, high))
        low = high
    return runs


def box_model(target: Target) -> BoxLeastSquares:
    """astropy's model of the passbands together; less light is a smaller value."""
    sign = -1.0 if target.magnitudes else 1.0
    times = np.concatenate([band.time for band in target.bands])
    values = np.concatenate([sign * band.centred for band in target.bands])
    errors = np.concatenate([_errors(band) for band in target.bands])
    return BoxLeastSquares(times, values, errors)


def total(target: Target) -> float:
    """The weighted sum of squares of all values about their common mean."""
    values = np.concatenate([band.centred for band in target.bands])
    weights = np.concatenate([_errors(band) ** -2 for band in target.bands])
    mean = np.average(values, weights=weights)
    return float((weights * (values - mean) ** 2).sum())


def _errors(band: Series) -> Floats:
    """The errors, or for all points the scatter of the values."""
    if band.error is not None:
        return band.error
    return np.full(len(band), np.sqrt(band.variance))
