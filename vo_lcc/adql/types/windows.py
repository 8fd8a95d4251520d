"""OVER: what a window function gives, and what its frame may be (SQL:2003)."""

import math
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions import FUNCTIONS
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.tree.walk import children, clauses, descendants, selects
from vo_lcc.adql.types.groups import ungrouped_places
from vo_lcc.adql.values.kinds import kind_of
from vo_lcc.tables import Column

if TYPE_CHECKING:
    from vo_lcc.adql.types.infer import Types


def check_window(types: "Types", e: n.Window) -> None:
    """Note a function that takes no OVER, and a frame that cannot be."""
    function = FUNCTIONS.get(e.name)
    if function is not None and function.role in ("scalar", "grouping"):
        types.problems.add(f"{e.name} cannot stand before OVER", e.at)
    if e.distinct:
        types.problems.add("DISTINCT cannot stand in a window function", e.at)
    for expr in e.partition:
        types.value(expr)
    orders = [types.value(order.expr) for order in e.order_by]
    if e.frame is not None:
        check_frame(types.problems, e, e.frame, orders)


def check_frame(
    problems: Problems, e: n.Window, frame: n.Frame, orders: list[Column]
) -> None:
    """Note a frame that ends before it begins, and distances that count nothing."""
    start, end = place(frame.start), place(frame.end)
    if start == math.inf or end == -math.inf or start > end:
        problems.add("the frame of a window ends before it begins", e.at)
    distances = [b.distance for b in (frame.start, frame.end) if b.distance]
    if frame.unit == "ROWS" and any(isinstance(d, float) for d in distances):
        problems.add("ROWS are counted in whole numbers; use RANGE", e.at)
    one_number = len(orders) == 1 and kind_of(orders[0]) in "nu"
    if frame.unit == "RANGE" and distances and not one_number:
        problems.add("RANGE with a distance needs ORDER BY one number", e.at)


def check_windows(query: n.Query, problems: Problems) -> None:
    """Note window functions where no rows stand beside a row yet, or no more."""
    for select in selects(query):
        places = list(ungrouped_places(select))
        if select.having is not None:
            places.append(("HAVING", select.having))
        for name, expr in places:
            for window in windows(expr):
                problems.add(
                    f"{window.name} OVER (...) cannot stand in"
                    f" {name.partition(';')[0]}; put it into a subquery",
                    window.at,
                )
        for expr in clauses(select):
            check_nesting(expr, problems)


def check_nesting(expr: Any, problems: Problems) -> None:
    """Note window functions inside another, or inside an aggregate."""
    for outer in descendants(expr):
        if isinstance(outer, n.Window | n.Aggregate):
            for inner in chain.from_iterable(map(windows, children(outer))):
                problems.add(f"OVER cannot stand inside {outer.name}", inner.at)


def windows(expr: Any) -> Iterator[n.Window]:
    """The window functions of an expression."""
    return (node for node in descendants(expr) if isinstance(node, n.Window))


def place(bound: n.Bound) -> float:
    """Where a bound is, seen from the row.

    >>> place(n.Bound(False, None)), place(n.Bound(True, 2))
    (-inf, 2)
    """
    distance = math.inf if bound.distance is None else bound.distance
    return distance if bound.after else -distance
