"""The one query of the portal: the points of a collection's example."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.adql.nodes import (
    Comparison,
    Join,
    Literal,
    Select,
    SelectItem,
    TableName,
    column,
)
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal.charts import Series
from vo_lcc.tables import Column, PhotCal

MOST_POINTS = 20_000  # what a picture can show; the data services have no such limit
OBJECTS, POINTS = "o", "p"

# How the description of a flags column names the bit of upper limits.
UPPER_LIMIT = re.compile(r"\b(\d+)\s+(?:is an? |= ?)?upper limit", re.IGNORECASE)

PERIOD, EPOCH = "folding_period", "folding_epoch"


@dataclass(frozen=True, slots=True)
class Roles:
    """Which point columns a plot shows; None where the collection has none."""

    value: Column
    error: Column | None
    flags: Column | None


@dataclass(frozen=True, slots=True)
class Example:
    """The points of one object, and how to fold them."""

    series: tuple[Series, ...]
    period: float | None
    epoch: float


def find_roles(collection: Collection) -> Roles | None:
    """The columns to plot by their UCDs; None without photometry."""

    def first(start: str) -> Column | None:
        return next(
            (c for c in collection.point_columns if (c.ucd or "").startswith(start)),
            None,
        )

    value = first("phot.")
    if value is None:
        return None
    return Roles(value, first("stat.error;phot."), first("meta.code.qual"))


def select(collection: Collection, roles: Roles) -> Select:
    """Every point of the example object."""
    points = TableName((collection.name, "photometry"), POINTS)
    objects = TableName((collection.name, "objects"), OBJECTS)
    shown = ("passband", "obs_time", *(c.name for c in point_roles(roles)))
    folding = ((collection.period_column, PERIOD), (collection.epoch_column, EPOCH))
    return Select(
        items=(
            *(SelectItem(column(POINTS, name), name) for name in shown),
            *(
                SelectItem(column(OBJECTS, name), alias)
                for name, alias in folding
                if name is not None
            ),
        ),
        source=Join(
            "INNER",
            points,
            objects,
            on=Comparison(
                "=", column(POINTS, "object_id"), column(OBJECTS, "object_id")
            ),
        ),
        where=Comparison(
            "=", column(OBJECTS, "object_id"), Literal(collection.example or "")
        ),
        top=MOST_POINTS,
    )


def point_roles(roles: Roles) -> tuple[Column, ...]:
    """The point columns to fetch."""
    return tuple(c for c in (roles.value, roles.error, roles.flags) if c is not None)


def make_example(collection: Collection, roles: Roles, points: pa.Table) -> Example:
    """What the plot needs, from the rows of `select`."""
    series = [
        make_series(
            band.passband,
            points.filter(pc.equal(points.column("passband"), band.passband)),
            roles,
        )
        for band in by_wavelength(collection.passbands)
    ]
    period, epoch = one_value(points, PERIOD), one_value(points, EPOCH)
    return Example(
        tuple(s for s in series if len(s.time)),
        period if period and period > 0 else None,
        epoch or 0.0,
    )


def by_wavelength(passbands: tuple[PhotCal, ...]) -> list[PhotCal]:
    """From blue to red; as given where the wavelengths are not all known."""
    if any(band.effective_wavelength is None for band in passbands):
        return list(passbands)
    return sorted(passbands, key=lambda band: band.effective_wavelength or 0.0)


def make_series(passband: str, points: pa.Table, roles: Roles) -> Series:
    """The points of one passband; a null is NaN."""
    nothing = pa.nulls(points.num_rows, pa.float64())

    def numbers(role: Column | None) -> np.ndarray:
        values = points.column(role.name) if role is not None else nothing
        filled: np.ndarray = pc.fill_null(values.cast(pa.float64()), np.nan).to_numpy()
        return filled

    flags = np.nan_to_num(numbers(roles.flags)).astype(np.int64)
    return Series(
        passband,
        pc.fill_null(points.column("obs_time"), np.nan).to_numpy(),
        numbers(roles.value),
        numbers(roles.error),
        limit=flags & limit_bit(roles.flags) != 0,
        bad=flags & ~limit_bit(roles.flags) != 0,
    )


def limit_bit(flags: Column | None) -> int:
    """The flag that marks upper limits, as the column's description says; or 0.

    >>> limit_bit(Column("flags", "int", description="Sum of: 1 bad, 2 upper limit"))
    2
    >>> limit_bit(Column("flags", "int", description="0 is a good point"))
    0
    """
    found = UPPER_LIMIT.search(flags.description or "") if flags else None
    return int(found[1]) if found else 0


def one_value(points: pa.Table, name: str) -> float | None:
    """The value of a column that is the same in every row."""
    if name not in points.column_names or points.num_rows == 0:
        return None
    value: float | None = points.column(name)[0].as_py()
    return value
