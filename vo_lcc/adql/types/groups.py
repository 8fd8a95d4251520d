"""Grouping: what may stand beside GROUP BY and aggregates (SQL-92, ADQL 2.1 2.2)."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions import FUNCTIONS
from vo_lcc.adql.functions.geometry import GEOMETRY
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.tree.walk import (
    children,
    descendants,
    expressions,
    inner_query,
    joins,
    own_aliases,
    selects,
)

CASTS_OF_TEXT = ("POINT", "CIRCLE", "POLYGON")
IN_PARTS = frozenset(GEOMETRY) | {"IVO_HEALPIX_INDEX", "IVO_GEOM_TRANSFORM"}


def check_groups(query: n.Query, problems: Problems) -> None:
    """Note columns that have no single value in a group, and misplaced aggregates."""
    for select in selects(query):
        aliases = set(own_aliases(select.source))
        for place, expr in ungrouped_places(select):
            for node in aggregates(expr, aliases):
                problems.add(f"{node.name} cannot stand in {place}", node.at)
        shown = [item.expr for item in select.items]
        shown += [order.expr for order in select.order_by]
        if select.having is not None:
            shown.append(select.having)
        grouped = select.group_by or select.having is not None
        if grouped or any(any(aggregates(expr, aliases)) for expr in shown):
            groups = frozenset(select.group_by)
            before = len(problems)
            for expr in shown:
                check(expr, groups, aliases, problems)
            if len(problems) > before:
                note_shadowed(select, problems)


def note_shadowed(select: n.Select, problems: Problems) -> None:
    """Note columns in GROUP BY that are called as an alias that was meant."""
    for group in select.group_by:
        for item in select.items:
            if (
                isinstance(group, n.ColumnRef)
                and (item.alias or "").lower() == group.name.lower()
                and item.expr != group
            ):
                problems.add(
                    f"`{group.name}` in GROUP BY is the column, not the alias", group.at
                )


def ungrouped_places(select: n.Select) -> Iterator[tuple[str, Any]]:
    """The clauses that are worked out before there are groups."""
    if select.where is not None:
        yield "WHERE; use HAVING", select.where
    for expr in select.group_by:
        yield "GROUP BY", expr
    for join in joins(select.source):
        if join.on is not None:
            yield "ON", join.on


def aggregates(expr: Any, aliases: set[str]) -> Iterator[n.Aggregate]:
    """The aggregates over the rows of the tables `aliases`.

    Those of an inner query are among them if they are of its outer columns only.
    """
    for node in descendants(expr):
        if isinstance(node, n.Aggregate):
            yield node
        held = inner_query(node)
        if held is not None:
            for each in chain.from_iterable(map(descendants, expressions(held))):
                if isinstance(each, n.Aggregate) and is_outer(each, aliases):
                    yield each


def is_outer(aggregate: n.Aggregate, aliases: set[str]) -> bool:
    """True for an aggregate of nothing but columns of these tables."""
    inside = chain.from_iterable(map(descendants, children(aggregate)))
    columns = [e for e in inside if isinstance(e, n.ColumnRef)]
    return bool(columns) and all(c.source in aliases for c in columns)


def check(
    expr: Any, groups: frozenset[n.Expr], aliases: set[str], problems: Problems
) -> None:
    """Note what has no single value in a group."""
    if expr in groups:
        return
    if isinstance(expr, n.Aggregate):
        for node in chain.from_iterable(map(descendants, children(expr))):
            if isinstance(node, n.Aggregate):
                problems.add(f"{node.name} cannot stand inside {expr.name}", node.at)
        return
    if taken_apart(expr) and any(
        node in groups and not isinstance(node, n.ColumnRef)
        for node in chain.from_iterable(map(descendants, children(expr)))
    ):
        problems.add(
            "put what is grouped by into a subquery, and use its alias", expr.at
        )
        return
    if isinstance(expr, n.ColumnRef) and expr.source in aliases:
        problems.add(
            f"`{expr.name}` must be in GROUP BY or inside an aggregate function",
            expr.at,
        )
    held = inner_query(expr)
    if held is not None:
        plain = frozenset(g for g in groups if isinstance(g, n.ColumnRef))
        for inner in expressions(held):
            check_inner(inner, plain, aliases, problems)
    for child in children(expr):
        check(child, groups, aliases, problems)


def taken_apart(expr: Any) -> bool:
    """True where SQL has an argument in parts, or inside a SELECT of its own.

    There PostgreSQL does not know an expression of GROUP BY again.
    """
    if isinstance(expr, n.Cast):
        return expr.type in CASTS_OF_TEXT
    if not isinstance(expr, n.Call) or expr.name not in FUNCTIONS:
        return False
    forms = FUNCTIONS[expr.name].forms
    return expr.name in IN_PARTS or any(f.sql.startswith("(SELECT") for f in forms)


def check_inner(
    expr: Any, groups: frozenset[n.Expr], aliases: set[str], problems: Problems
) -> None:
    """The same inside an inner query, whose aggregates are its own.

    One that is taken of nothing but columns of the outer tables is the outer query's.
    """
    if isinstance(expr, n.Aggregate) and is_outer(expr, aliases):
        return
    if isinstance(expr, n.ColumnRef):
        check(expr, groups, aliases, problems)
    for child in children(expr):
        check_inner(child, groups, aliases, problems)
