"""Sums over points of exp(2 pi i f t), at all frequencies of a grid.

By the non-uniform fast Fourier transform: a thousand points at a hundred thousand
frequencies take milliseconds.
"""

from collections.abc import Sequence
from typing import Protocol

import finufft
import numpy as np

from vo_lcc.periodograms.grid import Grid
from vo_lcc.periodograms.series import Array, Floats

FAST, PRECISE = 1e-9, 1e-13
"""Relative errors of sums; a transform that is precise takes twice as long."""

ESTIMATE = 64  # of FFTW's planner: measuring would take longer than the transform


class Sums(Protocol):
    """Sums at frequencies that are chosen."""

    @property
    def tolerance(self) -> float:
        """The error of a sum, relative to that of all values' amounts."""
        ...

    def __call__(self, times: Floats, values: Sequence[Floats], harmonic: int) -> Array:
        """For each of `values` the sums of value * exp(2 pi i harmonic f t)."""
        ...


class Plans:
    """Transforms to `count` frequencies, in one thread.

    Made once for a computation: passbands and harmonics use them one after another.
    """

    def __init__(self, count: int, tolerance: float) -> None:
        self.count, self.tolerance = count, tolerance
        self._plans: dict[int, finufft.Plan] = {}

    def __getitem__(self, transforms: int) -> finufft.Plan:
        """The plan of so many transforms at once."""
        if transforms not in self._plans:
            self._plans[transforms] = finufft.Plan(
                1,
                (self.count,),
                n_trans=transforms,
                eps=self.tolerance,
                isign=1,
                dtype="complex128",
                nthreads=1,
                fftw=ESTIMATE,
                upsampfac=1.25 if self.tolerance == FAST else 2.0,
            )
        return self._plans[transforms]


class GridSums:
    """Sums at the frequencies of a grid, of which the plans have as many or more."""

    def __init__(self, plans: Plans, grid: Grid) -> None:
        self.tolerance = plans.tolerance
        self._plans, self._grid = plans, grid

    def __call__(self, times: Floats, values: Sequence[Floats], harmonic: int) -> Array:
        """By fast transforms, whose frequencies lie on both sides of a middle."""
        grid, plan = self._grid, self._plans[len(values)]
        middle = harmonic * (grid.start + grid.step * (self._plans.count // 2)) * times
        turned = np.exp(2j * np.pi * (middle % 1))
        angles = 2 * np.pi * ((harmonic * grid.step * times + 0.5) % 1 - 0.5)
        plan.setpts(np.ascontiguousarray(angles))
        weighted = np.ascontiguousarray(np.stack([turned * v for v in values]))
        sums: Array = np.atleast_2d(plan.execute(weighted))
        return sums[:, : grid.count]


class DirectSums:
    """Sums at any frequencies, one by one.

    To be asked for harmonics 1, 2 ... of the same times, one after another.
    """

    tolerance = PRECISE

    def __init__(self, frequencies: Floats) -> None:
        self._frequencies = frequencies
        self._first: Array = np.empty(0)
        self._turned: Array = np.empty(0)

    def __call__(self, times: Floats, values: Sequence[Floats], harmonic: int) -> Array:
        """For each of `values` the sums of value * exp(2 pi i harmonic f t)."""
        if harmonic == 1:
            cycles = np.outer(times, self._frequencies)
            self._first = np.exp(2j * np.pi * (cycles % 1))
            self._turned = self._first
        else:
            self._turned = self._turned * self._first
        sums: Array = np.einsum("vt,tf->vf", np.stack(values), self._turned)
        return sums
