"""Regions in text: STC-S as TAP 1.0 and ObsCore write it, and DALI's own form.

Read are `Position`, `Point`, `Circle`, `Box` and `Polygon` with an optional frame
(ICRS and what is ICRS within a few 0.01 arcsec), reference position and flavour.
"""

import math
import re

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.geometry import ICRS_LIKE, OTHER_SYSTEMS

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
SHAPES = {
    "POSITION": "POINT",
    "POINT": "POINT",
    "CIRCLE": "CIRCLE",
    "BOX": "BOX",
    "POLYGON": "POLYGON",
}
COUNTS = {"POINT": (2,), "CIRCLE": (3,), "BOX": (4,), "POLYGON": range(6, 100_000, 2)}
IGNORED = frozenset(
    {
        "BARYCENTER",
        "GEOCENTER",
        "HELIOCENTER",
        "TOPOCENTER",
        "RELOCATABLE",
        "UNKNOWNREFPOS",
        "SPHERICAL2",
        "UNITSPHERE",
    }
)


def parse_region(text: str, at: int) -> n.Call:
    """The geometry that STC-S or DALI text describes, at a place of the query.

    Raises ValueError, with a sentence, for text that describes none.

    >>> parse_region("CIRCLE ICRS 10 20 0.5", 0).args[2]
    Literal(value=0.5)
    """
    shape, *words = text.replace(",", " ").split() or [""]
    name = SHAPES.get(shape.upper())
    if name is None:
        raise ValueError(
            f"'{text[:40]}' is no region that is read here; write"
            " 'CIRCLE ICRS 10 20 0.5', or BOX, POLYGON, POSITION"
        )
    while words and not NUMBER.match(words[0]):
        check_word(words.pop(0).upper())
    if len(words) not in COUNTS[name] or not all(map(NUMBER.match, words)):
        raise ValueError(f"'{text[:40]}' has not the numbers of a {name}")
    if not all(math.isfinite(float(word)) for word in words):
        raise ValueError("a number of a region is beyond the range of a double")
    numbers = tuple(n.Literal(float(word), at=at) for word in words)
    return n.Call(name, numbers, at=at)


def check_word(word: str) -> None:
    """Refuse a frame that is not ICRS, and what is no word of STC-S."""
    if word in OTHER_SYSTEMS:
        raise ValueError(
            f"positions here are ICRS; write ivo_geom_transform('{word}', 'ICRS', ...)"
        )
    if word not in ICRS_LIKE and word not in IGNORED:
        raise ValueError(f"'{word[:40]}' is not understood in a region")
