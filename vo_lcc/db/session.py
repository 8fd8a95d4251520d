"""One connection of the reader, with at most one statement on it.

What a statement's failure is told as stands here too: the database's own text is
never shown to a client.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pyarrow as pa
from adbc_driver_manager import Error as DriverError
from adbc_driver_postgresql import dbapi

from vo_lcc.db.quote import quote_text
from vo_lcc.errors import FatalError, TransientError, UsageError, VOError

logger = logging.getLogger(__name__)

# The first batch of the driver's default of 16 MiB comes after 165 ms, of this after 4.
BATCH_BYTES = str(256 * 1024)
BATCH_OPTION = "adbc.postgresql.batch_size_hint_bytes"
COPY_OPTION = "adbc.postgresql.use_copy"
# The costs of positional joins are overestimated: for one of milliseconds neither
# compiling nor a second process, which takes 3.5 ms to start, would pay.
PLANNER = {"jit": "off", "parallel_setup_cost": "10000"}
# what ADBC and the Arrow stream it gives may raise
FAILURES = (DriverError, OSError, pa.ArrowException)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds a query may take to its first row, may run, may wait for its reader.

    `temp_bytes` limits temporary files where the owner may set that limit.
    `connections` is how many queries run at once; others wait `queue` seconds.
    """

    first_row: float = 60
    total: float = 3600
    stall: float = 300
    queue: float = 30
    temp_bytes: int = 20 * 2**30
    connections: int = 8


@dataclass(frozen=True, slots=True)
class Statement:
    """What a session runs.

    `advice` says what can be done where it runs past a limit of time. EXPLAIN does
    not fit inside COPY and goes without; either way the server takes one statement.
    """

    sql: str
    advice: str = "ask for less"
    copy: bool = True


class Session:
    """One ADBC connection with at most one statement. Called from threads.

    The driver is not safe where two threads meet. `_call` lets one in at a time, so
    that closing waits for a read that a cancelled request has left behind; `_open`
    keeps the cursor from being closed while its statement is being cancelled.
    `told` are the words of messages that are not the same for each statement.
    """

    def __init__(self) -> None:
        self._call = Lock()
        self._open = Lock()
        self._conn: Any = None
        self._cursor: Any = None
        self._reader: Any = None
        self._reason: str | None = None
        self.told: dict[str, str] = {}
        self.finished = False

    def open(self, url: str, role: str | None, limits: StreamLimits) -> None:
        """Connect; raises TransientError when the database is away."""
        with self._call:
            try:
                self._conn = dbapi.connect(url, autocommit=True)
                self._set_up(role, limits)
            except DriverError as error:
                raise TransientError("the database cannot be reached") from error

    def _set_up(self, role: str | None, limits: StreamLimits) -> None:
        """Limits first, then the role that may not raise them."""
        settings = {
            "statement_timeout": f"{int(limits.total * 1000)}",
            "default_transaction_read_only": "on",
            "idle_in_transaction_session_timeout": "60s",
            "application_name": "vo_lcc reader",
            **PLANNER,
        }
        if role is not None:
            settings["role"] = role
        calls = [
            "CASE WHEN has_parameter_privilege('temp_file_limit', 'SET') THEN"
            f" set_config('temp_file_limit', '{limits.temp_bytes // 1024}kB', false)"
            " ELSE current_setting('temp_file_limit') END AS temp_file_limit"
        ]
        calls += [
            f"set_config({quote_text(name)}, {quote_text(value)}, false) AS {name}"
            for name, value in settings.items()
        ]
        with self._conn.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(calls))
            (temp_space, *_), *_ = cursor.fetchall()
        self.told = {
            "first_row": f"{limits.first_row:g} s",
            "total": f"{limits.total:g} s",
            "temp_space": temp_space,
        }

    def execute(self, statement: Statement) -> None:
        """Send the statement; returns when its first rows are on their way."""
        with self._call:
            self.finished = False
            self._reason = None
            self.told["advice"] = statement.advice
            self._cursor = self._conn.cursor()
            self._cursor.adbc_statement.set_options(
                **{BATCH_OPTION: BATCH_BYTES, COPY_OPTION: str(statement.copy).lower()}
            )
            try:
                self._cursor.execute(statement.sql)
                self._reader = self._cursor.fetch_record_batch()
            except FAILURES as error:
                raise self._fault(error) from error

    def next_batch(self) -> pa.RecordBatch | None:
        """The next batch, or None after the last one."""
        with self._call:
            try:
                batch: pa.RecordBatch = self._reader.read_next_batch()
            except StopIteration:
                self._release()
                self.finished = True
                return None
            except FAILURES as error:
                raise self._fault(error) from error
            return batch

    def cancel(self, reason: str) -> None:
        """Stop the statement; what waits for it fails and says why (see `told`)."""
        with self._open:
            if self._cursor is not None:
                self._reason = self._reason or reason.format_map(self.told)
                with suppress(DriverError):
                    self._cursor.adbc_cancel()

    def close(self) -> None:
        """Give everything back, the cursor before its connection."""
        with self._call:
            self._release()
            if self._conn is not None:
                with suppress(DriverError):
                    self._conn.close()

    def _release(self) -> None:
        """Close reader and cursor; what a cancelled statement says is known."""
        with self._open:
            closing = (self._reader, self._cursor)
            self._reader = self._cursor = None
        for open_thing in closing:
            if open_thing is not None:
                with suppress(*FAILURES):
                    open_thing.close()

    def _fault(self, error: Exception) -> VOError:
        """What to tell the user; failures in mid-stream carry no SQLSTATE."""
        if self._reason is not None:
            return UsageError(self._reason)
        found = find_fault(error)
        if found is None:
            logger.error("a statement failed: %s", error)
            return FatalError("internal error")
        kind, text = found
        return kind(text.format_map(self.told))


def find_fault(error: Exception) -> tuple[type[VOError], str] | None:
    """What a failure of the driver means, by its SQLSTATE; None: it is unexpected.

    The text may name limits of the session, in braces.
    """
    sqlstate = getattr(error, "sqlstate", None) or _sqlstate_of(str(error))
    return next((row[1:] for row in FAULTS if sqlstate.startswith(row[0])), None)


def _sqlstate_of(message: str) -> str:
    """The class of a failure that came without one (in mid-stream they all do)."""
    return next((code for words, code in MESSAGES if words in message), "")


MESSAGES = (
    ("division by zero", "22012"),
    ("out of range", "22003"),
    ("invalid input syntax", "22P02"),
    ("value too long", "22001"),
    ("cannot take", "2201F"),
    ("raised to a n", "2201F"),
    ("more than one row returned by a subquery", "21000"),
    ("canceling statement due to statement timeout", "57014"),
    ("temporary file size exceeds", "53400"),
    ("No space left on device", "53100"),
    ("out of memory", "53200"),
    ("stack depth limit", "54001"),
    ("server closed the connection", "08006"),
    ("terminating connection", "57P01"),
    ("could not connect", "08001"),
    ("Failed to connect", "08001"),
)

LATE = "the query took longer than the limit of {first_row} to its first row; {advice}"
TOO_LONG = "the query took longer than the limit of {total}; {advice}"

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
    ("08", TransientError, "the database cannot be reached"),
    ("57P", TransientError, "the database is restarting"),
    ("53", TransientError, "the database is out of resources; try again later"),
    ("40", TransientError, "the query met a conflicting change; try again"),
)
