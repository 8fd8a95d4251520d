"""Grouping: what may stand beside GROUP BY and aggregates (SQL-92, ADQL 2.1 2.2)."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from vo_lcc.adql import nodes as n
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


def check_groups(query: n.Query, problems: Problems) -> None:
    """Note columns that have no single value in a group, and misplaced aggregates."""
    for select in selects(query):
        for place, expr in ungrouped_places(select):
            for node in descendants(expr):
                if isinstance(node, n.Aggregate):
                    problems.add(f"{node.name} cannot stand in {place}", node.at)
        shown = [item.expr for item in select.items]
        shown += [order.expr for order in select.order_by]
        if select.having is not None:
            shown.append(select.having)
        if select.group_by or select.having is not None or any(map(aggregated, shown)):
            aliases = set(own_aliases(select.source))
            groups = frozenset(select.group_by)
            for expr in shown:
                check(expr, groups, aliases, problems)


def ungrouped_places(select: n.Select) -> Iterator[tuple[str, Any]]:
    """The clauses that are worked out before there are groups."""
    if select.where is not None:
        yield "WHERE; use HAVING", select.where
    for expr in select.group_by:
        yield "GROUP BY", expr
    for join in joins(select.source):
        if join.on is not None:
            yield "ON", join.on


def aggregated(expr: Any) -> bool:
    """True when an expression holds an aggregate."""
    return any(isinstance(node, n.Aggregate) for node in descendants(expr))


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


def check_inner(
    expr: Any, groups: frozenset[n.Expr], aliases: set[str], problems: Problems
) -> None:
    """The same inside an inner query, whose aggregates are its own.

    One that is taken of nothing but columns of the outer tables is the outer query's.
    """
    if isinstance(expr, n.Aggregate):
        inside = chain.from_iterable(map(descendants, children(expr)))
        columns = [e for e in inside if isinstance(e, n.ColumnRef)]
        if columns and all(c.source in aliases for c in columns):
            return
    if isinstance(expr, n.ColumnRef):
        check(expr, groups, aliases, problems)
    for child in children(expr):
        check_inner(child, groups, aliases, problems)
