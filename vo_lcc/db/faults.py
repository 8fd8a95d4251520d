"""What a failure of a statement is told as.

By SQLSTATE: what the user can put right, and what may succeed later. Anything else is
an internal error, and the database's own text is never shown to a client.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vo_lcc.errors import LockedError, StaleError, TransientError, UsageError, VOError

LOST = "08006"  # connection_failure: for what drivers say of it without a SQLSTATE


def find_fault(sqlstate: str) -> tuple[type[VOError], str] | None:
    """What a failure means; None: it is unexpected.

    The text may name limits of the session, in braces.

    >>> find_fault("22012")
    (<class 'vo_lcc.errors.UsageError'>, 'the query divides by zero')
    """
    return next((row[1:] for row in FAULTS if sqlstate.startswith(row[0])), None)


LATE = "the query took longer than the limit of {first_row} to its first row; {advice}"
DISK_FULL = "the disk of the database is full; make room, then do the same again"
TOO_LONG = "the query took longer than the limit of {total}; {advice}"
TOO_LARGE = "a row of the result is too large; select fewer or shorter columns"

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "left": "the client has left",
        "late": LATE,
        "long": TOO_LONG,
        "stalled": "the result was not read for {stall}",
    }
)

# What a client is told by SQLSTATE; the first prefix that fits. The database's own
# text is never shown. In braces: what the session has `told`.
FAULTS: tuple[tuple[str, type[VOError], str], ...] = (
    ("57014", UsageError, TOO_LONG),
    (
        "53400",
        UsageError,
        "the query needs more temporary space than the limit of {temp_space};"
        " sort, group or join fewer rows",
    ),
    ("54", UsageError, "the query is too complex for the database; simplify it"),
    ("22012", UsageError, "the query divides by zero"),
    ("22003", UsageError, "a value in the query is out of the range of its type"),
    ("22P02", UsageError, "a text in the query cannot be cast to the type asked for"),
    ("22", UsageError, "the query computes a value that does not exist"),
    ("0A000", UsageError, "FULL JOIN needs a condition that sets columns equal"),
    ("21000", UsageError, "a subquery used as a value gave more than one row"),
    *(
        (code, StaleError, "what is published has just changed; try again")
        for code in ("VL001", "42P01", "3F000")
    ),
    ("55P03", LockedError, "others are using what is to be changed; try again later"),
    ("40P01", LockedError, "the query met a conflicting change; try again"),
    ("080", TransientError, "the database cannot be reached"),
    ("57P", TransientError, "the database is restarting"),
    ("53100", TransientError, DISK_FULL),
    ("53", TransientError, "the database is out of resources; try again later"),
    ("40", TransientError, "the query met a conflicting change; try again"),
)
