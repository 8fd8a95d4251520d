"""Lomb-Scargle: a sum of sinusoids, fitted to each passband at each frequency.

The mean floats (Zechmeister & Kuerster 2009), there may be harmonics, and each
passband has amplitudes and phases of its own: the multi-phase model of VanderPlas &
Ivezic (2015). Passbands are joined by their likelihoods, the noise of each being as
large as its residuals say: with n points of N in a passband,

    1 - P = product of (1 - P_passband) ** (n / N),    P_passband = 1 - chi2 / chi2_0

For one passband this is the power of the standard normalisation.
"""

from collections.abc import Callable, Sequence

import numpy as np

from vo_lcc.periodograms.grid import Grid
from vo_lcc.periodograms.methods.fourier import (
    FAST,
    PRECISE,
    DirectSums,
    GridSums,
    Plans,
    Sums,
)
from vo_lcc.periodograms.series import Array, Floats, Series, Target

AT_ONCE = 2**15
"""Frequencies of one transform, at least, between two looks at whether anybody still
wants the result: what it needs stays in the cache of a processor."""

BLOCK = 8192
"""Frequencies whose matrices stay in the cache of a processor."""

SMALLEST = 100
"""Of a pivot, in errors of the sums: a sinusoid below it adds nothing to others."""

FEW = 8
"""Points for each parameter: with fewer the equations need precise sums."""

MOST = 1 - 1e-12

DIRECTLY = 1_000_000
"""Points times frequencies of sums that are made without a transform, at once."""

Check = Callable[[], None]


def power(target: Target, grid: Grid, nterms: int, check: Check) -> Floats:
    """The power at each frequency of a grid, from 0 to 1.

    `check` is called now and then; it raises what ends the computation.
    """
    parts = grid.parts(max(AT_ONCE, len(target.fullest)))
    few = min(map(len, target.bands)) < FEW * (2 * nterms + 1)
    plans = Plans(parts[0].count, PRECISE if few else FAST)
    found = [
        _joined(target, part.count, nterms, GridSums(plans, part), check)
        for part in parts
    ]
    return np.concatenate(found)


def power_at(target: Target, frequencies: Floats, nterms: int, check: Check) -> Floats:
    """The power at a few frequencies that are no grid."""
    at_once = max(1, DIRECTLY // len(target.fullest))
    parts = np.split(frequencies, range(at_once, len(frequencies), at_once))
    found = [
        _joined(target, len(part), nterms, DirectSums(part), check) for part in parts
    ]
    return np.concatenate(found)


def _joined(
    target: Target, count: int, nterms: int, sums: Sums, check: Check
) -> Floats:
    left = np.zeros(count)
    for band in target.bands:
        check()
        share = len(band) / len(target)
        left += share * np.log1p(-band_power(band, count, nterms, sums))
    result: Floats = -np.expm1(left)
    return result


def band_power(band: Series, count: int, nterms: int, sums: Sums) -> Floats:
    """How much of the variance of one passband the sinusoids take away."""
    weights, values = band.weights, band.weights * band.centred
    ones: list[Array] = []  # sums of weights, of harmonics 1, 2 ...
    data: list[Array] = []  # the same of weighted values
    for harmonic in range(1, 2 * nterms + 1):
        wanted = (weights, values) if harmonic <= nterms else (weights,)
        found = sums(band.time, wanted, harmonic)
        ones.append(found[0])
        data.extend(found[1:])
    result, smallest = np.empty(count), SMALLEST * sums.tolerance
    for low in range(0, count, BLOCK):
        part = slice(low, low + BLOCK)
        result[part] = reduction(
            [o[part] for o in ones], [d[part] for d in data], smallest
        )
    return np.clip(result / band.variance, 0.0, MOST)


def reduction(ones: Sequence[Array], data: Sequence[Array], smallest: float) -> Floats:
    """By how much the best sum of sinusoids reduces the weighted sum of squares.

    The normal equations, from which the mean is eliminated, by Cholesky's method at
    all frequencies at once.
    """
    matrix, right = normal_equations(ones, data)
    size = len(right)
    total = np.zeros(len(right[0]))
    for i in range(size):
        pivot = matrix[i][i]
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(pivot > smallest, 1 / pivot, 0.0)
        scaled = right[i] * inverse
        total += right[i] * scaled
        for j in range(i + 1, size):
            factor = matrix[i][j] * inverse
            right[j] = right[j] - factor * right[i]
            for k in range(j, size):
                matrix[j][k] = matrix[j][k] - factor * matrix[i][k]
    return total


def normal_equations(
    ones: Sequence[Array], data: Sequence[Array]
) -> tuple[list[list[Floats]], list[Floats]]:
    """The upper half of the matrix (cosine, then sine of each term), and its side."""
    nterms = len(data)
    c, s = [z.real for z in ones], [z.imag for z in ones]
    empty = np.empty(0)
    matrix = [[empty] * (2 * nterms) for _ in range(2 * nterms)]
    for i in range(nterms):
        for j in range(i, nterms):
            # of the difference of both harmonics, and of their sum
            cd, sd = (c[j - i - 1], s[j - i - 1]) if j > i else (1.0, 0.0)
            ca, sa = c[i + j + 1], s[i + j + 1]
            matrix[2 * i][2 * j] = 0.5 * (cd + ca) - c[i] * c[j]
            matrix[2 * i][2 * j + 1] = 0.5 * (sa + sd) - c[i] * s[j]
            matrix[2 * i + 1][2 * j + 1] = 0.5 * (cd - ca) - s[i] * s[j]
            if j > i:
                matrix[2 * i + 1][2 * j] = 0.5 * (sa - sd) - s[i] * c[j]
    return matrix, [part for z in data for part in (z.real, z.imag)]
