"""From light curves as arrays to one row for each point, whole columns at a time."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PASSBAND = "passband"
OBS_TIME = "obs_time"


def explode(curves: pa.Table, names: list[str]) -> pa.Table:
    """One row for each point: the passband, then the columns `names`.

    `curves` has a row for each passband and segment, with `names` as arrays of one
    length ("obs_time" among them); an array that is null stands for as many nulls.
    Arrays of texts come as JSON.

    >>> curves = pa.table({
    ...     "passband": ["V", "I"],
    ...     "obs_time": [[1.0, 2.0], [5.0]],
    ...     "mag": pa.array([None, [9.5]], pa.list_(pa.float64())),
    ... })
    >>> explode(curves, ["obs_time", "mag"]).to_pydict()
    {'passband': ['V', 'V', 'I'], 'obs_time': [1.0, 2.0, 5.0], 'mag': [None, None, 9.5]}
    """
    one = curves.combine_chunks()
    times = one.column(OBS_TIME)
    parents = pc.list_parent_indices(times).combine_chunks()
    columns = {PASSBAND: one.column(PASSBAND).take(parents)}
    for name in names:
        columns[name] = _flat(_decoded(one.column(name)), parents)
    return pa.table(columns)


def _decoded(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    """Arrays of texts out of JSON; other arrays as they are."""
    if not pa.types.is_string(lists.type):
        return lists
    texts = [None if one is None else json.loads(one) for one in lists.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.list_(pa.string()))])


def _flat(lists: pa.ChunkedArray, parents: pa.Array) -> pa.ChunkedArray:
    """The elements of `lists`, with nulls where a whole list is null."""
    values = pc.list_flatten(lists)
    if lists.null_count == 0 or len(parents) == 0:
        return values
    there = pc.is_valid(lists).to_numpy()[parents.to_numpy()]
    position = np.cumsum(there) - 1
    return values.take(pa.array(position, mask=~there))


def within(points: pa.Table, low: float, high: float) -> pa.Table:
    """The points with `low` <= obs_time <= `high`."""
    times = points.column(OBS_TIME)
    inside = pc.and_(pc.greater_equal(times, low), pc.less_equal(times, high))
    return points.filter(inside)


def of_passband(points: pa.Table, passband: str) -> pa.Table:
    """The points of one passband, in the order of time, without that column."""
    mine = points.filter(pc.equal(points.column(PASSBAND), passband))
    return in_order(mine).drop_columns(PASSBAND)


def in_order(points: pa.Table) -> pa.Table:
    """The points by time; left alone when they are in order already."""
    times = points.column(OBS_TIME).to_numpy()
    if not np.any(times[1:] < times[:-1]):
        return points
    return points.take(pc.sort_indices(points, sort_keys=[(OBS_TIME, "ascending")]))
