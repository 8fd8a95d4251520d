"""Rows in: one connection, one transaction, Arrow batches by COPY."""

from types import TracebackType

import pyarrow as pa
from adbc_driver_postgresql import dbapi


class Load:
    """A bulk load. Use as a context manager: commits at the end or undoes all.

    All statements and COPYs of one `Load` are one transaction, so a load that
    fails leaves the database as it was, the schemas it made included.
    """

    def __init__(self, url: str) -> None:
        self._conn = dbapi.connect(url)
        self._cursor = self._conn.cursor()

    def __enter__(self) -> "Load":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._cursor.close()
            if kind is None:
                self._conn.commit()
            else:
                self._conn.rollback()
        finally:
            self._conn.close()

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
