"""The curve that fits the points at one frequency, and when it has its extremes."""

from dataclasses import dataclass

import numpy as np

from vo_lcc.periodograms.series import Floats, Series, Target

PHASES = 2000


@dataclass(frozen=True, slots=True)
class Epochs:
    """When a star was brightest and faintest, in days from the origin of its times."""

    maximum: float | None
    minimum: float | None


def fitted_epochs(target: Target, frequency: float, nterms: int) -> Epochs:
    """The extremes of the fitted curve of the passband with the most points.

    Of all there are, those next to the mean time of its points. Fewer harmonics are
    fitted where there are few points.
    """
    band = target.fullest
    nterms = min(nterms, (len(band) - 1) // 2)
    phases = np.arange(PHASES) / PHASES
    curve = basis(phases, nterms) @ coefficients(band, frequency, nterms)
    if target.magnitudes:
        curve = -curve
    brightest, faintest = phases[curve.argmax()], phases[curve.argmin()]
    return Epochs(*(next_to(band, frequency, p) for p in (brightest, faintest)))


def coefficients(band: Series, frequency: float, nterms: int) -> Floats:
    """A mean, then cosine and sine of each harmonic, by weighted least squares."""
    root = np.sqrt(band.weights)
    matrix = basis(band.time * frequency, nterms)
    found = np.linalg.lstsq(matrix * root[:, None], band.centred * root, rcond=None)
    return np.asarray(found[0], np.float64)


def basis(cycles: Floats, nterms: int) -> Floats:
    """1, and cosine and sine of each harmonic: a row for each of the cycles."""
    angles = 2 * np.pi * np.outer(cycles % 1, np.arange(1, nterms + 1))
    ones = np.ones((len(cycles), 1))
    return np.hstack((ones, np.cos(angles), np.sin(angles)))


def next_to(band: Series, frequency: float, phase: float) -> float:
    """The time of a phase that is next to the mean time."""
    cycle = np.round(band.time.mean() * frequency - phase)
    return float((cycle + phase) / frequency)
