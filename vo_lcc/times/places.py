"""Places: when a wave front that passes one place passes another.

A plane wave from the direction n passes the place r(t) at t and the barycentre of the
solar system at t + n r(t) / c: each place is told by that delay, and any two are joined
through the barycentre. The way back is found by iteration, as r depends on t.

The Earth and the Sun are those of ERFA (epv00, from 1900 to 2100), which agree with
JPL's DE405 to 13.4 km, 45 microseconds (as its documentation says). Left out are the
delay in the field of the Sun (Shapiro; below 0.04 ms, unless within 12 degrees of it),
the curvature of the wave front (below 1.2 ms / distance in pc), the difference of UT1
and UTC (1.4 microseconds; 0.1 ms before 1972), polar motion, and that a clock at the
observatory goes 2 microseconds other than one at the centre of the Earth.
"""

import functools
from dataclasses import dataclass, replace

import erfa
import numpy as np

from vo_lcc.tables import Observatory
from vo_lcc.times.daily import BLOCKS, block_days, daily
from vo_lcc.times.frames import MJD_ORIGIN
from vo_lcc.times.moments import SECONDS, Array, Moments
from vo_lcc.times.scales import TT_TAI, leap_seconds

LIGHT_TIME = erfa.DAU / erfa.CMPS  # s for an astronomical unit

PATHS = {"HELIOCENTER": 0, "GEOCENTER": 1, "TOPOCENTER": 1}  # the Sun's, the Earth's

TURNS = 3  # each makes the error of the way back 10,000 times smaller, from 500 s


@dataclass(frozen=True, slots=True)
class Sky:
    """Where the objects are, and the observatory where one is needed.

    `normals` has a row for each object: a unit vector (ICRS). `index` has the number
    of its object for each of several moments.
    """

    normals: Array
    index: Array
    observatory: Observatory | None = None

    def part(self, wanted: Array) -> "Sky":
        """The same of some moments only."""
        return replace(self, index=self.index[wanted])

    def along(self, vectors: Array) -> Array:
        """How far each moment's vector reaches in the direction of its object."""
        return np.asarray(np.einsum("ij,ij->i", self.normals[self.index], vectors))


def normals(ra: Array, dec: Array) -> Array:
    """Unit vectors of positions in degrees, one row each.

    >>> normals(np.array([90.0]), np.array([0.0])).round(12).tolist()
    [[0.0, 1.0, 0.0]]
    """
    a, d = np.radians(ra), np.radians(dec)
    return np.column_stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])


def moved(times: Moments, source: str, target: str, sky: Sky) -> Moments:
    """Moments (TDB) at the place `source` as moments at the place `target`."""
    if source == target:
        return times
    central = times.later(delay(source, times, sky))
    if target == "BARYCENTER":
        return central
    there = central
    for _ in range(TURNS):
        there = central.later(-delay(target, there, sky))
    return there


def delay(place: str, times: Moments, sky: Sky) -> Array | float:
    """How much later the wave front comes to the barycentre (s)."""
    if place == "BARYCENTER":
        return 0.0
    found = sky.along(body(PATHS[place], times))
    if place == "TOPOCENTER":
        found += observer_delay(times, sky)
    return found


def body(path: int, times: Moments) -> Array:
    """Where the Sun or the Earth is (light seconds from the barycentre, ICRS).

    Cubic in the part of the day: good to 0.4 microseconds for the Earth.
    """
    found, row = daily(paths, times)
    part = times.part[:, None]
    place = found[:, path, 3][row]
    for term in (2, 1, 0):
        place *= part
        place += found[:, path, term][row]
    return np.asarray(place)


@functools.lru_cache(maxsize=BLOCKS)
def paths(block: int) -> Array:
    """How the Sun and the Earth move on each day (TDB) of a block.

    By day, body and power of the part of the day: vectors in light seconds. The cubic
    has the places and velocities of both ends (Hermite).
    """
    around_sun, around_centre = erfa.epv00(MJD_ORIGIN, block_days(block, 1))
    earth = rows(around_centre)
    states = np.stack([earth - rows(around_sun), earth], axis=1)
    place, speed = states[:-1, :, 0], states[:-1, :, 1]
    way, last = states[1:, :, 0] - place, states[1:, :, 1]
    bend, twist = 3 * way - 2 * speed - last, speed + last - 2 * way
    return np.stack([place, speed, bend, twist], axis=2)


def rows(states: Array) -> Array:
    """ERFA's positions and velocities, in light seconds and those a day."""
    return np.asarray(LIGHT_TIME * np.stack([states["p"], states["v"]], axis=1))


def observer_delay(times: Moments, sky: Sky) -> Array:
    """What the observatory adds to the delay of the centre of the Earth (s)."""
    assert sky.observatory is not None
    x, y, z = geocentric(sky.observatory) / erfa.CMPS
    found, row = daily(axes, times)
    angle = rotation(times)
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    vectors = found[:, 0][row] * (x * cosine - y * sine)
    vectors += found[:, 1][row] * (x * sine + y * cosine)
    vectors += found[:, 2][row] * z
    return sky.along(vectors)


@functools.lru_cache(maxsize=BLOCKS)
def axes(block: int) -> Array:
    """The axes of the Earth that do not turn with it, at each noon (IAU 2000B).

    By day and axis: unit vectors (ICRS) to the origin of right ascension, 90 degrees
    east of it, and north.
    """
    return np.asarray(erfa.c2i00b(MJD_ORIGIN, block_days(block) + 0.5))


def geocentric(observatory: Observatory) -> Array:
    """Where an observatory is from the centre of the Earth and turning with it (m)."""
    place = erfa.gd2gc(
        1,  # WGS84
        np.radians(observatory.longitude),
        np.radians(observatory.latitude),
        observatory.height,
    )
    return np.asarray(place)


def rotation(times: Moments) -> Array:
    """The angle the Earth has turned (radians), with UTC for UT1."""
    seconds = TT_TAI + leap_seconds().after(times.day)
    return np.asarray(
        erfa.era00(MJD_ORIGIN + times.day, times.part - seconds / SECONDS)
    )
