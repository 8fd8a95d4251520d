"""Statistics of the brightness, whatever the order of the points."""

import numpy as np

from vo_lcc.lightcurves.derived.block import Block, dot, quantile
from vo_lcc.lightcurves.derived.series import Floats


def median(block: Block) -> Floats:
    """The median."""
    return block.median


def mean(block: Block) -> Floats:
    """The mean."""
    return block.at_least(1, block.pivot + block.shift)


def std(block: Block) -> Floats:
    """The standard deviation of the sample."""
    return block.at_least(2, block.deviation)


def amplitude(block: Block) -> Floats:
    """The largest minus the smallest."""
    return _between(block, 0.0, 1.0)


def n_good(block: Block) -> Floats:
    """How many points there are."""
    return block.n.astype(np.float64)


def weighted_mean(block: Block) -> Floats:
    """The mean, weighted by the errors."""
    return block.at_least(1, block.pivot + block.weighted_shift)


def weighted_mean_err(block: Block) -> Floats:
    """The standard deviation that the weighted mean has by the errors."""
    return block.at_least(1, 1 / np.sqrt(block.weight))


def mad(block: Block) -> Floats:
    """The median distance from the median."""
    away = np.abs(block.value - block.median[:, None])
    return quantile(np.sort(block.blank(away, np.inf), 1), block.n, 0.5)


def iqr(block: Block) -> Floats:
    """Where the middle half of the points is."""
    return _between(block, 0.25, 0.75)


def range_90(block: Block) -> Floats:
    """Where the middle nine tenths of the points are."""
    return _between(block, 0.05, 0.95)


def skewness(block: Block) -> Floats:
    """The third moment, in units of the second."""
    variance = block.scatter / block.n
    third = dot(block.squares, block.centred) / block.n
    return block.at_least(3, third / (variance * np.sqrt(variance)))


def kurtosis(block: Block) -> Floats:
    """The fourth moment, in units of the second, less that of a normal distribution."""
    variance = block.scatter / block.n
    fourth = dot(block.squares, block.squares) / block.n
    return block.at_least(4, fourth / (variance * variance) - 3)


def beyond_1std(block: Block) -> Floats:
    """The share of points that are farther than a standard deviation from the mean."""
    far = np.abs(block.centred) > block.deviation[:, None]
    return block.at_least(2, np.count_nonzero(far, 1) / block.n)


def _between(block: Block, low: float, high: float) -> Floats:
    upper = quantile(block.ordered, block.n, high)
    return upper - quantile(block.ordered, block.n, low)
