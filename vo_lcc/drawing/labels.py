"""What stands at the axes of light curves."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from vo_lcc.tables import Column, PhotCal, TimeFrame

ORIGINS = {2400000.5: "MJD", 0.0: "JD"}
PLACES: Mapping[str, str] = MappingProxyType(
    {
        "TOPOCENTER": "observatory",
        "GEOCENTER": "geocentre",
        "BARYCENTER": "barycentre",
        "HELIOCENTER": "heliocentre",
        "EMBARYCENTER": "Earth-Moon barycentre",
    }
)
NAMES = (
    ("phot.mag", "magnitude"),
    ("phot.flux", "flux"),
    ("phot.count", "counts"),
)


def time_label(frame: TimeFrame, value: str = "") -> str:
    """What to write at a time axis, which is in days, or of one time.

    >>> time_label(TimeFrame("UTC"), "58000.5")
    'MJD 58000.5 (UTC)'
    >>> time_label(TimeFrame("TDB", "BARYCENTER"))
    'MJD (TDB, barycentre)'
    >>> time_label(TimeFrame(time_origin=2450000.0))
    'JD - 2450000 (time scale not stated)'
    >>> time_label(TimeFrame(time_origin=2450000.0), "-12.5")
    'JD - 2450000 = -12.5 (time scale not stated)'
    """
    origin = frame.time_origin
    name = ORIGINS.get(origin, f"JD - {origin:.10g}{' =' if value else ''}")
    scale = frame.timescale
    known = "time scale not stated" if scale == "UNKNOWN" else scale
    place = frame.refposition
    where = "" if place == "UNKNOWN" else f", {PLACES.get(place, place.lower())}"
    return f"{name}{' ' if value else ''}{value} ({known}{where})"


def value_label(column: Column, passbands: Iterable[PhotCal]) -> str:
    """What to write at the axis of magnitudes, fluxes or anything else.

    >>> mag = Column("mag", "double", unit="mag", ucd="phot.mag;em.opt")
    >>> value_label(mag, [PhotCal("g", magnitude_system="AB")])
    'magnitude (mag, AB)'
    >>> value_label(Column("f", "double", unit="Jy", ucd="phot.flux.density"), [])
    'flux (Jy)'
    """
    ucd = column.ucd or ""
    name = next((said for start, said in NAMES if ucd.startswith(start)), column.name)
    systems = {band.magnitude_system for band in passbands}
    words = [column.plain_unit, *(systems if is_magnitude(column) else ())]
    told = ", ".join(word for word in words if word) if len(systems) < 2 else words[0]
    return f"{name} ({told})" if told else name


def is_magnitude(column: Column) -> bool:
    """Whether the values of a column grow as stars get fainter.

    >>> is_magnitude(Column("mag", "float", unit="mag"))
    True
    """
    return column.unit == "mag" or (column.ucd or "").startswith("phot.mag")
