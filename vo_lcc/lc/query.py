"""What a request for a light curve means: one SELECT, and points out of arrays."""

import math

from vo_lcc.adql.nodes import (
    And,
    Comparison,
    Expr,
    In,
    Join,
    Literal,
    Select,
    SelectItem,
    TableName,
    column,
)
from vo_lcc.lc.document import object_columns
from vo_lcc.lc.params import LcParams
from vo_lcc.lightcurves.collection import Collection

MJD = 2400000.5
OBJECTS, CURVES = "o", "l"


def select(collection: Collection, object_id: str, params: LcParams) -> Select:
    """The object and its light curves, one row for each passband and segment.

    One statement gives both: an object without light curves is one row, an unknown
    one none.
    """
    objects = TableName((collection.name, "objects"), OBJECTS)
    curves = TableName((collection.name, "lightcurves"), CURVES)
    own = [column(OBJECTS, c.name) for c in object_columns(collection)]
    points = ["passband", *(c.name for c in collection.point_columns)]
    return Select(
        items=tuple(
            SelectItem(one, one.parts[-1])
            for one in (*own, *(column(CURVES, name) for name in points))
        ),
        source=Join("LEFT", objects, curves, on=And(matches(collection, params))),
        where=Comparison("=", column(OBJECTS, "object_id"), Literal(object_id)),
    )


def matches(collection: Collection, params: LcParams) -> tuple[Expr, ...]:
    """Which light curves belong to the object and to the request."""
    found: list[Expr] = [
        Comparison("=", column(CURVES, "object_id"), column(OBJECTS, "object_id")),
        In(column(CURVES, "passband"), tuple(map(Literal, params.passbands))),
    ]
    low, high = own_interval(collection, params)
    if low > -math.inf:
        found.append(Comparison(">=", column(CURVES, "t_max"), Literal(low)))
    if high < math.inf:
        found.append(Comparison("<=", column(CURVES, "t_min"), Literal(high)))
    return tuple(found)


def own_interval(collection: Collection, params: LcParams) -> tuple[float, float]:
    """The interval asked for, as values of the collection's obs_time (days).

    Only the origin is moved, from MJD to the collection's own: the interval is in
    the time scale of the light curve.
    """
    low, high = params.time or (-math.inf, math.inf)
    shift = MJD - collection.time_frame.time_origin
    return low + shift, high + shift
