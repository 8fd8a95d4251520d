"""The whole of one search for periods: checked, computed, and limited."""

from dataclasses import dataclass

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.periodograms.grid import Grid, GridParams, choose_grid
from vo_lcc.periodograms.methods.method import Check, Method
from vo_lcc.periodograms.peaks import Peak, find_peaks
from vo_lcc.periodograms.series import Floats, Target


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a search may be: frequencies, and the work (`Method.work`).

    `advice` says what to do about it.
    """

    frequencies: int
    work: float
    advice: str


AT_ONCE = Limits(
    1_000_000,
    2e9,
    "ask for fewer frequencies (FMIN, FMAX, OVERSAMPLING) or points (TIME, BAND), or"
    " send the same parameters to /periodogram/async",
)
AS_A_JOB = Limits(
    10_000_000,
    1e12,
    "ask for fewer frequencies (FMIN, FMAX, OVERSAMPLING) or points (TIME, BAND)",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a search: how, at which frequencies, and how many peaks."""

    method: Method
    grid: GridParams
    peaks: int


@dataclass(frozen=True, eq=False)
class Periodogram:
    """What a search has found: the power at each frequency, and the best periods."""

    target: Target
    grid: Grid
    powers: Floats
    peaks: tuple[Peak, ...]


def plan_search(target: Target, asked: Asked, limits: Limits) -> Grid:
    """The frequencies that are to be looked at.

    Raises UsageError for what cannot be done, TooLargeError for what is too much.
    """
    if target.span <= 0:
        raise UsageError("all points have the same time: there is no period to be seen")
    grid = choose_grid(target, asked.grid, limits.frequencies)
    asked.method.check_grid(grid)
    work, most = asked.method.work(len(target), grid), limits.work
    if work > most:
        raise TooLargeError(
            f"{len(target)} points at {grid.count} frequencies are {work:.2g} units of"
            f" work, more than {most:.2g}; {limits.advice}"
        )
    return grid


def search(target: Target, grid: Grid, asked: Asked, check: Check) -> Periodogram:
    """Compute the power, and find the best periods; `check` raises to end it."""
    powers = asked.method.power(target, grid, check)
    peaks = find_peaks(target, grid, powers, asked.method, asked.peaks, check)
    return Periodogram(target, grid, powers, tuple(peaks))
