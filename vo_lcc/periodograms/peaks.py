"""The best periods of a periodogram, and which of them are aliases of others.

A star that is observed once a night shows each frequency f also at |f + n| for whole n
(1/d), and |f + n + m/365.25| as it is seen in one season of the year; a curve that is
no sinusoid, and a model that is one, bring multiples and parts of f.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vo_lcc.periodograms.grid import Grid
from vo_lcc.periodograms.methods.fitting import Epochs
from vo_lcc.periodograms.methods.method import Check, Method
from vo_lcc.periodograms.series import Floats, Target

SPARE = 20
"""Maxima of the grid that are looked at beyond those asked for: between its points
their order may change."""

FINENESS, TIMES = 5, 4
"""By how much the grid is made finer around a maximum, and how often."""

YEAR = 365.25
DAYS, YEARS = 3, 2
RATIOS = tuple(Fraction(*r) for r in ((2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4)))
SAME = 1.0
"""Of the width 1/T of a peak: how near frequencies are that count as one."""


@dataclass(frozen=True, slots=True)
class Alias:
    """What one peak is to a higher one, which has this rank (from 1)."""

    rank: int
    label: str


@dataclass(frozen=True, slots=True)
class Peak:
    """A maximum: frequencies in 1/d, None for what no theory gives."""

    frequency: float
    power: float
    frequency_error: float | None
    false_alarm: float | None
    epochs: Epochs
    alias: Alias | None

    @property
    def period(self) -> float:
        """In days."""
        return 1 / self.frequency

    @property
    def period_error(self) -> float | None:
        """In days."""
        error = self.frequency_error
        return None if error is None else error / self.frequency**2


def find_peaks(
    target: Target,
    grid: Grid,
    powers: Floats,
    method: Method,
    count: int,
    check: Check,
) -> list[Peak]:
    """The `count` highest maxima, the highest first, at least 1/T from each other."""

    def looked_at(near: Floats, reach: float) -> tuple[Floats, Floats]:
        fine = grid.around(np.sort(near), reach, FINENESS)
        found = method.power_at(target, fine.ravel(), check)
        return fine, found.reshape(fine.shape)

    starts = grid.values[maxima(powers, 2 * count + SPARE)]
    tops = apart(*highest(*looked_at(starts, 1.0)), 1 / target.span)[:count]
    for time in range(1, TIMES):
        fine, found = looked_at(tops, FINENESS**-time)
        tops, heights = highest(fine, found)
    order = np.argsort(-heights, kind="stable").tolist()
    errors = [method.frequency_error(target, fine[at], found[at]) for at in order]
    frequencies = [
        float(tops[at]) if error is None else vertex(fine[at], found[at])
        for at, error in zip(order, errors, strict=True)
    ]
    return [
        Peak(
            frequency,
            float(heights[place]),
            errors[rank],
            method.false_alarm(target, grid, float(heights[place])),
            method.epochs(target, frequency),
            find_alias(frequency, frequencies[:rank], target.span),
        )
        for rank, (place, frequency) in enumerate(zip(order, frequencies, strict=True))
    ]


def vertex(frequencies: Floats, powers: Floats) -> float:
    """Where the parabola through the highest point and its neighbours is highest.

    The grid is no finer than 1/3000 of a peak's width, but periods of stars with
    little noise are known better.

    >>> f = np.array([1.0, 1.5, 2.0])
    >>> vertex(f, -((f - 1.6) ** 2))
    1.6
    """
    top = int(np.clip(powers.argmax(), 1, len(powers) - 2))
    low, middle, high = powers[top - 1 : top + 2].tolist()
    before, after = np.diff(frequencies[top - 1 : top + 2]).tolist()
    bend = 2 * middle - low - high
    if (
        bend <= 0
        or max(low, high) > middle
        or not math.isclose(before, after, rel_tol=1e-3)
    ):
        return float(frequencies[powers.argmax()])  # at an end of the grid
    return float(frequencies[top] + after * (high - low) / (2 * bend))


def highest(frequencies: Floats, powers: Floats) -> tuple[Floats, Floats]:
    """The frequency with the most power in each row, and that power."""
    rows, places = np.arange(len(powers)), powers.argmax(1)
    return frequencies[rows, places], powers[rows, places]


def apart(frequencies: Floats, powers: Floats, width: float) -> Floats:
    """Those that have no higher one within `width`, the highest first.

    >>> apart(np.array([1.0, 1.1, 2.0]), np.array([0.5, 0.8, 0.7]), 0.2).tolist()
    [1.1, 2.0]
    """
    kept: list[float] = []
    for frequency in frequencies[np.argsort(-powers, kind="stable")].tolist():
        if all(abs(frequency - other) >= width for other in kept):
            kept.append(frequency)
    return np.array(kept)


def maxima(powers: Floats, most: int) -> np.ndarray:
    """Where the highest local maxima are, `most` of them; or the highest of all.

    >>> maxima(np.array([0.0, 2.0, 1.0, 3.0, 3.0, 0.0]), 5).tolist()
    [3, 1]
    """
    inner = powers[1:-1]
    found = np.flatnonzero((inner >= powers[2:]) & (inner > powers[:-2])) + 1
    if not len(found):
        return np.array([powers.argmax()])
    if len(found) > most:
        found = found[np.argpartition(-powers[found], most)[:most]]
    return found[np.argsort(-powers[found], kind="stable")]


def find_alias(frequency: float, higher: Sequence[float], span: float) -> Alias | None:
    """Which of the higher peaks, if any, this one is an alias of.

    >>> find_alias(0.7, [1.7], 1000.0).label, find_alias(1.2, [2.2, 0.6], 1000.0).label
    ('f1 - 1/d', 'f1 - 1/d')
    >>> find_alias(3.4, [0.123, 1.7], 1000.0)
    Alias(rank=2, label='2 f2')
    """
    for rank, other in enumerate(higher, 1):
        for label, expected in relations(other, span):
            if abs(frequency - expected) <= SAME / span:
                return Alias(rank, label.format(f"f{rank}"))
    return None


def relations(frequency: float, span: float) -> Iterator[tuple[str, float]]:
    """Where else a frequency shows, the simplest first; `{}` stands for it.

    Years are told apart where the light curve is longer than two.
    """
    for ratio in RATIOS:
        yield ratio_label(ratio), float(ratio) * frequency
    shifts = [(0, 0), *((n, 0) for n in _both(DAYS))]
    if span > 2 * YEAR:
        shifts += [(n, m) for n in (0, *_both(DAYS)) for m in _both(YEARS)]
    for n, m in shifts:
        for sign in (1, -1):
            moved = sign * frequency + n + m / YEAR
            if moved > 0 and (n, m) != (0, 0):
                label = ("{}" if sign > 0 else "-{}") + _shift(n, "d") + _shift(m, "yr")
                yield label, moved


def ratio_label(ratio: Fraction) -> str:
    """A multiple or a part of a frequency.

    >>> ratio_label(Fraction(2)), ratio_label(Fraction(1, 3))
    ('2 {}', '{}/3')
    """
    if ratio.denominator == 1:
        return f"{ratio.numerator} {{}}"
    return f"{{}}/{ratio.denominator}"


def _both(most: int) -> list[int]:
    return [sign * n for n in range(1, most + 1) for sign in (1, -1)]


def _shift(count: int, unit: str) -> str:
    return f" {'+' if count > 0 else '-'} {abs(count)}/{unit}" if count else ""
