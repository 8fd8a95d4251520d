"""Pieces of light curves, as they lie in the database, and whole ones made of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.lightcurves.loading.packed import (
    TIME,
    Mask,
    Packed,
    Places,
    numbers,
    without_duplicates,
)
from vo_lcc.lightcurves.model import Duplicates


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of light curves: each is a row of `rows`, whose points are by time.

    `number` puts the pieces of a light curve in order; those of one `group` belong
    together. `added` is the release that a piece came with.
    """

    rows: Packed
    number: Places
    added: Places
    group: Places

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, wanted: Mask, kept: Mask) -> "Pieces":
        """Some of the pieces, with those of their points that are `kept`.

        A piece without any point left is not there.
        """
        kept = kept & np.repeat(wanted, self.rows.lengths)
        counts = np.append(0, np.cumsum(kept))[self.rows.offsets]
        there = np.diff(counts) > 0
        return Pieces(
            Packed(
                self.rows.object_id.filter(pa.array(there)),
                self.rows.passband.filter(pa.array(there)),
                np.append(counts[:-1][there], counts[-1]),
                {
                    name: values.filter(pa.array(kept))
                    for name, values in self.rows.columns.items()
                },
            ),
            self.number[there],
            self.added[there],
            self.group[there],
        )

    def to_batch(self) -> pa.RecordBatch:
        """Rows of the table of light curves."""
        batch = self.rows.to_batch()
        for name in ("segment", "added"):
            values = self.number if name == "segment" else self.added
            batch = batch.append_column(name, pa.array(values, pa.int32()))
        return batch


@dataclass(frozen=True, slots=True)
class Whole:
    """Whole light curves, points by time; where in the pieces each piece and point is.

    `pieces` are the numbers of the rows of all pieces, those of light curve i being
    `firsts[i]` to `firsts[i + 1]`; `places` is where each point is in the columns.
    """

    curves: Packed
    pieces: Places
    firsts: Places
    places: Places

    def without(self, kept: Mask) -> "Whole":
        """The light curves with some of their points; none may lose all of them."""
        if kept.all():
            return self
        counts = np.append(0, np.cumsum(kept))
        columns = {
            name: values.filter(pa.array(kept))
            for name, values in self.curves.columns.items()
        }
        curves = replace(
            self.curves, offsets=counts[self.curves.offsets], columns=columns
        )
        return replace(self, curves=curves, places=self.places[kept])


def put_together(pieces: Pieces) -> Whole:
    """Whole light curves: points of one time in the order of their pieces."""
    rows = pieces.rows
    keys = _keys(pieces)
    order = np.lexsort((pieces.number, keys))
    ordered = keys[order]
    firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
    lengths = rows.lengths[order]
    bounds = np.append(0, np.cumsum(lengths))
    offsets = np.append(bounds[firsts], bounds[-1])
    places = np.repeat(rows.offsets[order] - bounds[:-1], lengths)
    places += np.arange(len(places))
    _sort(places, numbers(rows.columns[TIME]), offsets)
    taken, heads = pa.array(places), pa.array(order[firsts])
    curves = Packed(
        rows.object_id.take(heads),
        rows.passband.take(heads),
        offsets,
        {name: values.take(taken) for name, values in rows.columns.items()},
    )
    return Whole(curves, order, np.append(firsts, len(order)), places)


def _keys(pieces: Pieces) -> Places:
    """The same number for the pieces of a light curve that belong together."""
    keys = pieces.group
    for names in (pieces.rows.object_id, pieces.rows.passband):
        codes = names.dictionary_encode()
        keys = keys * max(len(codes.dictionary), 1) + codes.indices.to_numpy()
    return keys


def _sort(places: Places, time: npt.NDArray[Any], offsets: Places) -> None:
    """Put those light curves in order of time that are not."""
    found = time[places]
    late = found[1:] < found[:-1]
    late[offsets[1:-1] - 1] = False
    if not late.any():
        return
    curves = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    wrong = np.zeros(len(offsets) - 1, bool)
    wrong[curves[1:][late]] = True
    at = np.flatnonzero(wrong[curves])
    places[at] = places[at][np.lexsort((found[at], curves[at]))]


def kept_points(whole: Whole, policy: Duplicates) -> Mask:
    """Which points of whole light curves stay, of those at one time."""
    curves = whole.curves
    keys = np.repeat(np.arange(len(curves)), curves.lengths)
    kept = without_duplicates(keys, curves.columns, policy)
    return np.ones(len(keys), bool) if kept is None else kept


def in_parts(sizes: Places, most: int) -> Iterator[slice]:
    """Runs of neighbours that have `most` together, or one that has more.

    >>> [(part.start, part.stop) for part in in_parts(np.array([2, 2, 5, 1]), 4)]
    [(0, 2), (2, 3), (3, 4)]
    """
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + most, "right")))
        yield slice(start, stop)
        start = stop
