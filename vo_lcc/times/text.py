"""Times as ISO 8601 text, as DALI 1.1 section 3.3.3 has timestamps."""

import re
from datetime import date

import erfa
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.times.frames import MJD_ORIGIN
from vo_lcc.times.moments import Array, Moments
from vo_lcc.times.scales import leap_seconds

UNIX_DAY = 40587  # MJD of 1970-01-01
DIGITS = 6  # of a second: as many as a MJD in a double tells
MICROSECONDS = 86_400_000_000  # in a day

FIRST_DATE, END_OF_DATES = -678575.0, 2973484.0  # MJD of the years 1 and 10000
MJD_ORDINAL = 678576  # what Python's dates count more than MJD

ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(?P<second>\d\d(?:\.\d*)?))?)?(?P<zone>Z?)\Z",
    re.ASCII,
)


def iso_texts(mjd: Array, timescale: str) -> pa.Array:
    """Modified Julian Dates as texts like 2020-01-01T12:00:00.000000, NaN as null.

    Rounded to a microsecond; a leap second of UTC is second 60. They must be between
    FIRST_DATE and END_OF_DATES.

    >>> iso_texts(np.array([51544.5, np.nan, 57753.99999]), "TDB").to_pylist()
    ['2000-01-01T12:00:00.000000', None, '2016-12-31T23:59:59.136000']
    """
    known = np.isfinite(mjd)
    day = np.floor(np.where(known, mjd, 0))
    part = np.where(known, mjd, 0) - day
    ticks = np.rint(part * MICROSECONDS).astype(np.int64)
    ticks += (day.astype(np.int64) - UNIX_DAY) * MICROSECONDS
    stamps = pa.array(ticks, mask=~known).cast(pa.timestamp("us"))
    texts = pc.replace_substring(stamps.cast(pa.string()), " ", "T")
    if timescale != "UTC":
        return texts
    return _with_leaps(texts, Moments(day, part), known)


def _with_leaps(texts: pa.Array, times: Moments, known: Array) -> pa.Array:
    """The texts, but those of days of 86401 s by ERFA."""
    lengths = leap_seconds().lengths(times.day)
    long = known & (lengths != 86400) & (times.day >= UNIX_DAY)
    if not long.any():
        return texts
    told = [
        _told(*erfa.d2dtf("UTC", DIGITS, MJD_ORIGIN + day, part))
        for day, part in zip(times.day[long], times.part[long], strict=True)
    ]
    return pc.replace_with_mask(texts, pa.array(long), pa.array(told))


def _told(year: int, month: int, day: int, clock: Array) -> str:
    h, m, s, fraction = (int(clock[name]) for name in "hmsf")
    return f"{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{fraction:06}"


def read_iso(text: str, timescale: str = "") -> float | None:
    """The Modified Julian Date of an ISO 8601 text in this scale; None if it is none.

    A "Z" at the end is for UTC, and for a scale that is not known ("").

    >>> read_iso("2000-01-01T12:00:00", "TT"), read_iso("2001-02-29", "TT")
    (51544.5, None)
    """
    found = ISO.match(text.strip())
    if found is None or (found["zone"] and timescale not in ("", "UTC")):
        return None
    year, month, day, hour, minute = (int(v or 0) for v in found.groups()[:5])
    try:
        whole = date(year, month, day).toordinal() - MJD_ORDINAL
    except ValueError:
        return None
    length = 86400.0
    if timescale == "UTC":
        length = float(leap_seconds().lengths(np.array([float(whole)]))[0])
    second = float(found["second"] or 0)
    seconds = hour * 3600 + minute * 60 + second
    if hour > 23 or minute > 59 or seconds >= length:
        return None
    if second >= 60 and (hour, minute) != (23, 59):  # no other has a leap second
        return None
    return whole + seconds / length
