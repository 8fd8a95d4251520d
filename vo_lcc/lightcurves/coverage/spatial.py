"""The MOC of positions, as fine as a page can hold."""

import numpy as np
from mocpy import MOC

COARSE, FINE = 8, 10
"""HEALPix orders: cells of 14 and of 3.4 arcmin."""

FEW = 8000
"""Cells that a MOC has at most, before those that touch are joined; 60 kB of text."""

LEAST = 6
"""The order that is kept whatever the number of cells: all of the sky has 49,152."""


def spatial_moc(cells: np.ndarray, order: int) -> str:
    """The cells of this order, or of a coarser one where they are many, as ASCII.

    >>> spatial_moc(np.array([4, 5, 6, 7, 9]), 8)
    '7/1 8/9'
    """
    if len(cells) == 0:
        return ""
    cells = distinct(np.sort(cells))
    while len(cells) > FEW and order > LEAST:
        cells, order = distinct(cells >> 2), order - 1
    moc = MOC.from_healpix_cells(cells.astype(np.uint64), order, max_depth=order)
    return str(moc.to_string(format="ascii"))


def distinct(ascending: np.ndarray) -> np.ndarray:
    """Each value once; np.unique takes a hundred times as long.

    >>> distinct(np.array([1, 1, 3])).tolist()
    [1, 3]
    """
    return ascending[np.flatnonzero(np.diff(ascending, prepend=-1))]
