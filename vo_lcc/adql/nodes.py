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

from typing import TypeAlias

from vo_lcc.adql.tree.conditions import And as And
from vo_lcc.adql.tree.conditions import Between as Between
from vo_lcc.adql.tree.conditions import Comparison as Comparison
from vo_lcc.adql.tree.conditions import Exists as Exists
from vo_lcc.adql.tree.conditions import In as In
from vo_lcc.adql.tree.conditions import IsNull as IsNull
from vo_lcc.adql.tree.conditions import Like as Like
from vo_lcc.adql.tree.conditions import Not as Not
from vo_lcc.adql.tree.conditions import Or as Or
from vo_lcc.adql.tree.queries import CommonTable as CommonTable
from vo_lcc.adql.tree.queries import DerivedTable as DerivedTable
from vo_lcc.adql.tree.queries import Join as Join
from vo_lcc.adql.tree.queries import OrderItem as OrderItem
from vo_lcc.adql.tree.queries import Select as Select
from vo_lcc.adql.tree.queries import SelectItem as SelectItem
from vo_lcc.adql.tree.queries import SetOperation as SetOperation
from vo_lcc.adql.tree.queries import TableName as TableName
from vo_lcc.adql.tree.queries import With as With
from vo_lcc.adql.tree.resolved import Cell as Cell
from vo_lcc.adql.tree.resolved import ColumnRef as ColumnRef
from vo_lcc.adql.tree.resolved import CommonRef as CommonRef
from vo_lcc.adql.tree.resolved import InRanges as InRanges
from vo_lcc.adql.tree.resolved import KeyIn as KeyIn
from vo_lcc.adql.tree.resolved import KeysMatch as KeysMatch
from vo_lcc.adql.tree.resolved import MocMeets as MocMeets
from vo_lcc.adql.tree.resolved import NearPoint as NearPoint
from vo_lcc.adql.tree.resolved import Never as Never
from vo_lcc.adql.tree.resolved import Ordinal as Ordinal
from vo_lcc.adql.tree.resolved import RegionTest as RegionTest
from vo_lcc.adql.tree.resolved import TableRef as TableRef
from vo_lcc.adql.tree.values import Aggregate as Aggregate
from vo_lcc.adql.tree.values import Arithmetic as Arithmetic
from vo_lcc.adql.tree.values import Bound as Bound
from vo_lcc.adql.tree.values import Call as Call
from vo_lcc.adql.tree.values import Case as Case
from vo_lcc.adql.tree.values import Cast as Cast
from vo_lcc.adql.tree.values import ColumnName as ColumnName
from vo_lcc.adql.tree.values import Concat as Concat
from vo_lcc.adql.tree.values import Frame as Frame
from vo_lcc.adql.tree.values import Literal as Literal
from vo_lcc.adql.tree.values import Regular as Regular
from vo_lcc.adql.tree.values import Sign as Sign
from vo_lcc.adql.tree.values import Star as Star
from vo_lcc.adql.tree.values import Subquery as Subquery
from vo_lcc.adql.tree.values import Window as Window

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
    | KeyIn
    | KeysMatch
    | MocMeets
    | Never
    | RegionTest
)
Expr: TypeAlias = (
    Literal
    | ColumnName
    | ColumnRef
    | Ordinal
    | Cell
    | Sign
    | Arithmetic
    | Concat
    | Call
    | Aggregate
    | Window
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
