"""A tree as ADQL text: the way back from `parse_tree`.

Parsed and resolved trees can be written, not the index conditions of `regions`.
What the parser made of a text comes back as the same tree: parentheses stand
where the grammar needs them, and a number reads back as the same number.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.syntax.words import WINDOW_WORDS
from vo_lcc.adql.tree.walk import descendants
from vo_lcc.tables import adql_identifier

# How strongly the forms of grammar.lark bind, from `expr` to `primary`.
OR, AND, NOT, PREDICATE, CONCAT, BITS, SUM, PRODUCT, FACTOR, PRIMARY = range(10)

ARITHMETIC = {**dict.fromkeys("&^|", BITS), **dict.fromkeys("+-", SUM)}


def write_query(query: n.Query) -> str:
    """A query as ADQL text, on one line.

    A name without quotes stays so; another one is quoted unless it is in lower case,
    regular and not reserved (ADQL 2.1 section 2.1.2). An infinite or undefined number
    cannot be written; the parser gives none.

    >>> tree = n.Select((n.SelectItem(n.column("ra")),), n.TableName(("t",)), top=5)
    >>> write_query(tree)
    'SELECT TOP 5 ra FROM t'
    """
    return QUERIES[type(query)](query)


def write_expression(expr: Any, level: int = OR) -> str:
    """An expression, in parentheses if it binds less than `level`.

    >>> write_expression(n.Not(n.Comparison("=", n.column("a"), n.Literal(-2))))
    'NOT a = -2'
    """
    form, own = FORMS[type(expr)]
    if own is None:
        own = ARITHMETIC.get(expr.rest[0][0], PRODUCT)
    return f"({form(expr)})" if own < level else form(expr)


def name(identifier: str) -> str:
    """An identifier; one that is exact keeps its case."""
    if isinstance(identifier, n.Regular):
        return str(identifier)
    bare = adql_identifier(identifier)
    return bare if bare.islower() or bare[0] == '"' else f'"{bare}"'


def names(parts: Iterable[str], between: str = ".") -> str:
    """A name with those before it, or several names."""
    return between.join([name(part) for part in parts])


def listed(exprs: Iterable[Any]) -> str:
    """Expressions with commas between them."""
    return ", ".join([write_expression(e) for e in exprs])


# --- values ---------------------------------------------------------------------


def literal(e: n.Literal) -> str:
    """A constant."""
    if e.value is None:
        return "NULL"
    return text(e.value) if isinstance(e.value, str) else repr(e.value)


def text(value: str) -> str:
    """Text in quotes.

    >>> text("O'Brien")
    "'O''Brien'"
    """
    return "'" + value.replace("'", "''") + "'"


def star(e: n.Star) -> str:
    """`*` or `t.*`."""
    return names(e.qualifier) + ".*" if e.qualifier else "*"


def sign(e: n.Sign) -> str:
    """A sign; two minuses would begin a comment."""
    operand = write_expression(e.operand, FACTOR)
    blank = " " if e.op == operand[0] == "-" else ""
    return e.op + blank + operand


def arithmetic(e: n.Arithmetic) -> str:
    """A chain; its operands bind more than its operators."""
    level = ARITHMETIC.get(e.rest[0][0], PRODUCT) + 1
    rest = [f" {op} {write_expression(x, level)}" for op, x in e.rest]
    return write_expression(e.first, level) + "".join(rest)


def chain(between: str, level: int) -> Callable[[Any], str]:
    """A form that joins all its operands."""
    return lambda e: between.join([write_expression(x, level) for x in e.operands])


def call(e: n.Call) -> str:
    """A function; the coordinate system is its first argument."""
    system = [] if e.system is None else [text(e.system)]
    return f"{e.name}({', '.join([*system, *map(write_expression, e.args)])})"


def aggregate(e: n.Aggregate | n.Window) -> str:
    """COUNT(*), SUM(DISTINCT x)."""
    return f"{e.name}({'DISTINCT ' if e.distinct else ''}{listed(e.args)})"


def window(e: n.Window) -> str:
    """A function with OVER and its clauses."""
    clauses = []
    if e.partition:
        clauses.append("PARTITION BY " + ", ".join(map(inside_window, e.partition)))
    if e.order_by:
        clauses.append(order_by(e, inside_window))
    if e.frame is not None:
        start, end = bound(e.frame.start), bound(e.frame.end)
        clauses.append(f"{e.frame.unit} BETWEEN {start} AND {end}")
    return f"{aggregate(e)} OVER ({' '.join(clauses)})"


def inside_window(expr: n.Expr) -> str:
    """An expression just inside OVER (...), where names such as `range` are words."""
    columns = (e for e in descendants(expr) if isinstance(e, n.ColumnName))
    words = {part.upper() for column in columns for part in column.parts}
    return write_expression(expr, PRIMARY + 1 if words & WINDOW_WORDS.keys() else OR)


def bound(b: n.Bound) -> str:
    """Where a frame begins or ends."""
    if b == n.Bound(False, 0):
        return "CURRENT ROW"
    distance = "UNBOUNDED" if b.distance is None else repr(b.distance)
    return f"{distance} {'FOLLOWING' if b.after else 'PRECEDING'}"


def cast(e: n.Cast) -> str:
    """CAST; DOUBLE PRECISION takes no length, DOUBLE does."""
    length = "" if e.length is None else f"({e.length})"
    kind = e.type.removesuffix(" PRECISION") if length else e.type
    return f"CAST({write_expression(e.operand)} AS {kind}{length})"


def case(e: n.Case) -> str:
    """CASE with or without a subject."""
    parts = [] if e.subject is None else [write_expression(e.subject)]
    for when, then in e.whens:
        parts.append(f"WHEN {write_expression(when)} THEN {write_expression(then)}")
    if e.otherwise is not None:
        parts.append(f"ELSE {write_expression(e.otherwise)}")
    return f"CASE {' '.join(parts)} END"


# --- conditions -----------------------------------------------------------------


def operator(e: Any, op: str, *operands: Any) -> str:
    """`operand [NOT] op`, and more operands with AND between them."""
    first = write_expression(e.operand, CONCAT)
    rest = " AND ".join([write_expression(x, CONCAT) for x in operands])
    return f"{first} {'NOT ' if e.negated else ''}{op} {rest}"


def comparison(e: n.Comparison) -> str:
    """`left op right`."""
    left, right = write_expression(e.left, CONCAT), write_expression(e.right, CONCAT)
    return f"{left} {e.op} {right}"


def in_list(e: n.In) -> str:
    """IN a list or a query."""
    inner = e.choices
    choices = listed(inner) if isinstance(inner, tuple) else write_query(inner)
    return operator(e, "IN") + f"({choices})"


def is_null(e: n.IsNull) -> str:
    """IS NULL."""
    negated = "NOT " if e.negated else ""
    return f"{write_expression(e.operand, CONCAT)} IS {negated}NULL"


# --- queries --------------------------------------------------------------------


def select(q: n.Select) -> str:
    """One SELECT with its clauses."""
    parts = ["SELECT"]
    parts += ["DISTINCT"] if q.distinct else []
    parts += [f"TOP {q.top}"] if q.top is not None else []
    parts.append(", ".join([item(i) for i in q.items]))
    parts.append("FROM " + source(q.source))
    parts += [f"WHERE {write_expression(q.where)}"] if q.where is not None else []
    parts += [f"GROUP BY {listed(q.group_by)}"] if q.group_by else []
    parts += [f"HAVING {write_expression(q.having)}"] if q.having is not None else []
    return " ".join(parts + tail(q))


def tail(q: n.Select | n.SetOperation) -> list[str]:
    """ORDER BY and OFFSET."""
    parts = [order_by(q)] if q.order_by else []
    return parts + ([f"OFFSET {q.offset}"] if q.offset is not None else [])


def order_by(q: Any, write: Callable[[Any], str] = write_expression) -> str:
    """ORDER BY and its items."""
    items = [write(o.expr) + (" DESC" if o.descending else "") for o in q.order_by]
    return "ORDER BY " + ", ".join(items)


def item(i: n.SelectItem) -> str:
    """An item; an alias that says nothing new is left out."""
    written = write_expression(i.expr)
    known = i.expr.name if isinstance(i.expr, n.ColumnRef) else None
    return written if i.alias in (None, known) else f"{written} AS {name(i.alias)}"


def set_operation(q: n.SetOperation) -> str:
    """left op right; INTERSECT binds more, and each from left to right."""
    stronger = {"INTERSECT"}
    left = {"UNION", "EXCEPT", "INTERSECT"} if q.op != "INTERSECT" else stronger
    right = stronger if q.op != "INTERSECT" else set()
    op = q.op + (" ALL" if q.all else "")
    both = f"{set_operand(q.left, left)} {op} {set_operand(q.right, right)}"
    return " ".join([both, *tail(q)])


def set_operand(q: n.Query, bare: set[str]) -> str:
    """A side of a set operation; in parentheses unless its operator is in `bare`."""
    plain = isinstance(q, n.Select) or (isinstance(q, n.SetOperation) and q.op in bare)
    if plain and not isinstance(q, n.With) and not tail(q):
        return write_query(q)
    return f"({write_query(q)})"


def with_query(q: n.With) -> str:
    """WITH, its tables, its query."""
    tables = [f"{name(t.name)} AS ({write_query(t.query)})" for t in q.tables]
    nested = isinstance(q.query, n.With)
    body = f"({write_query(q.query)})" if nested else write_query(q.query)
    return f"WITH {', '.join(tables)} {body}"


def source(s: n.Source) -> str:
    """What a query is selected from."""
    return SOURCES[type(s)](s)


def table_name(s: n.TableName) -> str:
    """A table as written."""
    return names(s.parts) + ("" if s.alias is None else f" AS {name(s.alias)}")


def table_ref(s: n.TableRef) -> str:
    """A table of the catalog."""
    return f"{names((s.table.schema, s.table.name))} AS {name(s.alias)}"


def join(s: n.Join) -> str:
    """Two sources; the right one in parentheses if it is a join too."""
    right = f"({source(s.right)})" if isinstance(s.right, n.Join) else source(s.right)
    natural = "NATURAL " if s.natural else ""
    kind = "" if s.kind == "INNER" else s.kind + " "
    joined = f"{source(s.left)} {natural}{kind}JOIN {right}"
    if s.using:
        return f"{joined} USING ({names(s.using, ', ')})"
    return joined if s.on is None else f"{joined} ON {write_expression(s.on)}"


Form = tuple[Callable[[Any], str], int | None]
FORMS: Mapping[type, Form] = MappingProxyType(
    {
        n.Literal: (literal, PRIMARY),
        n.ColumnName: (lambda e: names(e.parts), PRIMARY),
        n.ColumnRef: (lambda e: names((e.source, e.name)), PRIMARY),
        n.Ordinal: (lambda e: str(e.number), PRIMARY),
        n.Star: (star, PRIMARY),
        n.Sign: (sign, FACTOR),
        n.Arithmetic: (arithmetic, None),
        n.Concat: (chain(" || ", BITS), CONCAT),
        n.Call: (call, PRIMARY),
        n.Aggregate: (aggregate, PRIMARY),
        n.Window: (window, PRIMARY),
        n.Cast: (cast, PRIMARY),
        n.Case: (case, PRIMARY),
        n.Subquery: (lambda e: f"({write_query(e.query)})", PRIMARY),
        n.Comparison: (comparison, PREDICATE),
        n.Between: (lambda e: operator(e, "BETWEEN", e.low, e.high), PREDICATE),
        n.In: (in_list, PREDICATE),
        n.Like: (
            lambda e: operator(e, "ILIKE" if e.ignore_case else "LIKE", e.pattern),
            PREDICATE,
        ),
        n.IsNull: (is_null, PREDICATE),
        n.Exists: (lambda e: f"EXISTS ({write_query(e.query)})", PREDICATE),
        n.RegionTest: (lambda e: f"1 = {e.name}({listed(e.args)})", PREDICATE),
        n.Not: (lambda e: f"NOT {write_expression(e.operand, NOT)}", NOT),
        n.And: (chain(" AND ", NOT), AND),
        n.Or: (chain(" OR ", AND), OR),
    }
)
QUERIES: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {n.Select: select, n.SetOperation: set_operation, n.With: with_query}
)
SOURCES: Mapping[type, Callable[[Any], str]] = MappingProxyType(
    {
        n.TableName: table_name,
        n.TableRef: table_ref,
        n.CommonRef: lambda s: f"{name(s.name)} AS {name(s.alias)}",
        n.DerivedTable: lambda s: f"({write_query(s.query)}) AS {name(s.alias)}",
        n.Join: join,
    }
)
