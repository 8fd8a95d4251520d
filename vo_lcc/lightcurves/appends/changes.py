"""What an append changes in the light curves that get points."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from vo_lcc.lightcurves.appends.pieces import Pieces, kept_points, put_together
from vo_lcc.lightcurves.loading.packed import Mask, Packed, Places
from vo_lcc.lightcurves.loading.summaries import statistics_of
from vo_lcc.lightcurves.model import CollectionFile

NEW = 2**31 - 1  # the number of a piece that is appended: after all others


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of some light curves that get points.

    `summaries` has a row for each of those that change: what is computed of it,
    `segment`, the number of its new piece, and `intact`, whether this has all the
    points that came. Those that have fewer are in `trimmed`. The pieces in `rewritten`
    lost points to newer ones; `replaced` has the keys of these pieces, and of those
    that lost all.
    """

    summaries: pa.RecordBatch
    trimmed: pa.RecordBatch
    rewritten: pa.RecordBatch
    replaced: pa.RecordBatch
    n_new: int
    n_duplicates: int
    n_replaced: int


def find_changes(file: CollectionFile, release: int, pieces: Pieces) -> Changes:
    """What is to change, from pieces of which those that are `NEW` are appended."""
    whole = put_together(pieces)
    kept = kept_points(whole, file.lightcurves.duplicates)
    stays = np.ones(pieces.rows.n_points, bool)
    stays[whole.places[~kept]] = False
    is_new = pieces.number == NEW
    lengths = pieces.rows.lengths
    left = np.diff(np.append(0, np.cumsum(stays))[pieces.rows.offsets])
    numbered = _numbered(pieces, whole.pieces, whole.firsts, release)
    touched = is_new & (left > 0) | ~is_new & (left < lengths)
    changed = np.logical_or.reduceat(touched[whole.pieces], whole.firsts[:-1])
    curves = whole.without(kept).curves
    newest = whole.pieces[whole.firsts[1:] - 1]
    n_new = int(left[is_new].sum())
    return Changes(
        _summaries(
            file, curves, changed, numbered.number[newest], (left == lengths)[newest]
        ),
        numbered.only(is_new & (left < lengths), stays).to_batch(),
        numbered.only(~is_new & (left < lengths), stays).to_batch(),
        _keys(pieces, ~is_new & (left < lengths)),
        n_new,
        int(lengths[is_new].sum()) - n_new,
        int((lengths - left)[~is_new].sum()),
    )


def _numbered(pieces: Pieces, order: Places, firsts: Places, release: int) -> Pieces:
    """The new pieces with the next number, all with this release."""
    number = pieces.number.copy()
    newest = order[firsts[1:] - 1]
    before = order[np.maximum(firsts[1:] - 2, firsts[:-1])]
    only = np.diff(firsts) == 1
    number[newest] = np.where(only, 0, pieces.number[before] + 1)
    return replace(pieces, number=number, added=np.full(len(number), release))


def _summaries(
    file: CollectionFile, curves: Packed, changed: Mask, segment: Places, intact: Mask
) -> pa.RecordBatch:
    points = np.repeat(changed, curves.lengths)
    if not changed.all():
        curves = _some(curves, changed, points)
    batch = statistics_of(file, curves)
    batch = batch.append_column("segment", pa.array(segment[changed], pa.int32()))
    return batch.append_column("intact", pa.array(intact[changed]))


def _some(curves: Packed, wanted: Mask, points: Mask) -> Packed:
    mask, rows = pa.array(points), pa.array(wanted)
    return Packed(
        curves.object_id.filter(rows),
        curves.passband.filter(rows),
        np.append(0, np.cumsum(curves.lengths[wanted])),
        {name: values.filter(mask) for name, values in curves.columns.items()},
    )


def _keys(pieces: Pieces, wanted: Mask) -> pa.RecordBatch:
    rows = pa.array(wanted)
    return pa.record_batch(
        {
            "object_id": pieces.rows.object_id.filter(rows),
            "passband": pieces.rows.passband.filter(rows),
            "segment": pa.array(pieces.number[wanted], pa.int32()),
        }
    )
