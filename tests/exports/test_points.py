"""Light curves in segments become points in order of time."""

import numpy as np
import pyarrow as pa

from vo_lcc.lightcurves.columns import JSON
from vo_lcc.lightcurves.exports.chunks import CHUNK_POINTS, Chunk, parts
from vo_lcc.lightcurves.exports.points import points_of
from vo_lcc.tables import Column

COLUMNS = (
    Column("obs_time", "double", "*"),
    Column("note", "char", "*", xtype=JSON),
    Column("release", "char", "*"),
)


def chunk(*curves: tuple[int, str, list[float], str, str]) -> Chunk:
    """Two objects, numbers 7 and 8, and these light curves of theirs."""
    names = ("place", "passband", "obs_time", "note", "release")
    columns = dict(zip(names, map(list, zip(*curves, strict=True)), strict=True))
    objects = pa.record_batch({"object_id": ["a", "b"]})
    return Chunk(objects, pa.record_batch(columns), 7)


def test_segments_of_a_light_curve_are_put_in_order_of_time():
    points = points_of(
        chunk(
            (7, "g", [1.0, 5.0], '["x", null]', "1"),
            (7, "g", [2.0, 5.0], '["y", "z"]', "1.1"),
            (8, "g", [0.0], '["ü"]', "1"),
            (8, "r", [-1.0], "[null]", "1"),
        ),
        COLUMNS,
    )

    assert points.objects.tolist() == [0, 0, 0, 0, 1, 1]
    assert points.passbands.to_pylist() == ["g"] * 5 + ["r"]
    assert points.columns["obs_time"].to_pylist() == [1, 2, 5, 5, 0, -1]
    assert points.columns["note"].to_pylist() == ["x", "y", None, "z", "ü", None]
    assert points.columns["release"].to_pylist() == ["1", "1.1", "1", "1.1", "1", "1"]
    names = points.of_objects(pa.array(["a", "b"]))
    assert names.to_pylist() == ["a"] * 4 + ["b"] * 2


def objects(points: list[int]) -> pa.RecordBatch:
    return pa.record_batch({"n_points": points, "hpx": np.arange(len(points)) * 10})


def test_parts_hold_no_more_points_than_a_chunk_behind_their_first_object():
    points = [CHUNK_POINTS // 2, CHUNK_POINTS // 2, 1, 0, 3 * CHUNK_POINTS, 0, 5]

    found = [p["n_points"].to_pylist() for p in parts(objects(points), np.array([]))]

    assert [n for part in found for n in part] == points
    assert len(found) > 2
    assert all(sum(part[1:]) <= CHUNK_POINTS for part in found)


def test_parts_do_not_reach_across_a_cut():
    found = [p.num_rows for p in parts(objects([1] * 6), np.array([0, 15, 40]))]

    assert found == [2, 2, 2]
