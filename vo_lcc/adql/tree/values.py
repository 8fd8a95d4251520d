"""Names, constants and expressions that have a value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vo_lcc.adql.tree.resolved import text_offset

if TYPE_CHECKING:
    from vo_lcc.adql.nodes import Expr, OrderItem, Query


class Regular(str):
    """An identifier written without quotes: it matches in any case."""

    __slots__ = ()


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
    """A function over the rows of a group; COUNT can be given a Star."""

    name: str
    args: "tuple[Expr | Star, ...]"
    distinct: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a window's frame begins or ends: `distance` before or after this row.

    A distance of None is unbounded, and 0 the row itself (and its peers in RANGE).
    """

    after: bool
    distance: int | float | None


@dataclass(frozen=True, slots=True)
class Frame:
    """`ROWS BETWEEN start AND end`; `unit` is ROWS or RANGE."""

    unit: str
    start: Bound
    end: Bound


@dataclass(frozen=True, slots=True)
class Window:
    """`name(args) OVER (PARTITION BY ... ORDER BY ... frame)`."""

    name: str
    args: "tuple[Expr | Star, ...]"
    partition: "tuple[Expr, ...]" = ()
    order_by: "tuple[OrderItem, ...]" = ()
    frame: Frame | None = None
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
