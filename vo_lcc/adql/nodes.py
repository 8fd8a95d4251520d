"""The tree of a query, as ADQL text is parsed to and as Python code builds it.

Names: an identifier written without quotes in ADQL is a `Regular`, which matches
in any case; a plain `str` is exact, as a delimited identifier is. `at` is the
offset in the text a node was read from; it takes no part in comparisons.

How a cone search builds its query:

>>> ra, dec = column("ra"), column("dec")
>>> cone = call("CIRCLE", Literal(10.5), Literal(-20.0), Literal(0.1))
>>> query = Select(
...     items=(SelectItem(Star()),),
...     source=TableName(("demo", "objects")),
...     where=And(
...         (
...             Comparison("=", Literal(1), call("CONTAINS", point(ra, dec), cone)),
...             Comparison(">", column("n_points"), Literal(10)),
...         )
...     ),
...     order_by=(OrderItem(column("object_id")),),
...     top=100,
... )
>>> query.where.operands[1].left
ColumnName(parts=('n_points',))
"""

from dataclasses import dataclass
from typing import TypeAlias

from vo_lcc.adql.resolved import ColumnRef as ColumnRef
from vo_lcc.adql.resolved import CommonRef as CommonRef
from vo_lcc.adql.resolved import InRanges as InRanges
from vo_lcc.adql.resolved import NearPoint as NearPoint
from vo_lcc.adql.resolved import Ordinal as Ordinal
from vo_lcc.adql.resolved import RegionTest as RegionTest
from vo_lcc.adql.resolved import TableRef as TableRef
from vo_lcc.adql.resolved import text_offset


class Regular(str):
    """An identifier written without quotes: it matches in any case."""

    __slots__ = ()


# --- values ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant; None is NULL. 2 and 2.0 differ, as `n / 2` and `n / 2.0` do."""

    value: int | float | str | None
    at: int = text_offset()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Literal):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column as written: `ra`, `t.ra`, `schema.table.ra`."""

    parts: tuple[str, ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Star:
    """`*`, `t.*` or `schema.t.*`; also the argument of COUNT(*)."""

    qualifier: tuple[str, ...] = ()
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Sign:
    """A unary `-` or `+`."""

    op: str
    operand: "Expr"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`first op second op third ...` of one precedence, from left to right.

    A chain is one node, so that a long one needs no deep recursion.
    """

    first: "Expr"
    rest: tuple[tuple[str, "Expr"], ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Concat:
    """`a || b || c`."""

    operands: tuple["Expr", ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the standard or of this server; `name` in upper case.

    `system` is the coordinate system a geometry was written with.
    """

    name: str
    args: tuple["Expr", ...] = ()
    system: str | None = None
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """COUNT, AVG, MIN, MAX or SUM over a group."""

    name: str
    arg: "Expr | Star"
    distinct: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Cast:
    """`CAST(operand AS type)`; `length` is that of CHAR(n) and VARCHAR(n)."""

    operand: "Expr"
    type: str
    length: int | None = None
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Case:
    """`CASE [subject] WHEN .. THEN .. ELSE .. END`."""

    subject: "Expr | None"
    whens: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr | None" = None
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query in parentheses used as one value."""

    query: "Query"
    at: int = text_offset()


# --- conditions -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`; op is one of = <> < <= > >=."""

    op: str
    left: "Expr"
    right: "Expr"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Between:
    """`operand [NOT] BETWEEN low AND high`."""

    operand: "Expr"
    low: "Expr"
    high: "Expr"
    negated: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class In:
    """`operand [NOT] IN (a, b)` or `IN (SELECT ...)`."""

    operand: "Expr"
    choices: "tuple[Expr, ...] | Query"
    negated: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Like:
    """`operand [NOT] LIKE pattern`, or ILIKE."""

    operand: "Expr"
    pattern: "Expr"
    negated: bool = False
    ignore_case: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class IsNull:
    """`operand IS [NOT] NULL`."""

    operand: "Expr"
    negated: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Exists:
    """`EXISTS (SELECT ...)`."""

    query: "Query"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT operand`."""

    operand: "Expr"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class And:
    """All of the operands."""

    operands: tuple["Expr", ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the operands."""

    operands: tuple["Expr", ...]
    at: int = text_offset()


# --- queries --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SelectItem:
    """One item of the select list."""

    expr: "Expr | Star"
    alias: str | None = None
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One item of ORDER BY; an integer literal counts the select list from 1."""

    expr: "Expr"
    descending: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as written: `objects`, `demo.objects`."""

    parts: tuple[str, ...]
    alias: str | None = None
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """`(SELECT ...) AS alias`."""

    query: "Query"
    alias: str
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Join:
    """Two sources side by side; kind is INNER, LEFT, RIGHT, FULL or CROSS."""

    kind: str
    left: "Source"
    right: "Source"
    natural: bool = False
    on: "Expr | None" = None
    using: tuple[str, ...] = ()
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT."""

    items: tuple[SelectItem, ...]
    source: "Source"
    where: "Expr | None" = None
    group_by: tuple["Expr", ...] = ()
    having: "Expr | None" = None
    order_by: tuple[OrderItem, ...] = ()
    offset: int | None = None
    top: int | None = None
    distinct: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class SetOperation:
    """`left op [ALL] right`; op is UNION, EXCEPT or INTERSECT."""

    op: str
    left: "Query"
    right: "Query"
    all: bool = False
    order_by: tuple[OrderItem, ...] = ()
    offset: int | None = None
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class CommonTable:
    """One `name AS (SELECT ...)` of a WITH."""

    name: str
    query: "Query"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class With:
    """`WITH tables query`."""

    tables: tuple[CommonTable, ...]
    query: "Query"
    at: int = text_offset()


Condition: TypeAlias = (
    Comparison
    | Between
    | In
    | Like
    | IsNull
    | Exists
    | Not
    | And
    | Or
    | InRanges
    | NearPoint
    | RegionTest
)
Expr: TypeAlias = (
    Literal
    | ColumnName
    | ColumnRef
    | Ordinal
    | Sign
    | Arithmetic
    | Concat
    | Call
    | Aggregate
    | Cast
    | Case
    | Subquery
    | Condition
)
Source: TypeAlias = TableName | DerivedTable | Join | TableRef | CommonRef
Query: TypeAlias = Select | SetOperation | With


def column(*parts: str) -> ColumnName:
    """A column by its exact name, perhaps after that of its table.

    >>> column("t", "ra")
    ColumnName(parts=('t', 'ra'))
    """
    return ColumnName(parts)


def call(name: str, *args: Expr) -> Call:
    """A function call."""
    return Call(name, args)


def point(lon: Expr, lat: Expr) -> Call:
    """POINT(lon, lat), in degrees."""
    return Call("POINT", (lon, lat))
