"""Time scales: moments of one clock told as moments of another.

All go through TT. UTC has a table of leap seconds, which comes with the libraries
and ends when the next could be announced: what is later cannot be known. As in ERFA,
a part of a UTC day that ends with a leap second is a part of 86401 s.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import erfa
import numpy as np
from astropy.utils import iers

from vo_lcc.times.daily import BLOCKS, block_days, daily
from vo_lcc.times.frames import MJD_ORIGIN
from vo_lcc.times.moments import SECONDS, Array, Moments, moments

iers.conf.auto_download = False  # a server looks nothing up while it runs

TT_TAI = 32.184  # s
TAI_GPS = 19.0  # s

UTC_START = 36934.0  # MJD of 1960-01-01: UTC and its table begin
WHOLE_SECONDS = 41317.0  # MJD of 1972-01-01: before, UTC ran at a rate of its own

Conversion = Callable[[Moments], Moments]


@dataclass(frozen=True, slots=True)
class LeapSeconds:
    """TAI - UTC (s) from each of these days (MJD) on, until `expires` (MJD)."""

    days: Array
    offsets: Array
    expires: float

    def after(self, days: Array) -> Array:
        """TAI - UTC (s) when each of these days begins; the ends go on for ever."""
        places = np.searchsorted(self.days, days, side="right") - 1
        return np.asarray(self.offsets[np.maximum(places, 0)])

    def lengths(self, days: Array) -> Array:
        """How long each of these days is (s)."""
        return SECONDS + self.after(days + 1) - self.after(days)


@functools.cache
def leap_seconds() -> LeapSeconds:
    """The leap seconds that were announced when the libraries were installed."""
    table = iers.LeapSeconds.from_iers_leap_seconds(iers.IERS_LEAP_SECOND_FILE)
    days = np.asarray(table["mjd"], np.float64)
    offsets = np.asarray(table["tai_utc"], np.float64)
    return LeapSeconds(days, offsets, float(np.floor(table.expires.mjd)))


def utc_to_tt(utc: Moments) -> Moments:
    """TT of UTC; the dates must be in the table, see `utc_range`."""
    table = leap_seconds()
    seconds = utc.part * table.lengths(utc.day) + table.after(utc.day)
    tai = moments(utc.day, seconds / SECONDS)
    return _early(utc, tai, erfa.utctai).later(TT_TAI)


def tt_to_utc(tt: Moments) -> Moments:
    """UTC of TT; the dates must be in the table, see `utc_range`."""
    table = leap_seconds()
    tai = tt.later(-TT_TAI)
    begins = moments(table.days, table.offsets / SECONDS).rough  # of each, in TAI
    place = np.searchsorted(begins, tai.rough, side="right") - 1
    place = np.maximum(place, 0)
    utc = tai.later(-table.offsets[place])
    following = np.append(table.days, np.inf)[place + 1]
    over = utc.day >= following  # in the leap second itself
    day = np.where(over, following - 1, utc.day)
    part = np.where(over, utc.part + 1, utc.part) * SECONDS / table.lengths(day)
    return _early(tai, Moments(day, part), erfa.taiutc)


def _early(
    before: Moments, after: Moments, convert: Callable[..., tuple[Array, Array]]
) -> Moments:
    """`after`, but by ERFA where UTC had no whole seconds (1960 to 1971)."""
    early = before.day < WHOLE_SECONDS
    if not early.any():
        return after
    days, parts = convert(MJD_ORIGIN + before.day[early], before.part[early])
    found = moments(days - MJD_ORIGIN, parts)
    day, part = after.day.copy(), after.part.copy()
    day[early], part[early] = found.day, found.part
    return moments(day, part)


def tdb_minus_tt(times: Moments) -> Array:
    """TDB - TT (s) at the centre of the Earth; good to 80 ns against `erfa.dtdb`.

    It is taken to change evenly from day to day. At an observatory it differs by 2
    microseconds at most.
    """
    found, row = daily(tdb_minus_tt_daily, times)
    start, change = found.T
    return np.asarray(start[row] + change[row] * times.part)


@functools.lru_cache(maxsize=BLOCKS)
def tdb_minus_tt_daily(block: int) -> Array:
    """TDB - TT (s) at the start of each day of a block, and how it changes in it."""
    values = erfa.dtdb(MJD_ORIGIN, block_days(block, 1), 0.0, 0.0, 0.0, 0.0)
    return np.column_stack([values[:-1], np.diff(values)])


def tdb_to_tt(tdb: Moments) -> Moments:
    """TT of TDB."""
    return tdb.later(-tdb_minus_tt(tdb))


def tt_to_tdb(tt: Moments) -> Moments:
    """TDB of TT."""
    return tt.later(tdb_minus_tt(tt))


def by_erfa(function: Callable[..., tuple[Array, Array]]) -> Conversion:
    """A conversion of ERFA that is pure arithmetic."""

    def convert(times: Moments) -> Moments:
        days, parts = function(MJD_ORIGIN + times.day, times.part)
        return moments(days - MJD_ORIGIN, parts)

    return convert


def shifted(seconds: float) -> Conversion:
    """A conversion between clocks that run alike."""
    return lambda times: times.later(seconds)


def tcb_to_tt(tcb: Moments) -> Moments:
    """TT of TCB."""
    return tdb_to_tt(by_erfa(erfa.tcbtdb)(tcb))


def tt_to_tcb(tt: Moments) -> Moments:
    """TCB of TT."""
    return by_erfa(erfa.tdbtcb)(tt_to_tdb(tt))


TO_TT: Mapping[str, Conversion] = MappingProxyType(
    {
        "TT": shifted(0.0),
        "TAI": shifted(TT_TAI),
        "GPS": shifted(TT_TAI + TAI_GPS),
        "UTC": utc_to_tt,
        "TCG": by_erfa(erfa.tcgtt),
        "TDB": tdb_to_tt,
        "TCB": tcb_to_tt,
    }
)
FROM_TT: Mapping[str, Conversion] = MappingProxyType(
    {
        "TT": shifted(0.0),
        "TAI": shifted(-TT_TAI),
        "GPS": shifted(-TT_TAI - TAI_GPS),
        "UTC": tt_to_utc,
        "TCG": by_erfa(erfa.tttcg),
        "TDB": tt_to_tdb,
        "TCB": tt_to_tcb,
    }
)


def rescaled(times: Moments, source: str, target: str) -> Moments:
    """Moments of the scale `source` as moments of `target` at the same place."""
    if source == target:
        return times
    return FROM_TT[target](TO_TT[source](times))
