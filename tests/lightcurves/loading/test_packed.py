import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.lightcurves.loading.packed import Packed, joined, pack

points = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("gr"),
        st.integers(0, 4).map(float),
        st.sampled_from([1.0, 2.0, None]),
        st.sampled_from([0.1, 0.2, None]),
    ),
    max_size=30,
)
NAMES = ("object_id", "passband", "obs_time", "mag", "mag_err")


def batch(rows):
    kinds = [pa.string(), pa.string(), pa.float64(), pa.float32(), pa.float32()]
    columns = list(zip(*rows, strict=True)) or [()] * 5
    arrays = [pa.array(c, k) for c, k in zip(columns, kinds, strict=True)]
    return pa.record_batch(arrays, names=NAMES)


def packed(rows, duplicates):
    found, count = pack(batch(rows), NAMES[2:], duplicates)
    return [tuple(row.values()) for row in joined([found]).to_pylist()], count


def as_float32(rows):
    return [tuple(row.values()) for row in batch(rows).to_pylist()]


@given(points)
def test_points_are_put_in_order_of_time_within_each_light_curve(rows):
    found, count = packed(rows, "keep")

    keys = list(dict.fromkeys(row[:2] for row in found))
    assert count == 0
    expected = sorted(as_float32(rows), key=lambda row: (keys.index(row[:2]), row[2]))
    assert found == expected


@given(points, st.sampled_from(["exact", "first", "last", "best"]))
def test_duplicates_are_left_out_by_the_policy(rows, policy):
    found, count = packed(rows, policy)

    groups = {}
    for row in as_float32(rows):
        groups.setdefault(row[:3], []).append(row)
    expected = [point for group in groups.values() for point in KEPT[policy](group)]
    assert sorted(map(str, found)) == sorted(map(str, expected))
    assert count == len(rows) - len(found)


def best(group):
    error = [np.inf if row[4] is None else row[4] for row in group]
    return [group[int(np.argmin(error))]]


KEPT = {
    "exact": lambda group: list(dict.fromkeys(group)),
    "first": lambda group: group[:1],
    "last": lambda group: group[-1:],
    "best": best,
}


@given(points.filter(bool))
def test_rows_with_arrays_come_back(rows):
    found, _ = pack(batch(rows), NAMES[2:], "keep")

    again = Packed.from_batch(found.to_batch())

    assert joined([again]).equals(joined([found]))
    assert found.to_batch()["n_points"].to_pylist() == found.lengths.tolist()


def test_points_in_order_are_not_copied():
    rows = batch([("b", "g", 1.0, 1.0, 0.1), ("b", "g", 2.0, 2.0, 0.1)])

    found, _ = pack(rows, NAMES[2:], "exact")

    address = rows["obs_time"].buffers()[1].address
    assert found.columns["obs_time"].buffers()[1].address == address


@pytest.mark.parametrize("policy", ["exact", "first", "last", "best", "keep"])
def test_no_points_are_no_light_curves(policy):
    found, count = pack(batch([]), NAMES[2:], policy)

    assert (len(found), found.n_points, count) == (0, 0, 0)
