"""The type of each kind of expression, from those of its parts.

One function for each node; each notes what does not fit and still gives a type, so
that all problems of a query are found at once (ADQL 2.1 sections 2.3 and 3).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.standard import (
    DOUBLE,
    FUNCTIONS,
    ICRS_LIKE,
    INT,
    KIND_NAMES,
    NOT_SERVED,
    OTHER_SYSTEMS,
    TEXT,
    describe,
)
from vo_lcc.adql.problems import Problems, did_you_mean
from vo_lcc.adql.tree.walk import children
from vo_lcc.adql.values.kinds import (
    CONDITION,
    INTEGERS,
    LONG,
    NULL,
    RANK,
    UNKNOWN,
    kind_of,
    same_kind,
)
from vo_lcc.adql.values.unify import unify_columns
from vo_lcc.tables import Column

if TYPE_CHECKING:
    from vo_lcc.adql.types.infer import Types

CASTS = {
    "SMALLINT": Column("", "short"),
    "INTEGER": INT,
    "INT": INT,
    "BIGINT": LONG,
    "REAL": Column("", "float"),
    "FLOAT": DOUBLE,
    "DOUBLE PRECISION": DOUBLE,
    "CHAR": TEXT,
    "CHARACTER": TEXT,
    "VARCHAR": TEXT,
    "TIMESTAMP": Column("", "char", "*", xtype="timestamp"),
}
MAX_TEXT = 10_000_000
STATISTICS = {"MIN": "stat.min", "MAX": "stat.max", "AVG": "stat.mean"}


# --- values ---------------------------------------------------------------------


def literal(types: "Types", e: n.Literal) -> Column:
    """Texts, numbers, NULL."""
    if e.value is None:
        return NULL
    if isinstance(e.value, str):
        return TEXT if e.value.isascii() else Column("", "unicodeChar", "*")
    if isinstance(e.value, float):
        return DOUBLE
    return INT if -(2**31) <= e.value < 2**31 else LONG


def column_ref(types: "Types", e: n.ColumnRef) -> Column:
    """What the catalog says of it."""
    return types.sources[e.source][e.name]


def arithmetic(types: "Types", e: n.Arithmetic) -> Column:
    """long for integers, double otherwise; the unit where all operands share it."""
    columns = [types.number(e.first, "arithmetic")]
    columns += [types.number(x, f"`{op}`") for op, x in e.rest]
    whole = all(c.datatype in INTEGERS for c in columns)
    units = {c.unit for c in columns}
    additive = e.rest[0][0] in "+-"
    unit = columns[0].unit if additive and len(units) == 1 else None
    return Column("", "long" if whole else "double", unit=unit)


def sign(types: "Types", e: n.Sign) -> Column:
    """As its operand."""
    column = types.number(e.operand, f"`{e.op}`")
    if column.datatype not in RANK:
        return DOUBLE
    return Column("", column.datatype, unit=column.unit)


def concat(types: "Types", e: n.Concat) -> Column:
    """Text."""
    for operand in e.operands:
        kind = kind_of(types.value(operand))
        if kind not in "tdu0c":
            types.problems.add(
                f"|| joins texts, this is {KIND_NAMES[kind]};"
                " write CAST(... AS VARCHAR)",
                operand.at,
            )
    return as_text([types.of(x) for x in e.operands])


def as_text(columns: Iterable[Column]) -> Column:
    """Text that can hold what the texts among these columns hold."""
    wide = any(c.datatype == "unicodeChar" for c in columns)
    return Column("", "unicodeChar" if wide else "char", "*")


def call(types: "Types", e: n.Call) -> Column:
    """As functions.py says; an unknown function has an unknown type."""
    function = FUNCTIONS.get(e.name)
    columns = [types.value(x) for x in e.args]
    if types.known_only and (function is None or e.name in NOT_SERVED):
        hint = did_you_mean(e.name, FUNCTIONS.keys() - NOT_SERVED)
        types.problems.add(f"no function {e.name[:60]} here{hint}", e.at)
    if function is None:
        return UNKNOWN
    kinds = "".join([kind_of(c) for c in columns])
    if not function.accepts(kinds) or (e.name == "POLYGON" and odd_numbers(kinds)):
        given = ", ".join(KIND_NAMES[k] for k in kinds) or "nothing"
        types.problems.add(
            f"{describe(e.name, function)} cannot be given {given}", e.at
        )
        return function.result
    if e.system is not None:
        check_system(types.problems, e)
    if function.keeps == "all":
        return unify(types, e.args, e.at)
    if function.keeps == "text":
        return as_text(columns)
    if function.keeps == "unit" and columns[0].unit:
        return replace(function.result, unit=columns[0].unit)
    return function.result


def odd_numbers(kinds: str) -> bool:
    """A polygon of numbers that do not come in pairs."""
    return "p" not in kinds and len(kinds) > 3 and len(kinds) % 2 == 1


def check_system(problems: Problems, e: n.Call) -> None:
    """Refuse a coordinate system that does not exist."""
    first = ((e.system or "").split() or [""])[0].upper()
    if first not in ICRS_LIKE and first not in OTHER_SYSTEMS:
        problems.add(
            f"no coordinate system '{(e.system or '')[:40]}'; write 'ICRS'", e.at
        )


def aggregate(types: "Types", e: n.Aggregate) -> Column:
    """COUNT is long and knows nothing of its column; MIN and MAX keep it."""
    if isinstance(e.arg, n.Star):
        if e.name != "COUNT":
            types.problems.add(f"only COUNT can be given *, not {e.name}", e.at)
        return Column("", "long", ucd="meta.number")
    column = types.value(e.arg)
    if e.name == "COUNT":
        return Column("", "long", ucd="meta.number")
    if e.name in ("MIN", "MAX"):
        return extreme(types, e, column)
    types.number(e.arg, e.name)
    if e.name == "AVG":
        ucd, frame = statistic("AVG", column.ucd), column.annotation
        return Column("", "double", unit=column.unit, ucd=ucd, annotation=frame)
    whole = column.datatype in INTEGERS
    return Column("", "long" if whole else "double", unit=column.unit)


def extreme(types: "Types", e: n.Aggregate, column: Column) -> Column:
    """MIN or MAX: its column, with the UCD of a minimum or maximum."""
    if kind_of(column) in "pgab":
        types.problems.add(
            f"{e.name} cannot be taken of {KIND_NAMES[kind_of(column)]}", e.at
        )
    return replace(
        column,
        name="",
        ucd=statistic(e.name, column.ucd),
        utype=None,
        indexed=False,
        principal=False,
        std=False,
    )


def statistic(name: str, ucd: str | None) -> str | None:
    """The UCD of a statistic.

    >>> statistic("MAX", "phot.mag;em.opt.V")
    'stat.max;phot.mag;em.opt.V'
    """
    if not ucd:
        return None
    words = [w for w in ucd.split(";") if w != "meta.main"]
    return ";".join([STATISTICS[name], *words])


def cast(types: "Types", e: n.Cast) -> Column:
    """The type named; a number keeps its unit."""
    value = types.value(e.operand)
    target = CASTS.get(e.type)
    if target is None:
        known = ", ".join(CASTS)
        types.problems.add(f"CAST to {e.type} is not served; use {known}", e.at)
        return UNKNOWN
    if not castable(value, target):
        kind = KIND_NAMES[kind_of(value)]
        types.problems.add(f"{kind} cannot be CAST to {e.type}", e.at)
    sized = e.type in ("CHAR", "CHARACTER", "VARCHAR")
    if e.length is not None and not (sized and 1 <= e.length <= MAX_TEXT):
        types.problems.add(f"{e.type} cannot have the length {e.length}", e.at)
    if target.datatype in RANK:
        return replace(target, unit=value.unit)
    return as_text([value]) if target is TEXT else target


def castable(value: Column, target: Column) -> bool:
    """True when there is a way from one type to the other."""
    return (
        kind_of(value) in "u0c" + {"n": "nt", "t": "ntdb", "d": "td"}[kind_of(target)]
    )


def case(types: "Types", e: n.Case) -> Column:
    """What its values have in common."""
    if e.subject is not None:
        for when, _ in e.whens:
            check_comparable(types, e.subject, when)
    else:
        for when, _ in e.whens:
            types.condition(when)
    values = [then for _, then in e.whens]
    return unify(types, [*values, e.otherwise] if e.otherwise else values, e.at)


def unify(types: "Types", values: Iterable[Any], at: int) -> Column:
    """The type that holds all of the values."""
    columns = [types.value(x) for x in values]
    return unify_columns(types.problems, columns, at)


def scalar(types: "Types", e: n.Subquery) -> Column:
    """The one column of its query."""
    columns = types.columns(e.query)
    if len(columns) != 1 and not has_star(e.query):
        types.problems.add(
            f"a subquery used as a value has {len(columns)} columns", e.at
        )
    return columns[0] if columns else UNKNOWN


def has_star(query: n.Query) -> bool:
    """True while the columns of a query are not known yet."""
    while not isinstance(query, n.Select):
        query = query.query if isinstance(query, n.With) else query.left
    return any(isinstance(item.expr, n.Star) for item in query.items)


# --- conditions -----------------------------------------------------------------


def comparison(types: "Types", e: n.Comparison) -> Column:
    """Both sides must be of one kind."""
    check_comparable(types, e.left, e.right)
    return CONDITION


def check_comparable(types: "Types", left: Any, right: Any) -> None:
    """Note a problem unless two values can be compared."""
    a, b = kind_of(types.value(left)), kind_of(types.value(right))
    if "c" in (a, b) or ("b" in (a, b) and boolean_literal(left, right)):
        return
    if "d" in (a, b) and any(text_literal(s) for s in (left, right)):
        return
    if not same_kind(a, b) or (a in "pga" and b in "pga"):
        hint = ""
        if {a, b} == {"n", "t"}:
            hint = "; numbers are written without quotes"
        if {a, b} == {"d", "t"}:
            hint = "; write CAST(... AS TIMESTAMP)"
        types.problems.add(
            f"{KIND_NAMES[a]} cannot be compared with {KIND_NAMES[b]}{hint}",
            right.at or left.at,
        )


def text_literal(side: Any) -> bool:
    """True for text in quotes, which can be read as what it stands beside."""
    return isinstance(side, n.Literal) and isinstance(side.value, str)


def boolean_literal(*sides: Any) -> bool:
    """True or false as SQL text, beside a boolean column."""
    words = ("true", "false", "t", "f")
    return any(
        isinstance(s, n.Literal) and str(s.value).lower() in words for s in sides
    )


def between(types: "Types", e: n.Between) -> Column:
    """Like two comparisons."""
    check_comparable(types, e.operand, e.low)
    check_comparable(types, e.operand, e.high)
    return CONDITION


def in_list(types: "Types", e: n.In) -> Column:
    """Like a comparison with each choice."""
    if isinstance(e.choices, tuple):
        for choice in e.choices:
            check_comparable(types, e.operand, choice)
        return CONDITION
    columns = types.columns(e.choices)
    if len(columns) != 1 and not has_star(e.choices):
        types.problems.add(f"IN needs a query of one column, not {len(columns)}", e.at)
    elif not same_kind(types.kind(e.operand), kind_of(columns[0])):
        types.problems.add("IN compares values of different kinds", e.at)
    return CONDITION


def like(types: "Types", e: n.Like) -> Column:
    """Texts only."""
    for side in (e.operand, e.pattern):
        kind = kind_of(types.value(side))
        if kind not in "tu0c":
            types.problems.add(
                f"LIKE compares texts, this is {KIND_NAMES[kind]}", side.at
            )
    return CONDITION


def is_null(types: "Types", e: n.IsNull) -> Column:
    """Any value."""
    types.value(e.operand)
    return CONDITION


def exists(types: "Types", e: n.Exists) -> Column:
    """Any query."""
    types.columns(e.query)
    return CONDITION


def connective(types: "Types", e: Any) -> Column:
    """NOT, AND, OR: conditions only."""
    for child in children(e):
        types.condition(child)
    return CONDITION


RULES: dict[type, Callable[["Types", Any], Column]] = {
    n.Literal: literal,
    n.ColumnName: lambda types, e: UNKNOWN,
    n.ColumnRef: column_ref,
    n.Ordinal: lambda types, e: UNKNOWN,
    n.Sign: sign,
    n.Arithmetic: arithmetic,
    n.Concat: concat,
    n.Call: call,
    n.Aggregate: aggregate,
    n.Cast: cast,
    n.Case: case,
    n.Subquery: scalar,
    n.Comparison: comparison,
    n.Between: between,
    n.In: in_list,
    n.Like: like,
    n.IsNull: is_null,
    n.Exists: exists,
    n.Not: connective,
    n.And: connective,
    n.Or: connective,
    n.InRanges: lambda types, e: CONDITION,
    n.NearPoint: lambda types, e: CONDITION,
    n.RegionTest: lambda types, e: CONDITION,
}
