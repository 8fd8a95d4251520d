"""Range lists: how SSA 1.1 writes intervals and lists in one parameter.

``a/b`` is an interval, ``/b`` and ``a/`` are open on one side, ``/`` is open on both,
``a`` is a single value, a comma separates alternatives, and a semicolon brings a
qualifier that holds for the whole list. The list is ordered: it does not matter which
end of an interval comes first (SSA 1.1, section 8.7.2).
"""

import math
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vo_lcc.dali.params import parse_number, shown
from vo_lcc.errors import ParameterError

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """The values from `low` to `high`, both included; infinite where open.

    >>> Interval(1, 3).meets(Interval(3, 5)), Interval(1, 3).meets(Interval(4, 5))
    (True, False)
    """

    low: float
    high: float

    def meets(self, other: "Interval") -> bool:
        """Whether both have a value in common."""
        return self.low <= other.high and other.low <= self.high

    @property
    def is_infinite(self) -> bool:
        """Whether it holds every value."""
        return self.low == -math.inf and self.high == math.inf


ALL = Interval(-math.inf, math.inf)

Reader = Callable[[str], Interval]


def split_list(name: str, text: str) -> tuple[list[str], str | None]:
    """The items of a list, some perhaps empty, and its qualifier.

    >>> split_list("BAND", "1e-7/2e-6,,V;source")
    (['1e-7/2e-6', '', 'V'], 'source')

    Raises ParameterError when there is more than one qualifier.
    """
    body, *qualifiers = (part.strip() for part in text.split(";"))
    if len(qualifiers) > 1:
        raise ParameterError(name, f"{shown(text)} has more than one ';'")
    items = [item.strip() for item in body.split(",")]
    return items, (qualifiers[0] or None) if qualifiers else None


def read_interval(name: str, item: str, read: Reader) -> Interval:
    """One item of a range list; `read` gives the extent of a single value.

    >>> read_interval("BAND", "4e-7/", number("BAND"))
    Interval(low=4e-07, high=inf)
    >>> read_interval("BAND", "7e-7/4e-7", number("BAND"))
    Interval(low=4e-07, high=7e-07)

    Raises ParameterError when a value cannot be read.
    """
    ends = [end.strip() for end in item.split("/")]
    if len(ends) > 2:
        raise ParameterError(
            name,
            f"{shown(item)} is not a range; write a value, low/high, low/ or /high",
        )
    first = read(ends[0]) if ends[0] else ALL
    last = read(ends[-1]) if ends[-1] else ALL
    if first.low > last.low and not (first is ALL or last is ALL):
        first, last = last, first
    return Interval(first.low, last.high)


def number(name: str) -> Reader:
    """A reader of finite numbers for parameter `name`."""

    def read(text: str) -> Interval:
        value = parse_number(name, text)
        return Interval(value, value)

    return read


def iso_period(name: str) -> Reader:
    """A reader of ISO 8601 dates and times (UTC), as intervals in MJD.

    A date of reduced precision means the whole of it, so that 2004 is a year
    and 2004-05/2004-06 ends with the last day of June.

    >>> iso_period("TIME")("1858-11-17")
    Interval(low=0.0, high=1.0)
    """

    def read(text: str) -> Interval:
        for pattern, length in PERIODS:
            start = find_time(text.removesuffix("Z"), pattern)
            if start is not None:
                return Interval(mjd(start), mjd(start) + length(start) / DAY)
        raise ParameterError(
            name,
            f"{shown(text)} is not an ISO 8601 date or time; write it like 2004, "
            "2004-05-30 or 2004-05-30T12:00:00 (UTC)",
        )

    return read


def find_time(text: str, pattern: str) -> datetime | None:
    """`text` read by a `strptime` pattern as UTC, or None when it does not match."""
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None


def mjd(time: datetime) -> float:
    """The Modified Julian Date of a UTC time (days).

    >>> mjd(datetime(2000, 1, 1, 12, tzinfo=UTC))
    51544.5
    """
    return (time - MJD_ZERO) / DAY


PERIODS: tuple[tuple[str, Callable[[datetime], timedelta]], ...] = (
    ("%Y", lambda start: timedelta(days=366 if _is_leap(start.year) else 365)),
    ("%Y-%m", lambda start: timedelta(days=monthrange(start.year, start.month)[1])),
    ("%Y-%m-%d", lambda _: DAY),
    ("%Y-%m-%dT%H", lambda _: timedelta(hours=1)),
    ("%Y-%m-%dT%H:%M", lambda _: timedelta(minutes=1)),
    ("%Y-%m-%dT%H:%M:%S", lambda _: timedelta(seconds=1)),
    ("%Y-%m-%dT%H:%M:%S.%f", lambda _: timedelta(0)),
)


def _is_leap(year: int) -> bool:
    return monthrange(year, 2)[1] == 29
