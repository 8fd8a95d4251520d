"""The queries of the pages: what is known of an object, and a few of a collection."""

from collections.abc import Sequence

from vo_lcc.adql.nodes import (
    Comparison,
    Literal,
    OrderItem,
    Select,
    SelectItem,
    TableName,
    column,
)
from vo_lcc.curves.curves import OBJECT_ID
from vo_lcc.curves.selection import one_of
from vo_lcc.lightcurves.collection import Collection

PERIOD = "own_period"


def select_object(collection: Collection, object_id: str) -> Select:
    """All that the collection says of an object, in the order of its columns."""
    return Select(
        items=tuple(
            SelectItem(column(each.name), f"c{number}")
            for number, each in enumerate(collection.object_columns)
        ),
        source=TableName((collection.name, "objects")),
        where=Comparison("=", column(OBJECT_ID), Literal(object_id)),
    )


def select_few(collection: Collection, most: int) -> Select:
    """The first objects of a collection by name, and their periods."""
    return Select(
        items=items(collection),
        source=TableName((collection.name, "objects")),
        order_by=(OrderItem(column(OBJECT_ID)),),
        top=most,
    )


def select_periods(collection: Collection, object_ids: Sequence[str]) -> Select:
    """These objects and their periods."""
    return Select(
        items=items(collection),
        source=TableName((collection.name, "objects")),
        where=one_of(column(OBJECT_ID), object_ids),
    )


def items(collection: Collection) -> tuple[SelectItem, ...]:
    """Name and period; without the period where the collection has none."""
    named = SelectItem(column(OBJECT_ID), OBJECT_ID)
    if collection.period_column is None:
        return (named,)
    return (named, SelectItem(column(collection.period_column), PERIOD))
