"""Phase dispersion minimisation (Stellingwerf 1978), for light curves of any shape.

The points are folded and put into bins of phase; theta is their variance inside bins,
over that of all. Bins lie in two covers, shifted by half of one (N_b = 5 bins, N_c = 2
covers in his notation). The power is 1 - theta. Each passband has bins of its own, in
units of its own variance; errors do not count.
"""

from collections.abc import Callable

import numpy as np

from vo_lcc.periodograms.series import Array, Floats, Series, Target

BINS, COVERS = 5, 2
FINE = BINS * COVERS
AT_ONCE = 2_000_000
"""Phases in memory at once, and between two looks at whether anybody waits."""

Check = Callable[[], None]


def power(target: Target, frequencies: Floats, check: Check) -> Floats:
    """1 - theta at each frequency: 1 without any scatter, about 0 for no period."""
    at_once = max(1, AT_ONCE // len(target.fullest))
    parts = np.split(frequencies, range(at_once, len(frequencies), at_once))
    return np.concatenate([_part(target, part, check) for part in parts])


def _part(target: Target, frequencies: Floats, check: Check) -> Floats:
    within, freedom = np.zeros(len(frequencies)), np.zeros(len(frequencies))
    for band in target.bands:
        check()
        squares, bins = dispersion(band, frequencies)
        within += squares / np.var(band.value, ddof=1)
        freedom += COVERS * len(band) - bins
    return 1 - within / freedom


def dispersion(band: Series, frequencies: Floats) -> tuple[Floats, Floats]:
    """The sum of squares inside the bins of all covers, and how many hold points."""
    centred = band.value - band.value.mean()
    counts, sums = binned(band.time, centred, frequencies)
    total = COVERS * float(centred @ centred)
    explained, bins = np.zeros(len(frequencies)), np.zeros(len(frequencies))
    for cover in range(COVERS):
        shape = (len(frequencies), BINS, COVERS)
        in_bin = np.roll(counts, -cover, 1).reshape(shape).sum(2)
        of_bin = np.roll(sums, -cover, 1).reshape(shape).sum(2)
        explained += (of_bin**2 / np.maximum(in_bin, 1)).sum(1)
        bins += (in_bin > 0).sum(1)
    return np.maximum(total - explained, 0.0), bins


def binned(times: Floats, values: Floats, frequencies: Floats) -> tuple[Array, Floats]:
    """Number and sum of the values in fine bins: rows of frequencies."""
    phases = np.outer(frequencies, times)
    phases -= np.floor(phases)
    places = (phases * FINE).astype(np.int64)
    np.minimum(places, FINE - 1, out=places)  # a phase may round up to 1
    places += FINE * np.arange(len(frequencies))[:, None]
    shape = (len(frequencies), FINE)
    size = FINE * len(frequencies)
    repeated = np.broadcast_to(values, places.shape).ravel()
    counts: Array = np.bincount(places.ravel(), minlength=size)
    sums: Array = np.bincount(places.ravel(), repeated, size)
    return counts.reshape(shape), sums.reshape(shape)
