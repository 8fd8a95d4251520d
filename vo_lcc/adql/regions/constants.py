"""Geometries in a tree: the parts they are written with, and constants."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.standard import ICRS_LIKE
from vo_lcc.sky import LonLat, Polygon

TINY = 1e-100  # degrees; sines of less cannot be multiplied


def is_point(expr: Any) -> bool:
    """True for POINT(lon, lat)."""
    return isinstance(expr, n.Call) and expr.name == "POINT" and len(expr.args) == 2


def is_distance(expr: Any) -> bool:
    """True for both forms of DISTANCE."""
    return isinstance(expr, n.Call) and expr.name == "DISTANCE"


def distance_points(call: Any) -> tuple[n.Expr, n.Expr]:
    """The two points of DISTANCE, whichever way it is written."""
    a = call.args
    if len(a) == 4:
        return n.Call("POINT", a[:2], at=call.at), n.Call("POINT", a[2:], at=call.at)
    return a[0], a[1]


def circle_parts(call: n.Call) -> tuple[n.Expr, n.Expr]:
    """Centre and radius of a circle, whichever way it is written."""
    if len(call.args) == 3:
        return n.Call("POINT", call.args[:2], at=call.at), call.args[2]
    return call.args[0], call.args[1]


def constant(expr: Any) -> float | None:
    """The value of an expression of numbers only; None for any other.

    >>> constant(n.Arithmetic(n.Literal(12.8), (("/", n.Literal(2)),)))
    6.4
    """
    if isinstance(expr, n.Literal):
        number = expr.value
        return number if isinstance(number, int | float) else None
    if isinstance(expr, n.Sign):
        value = constant(expr.operand)
        return -value if value is not None and expr.op == "-" else value
    if isinstance(expr, n.Arithmetic):
        return constant_chain(expr)
    if isinstance(expr, n.Call) and expr.name == "PI":
        return math.pi
    return None


def folded(expr: n.Expr) -> n.Expr:
    """A constant as one number, anything else as it is; next to nothing is zero."""
    value = constant(expr)
    if value is None:
        return expr
    return n.Literal(float(value) if abs(value) > TINY else 0.0, at=expr.at)


def fold_position(point: Any) -> tuple[n.Expr, n.Expr]:
    """Longitude and latitude of POINT(lon, lat), a constant longitude from 0 to 360."""
    lon, lat = (folded(a) for a in point.args)
    if isinstance(lon, n.Literal) and isinstance(lon.value, float):
        lon = n.Literal(lon.value % 360, at=lon.at)
    return lon, lat


def constant_chain(expr: n.Arithmetic) -> float | None:
    """A chain of constants; whole numbers are left to the database to divide."""
    total = constant(expr.first)
    for op, operand in expr.rest:
        value = constant(operand)
        if total is None or value is None or op == "%":
            return None
        if op == "/":
            if value == 0 or (isinstance(total, int) and isinstance(value, int)):
                return None
            total = total / value
        else:
            total = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op](
                total, value
            )
    return total


def constant_point(expr: Any) -> LonLat | None:
    """The position of a point of numbers only, or None."""
    if not is_point(expr):
        return None
    lon, lat = (constant(a) for a in expr.args)
    return None if lon is None or lat is None else (lon % 360, lat)


def constant_polygon(call: n.Call) -> Polygon | None:
    """A polygon or box of numbers only, or None."""
    corners = constant_corners(call)
    if corners is None or any(abs(lat) > 90 for _, lat in corners):
        return None
    try:
        return Polygon.of(corners)
    except ValueError:
        return None


def constant_corners(call: n.Call) -> list[LonLat] | None:
    """The corners of a polygon or box of numbers only, or None."""
    if call.name == "BOX":
        args = box_parts(call)
        numbers = [constant(a) for a in args]
        if any(x is None for x in numbers):
            return None
        lon, lat, width, height = (float(x or 0) for x in numbers)
        west, east = lon - width / 2, lon + width / 2
        south, north = lat - height / 2, lat + height / 2
        return [(west, south), (east, south), (east, north), (west, north)]
    if call.name != "POLYGON":
        return None
    points = [constant_point(p) for p in polygon_points(call)]
    return None if None in points else [p for p in points if p is not None]


def box_parts(call: n.Call) -> Sequence[n.Expr]:
    """Longitude, latitude, width and height of a box."""
    a = call.args
    if len(a) == 3:
        return (*a[0].args, *a[1:]) if is_point(a[0]) else (n.Literal(None),) * 4  # type: ignore[union-attr]
    return a


def polygon_points(call: n.Call) -> list[n.Expr]:
    """The corners of a polygon as points."""
    if len(call.args) < 6 or len(call.args) % 2 or any(map(is_point, call.args)):
        return list(call.args)
    pairs = zip(call.args[::2], call.args[1::2], strict=True)
    return [n.Call("POINT", pair, at=call.at) for pair in pairs]


def check_constants(note: Callable[[str, int], None], call: n.Call) -> None:
    """Note constants that are no position, no radius or no coordinate system."""
    system = (call.system or "").split()
    if system and system[0].upper() not in ICRS_LIKE:
        note(f"positions here are ICRS; '{call.system}' is not converted", call.at)
    for latitude in LATITUDES.get((call.name, len(call.args)), ()):
        value = constant(call.args[latitude])
        if value is not None and not -90 <= value <= 90:
            note(
                f"the declination {value:.15g} is not between -90 and 90",
                call.args[latitude].at,
            )
    if call.name == "CIRCLE":
        radius = constant(call.args[-1])
        if radius is not None and not 0 <= radius <= 180:
            note(f"the radius {radius:.15g} is not between 0 and 180", call.args[-1].at)
    if call.name in ("POLYGON", "BOX"):
        check_polygon(note, call)


def check_polygon(note: Callable[[str, int], None], call: n.Call) -> None:
    """Note what is wrong with constant corners."""
    corners = constant_corners(call)
    if corners is None:
        return
    if call.name == "BOX":
        width = (constant(call.args[-2]) or 0, constant(call.args[-1]) or 0)
        if not (0 < width[0] < 180 and 0 < width[1] <= 180):
            note(
                "the sides of a BOX are more than 0 and less than 180 degrees", call.at
            )
            return
    bad = [lat for _, lat in corners if not -90 <= lat <= 90]
    if bad:
        note(f"the declination {bad[0]:.15g} is not between -90 and 90", call.at)
        return
    try:
        Polygon.of(corners)
    except ValueError as error:
        note(str(error), call.at)


# Which arguments are latitudes, by function and number of arguments.
LATITUDES = {
    ("POINT", 2): (1,),
    ("CIRCLE", 3): (1,),
    ("DISTANCE", 4): (1, 3),
}
