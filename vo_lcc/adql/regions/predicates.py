"""Region predicates in all their spellings, as one form.

`1 = CONTAINS(..)`, `CONTAINS(..) <> 0`, `NOT 0 = CONTAINS(..)` are one predicate;
`DISTANCE(..) < r`, `r > DISTANCE(..)`, `3600 * DISTANCE(..) < r` and
`IN_UNIT(DISTANCE(..), 'arcsec') < r` are another (ADQL 2.1 sections 4.2.6 to 4.2.17).
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.regions.constants import constant, distance_points, is_distance
from vo_lcc.adql.tree.walk import descendants
from vo_lcc.adql.values import units

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
PREDICATES = ("CONTAINS", "INTERSECTS")
SMALLEST, LARGEST = 1e-15, 1e15  # of what a distance is multiplied by


@dataclass(frozen=True, slots=True)
class Within:
    """Two points, and what their distance is compared with."""

    points: tuple[n.Expr, n.Expr]
    op: str
    limit: n.Expr


def region_predicate(expr: Any) -> tuple[bool, n.Call] | None:
    """The truth a comparison asks of CONTAINS or INTERSECTS, and which one."""
    for call, other, op in sides(expr):
        number = constant(other)
        if isinstance(call, n.Call) and call.name in PREDICATES and number is not None:
            true = [value for value in (0, 1) if OPERATORS[op](value, number)]
            return (bool(true[0]), call) if len(true) == 1 else None
    return None


def distance_predicate(expr: Any) -> Within | None:
    """A comparison of a distance, perhaps in another unit, with something."""
    for side, limit, op in sides(expr):
        found = scaled(side)
        if found is not None:
            call, factor = found
            if factor < 0:
                op = MIRRORED.get(op, op)
            return Within(distance_points(call), op, divided(limit, factor))
    return None


def sides(expr: Any) -> list[tuple[n.Expr, n.Expr, str]]:
    """A comparison, read from either side; nothing for another condition."""
    if not isinstance(expr, n.Comparison):
        return []
    mirrored = MIRRORED.get(expr.op, expr.op)
    return [(expr.left, expr.right, expr.op), (expr.right, expr.left, mirrored)]


def scaled(expr: Any) -> tuple[n.Call, float] | None:
    """A distance, and the constant that it is multiplied by."""
    if is_distance(expr):
        return expr, 1.0
    if isinstance(expr, n.Sign) and expr.op == "-":
        return times(scaled(expr.operand), -1.0)
    if is_in_unit(expr):
        if any(is_in_unit(e) for e in descendants(expr.args[0])):
            return None
        found = scaled(expr.args[0])
        unit = expr.args[1].value
        return None if found is None else times(found, units.factor("deg", unit))
    if isinstance(expr, n.Arithmetic) and {op for op, _ in expr.rest} <= {"*", "/"}:
        return scaled_product(expr)
    return None


def scaled_product(expr: n.Arithmetic) -> tuple[n.Call, float] | None:
    """A product of one distance and constants."""
    total, found = 1.0, None
    for op, operand in (("*", expr.first), *expr.rest):
        value = constant(operand)
        if value is not None and value != 0:
            total = total * value if op == "*" else total / value
        elif found is None and op == "*":
            found = scaled(operand)
            if found is None:
                return None
        else:
            return None
    return times(found, total)


def times(found: tuple[n.Call, float] | None, by: float) -> tuple[n.Call, float] | None:
    """The same distance multiplied once more, unless limits could not be divided."""
    if found is None or not SMALLEST < abs(found[1] * by) < LARGEST:
        return None
    return found[0], found[1] * by


def is_in_unit(expr: Any) -> bool:
    """True for a number in another unit than that which is known of it."""
    return isinstance(expr, n.Call) and expr.name == "IN_UNIT"


def divided(limit: n.Expr, factor: float) -> n.Expr:
    """What the distance itself is compared with."""
    if factor == 1:
        return limit
    value = constant(limit)
    if value is not None:
        return n.Literal(value / factor, at=limit.at)
    return n.Arithmetic(limit, (("/", n.Literal(factor)),), at=limit.at)


def has_region(expr: Any) -> bool:
    """True when a condition says something about the sky."""
    names = (*PREDICATES, "DISTANCE")
    return any(isinstance(e, n.Call) and e.name in names for e in descendants(expr))


def negated(expr: Any) -> Any:
    """NOT of a condition, pushed down to its comparisons."""
    if isinstance(expr, n.Not):
        return expr.operand
    if isinstance(expr, n.And | n.Or):
        swapped = n.Or if isinstance(expr, n.And) else n.And
        return swapped(tuple([negated(e) for e in expr.operands]), at=expr.at)
    if isinstance(expr, n.Comparison):
        return replace(expr, op=NEGATED[expr.op])
    if isinstance(expr, n.Between):
        return replace(expr, negated=not expr.negated)
    return n.Not(expr, at=expr.at)
