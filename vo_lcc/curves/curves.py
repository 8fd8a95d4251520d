"""Light curves in flight: the points of several, one after another, in columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column

Array = np.ndarray[Any, np.dtype[Any]]

OBJECT_ID, PASSBAND, OBS_TIME, MAG, MAG_ERR, FLAGS = (
    *("object_id", "passband", "obs_time"),
    *("mag", "mag_err", "flags"),
)


@dataclass(frozen=True)
class Curves:
    """Light curves of one collection, whole ones, each of one object and passband.

    `keys` has a row for each light curve: object_id, passband, ra, dec (deg, ICRS) and
    what else is known of its object. `points` has a row for each point, those of light
    curve i from `offsets[i]` up to `offsets[i + 1]`; `columns` says what its columns
    are. An object without points stands there with a null passband.
    """

    collection: Collection
    keys: pa.Table
    offsets: Array
    points: pa.Table
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def counts(self) -> Array:
        """How many points each light curve has."""
        return np.diff(self.offsets)

    @cached_property
    def parents(self) -> Array:
        """For each point the number of its light curve."""
        return np.repeat(np.arange(len(self)), self.counts)

    def find_column(self, name: str) -> Column | None:
        """What the points' column of this name is, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def numbers(self, name: str) -> Array:
        """A column of the points as doubles, NaN where it is null."""
        values = self.points.column(name).cast(pa.float64())
        return np.asarray(values.to_numpy(), dtype=np.float64)

    def spread(self, values: Array) -> Array:
        """What is known of each light curve, for each of its points."""
        return values[self.parents]

    def key_numbers(self, name: str) -> Array:
        """What is known of each light curve's object, as doubles with NaN for null."""
        values = self.keys.column(name).cast(pa.float64())
        return np.asarray(values.to_numpy(), dtype=np.float64)

    def where(self, wanted: Array) -> "Curves":
        """Only the points for which `wanted` (boolean, one for each) is true."""
        if wanted.all():
            return self
        counts = np.bincount(self.parents[wanted], minlength=len(self))
        return replace(
            self,
            offsets=offsets_of(counts),
            points=self.points.filter(pa.array(wanted)),
        )

    def taken(self, order: Array) -> "Curves":
        """The points in another order, which leaves each in its light curve."""
        return replace(self, points=self.points.take(pa.array(order)))

    def only(self, wanted: Array) -> "Curves":
        """Only the light curves for which `wanted` (boolean, one for each) is true."""
        if wanted.all():
            return self
        return replace(
            self,
            keys=self.keys.filter(pa.array(wanted)),
            offsets=offsets_of(self.counts[wanted]),
            points=self.points.filter(pa.array(self.spread(wanted))),
        )

    def with_column(self, column: Column, values: Array | pa.Array) -> "Curves":
        """The points with `values` as this column: instead of one of its name, or new.

        NaN in an array of numpy becomes null.
        """
        array = as_arrow(values)
        names = [c.name for c in self.columns]
        if column.name not in names:
            points = self.points.append_column(column.name, array)
            return replace(self, points=points, columns=(*self.columns, column))
        at = names.index(column.name)
        return replace(
            self,
            points=self.points.set_column(at, column.name, array),
            columns=replaced_column(self.columns, column.name, column),
        )


def as_arrow(values: Array | pa.Array) -> pa.Array:
    """An array of numpy as Arrow, NaN as null; one of Arrow as it is."""
    if isinstance(values, np.ndarray):
        return pa.array(values, from_pandas=True)
    return values


def offsets_of(counts: Array | Sequence[int]) -> Array:
    """Where each of several runs starts, and where the last one ends.

    >>> offsets_of([2, 0, 3]).tolist()
    [0, 2, 2, 5]
    """
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def replaced_column(
    columns: Sequence[Column], name: str, column: Column
) -> tuple[Column, ...]:
    """The columns with `column` in the place of the one called `name`."""
    return tuple(column if c.name == name else c for c in columns)
