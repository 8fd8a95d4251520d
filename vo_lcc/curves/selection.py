"""Which light curves are wanted, and the SELECT that finds them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from vo_lcc.adql.nodes import (
    And,
    ColumnName,
    Comparison,
    Expr,
    Join,
    KeyIn,
    Literal,
    OrderItem,
    Select,
    SelectItem,
    TableName,
    column,
)
from vo_lcc.curves.curves import OBJECT_ID, PASSBAND
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column

OBJECTS, CURVES = "o", "l"
ALWAYS = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which light curves of one collection.

    `passbands` () means all. `interval` is in the collection's own time frame: what
    has no point in it may be left out, but points are not cut.
    """

    collection: Collection
    object_ids: tuple[str, ...]
    passbands: tuple[str, ...] = ()
    interval: tuple[float, float] = field(default=ALWAYS)


def key_columns(collection: Collection) -> tuple[Column, ...]:
    """What is told of a light curve's object: name, position, period, epoch, class."""
    mapped = (
        collection.period_column,
        collection.epoch_column,
        collection.class_column,
    )
    wanted = {OBJECT_ID, "ra", "dec", *mapped}
    return tuple(c for c in collection.object_columns if c.name in wanted)


def select(selection: Selection) -> Select:
    """One row for each light curve and segment of it, beside what its object is.

    One statement gives both: an object without light curves is one row, an unknown
    one none.
    """
    collection = selection.collection
    objects = TableName((collection.name, "objects"), OBJECTS)
    curves = TableName((collection.name, "lightcurves"), CURVES)
    taken = [
        *((OBJECTS, c.name) for c in key_columns(collection)),
        *((CURVES, name) for name in (PASSBAND, "segment")),
        *((CURVES, c.name) for c in collection.point_columns),
    ]
    name = column(OBJECTS, OBJECT_ID)
    several = len(selection.object_ids) > 1
    return Select(
        items=tuple(
            SelectItem(column(*place), f"c{number}")
            for number, place in enumerate(taken)
        ),
        source=Join("LEFT", objects, curves, on=And(tuple(matches(selection)))),
        where=one_of(name, selection.object_ids),
        order_by=(OrderItem(name),) if several else (),
    )


def matches(selection: Selection) -> list[Expr]:
    """Which light curves belong to an object and to the selection."""
    found: list[Expr] = [
        Comparison("=", column(CURVES, OBJECT_ID), column(OBJECTS, OBJECT_ID))
    ]
    if selection.passbands:
        found.append(one_of(column(CURVES, PASSBAND), selection.passbands))
    low, high = selection.interval
    if low > -math.inf:
        found.append(Comparison(">=", column(CURVES, "t_max"), Literal(low)))
    if high < math.inf:
        found.append(Comparison("<=", column(CURVES, "t_min"), Literal(high)))
    return found


def one_of(expr: ColumnName, values: Sequence[str]) -> Expr:
    """The column of texts has one of the values."""
    if len(values) == 1:
        (value,) = values
        return Comparison("=", expr, Literal(value))
    return KeyIn(expr, tuple(values))
