"""Pieces of light curves out of the database, many at once."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyarrow as pa

from vo_lcc.db import Load, quote_text
from vo_lcc.db.sent_arrays import read_sent, sent_columns
from vo_lcc.lightcurves.appends.pieces import Pieces, in_parts
from vo_lcc.lightcurves.columns import KEYS, point_columns
from vo_lcc.lightcurves.loading.packed import Packed
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.tables import arrow_type

T = TypeVar("T")

AT_ONCE = 1_000_000  # points that are read together
ORDER = {"segment": pa.int32(), "added": pa.int32()}


def piece_schema(file: CollectionFile) -> pa.Schema:
    """A row of light curves, without what is computed of its points."""
    arrays = [
        (column.name, pa.list_(arrow_type(column))) for column in point_columns(file)
    ]
    return pa.schema([*((key, pa.string()) for key in KEYS), *ORDER.items(), *arrays])


def select_pieces(file: CollectionFile, table: str, number: int | None = None) -> str:
    """What to select of a table of light curves, called `table`, for `read_pieces`.

    With `number` all are pieces of this number, whatever it is in the table.
    """
    schema = piece_schema(file)
    columns = dict(zip(schema.names, sent_columns(schema, table), strict=True))
    if number is not None:
        columns |= {"segment": f"{number} AS segment", "added": "0 AS added"}
    return ", ".join(columns.values())


def read_pieces(load: Load, file: CollectionFile, sql: str) -> Pieces:
    """The pieces that a statement selects by `select_pieces`, each a group of all."""
    schema = piece_schema(file)
    batches = list(read_sent(load.stream(sql), schema))
    rows = pa.Table.from_batches(batches, schema).combine_chunks().to_batches()
    batch = rows[0] if rows else pa.RecordBatch.from_pylist([], schema)
    number, added = (batch[name].to_numpy().astype(np.int64) for name in ORDER)
    packed = Packed.from_batch(batch)
    return Pieces(packed, number, added, np.zeros(len(number), np.int64))


def ranges(load: Load, points: str) -> Iterator[str]:
    """Conditions for object_id that together hold for all objects of a query.

    `points` selects object_id and n_points, as often as it likes; each condition is
    for as many objects as have `AT_ONCE` points.
    """
    sizes = load.query(
        "SELECT object_id, sum(n_points)::bigint AS n_points"  # noqa: S608 (ours)
        f" FROM ({points}) AS points GROUP BY object_id ORDER BY object_id"
    )
    names, counts = sizes["object_id"], sizes["n_points"].to_numpy()
    for part in in_parts(counts, AT_ONCE):
        first, last = (names[i].as_py() for i in (part.start, part.stop - 1))
        yield f"BETWEEN {quote_text(first)} AND {quote_text(last)}"


def while_reading(
    read: Callable[[str], Pieces],
    statements: Iterable[str],
    compute: Callable[[Pieces], T],
) -> Iterator[T]:
    """What is computed of the pieces of each statement, while those of the next come.

    When a result is given, nothing is being read.
    """
    pieces: Pieces | None = None
    with ThreadPoolExecutor(1) as pool:
        for sql in (*statements, None):
            coming = None if sql is None else pool.submit(read, sql)
            found = None if pieces is None else compute(pieces)
            pieces = None if coming is None else coming.result()
            if found is not None:
                yield found
