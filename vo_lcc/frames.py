"""Celestial frames and the rotations between them.

The names are those of the IVOA vocabulary http://www.ivoa.net/rdf/refframe. A frame is
here what a rotation makes of it (UDF catalogue EN 1.2, ivo_geom_transform): FK4 is that
of equinox B1950 without its E-terms of aberration (up to 0.34 arcsec), and nothing
depends on an epoch. The catalogue calls that equinox J1950.0, its example and the
vocabulary have B1950.0: they differ by 0.01 arcsec.
"""

import math
import operator
from collections.abc import Mapping
from types import MappingProxyType

Matrix = tuple[float, float, float, float, float, float, float, float, float]

# The rows of the rotation from ICRS: what astropy 8.0 makes of the three axes with
# FK5(equinox="J2000"), FK4NoETerms(equinox="B1950"), Galactic(), Supergalactic() and
# BarycentricMeanEcliptic(equinox="J2000").
FROM_ICRS: Mapping[str, Matrix] = MappingProxyType(
    {
        "ICRS": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        "FK5": (
            0.9999999999999921,
            -1.1102233291285093e-07,
            -4.4118044919735366e-08,
            1.1102233723050035e-07,
            0.9999999999999889,
            9.64779224601013e-08,
            4.411803426976326e-08,
            -9.647792751958126e-08,
            0.9999999999999943,
        ),
        "FK4": (
            0.9999256809514492,
            0.011181371753884856,
            0.004858960740738888,
            -0.011181372203849871,
            0.9999374861373449,
            -2.7073328535967243e-05,
            -0.0048589597052854224,
            -2.725853209429852e-05,
            0.9999881948140961,
        ),
        "GALACTIC": (
            -0.05487565771259163,
            -0.8734370519556159,
            -0.48383507361671546,
            0.4941094371927268,
            -0.44482972122329517,
            0.7469821839866676,
            -0.8676661375596576,
            -0.19807633727300059,
            0.45598381368730156,
        ),
        "SUPER_GALACTIC": (
            0.37501555570303163,
            0.3413588718562474,
            0.8618801851683191,
            -0.8983204377276124,
            -0.09572710024885123,
            0.42878516000301936,
            0.2288749093754372,
            -0.9350456902649067,
            0.270750499492446,
        ),
        "ECLIPTIC": (
            0.9999999999999941,
            -7.078368954848322e-08,
            8.05621398373642e-08,
            3.2897004077419646e-08,
            0.9174821299149584,
            0.39777699944404793,
            -1.0207044725484355e-07,
            -0.39777699944404304,
            0.9174821299149556,
        ),
    }
)

# Terms of the vocabulary that only mean another of them.
SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "eq_FK4": "FK4",
        "eq_FK5": "FK5",
        "ecl_FK5": "ECLIPTIC",
        "galactic": "GALACTIC",
        "supergalactic": "SUPER_GALACTIC",
        "barycentric": "ICRS",
    }
)


def rotation(from_sys: str, to_sys: str) -> Matrix:
    """The matrix that turns a unit vector of one frame into one of the other, by rows.

    Names are case-sensitive. Raises ValueError for a frame that no rotation leads to.

    >>> rotation("FK5", "eq_FK5")
    (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    """
    start, end = _find(from_sys), _find(to_sys)
    if start == end:
        return FROM_ICRS["ICRS"]
    away, to = FROM_ICRS[start], FROM_ICRS[end]
    rows = range(0, 9, 3)
    a, b, c, d, e, f, g, h, i = (
        sum(to[row + k] * away[column + k] for k in range(3))
        for row in rows
        for column in rows
    )
    return a, b, c, d, e, f, g, h, i


def rotate(position: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
    """A longitude, from 0 to 360, and latitude of one frame in the other; degrees.

    >>> lon, lat = rotate((0.0, 0.0), rotation("GALACTIC", "ICRS"))
    >>> round(lon, 4), round(lat, 4)
    (266.405, -28.9362)
    """
    a, b = map(math.radians, position)
    v = (math.cos(a) * math.cos(b), math.sin(a) * math.cos(b), math.sin(b))
    x, y, z = (sum(map(operator.mul, matrix[i : i + 3], v)) for i in (0, 3, 6))
    return math.degrees(math.atan2(y, x)) % 360, math.degrees(
        math.atan2(z, math.hypot(x, y))
    )


def _find(name: str) -> str:
    term = SYNONYMS.get(name, name)
    if term not in FROM_ICRS:
        known = ", ".join([*FROM_ICRS, *SYNONYMS])
        raise ValueError(f"no frame {name!r} that a rotation leads to: use {known}")
    return term
