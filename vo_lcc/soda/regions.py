"""POS, CIRCLE, POLYGON: regions of the sky as SODA 1.0 (section 3.3) writes them."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from vo_lcc.adql.nodes import And, Between, Expr, Literal, Or, call, column
from vo_lcc.curves.finding import Region
from vo_lcc.dali.params import Params, parse_number, shown
from vo_lcc.errors import ParameterError

MOST_REGIONS = 100

INFINITE: Mapping[str, float] = MappingProxyType(
    {"-inf": -math.inf, "+inf": math.inf, "inf": math.inf}
)


def parse_regions(params: Params) -> tuple[Region, ...]:
    """All regions that are asked for, each in degrees, ICRS; raises ParameterError."""
    count = sum(len(params.many(name)) for name in ("POS", "CIRCLE", "POLYGON"))
    if count > MOST_REGIONS:
        raise ParameterError(
            "POS",
            f"{count} regions; at most {MOST_REGIONS}, or send an UPLOAD of positions",
        )
    return (
        *(parse_pos(text) for text in params.many("POS")),
        *(parse_circle("CIRCLE", text.split()) for text in params.many("CIRCLE")),
        *(parse_polygon("POLYGON", text.split()) for text in params.many("POLYGON")),
    )


def parse_pos(text: str) -> Region:
    """POS: a word for the kind of region, then its numbers."""
    kind, *numbers = text.split()
    if kind.upper() not in SHAPES:
        raise ParameterError(
            "POS",
            f"{shown(text)} does not begin with {', '.join(SHAPES)};"
            " write it like CIRCLE 10.5 -20 0.1",
        )
    return SHAPES[kind.upper()]("POS", numbers)


def parse_circle(name: str, words: list[str]) -> Region:
    """A circle: longitude, latitude, radius (deg).

    >>> parse_circle("CIRCLE", ["10", "-20", "0.1"]).name
    'CIRCLE'
    """
    if len(words) != 3:
        raise ParameterError(name, "a circle is three numbers: ra dec radius (deg)")
    lon, lat, radius = (parse_number(name, word) for word in words)
    check_latitude(name, lat)
    if not 0 <= radius <= 180:
        raise ParameterError(name, f"{radius:.15g} is not a radius of 0 to 180 degrees")
    return call("CIRCLE", *map(Literal, (lon % 360, lat, radius)))


def parse_polygon(name: str, words: list[str]) -> Region:
    """A polygon: longitudes and latitudes of its corners in turn (deg)."""
    if len(words) < 6 or len(words) % 2:
        raise ParameterError(
            name, "a polygon is the ra and dec (deg) of three corners or more"
        )
    numbers = [parse_number(name, word) for word in words]
    for lat in numbers[1::2]:
        check_latitude(name, lat)
    numbers[::2] = [lon % 360 for lon in numbers[::2]]
    return call("POLYGON", *map(Literal, numbers))


def parse_range(name: str, words: list[str]) -> Region:
    """A range: from and to in longitude, from and to in latitude (deg).

    A range of longitudes that ends below where it starts goes over 0.
    """
    if len(words) != 4:
        raise ParameterError(
            name, "a range is four numbers: ra from, to, dec from, to (deg)"
        )
    west, east, south, north = (read_end(name, word) for word in words)
    if south > north:
        raise ParameterError(name, "in a range the lower latitude comes first")
    rows = between("dec", max(south, -90.0), min(north, 90.0))
    if math.isinf(west) or math.isinf(east) or east - west >= 360:
        return rows
    west, east = west % 360, east % 360
    inside = (
        between("ra", west, east)
        if west <= east
        else Or((between("ra", west, 360.0), between("ra", 0.0, east)))
    )
    return And((inside, rows))


SHAPES = {"CIRCLE": parse_circle, "RANGE": parse_range, "POLYGON": parse_polygon}


def between(name: str, low: float, high: float) -> Expr:
    """The column lies between two numbers."""
    return Between(column(name), Literal(low), Literal(high))


def read_end(name: str, text: str) -> float:
    """A number, or an open end."""
    return INFINITE.get(text.lower(), None) or parse_number(name, text)


def check_latitude(name: str, lat: float) -> None:
    """Raises ParameterError for what is beyond a pole."""
    if not -90 <= lat <= 90:
        raise ParameterError(name, f"{lat:.15g} is not a latitude of -90 to 90 degrees")
