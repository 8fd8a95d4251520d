"""Axes of a plot: a scale from values to the picture, and round tick marks."""

from dataclasses import dataclass

import numpy as np

from vo_lcc.drawing.canvas import Floats

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SMALL, LARGE = 1e-3, 1e7  # beyond these a power of ten is left out of labels


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map: `low` is drawn at `start` and `high` at `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, values: Floats) -> Floats:
        """Picture coordinates of `values`.

        >>> Scale(0, 10, 100, 0)(np.array([2.5])).tolist()
        [75.0]
        """
        share = (np.asarray(values) - self.low) / (self.high - self.low)
        placed: Floats = self.start + share * (self.stop - self.start)
        return placed

    def holds(self, values: Floats) -> np.ndarray:
        """Which values lie on the axis."""
        return (values >= self.low) & (values <= self.high)


def padded_range(values: Floats, share: float) -> tuple[float, float]:
    """The range of finite `values` and a margin, never empty.

    >>> padded_range(np.array([1.0, 3.0, np.nan]), 0.5)
    (0.0, 4.0)
    >>> padded_range(np.array([]), 0.1), padded_range(np.array([7.0]), 0.1)
    ((0.0, 1.0), (6.5, 7.5))
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    margin = share * (high - low) or 0.5
    return low - margin, high + margin


def ticks(low: float, high: float, most: int) -> tuple[list[float], int]:
    """Round values between `low` and `high`, `most` at most, and their decimals.

    >>> ticks(0.1, 2.1, 5)
    ([0.5, 1.0, 1.5, 2.0], 1)
    >>> ticks(58012.0, 59977.0, 5)
    ([58500.0, 59000.0, 59500.0], 0)
    """
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(s * power for s in STEPS if s * power >= rough * (1 - 1e-9)))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    places = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    decimals = places + (0 if round(step, places) == round(step, places + 1) else 1)
    return [round(i * step, decimals) for i in range(first, last + 1)], decimals


def scaled(values: list[float], decimals: int) -> tuple[list[str], int]:
    """Tick labels of at most some characters, and the power of ten they leave out.

    >>> scaled([18.5, 19.0], 1)
    (['18.5', '19.0'], 0)
    >>> scaled([2e-07, 4e-07], 7)
    (['2', '4'], -7)
    >>> scaled([0.0, 25000000.0], 0)
    (['0.0', '2.5'], 7)
    """
    largest = max(map(abs, values), default=0.0)
    if largest == 0 or SMALL <= largest < LARGE:
        return [f"{value:.{decimals}f}" for value in values], 0
    power = int(np.floor(np.log10(largest) + 1e-9))
    short = np.array(values) / 10.0**power
    places = next(n for n in range(16) if np.allclose(short, short.round(n), 1e-9, 0))
    return [f"{value:.{places}f}" for value in short], power
