"""Light curves drawn: each passband with its own colour and mark.

Magnitudes grow downwards; upper limits are triangles that point down, to where the
star may be; points flagged as bad are hollow, without bars, and never set the range
of an axis.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vo_lcc.drawing.axes import Scale, padded_range
from vo_lcc.drawing.canvas import Array, Canvas, Floats, Look, Shape
from vo_lcc.drawing.frame import TITLE_LINE, Axis, Entry, Frame, draw_frame

SHAPES = (Shape.DOT, Shape.SQUARE, Shape.DIAMOND, Shape.UP)
RADII = ((300, 2.5), (1500, 2.0), (6000, 1.5))  # of the marks of so many points
SMALLEST = 1.1
SAMPLE = 2.8  # radius of a mark in the legend
THUMBNAIL_EDGE = 4.0
NOTHING = "no points to show"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The points of one passband, as arrays of one length.

    `at` is a time in days or a phase, `value` a magnitude or a flux, NaN where there
    is none; `error` is one standard deviation (NaN: none). `limit` marks upper
    limits, `bad` points not to be trusted. `place` is that of the passband among those
    of its collection, `colour` one of the palette.
    """

    passband: str
    place: int
    colour: int
    at: Floats
    value: Floats
    error: Floats
    limit: Array
    bad: Array

    @property
    def shape(self) -> Shape:
        """The mark of its good points."""
        return SHAPES[self.place % len(SHAPES)]

    def within(self, frame: Frame) -> "Series":
        """Only the points that lie in the plot."""
        return self.where(frame.x.holds(self.at) & frame.y.holds(self.value))

    def where(self, wanted: Array) -> "Series":
        """Only the points for which `wanted` is true."""
        return Series(
            self.passband,
            self.place,
            self.colour,
            *(
                values[wanted]
                for values in (self.at, self.value, self.error, self.limit, self.bad)
            ),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One picture: what is drawn, and the same in words."""

    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    description: str
    note: str = ""


def value_range(series: Sequence[Series]) -> tuple[float, float]:
    """From the least to the largest value that can be trusted, with a margin."""
    good = [s.value[~s.bad] for s in series]
    found = np.concatenate(good) if good else np.array([])
    if not np.isfinite(found).any() and series:
        found = np.concatenate([s.value for s in series])
    return padded_range(found, 0.08)


def draw_chart(chart: Chart, canvas: Canvas) -> bytes:
    """The picture with axes, labels and legend; without points it says so."""
    if not chart.series:
        return draw_nothing(chart, canvas)
    legend = list(legend_of(chart.series, canvas))
    frame = draw_frame(canvas, chart.title, chart.x, chart.y, legend, chart.note)
    draw_points(chart, canvas, frame)
    return canvas.finish(chart.title, chart.description)


def draw_nothing(chart: Chart, canvas: Canvas) -> bytes:
    """What there is when there are no points: no scale would mean anything."""
    width, height = canvas.size
    canvas.ground(18, 36, width - 36, height - 54)
    canvas.text(18, TITLE_LINE, chart.title, "strong")
    canvas.text(width / 2, height / 2, NOTHING, "middle")
    return canvas.finish(chart.title, chart.description)


def draw_thumbnail(chart: Chart, canvas: Canvas) -> bytes:
    """The points and nothing else."""
    width, height = canvas.size
    edge = THUMBNAIL_EDGE
    canvas.ground(0.5, 0.5, width - 1, height - 1)
    ends = (edge, height - edge) if chart.y.inverted else (height - edge, edge)
    frame = Frame(
        Scale(chart.x.low, chart.x.high, edge, width - edge),
        Scale(chart.y.low, chart.y.high, *ends),
    )
    draw_points(chart, canvas, frame, 0.6)
    return canvas.finish(chart.title, chart.description)


def draw_points(
    chart: Chart, canvas: Canvas, frame: Frame, magnified: float = 1.0
) -> None:
    """The points of all passbands, bars below marks; or that there are none."""
    shown = [one.within(frame) for one in chart.series]
    radius = magnified * radius_of(sum(len(one.at) for one in shown))
    for one in shown:
        canvas.lines(error_bars(one, frame), one.colour)
    for one in shown:
        draw_marks(one, canvas, frame, radius)
    if not any(len(one.at) for one in shown):
        middle = (frame.x.start + frame.x.stop) / 2, (frame.top + frame.bottom) / 2
        canvas.text(*middle, NOTHING, "middle")


def draw_marks(series: Series, canvas: Canvas, frame: Frame, radius: float) -> None:
    """The points of one passband: bad ones first, good ones above all."""
    x, y = frame.x(series.at), frame.y(series.value)
    bad = series.bad & ~series.limit
    for wanted, shape, look in (
        (bad, Shape.DOT, Look.BAD),
        (series.limit, Shape.DOWN, Look.LIMIT),
        (~series.bad & ~series.limit, series.shape, Look.GOOD),
    ):
        if wanted.any():
            canvas.marks(x[wanted], y[wanted], shape, radius, look, series.colour)


def radius_of(count: int) -> float:
    """The radius of marks, smaller where there are many.

    >>> radius_of(10), radius_of(100_000)
    (2.5, 1.1)
    """
    return next((radius for most, radius in RADII if count <= most), SMALLEST)


def error_bars(series: Series, frame: Frame) -> Floats:
    """A line for each good point with an error, cut off at the edges of the plot."""
    barred = (series.error > 0) & ~series.bad & ~series.limit
    x = frame.x(series.at[barred])
    value, error = series.value[barred], series.error[barred]
    low, high = (
        np.clip(frame.y(end), frame.top, frame.bottom)
        for end in (value - error, value + error)
    )
    return np.column_stack((x, low, x, high))


def legend_of(series: Sequence[Series], canvas: Canvas) -> Iterator[Entry]:
    """The passbands, and what marks mean that are not of good points."""

    def entry(name: str, shape: Shape, look: Look, colour: int | None) -> Entry:
        def mark(x: float, y: float) -> None:
            canvas.marks(np.array([x]), np.array([y]), shape, SAMPLE, look, colour)

        return Entry(name, mark)

    for one in series:
        yield entry(one.passband, one.shape, Look.GOOD, one.colour)
    if any(one.limit.any() for one in series):
        yield entry("upper limit", Shape.DOWN, Look.LIMIT, None)
    if any((one.bad & ~one.limit).any() for one in series):
        yield entry("flagged", Shape.DOT, Look.BAD, None)
