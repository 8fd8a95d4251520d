"""What the passes put in the place of names and of region predicates.

They stand in a resolved tree beside the nodes of nodes.py, which exports them too.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vo_lcc.tables import Table

if TYPE_CHECKING:
    from vo_lcc.adql.nodes import ColumnName, Expr, Query


def text_offset() -> int:
    """The field `at`: an offset in the text, which takes no part in comparisons."""
    at: int = field(default=0, compare=False, repr=False, kw_only=True)
    return at


# --- what `resolve` puts in place of names --------------------------------------


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """The column `name` of the source `source` (an alias unique in the query)."""

    source: str
    name: str
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table of the catalog under a unique alias."""

    table: Table
    alias: str
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class CommonRef:
    """A common table, used under a unique alias; `query` is its resolved query."""

    name: str
    alias: str
    query: "Query"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Ordinal:
    """Column `number` of the select list, counted from 1, in ORDER BY."""

    number: int
    at: int = text_offset()


# --- what `regions` puts in place of region predicates --------------------------


@dataclass(frozen=True, slots=True)
class InRanges:
    """`column` lies in one of the inclusive ranges, of which there is at least one."""

    column: ColumnRef
    ranges: tuple[tuple[int, int], ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class NearPoint:
    """The indexed position (ra, dec) lies in a box around all within `radius`.

    True for everything within `radius` degrees of (lon, lat), and for more.
    """

    ra: ColumnRef
    dec: ColumnRef
    lon: "Expr"
    lat: "Expr"
    radius: "Expr"
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class RegionTest:
    """The exact test of CONTAINS or INTERSECTS, as a condition."""

    name: str
    args: tuple["Expr", ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Cell:
    """The HEALPix cell, of order 29, of a position that is indexed."""

    hpx: ColumnRef
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class MocMeets:
    """The indexed MOC column `moc` has a cell in common with `other`.

    With `or_empty` it may have no cells at all: then it is contained in everything.

    `other` are inclusive ranges of cells, the cell of a position, or a MOC column.
    """

    moc: ColumnRef
    other: tuple[tuple[int, int], ...] | Cell | ColumnRef
    or_empty: bool = False
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class KeyIn:
    """The text column has one of the values, of which there is at least one.

    Services that are asked for thousands of names select by it too: unlike a list of
    literals it takes no pass any time.
    """

    column: "ColumnName | ColumnRef"
    values: tuple[str, ...]
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class KeysMatch:
    """Two text columns have the same value."""

    left: ColumnRef
    right: ColumnRef
    at: int = text_offset()


@dataclass(frozen=True, slots=True)
class Never:
    """No row fulfils this."""

    at: int = text_offset()
