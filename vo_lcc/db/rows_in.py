"""Rows into tables, inside a transaction of `Database.transaction`."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
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
    pieces = CopyEncoder(rows.schema).pieces(rows)
    cur.copy_expert(
        f"COPY {quote_name(schema)}.{quote_name(table)} ({names})"
        " FROM STDIN (FORMAT BINARY)",
        Pieces(chain([memoryview(HEADER)], pieces, [memoryview(TRAILER)])),  # type: ignore[arg-type]  # it is never read by lines
        COPY_SIZE,
    )


class Pieces:
    """Bytes that are made as they are read."""

    def __init__(self, pieces: Iterator[memoryview]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def read(self, size: int = COPY_SIZE, /) -> bytes:
        """Up to `size` bytes, none at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        block, self._left = self._left[:size], self._left[size:]
        return bytes(block)


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
