"""Conditions as SQL: a row of a table for each kind of node."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.postgres.shapes import region_test
from vo_lcc.adql.postgres.values import condition_of
from vo_lcc.adql.postgres.words import multirange, text
from vo_lcc.adql.postgres.writer import Sql


def negated(e: Any) -> str:
    """NOT, with a blank, or nothing."""
    return "NOT " if e.negated else ""


def comparison(r: Sql, e: n.Comparison) -> str:
    """A comparison; that a function gives 1 or 0 is a condition where it has one."""
    for call, other in ((e.left, e.right), (e.right, e.left)):
        if e.op == "=" and isinstance(other, n.Literal) and other.value in (0, 1):
            condition = condition_of(r, call)
            if condition is not None:
                return condition if other.value == 1 else f"(NOT {condition})"
    return f"({r.sql(e.left)} {e.op} {r.sql(e.right)})"


def between(r: Sql, e: n.Between) -> str:
    """BETWEEN."""
    low, high = r.sql(e.low), r.sql(e.high)
    return f"({r.sql(e.operand)} {negated(e)}BETWEEN {low} AND {high})"


def in_list(r: Sql, e: n.In) -> str:
    """IN a list or a query."""
    inner = r.all(e.choices) if isinstance(e.choices, tuple) else r.query(e.choices)
    return f"({r.sql(e.operand)} {negated(e)}IN ({inner}))"


def like(r: Sql, e: n.Like) -> str:
    """LIKE without escapes, as ADQL has none."""
    op = "ILIKE" if e.ignore_case else "LIKE"
    return f"({r.sql(e.operand)} {negated(e)}{op} {r.sql(e.pattern)} ESCAPE '')"


def in_ranges(r: Sql, e: n.InRanges) -> str:
    """Ranges of the HEALPix index."""
    column = r.sql(e.column)
    tests = [f"{column} BETWEEN {a} AND {b}" for a, b in e.ranges]
    return f"({' OR '.join(tests)})"


def near_point(r: Sql, e: n.NearPoint) -> str:
    """A box on the point index, and what of it goes beyond longitude 0 or 360.

    Each box is said twice: the planner takes one to hold a thousandth of the table,
    whatever its size, and would probe the index of the smaller table for each row of
    the larger one. Two of them leave it few rows to expect, as is the case.
    """
    here = f"point({r.sql(e.ra)}, {r.sql(e.dec)})"
    cap = ", ".join(r.double(x) for x in (e.lon, e.lat, e.radius))
    boxes = [f"vo_lcc.{name}({cap})" for name in ("box_around", "box_beyond")]
    return f"({' OR '.join(f'{here} <@ {box} AND {box} @> {here}' for box in boxes)})"


def moc_meets(r: Sql, e: n.MocMeets) -> str:
    """A MOC column with a GiST index, and what it may have in common with a region."""
    column = r.sql(e.moc)
    op = "@>" if isinstance(e.other, n.Cell) else "&&"
    here = multirange(e.other) if isinstance(e.other, tuple) else r.sql(e.other)
    empty = f" OR {column} = {multirange(())}" if e.or_empty else ""
    return f"({column} {op} {here}{empty})"


def key_in(r: Sql, e: n.KeyIn) -> str:
    """One of some texts."""
    return f"({r.sql(e.column)} = ANY ({text(text_array(e.values))}::text[]))"


def text_array(values: Iterable[str]) -> str:
    """Texts as the text of an array, which PostgreSQL reads as one token.

    >>> print(text_array(["a", 'b"c', "d\\\\e", ""]))
    {"a","b\\"c","d\\\\e",""}
    """
    quoted = (v.replace("\\", "\\\\").replace('"', '\\"') for v in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


CONDITIONS: Mapping[type, Callable[[Sql, Any], str]] = MappingProxyType(
    {
        n.Comparison: comparison,
        n.Between: between,
        n.In: in_list,
        n.Like: like,
        n.IsNull: lambda r, e: f"({r.sql(e.operand)} IS {negated(e)}NULL)",
        n.Exists: lambda r, e: f"EXISTS ({r.query(e.query)})",
        n.Not: lambda r, e: f"(NOT {r.sql(e.operand)})",
        n.And: lambda r, e: f"({r.all(e.operands, ' AND ')})",
        n.Or: lambda r, e: f"({r.all(e.operands, ' OR ')})",
        n.InRanges: in_ranges,
        n.NearPoint: near_point,
        n.MocMeets: moc_meets,
        n.KeyIn: key_in,
        n.KeysMatch: lambda r, e: f"({r.sql(e.left)} = {r.sql(e.right)})",
        n.Never: lambda r, e: "false",
        n.RegionTest: lambda r, e: region_test(r, e.name, e.args),
    }
)
