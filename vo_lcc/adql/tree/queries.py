"""Queries and what they are selected from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vo_lcc.adql.tree.resolved import text_offset

if TYPE_CHECKING:
    from vo_lcc.adql.nodes import Expr, Query, Source

from vo_lcc.adql.tree.values import Star


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
