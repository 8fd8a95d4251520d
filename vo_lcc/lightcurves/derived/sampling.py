"""When the points were taken."""

import numpy as np

from vo_lcc.lightcurves.derived.block import Block, quantile
from vo_lcc.lightcurves.derived.series import Floats


def span(block: Block) -> Floats:
    """How long it was observed."""
    return block.at_least(1, block.span)


def cadence(block: Block) -> Floats:
    """How long it is to the next point, mostly."""
    if block.steps.shape[1] == 0:
        return np.full(len(block.n), np.nan)
    return quantile(np.sort(block.steps, 1), np.maximum(block.n - 1, 0), 0.5)


def largest_gap(block: Block) -> Floats:
    """How long it is to the next point, at most."""
    if block.steps.shape[1] == 0:
        return np.full(len(block.n), np.nan)
    longest: Floats = np.fmax.reduce(block.steps, 1)
    return longest
