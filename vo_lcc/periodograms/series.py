"""What a period is looked for in: the points of one or several passbands.

Every passband has a mean of its own, in every method. Times are in days, from the
`origin` on, so that phases lose no digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vo_lcc.errors import UsageError

Floats = NDArray[np.float64]
Array = NDArray[Any]

FEWEST = 2
"""Points that a passband must have beyond the parameters of its model."""


@dataclass(frozen=True, eq=False)
class Series:
    """The points of one passband, by time: days, and magnitudes or fluxes.

    `error` is one standard deviation of each value, None where none are known.
    """

    passband: str
    time: Floats
    value: Floats
    error: Floats | None = None

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def weights(self) -> Floats:
        """What each point counts, 1 in all."""
        if self.error is None:
            return np.full(len(self), 1 / len(self))
        inverse = self.error.min() / self.error
        weights: Floats = inverse**2 / (inverse**2).sum()
        return weights

    @cached_property
    def centred(self) -> Floats:
        """The values less their weighted mean."""
        return self.value - self.weights @ self.value

    @cached_property
    def variance(self) -> float:
        """The weighted mean square of what is left without a period."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float(self.weights @ self.centred**2)


@dataclass(frozen=True, eq=False)
class Target:
    """The light curves of one object: what a periodogram is made of.

    Times of `bands` count from `origin`, in the frame of the table they came from.
    `magnitudes`: values grow as the star gets fainter.
    """

    bands: tuple[Series, ...]
    origin: float
    magnitudes: bool = True
    left_out: tuple[str, ...] = ()

    @cached_property
    def span(self) -> float:
        """From the first point to the last, in days."""
        first = min(band.time.min() for band in self.bands)
        return float(max(band.time.max() for band in self.bands) - first)

    def __len__(self) -> int:
        return sum(map(len, self.bands))

    @property
    def passbands(self) -> tuple[str, ...]:
        """The names of the passbands that are used."""
        return tuple(band.passband for band in self.bands)

    @property
    def fullest(self) -> Series:
        """The passband with the most points: phases are told of it."""
        return max(self.bands, key=len)


def make_target(
    bands: Sequence[Series], parameters: int, magnitudes: bool = True
) -> Target:
    """The light curves as methods want them, with `parameters` to be fitted to each.

    Points without time or value, or whose error is no number above zero, are left
    out; so are passbands with too few points, or without any variation, as long as
    there is another. Errors count only where every point that is left has one.

    Raises UsageError where nothing is left to look for a period in.
    """
    problems, good = [], []
    for band in bands:
        kept = measured(band)
        problem = find_problem(kept, parameters)
        if problem is None:
            good.append(kept)
        else:
            problems.append(f"{kept.passband}: {problem}" if kept.passband else problem)
    if not good:
        raise UsageError("; ".join(problems) or "the light curve has no points")
    origin = min(float(band.time.min()) for band in good)
    moved = tuple(
        Series(band.passband, band.time - origin, band.value, band.error)
        for band in good
    )
    return Target(moved, origin, magnitudes, tuple(problems))


def measured(band: Series) -> Series:
    """The points that can be used, by time."""
    wanted = np.isfinite(band.time) & np.isfinite(band.value)
    error = band.error
    if error is not None and np.isfinite(error[wanted]).any():
        # an error of zero or below says that nothing is known of the point
        wanted &= np.isfinite(error) & (error > 0)
    else:
        error = None
    places = np.flatnonzero(wanted)
    order = places[np.argsort(band.time[places], kind="stable")]
    return Series(
        band.passband,
        np.ascontiguousarray(band.time[order], np.float64),
        np.ascontiguousarray(band.value[order], np.float64),
        None if error is None else np.ascontiguousarray(error[order], np.float64),
    )


def find_problem(band: Series, parameters: int) -> str | None:
    """Why no period can be looked for in these points, or None."""
    needed = parameters + FEWEST
    if len(band) < needed:
        return (
            f"{len(band)} points that can be used (a time, a value, and an error above"
            f" zero where there are errors); this model needs {needed}"
        )
    if band.time[0] == band.time[-1]:
        return f"all {len(band)} points have the same time"
    if np.ptp(band.value) == 0:
        return f"all {len(band)} values are {band.value[0]:.6g}: there is no variation"
    if not np.isfinite(band.variance) or band.variance <= 0:
        return "the values are too large to be squared, or differ too little"
    return None
