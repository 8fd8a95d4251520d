"""Tree building: one method for each rule of grammar.lark, called as it is parsed.

Each gets the values of its children and gives a node, or a part of one. A name is
passed on as (identifier, offset) until its use is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions import AGGREGATES
from vo_lcc.adql.syntax.words import Word

Children = Sequence[Any]

MAX_INTEGER = 2**63 - 1
DISTANCES: dict[str, Callable[[Word], int | float | None]] = {
    "UNBOUNDED": lambda word: None,
    "INT": lambda word: min(int(word.text[:20]), MAX_INTEGER),
    "FLOAT": lambda word: float(word.text),
}
HERE = n.Bound(False, 0)  # this row

# The numbers of arguments with which a leading NULL is a coordinate system.
GEOMETRIES = {"POINT": (3,), "CIRCLE": (4,), "BOX": (5,), "POLYGON": range(7, 9999, 2)}


class NumberRangeError(ValueError):
    """A number too large; `args` are its text, its offset and what cannot hold it."""


def comparison(c: Children) -> n.Comparison:
    """`left op right`; != is written <>."""
    op = "<>" if c[1].text == "!=" else c[1].text
    return n.Comparison(op, c[0], c[2], at=c[0].at)


def arithmetic(c: Children) -> n.Arithmetic:
    """A chain of + and -, or of * / %."""
    rest = tuple(
        (op.text, operand) for op, operand in zip(c[1::2], c[2::2], strict=True)
    )
    return n.Arithmetic(c[0], rest, at=c[0].at)


def sign(c: Children) -> n.Expr:
    """A signed number is a literal of its own."""
    op, operand = c[0].text, c[1]
    if op == "~":
        return n.Sign(op, operand, at=c[0].at)
    if isinstance(operand, n.Literal) and isinstance(operand.value, int | float):
        value = -operand.value if op == "-" else operand.value
        return n.Literal(value, at=c[0].at)
    return n.Sign(op, operand, at=c[0].at)


def integer(c: Children) -> n.Literal:
    """Digits; more than a bigint holds are a double."""
    text = c[0].text
    if len(text) > 18 and (len(text) > 300 or int(text) > MAX_INTEGER):
        return real(c)
    return n.Literal(int(text), at=c[0].at)


def hexadecimal(c: Children) -> n.Literal:
    """0x and hexadecimal digits: at most 63 bits."""
    value = int(c[0].text[:20], 16)
    if value > MAX_INTEGER or len(c[0].text) > 20:
        raise NumberRangeError(c[0].text, c[0].at, "64 bits")
    return n.Literal(value, at=c[0].at)


def real(c: Children) -> n.Literal:
    """A number with a point or an exponent: a double."""
    value = float(c[0].text)
    if value == float("inf"):
        raise NumberRangeError(c[0].text, c[0].at, "a double")
    return n.Literal(value, at=c[0].at)


def string(c: Children) -> n.Literal:
    """Adjacent texts are one (SQL-92)."""
    text = "".join(part.text[1:-1].replace("''", "'") for part in c)
    return n.Literal(text, at=c[0].at)


def function(c: Children) -> n.Call | n.Aggregate:
    """A function call; the coordinate system of a geometry is taken off its arguments.

    NULL in its place is a coordinate system too (ADQL 2.1 section 4.2.5).
    """
    name, args, system = c[0].text.upper(), tuple(c[1:]), None
    if name in GEOMETRIES and args and isinstance(args[0], n.Literal):
        first = args[0].value
        if isinstance(first, str) or (first is None and len(args) in GEOMETRIES[name]):
            system, args = first or "", args[1:]
    if name in AGGREGATES:
        return n.Aggregate(name, args, at=c[0].at)
    return n.Call(name, args, system, at=c[0].at)


def aggregate(c: Children) -> n.Aggregate:
    """COUNT(*), MAX(x), SUM(DISTINCT x)."""
    at = c[0].at
    arg = n.Star(at=c[1].at) if isinstance(c[1], Word) else c[-1]
    return n.Aggregate(c[0].text.upper(), (arg,), c[1] == ("distinct", True), at=at)


def window(c: Children) -> n.Expr:
    """function OVER (...): clauses in any number, each as (name, value)."""
    f = c[0]
    distinct = isinstance(f, n.Aggregate) and f.distinct
    return n.Window(f.name, f.args, distinct=distinct, **dict(c[1:]), at=f.at)


def frame(c: Children) -> tuple[str, n.Frame]:
    """ROWS or RANGE, from one bound to another, or to this row."""
    end = c[2] if len(c) > 2 else HERE
    return "frame", n.Frame(c[0].text.upper(), c[1], end)


def bound(c: Children) -> n.Bound:
    """UNBOUNDED or a number, and PRECEDING or FOLLOWING."""
    distance = DISTANCES[c[0].kind](c[0])
    return n.Bound(c[1].text.upper() == "FOLLOWING", distance)


def cast(c: Children) -> n.Cast:
    """CAST(x AS type)."""
    words = [part.text.upper() for part in c[1]]
    length = int(words.pop()[:10]) if words[-1].isdigit() else None
    name = "DOUBLE PRECISION" if words[0] == "DOUBLE" else " ".join(words)
    return n.Cast(c[0], name, length, at=c[0].at)


def case(c: Children) -> n.Case:
    """CASE WHEN .. THEN .. [ELSE ..] END."""
    return n.Case(None, c[0], c[1] if len(c) > 1 else None, at=c[0][0][0].at)


def case_of(c: Children) -> n.Case:
    """CASE subject WHEN .. THEN .. [ELSE ..] END."""
    return n.Case(c[0], c[1], c[2] if len(c) > 2 else None, at=c[0].at)


def select(c: Children) -> n.Select:
    """The clauses, in any number; each arrives as (name, value)."""
    clauses = dict(c)
    return n.Select(**clauses, at=clauses["items"][0].at)


def item(c: Children) -> n.SelectItem:
    """An expression with or without an alias, or `*`."""
    if isinstance(c[0], Word):
        return n.SelectItem(n.Star(at=c[0].at), at=c[0].at)
    return n.SelectItem(c[0], c[1][0] if len(c) > 1 else None, at=c[0].at)


def qualified_star(c: Children) -> n.SelectItem:
    """`t.*`."""
    at = c[0][0][1]
    return n.SelectItem(n.Star(_parts(c[0]), at=at), at=at)


def from_clause(c: Children) -> tuple[str, n.Source]:
    """A list of tables is a chain of cross joins."""
    source = c[0]
    for right in c[1:]:
        source = n.Join("CROSS", source, right, at=right.at)
    return "source", source


def table_name(c: Children) -> n.TableName:
    """A table without alias."""
    return n.TableName(_parts(c[0]), at=c[0][0][1])


def named_table(c: Children) -> n.TableName:
    """A table with an alias."""
    return n.TableName(c[0].parts, c[1][0], at=c[0].at)


def join(c: Children) -> n.Join:
    """left kind JOIN right [ON condition | USING (names)]."""
    natural, kind = c[1]
    node = {"left": c[0], "right": c[2], "natural": natural, "at": c[2].at}
    if len(c) == 3:
        return n.Join(kind, **node)
    if isinstance(c[3], tuple):
        return n.Join(kind, using=c[3], **node)
    return n.Join(kind, on=c[3], **node)


def named_group(c: Children) -> n.DerivedTable:
    """A join in parentheses with a name is a table of all its columns."""
    at = c[0].at
    star = n.SelectItem(n.Star(at=at), at=at)
    return n.DerivedTable(n.Select((star,), c[0], at=at), c[1][0], at=at)


def set_operation(c: Children) -> n.SetOperation:
    """left UNION [ALL] right."""
    return n.SetOperation(
        c[1].text.upper(), query_of(c[0]), query_of(c[-1]), len(c) == 4, at=c[1].at
    )


def ordered(c: Children) -> n.Query:
    """A query with ORDER BY, OFFSET or both."""
    query: n.Query = query_of(c[0])
    clauses = dict(c[1:])
    if isinstance(query, n.With) or query.order_by or query.offset is not None:
        star = n.SelectItem(n.Star(at=query.at), at=query.at)
        query = n.Select((star,), n.DerivedTable(query, "q"), at=query.at)
    return replace(query, **clauses)


def query_of(value: Any) -> Any:
    """The query inside parentheses, or the query itself."""
    return value.query if isinstance(value, n.Subquery) else value


def common_table(c: Children) -> n.CommonTable:
    """name AS (query)."""
    return n.CommonTable(c[0][0], c[1].query, at=c[0][1])


def with_clause(c: Children) -> n.With:
    """WITH tables query."""
    return n.With(tuple(c[:-1]), query_of(c[-1]), at=c[0].at)


def negatable(node: Callable[..., Any], negated: bool, **more: Any) -> Any:
    """A rule whose node has `negated`."""
    return lambda c: node(*c, negated=negated, at=c[0].at, **more)


def chain(node: Callable[..., Any]) -> Any:
    """A rule whose node holds all its operands."""
    return lambda c: node(tuple(c), at=c[0].at)


def clause(name: str) -> Any:
    """A rule that is one clause of a select, with a single value."""
    return lambda c: (name, c[0])


def clauses(name: str) -> Any:
    """A rule that is one clause of a select, with a list."""
    return lambda c: (name, tuple(c))


def constant(value: Any) -> Any:
    """A rule that is always the same."""
    return lambda _: value


def _parts(chain: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(part for part, _ in chain)


RULES: dict[str, Callable[[Children], Any]] = {
    "start": lambda c: query_of(c[0]),
    "with": with_clause,
    "common_table": common_table,
    "ordered": ordered,
    "union": set_operation,
    "intersect": set_operation,
    "all": constant("ALL"),
    "subquery": lambda c: n.Subquery(c[0], at=c[0].at),
    "select": select,
    "every": constant(("distinct", False)),
    "distinct": constant(("distinct", True)),
    "top": lambda c: ("top", min(int(c[0].text[:20]), MAX_INTEGER)),
    "items": clauses("items"),
    "item": item,
    "qualified_star": qualified_star,
    "from": from_clause,
    "table_primary": lambda c: c[0],
    "table_name": table_name,
    "named_table": named_table,
    "derived_table": lambda c: n.DerivedTable(c[0].query, c[1][0], at=c[0].at),
    "group_of_tables": lambda c: c[0],
    "join": join,
    "named_group": named_group,
    "pairing": lambda c: (True, c[1] if len(c) > 1 else "INNER"),
    "cross": constant((False, "CROSS")),
    "matching": lambda c: (False, c[0] if c else "INNER"),
    "natural": constant("NATURAL"),
    "inner": constant("INNER"),
    "left": constant("LEFT"),
    "right": constant("RIGHT"),
    "full": constant("FULL"),
    "using": _parts,
    "where": clause("where"),
    "group_by": clauses("group_by"),
    "having": clause("having"),
    "order_by": clauses("order_by"),
    "order_item": lambda c: n.OrderItem(c[0], at=c[0].at),
    "descending": lambda c: n.OrderItem(c[0], True, at=c[0].at),
    "offset": lambda c: ("offset", min(int(c[0].text[:20]), MAX_INTEGER)),
    "or_condition": chain(n.Or),
    "and_condition": chain(n.And),
    "not_condition": lambda c: n.Not(c[0], at=c[0].at),
    "comparison": comparison,
    "between": negatable(n.Between, negated=False),
    "not_between": negatable(n.Between, negated=True),
    "in_list": negatable(n.In, negated=False),
    "not_in": negatable(n.In, negated=True),
    "like": negatable(n.Like, negated=False),
    "not_like": negatable(n.Like, negated=True),
    "ilike": negatable(n.Like, negated=False, ignore_case=True),
    "not_ilike": negatable(n.Like, negated=True, ignore_case=True),
    "is_null": lambda c: n.IsNull(c[0], at=c[0].at),
    "is_not_null": lambda c: n.IsNull(c[0], True, at=c[0].at),
    "exists": lambda c: n.Exists(c[0].query, at=c[0].at),
    "chosen_query": lambda c: c[0].query,
    "chosen_list": tuple,
    "concat": chain(n.Concat),
    "arithmetic": arithmetic,
    "sign": sign,
    "integer": integer,
    "real": real,
    "hexadecimal": hexadecimal,
    "string": string,
    "null": lambda c: n.Literal(None, at=c[0].at),
    "column": lambda c: n.ColumnName(_parts(c[0]), at=c[0][0][1]),
    "scalar": lambda c: c[0],
    "name_chain": lambda c: c if isinstance(c[0], tuple) else [*c[0], c[1]],
    "regular": lambda c: (n.Regular(c[0].text), c[0].at),
    "delimited": lambda c: (c[0].text[1:-1].replace('""', '"'), c[0].at),
    "function": function,
    "aggregate": aggregate,
    "window": window,
    "partition": clauses("partition"),
    "frame": frame,
    "bound": bound,
    "this_row": constant(HERE),
    "cast": cast,
    "type": tuple,
    "case": case,
    "case_of": case_of,
    "whens": lambda c: tuple(zip(c[::2], c[1::2], strict=True)),
}
