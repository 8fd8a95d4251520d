"""A resolved query as PostgreSQL: the only place that writes SQL.

One row of a table for each kind of node. Every identifier goes through `name` and
every text through `text`; numbers are written by Python. Functions are those of
FUNCTIONS_SQL and nothing else.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from vo_lcc.adql import nodes as n
from vo_lcc.adql.postgres.shapes import Shapes
from vo_lcc.adql.postgres.words import (
    CAST_TYPES,
    FUNCTIONS_SQL,
    balanced,
    cast,
    limited,
    name,
    number,
    offset,
    text,
)
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.types.infer import Types
from vo_lcc.adql.values.kinds import INTEGERS, RANK, kind_of
from vo_lcc.tables import Column

MAX_OPERANDS = 500
Columns: TypeAlias = tuple[Column, ...]


def render(query: n.Query, types: Types, problems: Problems, maxrec: int | None) -> str:
    """The statement, with its result columns cast to their types.

    With `maxrec` it gives at most one row more than that.
    """
    renderer = Renderer(types, problems)
    limit = None if maxrec is None else maxrec + 1
    return renderer.root(query, limit)


class Renderer:
    """Renders one query; keeps nothing but its types and problems."""

    def __init__(self, types: Types, problems: Problems) -> None:
        self.types = types
        self.problems = problems
        self.shapes = Shapes(self)

    def sql(self, expr: Any) -> str:
        """One expression; it can stand as an operand anywhere."""
        return RENDER[type(expr)](self, expr)

    def double(self, expr: Any) -> str:
        """One expression as a float8."""
        sql = self.sql(expr)
        if isinstance(expr, n.Literal) and isinstance(expr.value, int):
            return number(float(expr.value))
        return sql if sql.endswith("::float8") else f"{sql}::float8"

    def all(self, exprs: Sequence[Any], between: str = ", ") -> str:
        """Several expressions."""
        return between.join([self.sql(e) for e in exprs])

    # --- queries ------------------------------------------------------------------

    def root(self, query: n.Query, limit: int | None) -> str:
        """The outermost query: its columns are cast, its rows limited."""
        if isinstance(query, n.With):
            return f"{self.commons(query)} {self.root(query.query, limit)}"
        columns = self.types.columns(query)
        if isinstance(query, n.Select):
            items = [
                cast(self.sql(item.expr), column)
                for item, column in zip(query.items, columns, strict=True)
            ]
            return self.select(query, limit, items)
        casts = ", ".join(
            f"{cast(f'q.{name(c.name)}', c)} AS {name(c.name)}" for c in columns
        )
        inner = self.query(query, columns)
        return f"SELECT {casts} FROM ({inner}) AS q{limited(limit)}"  # noqa: S608

    def query(self, query: n.Query, united: Columns | None = None) -> str:
        """Any inner query; `united` are the columns of the set operation it is in."""
        if isinstance(query, n.With):
            return f"{self.commons(query)} {self.query(query.query, united)}"
        if isinstance(query, n.Select):
            items = None if united is None else self.arm(query, united)
            return self.select(query, None, items)
        columns = united or self.types.columns(query)
        left, right = self.query(query.left, columns), self.query(query.right, columns)
        both = f" {query.op}{' ALL' if query.all else ''} "
        return f"({left}){both}({right}){self.order(query)}{offset(query.offset)}"

    def arm(self, query: n.Select, united: Columns) -> list[str]:
        """The items of one SELECT of a set operation, in the types of its result."""
        return [
            fitted(self, item.expr, column)
            for item, column in zip(query.items, united, strict=True)
        ]

    def commons(self, query: n.With) -> str:
        """WITH and its tables."""
        tables = [f"{name(t.name)} AS ({self.query(t.query)})" for t in query.tables]
        return "WITH " + ", ".join(tables)

    def select(
        self, query: n.Select, limit: int | None, items: list[str] | None
    ) -> str:
        """One SELECT; `items` are given where the types of its result are."""
        if items is None:
            items = [self.sql(item.expr) for item in query.items]
        named = [
            f"{sql} AS {name(item.alias or '')}"
            for sql, item in zip(items, query.items, strict=True)
        ]
        distinct = "DISTINCT " if query.distinct else ""
        parts = [f"SELECT {distinct}{', '.join(named)}"]
        parts.append(f" FROM {self.source(query.source)}")
        if query.where is not None:
            parts.append(f" WHERE {self.sql(query.where)}")
        if query.group_by:
            parts.append(
                " GROUP BY " + ", ".join([self.key(e) for e in query.group_by])
            )
        if query.having is not None:
            parts.append(f" HAVING {self.sql(query.having)}")
        tops = [t for t in (query.top, limit) if t is not None]
        parts += [
            self.order(query),
            limited(min(tops, default=None)),
            offset(query.offset),
        ]
        return "".join(parts)

    def key(self, expr: n.Expr) -> str:
        """An item of GROUP BY or ORDER BY; a bare constant would be a position."""
        sql = self.sql(expr)
        return f"({sql})::text" if isinstance(expr, n.Literal) else sql

    def order(self, query: n.Select | n.SetOperation) -> str:
        """ORDER BY or nothing."""
        if not query.order_by:
            return ""
        items = [
            self.key(o.expr) + (" DESC" if o.descending else "") for o in query.order_by
        ]
        return " ORDER BY " + ", ".join(items)

    def source(self, node: n.Source) -> str:
        """A table, a derived table or a join."""
        if isinstance(node, n.TableRef):
            table = f"{name(node.table.schema)}.{name(node.table.name)}"
            return f"{table} AS {node.alias}"
        if isinstance(node, n.CommonRef):
            return f"{name(node.name)} AS {node.alias}"
        if isinstance(node, n.DerivedTable):
            return f"({self.query(node.query)}) AS {node.alias}"
        if not isinstance(node, n.Join):
            raise TypeError(f"{node!r} is not resolved")
        left, right = self.source(node.left), self.source(node.right)
        if isinstance(node.right, n.Join):
            right = f"({right})"
        condition = "" if node.on is None else f" ON {self.sql(node.on)}"
        return f"{left} {node.kind} JOIN {right}{condition}"


def fitted(r: Renderer, expr: Any, column: Column) -> str:
    """A value as PostgreSQL must see it to find the type of a column by itself.

    NULL fits all; of numbers PostgreSQL would make a real of an integer and a real.
    """
    own = r.types.of(expr).datatype
    if own == "null":
        if column.is_text or column.datatype == own:
            return f"NULL::{'timestamp' if kind_of(column) == 'd' else 'text'}"
        return cast("NULL", column)
    if column.datatype == "double" and own in RANK and own != "double":
        return cast(r.sql(expr), column)
    return r.sql(expr)


# --- values ---------------------------------------------------------------------


def literal(r: Renderer, e: n.Literal) -> str:
    """A constant."""
    if e.value is None:
        return "NULL"
    return text(e.value) if isinstance(e.value, str) else number(e.value)


def arithmetic(r: Renderer, e: n.Arithmetic) -> str:
    """A chain; whole numbers are int8, and nothing is divided by zero."""
    if len(e.rest) > MAX_OPERANDS:
        r.problems.add(f"more than {MAX_OPERANDS} operands in one expression", e.at)
        return "NULL"
    whole = r.types.of(e).datatype in INTEGERS
    kind = "int8" if whole else "float8"
    total = operand(r, e.first, kind)
    for op, x in e.rest:
        value = operand(r, x, kind)
        if op == "/" and not whole:
            total = f"vo_lcc.divide({total}, {value})"
        elif op == "%" and not whole:
            total = f"vo_lcc.mod({total}, {value})"
        else:
            total += f" {op} " + (f"NULLIF({value}, 0)" if op in "/%" else value)
    return f"({total})"


def operand(r: Renderer, e: n.Expr, kind: str) -> str:
    """A number as int8 or float8."""
    if isinstance(e, n.Literal) and isinstance(e.value, int) and kind == "float8":
        return number(float(e.value))
    sql = r.sql(e)
    return sql if sql.endswith(f"::{kind}") else f"{sql}::{kind}"


def sign(r: Renderer, e: n.Sign) -> str:
    """A signed number."""
    kind = "int8" if r.types.of(e).datatype in INTEGERS else "float8"
    return f"({e.op} {operand(r, e.operand, kind)})"


def concat(r: Renderer, e: n.Concat) -> str:
    """Texts joined."""
    return balanced([as_text(r, x) for x in e.operands], "||")


def as_text(r: Renderer, e: n.Expr) -> str:
    """A value as text, a timestamp as DALI writes it."""
    sql = r.sql(e)
    return f"vo_lcc.timestamp_text({sql})" if r.types.kind(e) == "d" else f"{sql}::text"


def call(r: Renderer, e: n.Call) -> str:
    """A function of the table, or a geometry."""
    shape = r.shapes.value(e)
    if shape is not None:
        return shape
    if e.name in ("ROUND", "TRUNCATE"):
        digits = r.double(e.args[1]) if len(e.args) > 1 else "0"
        return f"vo_lcc.{e.name.lower()}({r.double(e.args[0])}, {digits})"
    if e.name in ("COALESCE", "NULLIF"):
        column = r.types.of(e)
        args = [fitted(r, x, column) for x in e.args]
        return f"{e.name}({', '.join(args)})"
    template = FUNCTIONS_SQL.get(e.name)
    if template is None:
        r.problems.add(f"no function {e.name} here", e.at)
        return "NULL"
    if e.name == "MOD" and all(r.types.of(x).datatype in INTEGERS for x in e.args):
        return template.format(*[operand(r, x, "int8") for x in e.args])
    write = r.double if r.types.of(e).datatype == "double" else r.sql
    return template.format(*[write(x) for x in e.args])


def aggregate(r: Renderer, e: n.Aggregate) -> str:
    """Sums and means are taken in the type of their result, and never in numeric."""
    if isinstance(e.arg, n.Star):
        return "COUNT(*)"
    sql = r.sql(e.arg)
    if e.name == "AVG" or (e.name == "SUM" and r.types.of(e).datatype == "double"):
        sql = r.double(e.arg)
    call = f"{e.name}({'DISTINCT ' if e.distinct else ''}{sql})"
    return f"{call}::int8" if r.types.of(e).datatype == "long" else call


def cast_node(r: Renderer, e: n.Cast) -> str:
    """CAST; a real number becomes the nearest whole one."""
    length = (
        f"({e.length})" if e.length is not None and e.type[-4:] in ("CHAR",) else ""
    )
    to_text = r.types.kind(e) == "t" and r.types.kind(e.operand) == "d"
    value = as_text(r, e.operand) if to_text else r.sql(e.operand)
    kind = CAST_TYPES.get(e.type, "text")
    return f"CAST({value} AS {kind}{length})"


def case(r: Renderer, e: n.Case) -> str:
    """CASE."""
    subject = "" if e.subject is None else f" {r.sql(e.subject)}"
    column = r.types.of(e)
    whens = "".join(
        [f" WHEN {r.sql(a)} THEN {fitted(r, b, column)}" for a, b in e.whens]
    )
    other = "" if e.otherwise is None else f" ELSE {fitted(r, e.otherwise, column)}"
    return f"(CASE{subject}{whens}{other} END)"


# --- conditions -----------------------------------------------------------------


def negated(e: Any) -> str:
    """NOT, with a blank, or nothing."""
    return "NOT " if e.negated else ""


def between(r: Renderer, e: n.Between) -> str:
    """BETWEEN."""
    low, high = r.sql(e.low), r.sql(e.high)
    return f"({r.sql(e.operand)} {negated(e)}BETWEEN {low} AND {high})"


def in_list(r: Renderer, e: n.In) -> str:
    """IN a list or a query."""
    inner = r.all(e.choices) if isinstance(e.choices, tuple) else r.query(e.choices)
    return f"({r.sql(e.operand)} {negated(e)}IN ({inner}))"


def like(r: Renderer, e: n.Like) -> str:
    """LIKE without escapes, as ADQL has none."""
    op = "ILIKE" if e.ignore_case else "LIKE"
    return f"({r.sql(e.operand)} {negated(e)}{op} {r.sql(e.pattern)} ESCAPE '')"


def in_ranges(r: Renderer, e: n.InRanges) -> str:
    """Ranges of the HEALPix index."""
    column = r.sql(e.column)
    tests = [f"{column} BETWEEN {a} AND {b}" for a, b in e.ranges]
    return f"({' OR '.join(tests)})"


def near_point(r: Renderer, e: n.NearPoint) -> str:
    """A box on the point index; its part beyond longitude 0 or 360 is a second one.

    Each box is said twice: the planner takes one to hold a thousandth of the table,
    whatever its size, and would probe the index of the smaller table for each row of
    the larger one. Two of them leave it few rows to expect, as is the case.
    """
    here = f"point({r.sql(e.ra)}, {r.sql(e.dec)})"
    lon, lat, radius = (
        f"vo_lcc.longitude({r.double(e.lon)})",
        r.double(e.lat),
        r.double(e.radius),
    )
    boxes = [
        f"vo_lcc.box_around({lon}, {lat}, {radius}, {shift})"
        for shift in ("0", f"vo_lcc.wrap({lon})")
    ]
    return f"({' OR '.join(f'{here} <@ {box} AND {box} @> {here}' for box in boxes)})"


RENDER: dict[type, Callable[[Renderer, Any], str]] = {
    n.Literal: literal,
    n.ColumnRef: lambda r, e: f"{e.source}.{name(e.name)}",
    n.ColumnName: lambda r, e: "NULL",
    n.Ordinal: lambda r, e: str(e.number),
    n.Sign: sign,
    n.Arithmetic: arithmetic,
    n.Concat: concat,
    n.Call: call,
    n.Aggregate: aggregate,
    n.Cast: cast_node,
    n.Case: case,
    n.Subquery: lambda r, e: f"({r.query(e.query)})",
    n.Comparison: lambda r, e: f"({r.sql(e.left)} {e.op} {r.sql(e.right)})",
    n.Between: between,
    n.In: in_list,
    n.Like: like,
    n.IsNull: lambda r, e: f"({r.sql(e.operand)} IS {negated(e)}NULL)",
    n.Exists: lambda r, e: f"EXISTS ({r.query(e.query)})",
    n.Not: lambda r, e: f"(NOT {r.sql(e.operand)})",
    n.And: lambda r, e: f"({r.all(e.operands, ' AND ')})",
    n.Or: lambda r, e: f"({r.all(e.operands, ' OR ')})",
    n.InRanges: in_ranges,
    n.NearPoint: near_point,
    n.RegionTest: lambda r, e: r.shapes.test(e.name, e.args),
}
