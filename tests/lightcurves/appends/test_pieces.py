"""What an append changes, without a database: against all points packed at once."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.lightcurves.appends.changes import NEW, find_changes
from vo_lcc.lightcurves.appends.pieces import Pieces, put_together
from vo_lcc.lightcurves.loading.packed import Packed, joined, pack
from vo_lcc.lightcurves.model import CollectionFile

NAMES = ["obs_time", "mag", "mag_err"]
RELEASE = 7
POLICIES = ("keep", "exact", "first", "last", "best")

values = st.sampled_from([0.0, 1.0, 2.0])
points = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("gr"), values, values, values),
    max_size=6,
)


def collection(policy: str) -> CollectionFile:
    column = {"source": 1}
    return CollectionFile.model_validate(
        {
            "name": "stars",
            "title": "t",
            "description": "d",
            "creator": "c",
            "time": {"timescale": "TDB", "refposition": "BARYCENTER"},
            "passbands": {"g": {}, "r": {}},
            "objects": {"files": "o", "columns": {"object_id": column}},
            "lightcurves": {
                "files": "p",
                "duplicates": policy,
                "columns": dict.fromkeys(NAMES, column),
            },
        }
    )


def long(rows):
    keys = ["object_id", "passband"]
    kinds = [pa.string()] * 2 + [pa.float64()] * 3
    columns = list(zip(*rows, strict=True)) or [()] * 5
    arrays = [pa.array(c, t) for c, t in zip(columns, kinds, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, [*keys, *NAMES])


def pieces_of(several, numbers):
    """Each light curve of each packed set is a piece with the number of the set."""
    lists = [packed.to_batch() for packed in several]
    batch = pa.concat_batches(lists)
    number = np.repeat(numbers, [len(packed) for packed in several])
    rows = Packed.from_batch(batch.select(["object_id", "passband", *NAMES]))
    return Pieces(rows, number, np.ones(len(number), int), np.zeros(len(number), int))


def as_rows(packed):
    """Points by light curve, in their order."""
    return {
        (key, band): [
            tuple(packed.columns[name][i].as_py() for name in NAMES)
            for i in range(start, end)
        ]
        for key, band, start, end in zip(
            packed.object_id.to_pylist(),
            packed.passband.to_pylist(),
            packed.offsets[:-1].tolist(),
            packed.offsets[1:].tolist(),
            strict=True,
        )
    }


def of_batch(batch):
    keys = ("object_id", "passband", "segment")
    return {
        tuple(row[k] for k in keys): list(zip(*(row[n] for n in NAMES), strict=True))
        for row in batch.to_pylist()
    }


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=40, deadline=None)
@given(before=st.lists(points, min_size=1, max_size=3), more=points)
def test_an_append_leaves_the_points_that_one_load_of_all_would(policy, before, more):
    file = collection(policy)
    old = [pack(long(rows), NAMES, "keep")[0] for rows in before]
    if policy != "keep":  # what is there obeys the policy
        whole = pack(joined(old), NAMES, policy)[0]
        old = [whole]
    new = pack(long(more), NAMES, policy)[0]
    keys = set(as_rows(new))
    old_pieces = {
        (*key, number): rows
        for number, packed in enumerate(old)
        for key, rows in as_rows(packed).items()
    }
    involved = pieces_of([*old, new], [*range(len(old)), NEW])
    involved = involved.only(
        np.array(
            [
                key in keys
                for key in zip(
                    involved.rows.object_id.to_pylist(),
                    involved.rows.passband.to_pylist(),
                    strict=True,
                )
            ],
            bool,
        ),
        np.ones(involved.rows.n_points, bool),
    )

    changes = find_changes(file, RELEASE, involved)

    table = dict(old_pieces)
    for row in changes.replaced.to_pylist():
        del table[row["object_id"], row["passband"], row["segment"]]
    added = of_batch(changes.rewritten) | of_batch(changes.trimmed)
    for row in changes.summaries.to_pylist():
        if row["intact"]:
            key = row["object_id"], row["passband"]
            added[*key, row["segment"]] = as_rows(new)[key]
    assert not added.keys() & table.keys()
    table |= added
    found: dict = {}
    for (key, band, _), rows in sorted(table.items()):
        found.setdefault((key, band), []).extend(rows)
    for rows in found.values():
        rows.sort(key=lambda row: row[0])
    expected = pack(joined([*old, new]), NAMES, policy)[0]
    assert found == as_rows(expected)
    counted = {
        (row["object_id"], row["passband"]): row["n_points"]
        for row in changes.summaries.to_pylist()
    }
    assert counted == {key: len(found[key]) for key in counted}
    n_before = sum(map(len, old_pieces.values()))
    n_after = sum(map(len, found.values()))
    assert n_after == n_before + changes.n_new - changes.n_replaced
    assert changes.n_new + changes.n_duplicates == new.n_points


@given(several=st.lists(points, min_size=1, max_size=4))
def test_pieces_put_together_are_ordered_by_time_then_by_piece(several):
    packed = [pack(long(rows), NAMES, "keep")[0] for rows in several]

    whole = put_together(pieces_of(packed, range(len(packed)))).curves

    assert as_rows(whole) == as_rows(pack(joined(packed), NAMES, "keep")[0])


def test_pieces_of_different_groups_stay_apart():
    packed = [pack(long([("a", "g", t, 1, 1)]), NAMES, "keep")[0] for t in (3, 1, 2)]
    pieces = pieces_of(packed, range(3))
    grouped = Pieces(pieces.rows, pieces.number, pieces.added, np.array([0, 1, 1]))

    whole = put_together(grouped).curves

    assert whole.columns["obs_time"].to_pylist() == [3, 1, 2]
    assert whole.offsets.tolist() == [0, 1, 3]


def test_the_same_points_again_change_nothing():
    rows = [("a", "g", 1, 1, 1), ("a", "g", 2, 1, 1)]
    packed = pack(long(rows), NAMES, "exact")[0]

    changes = find_changes(
        collection("exact"), RELEASE, pieces_of([packed, packed], [0, NEW])
    )

    assert changes.summaries.num_rows == 0
    assert (changes.n_new, changes.n_duplicates, changes.n_replaced) == (0, 2, 0)
