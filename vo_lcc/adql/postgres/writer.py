"""What those who write SQL ask of the renderer."""

from collections.abc import Sequence
from typing import Any, Protocol

from vo_lcc.adql import nodes as n
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.tree.walk import descendants
from vo_lcc.adql.types.infer import Types


def refuse_rows(r: "Sql", exprs: Sequence[Any]) -> None:
    """Note what counts rows, where SQL puts it into a SELECT of a single row."""
    for expr in exprs:
        for node in descendants(expr):
            if isinstance(node, n.Window) or (
                isinstance(node, n.Aggregate) and not has_column(node)
            ):
                r.problems.add(f"put this {node.name} into a subquery", node.at)


def has_column(expr: Any) -> bool:
    """True when an expression depends on a row."""
    return any(isinstance(node, n.ColumnRef) for node in descendants(expr))


class Sql(Protocol):
    """The renderer of one query, as the tables of nodes see it."""

    types: Types
    problems: Problems

    def sql(self, expr: Any) -> str:
        """One expression; it can stand as an operand anywhere."""
        ...

    def double(self, expr: Any) -> str:
        """One expression as a float8."""
        ...

    def all(self, exprs: Sequence[Any], between: str = ", ") -> str:
        """Several expressions."""
        ...

    def query(self, query: n.Query) -> str:
        """An inner query."""
        ...

    def key(self, expr: n.Expr) -> str:
        """An item of GROUP BY or ORDER BY."""
        ...

    def order(self, query: n.Select | n.SetOperation | n.Window) -> str:
        """ORDER BY or nothing."""
        ...
