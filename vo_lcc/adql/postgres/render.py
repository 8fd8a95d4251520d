"""A resolved query as PostgreSQL: the only place that writes SQL.

Here are queries; `values` and `conditions` have a row for each kind of node. Every
identifier goes through `name` and every text through `text`; numbers are written by
Python. Functions are those of `functions.FUNCTIONS` and nothing else.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from vo_lcc.adql import nodes as n
from vo_lcc.adql.postgres.conditions import CONDITIONS
from vo_lcc.adql.postgres.values import VALUES, fitted
from vo_lcc.adql.postgres.words import cast, limited, name, number, offset
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.types.infer import Types
from vo_lcc.tables import Column

Columns: TypeAlias = tuple[Column, ...]
MAX_SQL = 8_000_000  # characters of one expression
RENDER = {**VALUES, **CONDITIONS}


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

    def sql(self, expr: Any) -> str:
        """One expression; it can stand as an operand anywhere.

        Some stand twice in what they are an operand of: nested, that doubles each time.
        """
        sql = RENDER[type(expr)](self, expr)
        if len(sql) > MAX_SQL:
            self.problems.add("the query is nested too deeply, or too long", expr.at)
            raise self.problems.error()
        return sql

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

    def order(self, query: n.Select | n.SetOperation | n.Window) -> str:
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
            schema = node.table.held_in or node.table.schema
            return f"{name(schema)}.{name(node.table.name)} AS {node.alias}"
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
