"""The control plane: small statements over a few psycopg2 connections."""

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import connection, cursor, parse_dsn

from vo_lcc.db.faults import DISK_FULL
from vo_lcc.db.load import Load, load_faults
from vo_lcc.errors import LockedError, TransientError

KEPT = 8  # idle connections
SPARED = 5.0  # seconds for which the connection of a load is kept for the next
# A network that falls silent is noticed within a minute (seconds; milliseconds), and
# so is a process that is stopped in a transaction, whose locks others wait for.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 20,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "options": "-c idle_in_transaction_session_timeout=60s",
}


class Database:
    """One PostgreSQL database, used as its owner. Safe to share between threads.

    `url` is a libpq URI such as postgresql://owner@host/database. Connections are
    opened when first needed, one a thread at most, and kept. Raises TransientError
    while the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        said = parse_dsn(url)
        self._patience: dict[str, Any] = {
            name: value for name, value in PATIENCE.items() if name not in said
        }
        self._idle: list[connection] = []
        self._load: Load | None = None
        self._lock = Lock()

    def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, in a transaction of its own."""
        with self.transaction() as cur:
            cur.execute(sql, params or None)
            return cur.fetchall() if cur.description else []

    @contextmanager
    def transaction(self) -> Iterator[cursor]:
        """A cursor; what it did is committed at the end, undone on an exception.

        Raises LockedError where it and another waited for each other, or it for longer
        than a `lock_timeout` that it has set; TransientError where the disk is full or
        the database went away.
        """
        conn = self._checkout()
        try:
            with conn, conn.cursor() as cur:
                yield cur
        except psycopg2.errors.DeadlockDetected as error:
            raise LockedError("it met a conflicting change; try again") from error
        except psycopg2.errors.LockNotAvailable as error:
            raise LockedError("others change it; try again later") from error
        except psycopg2.errors.DiskFull as error:
            raise TransientError(DISK_FULL) from error
        except (psycopg2.DatabaseError, psycopg2.InterfaceError) as error:
            if not _is_alive(conn):
                raise TransientError("the database went away") from error
            raise
        finally:
            self._put_back(conn)

    def alone(self, sql: str) -> None:
        """Run a statement that must not be part of a transaction, such as VACUUM."""
        conn = self._checkout()
        conn.autocommit = True
        try:
            with conn.cursor() as cur:
                cur.execute(sql)
        finally:
            conn.close()

    @contextmanager
    def load(self) -> Iterator[Load]:
        """A bulk load: one connection, one transaction, Arrow batches in."""
        with load_faults():
            load = self._idle_load() or Load(self.url)
            with load:
                yield load
        with self._lock:  # opening one takes 40 ms, and a publication has several
            spare, self._load = self._load, load
        if spare is not None:
            spare.close()

    def _idle_load(self) -> Load | None:
        with self._lock:
            load, self._load = self._load, None
        if load is None:
            return None
        if monotonic() - load.done_at > SPARED:
            load.close()
            return None
        return load if load.begin_again() else None

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()
            if self._load is not None:
                self._load.close()
                self._load = None

    def _checkout(self) -> connection:
        """A live connection: those the server has dropped are replaced.

        psycopg2's own pool keeps none beyond those it opens at the start.
        """
        with self._lock:
            while self._idle:
                conn = self._idle.pop()
                if _is_alive(conn):
                    return conn
                conn.close()
        try:
            made: connection = psycopg2.connect(self.url, **self._patience)
            return made
        except psycopg2.OperationalError as error:
            raise TransientError("the database cannot be reached") from error

    def _put_back(self, conn: connection) -> None:
        with self._lock:
            if not conn.closed and len(self._idle) < KEPT:
                self._idle.append(conn)
                return
        conn.close()


def _is_alive(conn: connection) -> bool:
    """False when the server has closed it: an idle connection has nothing to read."""
    if conn.closed:
        return False
    readable = select.poll()  # which takes any number of open files
    readable.register(conn.fileno(), select.POLLIN)
    return not readable.poll(0)
