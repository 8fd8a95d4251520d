"""Going through trees: the children of a node, and a node with other children.

Queries inside expressions are not entered: each pass has its own way with them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.tables import Table

Rewrite = Callable[[Any], Any]


def rebuild(node: Any, rewrite: Rewrite) -> Any:
    """`node` with each child expression replaced by `rewrite(child)`."""
    build = REBUILD.get(type(node))
    return build(node, rewrite) if build is not None else node


def children(node: Any) -> Iterator[Any]:
    """The child expressions of a node."""
    found: list[Any] = []

    def note(child: Any) -> Any:
        found.append(child)
        return child

    rebuild(node, note)
    return iter(found)


def descendants(node: Any) -> Iterator[Any]:
    """A node and all the expressions below it, those of inner queries left out."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


QUERY_HOLDERS = {n.Subquery: "query", n.Exists: "query", n.In: "choices"}


def inner_query(node: Any) -> n.Query | None:
    """The query an expression holds itself, or None."""
    name = QUERY_HOLDERS.get(type(node))
    held = getattr(node, name) if name is not None else None
    return None if isinstance(held, tuple) else held


def with_query(node: Any, query: n.Query) -> Any:
    """The expression, holding another query."""
    return replace(node, **{QUERY_HOLDERS[type(node)]: query})


def selects(query: n.Query) -> Iterator[n.Select]:
    """Every SELECT of a query, those in FROM and in expressions too."""
    stack: list[Any] = [query]
    while stack:
        node = stack.pop()
        if isinstance(node, n.Select):
            yield node
            stack.append(node.source)
            for expr in clauses(node):
                stack += [q for e in descendants(expr) if (q := inner_query(e))]
        elif isinstance(node, n.SetOperation):
            stack += [node.left, node.right]
        elif isinstance(node, n.With):
            stack += [*(t.query for t in node.tables), node.query]
        elif isinstance(node, n.DerivedTable):
            stack.append(node.query)
        elif isinstance(node, n.Join):
            stack += [node.left, node.right]
            if node.on is not None:
                stack += [q for e in descendants(node.on) if (q := inner_query(e))]


def tables(query: n.Query) -> tuple[tuple[str, str], ...]:
    """The tables of the catalog that a resolved query reads, as (schema, name)."""
    found = [t for select in selects(query) for t in leaves(select.source)]
    return tuple(sorted({(t.schema, t.name) for t in found}))


def leaves(source: n.Source) -> Iterator[Table]:
    """The tables of the catalog in one FROM, from left to right."""
    if isinstance(source, n.Join):
        yield from leaves(source.left)
        yield from leaves(source.right)
    elif isinstance(source, n.TableRef):
        yield source.table


def own_aliases(source: n.Source) -> Iterator[str]:
    """The aliases of the tables of one FROM."""
    if isinstance(source, n.Join):
        yield from own_aliases(source.left)
        yield from own_aliases(source.right)
    elif isinstance(source, n.TableRef | n.DerivedTable | n.CommonRef):
        yield source.alias


def expressions(query: n.Query) -> Iterator[Any]:
    """The expressions of every SELECT of a query, those of its joins too."""
    for select in selects(query):
        yield from clauses(select)
        yield from (join.on for join in joins(select.source) if join.on is not None)


def joins(source: n.Source) -> Iterator[n.Join]:
    """The joins of one FROM."""
    stack = [source]
    while stack:
        node = stack.pop()
        if isinstance(node, n.Join):
            yield node
            stack += [node.left, node.right]


def clauses(query: n.Select) -> list[Any]:
    """The expressions of all clauses but FROM."""
    found = [item.expr for item in query.items]
    found += [e for e in (query.where, query.having) if e is not None]
    return [*found, *query.group_by, *(o.expr for o in query.order_by)]


def _optional(child: Any, f: Rewrite) -> Any:
    return None if child is None else f(child)


def _arguments(args: Any, f: Rewrite) -> Any:
    """Arguments rewritten; the star of COUNT(*) is none."""
    return tuple([x if isinstance(x, n.Star) else f(x) for x in args])


REBUILD: dict[type, Callable[[Any, Rewrite], Any]] = {
    n.Sign: lambda e, f: n.Sign(e.op, f(e.operand), at=e.at),
    n.Arithmetic: lambda e, f: n.Arithmetic(
        f(e.first), tuple([(op, f(x)) for op, x in e.rest]), at=e.at
    ),
    n.Concat: lambda e, f: n.Concat(tuple([f(x) for x in e.operands]), at=e.at),
    n.Call: lambda e, f: n.Call(
        e.name, tuple([f(x) for x in e.args]), e.system, at=e.at
    ),
    n.Aggregate: lambda e, f: n.Aggregate(
        e.name, _arguments(e.args, f), e.distinct, at=e.at
    ),
    n.Window: lambda e, f: n.Window(
        e.name,
        _arguments(e.args, f),
        tuple([f(x) for x in e.partition]),
        tuple([replace(o, expr=f(o.expr)) for o in e.order_by]),
        e.frame,
        e.distinct,
        at=e.at,
    ),
    n.Cast: lambda e, f: n.Cast(f(e.operand), e.type, e.length, at=e.at),
    n.Case: lambda e, f: n.Case(
        _optional(e.subject, f),
        tuple([(f(when), f(then)) for when, then in e.whens]),
        _optional(e.otherwise, f),
        at=e.at,
    ),
    n.Comparison: lambda e, f: n.Comparison(e.op, f(e.left), f(e.right), at=e.at),
    n.Between: lambda e, f: n.Between(
        f(e.operand), f(e.low), f(e.high), e.negated, at=e.at
    ),
    n.In: lambda e, f: n.In(
        f(e.operand),
        tuple([f(x) for x in e.choices]) if isinstance(e.choices, tuple) else e.choices,
        e.negated,
        at=e.at,
    ),
    n.Like: lambda e, f: n.Like(
        f(e.operand), f(e.pattern), e.negated, e.ignore_case, at=e.at
    ),
    n.IsNull: lambda e, f: n.IsNull(f(e.operand), e.negated, at=e.at),
    n.Not: lambda e, f: n.Not(f(e.operand), at=e.at),
    n.And: lambda e, f: n.And(tuple([f(x) for x in e.operands]), at=e.at),
    n.Or: lambda e, f: n.Or(tuple([f(x) for x in e.operands]), at=e.at),
    n.KeyIn: lambda e, f: n.KeyIn(f(e.column), e.values, at=e.at),
    n.RegionTest: lambda e, f: n.RegionTest(
        e.name, tuple([f(x) for x in e.args]), at=e.at
    ),
}
