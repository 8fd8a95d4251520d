"""SVG pictures that stand alone: one file each, light and dark, no script.

Coordinates are rounded to a tenth of a unit, and nothing depends on when or where a
picture is drawn: the same values make the same bytes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from vo_lcc.drawing.canvas import Floats, Look, Shape
from vo_lcc.drawing.style import style

NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NEUTRAL = "sample"
CLASSES = {Look.GOOD: "whole", Look.LIMIT: "limits", Look.BAD: "hollow"}


@dataclass(slots=True)
class SvgCanvas:
    """A picture as SVG; `magnified` is how many pixels a unit takes."""

    size: tuple[float, float]
    magnified: float = 1.0
    parts: list[str] = field(default_factory=list)

    def ground(self, x: float, y: float, width: float, height: float) -> None:
        """The rectangle of a plot, with its frame."""
        self.parts.append(
            f'<rect class="ground" x="{number(x)}" y="{number(y)}" '
            f'width="{number(width)}" height="{number(height)}"/>'
        )

    def lines(self, ends: Floats, colour: int | None = None) -> None:
        """Straight lines: thin ones of the grid, or bars."""
        classes = "grid" if colour is None else f"bars c{colour}"
        self.parts.append(path(classes, segments(ends)))

    def curve(self, x: Floats, y: Floats, colour: int) -> None:
        """One line through many points."""
        if len(x):
            self.parts.append(path(f"curve c{colour}", polyline(x, y)))

    def marks(
        self,
        x: Floats,
        y: Floats,
        shape: Shape,
        radius: float,
        look: Look,
        colour: int | None,
    ) -> None:
        """The same mark at many places."""
        ink = NEUTRAL if colour is None else f"c{colour}"
        if shape is Shape.DOT and look is Look.GOOD:
            data, width = dots(x, y), f' stroke-width="{number(2 * radius)}"'
            self.parts.append(path(f"{ink} dots", data, width))
            return
        classes = f"{ink} {CLASSES[look]}"
        self.parts.append(path(classes, marks(x, y, outline(shape, radius))))

    def text(self, x: float, y: float, content: str, classes: str = "") -> None:
        """One line of text."""
        self.parts.append(text(x, y, content, classes))

    def finish(self, title: str, description: str) -> bytes:
        """The document."""
        return document(
            self.size, title, description, self.parts, self.magnified
        ).encode()


def outline(shape: Shape, radius: float) -> str:
    """A mark as relative commands.

    >>> outline(Shape.DIAMOND, 2)
    'm0-2.6l2.6 2.6l-2.6 2.6l-2.6-2.6z'
    >>> outline(Shape.DOT, 2)
    'm-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0'
    """
    if shape is Shape.DOT:
        r, d = number(radius), number(2 * radius)
        return f"m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0"
    corners = np.array(shape.value) * radius
    steps = np.diff(corners, axis=0, prepend=np.zeros((1, 2)))
    ((a, b), *others) = pairs(*steps.T)
    return f"m{a}{b}" + "".join(f"l{a}{b}" for a, b in others) + "z"


def segments(ends: Floats) -> str:
    """Path data of straight lines, rows of x0, y0, x1, y1.

    >>> segments(np.array([[1.0, 2.0, 1.0, 5.0], [0.0, 3.0, 9.0, 4.0]]))
    'M1 2V5M0 3L9 4'
    """
    return "".join(
        f"M{a} {b}V{d}" if a == c else f"M{a} {b}L{c} {d}"
        for a, b, c, d in zip(*map(numbers, ends.T), strict=True)
    )


def document(
    size: tuple[float, float],
    title: str,
    description: str,
    parts: Iterable[str],
    magnified: float = 1.0,
) -> str:
    """A whole SVG document; `title` and `description` are what a screen reader says.

    >>> document((10, 5), "A & B", "nothing", []).startswith('<svg xmlns="http:')
    True
    """
    width, height = size
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width * magnified:.0f}" height="{height * magnified:.0f}" '
        'role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(printable(title))}</title>'
        f'<desc id="d">{escape(printable(description))}</desc>'
    )
    return "".join((head, style(), *parts, "</svg>"))


def path(classes: str, data: str, more: str = "") -> str:
    """One path, or nothing when there is nothing to draw.

    >>> path("grid", "M0 0h5"), path("grid", "")
    ('<path class="grid" d="M0 0h5"/>', '')
    """
    return (
        f"<path class={quoteattr(classes)}{more} d={quoteattr(data)}/>" if data else ""
    )


def text(x: float, y: float, content: str, classes: str = "") -> str:
    """One line of text.

    >>> text(1, 2.04, "a<b", "end")
    '<text x="1" y="2" class="end">a&lt;b</text>'
    """
    style_class = f" class={quoteattr(classes)}" if classes else ""
    content = escape(printable(content))
    return f'<text x="{number(x)}" y="{number(y)}"{style_class}>{content}</text>'


def printable(content: str) -> str:
    """`content` without the characters XML cannot hold."""
    return NOT_XML.sub("\ufffd", content)


def dots(x: Floats, y: Floats) -> str:
    """Path data of points: zero-length lines, drawn by their caps.

    >>> dots(np.array([1.0, 2.25]), np.array([3.0, 4.0]))
    'M1 3h0M2.2 4h0'
    """
    return marks(x, y, "h0")


def marks(x: Floats, y: Floats, shape: str) -> str:
    """Path data that draws `shape` (relative commands) at each position."""
    return "".join(f"M{a}{b}{shape}" for a, b in pairs(x, y))


def polyline(x: Floats, y: Floats) -> str:
    """Path data of one open line.

    >>> polyline(np.array([0.0, 1.0]), np.array([0.0, -1.5]))
    'M0 0L1-1.5'
    """
    return "M" + "L".join(a + b for a, b in pairs(x, y))


def pairs(x: Floats, y: Floats) -> list[tuple[str, str]]:
    """Coordinates as short text; the second brings its own separator."""
    return [
        (first, second if second[0] == "-" else f" {second}")
        for first, second in zip(numbers(x), numbers(y), strict=True)
    ]


def numbers(values: Floats) -> list[str]:
    """Coordinates as text."""
    return [tenths(value) for value in np.rint(values * 10).astype(int).tolist()]


def number(value: float) -> str:
    """A coordinate in tenths, without a needless zero.

    >>> number(2.0), number(-0.04), number(12.34)
    ('2', '0', '12.3')
    """
    return tenths(round(value * 10))


@lru_cache(1 << 15)
def tenths(count: int) -> str:
    """So many tenths as text; the same ones come again and again."""
    return str(count // 10) if count % 10 == 0 else str(count / 10)
