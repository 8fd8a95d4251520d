"""Statistics as columns of objects."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from vo_lcc.lightcurves.derived.statistics import Kind, Statistic
from vo_lcc.tables import Column, PhotCal

UNITS: Mapping[Kind, Callable[[str | None], str | None]] = MappingProxyType(
    {
        Kind.LEVEL: lambda unit: unit,
        Kind.DIFFERENCE: lambda unit: unit,
        Kind.RATE: lambda unit: per_day(unit or ""),
        Kind.TIME: lambda _: "d",
        Kind.PERIOD: lambda _: "d",
        Kind.NUMBER: lambda _: None,
        Kind.COUNT: lambda _: None,
    }
)
DATATYPES = {Kind.COUNT: "int", Kind.PERIOD: "double"}
BRIGHTNESS_UCDS = {"mag": "phot.mag", "flux": "phot.flux"}
PRINCIPAL = frozenset({"median", "amplitude"})


def statistic_column(
    statistic: Statistic, brightness: Column, calibration: PhotCal, word: str | None
) -> Column:
    """The column of objects for one passband; `word` is the passband's UCD.

    >>> mag = Column("mag", "float", unit="mag", ucd="phot.mag;em.opt.V")
    >>> from vo_lcc.lightcurves.derived.statistics import BY_NAME
    >>> column = statistic_column(BY_NAME["slope"], mag, PhotCal("V"), "em.opt.V")
    >>> column.name, column.unit, column.ucd
    ('V_slope', 'mag/d', 'arith.rate;phot.mag;em.opt.V')
    """
    kind = statistic.kind
    ucd = statistic.ucd.format(_ucd(brightness))
    return Column(
        f"{calibration.passband}_{statistic.name}",
        statistic_datatype(statistic, brightness),
        unit=UNITS[kind](brightness.unit),
        ucd=f"{ucd};{word}" if word else ucd,
        description=statistic.description.format(calibration.passband),
        annotation=calibration if kind is Kind.LEVEL else None,
        principal=statistic.name in PRINCIPAL,
    )


def statistic_datatype(statistic: Statistic, brightness: Column) -> str:
    """That of the brightness, for its levels and differences; float for other numbers.

    All of them can be computed again: seven digits will do, and half the space. A
    period has more, for it is multiplied by the number of cycles.
    """
    if statistic.kind in (Kind.LEVEL, Kind.DIFFERENCE):
        return brightness.datatype
    return DATATYPES.get(statistic.kind, "float")


def per_day(unit: str) -> str:
    """A unit of VOUnits, divided by a day.

    >>> per_day("mag"), per_day("electron/s"), per_day("")
    ('mag/d', 'electron/(s.d)', 'd**-1')
    """
    above, slash, below = unit.partition("/")
    if slash:
        return f"{above}/({below.strip('()')}.d)"
    return f"{above}/d" if above else "d**-1"


def _ucd(brightness: Column) -> str:
    """The word that says what the brightness is, without that of the passband."""
    words = (brightness.ucd or "").split(";")
    own = (word for word in words if word.startswith("phot."))
    return next(own, BRIGHTNESS_UCDS.get(brightness.name, "phot.mag"))
