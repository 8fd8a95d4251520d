"""What an SSA request means: one SELECT over the light curves of all collections."""

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from vo_lcc.adql.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Exists,
    Expr,
    In,
    IsNull,
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
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.identifiers import parse_curve_id
from vo_lcc.lightcurves.views import TS_NAMES, TS_SSA
from vo_lcc.ssa.choice import Choice, Chosen
from vo_lcc.ssa.params import Cone, SsaParams
from vo_lcc.ssa.ranges import Interval
from vo_lcc.tables import Catalog, Schema

CATALOG = Catalog((Schema(TS_SSA.schema, (TS_SSA, TS_NAMES)),))
NEVER = Comparison("=", Literal(0), Literal(1))
ALWAYS = Comparison("=", Literal(1), Literal(1))
SELECTED = (
    *("collection", "object_id", "passband", "ra", "dec", "title", "target_class"),
    *("n_points", "t_min", "t_max", "wavelength", "amplitude", "em_min", "em_max"),
    "aperture",
)
DISTANCE = "distance"  # the column of the distance from POS, deg


def select(params: SsaParams, choice: Choice, authority: str | None) -> Select:
    """The query for `params`, over the light curves of `choice`.

    With a position rows come in the order of their score (4.1.2.15), so that TOP and
    MAXREC leave the nearest; else in none, as all match alike.
    """
    items = [SelectItem(column(name)) for name in SELECTED]
    found = Select(
        items=tuple(items),
        source=TableName((TS_SSA.schema, TS_SSA.name)),
        where=all_of(list(conditions(params, choice, authority))),
        top=params.top,
    )
    if params.cone is None:
        return found
    distance = distance_from(params.cone)
    return replace(
        found,
        items=(*items, SelectItem(distance, DISTANCE)),
        order_by=nearest_first(distance),
    )


def conditions(
    params: SsaParams, choice: Choice, authority: str | None
) -> Iterable[Expr]:
    """Every condition the request sets."""
    yield among(choice)
    if params.cone is not None:
        yield within(params.cone)
    if params.targets:
        yield called(params.targets)
    if params.classes:
        yield of_class(params.classes)
    if params.publisher_dids:
        yield identified(params.publisher_dids, authority)
    if params.times:
        yield any_of([overlaps(interval) for interval in params.times])
    if params.amplitudes:
        yield any_of([between("amplitude", one) for one in params.amplitudes])


def among(choice: Choice) -> Expr:
    """The light curves that are chosen, by collection and passband."""
    whole = [name for name, chosen in choice.items() if chosen.is_whole]
    found = [one_of("collection", whole)] if whole else []
    for name, chosen in choice.items():
        if not chosen.is_whole:
            found.append(And((one_of("collection", (name,)), kinds(chosen))))
    return any_of(found)


def kinds(chosen: Chosen) -> Expr:
    """The passbands that are chosen; null is all of them together."""
    found: list[Expr] = []
    if chosen.passbands:
        found.append(one_of("passband", sorted(chosen.passbands)))
    if chosen.together:
        here = [in_range(each) for each in chosen.ranges]
        together = IsNull(column("passband"))
        found.append(And((together, any_of(here))) if here else together)
    return any_of(found)


def in_range(interval: Interval) -> Expr:
    """The light curve has wavelengths in the interval (m)."""
    return And(
        (
            Comparison("<=", column("em_min"), Literal(interval.high)),
            Comparison(">=", column("em_max"), Literal(interval.low)),
        )
    )


def called(names: Iterable[str]) -> Expr:
    """The object has one of the names, whatever their case and blanks."""
    folded = dict.fromkeys("".join(name.split()).lower() for name in names)
    same = [
        Comparison("=", column("n", key), column(TS_SSA.name, key))
        for key in ("collection", "object_id")
    ]
    named = one_of("folded", list(folded))
    names_table = TableName((TS_NAMES.schema, TS_NAMES.name), "n")
    return Exists(Select((SelectItem(Literal(1)),), names_table, And((named, *same))))


def of_class(classes: Iterable[str]) -> Expr:
    """The object is of one of the classes, whatever their case."""
    wanted = [Literal(name.lower()) for name in classes]
    return In(call("LOWER", column("target_class")), tuple(wanted))


def within(cone: Cone) -> Expr:
    """Inside a circle; the planner takes the sky index for it."""
    here = point(column("ra"), column("dec"))
    circle = call("CIRCLE", *map(Literal, (cone.ra, cone.dec, cone.radius)))
    return Comparison("=", Literal(1), call("CONTAINS", here, circle))


def distance_from(cone: Cone) -> Call:
    """The distance from the centre (deg)."""
    here = point(column("ra"), column("dec"))
    return call("DISTANCE", here, point(Literal(cone.ra), Literal(cone.dec)))


def nearest_first(distance: Call) -> tuple[OrderItem, ...]:
    """The order by score; of one object its passbands, then all of them together."""
    return (
        OrderItem(distance),
        OrderItem(column("collection")),
        OrderItem(column("object_id")),
        OrderItem(column("passband")),
    )


def overlaps(interval: Interval) -> Expr:
    """The light curve has its span in common with `interval` (MJD)."""
    if interval.is_infinite:
        return ALWAYS
    ends = []
    if interval.high < math.inf:
        ends.append(Comparison("<=", column("t_min"), Literal(interval.high)))
    if interval.low > -math.inf:
        ends.append(Comparison(">=", column("t_max"), Literal(interval.low)))
    return ends[0] if len(ends) == 1 else And(tuple(ends))


def between(name: str, interval: Interval) -> Expr:
    """The column lies in the interval."""
    if interval.is_infinite:
        return ALWAYS
    low, high = interval.low, interval.high
    if low == -math.inf:
        return Comparison("<=", column(name), Literal(high))
    if high == math.inf:
        return Comparison(">=", column(name), Literal(low))
    return Between(column(name), Literal(low), Literal(high))


def identified(publisher_dids: Iterable[str], authority: str | None) -> Expr:
    """The light curves that have these identifiers; none for those of others."""
    objects: dict[tuple[str, str | None], list[str]] = {}
    for did in publisher_dids:
        with suppress(UsageError):  # it is none of ours
            each = parse_curve_id(did, authority)
            objects.setdefault((each.collection, each.passband), []).append(
                each.object_id
            )
    found: list[Expr] = []
    for (collection, passband), object_ids in objects.items():
        band = IsNull(column("passband"))
        found.append(
            And(
                (
                    one_of("collection", (collection,)),
                    one_of("object_id", object_ids),
                    band if passband is None else one_of("passband", (passband,)),
                )
            )
        )
    return any_of(found) if found else NEVER


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
