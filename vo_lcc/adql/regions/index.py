"""Region predicates to something an index can answer: the one place where it is done.

A constant cone or polygon on the position of a table becomes ranges of its HEALPix
index; a position beside another's becomes a box on its point index. Each is ANDed
with the exact test, so an index only ever saves time. Where no index fits, the
exact test stands alone.

Understood are CONTAINS and INTERSECTS compared with 0 or 1 in any way, DISTANCE
below something, and BETWEEN, wherever a condition stands that rows must fulfil
(ADQL 2.1 sections 4.2.6 to 4.2.17).
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.regions.constants import (
    check_constants,
    circle_parts,
    constant,
    constant_point,
    constant_polygon,
    distance_points,
    fold_position,
    folded,
    is_distance,
    is_point,
)
from vo_lcc.adql.tree.walk import descendants, inner_query, rebuild, with_query
from vo_lcc.adql.types.infer import Types
from vo_lcc.sky import LonLat, cone_ranges, polygon_ranges

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
PREDICATES = ("CONTAINS", "INTERSECTS")


@dataclass(frozen=True, slots=True)
class Indexed:
    """A point made of the indexed position of one table."""

    alias: str
    ra: n.ColumnRef
    dec: n.ColumnRef
    hpx: n.ColumnRef


def index_regions(query: n.Query, types: Types) -> n.Query:
    """The query with its region predicates rewritten; bad constants are noted."""
    return _Regions(types).query(query)


class _Regions:
    def __init__(self, types: Types) -> None:
        self.types = types
        self.problems = types.problems
        self.positions: dict[str, tuple[str, str, str]] = {}

    # --- queries ------------------------------------------------------------------

    def query(self, query: n.Query) -> n.Query:
        """Every SELECT of a query."""
        if isinstance(query, n.With):
            tables = tuple(self.common(table) for table in query.tables)
            return replace(query, tables=tables, query=self.query(query.query))
        if isinstance(query, n.SetOperation):
            left, right = self.query(query.left), self.query(query.right)
            return replace(query, left=left, right=right)
        source = self.source(query.source)
        return replace(
            query,
            source=source,
            items=tuple(replace(i, expr=self.value(i.expr)) for i in query.items),
            where=None if query.where is None else self.condition(query.where),
            group_by=tuple(self.value(e) for e in query.group_by),
            having=None if query.having is None else self.value(query.having),
            order_by=tuple(replace(o, expr=self.value(o.expr)) for o in query.order_by),
        )

    def source(self, node: n.Source) -> n.Source:
        """Conditions of joins, and the positions of tables."""
        if isinstance(node, n.TableRef) and node.table.position is not None:
            place = node.table.position
            self.positions[node.alias] = (place.ra, place.dec, place.hpx)
        elif isinstance(node, n.CommonRef) and node.name in self.positions:
            self.positions[node.alias] = self.positions[node.name]
        elif isinstance(node, n.DerivedTable):
            query = self.pass_on_position(self.query(node.query), node.alias)
            return replace(node, query=query)
        elif isinstance(node, n.Join):
            left, right = self.source(node.left), self.source(node.right)
            on = None if node.on is None else self.condition(node.on)
            return replace(node, left=left, right=right, on=on)
        return node

    def common(self, table: n.CommonTable) -> n.CommonTable:
        """A common table passes on a position like a derived one."""
        query = self.pass_on_position(self.query(table.query), table.name)
        return replace(table, query=query)

    def pass_on_position(self, query: n.Query, alias: str) -> n.Query:
        """A plain selection of ra and dec has the HEALPix index beside them.

        It is selected under a name of its own, which nobody else can write.
        """
        if not isinstance(query, n.Select) or query.group_by or query.distinct:
            return query
        exprs = [item.expr for item in query.items]
        if any(isinstance(e, n.Aggregate) for x in exprs for e in descendants(x)):
            return query
        names = {e: i.alias or "" for e, i in zip(exprs, query.items, strict=True)}
        for inner, (ra, dec, hpx) in self.positions.items():
            lon = names.get(n.ColumnRef(inner, ra))
            lat = names.get(n.ColumnRef(inner, dec))
            if lon is None or lat is None:
                continue
            hidden = f"{hpx} of {inner}"
            self.positions[alias] = (lon, lat, hidden)
            item = n.SelectItem(n.ColumnRef(inner, hpx), hidden)
            return replace(query, items=(*query.items, item))
        return query

    # --- conditions ---------------------------------------------------------------

    def condition(self, expr: n.Expr) -> n.Expr:
        """A condition that rows must fulfil."""
        if isinstance(expr, n.And | n.Or):
            return rebuild(expr, self.condition)  # type: ignore[no-any-return]
        if isinstance(expr, n.Comparison):
            found = self.comparison(expr)
            if found is not None:
                return found
        if (
            isinstance(expr, n.Between)
            and not expr.negated
            and is_distance(expr.operand)
        ):
            near = self.near(distance_points(expr.operand), expr.high)
            return self.both(near, self.value(expr))
        return self.value(expr)  # type: ignore[no-any-return]

    def value(self, expr: Any) -> Any:
        """Anything else: only its constants are checked, and inner queries entered."""
        if isinstance(expr, n.Comparison):
            tested = self.predicate(expr)
            if tested is not None:
                truth, call = tested
                test = self.exact(call)
                return test if truth else n.Not(test, at=expr.at)
        if isinstance(expr, n.Call):
            check_constants(self.problems.add, expr)
        held = inner_query(expr)
        if held is not None:
            expr = with_query(expr, self.query(held))
        return rebuild(expr, self.value)

    def comparison(self, expr: n.Comparison) -> n.Expr | None:
        """A region predicate as an index condition and an exact test; else None."""
        tested = self.predicate(expr)
        if tested is not None:
            truth, call = tested
            test = self.exact(call)
            if not truth:
                return n.Not(test, at=expr.at)
            return self.both(self.index(call), test)
        op, left, right = expr.op, expr.left, expr.right
        if is_distance(right):
            op, left, right = MIRRORED.get(op, op), right, left
        if is_distance(left) and op in ("<", "<=", "="):
            near = self.near(distance_points(left), right)
            return self.both(near, self.value(expr))
        return None

    def predicate(self, expr: n.Comparison) -> tuple[bool, n.Call] | None:
        """The truth a comparison asks of CONTAINS or INTERSECTS, and which one."""
        for call, other, op in (
            (expr.left, expr.right, expr.op),
            (expr.right, expr.left, MIRRORED.get(expr.op, expr.op)),
        ):
            number = constant(other)
            if (
                isinstance(call, n.Call)
                and call.name in PREDICATES
                and number is not None
            ):
                true = [value for value in (0, 1) if OPERATORS[op](value, number)]
                return (bool(true[0]), call) if len(true) == 1 else None
        return None

    def exact(self, call: n.Call) -> n.RegionTest:
        """The test itself, as a condition."""
        args = tuple(self.value(a) for a in call.args)
        return n.RegionTest(call.name, args, at=call.at)

    def both(self, index: n.Expr | None, exact: n.Expr) -> n.Expr:
        """The index condition, where there is one, and the exact test."""
        return exact if index is None else n.And((index, exact), at=exact.at)

    # --- indexes ------------------------------------------------------------------

    def index(self, call: n.Call) -> n.Expr | None:
        """What an index can say of CONTAINS or INTERSECTS with a point."""
        position, region = call.args
        if call.name == "INTERSECTS" and not is_point(position):
            position, region = region, position
        if not is_point(position) or not isinstance(region, n.Call):
            return None
        if region.name == "CIRCLE":
            centre, radius = circle_parts(region)
            return self.near((position, centre), radius)
        if region.name == "POINT":
            return self.near((position, region), n.Literal(0))
        place, polygon = self.indexed(position), constant_polygon(region)
        if place is None or polygon is None:
            return None
        ranges = polygon_ranges(polygon)
        return None if ranges is None else n.InRanges(place.hpx, ranges)

    def near(self, pair: Sequence[n.Expr], radius: n.Expr) -> n.Expr | None:
        """What an index can say of two points within a radius."""
        limit = constant(radius)
        found: list[n.Expr] = []
        for one, other in (pair, tuple(reversed(pair))):
            place = self.indexed(one)
            if place is None or not is_point(other):
                continue
            centre = constant_point(other)
            if centre is not None and limit is not None:
                return near_constant(place, centre, limit)
            if not uses(place.alias, other, radius):
                lon, lat = fold_position(other)
                found.append(n.NearPoint(place.ra, place.dec, lon, lat, folded(radius)))
        if not found:
            return None
        return found[0] if len(found) == 1 else n.And(tuple(found))

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


def near_constant(place: Indexed, centre: LonLat, radius: float) -> n.Expr | None:
    """The ranges of a constant cone."""
    if not 0 <= radius < 180 or not abs(centre[1]) <= 90:
        return None
    ranges = cone_ranges(*centre, radius)
    return None if ranges is None else n.InRanges(place.hpx, ranges)


def uses(alias: str, *exprs: n.Expr) -> bool:
    """True when one of the expressions needs a row of this table, or may."""
    return any(
        (isinstance(node, n.ColumnRef) and node.source == alias)
        or inner_query(node) is not None
        for expr in exprs
        for node in descendants(expr)
    )
