"""SVG pictures that stand alone: one file each, light and dark, no script.

Coordinates are rounded to a tenth of a unit; colours live in a style sheet of the
picture's own, so that it looks the same in a page, in the documentation and in an
image viewer.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Okabe and Ito's colours, told apart with every kind of colour vision, in the
# order of wavelength; on a dark ground the dark ones are lightened.
PALETTE = (
    ("#0072b2", "#4aa8e0"),
    ("#009e73", "#2fc69a"),
    ("#d55e00", "#f08a3c"),
    ("#cc79a7", "#e29bc4"),
    ("#56b4e9", "#8fd0f5"),
    ("#a67c00", "#f0c64a"),
)
# Which of them to use for so many passbands, from blue to red.
CHOICE = {
    1: (0,),
    2: (0, 2),
    3: (0, 1, 2),
    4: (0, 1, 5, 2),
    5: (0, 4, 1, 5, 2),
    6: (0, 4, 1, 5, 2, 3),
}


def style() -> str:
    """The style sheet of every picture."""
    light = "".join(_series_rule(i, pair[0]) for i, pair in enumerate(PALETTE))
    dark = "".join(_series_rule(i, pair[1]) for i, pair in enumerate(PALETTE))
    at_night = f"@media(prefers-color-scheme:dark){{{DARK}{dark}}}"
    return f"<style>{PLAIN}{light}{at_night}{MARKS}</style>"


def _series_rule(index: int, colour: str) -> str:
    return f".c{index}{{fill:{colour};stroke:{colour}}}"


PLAIN = (
    "text{font:14px system-ui,'Helvetica Neue',Arial,sans-serif;"
    "fill:#3d4956;stroke:none}"
    ".small{font-size:12px}"
    ".end{text-anchor:end}.middle{text-anchor:middle}"
    ".ground{fill:#f5f7fa;stroke:#b8c1cc}.grid{fill:none;stroke:#d5dce4}"
    ".axis{fill:none;stroke:#8d99a6}.frame{fill:none;stroke:#b8c1cc}"
    ".galaxy{fill:none;stroke:#8a2f9d;stroke-width:1.8;stroke-dasharray:6 3}"
    ".glow{fill:none;stroke:#f5f7fa;stroke-width:4;stroke-opacity:.8}"
    ".galactic{fill:#7d2b8f}"
    ".ring{fill:#f5f7fa;stroke:#8a2f9d;stroke-width:1.8}"
    ".cells{fill:#0072b2;stroke:#0072b2;stroke-opacity:.8;fill-opacity:.8}"
    ".area{stroke-width:.4}.fine{stroke-linecap:round;stroke-width:2.3}"
    ".halo{paint-order:stroke;stroke:#f5f7fa;stroke-width:3px;stroke-linejoin:round}"
    ".sample{stroke:#6b7885;fill:#6b7885}"
)
DARK = (
    "text{fill:#c2ccd6}.ground{fill:#151c25;stroke:#4b5866}.grid{stroke:#28323d}"
    ".axis{stroke:#7b8895}.frame{stroke:#4b5866}"
    ".galaxy{stroke:#d79be8}.galactic{fill:#d9a9e8}.glow{stroke:#151c25}"
    ".ring{fill:#151c25;stroke:#d79be8}.cells{fill:#4aa8e0;stroke:#4aa8e0}.halo{stroke:#151c25}"
)

MARKS = (  # last, for they take their colours from the rules before
    ".dots{fill:none;stroke-linecap:round;stroke-width:4.4}"
    ".squares{fill:none;stroke-linecap:square;stroke-width:3.6}"
    ".bars{fill:none;stroke-width:1;stroke-opacity:.45}"
    ".hollow{fill:none;stroke-width:1.1}.limits{fill-opacity:.25;stroke-width:1.1}"
)


def series_class(index: int, count: int) -> str:
    """The style class that colours series `index` of `count`, from blue to red.

    >>> [series_class(i, 2) for i in range(2)]
    ['c0', 'c2']
    """
    choice = CHOICE.get(count, CHOICE[max(CHOICE)])
    return f"c{choice[index % len(choice)]}"


def document(
    size: tuple[int, int], title: str, description: str, parts: Iterable[str]
) -> str:
    """A whole SVG document; `title` and `description` are what a screen reader says.

    >>> document((10, 5), "A & B", "nothing", []).startswith('<svg xmlns="http:')
    True
    """
    width, height = size
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(printable(title))}</title>'
        f'<desc id="d">{escape(printable(description))}</desc>'
    )
    return "".join((head, style(), *parts, "</svg>"))


def path(classes: str, data: str) -> str:
    """One path, or nothing when there is nothing to draw.

    >>> path("grid", "M0 0h5"), path("grid", "")
    ('<path class="grid" d="M0 0h5"/>', '')
    """
    return f"<path class={quoteattr(classes)} d={quoteattr(data)}/>" if data else ""


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
    return "".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in content)


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
        (number(a), second if second[0] == "-" else f" {second}")
        for a, b in zip(x.tolist(), y.tolist(), strict=True)
        if (second := number(b))
    ]


def number(value: float) -> str:
    """A coordinate in tenths, without a needless zero.

    >>> number(2.0), number(-0.04), number(12.34)
    ('2', '0', '12.3')
    """
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
