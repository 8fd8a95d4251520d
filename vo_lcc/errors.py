"""Every error vo_lcc raises on purpose.

VOError
├── UsageError          400  the caller can put it right
│   ├── ParameterError       one request parameter is wrong
│   ├── QueryError           the ADQL is wrong, and where
│   ├── ConfigError          a configuration file is wrong, and where
│   ├── TooLargeError   413  the request is larger than the server takes
│   ├── StateError      403  what is asked cannot be done any more, or not yet
│   └── AuthenticationError 401  nobody knows who asks
├── NotFoundError       404  no such table, job, dataset or identifier
├── TransientError      503  the same request may succeed later
│   ├── LockedError          others use what is to be changed
│   ├── StaleError           what is published has changed meanwhile
│   └── TooManyRequestsError 429  this client asks for too much at once
└── FatalError          500  the request is fine, the server is not

Anything else that escapes is a bug: it is logged whole and shown as FatalError.
"""

from collections.abc import Sequence
from typing import ClassVar


class VOError(Exception):
    """Base of the tree; never raised itself."""

    status: ClassVar[int] = 500
    fault: ClassVar[str] = "DefaultFault"
    transient: ClassVar[bool] = False


class UsageError(VOError):
    """The request is wrong; the message says how to put it right."""

    status = 400
    fault = "UsageFault"


class ParameterError(UsageError):
    """One request parameter is missing, repeated or has a bad value."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


class RepeatedError(ParameterError):
    """A parameter that takes one value has several (DALI 1.1, section 3.1)."""


class QueryError(UsageError):
    """The ADQL cannot be run; every problem found is reported at once.

    Each problem is (text, line, column), both counted from 1.
    """

    def __init__(self, problems: Sequence[tuple[str, int, int]]) -> None:
        lines = [f"line {line}, column {col}: {text}" for text, line, col in problems]
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)


class ConfigError(UsageError):
    """A configuration file cannot be used; the message names file, line and key."""


class TooLargeError(UsageError):
    """The request is larger than this server takes."""

    status = 413


class StateError(UsageError):
    """What is asked cannot be done as things stand (UWS 1.1, section 2.2.1)."""

    status = 403


class AuthenticationError(UsageError):
    """Who asks is not known, and has to be."""

    status = 401
    fault = "AuthenticationFault"


class NotFoundError(VOError):
    """No such table, job, dataset or identifier."""

    status = 404
    fault = "NotFoundFault"


class TransientError(VOError):
    """The server cannot do this now; the same request may succeed later."""

    status = 503
    fault = "TransientFault"
    transient = True


class LockedError(TransientError):
    """What is to be changed is being read or changed by others."""


class StaleError(TransientError):
    """What is published is not what it was when the request was understood."""


class TooManyRequestsError(TransientError):
    """One client has too much in progress; others are served meanwhile."""

    status = 429


class FatalError(VOError):
    """The request is valid and the server failed."""

    fault = "FatalFault"
