"""Arrays of numbers as PostgreSQL sends them, which is the quickest way to read many.

`array_send` gives the bytes of an array. As bytes the driver takes them over whole,
and NumPy reads the elements of all of them at once.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from vo_lcc.db.copy_arrays import build_lists
from vo_lcc.db.copy_tuples import SCALARS, Field, read_fields
from vo_lcc.db.quote import quote_name

MARGIN = 20  # bytes that `build_lists` may read beyond the last array


def sent_columns(schema: pa.Schema, table: str) -> Iterator[str]:
    """What to select of a table for columns of these types.

    >>> list(sent_columns(pa.schema([("mag", pa.list_(pa.float32()))]), "l"))
    ['array_send(l."mag") AS "mag"']
    """
    for field in schema:
        name = quote_name(field.name)
        column = f"{table}.{name}"
        yield f"array_send({column}) AS {name}" if _is_sent(field.type) else column


def read_sent(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows of a query for `sent_columns`, as they are in the table."""
    sent = {
        field.name: read_fields(pa.schema([field]))[0]
        for field in schema
        if _is_sent(field.type)
    }
    for batch in batches:
        columns = [
            _read(sent[name], batch[name]) if name in sent else batch[name]
            for name in schema.names
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _is_sent(arrow: pa.DataType) -> bool:
    """Whether it is an array of numbers."""
    return pa.types.is_list(arrow) and arrow.value_type in SCALARS


def _read(field: Field, sent: pa.Array) -> pa.Array:
    _, bounds, data = sent.buffers()
    offsets = np.frombuffer(bounds, np.int32)[sent.offset :][: len(sent) + 1]
    raw = np.frombuffer(data, np.uint8, offsets[-1] - offsets[0], offsets[0])
    padded = np.append(raw, np.zeros(MARGIN, np.uint8))
    begin = (offsets[:-1] - offsets[0]).astype(np.int64)
    length = np.diff(offsets).astype(np.int64)
    valid = None if not sent.null_count else np.asarray(sent.is_valid())
    return build_lists(field, padded, begin, length, valid)
