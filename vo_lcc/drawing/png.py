"""PNG pictures: drawn by matplotlib's Agg, without its axes, figures and state.

Of matplotlib only the renderer is used, one for each picture: it paints thousands of
marks in a few milliseconds, and nothing is shared between threads but read-only fonts.
"""

import struct
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path as File
from typing import Any

import matplotlib as mpl
import numpy as np
from isal import isal_zlib
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from vo_lcc.drawing.canvas import Floats, Look, Shape
from vo_lcc.drawing.palette import PALETTE

PAPER, GROUND, FRAME, GRID = "#ffffff", "#f5f7fa", "#b8c1cc", "#d5dce4"
INK, STRONG, NEUTRAL = "#3d4956", "#1b2632", "#6b7885"
BAR_ALPHA, LIMIT_ALPHA = 0.45, 0.25
THIN = 1.0

FONTS = File(mpl.get_data_path()) / "fonts" / "ttf"
PLAIN_FONT, STRONG_FONT = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"
TEXT_SIZE, SMALL_SIZE = 12.5, 11.0  # units; DejaVu is wider than other fonts
SIGNATURE = b"\x89PNG\r\n\x1a\n"
EFFORT = 2  # of isal_zlib, from 0 to 3


class PngCanvas:
    """A picture as PNG; `magnified` is how many pixels a unit takes."""

    def __init__(self, size: tuple[float, float], magnified: float = 1.0) -> None:
        self.size = size
        self.magnified = magnified
        self._width, self._height = (round(side * magnified) for side in size)
        renderer = RendererAgg(self._width, self._height, 72.0)  # type: ignore[no-untyped-call]
        self._renderer: Any = renderer
        self._place = Affine2D().scale(magnified, -magnified).translate(0, self._height)
        self._fill(rectangle(0, 0, *size), PAPER)

    def ground(self, x: float, y: float, width: float, height: float) -> None:
        """The rectangle of a plot, with its frame."""
        self._fill(rectangle(x, y, width, height), GROUND)
        self._renderer.draw_path(
            self._pen(FRAME, 1.0), rectangle(x, y, width, height), self._place
        )

    def lines(self, ends: Floats, colour: int | None = None) -> None:
        """Straight lines: thin ones of the grid, or bars."""
        if not len(ends):
            return
        pen = self._pen(GRID) if colour is None else self._pen(ink(colour), BAR_ALPHA)
        codes = np.tile(np.array([Path.MOVETO, Path.LINETO], np.uint8), len(ends))
        self._renderer.draw_path(pen, Path(ends.reshape(-1, 2), codes), self._place)

    def curve(self, x: Floats, y: Floats, colour: int) -> None:
        """One line through many points."""
        if len(x):
            line = Path(np.column_stack((x, y)))
            self._renderer.draw_path(self._pen(ink(colour)), line, self._place)

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
        if not len(x):
            return
        own = ink(colour)
        pen = self._pen(own, width=0.0 if look is Look.GOOD else 1.1)
        scale = radius * self.magnified
        inside = {
            Look.GOOD: to_rgba(own),
            Look.LIMIT: to_rgba(own, LIMIT_ALPHA),
            Look.BAD: None,
        }
        self._renderer.draw_markers(
            pen,
            outline(shape),
            Affine2D().scale(scale, -scale),
            Path(np.column_stack((x, y))),
            self._place,
            inside[look],
        )

    def text(self, x: float, y: float, content: str, classes: str = "") -> None:
        """One line of text."""
        words = classes.split()
        file = STRONG_FONT if "strong" in words else PLAIN_FONT
        size = SMALL_SIZE if "small" in words else TEXT_SIZE
        font = FontProperties(fname=file, size=size * self.magnified)
        shown = drawable(content, file)
        if not shown:
            return
        width = self._renderer.get_text_width_height_descent(shown, font, ismath=False)
        share = 1.0 if "end" in words else 0.5 if "middle" in words else 0.0
        left, base = x * self.magnified - share * width[0], y * self.magnified
        pen = self._pen(STRONG if "strong" in words else INK)
        self._renderer.draw_text(pen, left, base, shown, font, 0.0)

    def finish(self, title: str, description: str) -> bytes:
        """The document; the words stand in it as PNG's Title and Description."""
        pixels = np.asarray(self._renderer.buffer_rgba())[:, :, :3]
        return png(pixels, {"Title": title, "Description": description})

    def _fill(self, shape: Path, colour: str) -> None:
        pen = self._pen(colour, width=0.0)
        self._renderer.draw_path(pen, shape, self._place, to_rgba(colour))

    def _pen(self, colour: str, alpha: float = 1.0, width: float = THIN) -> Any:
        pen = self._renderer.new_gc()
        pen.set_foreground(to_rgba(colour, alpha), isRGBA=True)
        pen.set_linewidth(width * self.magnified)
        return pen


def ink(colour: int | None) -> str:
    """A colour on paper."""
    return NEUTRAL if colour is None else PALETTE[colour][0]


@cache
def outline(shape: Shape) -> Path:
    """A mark 2 units high."""
    if shape is Shape.DOT:
        return Path.unit_circle()
    return Path([*shape.value, (0.0, 0.0)], closed=True)


def rectangle(x: float, y: float, width: float, height: float) -> Path:
    """A rectangle."""
    right, low = x + width, y + height
    return Path([(x, y), (right, y), (right, low), (x, low), (x, y)], closed=True)


def drawable(content: str, file: File) -> str:
    """`content` with what the font cannot draw as replacement characters.

    >>> drawable("alpha \u03b1 \u4e2d" + chr(0), PLAIN_FONT)
    'alpha \u03b1 \ufffd\ufffd'
    """
    font = get_font(file)
    return "".join(
        c if c.isprintable() and font.get_char_index(ord(c)) else "\ufffd"
        for c in content
    )


def png(pixels: np.ndarray, words: dict[str, str]) -> bytes:
    """Rows of RGB pixels as a PNG file, with texts that say what they show.

    Raises ValueError unless `pixels` is an array of bytes, height x width x 3.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"{pixels.shape} {pixels.dtype} are no RGB pixels")
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter
    lines[:, 1:] = pixels.reshape(height, -1)
    chunks: Iterable[tuple[bytes, bytes]] = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        *((b"iTXt", international(*pair)) for pair in words.items()),
        (b"IDAT", isal_zlib.compress(lines, EFFORT, 15)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(chunk(name, data) for name, data in chunks)


def international(key: str, text: str) -> bytes:
    """The content of an iTXt chunk: a keyword and UTF-8, not compressed."""
    said = text.replace("\0", "\ufffd").encode("utf-8", "replace")
    return key.encode("latin-1") + bytes(5) + said


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG file: its length, name, data and checksum."""
    checksum = zlib.crc32(data, zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
