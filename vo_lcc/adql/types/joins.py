"""Joins: what PostgreSQL cannot join, found before it says so."""

from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.function import RANDOM
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.tree.walk import descendants, inner_query, joins, own_aliases, selects


def check_joins(query: n.Query, problems: Problems) -> None:
    """Note each FULL JOIN that is on no equality of its two sides.

    PostgreSQL needs one to merge or to hash by; others may stand beside it.
    """
    for select in selects(query):
        for join in joins(select.source):
            if join.kind == "FULL" and not equates_sides(join):
                problems.add(
                    "a FULL JOIN needs an equality between its two tables in ON",
                    join.at,
                )


def equates_sides(join: n.Join) -> bool:
    """True when one of the conditions is `left expression = right expression`."""
    if any(isinstance(node, n.ColumnName) for node in descendants(join.on)):
        return True  # not resolved: noted already
    conditions = join.on.operands if isinstance(join.on, n.And) else (join.on,)
    left, right = set(own_aliases(join.left)), set(own_aliases(join.right))
    return any(
        isinstance(c, n.Comparison)
        and c.op == "="
        and (
            (of_only(left, c.left) and of_only(right, c.right))
            or (of_only(right, c.left) and of_only(left, c.right))
        )
        for c in conditions
    )


def is_random(node: Any) -> bool:
    """True for a function that rows cannot be sorted or hashed by."""
    return isinstance(node, n.Call) and node.name in RANDOM


def of_only(aliases: set[str], expr: Any) -> bool:
    """True when an expression has columns, all of these tables."""
    nodes = list(descendants(expr))
    if any(inner_query(node) is not None or is_random(node) for node in nodes):
        return False
    sources = {node.source for node in nodes if isinstance(node, n.ColumnRef)}
    return bool(sources) and sources <= aliases
