"""Values as SQL: a row of a table for each kind of node."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vo_lcc import frames
from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions import FUNCTIONS, SET_FUNCTIONS
from vo_lcc.adql.functions.function import Form, argument_kinds
from vo_lcc.adql.postgres.shapes import SHAPES, cell_order, geometry, lonlat
from vo_lcc.adql.postgres.words import (
    ARGUMENT_TYPES,
    CAST_TYPES,
    balanced,
    cast,
    name,
    number,
    text,
)
from vo_lcc.adql.postgres.writer import Sql, refuse_rows
from vo_lcc.adql.values import units
from vo_lcc.adql.values.kinds import COMPLEX, INTEGERS, RANK, kind_of
from vo_lcc.tables import Column

MAX_OPERANDS = 500
CORNERS = {"POINT": "= 2", "CIRCLE": "= 3", "POLYGON": ">= 6"}
SQL_OPERATORS = {"^": "#"}


def fitted(r: Sql, expr: Any, column: Column) -> str:
    """A value as PostgreSQL must see it to find the type of a column by itself.

    NULL fits all; of numbers PostgreSQL would make a real of an integer and a real.
    """
    own = r.types.of(expr).datatype
    if own == "null":
        if column.is_text or column.datatype == own:
            return "NULL" + ARGUMENT_TYPES.get(kind_of(column), "::text")
        return cast("NULL", column)
    for ranked in (RANK, COMPLEX):
        if column.datatype == ranked[-1] and own in ranked[:-1]:
            return cast(r.sql(expr), column)
    return r.sql(expr)


def literal(r: Sql, e: n.Literal) -> str:
    """A constant."""
    if e.value is None:
        return "NULL"
    return text(e.value) if isinstance(e.value, str) else number(e.value)


def arithmetic(r: Sql, e: n.Arithmetic) -> str:
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
            total += f" {SQL_OPERATORS.get(op, op)} " + (
                f"NULLIF({value}, 0)" if op in "/%" else value
            )
    return f"({total})"


def operand(r: Sql, e: n.Expr, kind: str) -> str:
    """A number as int8 or float8."""
    if isinstance(e, n.Literal) and isinstance(e.value, int) and kind == "float8":
        return number(float(e.value))
    sql = r.sql(e)
    return sql if sql.endswith(f"::{kind}") else f"{sql}::{kind}"


def sign(r: Sql, e: n.Sign) -> str:
    """A signed number."""
    kind = "int8" if r.types.of(e).datatype in INTEGERS else "float8"
    return f"({e.op} {operand(r, e.operand, kind)})"


def concat(r: Sql, e: n.Concat) -> str:
    """Texts joined."""
    return balanced([as_text(r, x) for x in e.operands], "||")


def as_text(r: Sql, e: n.Expr) -> str:
    """A value as text: a timestamp, a geometry, a MOC as DALI writes it."""
    column, sql = r.types.of(e), r.sql(e)
    if column.is_text:
        return cast(sql, column)
    if kind_of(column) in "pg":
        return f"array_to_string({sql}, ' ')"
    return f"{sql}::text"


def call(r: Sql, e: n.Call) -> str:
    """A function of the table, or a geometry."""
    special = SPECIAL.get(e.name)
    return template(r, e) if special is None else special(r, e)


def template(r: Sql, e: Any, over: str = "") -> str:
    """A function by the template of the form it is called in, perhaps with OVER."""
    form, args = called(r, e)
    if "{over}" in form.sql:
        return form.sql.format(*args, over=over)
    return form.sql.format(*args) + over


def condition_of(r: Sql, e: Any) -> str | None:
    """The condition that a function gives 1 of, where there is a template of it."""
    function = FUNCTIONS.get(e.name) if isinstance(e, n.Call) else None
    if function is None or not any(form.test for form in function.forms):
        return None
    form, args = called(r, e)
    return form.test.format(*args) or None


def called(r: Sql, e: Any) -> tuple[Form, list[str]]:
    """The form a function is called in, and its arguments as SQL."""
    kinds = argument_kinds([r.types.of(x) for x in e.args])
    form = FUNCTIONS[e.name].form(kinds)
    if form is None:
        raise TypeError(f"{e.name} was not checked")
    if form.sql.startswith("(SELECT"):
        refuse_rows(r, e.args)
    column = r.types.of(e)
    args = [
        argument(r, x, letter, column)
        for x, letter in zip(e.args, form.letters(len(e.args)), strict=True)
    ]
    return form, args


def argument(r: Sql, e: n.Expr, letter: str, column: Column) -> str:
    """An argument as its letter says; any value as the function's result is."""
    if letter == "n":
        return r.double(e)
    if letter == "i":
        return operand(r, e, "int8")
    if letter == "x":
        constant = isinstance(e, n.Literal) and isinstance(e.value, str)
        return fitted(r, e, column) + ("::text" if constant else "")
    sql = r.sql(e)
    if letter in "af":
        return sql if r.types.kind(e) == "a" else f"{sql}::float8[]"
    wanted = ARGUMENT_TYPES[letter]
    return sql if sql.endswith(wanted) else sql + wanted


def unified(r: Sql, e: n.Call) -> str:
    """COALESCE or NULLIF: of values of one type."""
    column = r.types.of(e)
    return f"{e.name}({', '.join([fitted(r, x, column) for x in e.args])})"


def in_unit(r: Sql, e: n.Call) -> str:
    """A value times the factor between two units."""
    source, wanted = r.types.of(e.args[0]).unit, r.types.of(e).unit
    factor = units.factor(source, wanted) if source and wanted else 1.0
    return f"({r.double(e.args[0])} * {number(factor)})"


def healpix_index(r: Sql, e: n.Call) -> str:
    """The cell of a position, whichever way it is written."""
    order, *position = e.args
    point = position[0] if len(position) == 1 else n.Call("POINT", e.args[1:], at=e.at)
    lon, lat = lonlat(r, point)
    return f"vo_lcc.healpix_index({cell_order(r, order)}, {lon}, {lat})"


def geom_transform(r: Sql, e: n.Call) -> str:
    """A geometry rotated by the matrix between two frames."""
    here, there = (str(x.value) if isinstance(x, n.Literal) else "" for x in e.args[:2])
    matrix = ",".join(map(repr, frames.rotation(here, there)))
    return f"vo_lcc.rotate({geometry(r, e.args[2])}, '{{{matrix}}}'::float8[])"


SPECIAL: Mapping[str, Callable[[Sql, n.Call], str]] = MappingProxyType(
    {
        "COALESCE": unified,
        "NULLIF": unified,
        "IN_UNIT": in_unit,
        "IVO_HEALPIX_INDEX": healpix_index,
        "IVO_GEOM_TRANSFORM": geom_transform,
        **SHAPES,
    }
)


def aggregate(r: Sql, e: n.Aggregate | n.Window) -> str:
    """Sums and means are taken in the type of their result, and never in numeric."""
    whole = e.name == "SUM" and r.types.of(e).datatype == "long"
    return f"{set_function(r, e)}::int8" if whole else set_function(r, e)


def set_function(r: Sql, e: n.Aggregate | n.Window, over: str = "") -> str:
    """A function of several rows, before any cast."""
    if e.name not in SET_FUNCTIONS:
        return template(r, e, over)
    arg = e.args[0]
    if isinstance(arg, n.Star):
        return f"COUNT(*){over}"
    sql = r.sql(arg)
    if e.name == "AVG" or (e.name == "SUM" and r.types.of(e).datatype == "double"):
        sql = r.double(arg)
    return f"{e.name}({'DISTINCT ' if e.distinct else ''}{sql}){over}"


def window(r: Sql, e: n.Window) -> str:
    """OVER."""
    parts = []
    if e.partition:
        parts.append("PARTITION BY " + ", ".join([r.key(x) for x in e.partition]))
    if e.order_by:
        parts.append(window_order(r, e))
    if e.frame is not None:
        start, end = (
            bound(e.frame.start, e.frame.unit),
            bound(e.frame.end, e.frame.unit),
        )
        parts.append(f"{e.frame.unit} BETWEEN {start} AND {end}")
    over = f" OVER ({' '.join(parts)})"
    call = f"({set_function(r, e, over)})"
    whole = e.name == "SUM" and r.types.of(e).datatype == "long"
    return f"{call}::int8" if whole else call


def window_order(r: Sql, e: n.Window) -> str:
    """ORDER BY; by a float8 where RANGE has a distance, which is one too."""
    frame, order = e.frame, e.order_by[0]
    if frame is None or frame.unit != "RANGE":
        return r.order(e).strip()
    if not (frame.start.distance or frame.end.distance):
        return r.order(e).strip()
    return f"ORDER BY {r.double(order.expr)}{' DESC' if order.descending else ''}"


def bound(b: n.Bound, unit: str) -> str:
    """Where a frame begins or ends."""
    if b.distance == 0:
        return "CURRENT ROW"
    if b.distance is None:
        distance = "UNBOUNDED"
    else:
        distance = number(float(b.distance) if unit == "RANGE" else b.distance)
    return f"{distance} {'FOLLOWING' if b.after else 'PRECEDING'}"


def cast_node(r: Sql, e: n.Cast) -> str:
    """CAST; a real number becomes the nearest whole one, text a geometry."""
    if e.type in CORNERS:
        return cast_geometry(r, e)
    sized = e.length is not None and e.type[-4:] == "CHAR"
    length = f"({e.length})" if sized else ""
    to_text = r.types.kind(e) == "t"
    value = as_text(r, e.operand) if to_text else r.sql(e.operand)
    kind = CAST_TYPES.get(e.type, "text")
    return f"CAST({value} AS {kind}{length})"


def cast_geometry(r: Sql, e: n.Cast) -> str:
    """Text as DALI writes a point, circle or polygon; NULL for any other text."""
    refuse_rows(r, [e.operand])
    sql = r.sql(e.operand)
    if r.types.kind(e.operand) == "t":
        sql = f"vo_lcc.region_of_text({sql})"
    kept = f"CASE WHEN cardinality(v) {CORNERS[e.type]} THEN v END"
    return f"(SELECT {kept} FROM (SELECT {sql}::float8[] AS v) AS q)"  # noqa: S608


def case(r: Sql, e: n.Case) -> str:
    """CASE."""
    subject = "" if e.subject is None else f" {r.sql(e.subject)}"
    column = r.types.of(e)
    whens = "".join(
        [f" WHEN {r.sql(a)} THEN {fitted(r, b, column)}" for a, b in e.whens]
    )
    other = "" if e.otherwise is None else f" ELSE {fitted(r, e.otherwise, column)}"
    return f"(CASE{subject}{whens}{other} END)"


VALUES: Mapping[type, Callable[[Sql, Any], str]] = MappingProxyType(
    {
        n.Literal: literal,
        n.ColumnRef: lambda r, e: f"{e.source}.{name(e.name)}",
        n.ColumnName: lambda r, e: "NULL",
        n.Ordinal: lambda r, e: str(e.number),
        n.Cell: lambda r, e: r.sql(e.hpx),
        n.Sign: sign,
        n.Arithmetic: arithmetic,
        n.Concat: concat,
        n.Call: call,
        n.Aggregate: aggregate,
        n.Window: window,
        n.Cast: cast_node,
        n.Case: case,
        n.Subquery: lambda r, e: f"({r.query(e.query)})",
    }
)
