"""Which columns of an uploaded table are those of a light curve.

First what UCDs say, then what columns are called.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vo_lcc.errors import UsageError
from vo_lcc.tables import Column

DAYS = (None, "", "d", "day", "days")

TIMES = (
    *("obs_time", "time", "jd", "mjd", "hjd", "bjd", "bjd_tdb", "btjd", "bkjd"),
    *("hmjd", "t", "epoch", "date"),
)
VALUES = ("mag", "magnitude", "flux", "y", "value")
ERRORS = (
    *("mag_err", "magerr", "e_mag", "mag_error", "flux_err", "fluxerr", "e_flux"),
    *("err", "error", "magnitude_error", "flux_error", "dy", "sigma", "uncertainty"),
)
BANDS = ("passband", "band", "filter", "filtercode", "fid")
FLUX_NAMES = ("flux",)


@dataclass(frozen=True, slots=True)
class CurveColumns:
    """The places of the columns of a light curve; None where there is none."""

    time: int
    value: int
    error: int | None
    band: int | None
    magnitudes: bool


def find_columns(columns: Sequence[Column]) -> CurveColumns:
    """The columns of time, brightness, its error, and passband.

    >>> found = find_columns([Column("MJD", "double"), Column("mag", "float"),
    ...     Column("magerr", "float"), Column("filter", "char", "*")])
    >>> found.time, found.value, found.error, found.band, found.magnitudes
    (0, 1, 2, 3, True)

    Raises UsageError where there is no time or no brightness, or times are not in days.
    """
    numbers = [i for i, column in enumerate(columns) if column.is_number]
    time = find(columns, numbers, ("time.epoch",), TIMES)
    left = [i for i in numbers if i != time]
    value = find(columns, left, ("phot.mag", "phot.flux", "phot.count"), VALUES)
    if time is None or value is None:
        missing = f"time ({', '.join(TIMES)})"
        if time is not None:
            missing = f"magnitudes or fluxes ({', '.join(VALUES)})"
        has = ", ".join(column.name for column in columns)
        raise UsageError(
            f"no column of {missing} by UCD or name; the table has {has}; rename one"
        )
    if columns[time].unit not in DAYS:
        raise UsageError(
            f"{columns[time].name} is in {columns[time].unit}; give times in days (d)"
        )
    left = [i for i in left if i != value]
    error = find(columns, left, ("stat.error;phot",), ERRORS)
    others = [i for i in range(len(columns)) if i not in (time, value, error)]
    band = find(columns, others, ("meta.id;instr.filter", "instr.filter"), BANDS)
    return CurveColumns(time, value, error, band, are_magnitudes(columns[value]))


def find(
    columns: Sequence[Column],
    possible: Sequence[int],
    ucds: Sequence[str],
    names: Sequence[str],
) -> int | None:
    """The first of the columns whose UCD begins like one of these, or so named."""
    for start in ucds:
        for index in possible:
            if (columns[index].ucd or "").lower().startswith(start):
                return index
    lower = {columns[index].name.lower(): index for index in reversed(possible)}
    return next((lower[name] for name in names if name in lower), None)


def are_magnitudes(column: Column) -> bool:
    """Whether the values grow as the star gets fainter.

    >>> are_magnitudes(Column("flux", "double")), are_magnitudes(Column("y", "double"))
    (False, True)
    """
    ucd = (column.ucd or "").lower()
    if ucd.startswith("phot."):
        return ucd.startswith("phot.mag")
    return column.unit == "mag" or column.name.lower() not in FLUX_NAMES
