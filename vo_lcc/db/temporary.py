"""Tables that live as long as the statement that reads them: uploads.

They are made, filled by COPY and completed in the transaction of that statement, as
the reader role; then the transaction is made read only, before anything runs that a
user wrote. They go with it, whatever way it ends.
"""

from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from vo_lcc.errors import UsageError

BEGIN = "BEGIN READ WRITE"
NO_MORE_WRITES = "SET TRANSACTION READ ONLY"

TOO_WIDE = (
    "a row takes more than the 8 kB that the database can keep of numbers and short"
    " texts; send fewer columns"
)
END = "ROLLBACK"


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that completes a table.

    The table has the `fault` where it gives true, or fails because of a value.
    """

    sql: str
    fault: str = "the table holds a value that the database cannot take"


@dataclass(frozen=True, slots=True)
class TempTable:
    """One table to be loaded before a statement runs.

    `create` makes it (ON COMMIT DROP); `blocks` gives the bytes of COPY BINARY for it,
    header and trailer included, and gives them again where a connection turns out to
    be lost; then come the `steps` (checks, conversions, indexes, ANALYZE). `size` is
    how many bytes come.
    """

    name: str
    create: str
    blocks: Callable[[], AsyncIterable[bytes]]
    steps: tuple[Step, ...] = ()
    size: int = 0


async def load_tables(conn: Any, tables: tuple[TempTable, ...]) -> None:
    """Fill the tables on an asyncpg connection, in a transaction that is left open.

    From here on it is read only. Raises UsageError for a table with a fault, what
    `blocks` raise, and the errors of asyncpg.
    """
    await conn.execute(BEGIN)
    for table in tables:
        await conn.execute(table.create)
        await _copy(conn, table)
        for step in table.steps:
            await _take(conn, step)
    await conn.execute(NO_MORE_WRITES)


async def _copy(conn: Any, table: TempTable) -> None:
    try:
        await conn.copy_to_table(
            table.name, schema_name="pg_temp", source=table.blocks(), format="binary"
        )
    except asyncpg.ProgramLimitExceededError as error:
        raise UsageError(f"{table.name}: {TOO_WIDE}") from error


async def _take(conn: Any, step: Step) -> None:
    try:
        has_fault = await conn.fetchval(step.sql)
    except asyncpg.DataError as error:
        raise UsageError(step.fault) from error
    if has_fault:
        raise UsageError(step.fault)
