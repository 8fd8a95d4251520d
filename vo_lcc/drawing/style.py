"""The style sheet of SVG pictures: for light ground, and dark where one prefers it.

It lies in each picture, so that this looks the same in a page, in the documentation
and in an image viewer.
"""

from vo_lcc.drawing.palette import PALETTE


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
    ".small{font-size:12px}.strong{font-weight:600;fill:#1b2632}"
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
    "text{fill:#c2ccd6}.strong{fill:#e3e9ef}"
    ".ground{fill:#151c25;stroke:#4b5866}.grid{stroke:#28323d}"
    ".axis{stroke:#7b8895}.frame{stroke:#4b5866}"
    ".galaxy{stroke:#d79be8}.galactic{fill:#d9a9e8}.glow{stroke:#151c25}"
    ".ring{fill:#151c25;stroke:#d79be8}.cells{fill:#4aa8e0;stroke:#4aa8e0}.halo{stroke:#151c25}"
)

MARKS = (  # last, for they take their colours from the rules before
    ".dots{fill:none;stroke-linecap:round}"
    ".bars{fill:none;stroke-opacity:.45}.curve{fill:none}"
    ".whole{stroke:none}"
    ".hollow{fill:none;stroke-width:1.1}.limits{fill-opacity:.25;stroke-width:1.1}"
)
