"""Which text of an upload the database can hold as what its xtype says.

Every valid value of a VOTable comes back as it came (TAP 1.1, section 2.7.6), also a
nanosecond, a leap second or a MOC of times, that no type of the database holds: a
column with such a value stays text.
"""

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

DAY = len("2016-12-31")

# By the type that a column of text is held in. What is blank is null in the database.
FORMS: Mapping[str, str] = MappingProxyType(
    {
        "timestamp": r"^(\d{4}-\d\d-\d\d"
        r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?Z?)?$",
        "int8multirange": r"^\s*s?[-\d/,\s]*$",
        "float8[]": r"(?i)^\s*((position|point|circle|polygon|box)"
        r"(\s+(icrs|fk5|j2000|unknownframe))?"
        r"(\s+(barycenter|geocenter|heliocenter|topocenter|lsr|relocatable|unknownrefpos))?"
        r"(\s+spherical2)?\s)?[-+.e\d\s]*$",
    }
)


def can_hold(held: str, values: pa.StringArray) -> bool:
    """Whether a column of the type `held` takes these texts without losing any.

    >>> can_hold("timestamp", pa.array(["2016-12-31T23:59:59.5Z", "", None]))
    True
    >>> can_hold("timestamp", pa.array(["2016-12-31T23:59:60"]))
    False
    >>> can_hold("int8multirange", pa.array(["4/13 17-18"]))
    True
    >>> can_hold("float8[]", pa.array(["Union (Circle 1 2 3 Circle 4 5 6)"]))
    False
    """
    if held not in FORMS:
        return True
    has_form = pc.all(pc.match_substring_regex(values, FORMS[held])).as_py()
    if has_form is False:
        return False
    return held != "timestamp" or _are_days(pc.utf8_slice_codeunits(values, 0, DAY))


def _are_days(texts: pa.StringArray) -> bool:
    """Whether each is a day of the years 1 to 9999, or empty."""
    days = texts.filter(pc.not_equal(texts, ""))
    try:
        days.cast(pa.date32())
    except pa.ArrowInvalid:
        return False
    return pc.any(pc.starts_with(days, "0000")).as_py() is not True
