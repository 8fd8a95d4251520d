"""Time frames: the IVOA's terms, and times moved from one origin to another.

Only the zero point of a time is converted here. To go from one scale to another
(UTC to TDB) or from one place to another (the Earth to the barycentre) needs more
than a number, and is never done silently.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vo_lcc.tables import TimeFrame

JD_ORIGIN = 0.0
MJD_ORIGIN = 2400000.5

# The IVOA vocabulary http://www.ivoa.net/rdf/timescale
TIMESCALES: Mapping[str, str] = MappingProxyType(
    {
        "TAI": "International Atomic Time",
        "TT": "Terrestrial Time",
        "UT": "Earth rotation time",
        "UTC": "Coordinated Universal Time",
        "GPS": "Global Positioning System time",
        "TCG": "Geocentric Coordinate Time",
        "TCB": "Barycentric Coordinate Time",
        "TDB": "Barycentric Dynamical Time",
        "UNKNOWN": "the source does not say",
    }
)

# The IVOA vocabulary http://www.ivoa.net/rdf/refposition
REFPOSITIONS: Mapping[str, str] = MappingProxyType(
    {
        "TOPOCENTER": "the place of the observer",
        "GEOCENTER": "the centre of the Earth",
        "BARYCENTER": "the barycentre of the solar system",
        "HELIOCENTER": "the centre of the Sun",
        "EMBARYCENTER": "the barycentre of the Earth and the Moon",
        "UNKNOWN": "the source does not say",
    }
)


def to_mjd(frame: TimeFrame, value: float) -> float:
    """A time of the frame as a Modified Julian Date in the same scale and place.

    >>> to_mjd(TimeFrame("UTC", "HELIOCENTER", JD_ORIGIN), 2451545.0)
    51544.5
    """
    return value + mjd_shift(frame)


def from_mjd(frame: TimeFrame, mjd: float) -> float:
    """A Modified Julian Date of the frame's scale and place as a time of the frame.

    >>> from_mjd(TimeFrame("TDB", "BARYCENTER", 2457000.0), 58000.0)
    1000.5
    """
    return mjd - mjd_shift(frame)


def mjd_shift(frame: TimeFrame) -> float:
    """What to add to a time of the frame to have a Modified Julian Date, in days.

    >>> mjd_shift(TimeFrame())
    0.0
    """
    return frame.time_origin - MJD_ORIGIN


def frame_interval(frame: TimeFrame, lower: float, upper: float) -> tuple[float, float]:
    """An interval of Modified Julian Dates as one of the frame's own times.

    The ends may be infinite (SODA 1.0 section 3.3.4: TIME is an MJD interval).
    The frame's scale is taken as it is: a scale is never converted silently.

    >>> frame_interval(TimeFrame(time_origin=JD_ORIGIN), float("-inf"), 51544.5)
    (-inf, 2451545.0)
    """
    return from_mjd(frame, lower), from_mjd(frame, upper)


def origin_text(frame: TimeFrame) -> str:
    """The time origin as the attribute of a TIMESYS (VOTable 1.4 section 3.4).

    >>> origin_text(TimeFrame()), origin_text(TimeFrame(time_origin=JD_ORIGIN))
    ('MJD-origin', 'JD-origin')
    >>> origin_text(TimeFrame(time_origin=2457000.0))
    '2457000.0'
    """
    names = {JD_ORIGIN: "JD-origin", MJD_ORIGIN: "MJD-origin"}
    return names.get(frame.time_origin, repr(frame.time_origin))
