"""From light curves to what is drawn of them: series of points, axes, words."""

from collections.abc import Sequence

import numpy as np

from vo_lcc.curves.curves import OBJECT_ID, OBS_TIME, PASSBAND, Curves
from vo_lcc.curves.steps.brightness import Brightness, find_brightness
from vo_lcc.curves.steps.folding import PHASE, Fold
from vo_lcc.curves.steps.frames import frame_of, time_column
from vo_lcc.curves.steps.quality import flags_of
from vo_lcc.curves.steps.step import Step
from vo_lcc.drawing.axes import padded_range
from vo_lcc.drawing.frame import Axis
from vo_lcc.drawing.labels import is_magnitude, time_label, value_label
from vo_lcc.drawing.palette import by_wavelength, colours
from vo_lcc.plots.charts import Chart, Series, value_range
from vo_lcc.tables import Column

MOST_POINTS = 20_000
GOLDEN = (np.sqrt(5) - 1) / 2


def make_chart(curves: Curves, steps: Sequence[Step]) -> Chart:
    """What to draw of the light curves of one object, to which `steps` were done."""
    brightness = find_brightness(curves.columns)
    fold = next((step for step in steps if isinstance(step, Fold)), None)
    series = make_series(curves, brightness, OBS_TIME if fold is None else PHASE)
    title = str(curves.keys.column(OBJECT_ID)[0].as_py())
    if fold is None:
        x, shown = time_axis(curves, series), series
    else:
        period, epoch = float(fold.periods(curves)[0]), float(fold.epochs(curves)[0])
        x, shown = phase_axis(curves, epoch), [twice(one) for one in series]
        title = f"{title}, period {period:.10g} d"
    y = value_axis(curves, brightness.value, series)
    drawn = thinned(shown)
    notes = (thinning_note(shown, drawn), outside_note(series, y))
    return Chart(
        title=title,
        x=x,
        y=y,
        series=drawn,
        description=describe(series, x, y),
        note="; ".join(filter(None, notes)),
    )


def make_series(curves: Curves, brightness: Brightness, at: str) -> list[Series]:
    """The points of each passband that has any, from blue to red, against `at`."""
    collection = curves.collection
    palette = colours(collection.passbands)
    error = brightness.error
    flags = flags_of(curves)
    arrays = (
        curves.numbers(at),
        curves.numbers(brightness.value.name),
        curves.numbers(error.name) if error else np.full(len(flags), np.nan),
        flags & collection.upper_limits != 0,
        flags & ~collection.upper_limits != 0,
    )
    spans = spans_of(curves)
    return [
        Series(
            band.passband,
            place,
            palette[band.passband],
            *(array[spans[band.passband]] for array in arrays),
        )
        for place, band in enumerate(by_wavelength(collection.passbands))
        if band.passband in spans
    ]


def spans_of(curves: Curves) -> dict[str, slice]:
    """Where the points of each passband lie; those without any are left out."""
    names = curves.keys.column(PASSBAND).to_pylist()
    ends = curves.offsets.tolist()
    found = zip(names, ends, ends[1:], strict=False)
    return {name: slice(start, stop) for name, start, stop in found if start < stop}


def value_axis(curves: Curves, value: Column, series: Sequence[Series]) -> Axis:
    """The axis of magnitudes, or of fluxes."""
    low, high = value_range(series)
    shown = {one.passband for one in series}
    bands = [c for c in curves.collection.passbands if c.passband in shown]
    return Axis(value_label(value, bands), low, high, inverted=is_magnitude(value))


def time_axis(curves: Curves, series: Sequence[Series]) -> Axis:
    """The axis of times, over all points."""
    times = [one.at for one in series]
    low, high = padded_range(np.concatenate(times) if times else np.array([]), 0.03)
    return Axis(time_label(frame_of(time_column(curves.columns))), low, high)


def phase_axis(curves: Curves, epoch: float) -> Axis:
    """The axis of phases, over two periods."""
    frame = frame_of(time_column(curves.columns))
    return Axis(f"phase from {time_label(frame, f'{epoch:.10g}')}", 0.0, 2.0)


def twice(series: Series) -> Series:
    """The points at phases 0 to 1 and again at 1 to 2."""
    rest = (series.value, series.error, series.limit, series.bad)
    return Series(
        series.passband,
        series.place,
        series.colour,
        np.concatenate((series.at, series.at + 1)),
        *(np.tile(array, 2) for array in rest),
    )


def thinned(series: Sequence[Series], most: int = MOST_POINTS) -> Sequence[Series]:
    """Evenly fewer points of each where there are more than a picture can show.

    They are taken by multiples of the golden ratio, which keep step with no cadence.
    """
    count = sum(len(one.at) for one in series)
    if count <= most:
        return series
    return [
        one.where((np.arange(len(one.at)) * GOLDEN) % 1.0 < most / count)
        for one in series
    ]


def thinning_note(series: Sequence[Series], drawn: Sequence[Series]) -> str:
    """How many points are left out because there are too many, or ""."""
    whole, kept = (sum(len(one.at) for one in each) for each in (series, drawn))
    if whole == kept:
        return ""
    return f"{kept:,} of {whole:,} points drawn, evenly chosen"


def outside_note(series: Sequence[Series], y: Axis) -> str:
    """How many points lie outside, or "": flagged ones set no range."""
    values = np.concatenate([one.value for one in series]) if series else np.array([])
    finite = values[np.isfinite(values)]
    count = int(((finite < y.low) | (finite > y.high)).sum())
    if not count:
        return ""
    return f"{count:,} flagged point{'s' if count > 1 else ''} outside the plot"


def describe(series: Sequence[Series], x: Axis, y: Axis) -> str:
    """What the picture shows, in words; each point counts once."""
    down = ", growing downwards," if y.inverted else ""
    told = ", ".join(map(count_words, series)) or "no points"
    return f"{y.label[:1].upper()}{y.label[1:]}{down} against {x.label}: {told}."


def count_words(series: Series) -> str:
    """How many points a passband has, and of which kind."""
    limits, bad = int(series.limit.sum()), int((series.bad & ~series.limit).sum())
    missing = int((~np.isfinite(series.value)).sum())
    kinds = (
        (limits, "upper limits"),
        (bad, "flagged as bad"),
        (missing, "without a value"),
    )
    said = ", ".join(f"{count} {words}" for count, words in kinds if count)
    passband = f"{len(series.at)} points in passband {series.passband}"
    return f"{passband} ({said})" if said else passband
