"""The tiles of a HATS catalogue: HEALPix cells as large as their content allows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vo_lcc.sky import ORDER

STEP = 8
"""Orders that are looked at in one go: at most 12 x 4^8 cells."""

Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Most:
    """How much a tile may hold, unless one object or position has more."""

    rows: int = 1_000_000
    points: int = 10_000_000


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A HEALPix cell (nested); tiles are in the order of their place on the sky."""

    first: int
    order: int

    @property
    def pixel(self) -> int:
        """The number of the cell at its order."""
        return self.first >> 2 * (ORDER - self.order)

    @property
    def end(self) -> int:
        """The first cell of order 29 behind it."""
        return self.first + (1 << 2 * (ORDER - self.order))

    @property
    def path(self) -> str:
        """The name of its file in a catalogue."""
        folder = self.pixel // 10_000 * 10_000
        return f"Norder={self.order}/Dir={folder}/Npix={self.pixel}.parquet"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objects and points are in cells of one order, those that have any."""

    order: int
    cells: Cells
    rows: Cells
    points: Cells


Count = Callable[[int, int, int], Awaitable[Counts]]
"""Counts at an order, from a cell of order 29 up to another."""


async def find_tiles(count: Count, most: Most) -> list[Tile]:
    """The largest cells that hold no more than `most`, all objects in one of them."""
    tiles: list[Tile] = []
    waiting = [Tile(0, -1)]  # the whole sky
    while waiting:
        above = waiting.pop()
        order = min(max(above.order, 0) + STEP, ORDER)
        end = 12 * 4**ORDER if above.order < 0 else above.end
        counts = await count(order, above.first, end)
        fit, full = split(counts, above.order + 1, most)
        tiles += fit
        (tiles if order == ORDER else waiting).extend(full)
    return sorted(tiles)


def split(counts: Counts, top: int, most: Most) -> tuple[list[Tile], list[Tile]]:
    """The largest cells from order `top` down that fit; and those that never do.

    >>> cells = np.array([0, 1, 4, 5])
    >>> counts = Counts(1, cells, np.array([2, 2, 9, 1]), cells * 0)
    >>> fit, full = split(counts, 0, Most(rows=5))
    >>> [(t.order, t.pixel) for t in fit], [(t.order, t.pixel) for t in full]
    ([(0, 0), (1, 5)], [(1, 4)])
    """
    cells, rows, points = counts.cells, counts.rows, counts.points
    fit: list[Tile] = []
    for order in range(top, counts.order + 1):
        if not len(cells):
            break
        pixels = cells >> 2 * (counts.order - order)
        starts = np.flatnonzero(np.diff(pixels, prepend=-1))
        fits = (np.add.reduceat(rows, starts) <= most.rows) & (
            np.add.reduceat(points, starts) <= most.points
        )
        fit += _tiles(order, pixels[starts][fits])
        left = ~np.repeat(fits, np.diff([*starts, len(cells)]))
        cells, rows, points = cells[left], rows[left], points[left]
    return fit, _tiles(counts.order, cells)


def _tiles(order: int, pixels: Cells) -> list[Tile]:
    shift = 2 * (ORDER - order)
    return [Tile(pixel << shift, order) for pixel in pixels.tolist()]
