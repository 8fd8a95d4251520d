"""Rows to the bytes of a document: the part of an answer that knows no HTTP.

`encode` is for formats that stream, `spool` for those that cannot. Both fetch
the first batch before they give anything, cut every table at its row limit and
report overflow only when rows were really left out (DALI 1.1, section 4.4.1).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa

from vo_lcc.errors import FatalError, VOError
from vo_lcc.formats.writer import Spooler, Writer
from vo_lcc.tables import Batch, DocumentHead, TableHead

logger = logging.getLogger(__name__)

T = TypeVar("T")

OVERFLOW = "cut after {} rows, by MAXREC or by the limit of this server"

Batches = AsyncGenerator[Batch, None]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table of an answer: its head and its rows, of which `maxrec` are sent.

    `batches` may hold more than `maxrec` rows: the answer then says OVERFLOW.
    None means: all rows.
    """

    head: TableHead
    batches: Batches
    maxrec: int | None = None


async def batches_of(table: pa.Table | Iterable[Batch]) -> Batches:
    """Rows that are in memory, as batches."""
    for batch in table.to_batches() if isinstance(table, pa.Table) else table:
        yield batch


async def encode(
    writer: Writer,
    document: DocumentHead,
    tables: Sequence[ResultTable],
    executor: Executor,
) -> AsyncGenerator[bytes, None]:
    """The document in pieces; the first piece holds the first rows.

    An error before the first piece is raised. After it, a document that can say
    so ends with QUERY_STATUS=ERROR; for any other the error is raised, and the
    caller must break the connection.
    """
    async with _closing(tables):
        rows = _encoded_rows(writer, document, tables, executor)
        async with aclosing(rows):
            yield await anext(rows)
            try:
                async for piece in rows:
                    yield piece
            except Exception as error:
                if not writer.reports_errors:
                    raise
                log_cut_short(error)
                yield writer.tail("ERROR", told(error))


def log_cut_short(error: Exception) -> None:
    """Log an error after the first piece, whole unless it is one of our own."""
    known = isinstance(error, VOError)
    logger.warning("an answer was cut short: %s", error, exc_info=not known)


def told(error: Exception) -> str:
    """What a client is told of `error`."""
    if isinstance(error, VOError) and not isinstance(error, FatalError):
        return str(error)
    return "internal error"


async def spool(
    spooler: Spooler,
    document: DocumentHead,
    tables: Sequence[ResultTable],
    executor: Executor,
) -> int:
    """Feed everything to `spooler`; the length of the document in bytes."""
    status = Status()
    async with _closing(tables):
        await _in(executor, spooler.head, document)
        for table in tables:
            await _in(executor, spooler.table, table.head)
            async with aclosing(status.limited(table)) as batches:
                async for batch in batches:
                    await _in(executor, spooler.rows, batch)
        return await _in(executor, spooler.finish, status.word)


class Status:
    """Whether a document is whole; `limited` finds out while rows pass."""

    def __init__(self) -> None:
        self.word = "OK"
        self.message = ""

    async def limited(self, table: ResultTable) -> Batches:
        """The rows of `table` up to its limit."""
        left = table.maxrec
        async for batch in table.batches:
            if left is None:
                yield batch
                continue
            if left > 0:
                yield batch[:left]
            left -= batch.num_rows
            if left < 0:
                self.word = "OVERFLOW"
                self.message = OVERFLOW.format(table.maxrec)
                return


async def _encoded_rows(
    writer: Writer,
    document: DocumentHead,
    tables: Sequence[ResultTable],
    executor: Executor,
) -> AsyncGenerator[bytes, None]:
    """Pieces of the document; what stands before rows travels with them."""
    status = Status()
    pending = writer.head(document)
    for number, table in enumerate(tables):
        async with aclosing(status.limited(table)) as batches:
            batch = await anext(batches, None)
            pending += writer.table(table.head)
            if number > 0:
                yield pending
                pending = b""
            while batch is not None:
                yield pending + await _in(executor, writer.rows, batch)
                pending = b""
                batch = await anext(batches, None)
    yield pending + writer.tail(status.word, status.message)


def _closing(tables: Sequence[ResultTable]) -> AsyncExitStack:
    """Closes the rows of every table on leaving, which cancels their statements."""
    stack = AsyncExitStack()
    for table in tables:
        stack.push_async_callback(table.batches.aclose)
    return stack


async def _in(executor: Executor, call: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, call, *args)
