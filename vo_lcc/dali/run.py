"""Rows to the bytes of a document: the part of an answer that knows no HTTP.

`encode` is for formats that stream, `spool` for those that cannot. Both fetch
the first batch before they give anything, cut every table at its row limit and
report overflow only when rows were really left out (DALI 1.1, section 4.4.1), and
always for MAXREC=0 (section 3.4.4).
Large batches are encoded in threads, small ones at once: handing one over would
take longer.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

import pyarrow as pa

from vo_lcc.errors import FatalError, VOError
from vo_lcc.formats import Format
from vo_lcc.formats.writer import Spooler, Writer
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch

logger = logging.getLogger(__name__)

T = TypeVar("T")

SMALL = 192 * 1024  # bytes of a batch that is encoded sooner than handed to a thread

PIECE = 64 * 1024
"""Bytes of small tables that are sent together, where tables are found on the way."""

OVERFLOW = "cut after {} rows, by MAXREC or by the limit of this server"
NO_ROWS = "MAXREC=0 asks for no rows"

Batches = AsyncGenerator[Batch, None]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One table of an answer: its head and its rows, of which `maxrec` are sent.

    `batches` may hold more than `maxrec` rows: the answer then says OVERFLOW, as it
    does where `maxrec` is 0. None means: all rows.
    """

    head: TableHead
    batches: Batches
    maxrec: int | None = None


Tables = Sequence[ResultTable] | AsyncGenerator[ResultTable, None]
"""The tables of a document: known beforehand, or found one after another."""


async def batches_of(table: pa.Table | Iterable[Batch]) -> Batches:
    """Rows that are in memory, as batches."""
    for batch in table.to_batches() if isinstance(table, pa.Table) else table:
        yield batch


async def encode(
    writer: Writer,
    document: DocumentHead,
    tables: Tables,
    executor: Executor,
    status: "Status | None" = None,
) -> AsyncGenerator[bytes, None]:
    """The document in pieces; the first piece holds the first rows.

    An error before the first piece is raised. After it, a document that can say
    so ends with QUERY_STATUS=ERROR; for any other the error is raised, and the
    caller must break the connection. `status` counts while the rows pass.
    """
    status = status or Status()
    async with _closing(tables):
        rows = _encoded_rows(writer, document, tables, executor, status)
        async with aclosing(rows):
            yield await anext(rows)
            try:
                async for piece in rows:
                    yield piece
            except Exception as error:
                if not writer.reports_errors:
                    raise
                log_cut_short(error)
                status.word = "ERROR"
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
    tables: Tables,
    executor: Executor,
    status: "Status | None" = None,
) -> int:
    """Feed everything to `spooler`; the length of the document in bytes."""
    status = status or Status()
    async with _closing(tables):
        spooler.head(document)
        async with aclosing(each_of(tables)) as several:
            async for table in several:
                spooler.table(table.head)
                async with aclosing(status.limited(table)) as batches:
                    async for batch in batches:
                        await _on_rows(executor, spooler.rows, batch)
        return spooler.finish(status.word)


async def pieces_of(
    fmt: Format,
    document: DocumentHead,
    tables: Tables,
    executor: Executor,
    status: "Status | None" = None,
) -> AsyncGenerator[bytes, None]:
    """The whole document in pieces, in a format of either kind; any error is raised."""
    status = status or Status()
    if fmt.streams:
        writer = cast(Writer, fmt.open())
        async with _closing(tables):
            rows = _encoded_rows(writer, document, tables, executor, status)
            async with aclosing(rows) as pieces:
                async for piece in pieces:
                    yield piece
        return
    with cast(Spooler, fmt.open()) as spooler:
        await spool(spooler, document, tables, executor, status)
        async for piece in chunks(spooler, executor):
            yield piece


async def chunks(spooler: Spooler, executor: Executor) -> AsyncGenerator[bytes, None]:
    """The spooled document, read from disk away from the event loop."""
    following = partial(next, spooler.chunks(), None)
    loop = asyncio.get_running_loop()
    while (chunk := await loop.run_in_executor(executor, following)) is not None:
        yield chunk


class Status:
    """Whether a document is whole, and its rows; `limited` sees them pass."""

    def __init__(self) -> None:
        self.word = "OK"
        self.message = ""
        self.rows = 0

    async def limited(self, table: ResultTable) -> Batches:
        """The rows of `table` up to its limit."""
        left = table.maxrec
        if left == 0:
            self.word, self.message = "OVERFLOW", NO_ROWS
            return
        async for batch in table.batches:
            if left is None:
                self.rows += batch.num_rows
                yield batch
                continue
            if left > 0:
                self.rows += min(left, batch.num_rows)
                yield batch[:left]
            left -= batch.num_rows
            if left < 0:
                self.word = "OVERFLOW"
                self.message = OVERFLOW.format(table.maxrec)
                return


async def _encoded_rows(
    writer: Writer,
    document: DocumentHead,
    tables: Tables,
    executor: Executor,
    status: Status,
) -> AsyncGenerator[bytes, None]:
    """Pieces of the document; what stands before rows travels with them."""
    pending = writer.head(document)
    least = 0 if isinstance(tables, Sequence) else PIECE
    is_first = True
    async with aclosing(each_of(tables)) as several:
        async for table in several:
            async with aclosing(status.limited(table)) as batches:
                batch = await anext(batches, None)
                pending += writer.table(table.head)
                while batch is not None:
                    pending += await _on_rows(executor, writer.rows, batch)
                    if is_first or len(pending) >= least:
                        yield pending
                        pending, is_first = b"", False
                    batch = await anext(batches, None)
    yield pending + writer.tail(status.word, status.message)


async def each_of(tables: Tables) -> AsyncGenerator[ResultTable, None]:
    """The tables, one after another."""
    if isinstance(tables, Sequence):
        for table in tables:
            yield table
        return
    async with aclosing(tables):
        async for table in tables:
            yield table


def _closing(tables: Tables) -> AsyncExitStack:
    """Closes the rows of every table on leaving, which cancels their statements."""
    stack = AsyncExitStack()
    if not isinstance(tables, Sequence):
        stack.push_async_callback(tables.aclose)
        return stack
    for table in tables:
        stack.push_async_callback(table.batches.aclose)
    return stack


async def _on_rows(executor: Executor, call: Callable[[Batch], T], batch: Batch) -> T:
    """`call` of a batch; a large one in a thread."""
    if batch.nbytes <= SMALL:
        return call(batch)
    return await asyncio.get_running_loop().run_in_executor(executor, call, batch)
