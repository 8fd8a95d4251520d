"""Geometries and MOCs as SQL: their values and the exact tests between them.

A geometry value is a double array as DALI writes it: a point (lon, lat), a circle
(lon, lat, radius), a polygon (lon, lat, lon, lat ...); where it is not known which,
the number of values tells. A MOC is an int8multirange of HEALPix cells of order 29.
Where the parts are known the tests use them, so that no array is made for each row.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.postgres.words import balanced, cell_range, multirange
from vo_lcc.adql.postgres.writer import Sql, refuse_rows
from vo_lcc.adql.regions.constants import (
    MOC_ORDER,
    box_parts,
    circle_parts,
    constant_moc,
    constant_polygon,
    distance_points,
    few_cells,
    fold_position,
    is_point,
    polygon_points,
)
from vo_lcc.sky import Edge, Polygon

SHAPES_OF_PARTS = ("point", "circle", "polygon")


def shape(r: Sql, expr: Any) -> str:
    """point, circle, polygon, moc, or adql:REGION for a geometry of any kind."""
    return r.types.of(expr).xtype or "point"


# --- values ---------------------------------------------------------------------


def lonlat(r: Sql, expr: Any) -> tuple[str, str]:
    """Longitude and latitude of a point."""
    if is_point(expr):
        lon, lat = fold_position(expr)
        return r.double(lon), r.double(lat)
    sql = geometry(r, expr)
    return f"({sql})[1]", f"({sql})[2]"


def circle(r: Sql, expr: Any) -> tuple[str, str, str]:
    """Longitude, latitude and radius of a circle."""
    if isinstance(expr, n.Call) and expr.name == "CIRCLE":
        centre, radius = circle_parts(expr)
        return (*lonlat(r, centre), r.double(radius))
    sql = geometry(r, expr)
    return f"({sql})[1]", f"({sql})[2]", f"({sql})[3]"


def geometry(r: Sql, expr: Any) -> str:
    """A geometry as an array, NULL too."""
    sql = r.sql(expr)
    return f"{sql}::float8[]" if r.types.kind(expr) == "0" else sql


def array(parts: Sequence[str]) -> str:
    """A geometry value; NULL where one of its numbers is."""
    values = f"ARRAY[{', '.join(parts)}]::float8[]"
    return f"(CASE WHEN array_position({values}, NULL) IS NULL THEN {values} END)"


def corners(r: Sql, e: n.Call) -> list[str]:
    """The numbers of a polygon or a box."""
    if e.name == "BOX":
        return box_corners(r, e)
    given = any(r.types.kind(a) == "p" for a in e.args)
    return [x for p in (e.args if given else polygon_points(e)) for x in lonlat(r, p)]


def box_corners(r: Sql, e: n.Call) -> list[str]:
    """The corners of a box: its centre plus and minus half its sides."""
    if len(e.args) == 3 and not is_point(e.args[0]):
        lon, lat = lonlat(r, e.args[0])
        width, height = (r.double(a) for a in e.args[1:])
    else:
        lon, lat, width, height = (r.double(a) for a in box_parts(e))
    west, east = f"{lon} - {width} / 2", f"{lon} + {width} / 2"
    south, north = f"{lat} - {height} / 2", f"{lat} + {height} / 2"
    return [west, south, east, south, east, north, west, north]


def separation(r: Sql, a: Any, b: Any) -> str:
    """Degrees between two points."""
    return f"vo_lcc.separation({', '.join([*lonlat(r, a), *lonlat(r, b)])})"


def moc(r: Sql, e: n.Call) -> str:
    """A MOC of text, or of a geometry down to an order."""
    ranges = constant_moc(e)
    if ranges is not None:
        return multirange(ranges)
    if r.types.kind(e.args[0]) == "t":
        return f"vo_lcc.moc_of_text({r.sql(e.args[0])})"
    order = cell_order(r, e.args[0]) if len(e.args) == 2 else str(MOC_ORDER)
    return f"vo_lcc.moc({geometry(r, e.args[-1])}, {order})"


def cell_order(r: Sql, e: Any) -> str:
    """The order of HEALPix cells; one there is not stays one there is not."""
    return f"least(greatest({r.sql(e)}, -1), 99)::int4"


def area(r: Sql, e: n.Call) -> str:
    """Square degrees."""
    region = e.args[0]
    kind = shape(r, region)
    if kind == "circle":
        return f"vo_lcc.circle_area({circle(r, region)[2]})"
    if kind == "point":
        return f"({lonlat(r, region)[0]} * 0)"
    return f"vo_lcc.{AREAS[kind]}({r.sql(region)})"


AREAS = {
    "polygon": "polygon_area",
    "adql:REGION": "region_area",
    "moc": "moc_area",
}


def centroid(r: Sql, e: n.Call) -> str:
    """A point."""
    region = e.args[0]
    kind = shape(r, region)
    if kind == "point":
        return r.sql(region)
    if kind == "circle":
        return array(circle(r, region)[:2])
    return f"vo_lcc.{kind.removeprefix('adql:').lower()}_centroid({r.sql(region)})"


# --- tests ----------------------------------------------------------------------


def region_test(r: Sql, name: str, args: Sequence[Any]) -> str:
    """CONTAINS or INTERSECTS as a condition."""
    a, b = args
    kinds = shape(r, a), shape(r, b)
    if "moc" in kinds:
        return moc_test(r, name, args)
    if name == "INTERSECTS" and kinds[0] != "point":
        a, b, kinds = b, a, kinds[::-1]
    if kinds[0] == "point" and kinds[1] in SHAPES_OF_PARTS:
        return point_in(r, a, b)
    function = f"vo_lcc.{name.lower()}"
    if set(kinds) <= set(SHAPES_OF_PARTS):
        kinds = shape(r, args[0]), shape(r, args[1])
        function += f"_{kinds[0]}_{kinds[1]}"
    return f"{function}({geometry(r, args[0])}, {geometry(r, args[1])})"


def moc_test(r: Sql, name: str, args: Sequence[Any]) -> str:
    """CONTAINS or INTERSECTS with a MOC on either side.

    Of a few ranges each is looked up: an index can answer, in half the time without.
    Never <@: of a MOC with gaps a GiST index on it would say that it is within nothing
    that has gaps too (PostgreSQL compares the range from its first cell to its last).
    """
    a, b = (r.sql(x) for x in args)
    kinds = [r.types.kind(x) for x in args]
    if isinstance(args[0], n.Cell) or isinstance(args[1], n.Cell):
        cell, cells = (a, b) if isinstance(args[0], n.Cell) else (b, a)
        return f"({cells} @> {cell})"
    if kinds == ["m", "m"] and name == "INTERSECTS":
        return f"({a} && {b})"
    ranges = few_cells(name, args) if kinds[1] == "m" else ()
    if ranges:
        return f"({' AND '.join(f'{b} @> {cell_range(each)}' for each in ranges)})"
    if kinds[0] == "m" and name == "CONTAINS":
        cells = b if kinds[1] == "m" else f"vo_lcc.moc({b}, {MOC_ORDER})"
        return f"multirange_contained_by_multirange({a}, {cells})"
    region, cells = (b, a) if kinds[0] == "m" else (a, b)
    return f"vo_lcc.{name.lower()}_moc({region}, {cells})"


def point_in(r: Sql, point: Any, region: Any) -> str:
    """A point in a region of known kind."""
    kind = shape(r, region)
    if kind == "point":
        return f"({separation(r, point, region)} = 0)"
    lon, lat = lonlat(r, point)
    if kind == "circle":
        clon, clat, radius = circle(r, region)
        limit = radius if is_constant(radius) else f"NULLIF({radius}, 'NaN')"
        return f"(vo_lcc.separation({lon}, {lat}, {clon}, {clat}) <= {limit})"
    polygon = constant_polygon(region) if isinstance(region, n.Call) else None
    if polygon is not None:
        refuse_rows(r, [point])
        return in_constant_polygon(polygon, lon, lat)
    return f"vo_lcc.in_polygon({lon}, {lat}, {r.sql(region)})"


def in_constant_polygon(polygon: Polygon, lon: str, lat: str) -> str:
    """The number of edges north of a position, odd or even (see sky.Polygon)."""
    crossings = balanced([crossing(edge) for edge in polygon.edges] or ["0"], "+")
    wanted = 0 if polygon.north else 1
    x, y, z = f"cosd({lon}) * cosd({lat})", f"sind({lon}) * cosd({lat})", f"sind({lat})"
    position = f"SELECT vo_lcc.longitude({lon}) AS l, {x} AS x, {y} AS y, {z} AS z"
    odd = f"SELECT ({crossings}) % 2 = {wanted} FROM ({position} OFFSET 0) AS p"  # noqa: S608
    return f"(CASE WHEN {lat} BETWEEN -90 AND 90 AND abs({lon}) < 1e9 THEN ({odd}) END)"


def crossing(edge: Edge) -> str:
    """1 where the meridian northward from p crosses an edge, else 0."""
    joint = "AND" if edge.west < edge.east else "OR"
    beside = f"p.l >= '{edge.west!r}'::float8 {joint} p.l < '{edge.east!r}'::float8"
    if edge.normal is None:
        return f"({beside})::int4"
    x, y, z = (f"'{c!r}'::float8" for c in edge.normal)
    return f"(({beside}) AND p.x * {x} + p.y * {y} + p.z * {z} < 0)::int4"


def is_constant(sql: str) -> bool:
    """True for a number written out, which is never NaN."""
    return sql.startswith("'")


def truth(r: Sql, e: n.Call) -> str:
    """CONTAINS or INTERSECTS as 1, 0 or NULL."""
    return f"{region_test(r, e.name, e.args)}::int4"


SHAPES: Mapping[str, Callable[[Sql, n.Call], str]] = MappingProxyType(
    {
        "POINT": lambda r, e: array(lonlat(r, e)),
        "CIRCLE": lambda r, e: array(circle(r, e)),
        "POLYGON": lambda r, e: array(corners(r, e)),
        "BOX": lambda r, e: array(corners(r, e)),
        "REGION": lambda r, e: f"vo_lcc.region_of_text({r.sql(e.args[0])})",
        "MOC": moc,
        "CONTAINS": truth,
        "INTERSECTS": truth,
        "DISTANCE": lambda r, e: separation(r, *distance_points(e)),
        "AREA": area,
        "CENTROID": centroid,
        "COORD1": lambda r, e: lonlat(r, e.args[0])[0],
        "COORD2": lambda r, e: lonlat(r, e.args[0])[1],
        "COORDSYS": lambda r, e: "'ICRS'::text",
    }
)
