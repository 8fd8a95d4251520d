"""The seam between periodograms and what computes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vo_lcc.periodograms.grid import Grid
from vo_lcc.periodograms.methods import bls, lomb_scargle, pdm
from vo_lcc.periodograms.methods.fitting import Epochs, fitted_epochs
from vo_lcc.periodograms.methods.significance import baluev, from_curvature
from vo_lcc.periodograms.series import Floats, Target

Check = Callable[[], None]

SLOW = 10
"""How much more work a point is, at one frequency, without fast transforms."""

SHAPE_TERMS = 3
"""Harmonics of the curve whose extremes are the epochs, where a method has none."""


class Method(Protocol):
    """One kind of periodogram. The power grows with how well a frequency fits."""

    @property
    def parameters(self) -> int:
        """How many numbers it fits to each passband, but for the frequency."""
        ...

    def check_grid(self, grid: Grid) -> None:
        """Raises ParameterError where it cannot be computed at these frequencies."""
        ...

    def work(self, points: int, grid: Grid) -> float:
        """How much it is to compute it: for one sinusoid points x frequencies."""
        ...

    def power(self, target: Target, grid: Grid, check: Check) -> Floats:
        """The power at all frequencies of a grid; `check` raises to end it."""
        ...

    def power_at(self, target: Target, frequencies: Floats, check: Check) -> Floats:
        """The power at a few frequencies, ascending."""
        ...

    def false_alarm(self, target: Target, grid: Grid, power: float) -> float | None:
        """How probable it is that noise alone has such a peak; None without theory."""
        ...

    def frequency_error(
        self, target: Target, frequencies: Floats, powers: Floats
    ) -> float | None:
        """One standard deviation of the frequency of a peak, from the powers at it."""
        ...

    def epochs(self, target: Target, frequency: float) -> Epochs:
        """When the star was brightest and faintest."""
        ...


@dataclass(frozen=True, slots=True)
class LombScargle:
    """Sums of `nterms` sinusoids."""

    nterms: int = 1

    @property
    def parameters(self) -> int:
        """A mean, and two amplitudes for each term."""
        return 2 * self.nterms + 1

    def check_grid(self, grid: Grid) -> None:
        """Any will do."""

    def work(self, points: int, grid: Grid) -> float:
        """As often as there are terms."""
        return float(points) * grid.count * self.nterms

    def power(self, target: Target, grid: Grid, check: Check) -> Floats:
        """By fast Fourier transforms."""
        return lomb_scargle.power(target, grid, self.nterms, check)

    def power_at(self, target: Target, frequencies: Floats, check: Check) -> Floats:
        """By sums."""
        return lomb_scargle.power_at(target, frequencies, self.nterms, check)

    def false_alarm(self, target: Target, grid: Grid, power: float) -> float | None:
        """Baluev (2008), which is of one passband and one sinusoid."""
        if self.nterms > 1 or len(target.bands) > 1:
            return None
        return baluev(power, target.bands[0], grid.stop - grid.start)

    def frequency_error(
        self, target: Target, frequencies: Floats, powers: Floats
    ) -> float | None:
        """From the curvature of the likelihood at its maximum."""
        likelihood = -0.5 * len(target) * np.log1p(-np.minimum(powers, 1 - 1e-12))
        return from_curvature(frequencies, likelihood)

    def epochs(self, target: Target, frequency: float) -> Epochs:
        """The extremes of the fitted curve."""
        return fitted_epochs(target, frequency, self.nterms)


@dataclass(frozen=True, slots=True)
class Pdm:
    """Phase dispersion minimisation."""

    @property
    def parameters(self) -> int:
        """A mean for each bin."""
        return pdm.BINS

    def check_grid(self, grid: Grid) -> None:
        """Any will do."""

    def work(self, points: int, grid: Grid) -> float:
        """Each point is folded at each frequency."""
        return SLOW * float(points) * grid.count

    def power(self, target: Target, grid: Grid, check: Check) -> Floats:
        """1 - theta."""
        return pdm.power(target, grid.values, check)

    def power_at(self, target: Target, frequencies: Floats, check: Check) -> Floats:
        """1 - theta."""
        return pdm.power(target, frequencies, check)

    def false_alarm(self, target: Target, grid: Grid, power: float) -> float | None:
        """None: bins that overlap, at many frequencies, have no theory."""
        return None

    def frequency_error(
        self, target: Target, frequencies: Floats, powers: Floats
    ) -> float | None:
        """None: theta has steps."""
        return None

    def epochs(self, target: Target, frequency: float) -> Epochs:
        """The extremes of a curve of three harmonics."""
        return fitted_epochs(target, frequency, SHAPE_TERMS)


@dataclass(frozen=True, slots=True)
class Bls:
    """Boxes of less light; `durations` in days, none: parts of the period."""

    durations: tuple[float, ...] = ()

    @property
    def parameters(self) -> int:
        """Depth, duration, epoch and a mean."""
        return 4

    def check_grid(self, grid: Grid) -> None:
        """Raises ParameterError where a period is not longer than a box."""
        bls.check_durations(self.durations, grid)

    def work(self, points: int, grid: Grid) -> float:
        """Points, and the bins of phase that boxes are tried at."""
        return SLOW * bls.work(points, grid.mean_period, self.durations) * grid.count

    def power(self, target: Target, grid: Grid, check: Check) -> Floats:
        """The part of the variance that a box takes away."""
        return bls.power(target, grid.values, self.durations, check)

    def power_at(self, target: Target, frequencies: Floats, check: Check) -> Floats:
        """The part of the variance that a box takes away."""
        return bls.power(target, frequencies, self.durations, check)

    def false_alarm(self, target: Target, grid: Grid, power: float) -> float | None:
        """None: there is no theory."""
        return None

    def frequency_error(
        self, target: Target, frequencies: Floats, powers: Floats
    ) -> float | None:
        """None: the likelihood of a box has steps."""
        return None

    def epochs(self, target: Target, frequency: float) -> Epochs:
        """The middle of the box is the minimum; it has no maximum."""
        return Epochs(None, bls.mid_eclipse(target, frequency, self.durations))
