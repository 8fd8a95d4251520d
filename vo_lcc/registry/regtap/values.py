"""How what a record says is written in a column (RegTAP 1.2, section 4).

Each function is given all values at a place, tidied, and gives one, or None: where
nothing is said, and where what is said cannot be understood.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from vo_lcc.moc import join, parse_moc
from vo_lcc.sky import ORDER, Ranges

LONGEST_KEY = 600  # characters; a row of a btree has room for 2,700 bytes
MOST_RANGES = 25_000  # of a MOC: more than order 6 can have
COARSER = (10, 8, 6)
DATE = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?(?:[T ](.*))?")
GRADE = re.compile(r"\d")

# The terms of the IVOA's vocabularies that are to be replaced (ivoasem:useInstead).
DATE_ROLES: Mapping[str, str] = MappingProxyType(
    {"representative": "collected", "creation": "created", "update": "updated"}
)
RELATIONSHIPS: Mapping[str, str] = MappingProxyType(
    {
        "mirror-of": "isidenticalto",
        "service-for": "isservicefor",
        "served-by": "isservedby",
        "derived-from": "isderivedfrom",
    }
)
TRUTH: Mapping[str, int] = MappingProxyType({"true": 1, "1": 1, "false": 0, "0": 0})


def first(values: Sequence[str]) -> str | None:
    """The first, even if that is nothing.

    >>> first(["a", "b"]), first(["", "b"])
    ('a', None)
    """
    return (values[0] or None) if values else None


def lower(values: Sequence[str]) -> str | None:
    """The first, in lower case."""
    value = first(values)
    return value and value.lower()


def any_lower(values: Sequence[str]) -> str | None:
    """The first that says anything, in lower case."""
    return lower([value for value in values if value])


def key(values: Sequence[str]) -> str | None:
    """The first, cut where an index has no more room."""
    value = first(values)
    return value and value[:LONGEST_KEY]


def lower_key(values: Sequence[str]) -> str | None:
    """The first, in lower case, cut where an index has no more room."""
    value = key(values)
    return value and value.lower()


def hash_list(values: Sequence[str]) -> str | None:
    """All with # between.

    >>> hash_list(["indexed", "", "nullable"])
    'indexed#nullable'
    """
    return "#".join(value for value in values if value) or None


def lower_hash_list(values: Sequence[str]) -> str | None:
    """All in lower case, with # between."""
    joined = hash_list(values)
    return joined and joined.lower()


def others(values: Sequence[str]) -> str | None:
    """All but the first, with # between."""
    return hash_list(values[1:])


def sequence(values: Sequence[str]) -> str | None:
    """All with semicolons between.

    >>> sequence(["A. C. Robin", "C. Reylé"])
    'A. C. Robin; C. Reylé'
    """
    return "; ".join(value for value in values if value) or None


def number(values: Sequence[str]) -> float | None:
    """A real number; NaN is none."""
    try:
        value = float(values[0]) if values else math.nan
    except ValueError:
        return None
    return None if math.isnan(value) else value


def truth(values: Sequence[str]) -> int | None:
    """1 for true, 0 for false."""
    return TRUTH.get(values[0].lower()) if values else None


def grade(values: Sequence[str]) -> int | None:
    """A validation level: one digit."""
    found = GRADE.fullmatch(values[0]) if values else None
    return int(found.group()) if found else None


def login(standards: Sequence[str]) -> int:
    """1 where each way in is by a standard of authentication, 0 where one is open.

    >>> login([]), login(["ivo://ivoa.net/sso#OAuth", ""]), login(["ivo://x/y"])
    (0, 0, 1)
    """
    return int(bool(standards) and all(standards))


def type_system(values: Sequence[str]) -> str | None:
    """A type of VODataService, whatever its prefix is.

    >>> type_system(["vod:VOTableType"])
    'vs:votabletype'
    """
    name = values[0].rpartition(":")[2] if values else ""
    return f"vs:{name.lower()}" if name else None


def date_role(values: Sequence[str]) -> str:
    """What a date is of; where nothing is said it is representative (VOResource)."""
    role = lower_key(values) or "representative"
    return DATE_ROLES.get(role, role)


def relationship(values: Sequence[str]) -> str | None:
    """A kind of relationship as one says today.

    >>> relationship(["served-by"]), relationship(["IsServedBy"])
    ('isservedby', 'isservedby')
    """
    said = lower_key(values)
    return said and RELATIONSHIPS.get(said, said)


def timestamp(values: Sequence[str]) -> datetime | None:
    """A date or time of ISO 8601 in UTC, to the second; a year or month begins it.

    >>> timestamp(["2012-02-23T10:48:41.134-05:00"]).isoformat()
    '2012-02-23T15:48:41'
    >>> timestamp(["2010-11"]).isoformat(), timestamp(["last week"])
    ('2010-11-01T00:00:00', None)
    """
    found = DATE.fullmatch(values[0].removesuffix("Z")) if values else None
    if found is None:
        return None
    year, month, day, time = found.groups()
    text = f"{year}{month or '-01'}{day or '-01'}T{time or '00:00:00'}"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0)


def low(values: Sequence[str]) -> float | None:
    """The lower end of an interval, which may be written backwards.

    >>> low(["5 3"]), high(["5 3"]), low(["5"])
    (3.0, 5.0, None)
    """
    ends = interval(values)
    return min(ends) if ends else None


def high(values: Sequence[str]) -> float | None:
    """The upper end of an interval."""
    ends = interval(values)
    return max(ends) if ends else None


def interval(values: Sequence[str]) -> tuple[float, float] | None:
    """Two numbers with a blank between them."""
    ends = [number([word]) for word in values[0].split(" ")] if values else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return None
    return ends[0], ends[1]


def moc(values: Sequence[str]) -> Ranges | None:
    """The cells of an ASCII MOC; None for an empty one too.

    >>> moc(["s28/0-1 29/8"]), moc(["all sky"])
    (((0, 8),), None)
    """
    try:
        ranges = parse_moc(values[0].removeprefix("s")) if values else ()
    except ValueError:
        return None
    for order in COARSER:
        if len(ranges) <= MOST_RANGES:
            break
        ranges = coarsened(ranges, order)
    return ranges or None


def coarsened(ranges: Ranges, order: int) -> Ranges:
    """The cells of an order that cover a MOC.

    >>> coarsened(((0, 5), (9, 9)), 28)
    ((0, 11),)
    """
    shift = 2 * (ORDER - order)
    return join(
        [(a >> shift << shift, ((b >> shift) + 1 << shift) - 1) for a, b in ranges]
    )


def celestial(values: Sequence[str]) -> str | None:
    """A word for coverage of the sky, None for that of other bodies.

    RegTAP has no place for those yet (section 8.16).
    """
    return "sky" if not values or values[0].upper() in ("", "ICRS") else None
