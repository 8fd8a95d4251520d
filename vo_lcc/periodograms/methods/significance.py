"""How much a peak can be trusted, and how well its frequency is known."""

import math

import numpy as np

from vo_lcc.periodograms.series import Floats, Series


def baluev(power: float, band: Series, width: float) -> float:
    """The probability that noise alone has a peak as high somewhere in `width` (1/d).

    An upper limit that is close where it is small (Baluev 2008, MNRAS 385, 1279,
    equations 5 and 6, and table 1 for the standard normalisation). The noise is
    taken to be independent from point to point, and as the errors say up to a factor.
    """
    count = len(band)
    freedom, mean_freedom = count - 3, count - 1
    single = (1 - power) ** (0.5 * freedom)
    variance = band.weights @ (band.time - band.weights @ band.time) ** 2
    cycles = width * math.sqrt(4 * math.pi * variance)
    factor = math.exp(math.lgamma(mean_freedom / 2) - math.lgamma(freedom / 2 + 0.5))
    crossings = (
        math.sqrt(2 / mean_freedom)
        * factor
        * cycles
        * (1 - power) ** (0.5 * (freedom - 1))
        * math.sqrt(0.5 * mean_freedom * power)
    )
    return float(-math.expm1(math.log1p(-min(single, 1 - 1e-16)) - crossings))


def from_curvature(frequencies: Floats, likelihood: Floats) -> float | None:
    """One standard deviation: where the log of the likelihood has fallen by a half.

    From the parabola through the highest of the points and its neighbours; None where
    the highest is the first or last.

    >>> f = np.linspace(-1, 1, 21)
    >>> round(from_curvature(f, -0.5 * (f / 0.3) ** 2), 6)
    0.3
    """
    top = int(likelihood.argmax())
    if top in (0, len(likelihood) - 1):
        return None
    step = min(np.diff(frequencies[top - 1 : top + 2]))
    if step <= 0:  # the end of the grid, where frequencies are repeated
        return None
    low, middle, high = likelihood[top - 1 : top + 2]
    bend = (2 * middle - low - high) / step**2
    return float(1 / math.sqrt(bend)) if bend > 0 else None
