"""What is known of light curves in flight: counts, times, steps, statistics."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.lightcurves.columns import BRIGHTNESS, statistics
from vo_lcc.lightcurves.derived import Kind, Series, summarise
from vo_lcc.lightcurves.loading.packed import TIME, Mask, Packed, numbers
from vo_lcc.lightcurves.model import CollectionFile


def statistics_of(file: CollectionFile, packed: Packed) -> pa.RecordBatch:
    """A row for each light curve: keys, n_points, t_min, t_max, steps, statistics.

    The statistics are those of `columns.statistics`; null where there is none. Steps
    are the times from one point to the next; null where there is one point only.
    """
    time = numbers(packed.columns[TIME])
    starts, ends = packed.offsets[:-1], packed.offsets[1:]
    low, high = _steps(time, packed)
    wanted = statistics(file)
    found = summarise(_series(packed), wanted)
    columns = {
        "object_id": packed.object_id,
        "passband": packed.passband,
        "n_points": pa.array(packed.lengths, pa.int32()),
        "t_min": pa.array(time[starts]),
        "t_max": pa.array(time[ends - 1]),
        "step_min": low,
        "step_max": high,
    }
    for statistic in wanted:
        values = found[statistic.name]
        kind = pa.int32() if statistic.kind is Kind.COUNT else pa.float64()
        columns[statistic.name] = pa.array(values, mask=np.isnan(values)).cast(kind)
    return pa.record_batch(columns)


def _series(packed: Packed) -> Series:
    name = next(name for name in BRIGHTNESS if name in packed.columns)
    error = packed.columns.get(f"{name}_err")
    return Series(
        packed.offsets,
        doubles(packed.columns[TIME]),
        doubles(packed.columns[name]),
        None if error is None else doubles(error),
        good_points(packed),
    )


def doubles(values: pa.Array) -> npt.NDArray[np.float64]:
    """A column for sums: those of 32-bit numbers would depend on their order."""
    return numbers(values).astype(np.float64, copy=False)


def good_points(packed: Packed) -> Mask:
    """Points without flags have nothing against them."""
    flags = packed.columns.get("flags")
    if flags is None:
        return np.ones(packed.n_points, bool)
    return np.asarray(numbers(flags) == 0)


def _steps(time: npt.NDArray[Any], packed: Packed) -> tuple[pa.Array, pa.Array]:
    """The shortest and the longest time between neighbours of each light curve."""
    single = packed.lengths < 2
    steps = np.diff(time, append=np.nan)
    last = packed.offsets[1:] - 1
    found = []
    for fill, reduce in ((np.inf, np.minimum), (-np.inf, np.maximum)):
        steps[last] = fill
        values = reduce.reduceat(steps, packed.offsets[:-1]) if len(packed) else steps
        found.append(pa.array(values, mask=single))
    low, high = found
    return low, high
