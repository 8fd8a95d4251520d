"""Expressions that are true or false."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vo_lcc.adql.tree.resolved import text_offset

if TYPE_CHECKING:
    from vo_lcc.adql.nodes import Expr, Query


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`; op is one of = <> < <= > >=."""

    op: str
    left: "Expr"
    right: "Expr"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Between:
    """`operand [NOT] BETWEEN low AND high`."""

    operand: "Expr"
    low: "Expr"
    high: "Expr"
    negated: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class In:
    """`operand [NOT] IN (a, b)` or `IN (SELECT ...)`."""

    operand: "Expr"
    choices: "tuple[Expr, ...] | Query"
    negated: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Like:
    """`operand [NOT] LIKE pattern`, or ILIKE."""

    operand: "Expr"
    pattern: "Expr"
    negated: bool = False
    ignore_case: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class IsNull:
    """`operand IS [NOT] NULL`."""

    operand: "Expr"
    negated: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Exists:
    """`EXISTS (SELECT ...)`."""

    query: "Query"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT operand`."""

    operand: "Expr"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class And:
    """All of the operands."""

    operands: tuple["Expr", ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the operands."""

    operands: tuple["Expr", ...]
    at: int = text_offset()
