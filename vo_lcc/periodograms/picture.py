"""Periodograms as pictures: the power spectrum, with its best periods marked."""

import numpy as np

from vo_lcc.drawing.canvas import Canvas, Look, Shape
from vo_lcc.drawing.frame import Axis, Frame, draw_frame
from vo_lcc.drawing.png import PngCanvas
from vo_lcc.drawing.svg import SvgCanvas
from vo_lcc.periodograms.search import Periodogram
from vo_lcc.periodograms.series import Floats
from vo_lcc.periodograms.sources import Source

SIZE = (800.0, 400.0)
LINE, MARK = 1, 3  # colours of the palette
MARGIN = 0.05
MARK_RADIUS = 3.5

CANVASES = {"image/png": PngCanvas, "image/svg+xml": SvgCanvas}


def draw_periodogram(source: Source, found: Periodogram, media_type: str) -> bytes:
    """The picture as a file of this media type, image/png or image/svg+xml."""
    canvas: Canvas = CANVASES[media_type](SIZE)
    frequencies = found.grid.values
    low, high = float(min(0, found.powers.min())), float(found.powers.max())
    frame = draw_frame(
        canvas,
        f"Periodogram of {source.title}",
        Axis("frequency (1/d)", *ends(frequencies)),
        Axis("power", low, high + MARGIN * (high - low or 1.0)),
        note=best(found),
    )
    x, y = envelope(frequencies, found.powers, columns(frame))
    canvas.curve(frame.x(x), frame.y(y), LINE)
    draw_peaks(canvas, frame, found)
    return canvas.finish(f"Periodogram of {source.title}", described(source, found))


def draw_peaks(canvas: Canvas, frame: Frame, found: Periodogram) -> None:
    """A mark at each peak, and the rank of the first."""
    at = np.array([peak.frequency for peak in found.peaks])
    height = np.array([peak.power for peak in found.peaks])
    x, y = frame.x(at), frame.y(height)
    canvas.marks(x, y, Shape.DOT, MARK_RADIUS, Look.BAD, MARK)
    for rank, (right, up) in enumerate(zip(x.tolist(), y.tolist(), strict=True), 1):
        canvas.text(right + 7, up + 4, str(rank), "small")


def ends(frequencies: Floats) -> tuple[float, float]:
    """The first and last frequency, never the same."""
    first, last = float(frequencies[0]), float(frequencies[-1])
    return first, last if last > first else first * 1.01


def columns(frame: Frame) -> int:
    """How many places of the picture hold a frequency."""
    return int(frame.x.stop - frame.x.start) * 2


def envelope(at: Floats, values: Floats, most: int) -> tuple[Floats, Floats]:
    """At most about `most` points of a line that looks the same: least and largest.

    >>> envelope(np.arange(6.0), np.array([0, 5, 1, 2, -1, 0.0]), 4)
    (array([0., 1., 4., 3.]), array([ 0.,  5., -1.,  2.]))
    """
    if len(at) <= most:
        return at, values
    length = -(-len(at) // (most // 2))
    starts = np.arange(0, len(at), length)
    low = np.array([s + values[s : s + length].argmin() for s in starts])
    high = np.array([s + values[s : s + length].argmax() for s in starts])
    places = np.column_stack((low, high)).ravel()
    return at[places], values[places]


def best(found: Periodogram) -> str:
    """The best period in words."""
    peak = found.peaks[0]
    error = "" if peak.period_error is None else f" \xb1 {peak.period_error:.2g}"
    return f"best period {peak.period:.9g}{error} d"


def described(source: Source, found: Periodogram) -> str:
    """What the picture shows, for those who do not see it."""
    first, last = found.grid.start, found.grid.stop
    return (
        f"Power ({source.method}) at {found.grid.count} frequencies from {first:.4g} to"
        f" {last:.4g} per day; {best(found)}, power {found.peaks[0].power:.3g}."
    )
