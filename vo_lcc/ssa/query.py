"""What an SSA request means: one SELECT over the light curves of all collections."""

import math
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from vo_lcc.adql.nodes import (
    And,
    Between,
    Comparison,
    Expr,
    In,
    Literal,
    Or,
    OrderItem,
    Select,
    SelectItem,
    TableName,
    call,
    column,
    point,
)
from vo_lcc.lightcurves.publish import TS_SSA
from vo_lcc.ssa.params import Band, Cone, SsaParams
from vo_lcc.ssa.ranges import Interval
from vo_lcc.ssa.rows import publisher_did_prefix
from vo_lcc.tables import Catalog, Schema

CATALOG = Catalog((Schema(TS_SSA.schema, (TS_SSA,)),))
NEVER = Comparison("=", Literal(0), Literal(1))


def select(params: SsaParams, only: str | None, authority: str | None) -> Select:
    """The query for `params`, over the collection `only` or all of them.

    Rows come in no particular order, except that TOP with POS takes the nearest.
    """
    nearest = params.top is not None and params.cone is not None
    return Select(
        items=tuple(
            SelectItem(column(c.name)) for c in TS_SSA.columns if c.name != "hpx"
        ),
        source=TableName((TS_SSA.schema, TS_SSA.name)),
        where=all_of(list(conditions(params, only, authority))),
        order_by=nearest_first(params.cone) if nearest and params.cone else (),
        top=params.top,
    )


def conditions(
    params: SsaParams, only: str | None, authority: str | None
) -> Iterable[Expr]:
    """Every condition the request sets."""
    if only is not None:
        yield one_of("collection", (only,))
    if params.cone is not None:
        yield within(params.cone)
    if params.band is not None:
        yield in_band(params.band)
    if params.times:
        yield any_of([overlaps(interval) for interval in params.times])
    if params.amplitudes:
        yield any_of([between("amplitude", one) for one in params.amplitudes])
    if params.publisher_dids:
        yield any_of([identified(d, authority) for d in params.publisher_dids])
    for name, values in (
        ("object_id", params.targets),
        ("target_class", params.classes),
        ("collection", params.collections),
    ):
        if values:
            yield one_of(name, values)


def within(cone: Cone) -> Expr:
    """Inside a circle; the planner takes the sky index for it."""
    here = point(column("ra"), column("dec"))
    circle = call("CIRCLE", *map(Literal, (cone.ra, cone.dec, cone.radius)))
    return Comparison("=", Literal(1), call("CONTAINS", here, circle))


def nearest_first(cone: Cone) -> tuple[OrderItem, ...]:
    """The order by distance; by name among the passbands of one object."""
    here = point(column("ra"), column("dec"))
    centre = point(Literal(cone.ra), Literal(cone.dec))
    return (
        OrderItem(call("DISTANCE", here, centre)),
        OrderItem(column("object_path")),
        OrderItem(column("passband")),
    )


def in_band(band: Band) -> Expr:
    """A passband of one of the names, or with its wavelength in one of the ranges."""
    found = [between("wavelength", interval) for interval in band.wavelengths]
    if band.names:
        found.append(one_of("passband", band.names))
    return any_of(found)


def overlaps(interval: Interval) -> Expr:
    """The light curve has its span in common with `interval` (MJD)."""
    ends = []
    if interval.high < math.inf:
        ends.append(Comparison("<=", column("t_min"), Literal(interval.high)))
    if interval.low > -math.inf:
        ends.append(Comparison(">=", column("t_max"), Literal(interval.low)))
    return all_of(ends) or NEVER


def between(name: str, interval: Interval) -> Expr:
    """The column lies in the interval."""
    low, high = interval.low, interval.high
    if low == -math.inf:
        return Comparison("<=", column(name), Literal(high))
    if high == math.inf:
        return Comparison(">=", column(name), Literal(low))
    return Between(column(name), Literal(low), Literal(high))


def identified(publisher_did: str, authority: str | None) -> Expr:
    """The light curve that has this identifier; none for one of somebody else's."""
    prefix = publisher_did_prefix(authority) if authority else None
    if prefix is None or not publisher_did.startswith(prefix):
        return NEVER
    path, _, passband = publisher_did.removeprefix(prefix).rpartition("/")
    return And(
        (one_of("object_path", (path,)), one_of("passband", (unquote(passband),)))
    )


def one_of(name: str, values: Sequence[str]) -> Expr:
    """The column has one of the values."""
    if len(values) == 1:
        return Comparison("=", column(name), Literal(values[0]))
    return In(column(name), tuple(map(Literal, values)))


def all_of(found: Sequence[Expr]) -> Expr | None:
    """Every condition; None when there are none."""
    return None if not found else found[0] if len(found) == 1 else And(tuple(found))


def any_of(found: Sequence[Expr]) -> Expr:
    """One of the conditions at least."""
    return found[0] if len(found) == 1 else Or(tuple(found))
