"""The functions that need OVER, an extension: those of SQL:2003."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from vo_lcc.adql.functions.function import INT, LONG, NUMBER, Form, Function
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.values.unify import unify_columns
from vo_lcc.tables import Column

COUNTED = Column("", LONG.datatype, unit="", ucd="meta.number")


def value(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A value of the first argument, or the default where that has none."""
    columns = [columns[0], *columns[2:]]
    column = unify_columns(problems, columns, call.at)
    return replace(column, name="", indexed=False, principal=False, std=False)


def ranking(name: str, gives: Column = COUNTED) -> Function:
    """A function without arguments."""
    return Function((Form("", f"{name}()"),), gives, role="window")


def other_row(name: str) -> Function:
    """LAG and LEAD: the value so many rows away."""
    away = "least({1}, 2147483647)::int4"
    forms = (
        Form("x", f"{name}({{0}})"),
        Form("xi", f"{name}({{0}}, {away})"),
        Form("xix", f"{name}({{0}}, {away}, {{2}})"),
    )
    return Function(forms, value, role="window")


WINDOW: Mapping[str, Function] = MappingProxyType(
    {
        "ROW_NUMBER": ranking("row_number"),
        "RANK": ranking("rank"),
        "DENSE_RANK": ranking("dense_rank"),
        "PERCENT_RANK": ranking("percent_rank", NUMBER),
        "CUME_DIST": ranking("cume_dist", NUMBER),
        "NTILE": Function(
            (Form("i", "ntile(nullif(greatest({0}, 0), 0)::int4)"),), INT, role="window"
        ),
        "LAG": other_row("lag"),
        "LEAD": other_row("lead"),
        "FIRST_VALUE": Function((Form("x", "first_value({0})"),), value, role="window"),
        "LAST_VALUE": Function((Form("x", "last_value({0})"),), value, role="window"),
        "NTH_VALUE": Function(
            (Form("xi", "nth_value({0}, nullif(greatest({1}, 0), 0)::int4)"),),
            lambda call, columns, problems: value(call, columns[:1], problems),
            role="window",
        ),
    }
)
