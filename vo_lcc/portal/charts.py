"""Light curves as pictures: against time, and folded with a period.

Each passband has its own colour and mark; magnitudes grow downwards; upper limits
are triangles that point to where the star may be, and points flagged as bad are
hollow and never set the range of an axis.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vo_lcc.portal import drawing
from vo_lcc.portal.axes import Scale, padded_range, ticks
from vo_lcc.portal.drawing import Floats

SIZE = (600, 300)
LEFT, RIGHT, TOP, BOTTOM = 56.0, 582.0, 34.0, 248.0

TRIANGLE_DOWN = "m-3.5-2.5h7l-3.5 6z"
TRIANGLE_UP = "m-3.5 2.5h7l-3.5-6z"
RING = "m-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0"
DIAMOND = "m0-3l3 3l-3 3l-3-3z"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The points of one passband, as arrays of one length.

    `time` is in days, `value` a magnitude or a flux, NaN where there is none;
    `error` is one standard deviation (NaN: none). `limit` marks upper limits,
    `bad` points not to be trusted.
    """

    passband: str
    time: Floats
    value: Floats
    error: Floats
    limit: np.ndarray
    bad: np.ndarray


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows; `inverted` for magnitudes, which grow downwards."""

    label: str
    inverted: bool = False


MAGNITUDE = Axis("magnitude", inverted=True)


def value_axis(name: str, unit: str | None) -> Axis:
    """The axis of a magnitude (inverted) or of anything else.

    >>> value_axis("mag", "mag").inverted, value_axis("flux", "Jy").label
    (True, 'flux (Jy)')
    """
    if unit == "mag":
        return MAGNITUDE
    return Axis(f"{name} ({unit})" if unit else name)


def light_curve_svg(
    series: Sequence[Series], title: str, time_label: str, axis: Axis = MAGNITUDE
) -> str:
    """A light curve against time; `series` go from blue to red."""
    return _document(title, [_against_time(series, time_label, axis)])


def folded_svg(
    series: Sequence[Series],
    period: float,
    title: str,
    epoch: float = 0.0,
    axis: Axis = MAGNITUDE,
) -> str:
    """A light curve folded with `period` (days) over phases 0 to 2.

    Phase 0 is at `epoch`, a time of the same kind as the points'. Raises
    ValueError unless the period is positive.
    """
    return _document(title, [_folded(series, period, epoch, axis)])


def example_svg(
    series: Sequence[Series],
    title: str,
    time_label: str,
    period: float | None,
    epoch: float = 0.0,
    axis: Axis = MAGNITUDE,
) -> str:
    """A light curve against time and, where its period is known, folded below."""
    panels = [_against_time(series, time_label, axis)]
    if period is not None:
        panels.append(_folded(series, period, epoch, axis))
    return _document(title, panels)


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: its parts, and the same in words."""

    parts: Sequence[str]
    description: str


def _document(title: str, panels: Sequence[Panel]) -> str:
    width, height = SIZE
    parts = [
        f'<g transform="translate(0 {i * height})">{"".join(panel.parts)}</g>'
        for i, panel in enumerate(panels)
    ]
    description = " ".join(panel.description for panel in panels)
    size = (width, height * len(panels))
    return drawing.document(size, title, description, parts)


def _against_time(series: Sequence[Series], label: str, axis: Axis) -> Panel:
    times = [s.time for s in series]
    span = padded_range(np.concatenate(times) if times else np.array([]), 0.03)
    return _panel(series, Axis(label), span, axis)


def _folded(series: Sequence[Series], period: float, epoch: float, axis: Axis) -> Panel:
    if not period > 0:
        raise ValueError(f"a light curve cannot be folded with a period of {period}")
    folded = [twice(replace(s, time=phase(s.time, period, epoch))) for s in series]
    label = Axis(f"phase (period {period:.10g} d)")
    return replace(
        _panel(folded, label, (0.0, 2.0), axis),
        description=_description(series, label, axis),  # each point counts once
    )


def phase(time: Floats, period: float, epoch: float) -> Floats:
    """Phases from 0 (included) to 1 (excluded).

    >>> phase(np.array([10.0, 10.5, 9.75]), 0.5, 10.0).tolist()
    [0.0, 0.0, 0.5]
    """
    cycles = (time - epoch) / period
    folded: Floats = cycles - np.floor(cycles)
    return folded


def twice(series: Series) -> Series:
    """The points at phases 0 to 1 and again at 1 to 2."""
    return Series(
        series.passband,
        np.concatenate((series.time, series.time + 1)),
        *(
            np.tile(a, 2)
            for a in (series.value, series.error, series.limit, series.bad)
        ),
    )


def _panel(
    series: Sequence[Series], x_axis: Axis, span: tuple[float, float], y_axis: Axis
) -> Panel:
    x = Scale(*span, LEFT, RIGHT)
    y = _value_scale(series, y_axis)
    classes = [drawing.series_class(i, len(series)) for i in range(len(series))]
    parts = [
        f'<rect class="ground" x="{LEFT:g}" y="{TOP:g}" '
        f'width="{RIGHT - LEFT:g}" height="{BOTTOM - TOP:g}"/>',
        *_x_axis(x, x_axis),
        *_y_axis(y, y_axis),
    ]
    for i, (one, colour) in enumerate(zip(series, classes, strict=True)):
        parts += _marks(one, i, colour, x, y, y_axis.inverted)
    parts += _legend(series, classes, y_axis.inverted)
    return Panel(parts, _description(series, x_axis, y_axis))


def _value_scale(series: Iterable[Series], axis: Axis) -> Scale:
    good = [s.value[~s.bad] for s in series]
    low, high = padded_range(np.concatenate(good) if good else np.array([]), 0.08)
    ends = (TOP, BOTTOM) if axis.inverted else (BOTTOM, TOP)
    return Scale(low, high, *ends)


def _x_axis(scale: Scale, axis: Axis) -> list[str]:
    values, decimals = ticks(scale.low, scale.high, 6)
    at = scale(np.array(values))
    grid = "".join(f"M{drawing.number(a)} {TOP:g}V{BOTTOM:g}" for a in at)
    names = [
        drawing.text(a, BOTTOM + 19, f"{v:.{decimals}f}", "middle")
        for a, v in zip(at, values, strict=True)
    ]
    label = drawing.text((LEFT + RIGHT) / 2, BOTTOM + 42, axis.label, "middle")
    return [drawing.path("grid", grid), *names, label]


def _y_axis(scale: Scale, axis: Axis) -> list[str]:
    values, decimals = ticks(scale.low, scale.high, 6)
    at = scale(np.array(values))
    grid = "".join(f"M{LEFT:g} {drawing.number(a)}H{RIGHT:g}" for a in at)
    names = [
        drawing.text(LEFT - 8, a + 4, f"{v:.{decimals}f}", "end")
        for a, v in zip(at, values, strict=True)
    ]
    label = drawing.text(LEFT, TOP - 14, axis.label)
    return [drawing.path("grid", grid), *names, label]


def _marks(
    series: Series, index: int, colour: str, x: Scale, y: Scale, inverted: bool
) -> list[str]:
    shown = x.holds(series.time) & y.holds(series.value)
    good = shown & ~series.bad & ~series.limit
    limits = shown & series.limit
    hollow = shown & series.bad & ~series.limit
    at = x(series.time), y(series.value)
    triangle = TRIANGLE_DOWN if inverted else TRIANGLE_UP
    return [
        drawing.path(f"bars {colour}", _error_bars(series, good, at[0], y)),
        _points(index, colour, at[0][good], at[1][good]),
        _shape(f"{colour} limits", triangle, at[0][limits], at[1][limits]),
        _shape(f"{colour} hollow", RING, at[0][hollow], at[1][hollow]),
    ]


def _points(index: int, colour: str, x: Floats, y: Floats) -> str:
    """Good points: round, square or rhombic, in turn."""
    match index % 3:
        case 0:
            return drawing.path(f"{colour} dots", drawing.dots(x, y))
        case 1:
            return drawing.path(f"{colour} squares", drawing.dots(x, y))
        case _:
            return _shape(colour, DIAMOND, x, y)


def _shape(classes: str, shape: str, x: Floats, y: Floats) -> str:
    return drawing.path(classes, drawing.marks(x, y, shape))


def _error_bars(series: Series, shown: np.ndarray, at: Floats, y: Scale) -> str:
    barred = shown & (series.error > 0)
    ends = [
        np.clip(y(series.value[barred] + sign * series.error[barred]), TOP, BOTTOM)
        for sign in (-1, 1)
    ]
    return "".join(
        f"M{drawing.number(a)} {drawing.number(b)}V{drawing.number(c)}"
        for a, b, c in zip(
            at[barred].tolist(), *map(np.ndarray.tolist, ends), strict=True
        )
    )


def _legend(
    series: Sequence[Series], classes: Sequence[str], inverted: bool
) -> list[str]:
    """The marks and their names, from the right end of the top line."""
    entries = [
        (s.passband, _points(i, colour, *SAMPLE))
        for i, (s, colour) in enumerate(zip(series, classes, strict=True))
    ]
    if any((s.limit & np.isfinite(s.value)).any() for s in series):
        triangle = TRIANGLE_DOWN if inverted else TRIANGLE_UP
        entries.append(("upper limit", _shape("sample limits", triangle, *SAMPLE)))
    if any((s.bad & np.isfinite(s.value)).any() for s in series):
        entries.append(("flagged", _shape("sample hollow", RING, *SAMPLE)))
    parts, x = [], RIGHT
    for name, sample in reversed(entries):
        x -= 26 + 7.6 * len(name)
        label = drawing.text(12, 0, name)
        parts.append(
            f'<g transform="translate({x:.1f} {TOP - 14:g})">{sample}{label}</g>'
        )
    return parts


SAMPLE = (np.zeros(1), np.array([-4.5]))


def _description(series: Sequence[Series], x_axis: Axis, y_axis: Axis) -> str:
    """What the picture shows, in words."""
    counts = ", ".join(
        f"{len(s.time)} points in passband {s.passband} "
        f"({s.limit.sum()} upper limits, {s.bad.sum()} flagged as bad)"
        for s in series
    )
    down = ", growing downwards," if y_axis.inverted else ""
    return (
        f"{y_axis.label.capitalize()}{down} against {x_axis.label}: {counts or 'none'}."
    )
