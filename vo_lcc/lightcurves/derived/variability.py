"""Is it noise? Indices of how the points follow each other, and of their errors."""

import numpy as np

from vo_lcc.lightcurves.derived.block import Block, dot, total
from vo_lcc.lightcurves.derived.series import Floats


def stetson_j(block: Block) -> Floats:
    """Do neighbours deviate to the same side? Stetson (1996), eq. 1."""
    products = block.residuals[:, 1:] * block.residuals[:, :-1]
    roots = total(np.copysign(np.sqrt(np.abs(products)), products))
    # of sqrt(n/(n-1)) in each residual, the root of a product has one
    scale = np.sqrt(block.n / (block.n - 1))
    return block.at_least(2, scale * roots / (block.n - 1))


def stetson_k(block: Block) -> Floats:
    """How the deviations are distributed: Stetson (1996), eq. 2."""
    mean = total(np.abs(block.residuals)) / block.n
    return block.at_least(2, mean / np.sqrt(block.chi2 / block.n))


def eta(block: Block) -> Floats:
    """Squares of the changes over those of the deviations: von Neumann (1941)."""
    return block.at_least(2, dot(block.changes, block.changes) / block.scatter)


def eta_e(block: Block) -> Floats:
    """The same of changes per time."""
    apart = block.steps > 0  # false in the padding
    rates = np.divide(
        block.changes, block.steps, out=np.zeros_like(block.changes), where=apart
    )
    pairs = np.count_nonzero(apart, 1)
    variance = block.scatter / (block.n - 1)
    scale = block.span * block.span / pairs.astype(np.float64) ** 3
    return block.at_least(2, scale * dot(rates, rates) / variance)


def reduced_chi2(block: Block) -> Floats:
    """Is it constant, as far as the errors tell?"""
    return block.at_least(2, block.chi2 / (block.n - 1))


def slope(block: Block) -> Floats:
    """The change per day."""
    since = block.blank(block.time - block.time[:, :1], 0.0)
    since -= (total(since) / block.n)[:, None]
    since = block.blank(since, 0.0)
    spread = dot(since, since)
    change = dot(since, block.centred) / spread
    return block.at_least(2, np.where(block.span > 0, change, np.nan))
