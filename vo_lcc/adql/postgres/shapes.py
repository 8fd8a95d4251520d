"""Geometries as SQL: their values and the exact tests between them.

A geometry value is a double array as DALI writes it: a point (lon, lat), a circle
(lon, lat, radius), a polygon (lon, lat, lon, lat ...). Where the parts are known
the tests use them, so that no array is made for each row.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from vo_lcc.adql import nodes as n
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.regions.constants import (
    box_parts,
    circle_parts,
    constant_polygon,
    distance_points,
    fold_position,
    is_point,
    polygon_points,
)
from vo_lcc.adql.types.infer import Types
from vo_lcc.sky import Edge, Polygon


class Sql(Protocol):
    """What the renderer does for shapes."""

    types: Types
    problems: Problems

    def sql(self, expr: Any) -> str:
        """One expression."""
        ...

    def double(self, expr: Any) -> str:
        """One expression as a float8."""
        ...


class Shapes:
    """Renders geometries with the help of the renderer of everything else."""

    def __init__(self, renderer: Sql) -> None:
        self.r = renderer

    def kind(self, expr: Any) -> str:
        """point, circle or polygon."""
        return self.r.types.of(expr).xtype or "point"

    # --- values -------------------------------------------------------------------

    def value(self, e: n.Call) -> str | None:
        """A geometry or a function of geometries; None for any other function."""
        render = VALUES.get(e.name)
        return None if render is None else render(self, e)

    def lonlat(self, expr: Any) -> tuple[str, str]:
        """Longitude and latitude of a point."""
        if is_point(expr):
            lon, lat = fold_position(expr)
            return self.r.double(lon), self.r.double(lat)
        sql = self.geometry(expr)
        return f"({sql})[1]", f"({sql})[2]"

    def circle(self, expr: Any) -> tuple[str, str, str]:
        """Longitude, latitude and radius of a circle."""
        if isinstance(expr, n.Call) and expr.name == "CIRCLE":
            centre, radius = circle_parts(expr)
            return (*self.lonlat(centre), self.r.double(radius))
        sql = self.geometry(expr)
        return f"({sql})[1]", f"({sql})[2]", f"({sql})[3]"

    def geometry(self, expr: Any) -> str:
        """A geometry as an array, NULL too."""
        sql = self.r.sql(expr)
        return f"{sql}::float8[]" if self.r.types.kind(expr) == "0" else sql

    def array(self, parts: Sequence[str]) -> str:
        """A geometry value; NULL where one of its numbers is."""
        values = f"ARRAY[{', '.join(parts)}]::float8[]"
        return f"(CASE WHEN array_position({values}, NULL) IS NULL THEN {values} END)"

    def corners(self, e: n.Call) -> list[str]:
        """The numbers of a polygon or a box."""
        if e.name == "BOX":
            return self.box_corners(e)
        return [x for p in polygon_points(e) for x in self.lonlat(p)]

    def box_corners(self, e: n.Call) -> list[str]:
        """The corners of a box: its centre plus and minus half its sides."""
        if len(e.args) == 3 and not is_point(e.args[0]):
            lon, lat = self.lonlat(e.args[0])
            width, height = (self.r.double(a) for a in e.args[1:])
        else:
            lon, lat, width, height = (self.r.double(a) for a in box_parts(e))
        west, east = f"{lon} - {width} / 2", f"{lon} + {width} / 2"
        south, north = f"{lat} - {height} / 2", f"{lat} + {height} / 2"
        return [west, south, east, south, east, north, west, north]

    def separation(self, a: Any, b: Any) -> str:
        """Degrees between two points."""
        return f"vo_lcc.separation({', '.join([*self.lonlat(a), *self.lonlat(b)])})"

    # --- tests --------------------------------------------------------------------

    def test(self, name: str, args: Sequence[Any]) -> str:
        """CONTAINS or INTERSECTS as a condition."""
        a, b = args
        if name == "INTERSECTS" and self.kind(a) != "point":
            a, b = b, a
        if self.kind(a) == "point":
            return self.point_in(a, b)
        kinds = f"{self.kind(args[0])}_{self.kind(args[1])}"
        function = f"vo_lcc.{name.lower()}_{kinds}"
        return f"{function}({self.geometry(args[0])}, {self.geometry(args[1])})"

    def point_in(self, point: Any, region: Any) -> str:
        """A point in a region of any kind."""
        kind = self.kind(region)
        if kind == "point":
            return f"({self.separation(point, region)} = 0)"
        lon, lat = self.lonlat(point)
        if kind == "circle":
            clon, clat, radius = self.circle(region)
            return f"(vo_lcc.separation({lon}, {lat}, {clon}, {clat}) <= {radius})"
        polygon = constant_polygon(region) if isinstance(region, n.Call) else None
        if polygon is not None:
            return in_constant_polygon(polygon, lon, lat)
        return f"vo_lcc.in_polygon({lon}, {lat}, {self.r.sql(region)})"

    def truth(self, e: n.Call) -> str:
        """CONTAINS or INTERSECTS as 1, 0 or NULL."""
        return f"{self.test(e.name, e.args)}::int4"


def in_constant_polygon(polygon: Polygon, lon: str, lat: str) -> str:
    """The number of edges north of a position, odd or even (see sky.Polygon)."""
    crossings = " + ".join([crossing(edge) for edge in polygon.edges]) or "0"
    wanted = 0 if polygon.north else 1
    x, y, z = f"cosd({lon}) * cosd({lat})", f"sind({lon}) * cosd({lat})", f"sind({lat})"
    position = f"SELECT vo_lcc.longitude({lon}) AS l, {x} AS x, {y} AS y, {z} AS z"
    odd = f"SELECT ({crossings}) % 2 = {wanted} FROM ({position} OFFSET 0) AS p"  # noqa: S608
    return f"(CASE WHEN {lat} BETWEEN -90 AND 90 AND abs({lon}) < 1e9 THEN ({odd}) END)"


def crossing(edge: Edge) -> str:
    """1 where the meridian northward from p crosses an edge, else 0."""
    x, y, z = (f"'{c!r}'::float8" for c in edge.normal)
    joint = "AND" if edge.west < edge.east else "OR"
    return (
        f"((p.l >= '{edge.west!r}'::float8 {joint} p.l < '{edge.east!r}'::float8)"
        f" AND p.x * {x} + p.y * {y} + p.z * {z} < 0)::int4"
    )


def area(shapes: Shapes, e: n.Call) -> str:
    """Square degrees."""
    kind = shapes.kind(e.args[0])
    if kind == "circle":
        return f"vo_lcc.circle_area({shapes.circle(e.args[0])[2]})"
    if kind == "point":
        return f"({shapes.lonlat(e.args[0])[0]} * 0)"
    return f"vo_lcc.polygon_area({shapes.r.sql(e.args[0])})"


def centroid(shapes: Shapes, e: n.Call) -> str:
    """A point."""
    kind = shapes.kind(e.args[0])
    if kind == "point":
        return shapes.r.sql(e.args[0])
    if kind == "circle":
        return shapes.array(shapes.circle(e.args[0])[:2])
    return f"vo_lcc.polygon_centroid({shapes.r.sql(e.args[0])})"


def distance(shapes: Shapes, e: n.Call) -> str:
    """Degrees."""
    return shapes.separation(*distance_points(e))


VALUES: dict[str, Callable[[Shapes, n.Call], str]] = {
    "POINT": lambda s, e: s.array(s.lonlat(e)),
    "CIRCLE": lambda s, e: s.array(s.circle(e)),
    "POLYGON": lambda s, e: s.array(s.corners(e)),
    "BOX": lambda s, e: s.array(s.corners(e)),
    "CONTAINS": Shapes.truth,
    "INTERSECTS": Shapes.truth,
    "DISTANCE": distance,
    "AREA": area,
    "CENTROID": centroid,
    "COORD1": lambda s, e: s.lonlat(e.args[0])[0],
    "COORD2": lambda s, e: s.lonlat(e.args[0])[1],
}
