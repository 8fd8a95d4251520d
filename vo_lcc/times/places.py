"""Places: when a wave front that passes one place passes another.

A plane wave from the direction n passes the place r(t) at t and the barycentre of the
solar system at t + n r(t) / c: each place is told by that delay, and any two are joined
through the barycentre. The way back is found by iteration, as r depends on t.

The Earth and the Sun are those of ERFA (epv00, from 1900 to 2100), which agree with
JPL's DE405 to 13.4 km, 45 microseconds (as its documentation says). Left out are the
delay in the field of the Sun (Shapiro; below 0.04 ms, unless within 5 degrees of it),
the curvature of the wave front (below 1.2 ms / distance in pc), the difference of UT1
and UTC (1.4 microseconds; 0.1 ms before 1972), polar motion, and that a clock at the
observatory goes 2 microseconds other than one at the centre of the Earth.
"""

from dataclasses import dataclass

import erfa
import numpy as np

from vo_lcc.tables import Observatory
from vo_lcc.times.daily import Daily, daily
from vo_lcc.times.frames import MJD_ORIGIN
from vo_lcc.times.moments import SECONDS, Array, Moments
from vo_lcc.times.scales import TT_TAI, leap_seconds

LIGHT_TIME = erfa.DAU / erfa.CMPS  # s for an astronomical unit

TURNS = 3  # each makes the error of the way back 10,000 times smaller, from 500 s


@dataclass(frozen=True, slots=True)
class Sky:
    """The direction of each moment's object, and the observatory where one is needed.

    `normal` has a row for each moment: a unit vector (ICRS).
    """

    normal: Array
    observatory: Observatory | None = None


def directions(ra: Array, dec: Array) -> Array:
    """Unit vectors of positions in degrees, one row each.

    >>> directions(np.array([90.0]), np.array([0.0])).round(12).tolist()
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
    grid = daily(times)
    sun, earth = ephemeris(grid.days)
    if place == "HELIOCENTER":
        return along(sky.normal, grid, sun, times.part)
    found = along(sky.normal, grid, earth, times.part)
    if place == "TOPOCENTER":
        assert sky.observatory is not None
        found = found + observer_delay(grid, times, sky.normal, sky.observatory)
    return found


def ephemeris(days: Array) -> tuple[Array, Array]:
    """The Sun and the Earth from the barycentre at the start of each day (TDB).

    Each has a row for every day: position and velocity, in light seconds and light
    seconds a day.
    """
    around_sun, around_centre = erfa.epv00(MJD_ORIGIN, days)
    earth = rows(around_centre)
    return earth - rows(around_sun), earth


def rows(states: Array) -> Array:
    """ERFA's positions and velocities as six numbers a row, in light seconds."""
    joined = np.concatenate([states["p"], states["v"]], axis=-1)
    return np.asarray(LIGHT_TIME * joined)


def along(normal: Array, grid: Daily, states: Array, part: Array) -> Array:
    """How far a body is in the direction of each normal, between its daily states.

    Cubic (Hermite) in the part of the day: good to 0.3 microseconds for the Earth.
    """
    start, end = states[:-1], states[1:]
    position, velocity = start[:, :3], start[:, 3:]
    way = end[:, :3] - position
    bend = 3 * way - 2 * velocity - end[:, 3:]
    twist = velocity + end[:, 3:] - 2 * way
    terms = (position, velocity, bend, twist)
    found = np.zeros(len(part))
    for term in reversed(terms):
        found = found * part + np.einsum("ij,ij->i", normal, term[grid.index])
    return found


def observer_delay(
    grid: Daily, times: Moments, normal: Array, observatory: Observatory
) -> Array:
    """What the observatory adds to the delay of the centre of the Earth (s).

    The axis of the Earth is that of each noon (IAU 2000B).
    """
    turns = erfa.c2i00b(MJD_ORIGIN, grid.days + 0.5)
    seen = np.einsum("pij,pj->pi", turns[grid.index], normal)
    x, y, z = erfa.gd2gc(
        1,
        np.radians(observatory.longitude),
        np.radians(observatory.latitude),
        observatory.height,
    )
    angle = rotation(times)
    around = np.cos(angle) * (x * seen[:, 0] + y * seen[:, 1])
    around += np.sin(angle) * (x * seen[:, 1] - y * seen[:, 0])
    return np.asarray((around + z * seen[:, 2]) / erfa.CMPS)


def rotation(times: Moments) -> Array:
    """The angle the Earth has turned (radians), with UTC for UT1."""
    seconds = TT_TAI + leap_seconds().after(times.day)
    return np.asarray(
        erfa.era00(MJD_ORIGIN + times.day, times.part - seconds / SECONDS)
    )
