"""One connection of the reader, with at most one statement on it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import asyncpg
from psycopg2.extensions import parse_dsn

from vo_lcc.db.faults import LOST, REASONS, TOO_LARGE, find_fault
from vo_lcc.db.pools import BULK, BULK_BYTES, Admit
from vo_lcc.db.quote import quote_text
from vo_lcc.db.temporary import END, TempTable, load_tables
from vo_lcc.errors import FatalError, StaleError, TransientError, UsageError, VOError

logger = logging.getLogger(__name__)

BLOCK = 512 * 1024
"""Bytes that are read ahead at most; the database waits when they are not taken."""

LARGEST = 256 * 2**20
"""Bytes of a row: making columns and a document of it takes ten times as many."""

CONNECT_SECONDS = 20.0
CANCEL_SECONDS = 0.3
"""For a cancelled statement to end by itself; then the connection is cut.

PostgreSQL does not end one while it waits for its rows to be read.
"""

# The costs of positional joins are overestimated: for one of milliseconds neither
# compiling nor a second process, which takes 3.5 ms to start, would pay. A server
# that looks whether its client is there ends the statements of one that was killed.
PLANNER = {"jit": "off", "parallel_setup_cost": "10000"}
WATCH = {"client_connection_check_interval": "500ms"}
# A table is a type of its name too. Unless that is said, temporary ones come first: an
# upload called text would be taken for the type.
SEARCHED = {"search_path": "public, pg_temp"}
# What asyncpg raises: the server's errors, its own, and those of the connection
# (TimeoutError is an OSError). An internal one of its own comes when the server ends a
# connection at the wrong moment.
DROPPED = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
FAILURES = (asyncpg.PostgresError, *DROPPED)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Seconds a query may take to its first row, may run, may wait for its reader.

    `temp_bytes` limits temporary files where the owner may set that limit.
    `connections` is how many short queries run at once, `bulk_connections` how many
    long ones beside them; others wait `queue` seconds.
    """

    first_row: float = 60
    total: float = 3600
    stall: float = 300
    queue: float = 30
    temp_bytes: int = 20 * 2**30
    connections: int = 8
    bulk_connections: int = 8


async def nothing(kind: str) -> None:
    """Nobody waits to know how large a statement is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a session runs.

    `advice` says what can be done where it runs past a limit of time. `pool` is the
    kind of statement, None: as PostgreSQL's estimate says; `admit` is asked before it
    becomes a bulk one, and may raise. `sized` is told the kind before the statement
    starts, and may raise too. `spent` is told the seconds that waiting for a place
    ("queue"), the loading of `tables` ("upload") and the first rows ("database") took.
    `settings` are parameters of the session that views read, by name. `catalog` is the
    version of the catalog that the statement was made for: with another one it raises
    StaleError.
    """

    sql: str
    advice: str = "ask for less"
    pool: str | None = None
    admit: Admit = nullcontext
    sized: Callable[[str], Awaitable[None]] = nothing
    spent: Callable[[str, float], None] = lambda phase, seconds: None
    tables: tuple[TempTable, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    catalog: str | None = None

    @property
    def kind(self) -> str | None:
        """The kind of statement as far as it is known; much to load makes it bulk."""
        is_large = sum(table.size for table in self.tables) >= BULK_BYTES
        return self.pool or (BULK if is_large else None)


class Session:
    """One connection with at most one statement. Belongs to one event loop.

    The rows come as blocks of COPY BINARY. At most `BLOCK` bytes (and what is under
    way in sockets) are read ahead: then PostgreSQL waits for the reader.
    """

    def __init__(self) -> None:
        self.closing: asyncio.Future[None] | None = None  # once that has begun
        self._conn: Any = None
        self._is_of_catalog = False  # can the statement be of a catalog that is past?
        self._has_tables = False  # of one statement: no other may come
        self._settings: dict[str, str] = {}  # of statements, as they were set last
        self._copying: asyncio.Task[None] | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._ready = 1  # bytes from which on a block is given
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._stopped: VOError | None = None  # why it was
        self._told: dict[str, str] = {}  # what `FAULTS` and `REASONS` have in braces

    async def open(self, url: str, role: str | None, limits: StreamLimits) -> None:
        """Connect; raises TransientError when the database is away."""
        try:
            self._conn = await asyncpg.connect(
                dsn_of(url), timeout=CONNECT_SECONDS, statement_cache_size=0
            )
            await self._set_up(role, limits)
        except FAILURES as error:
            logger.warning("no connection to the database: %s", error)
            raise TransientError("the database cannot be reached") from error

    async def _set_up(self, role: str | None, limits: StreamLimits) -> None:
        """Limits first, then the role that may not raise them."""
        settings = {
            "statement_timeout": f"{int(limits.total * 1000)}",
            "default_transaction_read_only": "on",
            # with tables loaded, a statement may have to wait for its place
            "idle_in_transaction_session_timeout": f"{60 + int(limits.queue)}s",
            "application_name": "vo_lcc reader",
            **PLANNER,
            **WATCH,
            **SEARCHED,
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
        row = await self._conn.fetchrow("SELECT " + ", ".join(calls))
        self._told |= {
            "first_row": f"{limits.first_row:g} s",
            "total": f"{limits.total:g} s",
            "stall": f"{limits.stall:g} s",
            "temp_space": row["temp_file_limit"],
        }

    async def load(self, statement: Statement) -> None:
        """Fill the tables that only `statement` will see; it must come next.

        They are there until `clear`.
        """
        self._expect(statement)
        self._has_tables = True
        try:
            await load_tables(self._conn, statement.tables)
        except FAILURES as error:
            raise self._fault(error) from error

    async def clear(self) -> bool:
        """Drop the tables of the last statement; False: no other can come."""
        if self._has_tables:
            try:
                await self._conn.execute(END, timeout=CANCEL_SECONDS)
            except FAILURES:
                return False
            self._has_tables = False
            self._settings.clear()  # they may have been set in that transaction
        return True

    async def set(self, statement: Statement) -> None:
        """Set what the statement wants to be set, where that is not so yet."""
        new = [s for s in statement.settings if self._settings.get(s[0]) != s[1]]
        if not new:
            return
        self._expect(statement)
        try:
            await self._conn.fetchrow("SELECT " + ", ".join(map(_set_config, new)))
        except FAILURES as error:
            raise self._fault(error) from error
        self._settings.update(new)

    async def explain(self, statement: Statement) -> list[str]:
        """The plan of a query, line by line; it is not run."""
        self._expect(statement)
        try:
            rows = await self._conn.fetch(f"EXPLAIN {statement.sql}")
        except FAILURES as error:
            raise self._fault(error) from error
        return [row[0] for row in rows]

    def start(self, statement: Statement) -> None:
        """Send the statement; its rows come by `next_block`."""
        self._expect(statement)
        self._chunks.clear()
        self._size, self._ready = 0, 1
        arrived = self._arrived = asyncio.Event()  # the end of the last one is late
        copy = self._conn.copy_from_query(
            _checked(statement), output=self._take, format="binary"
        )
        self._copying = asyncio.ensure_future(_copied(copy))
        self._copying.add_done_callback(lambda _: arrived.set())

    def _expect(self, statement: Statement) -> None:
        """Forget what was told of the statement before; raises TransientError."""
        if self._conn is None:
            raise TransientError("the connection was closed; try again")
        self._stopped = None
        self._is_of_catalog = statement.catalog is not None
        self._told["advice"] = statement.advice

    async def _take(self, chunk: bytes) -> None:
        """What has come, whole rows; waits while nobody takes what came before."""
        if len(chunk) > LARGEST:
            self.stop(UsageError(TOO_LARGE))
            del chunk  # a traceback would keep it
            await asyncio.sleep(0)  # raises CancelledError
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size >= self._ready:
            self._arrived.set()
        if self._size >= BLOCK:
            self._room.clear()
            await self._room.wait()

    @property
    def finished(self) -> bool:
        """Whether every row was taken and the next statement may come."""
        done = self._copying is None or (
            self._copying.done()
            and not self._copying.cancelled()
            and self._copying.exception() is None
        )
        return done and not self._chunks

    async def next_block(self) -> bytes | None:
        """The rows that follow, or None after the last.

        Raises UsageError for a value the statement cannot compute or a limit it
        passed, TransientError when the database is away, else FatalError.
        """
        await self._arrived.wait()
        assert self._copying is not None
        if self._chunks:
            block = b"".join(self._chunks)
            self._chunks.clear()
            self._size, self._ready = 0, BLOCK
            if not self._copying.done():
                self._arrived.clear()
            self._room.set()
            return block
        if self._copying.cancelled():
            raise self._stopped or UsageError("the query was cancelled")
        error = self._copying.exception()
        if error is not None:
            raise self._fault(error) from error
        return None

    def cancel(self, reason: str) -> bool:
        """Stop the statement, if one runs; who waits for it is told why.

        `reason` is a key of `REASONS`; the first one stays.
        """
        return self.stop(self.fault_of(reason))

    def stop(self, reason: VOError) -> bool:
        """Stop the statement, if one runs; `reason` is raised to who waits for it."""
        if self._copying is None or self._copying.done() or self.was_stopped:
            return False
        self._stopped = reason
        return self._copying.cancel()

    @property
    def was_stopped(self) -> bool:
        """Whether the statement was, by us."""
        return self._stopped is not None

    def fault_of(self, reason: str) -> UsageError:
        """What is told of a statement that was stopped for `reason`."""
        return UsageError(REASONS[reason].format_map(self._told))

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as is known."""
        return self._conn is not None and not self._conn.is_closed()

    async def close(self) -> None:
        """Close the connection, and with it what runs on it."""
        if self._conn is None:
            return
        if self._copying is not None:
            await asyncio.wait([self._copying], timeout=CANCEL_SECONDS)
        try:
            await self._conn.close(timeout=CANCEL_SECONDS)
        except FAILURES:
            self._conn.terminate()
            for _ in range(3):  # what asyncpg has under way for it ends by itself
                await asyncio.sleep(0)
        self._conn = None  # with it goes what came last, which may be large

    def _fault(self, error: BaseException) -> VOError:
        """What to tell the user."""
        if self._stopped is not None:
            return self._stopped
        found = find_fault(sqlstate_of(error))
        if found is None or (found[0] is StaleError and not self._is_of_catalog):
            logger.error("a statement failed: %s", error)
            return FatalError("internal error")
        kind, text = found
        return kind(text.format_map(self._told))


async def _copied(copy: Awaitable[str]) -> None:
    """Wait for the end; of what was cancelled no traceback keeps the last rows."""
    try:
        await copy
    except asyncio.CancelledError as error:
        raise error.with_traceback(None) from None


def _checked(statement: Statement) -> str:
    """The query, which looks at the catalog's version in the snapshot of its rows.

    By then it has the locks that keep its views as they are.
    """
    if statement.catalog is None:
        return statement.sql
    version = int(statement.catalog)
    return (
        f"SELECT * FROM ({statement.sql}) AS q WHERE vo_lcc.expect_catalog({version})"  # noqa: S608
    )


def _set_config(setting: tuple[str, str]) -> str:
    name, value = map(quote_text, setting)
    return f"set_config({name}, {value}, false)"


def sqlstate_of(error: BaseException) -> str:
    """The SQLSTATE of what asyncpg raised, "" where there is none."""
    if isinstance(error, DROPPED):
        return LOST
    return getattr(error, "sqlstate", None) or ""


# What a connection is told of the URL; the rest is libpq's own business.
KNOWN = frozenset(
    """
    host port user password dbname passfile sslmode sslcert sslkey sslrootcert sslcrl
    sslpassword service servicefile target_session_attrs krbsrvname gsslib options
    """.split()  # noqa: SIM905 (a list of 18 literals reads worse)
)


def dsn_of(url: str) -> str:
    """A libpq URI as asyncpg reads it, which takes what it does not know for settings.

    >>> dsn_of("postgresql://me:@/stars?host=/run&connect_timeout=5")
    'postgresql://?user=me&dbname=stars&host=%2Frun'
    """
    given: Mapping[str, str] = parse_dsn(url)
    known = {k: v for k, v in given.items() if k in KNOWN and v}
    return f"postgresql://?{urlencode(known)}"
