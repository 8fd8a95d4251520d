"""Mathematics, texts and values: the functions of ADQL 2.1 sections 2.3, 4.4, 4.6, 4.7.

Those of the database that can fail are called through functions of ours, which give
NULL where a result is not defined (db/sql/0002_sky.sql).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vo_lcc.adql.functions.function import (
    DOUBLE,
    NUMBER,
    Form,
    Function,
    Gives,
)
from vo_lcc.adql.nodes import Literal
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.values import units
from vo_lcc.adql.values.unify import as_text, unify_columns
from vo_lcc.tables import Column

MAX_EXPONENT = 20  # of a unit


def same_unit(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A double in the unit of the first argument."""
    return Column("", "double", unit=columns[0].unit)


def in_degrees(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A double in degrees."""
    return Column("", "double", unit="deg")


def in_radians(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A double in radians."""
    return Column("", "double", unit="rad")


def root(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A square root: of the unit too."""
    unit = columns[0].unit
    return Column("", "double", unit=units.power(unit, 0.5) if unit else unit)


def power(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A power; its unit is known where the exponent is a constant."""
    unit, exponent = columns[0].unit, call.args[1]
    number = exponent.value if isinstance(exponent, Literal) else None
    if not unit:
        return Column("", "double", unit=unit)
    if not isinstance(number, float | int) or abs(number) > MAX_EXPONENT:
        return DOUBLE
    return Column("", "double", unit=units.power(unit, float(number)))


def text(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """Text with the characters of the arguments."""
    return as_text(columns)


def unified(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """The type that holds all arguments."""
    return unify_columns(problems, list(columns), call.at)


def in_unit(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """The number in the unit asked for (ADQL 2.1 section 4.9.1)."""
    wanted = call.args[1]
    if not isinstance(wanted, Literal) or not isinstance(wanted.value, str):
        problems.add("IN_UNIT needs a unit in quotes, such as 'arcsec'", wanted.at)
        return DOUBLE
    source = columns[0].unit
    if columns[0].datatype in ("unknown", "null"):
        source = wanted.value
    if not source:
        problems.add("IN_UNIT needs a value whose unit is known", call.args[0].at)
        return DOUBLE
    try:
        units.factor(source, wanted.value)
    except ValueError as error:
        problems.add(str(error), wanted.at)
    return Column("", "double", unit=wanted.value)


def one(sql: str, gives: Column | Gives = NUMBER) -> Function:
    """A function of one number."""
    return Function((Form("n", sql),), gives)


STANDARD: Mapping[str, Function] = MappingProxyType(
    {
        "ABS": one("abs({0})", same_unit),
        "CEILING": one("ceil({0})", same_unit),
        "FLOOR": one("floor({0})", same_unit),
        "EXP": one("vo_lcc.exp({0})"),
        "LOG": one("vo_lcc.ln({0})"),
        "LOG10": one("vo_lcc.log10({0})"),
        "SQRT": one("vo_lcc.sqrt({0})", root),
        "DEGREES": one("vo_lcc.degrees({0})", in_degrees),
        "RADIANS": one("vo_lcc.radians({0})", in_radians),
        "ACOS": one("vo_lcc.acos({0})", in_radians),
        "ASIN": one("vo_lcc.asin({0})", in_radians),
        "ATAN": one("atan({0})", in_radians),
        "ATAN2": Function((Form("nn", "atan2({0}, {1})"),), in_radians),
        "COS": one("vo_lcc.cos({0})"),
        "COT": one("vo_lcc.cot({0})"),
        "SIN": one("vo_lcc.sin({0})"),
        "TAN": one("vo_lcc.tan({0})"),
        "PI": Function((Form("", "pi()"),), NUMBER),
        "RAND": Function((Form("", "random()"), Form("n", "random()")), NUMBER),
        "MOD": Function(
            (Form("ii", "vo_lcc.mod({0}, {1})"), Form("nn", "vo_lcc.mod({0}, {1})")),
            same_unit,
        ),
        "POWER": Function((Form("nn", "vo_lcc.power({0}, {1})"),), power),
        "ROUND": Function(
            (Form("n", "vo_lcc.round({0}, 0)"), Form("nn", "vo_lcc.round({0}, {1})")),
            same_unit,
        ),
        "TRUNCATE": Function(
            (
                Form("n", "vo_lcc.truncate({0}, 0)"),
                Form("nn", "vo_lcc.truncate({0}, {1})"),
            ),
            same_unit,
        ),
        "LOWER": Function((Form("t", "lower({0})"),), text),
        "UPPER": Function((Form("t", "upper({0})"),), text),
        "COALESCE": Function((Form("x+"),), unified),
        "NULLIF": Function((Form("xx"),), unified),
        "IN_UNIT": Function((Form("nt"),), in_unit),
    }
)
