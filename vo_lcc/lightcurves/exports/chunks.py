"""Reading what is exported: objects with their light curves, a few thousand at a time.

Two statements run side by side, both in the order of HEALPix and object_id, and are
put together as they come: memory holds a few blocks of each, whatever their number.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.db import Statement, Streams
from vo_lcc.db.pools import BULK
from vo_lcc.lightcurves.exports.source import PLACE, Source
from vo_lcc.tables import Column, arrow_schema

CHUNK_POINTS = 131_072
"""Points of a chunk, behind its first object."""

Cuts = npt.NDArray[np.int64]
Batches = AsyncGenerator[pa.RecordBatch, None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some objects and all their light curves.

    `curves` has a row for each light curve (or segment of one), ordered by object and
    passband; its column `place` minus `first` is the row of its object.
    """

    objects: pa.RecordBatch
    curves: pa.RecordBatch
    first: int


async def read_chunks(
    streams: Streams, source: Source, cuts: Sequence[int] | Cuts = ()
) -> AsyncGenerator[Chunk, None]:
    """All objects with their light curves, in order.

    Objects on both sides of one of `cuts` (HEALPix cells of order 29, in order) are
    never in one chunk. Raises as `Streams.run`.
    """
    objects = streams.run(_statement(source.objects_sql), source.objects.columns)
    columns = (PLACE, *source.curve_columns)
    rows = streams.run(_statement(source.curves_sql), columns)
    async with aclosing(objects), aclosing(rows):
        curves = Curves(rows, columns)
        first = 0
        async for batch in objects:
            for part in parts(batch, np.asarray(cuts, np.int64)):
                end = first + part.num_rows
                yield Chunk(part, await curves.before(end), first)
                first = end


def _statement(sql: str) -> Statement:
    return Statement(sql, pool=BULK)


class Curves:
    """Light curves, taken object by object from batches of any size."""

    def __init__(self, batches: Batches, columns: Sequence[Column]) -> None:
        self._batches = batches
        self._held = [pa.RecordBatch.from_pylist([], schema=arrow_schema(columns))]
        self._reached = 0  # the last object of which a light curve is held
        self._is_done = False

    async def before(self, end: int) -> pa.RecordBatch:
        """The light curves of the objects before number `end` that were not taken."""
        while not self._is_done and self._reached < end:
            batch = await anext(self._batches, None)
            self._is_done = batch is None
            if batch is not None and batch.num_rows:
                self._held.append(batch)
                self._reached = batch["place"][-1].as_py()
        *whole, last = self._held
        places = last["place"].to_numpy()
        row = int(np.searchsorted(places, end))
        self._held = [last.slice(row)]
        return pa.concat_batches([*whole, last.slice(0, row)])


def parts(batch: pa.RecordBatch, cuts: Cuts) -> Iterator[pa.RecordBatch]:
    """The objects in parts, each a chunk's points behind its first object at most.

    There is a cut wherever `cuts` has one.
    """
    points = batch["n_points"].to_numpy()
    number = np.searchsorted(cuts, batch["hpx"].to_numpy(), side="right")
    full = (np.cumsum(points, dtype=np.int64) - 1) // CHUNK_POINTS
    changes = (np.diff(number) != 0) | (np.diff(full) > 0)
    starts = [0, *(np.flatnonzero(changes) + 1).tolist(), batch.num_rows]
    for start, end in pairwise(starts):
        if end > start:
            yield batch.slice(start, end - start)
