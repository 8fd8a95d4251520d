"""What each expression with a value is: a rule for each node (ADQL 2.1 section 2.3).

A rule is given the `Types` it works for and the node, and gives the Column that the
expression would be in a result. It notes problems and goes on, so that all of those
of a query are found at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions import FUNCTIONS, SET_FUNCTIONS
from vo_lcc.adql.functions.elsewhere import INSTEAD
from vo_lcc.adql.functions.function import (
    DOUBLE,
    INT,
    TEXT,
    Function,
    argument_kinds,
    describe,
    wants_array,
)
from vo_lcc.adql.functions.geometry import (
    CIRCLE,
    ICRS_LIKE,
    OTHER_SYSTEMS,
    POINT,
    POLYGON,
)
from vo_lcc.adql.problems import Problems, did_you_mean
from vo_lcc.adql.types.conditions import check_comparable, check_time, has_star
from vo_lcc.adql.types.windows import check_window
from vo_lcc.adql.values import units
from vo_lcc.adql.values.kinds import (
    INTEGERS,
    KIND_NAMES,
    LONG,
    NULL,
    RANK,
    UNKNOWN,
    kind_of,
)
from vo_lcc.adql.values.unify import as_text, unify_columns
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
    "POINT": POINT,
    "CIRCLE": CIRCLE,
    "POLYGON": POLYGON,
}
COUNT = Column("", "long", unit="", ucd="meta.number")
CASTABLE = {"n": "nt", "t": "ntdbpgm", "d": "td", "p": "tp", "g": "tg"}
MAX_TEXT = 10_000_000
STATISTICS = {"MIN": "stat.min", "MAX": "stat.max", "AVG": "stat.mean"}
BITWISE = frozenset("&|^~")
WHOLE_NAMES = {"i": "a whole number", "f": "an array of whole numbers"}
ARRAYS_HINT = "; arrays are in the table of light curves"
DEGREES_HINT = (
    "; degrees are numbers like 187.5: a column that has 12:30:00 or 187,5, or no"
    " values at all, is text"
)
OF_DEGREES = frozenset({"POINT", "CIRCLE", "BOX", "DISTANCE"})
POWER_HINT = "; a power is written POWER(x, y)"


def literal(types: "Types", e: n.Literal) -> Column:
    """Texts, numbers, NULL; a number has no dimension."""
    if e.value is None:
        return NULL
    if isinstance(e.value, str):
        return TEXT if e.value.isascii() else Column("", "unicodeChar", "*")
    if isinstance(e.value, float):
        return Column("", "double", unit="")
    return Column("", "int" if -(2**31) <= e.value < 2**31 else "long", unit="")


def column_ref(types: "Types", e: n.ColumnRef) -> Column:
    """What the catalog says of it."""
    return types.sources[e.source][e.name]


def arithmetic(types: "Types", e: n.Arithmetic) -> Column:
    """long for integers, double otherwise, with its unit."""
    columns = [types.number(e.first, "arithmetic")]
    columns += [types.number(x, f"`{op}`") for op, x in e.rest]
    whole = all(c.datatype in INTEGERS for c in columns)
    if e.rest[0][0] in BITWISE:
        check_whole(types, [e.first, *(x for _, x in e.rest)], e.rest[0][0])
        return LONG
    unit = unit_of(e, [c.unit for c in columns])
    return Column("", "long" if whole else "double", unit=unit)


def unit_of(e: n.Arithmetic, parts: list[str | None]) -> str | None:
    """The unit of a chain: that which all parts of a sum share, or the product.

    A number without dimension takes the unit of what it is added to. What it is
    multiplied by has no unit that is known: 3600 may well make arcseconds of degrees.
    """
    ops = [op for op, _ in e.rest]
    if ops[0] in "+-":
        said = {unit for unit in parts if unit != ""}
        return said.pop() if len(said) == 1 else None if said else ""
    if "%" in ops:
        return parts[0] if len(ops) == 1 else None
    if None in parts or any(map(is_factor, [e.first, *(x for _, x in e.rest)])):
        return None if any(parts) or None in parts else ""
    chain = zip(["*", *ops], parts, strict=True)
    kept = [(op, unit) for op, unit in chain if unit]
    if not kept or kept == [("*", kept[0][1])]:
        return kept[0][1] if kept else ""
    return units.product(tuple(kept))


def is_factor(expr: Any) -> bool:
    """True for a number written out, other than 1 and -1."""
    if isinstance(expr, n.Sign):
        return is_factor(expr.operand)
    if isinstance(expr, n.Arithmetic):
        parts = [expr.first, *(x for _, x in expr.rest)]
        return all(is_factor(part) or isinstance(part, n.Literal) for part in parts)
    number = isinstance(expr, n.Literal) and isinstance(expr.value, int | float)
    return number and abs(expr.value) != 1


def check_whole(types: "Types", operands: Iterable[Any], op: str) -> None:
    """Note operands of a bitwise operator that are no whole numbers."""
    for operand in operands:
        column = types.of(operand)
        if column.datatype in ("float", "double"):
            hint = POWER_HINT if op == "^" else ""
            types.problems.add(f"`{op}` needs whole numbers{hint}", operand.at)


def sign(types: "Types", e: n.Sign) -> Column:
    """As its operand."""
    column = types.number(e.operand, f"`{e.op}`")
    if e.op in BITWISE:
        check_whole(types, [e.operand], e.op)
        return LONG
    if column.datatype not in RANK:
        return DOUBLE
    return Column("", column.datatype, unit=column.unit)


def concat(types: "Types", e: n.Concat) -> Column:
    """Text."""
    for operand in e.operands:
        column = types.value(operand)
        kind = kind_of(column)
        if kind not in "tdu0c" and not column.is_text:
            types.problems.add(
                f"|| joins texts, this is {KIND_NAMES[kind]};"
                " write CAST(... AS VARCHAR)",
                operand.at,
            )
    return as_text([types.of(x) for x in e.operands])


def call(types: "Types", e: n.Call) -> Column:
    """As its function says; an unknown function has an unknown type."""
    function = FUNCTIONS.get(e.name)
    if function is not None and function.role == "window":
        types.problems.add(f"{e.name} needs OVER (...)", e.at)
    column = function_result(types, e, e.args)
    if e.system is not None:
        check_system(types.problems, e)
    return column


def function_result(types: "Types", e: Any, args: Iterable[Any]) -> Column:
    """What a function gives for these arguments, which are checked."""
    function = FUNCTIONS.get(e.name)
    columns = [types.value(x) for x in args]
    if function is None:
        if types.known_only:
            instead = INSTEAD.get(e.name)
            hint = f"; {instead}" if instead else did_you_mean(e.name, FUNCTIONS)
            types.problems.add(f"no function {e.name[:60]} here{hint}", e.at)
        return UNKNOWN
    kinds = argument_kinds(columns)
    if function.form(kinds) is None:
        given = ", ".join(WHOLE_NAMES.get(k) or KIND_NAMES[k] for k in kinds)
        hint = argument_hint(e.name, function, {*kinds})
        types.problems.add(
            f"{describe(e.name, function)} cannot be given {given or 'nothing'}{hint}",
            e.at,
        )
    elif callable(function.gives):
        return function.gives(e, columns, types.problems)
    return UNKNOWN if callable(function.gives) else function.gives


def argument_hint(name: str, function: Function, kinds: set[str]) -> str:
    """What is often the reason when a function is given what it does not take."""
    if wants_array(function) and kinds & {"n", "i"}:
        return ARRAYS_HINT
    return DEGREES_HINT if name in OF_DEGREES and "t" in kinds else ""


def check_system(problems: Problems, e: n.Call) -> None:
    """Refuse a coordinate system that does not exist."""
    first = ((e.system or "").split() or [""])[0].upper()
    if first not in ICRS_LIKE and first not in OTHER_SYSTEMS:
        problems.add(
            f"no coordinate system '{(e.system or '')[:40]}'; write 'ICRS'", e.at
        )


def aggregate(types: "Types", e: n.Aggregate | n.Window) -> Column:
    """COUNT is long and knows nothing of its column; MIN and MAX keep it."""
    if e.name not in SET_FUNCTIONS:
        return function_result(types, e, e.args)
    (arg,) = e.args
    if isinstance(arg, n.Star):
        if e.name != "COUNT":
            types.problems.add(f"only COUNT can be given *, not {e.name}", e.at)
        return COUNT
    column = types.value(arg)
    if e.name == "COUNT":
        return COUNT
    if e.name in ("MIN", "MAX"):
        return extreme(types, e, column)
    types.number(arg, e.name)
    if e.name == "AVG":
        ucd, frame = statistic("AVG", column.ucd), column.annotation
        return Column("", "double", unit=column.unit, ucd=ucd, annotation=frame)
    whole = column.datatype in INTEGERS
    return Column("", "long" if whole else "double", unit=column.unit)


def window(types: "Types", e: n.Window) -> Column:
    """As the function is without OVER."""
    check_window(types, e)
    return aggregate(types, e)


def extreme(types: "Types", e: n.Aggregate | n.Window, column: Column) -> Column:
    """MIN or MAX: its column, with the UCD of a minimum or maximum."""
    if kind_of(column) in "pgabmvzy":
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
    if kind_of(value) not in "u0c" + CASTABLE[kind_of(target)]:
        kind = KIND_NAMES[kind_of(value)]
        types.problems.add(f"{kind} cannot be CAST to {e.type}", e.at)
    if e.type == "TIMESTAMP":
        check_time(types, e.operand)
    sized = e.type in ("CHAR", "CHARACTER", "VARCHAR")
    if e.length is not None and not (sized and 1 <= e.length <= MAX_TEXT):
        types.problems.add(f"{e.type} cannot have the length {e.length}", e.at)
    if target.datatype in RANK and target.arraysize is None:
        return replace(target, unit=value.unit)
    return text_of_length(e, as_text([value])) if target is TEXT else target


def text_of_length(e: n.Cast, text: Column) -> Column:
    """CHAR(n) is `n` long, VARCHAR(n) `n*` (ADQL 2.1 section 3.3.1); CHAR is CHAR(1).

    A character beyond ASCII can take two places, so that its text has no bound.
    """
    if text.datatype == "unicodeChar":
        return text
    if e.type == "VARCHAR":
        return replace(text, arraysize=f"{e.length or ''}*")
    return replace(text, arraysize=str(e.length or 1))


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


VALUES: Mapping[type, Callable[["Types", Any], Column]] = MappingProxyType(
    {
        n.Literal: literal,
        n.ColumnName: lambda types, e: UNKNOWN,
        n.ColumnRef: column_ref,
        n.Ordinal: lambda types, e: UNKNOWN,
        n.Cell: lambda types, e: POINT,
        n.Sign: sign,
        n.Arithmetic: arithmetic,
        n.Concat: concat,
        n.Call: call,
        n.Aggregate: aggregate,
        n.Window: window,
        n.Cast: cast,
        n.Case: case,
        n.Subquery: scalar,
    }
)
