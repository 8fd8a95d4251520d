"""TIMESCALE, REFPOSITION, TIMEFORMAT: times told in another frame."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from vo_lcc.curves.curves import OBJECT_ID, OBS_TIME, Array, Curves, replaced_column
from vo_lcc.curves.steps.cuts import Interval, time_range
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.columns import OBJECT_COLUMNS, POINT_COLUMNS, time_words
from vo_lcc.tables import Column, TimeFrame
from vo_lcc.times.conversion import convert, find_problem, known_range
from vo_lcc.times.frames import JD_ORIGIN, MJD_ORIGIN, from_mjd, to_mjd
from vo_lcc.times.places import Sky, normals
from vo_lcc.times.text import END_OF_DATES, FIRST_DATE, iso_texts

TIMESCALE, REFPOSITION, TIMEFORMAT = "TIMESCALE", "REFPOSITION", "TIMEFORMAT"
ISO, EPOCH = "iso", "epoch"
ORIGINS: Mapping[str, float] = MappingProxyType(
    {"jd": JD_ORIGIN, "mjd": MJD_ORIGIN, ISO: MJD_ORIGIN}
)

PARAMETERS = {"timescale": TIMESCALE, "refposition": REFPOSITION}


@dataclass(frozen=True, slots=True)
class InFrame:
    """Converts the times, and the epochs of the objects with them.

    What is None stays as it is. `intervals` are those of TIME: only what is in them
    must lie where a conversion is known.
    """

    timescale: str | None = None
    refposition: str | None = None
    time_origin: float | None = None
    intervals: tuple[Interval, ...] = ()

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """The columns with the times in the new frame.

        Raises ParameterError, which says what is missing, where there is no way.
        """
        time = time_column(columns)
        source, target = self._frames(time)
        if source == target:
            return columns
        problem = find_problem(source, target, collection.observatory)
        if problem is not None:
            raise refusal(problem, source, collection)
        span = time_range(collection, self.intervals)
        if span is not None:
            check_range(np.array(span), source, target)
        return replaced_column(columns, OBS_TIME, in_frame(time, target))

    def apply(self, curves: Curves) -> Curves:
        """The light curves with times and epochs in the new frame."""
        time = time_column(curves.columns)
        source, target = self._frames(time)
        if source == target:
            return curves
        times = curves.numbers(OBS_TIME)
        check_range(times, source, target)
        if source.refposition != target.refposition:
            check_positions(curves)
        new = convert(times, source, target, sky_of(curves, curves.parents))
        moved = converted_epochs(curves, source, target)
        return moved.with_column(in_frame(time, target), new)

    def _frames(self, time: Column) -> tuple[TimeFrame, TimeFrame]:
        source = frame_of(time)
        asked = {
            "timescale": self.timescale,
            "refposition": self.refposition,
            "time_origin": self.time_origin,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return source, replace(source, **given)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class IsoTimes:
    """Writes the times as ISO 8601 text; epochs of objects stay numbers, in MJD.

    This comes last: nothing is computed with text.
    """

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """The columns with the times as text."""
        return replaced_column(columns, OBS_TIME, as_text(time_column(columns)))

    def apply(self, curves: Curves) -> Curves:
        """The light curves with times as text."""
        time = time_column(curves.columns)
        frame = frame_of(time)
        same = replace(frame, time_origin=MJD_ORIGIN)
        mjd = convert(curves.numbers(OBS_TIME), frame, same)
        check_dates(mjd)
        return curves.with_column(as_text(time), iso_texts(mjd, frame.timescale))


def time_column(columns: tuple[Column, ...]) -> Column:
    """The column of the times."""
    return next(c for c in columns if c.name == OBS_TIME)


def frame_of(column: Column) -> TimeFrame:
    """The time frame of a column."""
    assert isinstance(column.annotation, TimeFrame)
    return column.annotation


def in_frame(column: Column, frame: TimeFrame) -> Column:
    """A column of times in another frame."""
    known = {**OBJECT_COLUMNS, **POINT_COLUMNS}
    words = known[column.name].description or ""
    said = f"{words.partition(',')[0]} ({time_words(frame)})"
    return replace(column, annotation=frame, description=said)


def as_text(column: Column) -> Column:
    """A column of times as text: of DALI's xtype where the scale is that of DALI."""
    frame = frame_of(column)
    words = (column.description or "").replace("MJD", "ISO 8601")
    return replace(
        column,
        datatype="char",
        arraysize="*",
        unit=None,
        xtype="timestamp" if frame.timescale == "UTC" else None,
        description=words,
    )


def key_columns_in(
    keys: tuple[Column, ...], columns: tuple[Column, ...]
) -> tuple[Column, ...]:
    """The columns of `Curves.keys`, where `columns` is what those of points became.

    An epoch is in the frame of the times; it is a number (MJD) where they are text.
    """
    frame = frame_of(time_column(columns))
    return tuple(
        epoch_in(c, frame) if c.name == EPOCH and c.annotation != frame else c
        for c in keys
    )


def epoch_in(column: Column, frame: TimeFrame) -> Column:
    """The column of epochs in another frame; what the catalogue says of it stays."""
    moved = in_frame(column, frame)
    said = f"{moved.description}, converted from: {column.description}"
    return replace(moved, description=said) if column.description else moved


def converted_epochs(curves: Curves, source: TimeFrame, target: TimeFrame) -> Curves:
    """The light curves with their objects' epochs in another frame.

    An epoch is a moment like those of the points: of the frame of the times, it is
    converted as one of them would be.
    """
    name = curves.collection.epoch_column
    if name is None:
        return curves
    epochs = curves.key_numbers(name)
    names = curves.keys.column(OBJECT_ID)
    bad = outside(epochs, source, target)
    if bad.any():
        at = int(np.argmax(bad))
        what = f"the epoch of {names[at].as_py()!r}"
        raise out_of_range(epochs[at], source, target, what)
    new = convert(epochs, source, target, sky_of(curves, np.arange(len(curves))))
    return replace(
        curves, keys=with_key(curves.keys, name, pa.array(new, from_pandas=True))
    )


def sky_of(curves: Curves, index: Array) -> Sky:
    """Where the objects of the light curves with these numbers are."""
    ra, dec = (curves.key_numbers(name) for name in ("ra", "dec"))
    return Sky(normals(ra, dec), index, curves.collection.observatory)


def with_key(keys: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The keys with `values` as this column."""
    return keys.set_column(keys.column_names.index(name), name, values)


def refusal(
    problem: tuple[str, str], source: TimeFrame, collection: Collection
) -> ParameterError:
    """The error for a conversion that cannot be done."""
    word, reason = problem
    return ParameterError(
        PARAMETERS[word],
        f"the times of {collection.name} ({time_words(source)}) cannot be converted:"
        f" {reason}; leave it out to have them as they are",
    )


def check_range(times: Array, source: TimeFrame, target: TimeFrame) -> None:
    """Raises ParameterError where times lie outside of what can be converted."""
    bad = outside(times, source, target)
    if bad.any():
        raise out_of_range(times[int(np.argmax(bad))], source, target, "a time")


def outside(times: Array, source: TimeFrame, target: TimeFrame) -> Array:
    """For each time whether it cannot be converted, because of its date."""
    low, high = (from_mjd(source, end) for end in known_range(source, target))
    return np.asarray((times < low) | (times > high))


def out_of_range(
    time: float, source: TimeFrame, target: TimeFrame, what: str
) -> ParameterError:
    """The error for a date for which a conversion is not known."""
    word = TIMESCALE if source.timescale != target.timescale else REFPOSITION
    first, last = known_range(source, target)
    return ParameterError(
        word,
        f"{what} is at MJD {to_mjd(source, time):.10g}; this conversion is known from"
        f" MJD {first:.0f} to {last:.0f} only",
    )


def check_dates(mjd: Array) -> None:
    """Raises ParameterError for times that are in no year of four digits."""
    bad = (mjd < FIRST_DATE) | (mjd >= END_OF_DATES)
    if bad.any():
        time = float(mjd[int(np.argmax(bad))])
        problem = f"a time is at MJD {time:.10g}, which no date tells; ask for mjd"
        raise ParameterError(TIMEFORMAT, problem)


def check_positions(curves: Curves) -> None:
    """Raises ParameterError, which names an object that has no position."""
    missing = np.isnan(curves.key_numbers("ra") + curves.key_numbers("dec"))
    if not missing.any():
        return
    name = curves.keys.column(OBJECT_ID)[int(np.argmax(missing))].as_py()
    raise ParameterError(
        REFPOSITION, f"object {name!r} has no position, which this conversion needs"
    )
