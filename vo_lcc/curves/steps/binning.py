"""BIN: the mean of the points in each bin of time, or of phase."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from vo_lcc.curves.curves import MAG, OBS_TIME, Array, Curves, offsets_of
from vo_lcc.curves.steps.brightness import (
    ERROR_WORDS,
    NAMES,
    Brightness,
    find_brightness,
)
from vo_lcc.curves.steps.cuts import Interval, time_range
from vo_lcc.curves.steps.folding import PHASE, Fold
from vo_lcc.curves.steps.frames import frame_of, time_column
from vo_lcc.curves.steps.quality import flags_of
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, arrow_schema
from vo_lcc.times.frames import from_mjd

BIN = "BIN"

N_BINNED = Column(
    "n_binned",
    "int",
    ucd="meta.number;obs",
    description="Number of points in the mean",
)


@dataclass(frozen=True, slots=True)
class Bin:
    """Means of the good points in bins of `width` days, those without any left out.

    Bins of time begin at whole multiples of the width since MJD 0, so they are the
    same for every light curve. Folded points (`fold`) are binned in phase, in parts of
    width / period from phase 0 on, of which the last may be shorter. Upper limits,
    and points with any flag, are in no mean. `intervals` are those of TIME.
    """

    width: float
    fold: Fold | None = None
    intervals: tuple[Interval, ...] = ()

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """Time, phase, brightness, its error, number of points; others have no mean.

        Raises ParameterError where the bins are wider than all there is.
        """
        self._check(collection)
        found = find_brightness(columns)
        phases = [c for c in columns if c.name == PHASE]
        mean = f"{found.value.description or found.value.name}: mean of a bin"
        return (
            time_column(columns),
            *phases,
            replace(found.value, datatype="double", description=mean),
            error_column(found),
            N_BINNED,
        )

    def apply(self, curves: Curves) -> Curves:
        """The light curves with a point for each bin."""
        found = find_brightness(curves.columns)
        curves = curves.where(self._usable(curves, found.value))
        columns = self.columns(curves.columns, curves.collection)
        first = first_of_runs(curves.parents, self._numbers(curves))
        errors = None if found.error is None else curves.numbers(found.error.name)
        value, error, number = means(curves.numbers(found.value.name), errors, first)
        told: dict[str, Array] = {
            c.name: mean(curves.numbers(c.name), first)
            for c in columns
            if c.name in (OBS_TIME, PHASE)
        }
        told |= {found.value.name: value, columns[-2].name: error}
        told[N_BINNED.name] = number.astype(np.int32)
        counts = np.bincount(curves.parents[first], minlength=len(curves))
        points = pa.table(
            [pa.array(told[c.name], from_pandas=True) for c in columns],
            schema=arrow_schema(columns),
        )
        return replace(
            curves, offsets=offsets_of(counts), points=points, columns=columns
        )

    def _usable(self, curves: Curves, value: Column) -> Array:
        there = np.isfinite(curves.numbers(value.name) + curves.numbers(OBS_TIME))
        return np.asarray(there & (flags_of(curves) == 0))

    def _numbers(self, curves: Curves) -> Array:
        """For each point the number of its bin in its light curve."""
        start = from_mjd(frame_of(time_column(curves.columns)), 0.0)
        numbers = np.floor((curves.numbers(OBS_TIME) - start) / self.width)
        if self.fold is None:
            return numbers
        phases = curves.numbers(PHASE)
        width = curves.spread(self.width / self.fold.periods(curves))
        return np.where(np.isnan(phases), numbers, np.floor(phases / width))

    def _check(self, collection: Collection) -> None:
        period = None if self.fold is None else self.fold.period
        if period is not None and self.width > period:
            raise ParameterError(
                BIN, f"{self.width:.10g} d is more than the period of {period:.10g} d"
            )
        span = time_range(collection, self.intervals)
        if period is None and span is not None and self.width > span[1] - span[0]:
            raise ParameterError(
                BIN,
                f"{self.width:.10g} d is more than the {span[1] - span[0]:.6g} d that"
                f" the light curves of {collection.name} span here; make it smaller",
            )


def error_column(found: Brightness) -> Column:
    """The column of the errors of means."""
    name = NAMES[MAG if found.value.name == MAG else found.quantity][1]
    known = found.error or replace(
        found.value,
        name=name,
        ucd=f"stat.error;{found.value.ucd}" if found.value.ucd else None,
        utype=None,
        description=ERROR_WORDS[found.quantity],
        annotation=None,
    )
    words = f"{known.description or known.name}: of the mean of a bin"
    return replace(known, datatype="double", description=words)


def first_of_runs(parents: Array, numbers: Array) -> Array:
    """Where another bin begins: another light curve or another number.

    >>> first_of_runs(np.array([0, 0, 1, 1]), np.array([5, 5, 5, 6])).tolist()
    [0, 2, 3]
    """
    if len(parents) == 0:
        return np.zeros(0, np.int64)
    changed = (parents[1:] != parents[:-1]) | (numbers[1:] != numbers[:-1])
    return np.flatnonzero(np.append(True, changed))


def mean(values: Array, first: Array) -> Array:
    """The plain mean of each run."""
    return total(values, first) / sizes(first, len(values))


def means(
    values: Array, errors: Array | None, first: Array
) -> tuple[Array, Array, Array]:
    """The mean of each run, its error, and the number of its points.

    Weighted by 1 / error^2 where every point of the run has an error above 0; its
    error is then that of the weights. Otherwise it is plain, with the standard
    deviation (n - 1) over the root of n as its error, which a single point has not.
    """
    number = sizes(first, len(values))
    plain = total(values, first) / number
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = total((values - np.repeat(plain, number)) ** 2, first)
        plain_error = np.sqrt(spread / (number - 1) / number)
        if errors is None:
            return plain, plain_error, number
        weights = np.where(errors > 0, errors, np.nan) ** -2.0
        weight = total(weights, first)
        # about the plain mean, so that no digits are lost
        shift = total(weights * (values - np.repeat(plain, number)), first) / weight
    weighted = np.isfinite(shift) & (weight > 0)
    return (
        np.where(weighted, plain + shift, plain),
        np.where(weighted, 1 / np.sqrt(weight), plain_error),
        number,
    )


def total(values: Array, first: Array) -> Array:
    """The sum of each run."""
    return np.add.reduceat(values, first) if len(first) else np.zeros(0)


def sizes(first: Array, end: int) -> Array:
    """How long each run is."""
    return np.diff(np.append(first, end))
