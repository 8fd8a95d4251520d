"""Geometries in a tree: the parts they are written with, and constants."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.regions.stcs import parse_region
from vo_lcc.frames import rotate, rotation
from vo_lcc.moc import cell_moc, cone_moc, parse_moc, polygon_moc
from vo_lcc.sky import ORDER, LonLat, Polygon, Ranges

FOLDED: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
MOC_ORDER = 10  # of MOC(geometry): cells of 3.4 arcmin
MOST = 2**63  # of a whole number; larger than any angle
FEW_RANGES = 20  # of a MOC; a condition for each
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


def constant(expr: Any) -> int | float | None:
    """The value of an expression of numbers only; None for any other.

    >>> constant(n.Arithmetic(n.Literal(12.8), (("/", n.Literal(2)),)))
    6.4
    """
    if isinstance(expr, n.Literal):
        number = expr.value
        return number if isinstance(number, int | float) else None
    if isinstance(expr, n.Sign):
        value = None if expr.op == "~" else constant(expr.operand)
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


def constant_chain(expr: n.Arithmetic) -> int | float | None:
    """A chain of constants; whole numbers are left to the database to divide."""
    total = constant(expr.first)
    for op, operand in expr.rest:
        value = constant(operand)
        if total is None or value is None or op not in FOLDED:
            return None
        if op == "/":
            if value == 0 or (isinstance(total, int) and isinstance(value, int)):
                return None
            total = total / value
        else:
            total = FOLDED[op](total, value)
        if not abs(total) < MOST:
            return None
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


def plain(expr: Any) -> Any:
    """A region of text, or of another frame, as the geometry that it describes."""
    try:
        if isinstance(expr, n.Call) and expr.name == "IVO_GEOM_TRANSFORM":
            return transformed(expr)
        text = region_text(expr)
        return expr if text is None else parse_region(text, expr.at)
    except ValueError:
        return expr


def transformed(call: n.Call) -> n.Call:
    """A constant point, circle or polygon of another frame, in this one."""
    names = [text_of(a) for a in call.args[:2]]
    region = plain(call.args[2])
    if None in names or not isinstance(region, n.Call):
        return call
    matrix = rotation(str(names[0]), str(names[1]))
    points: list[n.Expr] = []
    for point in shape_points(region):
        position = constant_point(point)
        if position is None or not abs(position[1]) <= 90:
            return call
        lon, lat = rotate(position, matrix)
        points.append(n.Call("POINT", (n.Literal(lon), n.Literal(lat)), at=call.at))
    if not points or region.name == "POINT":
        return points[0] if points else call  # type: ignore[return-value]
    radius = (circle_parts(region)[1],) if region.name == "CIRCLE" else ()
    name = "CIRCLE" if radius else "POLYGON"
    return n.Call(name, (*points, *radius), at=call.at)


def shape_points(region: n.Call) -> list[n.Expr]:
    """The points of a point, circle, polygon or box of constants."""
    if region.name == "POINT":
        return [region]
    if region.name == "CIRCLE":
        return [circle_parts(region)[0]]
    corners = constant_corners(region) or []
    return [n.Call("POINT", (n.Literal(x), n.Literal(y))) for x, y in corners]


def region_text(expr: Any) -> str | None:
    """The text of REGION('...'), or None."""
    if not isinstance(expr, n.Call) or expr.name != "REGION":
        return None
    return text_of(expr.args[0])


def text_of(expr: Any) -> str | None:
    """The value of a text constant, or None."""
    value = expr.value if isinstance(expr, n.Literal) else None
    return value if isinstance(value, str) else None


def constant_moc(expr: Any) -> Ranges | None:
    """The cells of a MOC of constants only, or None."""
    if not isinstance(expr, n.Call) or expr.name != "MOC":
        return None
    text = text_of(expr.args[0])
    try:
        if text is not None and len(expr.args) == 1:
            return parse_moc(text)
    except ValueError:
        return None
    order = constant(expr.args[0]) if len(expr.args) == 2 else MOC_ORDER
    if not isinstance(order, int) or not 0 <= order <= ORDER:
        return None
    return cover(plain(expr.args[-1]), order)


def few_cells(name: str, args: Sequence[Any]) -> Ranges:
    """The ranges of a constant MOC in a CONTAINS, if they are few; () for all else."""
    ranges = constant_moc(plain(args[0])) if name == "CONTAINS" else None
    return ranges if ranges and len(ranges) <= FEW_RANGES else ()


def constant_cone(region: Any) -> tuple[float, float, float] | None:
    """Longitude, latitude and radius of a circle of numbers only, or None."""
    if not isinstance(region, n.Call) or region.name != "CIRCLE":
        return None
    centre, radius = circle_parts(region)
    position, value = constant_point(centre), constant(radius)
    if position is None or value is None or not 0 <= value <= 180:
        return None
    return (*position, value) if abs(position[1]) <= 90 else None


def cover(region: Any, order: int) -> Ranges | None:
    """The cells down to an order that touch a region of constants."""
    position = constant_point(region) if is_point(region) else None
    if position is not None and abs(position[1]) <= 90:
        return cell_moc(*position, order)
    cone = constant_cone(region)
    if cone is not None:
        return cone_moc(*cone, order)
    polygon = constant_polygon(region) if isinstance(region, n.Call) else None
    return None if polygon is None else polygon_moc(polygon, order)
