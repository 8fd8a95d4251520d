"""The light curves of one object as tables: one for each passband, or one for all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.curves.curves import OBS_TIME, PASSBAND, Curves
from vo_lcc.curves.heads import BandHeads, object_head
from vo_lcc.curves.layouts import BANDS, as_rows, one_batch
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.lc.params import LcParams
from vo_lcc.tables import Batch, Column, PhotCal

PHASE = "phase"


def make_tables(
    curves: Curves, columns: Sequence[Column], params: LcParams
) -> list[ResultTable]:
    """A table for each passband asked for, or one for all of them, as `params` say."""
    collection = curves.collection
    values: dict[str, Any] = curves.keys.slice(0, 1).to_pylist()[0]
    calibrations = tuple(
        c for c in collection.passbands if c.passband in params.passbands
    )
    if params.layout == BANDS:
        heads = BandHeads(collection, columns)
        return [
            ResultTable(
                heads.head(values, calibration.passband),
                batches_of([of_passband(curves, calibration)]),
            )
            for calibration in calibrations
        ]
    head = object_head(collection, values, calibrations, columns)
    return [ResultTable(head, batches_of([in_order(as_rows(curves, head.columns))]))]


def of_passband(curves: Curves, calibration: PhotCal) -> Batch:
    """The points of one passband; none where the object has none in it."""
    names = curves.keys.column(PASSBAND).to_pylist()
    start, stop = 0, 0
    if calibration.passband in names:
        start, stop = curves.offsets[names.index(calibration.passband) :][:2].tolist()
    return one_batch(curves.points.slice(start, stop - start))


def in_order(points: Batch) -> Batch:
    """The points by phase where they are folded, else by time, of all passbands."""
    name = PHASE if PHASE in points.schema.names else OBS_TIME
    order = pc.sort_indices(points, sort_keys=[(name, "ascending")]).to_numpy()
    if np.array_equal(order, np.arange(len(order))):
        return points
    return points.take(pa.array(order))
