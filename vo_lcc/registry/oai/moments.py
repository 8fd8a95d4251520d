"""Datestamps and ranges of them: UTC, to the second or the day (OAI-PMH 2.0, 3.3)."""

import re
from datetime import UTC, datetime, timedelta

from vo_lcc.registry.oai.problems import OAIError

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
REST_OF_DAY = timedelta(hours=23, minutes=59, seconds=59)
SHOWN = 40


def stamp(moment: datetime) -> str:
    """A moment as a datestamp; fractions of a second are cut off.

    >>> stamp(datetime(2026, 1, 2, 3, 4, 5, 678, UTC))
    '2026-01-02T03:04:05Z'
    """
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='seconds')}Z"


def parse_stamp(text: str) -> datetime:
    """The moment of a datestamp to the second; raises ValueError for any other text.

    >>> parse_stamp("2026-01-02T03:04:05Z")
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    """
    if not SECOND.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def parse_range(
    since: str | None, until: str | None
) -> tuple[datetime | None, datetime | None]:
    """The first and the last second that `from` and `until` ask for.

    >>> first, last = parse_range("2026-01-02", "2026-01-02")
    >>> stamp(first), stamp(last)
    ('2026-01-02T00:00:00Z', '2026-01-02T23:59:59Z')

    Raises OAIError (badArgument) for what is no datestamp, for two of different
    granularity, and where `from` is after `until`.
    """
    if since and until and len(since) != len(until):
        raise OAIError("badArgument", "from and until differ in granularity")
    first = None if since is None else _moment("from", since)
    last = None if until is None else _moment("until", until)
    if last is not None and until is not None and DAY.fullmatch(until):
        last += REST_OF_DAY
    if first is not None and last is not None and first > last:
        raise OAIError("badArgument", f"from ({since}) is after until ({until})")
    return first, last


def _moment(name: str, text: str) -> datetime:
    try:
        if DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return parse_stamp(text)
    except ValueError as error:
        raise OAIError(
            "badArgument",
            f"{name}: {text[:SHOWN]!r} is not a date; write it like 2026-01-31 or"
            " 2026-01-31T23:59:59Z",
        ) from error
