"""Tiles hold all objects, each once, and are as large as they may be."""

import asyncio

import numpy as np
import pytest

from vo_lcc.lightcurves.exports.tiles import (
    Counts,
    Most,
    Tile,
    find_tiles,
)
from vo_lcc.sky import ORDER


def tiles_of(cells: np.ndarray, points: np.ndarray, most: Most) -> list[Tile]:
    """The tiles of objects in these cells of order 29."""

    async def count(order: int, first: int, end: int) -> Counts:
        inside = (cells >= first) & (cells < end)
        found, place = np.unique(
            cells[inside] >> 2 * (ORDER - order), return_inverse=True
        )
        sums = np.bincount(place, points[inside], len(found)).astype(np.int64)
        return Counts(order, found, np.bincount(place, minlength=len(found)), sums)

    return asyncio.run(find_tiles(count, most))


def random_cells(count: int) -> np.ndarray:
    """A clustered sky: most objects in one small field."""
    rng = np.random.default_rng(1)
    wide = rng.integers(0, 12 * 4**ORDER, count // 4)
    field = 5 * 4**ORDER + rng.integers(0, 4 ** (ORDER - 9), count - count // 4)
    return np.sort(np.concatenate([wide, field]))


@pytest.mark.parametrize("most", [Most(50), Most(1000, 400), Most(10_000)])
def test_every_object_is_in_one_tile_that_could_not_be_larger(most: Most):
    cells = random_cells(4000)
    points = np.arange(4000) % 7

    tiles = tiles_of(cells, points, most)

    first, end = (
        np.array([getattr(t, name) for t in tiles]) for name in ("first", "end")
    )
    assert (first[1:] >= end[:-1]).all()
    number = np.searchsorted(first, cells, side="right") - 1
    assert ((cells >= first[number]) & (cells < end[number])).all()
    rows = np.bincount(number, minlength=len(tiles))
    held = np.bincount(number, points, len(tiles))
    assert (rows > 0).all()
    assert (rows <= most.rows).all()
    assert (held <= most.points).all()
    for tile in tiles:
        if tile.order > 0:
            size = 4 ** (ORDER - tile.order + 1)
            start = tile.first // size * size
            inside = (cells >= start) & (cells < start + size)
            assert inside.sum() > most.rows or points[inside].sum() > most.points


def test_objects_at_one_place_stay_together_whatever_their_number():
    cells = np.full(10, 12345)

    (tile,) = tiles_of(cells, cells * 0, Most(3))

    assert (tile.order, tile.pixel) == (ORDER, 12345)


def test_without_objects_there_is_no_tile():
    assert tiles_of(np.zeros(0, np.int64), np.zeros(0, np.int64), Most()) == []


def test_files_are_grouped_by_ten_thousand():
    tile = Tile(44_123 << 2 * (ORDER - 6), 6)

    assert tile.path == "Norder=6/Dir=40000/Npix=44123.parquet"
