"""Statements that take long, and how to see them run."""

import asyncio

import pyarrow as pa
import pytest

from vo_lcc.db import Database, Statement, StreamLimits, Streams
from vo_lcc.tables import Column

ENDLESS = "SELECT generate_series(1, 1000000000000) AS g"
ROWLESS = f"SELECT * FROM ({ENDLESS}) AS none WHERE g < 0"
LIMITS = StreamLimits(first_row=30, connections=2, bulk_connections=2, queue=0.2)


async def rows_of(streams: Streams, sql: str, datatype: str = "int") -> pa.Table:
    batches = [batch async for batch in streams.run(Statement(sql), column(datatype))]
    return pa.Table.from_batches(batches)


def column(datatype: str) -> list[Column]:
    return [Column("n", datatype, "*" if datatype == "char" else None)]


def running(db: Database, where: str = "") -> int:
    ((count,),) = db.fetch(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
        " AND query LIKE '%1000000000000%' AND pid <> pg_backend_pid()"
        f" AND datname = current_database() {where}"
    )
    return int(count)


async def until(db: Database, count: int, where: str = "") -> None:
    """Wait until so many statements run."""
    for _ in range(250):
        if await asyncio.to_thread(running, db, where) == count:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{running(db, where)} statements run, not {count}")
