"""Light curves of about one length as the rows of a table.

Sums over rows are the fastest where a table fits into the cache of a processor, and
where short light curves share it with short ones. What several statistics need is
computed once, when the first asks for it.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vo_lcc.lightcurves.derived.series import Counts, Floats, Series

SIZE = 1 << 15
"""Elements of a table, at most, but for a single light curve: 256 kB."""


class Block:
    """Light curves as rows: `n` points each, and behind them padding.

    Sums are of differences from the first value, so that they are exact for a light
    curve that is constant, and lose nothing where it is nearly so.
    """

    def __init__(
        self, n: Counts, time: Floats, value: Floats, error: Floats | None
    ) -> None:
        self.n = n
        self.time = time
        self.value = value
        self.error = error

    @cached_property
    def padding(self) -> NDArray[np.bool_] | None:
        """Which elements are no points; None where all are."""
        width = self.value.shape[1]
        if (self.n == width).all():
            return None
        return np.arange(width) >= self.n[:, None]

    def blank(self, table: Floats, filling: float, less: int = 0) -> Floats:
        """The table with its padding filled; `less` columns are missing in front."""
        if self.padding is not None:
            table[self.padding[:, less:]] = filling
        return table

    def at_least(self, count: int, values: Floats) -> Floats:
        """The values of light curves of so many points; NaN for the others."""
        return np.where(self.n >= count, values, np.nan)

    @cached_property
    def pivot(self) -> Floats:
        """The first value."""
        return self.value[:, 0]

    @cached_property
    def shifted(self) -> Floats:
        """Values from the first on, 0 in the padding."""
        return self.blank(self.value - self.pivot[:, None], 0.0)

    @cached_property
    def shift(self) -> Floats:
        """The mean, from the first value on."""
        return total(self.shifted) / self.n

    @cached_property
    def centred(self) -> Floats:
        """Values without their mean."""
        return self.blank(self.shifted - self.shift[:, None], 0.0)

    @cached_property
    def squares(self) -> Floats:
        """Of the centred values."""
        return self.centred * self.centred

    @cached_property
    def scatter(self) -> Floats:
        """The sum of the squares."""
        return total(self.squares)

    @cached_property
    def deviation(self) -> Floats:
        """The standard deviation of the sample, of n - 1."""
        return np.sqrt(self.scatter / (self.n - 1))

    @cached_property
    def ordered(self) -> Floats:
        """Each row in ascending order, the padding behind."""
        return np.sort(self.blank(self.value.copy(), np.inf), 1)

    @cached_property
    def median(self) -> Floats:
        """The median."""
        return quantile(self.ordered, self.n, 0.5)

    @cached_property
    def changes(self) -> Floats:
        """From each value to the next."""
        return self.blank(np.diff(self.value, axis=1), 0.0, 1)

    @cached_property
    def steps(self) -> Floats:
        """From each time to the next; NaN in the padding."""
        return self.blank(np.diff(self.time, axis=1), np.nan, 1)

    @cached_property
    def span(self) -> Floats:
        """From the first time to the last."""
        last = np.maximum(self.n - 1, 0)[:, None]
        return np.take_along_axis(self.time, last, 1)[:, 0] - self.time[:, 0]

    @cached_property
    def weights(self) -> Floats:
        """One over the square of each error, 0 in the padding."""
        assert self.error is not None
        return self.blank(1 / (self.error * self.error), 0.0)

    @cached_property
    def weight(self) -> Floats:
        """The sum of the weights."""
        return total(self.weights)

    @cached_property
    def weighted_shift(self) -> Floats:
        """The weighted mean, from the first value on."""
        return dot(self.weights, self.shifted) / self.weight

    @cached_property
    def residuals(self) -> Floats:
        """Differences from the weighted mean, in errors."""
        assert self.error is not None
        return self.blank(
            (self.shifted - self.weighted_shift[:, None]) / self.error, 0.0
        )

    @cached_property
    def chi2(self) -> Floats:
        """The sum of their squares."""
        return dot(self.residuals, self.residuals)


def total(table: Floats) -> Floats:
    """The sum of each row."""
    found: Floats = np.add.reduce(table, 1)
    return found


def dot(table: Floats, other: Floats) -> Floats:
    """The sum of the products in each row."""
    found: Floats = np.vecdot(table, other)
    return found


def quantile(ordered: Floats, n: Counts, share: float) -> Floats:
    """Between the two nearest of each row's first n: as percentile_cont of SQL does.

    NaN where n is 0.

    >>> quantile(np.array([[1.0, 2.0, 4.0, np.inf]]), np.array([3]), 0.75)
    array([3.])
    """
    place = (np.maximum(n, 1) - 1) * share
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(n, 1) - 1)
    rows = np.arange(len(n))
    below, above = ordered[rows, low], ordered[rows, high]
    return np.where(n > 0, below + (place - low) * (above - below), np.nan)


def blocks(series: Series) -> Iterator[tuple[Counts, Block]]:
    """Which light curves, and the table of these; all their points count."""
    lengths = np.diff(series.offsets)
    order = np.argsort(lengths, kind="stable")
    ascending = lengths[order]
    low = 0
    while low < len(order):
        high = _end(ascending, low)
        rows = order[low:high]
        yield rows, _table(series, rows, ascending[low:high])
        low = high


def _end(lengths: Counts, low: int) -> int:
    """How many of these ascending lengths, from `low` on, fit into one table."""
    end = min(len(lengths), low + SIZE)
    sizes = np.arange(1, end - low + 1) * lengths[low:end]
    return low + max(1, int(np.searchsorted(sizes, SIZE, "right")))


def _table(series: Series, rows: Counts, n: Counts) -> Block:
    width = max(1, int(n[-1]))
    at = series.offsets[rows][:, None] + np.arange(width)
    at = np.minimum(at, len(series.value) - 1)
    error = None if series.error is None else series.error[at]
    return Block(n, series.time[at], series.value[at], error)
