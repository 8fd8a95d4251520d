"""What can be drawn: the seam between a plot and the form of its picture.

Coordinates are in units of a picture (`size`, x to the right and y downwards), which
are pixels unless the picture is magnified.
"""

from enum import Enum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Array = NDArray[Any]


class Shape(Enum):
    """A mark: the corners of it, for a mark that is 2 units high, or a circle."""

    DOT = ()
    SQUARE = ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85))
    DIAMOND = ((0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0))
    UP = ((0.0, -1.2), (1.2, 0.9), (-1.2, 0.9))
    DOWN = ((-1.5, -1.1), (1.5, -1.1), (0.0, 1.5))


class Look(Enum):
    """How marks are drawn: whole ones, upper limits, points not to be trusted."""

    GOOD = "good"
    LIMIT = "limits"
    BAD = "hollow"


class Canvas(Protocol):
    """Draws in one form; a colour is a place in PALETTE, None for the axes' own."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        ...

    def ground(self, x: float, y: float, width: float, height: float) -> None:
        """The rectangle of a plot, with its frame."""
        ...

    def lines(self, ends: Floats, colour: int | None = None) -> None:
        """Straight lines: rows of x0, y0, x1, y1; thin ones of the grid, or bars."""
        ...

    def curve(self, x: Floats, y: Floats, colour: int) -> None:
        """One line through many points."""
        ...

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
        ...

    def text(self, x: float, y: float, content: str, classes: str = "") -> None:
        """One line of text from (x, y) on its base line.

        `classes` are words of: end, middle (what stands at x), small, strong.
        """
        ...

    def finish(self, title: str, description: str) -> bytes:
        """The document; what it shows, in words, for those who do not see it."""
        ...
