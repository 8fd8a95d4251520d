"""The select list of one query: its columns by name, by position, by expression."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.scope import Visible, fold, pick, same
from vo_lcc.adql.problems import Problems

DEFAULT_NAMES: dict[type, Callable[[Any], str]] = {
    n.ColumnName: lambda e: e.parts[-1],
    n.ColumnRef: lambda e: e.name,
    n.Aggregate: lambda e: e.name.lower(),
    n.Call: lambda e: e.name.lower(),
}


def default_name(written: Any, expr: Any, number: int) -> str:
    """The name of an item without alias: its column's, its function's, or `colN`."""
    if isinstance(written, n.ColumnName) and not is_called(expr, written.parts[-1]):
        return written.parts[-1]
    name = DEFAULT_NAMES.get(type(expr))
    return n.Regular(name(expr) if name is not None else f"col{number}")


def is_called(expr: Any, name: str) -> bool:
    """True for a column of this name, in any case."""
    return isinstance(expr, n.ColumnRef) and expr.name.lower() == name.lower()


def unique(items: list[tuple[str, n.SelectItem]]) -> list[n.SelectItem]:
    """The items with names that differ in more than case."""
    taken: dict[str, int] = {}
    found = []
    for _, item in items:
        name = item.alias or ""
        while (key := name.lower()) in taken:
            taken[key] += 1
            name = f"{item.alias}_{taken[key]}"
        taken[key] = 1
        found.append(item if name == item.alias else replace(item, alias=name))
    return found


@dataclass(frozen=True, slots=True)
class SelectList:
    """The items, under unique names, and the names they are seen by."""

    items: tuple[n.SelectItem, ...]
    names: tuple[str, ...]
    named: dict[str, list[Visible]]
    numbers: dict[Any, int]

    @classmethod
    def of(cls, items: list[tuple[str, n.SelectItem]]) -> "SelectList":
        """From items with the names they are seen by, which may occur twice."""
        numbers: dict[Any, int] = {}
        for number, (_, item) in enumerate(items, 1):
            numbers.setdefault(item.expr, number)
        return cls(
            tuple(unique(items)),
            tuple(name for name, _ in items),
            fold(Visible(name, item.expr) for name, item in items),  # type: ignore[arg-type]
            numbers,
        )

    def expr(self, number: int) -> n.Expr:
        """The expression of one item, counted from 1."""
        return self.items[number - 1].expr  # type: ignore[return-value]

    def find(self, expr: n.Expr) -> n.Expr | None:
        """What a bare name stands for; None when it is none, or could be several."""
        if not isinstance(expr, n.ColumnName) or len(expr.parts) > 1:
            return None
        found = pick(expr.parts[0], self.named.get(expr.parts[0].lower(), ()))
        if not found or any(v.expr != found[0].expr for v in found):
            return None
        return found[0].expr

    def places(self, expr: n.Expr) -> list[int]:
        """The positions, counted from 1, of the columns a bare name can mean."""
        if not isinstance(expr, n.ColumnName) or len(expr.parts) > 1:
            return []
        return [i for i, seen in enumerate(self.names, 1) if same(expr.parts[0], seen)]

    def position(self, literal: n.Literal, problems: Problems) -> int:
        """The item a whole number counts to; 0, and a problem, where there is none."""
        number = int(literal.value or 0)
        if 1 <= number <= len(self.items):
            return number
        problems.add(
            f"there is no column {number}; the result has {len(self.items)}", literal.at
        )
        return 0


def is_position(expr: n.Expr) -> TypeGuard[n.Literal]:
    """True for a bare whole number, which counts the select list."""
    return isinstance(expr, n.Literal) and isinstance(expr.value, int)


def is_computed(expr: n.Expr) -> bool:
    """True for an item of ORDER BY that is neither a position nor a name."""
    return not is_position(expr) and not isinstance(expr, n.ColumnName)


def select_from(query: n.SetOperation) -> n.Select:
    """The same query as a SELECT from it, which can be ordered by any expression."""
    return n.Select(
        (n.SelectItem(n.Star(at=query.at), at=query.at),),
        n.DerivedTable(replace(query, order_by=(), offset=None), "result"),
        order_by=query.order_by,
        offset=query.offset,
        at=query.at,
    )
