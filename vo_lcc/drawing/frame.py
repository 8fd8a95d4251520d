"""What every plot has: its ground, two axes with ticks and labels, a title, notes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vo_lcc.drawing.axes import Scale, scaled, ticks
from vo_lcc.drawing.canvas import Canvas

CHARACTER = 7.9  # the mean width of a character of text, in units
SMALL_CHARACTER = 6.9
TITLE_LINE, LABEL_LINE, ROW = 22.0, 44.0, 21.0
TOP, RIGHT, BOTTOM, NOTE = 56.0, 18.0, 52.0, 18.0
TICK_WIDTH, TICK_HEIGHT = 96.0, 40.0  # of the picture, for each tick at least
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, from `low` to `high`; `inverted` for magnitudes."""

    label: str
    low: float
    high: float
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend: its name, and what draws its mark at a place."""

    name: str
    mark: Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the axes lie in the picture."""

    x: Scale
    y: Scale

    @property
    def top(self) -> float:
        """The upper edge of the plot."""
        return min(self.y.start, self.y.stop)

    @property
    def bottom(self) -> float:
        """The lower edge of the plot."""
        return max(self.y.start, self.y.stop)


def draw_frame(
    canvas: Canvas,
    title: str,
    x: Axis,
    y: Axis,
    legend: Sequence[Entry] = (),
    note: str = "",
) -> Frame:
    """Draw all but the data; says where these go."""
    width, height = canvas.size
    rows = legend_rows(legend, width, label_width(y))
    top = TOP + ROW * (len(rows) - 1)
    bottom = height - BOTTOM - (NOTE if note else 0.0)
    names, values, power = tick_labels(y, bottom - top, TICK_HEIGHT)
    left = max(40.0, 18.0 + CHARACTER * max(map(len, names), default=0))
    frame = Frame(
        Scale(x.low, x.high, left, width - RIGHT),
        Scale(y.low, y.high, *((top, bottom) if y.inverted else (bottom, top))),
    )
    canvas.ground(left, top, width - RIGHT - left, bottom - top)
    canvas.text(left, TITLE_LINE, shortened(title, width - left - RIGHT), "strong")
    canvas.text(left, top - 12, with_power(y.label, power))
    draw_y_ticks(canvas, frame, names, values)
    draw_x_ticks(canvas, frame, x)
    draw_legend(canvas, rows, width - RIGHT)
    if note:
        room = (width - left - RIGHT) * CHARACTER / SMALL_CHARACTER
        canvas.text(left, height - 9, shortened(note, room), "small")
    return frame


def tick_labels(
    axis: Axis, length: float, apart: float
) -> tuple[list[str], list[float], int]:
    """What stands at an axis: labels, where, and the power of ten left out of them."""
    values, decimals = ticks(axis.low, axis.high, max(2, int(length / apart)))
    names, power = scaled(values, decimals)
    return names, values, power


def draw_y_ticks(
    canvas: Canvas, frame: Frame, names: Sequence[str], values: Sequence[float]
) -> None:
    """The grid across, and its labels."""
    at = frame.y(np.array(values))
    left, right = np.full_like(at, frame.x.start), np.full_like(at, frame.x.stop)
    canvas.lines(np.column_stack((left, at, right, at)))
    for name, y in zip(names, at.tolist(), strict=True):
        canvas.text(frame.x.start - 8, y + 4.5, name, "end")


def draw_x_ticks(canvas: Canvas, frame: Frame, axis: Axis) -> None:
    """The grid upwards, its labels, and what the axis shows."""
    start, stop = frame.x.start, frame.x.stop
    names, values, power = tick_labels(axis, stop - start, TICK_WIDTH)
    at = frame.x(np.array(values))
    top, bottom = np.full_like(at, frame.top), np.full_like(at, frame.bottom)
    canvas.lines(np.column_stack((at, top, at, bottom)))
    for name, x in zip(names, at.tolist(), strict=True):
        canvas.text(x, frame.bottom + 18, name, "middle")
    label = shortened(with_power(axis.label, power), canvas.size[0])
    canvas.text((start + stop) / 2, frame.bottom + 40, label, "middle")


def with_power(label: str, power: int) -> str:
    """The label of an axis whose ticks leave out a power of ten.

    >>> with_power("flux (Jy)", -5), with_power("power", -2), with_power("power", 0)
    ('flux (10⁻⁵ Jy)', 'power (10⁻²)', 'power')
    """
    if not power:
        return label
    factor = f"10{str(power).translate(SUPERSCRIPTS)}"
    name, opened, unit = label.partition("(")
    return f"{name}({factor} {unit}" if opened else f"{label} ({factor})"


def legend_rows(
    legend: Sequence[Entry], width: float, taken: float
) -> list[list[Entry]]:
    """The entries in rows, the last of which leaves room for the label of the axis."""
    rows: list[list[Entry]] = [[]]
    room = width - taken
    for entry in reversed(legend):
        room -= entry_width(entry)
        if room < 0 and rows[0]:
            rows.insert(0, [])
            room = width - RIGHT - entry_width(entry)
        rows[0].insert(0, entry)
    return rows


def label_width(axis: Axis) -> float:
    """How much of a line the label of an axis takes, with what stands before it."""
    return RIGHT + 80.0 + CHARACTER * len(axis.label)


def entry_width(entry: Entry) -> float:
    """How wide an entry of the legend is, with its mark and a gap."""
    return 26.0 + CHARACTER * len(entry.name)


def draw_legend(canvas: Canvas, rows: Sequence[Sequence[Entry]], right: float) -> None:
    """Rows of marks and names, ending at `right`."""
    for number, row in enumerate(rows):
        x = right
        line = LABEL_LINE + ROW * number
        for entry in reversed(row):
            x -= entry_width(entry)
            entry.mark(x + 10, line - 4.5)
            canvas.text(x + 20, line, entry.name)


def shortened(text: str, room: float) -> str:
    """`text` cut to what fits into so many units.

    >>> shortened("a long name", 60)
    'a long…'
    """
    most = max(1, int(room / CHARACTER))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
