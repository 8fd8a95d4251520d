"""What the indexes can say of a region: conditions that no row of it fails.

A constant cone or polygon on the position of a table becomes ranges of its HEALPix
index; a position beside another's becomes a box on its point index; a region or MOC
column is looked up by the MOC that covers it. Where no index fits there is no
condition, and None stands for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.function import RANDOM
from vo_lcc.adql.regions.constants import (
    circle_parts,
    constant,
    constant_cone,
    constant_moc,
    constant_point,
    constant_polygon,
    few_cells,
    fold_position,
    folded,
    is_point,
    plain,
)
from vo_lcc.adql.tree.walk import descendants, inner_query
from vo_lcc.moc import thin, widened
from vo_lcc.sky import (
    ORDER,
    LonLat,
    Ranges,
    bounding_cone,
    cone_ranges,
    polygon_ranges,
)

WHOLE_SKY, HALF_SKY = 180.0, 90.0


@dataclass(frozen=True, slots=True)
class Indexed:
    """A point made of the indexed position of one table."""

    alias: str
    ra: n.ColumnRef
    dec: n.ColumnRef
    hpx: n.ColumnRef


@dataclass(frozen=True, slots=True)
class Lookup:
    """The indexes in sight: of positions by table, of regions by table and column.

    `discs` are the largest radii of circles that lie around the position of the table.
    """

    positions: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    coverages: dict[tuple[str, str], str] = field(default_factory=dict)
    discs: dict[tuple[str, str], float] = field(default_factory=dict)

    # --- inside ---------------------------------------------------------------------

    def region(self, call: n.Call) -> n.Expr | None:
        """Of CONTAINS or INTERSECTS: that the two have something in common."""
        a, b = (plain(x) for x in call.args)
        if few_cells(call.name, call.args) and self.cover_of(b) == b:
            return None  # the test itself is a matter of the index
        for one, other in ((a, b), (b, a)):
            found = self.point_in(one, other) if is_point(one) else None
            found = found or self.covered(one, other) or self.around(one, other)
            if isinstance(found, n.MocMeets) and call.name == "CONTAINS":
                return replace(found, or_empty=one is a)
            if found is not None:
                return found
        return None

    def point_in(self, position: n.Expr, region: Any) -> n.Expr | None:
        """Of a point in a region that is no column."""
        if not isinstance(region, n.Call):
            return None
        if region.name == "CIRCLE":
            centre, radius = circle_parts(region)
            return self.near((position, centre), radius)
        if region.name == "POINT":
            return self.near((position, region), n.Literal(0))
        place = self.indexed(position)
        if place is None:
            return None
        ranges = constant_ranges(region)
        return None if ranges is None else n.InRanges(place.hpx, ranges)

    def covered(self, column: Any, other: Any) -> n.Expr | None:
        """Of a region or MOC column: its cover and that of the other side."""
        moc = self.cover_of(column)
        if moc is None:
            return None
        if is_point(other):
            centre, place = constant_point(other), self.indexed(other)
            if centre is not None and abs(centre[1]) <= 90:
                ranges = cone_ranges(*centre, 0)
                return None if ranges is None else n.MocMeets(moc, ranges)
            return None if place is None else n.MocMeets(moc, n.Cell(place.hpx))
        ranges = constant_ranges(other)
        if ranges is not None:
            return n.MocMeets(moc, ranges)
        there = self.cover_of(other)
        return None if there is None else n.MocMeets(moc, there)

    def around(self, column: Any, other: Any) -> n.Expr | None:
        """Of a column of circles around a position: that the position is near by."""
        disc = self.disc_of(column)
        if disc is None:
            return None
        here, radius = disc
        there = self.disc_of(other)
        if there is not None:
            return self.near((here, there[0]), n.Literal(radius + there[1]))
        if is_point(other):
            return self.near((here, other), n.Literal(radius))
        if isinstance(other, n.Call) and other.name == "CIRCLE":
            centre, wide = circle_parts(other)
            both = n.Arithmetic(wide, (("+", n.Literal(radius)),))
            return self.near((here, centre), both)
        place = self.indexed(here)
        ranges = constant_ranges(other, radius)
        if place is None or ranges is None:
            return None
        return n.InRanges(place.hpx, ranges)

    def near(self, pair: Sequence[n.Expr], radius: n.Expr) -> n.Expr | None:
        """Of two points: that they are within a radius."""
        limit = constant(radius)
        found: list[n.Expr] = []
        for one, other in (pair, tuple(reversed(pair))):
            place = self.indexed(one)
            if place is None or not is_point(other):
                continue
            centre = constant_point(other)
            if centre is not None and limit is not None:
                return near_constant(place, centre, limit)
            if limit is not None and not 0 <= limit < WHOLE_SKY:
                return None
            if not uses(place.alias, other, radius):
                lon, lat = fold_position(other)
                found.append(n.NearPoint(place.ra, place.dec, lon, lat, folded(radius)))
        if not found:
            return None
        return found[0] if len(found) == 1 else n.And(tuple(found))

    def cells(self, expr: Any) -> n.Expr | None:
        """Of `ivo_healpix_index(order, ra, dec) = cell`: that the index is in it."""
        if not isinstance(expr, n.Comparison) or expr.op != "=":
            return None
        for side, other in ((expr.left, expr.right), (expr.right, expr.left)):
            found, cell = self.cell_of(side), constant(other)
            if found is not None and isinstance(cell, int):
                hpx, order = found
                shift = 2 * (ORDER - order)
                if 0 <= cell < 12 * 4**order:
                    low, high = cell << shift, ((cell + 1) << shift) - 1
                    return n.InRanges(hpx, ((low, high),))
        return None

    # --- outside --------------------------------------------------------------------

    def not_region(self, call: n.Call) -> n.Expr | None:
        """Of NOT CONTAINS: that a point is outside of a cone of half the sky or more.

        Anything smaller leaves too many rows for an index to be of use.
        """
        a, b = (plain(x) for x in call.args)
        for one, other in ((a, b), (b, a)):
            if is_point(one) and isinstance(other, n.Call) and other.name == "CIRCLE":
                centre, radius = circle_parts(other)
                return self.far((one, centre), radius)
        return None

    def far(self, pair: Sequence[n.Expr], radius: n.Expr) -> n.Expr | None:
        """Of two points: that they are a radius apart, or more."""
        limit = constant(radius)
        if limit is None or not 90 <= limit <= WHOLE_SKY:
            return None
        for one, other in (pair, tuple(reversed(pair))):
            place, centre = self.indexed(one), constant_point(other)
            if place is not None and centre is not None:
                antipode = ((centre[0] + 180) % 360, -centre[1])
                return near_constant(place, antipode, WHOLE_SKY - limit)
        return None

    # --- what is indexed ------------------------------------------------------------

    def indexed(self, expr: n.Expr) -> Indexed | None:
        """The indexed position a point is made of, or None."""
        if not is_point(expr):
            return None
        lon, lat = expr.args  # type: ignore[union-attr]
        if not isinstance(lon, n.ColumnRef) or not isinstance(lat, n.ColumnRef):
            return None
        names = self.positions.get(lon.source)
        if (
            names is None
            or lat.source != lon.source
            or (lon.name, lat.name) != names[:2]
        ):
            return None
        return Indexed(lon.source, lon, lat, n.ColumnRef(lon.source, names[2]))

    def cell_of(self, expr: Any) -> tuple[n.ColumnRef, int] | None:
        """The index and order of IVO_HEALPIX_INDEX of an indexed position, or None."""
        if not isinstance(expr, n.Call) or expr.name != "IVO_HEALPIX_INDEX":
            return None
        order, *position = expr.args
        if len(position) == 2:
            position = [n.Call("POINT", tuple(position))]
        place, number = self.indexed(position[0]), constant(order)
        if place is None or not isinstance(number, int) or not 0 <= number <= ORDER:
            return None
        return place.hpx, number

    def disc_of(self, expr: Any) -> tuple[n.Expr, float] | None:
        """The centre and the largest radius of a column of circles, or None."""
        if not isinstance(expr, n.ColumnRef) or expr.source not in self.positions:
            return None
        radius = self.discs.get((expr.source, expr.name))
        if radius is None:
            return None
        ra, dec, _ = (n.ColumnRef(expr.source, c) for c in self.positions[expr.source])
        return n.Call("POINT", (ra, dec), at=expr.at), radius

    def cover_of(self, expr: Any) -> n.ColumnRef | None:
        """The indexed MOC of a region or MOC column, or None."""
        if not isinstance(expr, n.ColumnRef):
            return None
        moc = self.coverages.get((expr.source, expr.name))
        return None if moc is None else n.ColumnRef(expr.source, moc)


def constant_ranges(region: Any, wider: float = 0) -> Ranges | None:
    """Ranges that cover a region of constants; None for others, and the whole sky.

    They cover all within `wider` degrees of it, for which a polygon becomes a cone.
    """
    moc = constant_moc(region)
    if moc is not None:
        around = widened(moc, wider) if wider and moc else moc
        return thin(around or ()) or None
    cone = constant_cone(region)
    if cone is not None:
        lon, lat, radius = cone
        return cone_ranges(lon, lat, min(radius + wider, WHOLE_SKY))
    polygon = constant_polygon(region) if isinstance(region, n.Call) else None
    if polygon is None or not wider:
        return None if polygon is None else polygon_ranges(polygon)
    lon, lat, radius = bounding_cone(polygon)
    return None if radius >= HALF_SKY - 1 else cone_ranges(lon, lat, radius + wider)


def near_constant(place: Indexed, centre: LonLat, radius: float) -> n.Expr | None:
    """The ranges of a constant cone."""
    if not 0 <= radius < WHOLE_SKY or not abs(centre[1]) <= 90:
        return None
    ranges = cone_ranges(*centre, radius)
    return None if ranges is None else n.InRanges(place.hpx, ranges)


def uses(alias: str, *exprs: n.Expr) -> bool:
    """True when one of the expressions needs a row of this table, or may; or chance."""
    return any(
        (isinstance(node, n.ColumnRef) and node.source == alias)
        or (isinstance(node, n.Call) and node.name in RANDOM)
        or inner_query(node) is not None
        for expr in exprs
        for node in descendants(expr)
    )
