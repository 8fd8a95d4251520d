"""What each condition needs: a rule for each node, which notes what does not fit."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.tree.walk import children
from vo_lcc.adql.values.kinds import CONDITION, KIND_NAMES, kind_of, same_kind
from vo_lcc.tables import Column

if TYPE_CHECKING:
    from vo_lcc.adql.types.infer import Types

DATE = re.compile(r"\d{4}-\d{2}")
INCOMPARABLE = frozenset("pgamvzy")
WITHOUT_EQUALS = frozenset("vzy")  # what is not looked up IN a query either
# A timestamp of DALI 1.1 section 3.3.3; also with a blank for T, and without seconds.
TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d*)?Z?)?", re.A
)
INDEX_NODES = (
    *(n.InRanges, n.NearPoint, n.MocMeets, n.RegionTest),
    *(n.KeyIn, n.KeysMatch, n.Never),
)


def comparison(types: "Types", e: n.Comparison) -> Column:
    """Both sides must be of one kind; nothing is equal to NULL."""
    check_comparable(types, e.left, e.right)
    for side in (e.left, e.right):
        null = isinstance(side, n.Literal) and side.value is None
        if null and not types.problems.noted_at(side.at):
            test = "IS NOT NULL" if e.op == "<>" else "IS NULL"
            types.problems.add(f"no value is equal to NULL; write {test}", side.at)
    return CONDITION


def check_comparable(types: "Types", left: Any, right: Any) -> None:
    """Note a problem unless two values can be compared."""
    a, b = kind_of(types.value(left)), kind_of(types.value(right))
    if "c" in (a, b) or ("b" in (a, b) and boolean_literal(left, right)):
        return
    if "d" in (a, b) and any(text_literal(s) for s in (left, right)):
        check_time(types, left)
        check_time(types, right)
        return
    if not same_kind(a, b) or (a in INCOMPARABLE and b in INCOMPARABLE):
        hint = ""
        if {a, b} == {"n", "t"}:
            hint = number_or_text(left, right)
        if {a, b} == {"d", "t"}:
            hint = "; write CAST(... AS TIMESTAMP)"
        types.problems.add(
            f"{KIND_NAMES[a]} cannot be compared with {KIND_NAMES[b]}{hint}",
            right.at or left.at,
        )


def number_or_text(*sides: Any) -> str:
    """A hint for a number beside a text: which of the two was written wrongly."""
    for side in sides:
        value = side.value if isinstance(side, n.Literal) else None
        if isinstance(value, str):
            if DATE.match(value):
                return f"; a date becomes a number by ivo_to_mjd('{value[:30]}')"
            return "; numbers are written without quotes"
        if value is not None:
            return f"; text is written in quotes: '{value}'"
    return ""


def text_literal(side: Any) -> bool:
    """True for text in quotes, which can be read as what it stands beside."""
    return isinstance(side, n.Literal) and isinstance(side.value, str)


def check_time(types: "Types", e: Any) -> None:
    """Note text in quotes that is to be a timestamp and is none."""
    if text_literal(e) and not is_timestamp(e.value):
        hint = "; write it like '2020-01-02T03:04:05.678'"
        types.problems.add(f"'{e.value[:40]}' is no timestamp{hint}", e.at)


def is_timestamp(text: str) -> bool:
    """True for a time as DALI writes it; a leap second is one.

    >>> is_timestamp("2016-12-31T23:59:60.5Z"), is_timestamp("2015-02-29")
    (True, False)
    """
    found = TIMESTAMP.fullmatch(text.strip())
    if found is None:
        return False
    date, time = found[1], found[2] or "00:00"
    if time[5:] == ":60":
        time = time[:5]
    try:
        datetime.fromisoformat(f"{date}T{time}")
    except ValueError:
        return False
    return True


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
    elif (kind := kind_of(columns[0])) in WITHOUT_EQUALS:
        types.problems.add(f"IN cannot compare {KIND_NAMES[kind]}", e.at)
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


def has_star(query: n.Query) -> bool:
    """True while the columns of a query are not known yet."""
    while not isinstance(query, n.Select):
        query = query.query if isinstance(query, n.With) else query.left
    return any(isinstance(item.expr, n.Star) for item in query.items)


CONDITIONS: Mapping[type, Callable[["Types", Any], Column]] = MappingProxyType(
    {
        n.Comparison: comparison,
        n.Between: between,
        n.In: in_list,
        n.Like: like,
        n.IsNull: is_null,
        n.Exists: exists,
        n.Not: connective,
        n.And: connective,
        n.Or: connective,
        **dict.fromkeys(INDEX_NODES, lambda types, e: CONDITION),
    }
)
