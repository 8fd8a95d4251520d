"""PERIOD, EPOCH: folded light curves."""

from dataclasses import dataclass, replace

import numpy as np

from vo_lcc.curves.curves import OBJECT_ID, OBS_TIME, Array, Curves
from vo_lcc.curves.steps.frames import frame_of, time_column
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column
from vo_lcc.times.frames import from_mjd

PERIOD, EPOCH, OWN, PHASE = "PERIOD", "EPOCH", "own", "phase"

PHASE_COLUMN = Column(
    PHASE,
    "double",
    ucd="time.phase",
    description="Phase, from 0 to 1",
    principal=True,
)


@dataclass(frozen=True, slots=True)
class Fold:
    """Adds the phase after the time, and puts the points in its order.

    `period` is in days, None the one that the catalogue has of each object; `epoch`
    is in the frame of the times as they are now, None that of each object, or else
    MJD 0. With `alone`, an object without a period is an error; otherwise its phases
    are null and its points stay in the order of time.
    """

    period: float | None
    epoch: float | None = None
    alone: bool = False

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """The columns with the phase; raises ParameterError for lack of periods."""
        if self.period is None and collection.period_column is None:
            raise ParameterError(
                PERIOD, f"{collection.name} has no periods; give one in days"
            )
        at = columns.index(time_column(columns)) + 1
        phase = replace(PHASE_COLUMN, description=self._words(collection))
        return (*columns[:at], phase, *columns[at:])

    def apply(self, curves: Curves) -> Curves:
        """The light curves with phases, by phase."""
        periods = self.periods(curves)
        if self.alone:
            check_periods(curves, periods)
        phases = phases_of(
            curves.numbers(OBS_TIME),
            curves.spread(periods),
            curves.spread(self.epochs(curves)),
        )
        columns = self.columns(curves.columns, curves.collection)
        folded = curves.with_column(PHASE_COLUMN, phases)
        names = [c.name for c in columns]
        folded = replace(folded, points=folded.points.select(names), columns=columns)
        return folded.taken(order_by(np.nan_to_num(phases), curves.parents))

    def periods(self, curves: Curves) -> Array:
        """For each light curve its period in days, NaN where there is none."""
        if self.period is not None:
            return np.full(len(curves), self.period)
        name = curves.collection.period_column
        assert name is not None
        periods = curves.key_numbers(name)
        return np.where(np.isfinite(periods) & (periods > 0), periods, np.nan)

    def epochs(self, curves: Curves) -> Array:
        """For each light curve the time of phase zero, in the frame of its times."""
        if self.epoch is not None:
            return np.full(len(curves), self.epoch)
        start = from_mjd(frame_of(time_column(curves.columns)), 0.0)
        name = curves.collection.epoch_column
        if name is None:
            return np.full(len(curves), start)
        epochs = curves.key_numbers(name)
        return np.where(np.isfinite(epochs), epochs, start)

    def _words(self, collection: Collection) -> str:
        period = "the object's own" if self.period is None else f"{self.period:.16g} d"
        own = collection.epoch_column is not None
        epoch = "the object's epoch, or else MJD 0" if own else "MJD 0"
        if self.epoch is not None:
            epoch = f"{self.epoch:.16g}"
        return f"Phase, from 0 to 1: period {period}, phase 0 at {epoch}"


def phases_of(times: Array, periods: Array, epochs: Array) -> Array:
    """The part of a period that has gone by since its last start: in [0, 1).

    >>> phases_of(np.array([10.0, 10.5, 9.9]), np.array([2.0]), np.array([10.0]))
    array([0.  , 0.25, 0.95])
    """
    phases = np.mod((times - epochs) / periods, 1.0)
    return np.where(phases >= 1, 0.0, phases)  # a little less than 0 becomes 1


def order_by(values: Array, parents: Array) -> Array:
    """The order that has each light curve's values rising, equal ones as they were.

    >>> order_by(np.array([0.9, 0.1, 0.5]), np.array([0, 0, 1])).tolist()
    [1, 0, 2]
    """
    rising = np.argsort(values, kind="stable")
    few = len(parents) == 0 or parents[-1] < 1 << 16  # numbers that are sorted at once
    numbers = parents[rising].astype(np.uint16 if few else np.int64)
    return np.asarray(rising[np.argsort(numbers, kind="stable")])


def check_periods(curves: Curves, periods: Array) -> None:
    """Raises ParameterError, which names an object that has no period."""
    missing = np.isnan(periods)
    if not missing.any():
        return
    name = curves.keys.column(OBJECT_ID)[int(np.argmax(missing))].as_py()
    raise ParameterError(PERIOD, f"object {name!r} has no period; give one in days")
