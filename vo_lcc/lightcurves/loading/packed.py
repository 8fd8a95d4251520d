"""Many light curves in flat columns: how points travel to the database.

Light curve i is `offsets[i]` to `offsets[i + 1]` of every column. A light curve is what
one object has in one passband; here its points stand together, ordered by time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.model import Duplicates

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
TIME = "obs_time"


@dataclass(frozen=True, slots=True)
class Packed:
    """Light curves: their keys, where each begins, and the columns of their points."""

    object_id: pa.Array
    passband: pa.Array
    offsets: Places
    columns: Mapping[str, pa.Array]

    def __len__(self) -> int:
        """How many light curves."""
        return len(self.offsets) - 1

    @property
    def n_points(self) -> int:
        """How many points, of all of them."""
        return int(self.offsets[-1] - self.offsets[0])

    @property
    def lengths(self) -> Places:
        """How many points each has."""
        return np.diff(self.offsets)

    def to_batch(self) -> pa.RecordBatch:
        """A row for each light curve: its keys, arrays, t_min, t_max, n_points.

        None of them may be empty.
        """
        offsets = pa.array(self.offsets, pa.int32())
        time = numbers(self.columns[TIME])
        arrays = {
            name: pa.ListArray.from_arrays(offsets, values)
            for name, values in self.columns.items()
        }
        return pa.record_batch(
            {
                "object_id": self.object_id,
                "passband": self.passband,
                **arrays,
                "t_min": pa.array(time[self.offsets[:-1]]),
                "t_max": pa.array(time[self.offsets[1:] - 1]),
                "n_points": pa.array(self.lengths, pa.int32()),
            }
        )

    @classmethod
    def from_batch(cls, batch: pa.RecordBatch) -> "Packed":
        """The light curves of rows with arrays, one for each row."""
        lists = [
            name for name in batch.schema.names if pa.types.is_list(batch[name].type)
        ]
        flat = {name: batch[name].flatten() for name in lists}
        lengths = pc.list_value_length(batch[TIME]).to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(batch["object_id"], batch["passband"], offsets, flat)


def pack(
    points: pa.RecordBatch, names: Sequence[str], duplicates: Duplicates
) -> tuple[Packed, int]:
    """Points in any order as light curves, in the order in which each is first met.

    `names` are the columns of a point; points at one time stay in the order in which
    they came. The number is that of the duplicates that were left out; see
    `model.LightCurveFiles`.
    """
    ids, bands = (_encoded(points[name]) for name in ("object_id", "passband"))
    keys = _codes(ids) * max(len(bands.dictionary), 1) + _codes(bands)
    columns = {name: points[name] for name in names}
    order = _order(keys, numbers(columns[TIME]))
    if order is not None:
        taken = pa.array(order)
        keys = keys[order]
        columns = {name: values.take(taken) for name, values in columns.items()}
    kept = without_duplicates(keys, columns, duplicates)
    count = 0
    if kept is not None:
        count = len(keys) - int(np.count_nonzero(kept))
        keys = keys[kept]
        mask = pa.array(kept)
        columns = {name: values.filter(mask) for name, values in columns.items()}
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    objects, band = np.divmod(keys[starts], max(len(bands.dictionary), 1))
    offsets = np.append(starts, len(keys)).astype(np.int64)
    return Packed(
        ids.dictionary.take(pa.array(objects)),
        bands.dictionary.take(pa.array(band)),
        offsets,
        columns,
    ), count


def numbers(values: pa.Array) -> npt.NDArray[Any]:
    """A column of numbers for numpy; no value is NaN for floats, 0 for integers."""
    if values.null_count:
        floating = pa.types.is_floating(values.type)
        values = values.fill_null(float("nan") if floating else 0)
    found: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return found


def _encoded(values: pa.Array) -> pa.DictionaryArray:
    if isinstance(values, pa.DictionaryArray):
        return values
    return values.dictionary_encode()


def _codes(values: pa.DictionaryArray) -> Places:
    return np.asarray(values.indices.to_numpy(zero_copy_only=False), np.int64)


def _order(keys: Places, time: npt.NDArray[Any]) -> Places | None:
    """What puts points in order; None if they are."""
    same = keys[1:] == keys[:-1]
    met = np.sort(keys[np.insert(~same, 0, True)]) if len(keys) else keys
    together = not (met[1:] == met[:-1]).any()  # no key is met twice
    if len(keys) < 2 or (together and not (same & (time[1:] < time[:-1])).any()):
        return None
    if together:  # in the order of the input: only the times within are wrong
        runs = np.concatenate([[0], np.cumsum(~same)])
        return np.lexsort((time, runs))
    return np.lexsort((time, keys))


def without_duplicates(
    keys: Places, columns: Mapping[str, pa.Array], policy: Duplicates
) -> Mask | None:
    """Which points stay; None if all do."""
    time = numbers(columns[TIME])
    again = (keys[1:] == keys[:-1]) & (time[1:] == time[:-1])
    if policy == "keep" or not again.any():
        return None
    at_one_time = np.append(again, False) | np.insert(again, 0, False)
    rows = np.flatnonzero(at_one_time)
    groups = np.cumsum(~np.insert(again, 0, False)[rows])
    kept = np.ones(len(keys), bool)
    kept[rows] = POLICIES[policy](
        groups, {name: values.take(pa.array(rows)) for name, values in columns.items()}
    )
    return kept


def _exact(groups: Places, columns: Mapping[str, pa.Array]) -> Mask:
    """The first of those with the same values in all columns."""
    codes = groups
    for values in columns.values():
        own = values.dictionary_encode("encode")
        codes = np.unique(
            codes * (len(own.dictionary) + 1) + _codes(own), return_inverse=True
        )[1].astype(np.int64)
    return _first_of(codes)


def _first(groups: Places, columns: Mapping[str, pa.Array]) -> Mask:
    return _first_of(groups)


def _last(groups: Places, columns: Mapping[str, pa.Array]) -> Mask:
    return _first_of(groups[::-1])[::-1]


def _best(groups: Places, columns: Mapping[str, pa.Array]) -> Mask:
    """The one of the least uncertainty, the first of several such."""
    name = next((n for n in ("mag_err", "flux_err") if n in columns), None)
    if name is None:
        return _first_of(groups)
    error = numbers(columns[name])
    order = np.lexsort((np.where(np.isnan(error), np.inf, error), groups))
    kept = np.zeros(len(groups), bool)
    kept[order] = _first_of(groups[order])
    return kept


def _first_of(codes: Places) -> Mask:
    kept = np.zeros(len(codes), bool)
    kept[np.unique(codes, return_index=True)[1]] = True
    return kept


POLICIES = {"exact": _exact, "first": _first, "last": _last, "best": _best}


def joined(parts: Sequence[Packed]) -> pa.RecordBatch:
    """The points of all light curves in long form, for `pack` to put together."""
    batches = []
    for part in parts:
        rows = pa.array(np.repeat(np.arange(len(part), dtype=np.int32), part.lengths))
        keys = {"object_id": part.object_id, "passband": part.passband}
        taken = {name: _encoded(values).take(rows) for name, values in keys.items()}
        batches.append(pa.record_batch({**taken, **part.columns}))
    return pa.concat_batches(batches)
