"""Region predicates to something an index can answer: the one place where it is done.

`predicates` reads a condition in any of its spellings, `lookup` knows what the
indexes can say of it, and here both are put into the query: a condition that an
index answers, ANDed with the exact test, so that an index only ever saves time. It
is done wherever a condition stands that rows must fulfil: WHERE, ON, in AND, OR and
under NOT, in queries inside queries (ADQL 2.1 sections 4.2.6 to 4.2.17).
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, TypeVar

from vo_lcc.adql import nodes as n
from vo_lcc.adql.regions.checks import check_constants
from vo_lcc.adql.regions.constants import distance_points, plain
from vo_lcc.adql.regions.lookup import Lookup
from vo_lcc.adql.regions.paths import path_condition
from vo_lcc.adql.regions.predicates import (
    distance_predicate,
    divided,
    has_region,
    negated,
    region_predicate,
    scaled,
)
from vo_lcc.adql.tree.walk import descendants, inner_query, rebuild, with_query
from vo_lcc.adql.types.infer import Types
from vo_lcc.sky import ORDER
from vo_lcc.tables import Path

T = TypeVar("T")


def index_regions(query: n.Query, types: Types) -> n.Query:
    """The query with its region predicates rewritten; bad constants are noted."""
    return _Regions(types).query(query)


class _Regions:
    def __init__(self, types: Types) -> None:
        self.types = types
        self.problems = types.problems
        self.lookup = Lookup()
        self.paths: dict[tuple[str, str], Path] = {}
        self.commons: dict[str, n.Query] = {}

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
            group_by=self.groups(query.group_by),
            having=None if query.having is None else self.value(query.having),
            order_by=tuple(replace(o, expr=self.value(o.expr)) for o in query.order_by),
        )

    def groups(self, group_by: tuple[n.Expr, ...]) -> tuple[n.Expr, ...]:
        """GROUP BY; beside a position or region there, its index, to be used after."""
        found = tuple(self.value(e) for e in group_by)
        given, indexes = set(group_by), []
        for alias, (ra, dec, hpx) in self.lookup.positions.items():
            if {n.ColumnRef(alias, ra), n.ColumnRef(alias, dec)} <= given:
                indexes.append(n.ColumnRef(alias, hpx))
        for (alias, region), moc in self.lookup.coverages.items():
            if n.ColumnRef(alias, region) in given:
                indexes.append(n.ColumnRef(alias, moc))
        return found + tuple(i for i in indexes if i not in given)

    def source(self, node: n.Source) -> n.Source:
        """Conditions of joins, and the indexes of tables."""
        if isinstance(node, n.TableRef):
            self.note_indexes(node)
        elif isinstance(node, n.CommonRef):
            self.inherit(node.alias, node.name)
            return replace(node, query=self.commons[node.name])
        elif isinstance(node, n.DerivedTable):
            query = self.pass_on(self.query(node.query), node.alias)
            return replace(node, query=query)
        elif isinstance(node, n.Join):
            left, right = self.source(node.left), self.source(node.right)
            on = None if node.on is None else self.condition(node.on)
            return replace(node, left=left, right=right, on=on)
        return node

    def note_indexes(self, node: n.TableRef) -> None:
        """What is indexed in a table of the catalog."""
        place = node.table.position
        if place is not None:
            self.lookup.positions[node.alias] = (place.ra, place.dec, place.hpx)
        for coverage in node.table.coverages:
            self.lookup.coverages[node.alias, coverage.region] = coverage.moc
        for disc in node.table.discs:
            self.lookup.discs[node.alias, disc.region] = disc.radius
        for path in node.table.paths:
            self.paths[node.alias, path.column] = path

    def inherit(self, alias: str, name: str) -> None:
        """A use of a common table has the indexes that it passes on."""
        positions, coverages = self.lookup.positions, self.lookup.coverages
        if name in positions:
            positions[alias] = positions[name]
        inherit_columns(coverages, alias, name)
        inherit_columns(self.lookup.discs, alias, name)
        inherit_columns(self.paths, alias, name)

    def common(self, table: n.CommonTable) -> n.CommonTable:
        """A common table passes on its indexes like a derived one."""
        query = self.pass_on(self.query(table.query), table.name)
        self.commons[table.name] = query
        return replace(table, query=query)

    def pass_on(self, query: n.Query, alias: str) -> n.Query:
        """A plain selection of a position or region has its index beside it.

        It is selected under a name of its own.
        """
        if not isinstance(query, n.Select) or query.group_by or query.distinct:
            return query
        exprs = [item.expr for item in query.items]
        several = (n.Aggregate, n.Window)
        if any(isinstance(e, several) for x in exprs for e in descendants(x)):
            return query
        names = {e: i.alias or "" for e, i in zip(exprs, query.items, strict=True)}
        hidden = [
            *self.hide_position(names, alias),
            *self.hide_covers(names, alias),
            *self.hide_paths(names, alias),
        ]
        return replace(query, items=(*query.items, *hidden)) if hidden else query

    def hide_position(self, names: dict[Any, str], alias: str) -> list[n.SelectItem]:
        """The HEALPix index of the first position that is selected."""
        for inner, (ra, dec, hpx) in self.lookup.positions.items():
            lon = names.get(n.ColumnRef(inner, ra))
            lat = names.get(n.ColumnRef(inner, dec))
            if lon is not None and lat is not None:
                hidden = hidden_name(f"{hpx} of {inner}", names.values())
                self.lookup.positions[alias] = (lon, lat, hidden)
                for (owner, region), radius in list(self.lookup.discs.items()):
                    shown = names.get(n.ColumnRef(inner, region))
                    if owner == inner and shown is not None:
                        self.lookup.discs[alias, shown] = radius
                return [n.SelectItem(n.ColumnRef(inner, hpx), hidden)]
        return []

    def hide_covers(self, names: dict[Any, str], alias: str) -> list[n.SelectItem]:
        """The MOCs of all regions that are selected."""
        items = []
        for (inner, region), moc in list(self.lookup.coverages.items()):
            shown = names.get(n.ColumnRef(inner, region))
            if shown is not None:
                hidden = hidden_name(f"{moc} of {inner}", names.values())
                self.lookup.coverages[alias, shown] = hidden
                items.append(n.SelectItem(n.ColumnRef(inner, moc), hidden))
        return items

    def hide_paths(self, names: dict[Any, str], alias: str) -> list[n.SelectItem]:
        """The parts of all identifiers that are selected."""
        items = []
        for (inner, column), path in list(self.paths.items()):
            shown = names.get(n.ColumnRef(inner, column))
            if shown is not None:
                taken = names.values()
                hidden = tuple(
                    hidden_name(f"{part} of {column} of {inner}", taken)
                    for part in path.parts
                )
                self.paths[alias, shown] = replace(path, column=shown, parts=hidden)
                items += [
                    n.SelectItem(n.ColumnRef(inner, part), name)
                    for part, name in zip(path.parts, hidden, strict=True)
                ]
        return items

    # --- conditions ---------------------------------------------------------------

    def condition(self, expr: Any) -> Any:
        """A condition that rows must fulfil."""
        if isinstance(expr, n.And | n.Or):
            return rebuild(expr, self.condition)
        if isinstance(expr, n.Not) and has_region(expr.operand):
            pushed = negated(expr.operand)
            if not isinstance(pushed, n.Not):
                return self.condition(pushed)
        index = self.index(expr)
        exact = self.value(expr)
        return exact if index is None else n.And((index, exact), at=expr.at)

    def index(self, expr: Any) -> n.Expr | None:
        """What an index can say of one condition; None where it can say nothing."""
        tested = region_predicate(expr)
        if tested is not None:
            truth, call = tested
            return self.lookup.region(call) if truth else self.lookup.not_region(call)
        identified = path_condition(expr, self.paths)
        if identified is not None:
            return identified
        cells = self.lookup.cells(expr)
        if cells is not None:
            return cells
        within = distance_predicate(expr)
        if within is not None and within.op in ("<", "<=", "="):
            return self.lookup.near(within.points, within.limit)
        if within is not None and within.op in (">", ">="):
            return self.lookup.far(within.points, within.limit)
        if isinstance(expr, n.Between) and not expr.negated:
            found = scaled(expr.operand)
            if found is not None and found[1] > 0:
                limit = divided(expr.high, found[1])
                return self.lookup.near(distance_points(found[0]), limit)
        return None

    def value(self, expr: Any) -> Any:
        """The exact test, or a value: constants are checked, inner queries entered."""
        tested = region_predicate(expr)
        if tested is not None:
            truth, call = tested
            test = self.exact(call)
            return test if truth else n.Not(test, at=expr.at)
        cell = self.lookup.cell_of(expr)
        if cell is not None:
            return cell_expression(*cell, expr.at)
        if isinstance(expr, n.Call):
            check_constants(self.problems.add, expr)
        held = inner_query(expr)
        if held is not None:
            expr = with_query(expr, self.query(held))
        return rebuild(expr, self.value)

    def exact(self, call: n.Call) -> n.RegionTest:
        """The test itself; an indexed position in a MOC is a matter of its cell."""
        args = [self.value(plain(a)) for a in call.args]
        ways = ((0, 1), (1, 0)) if call.name == "INTERSECTS" else ((0, 1),)
        for here, there in ways:
            place = self.lookup.indexed(args[here])
            if place is not None and self.types.kind(args[there]) == "m":
                args[here] = n.Cell(place.hpx)
        return n.RegionTest(call.name, tuple(args), at=call.at)


def inherit_columns(known: dict[tuple[str, str], T], alias: str, name: str) -> None:
    """What is known of the columns of one source is so of another's."""
    for (owner, column), found in list(known.items()):
        if owner == name:
            known[alias, column] = found


def hidden_name(name: str, taken: Collection[str]) -> str:
    """A name that no item of a select list has.

    >>> hidden_name("hpx of t1", ["ra", "hpx of t1"])
    'hpx of t1_'
    """
    return hidden_name(name + "_", taken) if name in taken else name


def cell_expression(hpx: n.ColumnRef, order: int, at: int) -> n.Expr:
    """The cell of an indexed position, of an order: its index without the last bits."""
    parts = 4 ** (ORDER - order)
    if parts == 1:
        return n.ColumnRef(hpx.source, hpx.name, at=at)
    return n.Arithmetic(hpx, (("/", n.Literal(parts)),), at=at)
