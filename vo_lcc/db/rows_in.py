"""Rows into tables, inside a transaction of `Database.transaction`."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from psycopg2.extensions import cursor
from psycopg2.extras import execute_values

from vo_lcc.db.copy_encode import HEADER, TRAILER, CopyEncoder
from vo_lcc.db.quote import quote_name

Cursor = cursor
COPY_SIZE = 1 << 20
PAGE = 1000


def copy_rows(cur: Cursor, schema: str, table: str, rows: pa.RecordBatch) -> None:
    """Append rows, by COPY BINARY, to the columns of the same names."""
    names = ", ".join(map(quote_name, rows.schema.names))
    data = b"".join((HEADER, CopyEncoder(rows.schema).encode(rows), TRAILER))
    cur.copy_expert(
        f"COPY {quote_name(schema)}.{quote_name(table)} ({names})"
        " FROM STDIN (FORMAT BINARY)",
        io.BytesIO(data),
        COPY_SIZE,
    )


def insert_rows(
    cur: Cursor, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert some rows of plain values; `table` and `columns` are names of our own."""
    execute_values(
        cur,
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES %s",  # noqa: S608
        list(rows),
        page_size=PAGE,
    )
