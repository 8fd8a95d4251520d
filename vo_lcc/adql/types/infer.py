"""What each expression is: datatype, unit, UCD and so on, as a Column.

`Types.of(expr)` gives the type of one expression, `Types.columns(query)` those of a
query's result. Names that are not resolved have an unknown type, which fits
everywhere; so the same checks run on a bare tree, where they find what is wrong
whatever the tables are (`'a' * 3`).

Arithmetic of integers is long, of anything else double (ADQL 2.1 sections 2.3, 3).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.function import LONG, TEXT
from vo_lcc.adql.functions.geometry import MOC
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.types.conditions import CONDITIONS, has_star
from vo_lcc.adql.types.expressions import VALUES
from vo_lcc.adql.values.kinds import CONDITION, KIND_NAMES, NULL, UNKNOWN, kind_of
from vo_lcc.adql.values.unify import unify_columns
from vo_lcc.tables import Column

RULES = {**VALUES, **CONDITIONS}


class Types:
    """The types of one query's expressions, each worked out once.

    `sources` maps the alias of each table in use to its columns by name. With
    `known_only` a function that is not served here is a problem.
    """

    def __init__(self, problems: Problems, known_only: bool = False) -> None:
        self.problems = problems
        self.known_only = known_only
        self.sources: dict[str, dict[str, Column]] = {}
        self._known: dict[int, tuple[Any, Column]] = {}
        self._results: dict[int, tuple[Any, tuple[Column, ...]]] = {}

    def of(self, expr: Any) -> Column:
        """The type of an expression; problems are noted as they are met."""
        known = self._known.get(id(expr))
        if known is not None:
            return known[1]
        column = RULES[type(expr)](self, expr)
        self._known[id(expr)] = (expr, column)
        return column

    def kind(self, expr: Any) -> str:
        """The kind of an expression's value."""
        return kind_of(self.of(expr))

    def columns(self, query: n.Query) -> tuple[Column, ...]:
        """The columns of a query's result; its whole tree is checked on the way."""
        known = self._results.get(id(query))
        if known is not None:
            return known[1]
        columns = tuple(
            replace(TEXT, name=c.name) if c.datatype == NULL.datatype else c
            for c in self.open_columns(query)
        )
        self._results[id(query)] = (query, columns)
        return columns

    def open_columns(self, query: n.Query) -> tuple[Column, ...]:
        """The same, but a column of NULLs can still become one of any type."""
        return QUERIES[type(query)](self, query)

    def condition(self, expr: Any) -> None:
        """Note a problem unless `expr` is true or false."""
        kind = self.kind(expr)
        if kind in "cbu":
            return
        hint = ""
        if isinstance(expr, n.Call) and expr.name in ("CONTAINS", "INTERSECTS"):
            hint = f"; write 1 = {expr.name}(...)"
        self.problems.add(
            f"a condition is needed, this is {KIND_NAMES[kind]}{hint}", expr.at
        )

    def value(self, expr: Any) -> Column:
        """The type of an expression that must not be a condition."""
        column = self.of(expr)
        if column is CONDITION:
            self.problems.add("a condition cannot be used as a value", expr.at)
        return column

    def number(self, expr: Any, what: str) -> Column:
        """The type of an expression that must be a number."""
        column = self.value(expr)
        if kind_of(column) not in "nu0c":
            self.problems.add(
                f"{what} needs numbers, this is {KIND_NAMES[kind_of(column)]}", expr.at
            )
        return column


# --- queries --------------------------------------------------------------------


def select(types: Types, query: n.Select) -> tuple[Column, ...]:
    """Sources first, then each clause, then the items."""
    source(types, query.source)
    for condition in (query.where, query.having):
        if condition is not None:
            types.condition(condition)
    for expr in query.group_by:
        types.value(expr)
    columns = tuple([result(types, item) for item in query.items])
    for order in query.order_by:
        in_order(types, order.expr, columns)
    return columns


def in_order(types: Types, expr: Any, columns: tuple[Column, ...]) -> None:
    """Note what has no order: complex numbers."""
    place = expr.number - 1 if isinstance(expr, n.Ordinal) else len(columns)
    kind = kind_of(columns[place] if place < len(columns) else types.value(expr))
    if kind in "zy":
        types.problems.add(f"{KIND_NAMES[kind]} has no order", expr.at)


def result(types: Types, item: n.SelectItem) -> Column:
    """The column an item becomes."""
    if isinstance(item.expr, n.Star):
        return UNKNOWN
    column = types.value(item.expr)
    return replace(column, name=item.alias or column.name, unit=column.unit or None)


def source(types: Types, node: n.Source) -> None:
    """Note the columns of every table of a FROM, and check its conditions."""
    if isinstance(node, n.TableRef):
        covers = {c.moc: MOC for c in node.table.coverages}
        covers |= dict.fromkeys((p for k in node.table.paths for p in k.parts), TEXT)
        if node.table.position is not None:
            covers[node.table.position.hpx] = LONG
        types.sources[node.alias] = covers | {c.name: c for c in node.table.columns}
    elif isinstance(node, n.DerivedTable | n.CommonRef):
        found = types.columns(node.query)
        types.sources[node.alias] = {c.name: c for c in found}
    elif isinstance(node, n.TableName) and len(node.parts) > 3:
        types.problems.add("a table has at most catalog, schema and name", node.at)
    elif isinstance(node, n.Join):
        source(types, node.left)
        source(types, node.right)
        if node.on is not None:
            types.condition(node.on)


def set_operation(types: Types, query: n.SetOperation) -> tuple[Column, ...]:
    """Column by column; names are those of the left side.

    UCD, utype and description too, where it has one (ADQL 2.1 section 4.5): but a
    unit or frame only where both sides have the same, lest numbers be misread.
    """
    left, right = types.open_columns(query.left), types.open_columns(query.right)
    if has_star(query.left) or has_star(query.right):
        return left
    if len(left) != len(right):
        types.problems.add(
            f"the two sides of {query.op} have {len(left)} and {len(right)} columns",
            query.at,
        )
        return left
    pairs = list(zip(left, right, strict=True))
    united = [unify_columns(types.problems, list(pair), query.at) for pair in pairs]
    return tuple(
        replace(
            both,
            name=a.name,
            ucd=a.ucd or both.ucd,
            utype=a.utype or both.utype,
            description=a.description or both.description,
        )
        for a, both in zip(left, united, strict=True)
    )


def with_query(types: Types, query: n.With) -> tuple[Column, ...]:
    """The tables in order, then the query that uses them."""
    for table in query.tables:
        types.columns(table.query)
    return types.open_columns(query.query)


QUERIES: dict[type, Callable[[Types, Any], tuple[Column, ...]]] = {
    n.Select: select,
    n.SetOperation: set_operation,
    n.With: with_query,
}
