"""The best period of each light curve: where a sinusoid fits best.

Lomb-Scargle with a mean that floats (Zechmeister & Kuerster 2009), in the standard
normalisation: power = 1 - chi2 / chi2 of a constant, from 0 to 1. Sums over points at
all frequencies are made by non-uniform fast Fourier transforms, some frequencies at a
time, so that memory is bounded; the best frequency is then made finer by plain sums.
"""

import math
from functools import lru_cache

import finufft
import numpy as np

from vo_lcc.lightcurves.derived.block import Block
from vo_lcc.lightcurves.derived.series import Floats

OVERSAMPLING = 5
"""Frequencies in the width 1/T of a peak of a light curve of the length T."""

FEWEST = 6
"""Points that a light curve needs: twice what is fitted."""

MOST = 1 << 15
"""Frequencies of one transform; it stays in the cache of a processor."""

FINER, TIMES = 5, 3
"""By how much the grid is made finer around its best point, and how often."""

TOLERANCE = 1e-9
ESTIMATE = 64  # of FFTW's planner
SMALLEST = 1e-7
"""Of what a sinusoid adds to a constant; below it there is no telling them apart."""


def best_period(block: Block, shortest: float, longest: float) -> Floats:
    """The best period (d) of each light curve."""
    return best_periods(block, shortest, longest)[0].copy()


def best_power(block: Block, shortest: float, longest: float) -> Floats:
    """The power at the best period of each light curve."""
    return best_periods(block, shortest, longest)[1].copy()


@lru_cache(maxsize=1)
def best_periods(
    block: Block, shortest: float, longest: float
) -> tuple[Floats, Floats]:
    """The best period (d) of each light curve and its power; NaN where there is none.

    Periods are looked for from `shortest` to `longest`, or to the length of the light
    curve where that is less. The last result is kept, for the other of its columns.
    """
    periods = np.full(len(block.n), np.nan)
    powers = periods.copy()
    for row, n in enumerate(block.n.tolist()):
        highest, lowest = 1 / shortest, max(1 / longest, 1 / max(block.span[row], 1e-9))
        if n >= FEWEST and block.scatter[row] > 0 and lowest < highest:
            error = None if block.error is None else block.error[row, :n]
            curve = Curve(block.time[row, :n], block.value[row, :n], error)
            frequency, powers[row] = curve.best(lowest, highest)
            periods[row] = 1 / frequency
    return periods, powers


class Curve:
    """One light curve, ready for sums: times from the first on, weights of sum 1."""

    def __init__(self, time: Floats, value: Floats, error: Floats | None) -> None:
        self.time = time - time[0]
        weights = np.ones_like(value) if error is None else (error.min() / error) ** 2
        self.weights = weights / weights.sum()
        centred = value - value[0]
        centred -= np.dot(self.weights, centred)
        self.values = self.weights * centred
        self.variance = float(np.dot(self.values, centred))

    def best(self, lowest: float, highest: float) -> tuple[float, float]:
        """The frequency (1/d) of the most power, and that power."""
        step = 1 / (OVERSAMPLING * self.time[-1])
        count = math.floor((highest - lowest) / step) + 1
        at_once = min(MOST, 1 << (count - 1).bit_length())
        frequency, power = lowest, -1.0
        for first in range(0, count, at_once):
            start = lowest + step * first
            found = self.power(*self.grid_sums(start, step, at_once))
            found = found[: count - first]
            place = int(found.argmax())
            if found[place] > power:
                frequency, power = start + step * place, float(found[place])
        for _ in range(TIMES):
            near = frequency + step * np.arange(-FINER, FINER + 1) / FINER
            near = np.clip(near, lowest, highest)
            found = self.power(*self.plain_sums(near))
            frequency, power = float(near[found.argmax()]), float(found.max())
            step /= FINER
        return frequency, power

    def grid_sums(self, start: float, step: float, count: int) -> tuple[Floats, ...]:
        """Sums of weights at f and 2 f, and of weighted values at f, at grid points."""
        both = np.stack((self.weights, self.values))
        ones, data = self._transformed(start, step, count, both)
        (twice,) = self._transformed(2 * start, 2 * step, count, self.weights[None])
        return ones, twice, data

    def _transformed(
        self, start: float, step: float, count: int, what: np.ndarray
    ) -> np.ndarray:
        """A transform has its frequencies on both sides of a middle."""
        plan = _plan(count, len(what))
        middle = (start + step * (count // 2)) * self.time % 1
        angles = 2 * np.pi * ((step * self.time + 0.5) % 1 - 0.5)
        plan.setpts(np.ascontiguousarray(angles))
        turned = np.ascontiguousarray(what * np.exp(2j * np.pi * middle))
        return np.atleast_2d(plan.execute(turned))

    def plain_sums(self, frequencies: Floats) -> tuple[Floats, ...]:
        """The same at a few frequencies that are no grid."""
        waves = np.exp(2j * np.pi * (frequencies[:, None] * self.time % 1))
        return waves @ self.weights, (waves * waves) @ self.weights, waves @ self.values

    def power(self, ones: Floats, twice: Floats, data: Floats) -> Floats:
        """By how much a sinusoid with a mean reduces the sum of squares."""
        c, s, yc, ys = ones.real, ones.imag, data.real, data.imag
        cc = (1 + twice.real) / 2 - c * c
        ss = (1 - twice.real) / 2 - s * s
        cs = twice.imag / 2 - c * s
        determinant = cc * ss - cs * cs
        gained = ss * yc * yc + cc * ys * ys - 2 * cs * yc * ys
        known = determinant > SMALLEST
        power = np.divide(gained, determinant, out=np.zeros_like(cc), where=known)
        return np.clip(power / self.variance, 0, 1)


@lru_cache(maxsize=32)
def _plan(count: int, transforms: int) -> finufft.Plan:
    """A transform in one thread; many light curves use it, one after another."""
    return finufft.Plan(
        1,
        (count,),
        n_trans=transforms,
        eps=TOLERANCE,
        isign=1,
        dtype="complex128",
        nthreads=1,
        fftw=ESTIMATE,
        upsampfac=1.25,
    )
