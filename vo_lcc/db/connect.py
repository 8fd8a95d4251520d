"""The control plane: small statements over a pool of psycopg2 connections."""

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.pool
from psycopg2.extensions import connection, cursor

from vo_lcc.db.load import Load
from vo_lcc.errors import TransientError

POOL_SIZE = 8


class Database:
    """One PostgreSQL database, used as its owner. Safe to share between threads.

    `url` is a libpq URI such as postgresql://owner@host/database. Connections are
    opened when first needed. Raises TransientError while the database cannot be
    reached.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool: psycopg2.pool.ThreadedConnectionPool | None = None

    def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, in a transaction of its own."""
        with self.transaction() as cur:
            cur.execute(sql, params or None)
            return cur.fetchall() if cur.description else []

    @contextmanager
    def transaction(self) -> Iterator[cursor]:
        """A cursor; what it did is committed at the end, undone on an exception."""
        conn = self._checkout()
        try:
            with conn, conn.cursor() as cur:
                yield cur
        finally:
            self._pool_of().putconn(conn, close=bool(conn.closed))

    @contextmanager
    def load(self) -> Iterator[Load]:
        """A bulk load: one connection, one transaction, Arrow batches in."""
        with Load(self.url) as load:
            yield load

    def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.closeall()
            self._pool = None

    def _pool_of(self) -> psycopg2.pool.ThreadedConnectionPool:
        if self._pool is None:
            self._pool = psycopg2.pool.ThreadedConnectionPool(0, POOL_SIZE, self.url)
        return self._pool

    def _checkout(self) -> connection:
        """A live connection: those the server has dropped are replaced."""
        try:
            pool = self._pool_of()
            for _ in range(POOL_SIZE + 1):
                conn = pool.getconn()
                if _is_alive(conn):
                    return conn
                pool.putconn(conn, close=True)
        except (psycopg2.OperationalError, psycopg2.pool.PoolError) as error:
            raise TransientError("the database cannot be reached") from error
        raise TransientError("the database cannot be reached")


def _is_alive(conn: connection) -> bool:
    """False when the server has closed it: an idle connection has nothing to read."""
    if conn.closed:
        return False
    readable, _, _ = select.select([conn.fileno()], [], [], 0)
    return not readable
