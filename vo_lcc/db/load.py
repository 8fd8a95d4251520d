"""Rows in: one connection, one transaction, Arrow batches by COPY."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import TracebackType

import pyarrow as pa
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_manager import Error as DriverError
from adbc_driver_postgresql import dbapi

from vo_lcc.db.faults import LOST, find_fault
from vo_lcc.errors import TransientError


class Load:
    """A bulk load. Use as a context manager: commits at the end or undoes all.

    All statements and COPYs of one `Load` are one transaction, so a load that
    fails leaves the database as it was, the schemas it made included.
    """

    def __init__(self, url: str) -> None:
        self._conn = dbapi.connect(url)
        self._cursor = self._conn.cursor()
        self.done_at = 0.0  # when its last transaction was committed

    def begin_again(self) -> bool:
        """Can it be used for another transaction? It has no locks and settings left."""
        try:
            self._cursor = self._conn.cursor()
            self.execute("SELECT pg_advisory_unlock_all()")
            self.execute("RESET ALL")
        except DriverError:
            self.close()
            return False
        return True

    def __enter__(self) -> "Load":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.close()
            return
        try:
            self._cursor.close()
            self._conn.commit()
            self.done_at = monotonic()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, which rolls back what is not committed."""
        for part in (self._cursor, self._conn):
            with suppress(DriverError):
                part.close()

    def execute(self, sql: str) -> None:
        """Run one statement that gives no rows."""
        self._cursor.execute(sql)

    def ingest(
        self,
        schema: str,
        table: str,
        rows: pa.RecordBatchReader | pa.RecordBatch | pa.Table,
    ) -> int:
        """Append rows to an existing table by COPY; the number of rows."""
        count = self._cursor.adbc_ingest(
            table, rows, mode="append", db_schema_name=schema
        )
        return int(count)

    def query(self, sql: str) -> pa.Table:
        """All rows of one query."""
        self._cursor.execute(sql)
        return self._cursor.fetch_arrow_table()

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """The rows of one query as they come; to be read before the next statement."""
        self._cursor.execute(sql)
        return self._cursor.fetch_record_batch()


@contextmanager
def load_faults() -> Iterator[None]:
    """Raise TransientError where the database was lost, KeyboardInterrupt on Ctrl-C.

    The driver takes Ctrl-C as a wish to cancel the statement.
    """
    try:
        yield
    except DriverError as error:
        if error.status_code == AdbcStatusCode.CANCELLED:
            raise KeyboardInterrupt from error
        lost = error.status_code == AdbcStatusCode.IO  # of libpq, if without SQLSTATE
        kind, text = find_fault(error.sqlstate or (LOST if lost else "")) or (None, "")
        if kind is not None and issubclass(kind, TransientError):
            raise kind(text) from error
        raise
