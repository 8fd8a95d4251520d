"""What a cone search may be asked (Simple Cone Search 1.03, section 2.1).

MAXREC and RESPONSEFORMAT are those of the draft of version 1.1.
"""

from dataclasses import dataclass
from typing import Self

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params, parse_count, shown
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format, find_format

VERBOSITIES = (1, 2, 3)
MAX_RADIUS = 180.0
DEFAULT_FORMAT = "text/xml"  # what 1.03 asks for: VOTable, in TABLEDATA


@dataclass(frozen=True, slots=True)
class ConeParams:
    """One cone: centre and radius in degrees, ICRS, 0 <= ra < 360.

    Radius 0 asks for the columns and no rows; so does `maxrec` 0, which is an overflow
    (DALI 1.1, section 3.4.4). `verbosity` is 1 (identifier and position), 2 (the
    principal columns) or 3 (all).
    """

    ra: float
    dec: float
    radius: float
    verbosity: int
    maxrec: int
    format: Format

    @classmethod
    def parse(cls, params: Params, limits: Limits) -> Self:
        """Read the parameters; raises ParameterError.

        RA is an angle: 360 is folded to 0 and -10 to 350. Unknown parameters
        are ignored.
        """
        return cls(
            ra=params.required_number("RA") % 360.0,
            dec=_declination(params),
            radius=_radius(params),
            verbosity=_verbosity(params),
            maxrec=params.maxrec(limits),
            format=find_format(params.response_format() or DEFAULT_FORMAT),
        )


def _declination(params: Params) -> float:
    dec = params.required_number("DEC")
    if abs(dec) > 90:
        raise ParameterError("DEC", f"{dec:.15g} is not between -90 and 90 degrees")
    return dec


def _radius(params: Params) -> float:
    radius = params.required_number("SR")
    if not 0 <= radius <= MAX_RADIUS:
        raise ParameterError("SR", f"{radius:.15g} is not between 0 and 180 degrees")
    return radius


def _verbosity(params: Params) -> int:
    value = params.one("VERB")
    if value is None:
        return 2
    verbosity = parse_count("VERB", value)
    if verbosity not in VERBOSITIES:
        raise ParameterError("VERB", f"{shown(value)} is not 1, 2 or 3")
    return verbosity
