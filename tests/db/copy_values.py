"""COPY BINARY written value by value, and tables of values that are hard to tell."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import psycopg2.extensions
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from vo_lcc.db.copy_binary import CopyDecoder

laws = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

HEADER = b"PGCOPY\n\377\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)

FORMATS = {
    pa.bool_(): (">?", 16),
    pa.int16(): (">h", 21),
    pa.int32(): (">i", 23),
    pa.int64(): (">q", 20),
    pa.float32(): (">f", 700),
    pa.float64(): (">d", 701),
}


def encode_field(value, arrow: pa.DataType) -> bytes:
    if value is None:
        return struct.pack(">i", -1)
    if pa.types.is_list(arrow):
        data = encode_array(value, arrow.value_type)
    elif arrow == pa.string():
        data = value.encode()
    else:
        data = struct.pack(FORMATS[arrow][0], value)
    return struct.pack(">i", len(data)) + data


def encode_array(values: list, arrow: pa.DataType, shape=None) -> bytes:
    shape = shape or ([len(values)] if values else [])
    has_null = int(any(value is None for value in values))
    head = struct.pack(">iiI", len(shape), has_null, FORMATS[arrow][1])
    dimensions = b"".join(struct.pack(">ii", size, 1) for size in shape)
    return head + dimensions + b"".join(encode_field(v, arrow) for v in values)


def encode_rows(rows, schema: pa.Schema) -> list[bytes]:
    return [
        struct.pack(">h", len(schema))
        + b"".join(encode_field(*one) for one in zip(row, schema.types, strict=True))
        for row in rows
    ]


def decode_all(decoder: CopyDecoder, *blocks: bytes) -> pa.Table:
    batches = [decoder.decode(block) for block in blocks]
    for batch in batches:
        batch.validate(full=True)
    return pa.Table.from_batches(batches)


def table(rows, schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[] for _ in schema]
    return pa.table(
        [pa.array(c, t) for c, t in zip(columns, schema.types, strict=True)],
        schema=schema,
    )


# Values that look like the beginnings of tuples of one to nine fields.
ints = st.one_of(
    st.integers(0, 9), st.just(-1), st.integers(-(2**15), 2**15 - 1), st.just(0x0200)
)
floats = st.one_of(
    st.sampled_from([0.0, -0.0, float("inf"), *(i * 2.0**-149 for i in range(9))]),
    st.floats(width=32, allow_nan=False),
)
VALUES = {
    pa.bool_(): st.booleans(),
    pa.int16(): ints,
    pa.int32(): st.one_of(
        ints, st.integers(0, 9).flatmap(lambda n: st.just(n << 16 | 4))
    ),
    pa.int64(): st.one_of(ints, st.integers(0, 9).map(lambda n: n << 32 | 8)),
    pa.float32(): floats,
    pa.float64(): floats,
    pa.string(): st.text(st.characters(codec="utf-8", exclude_characters="\0")),
}
scalars = st.sampled_from(list(VALUES))
arrow_types = st.one_of(
    scalars,
    st.sampled_from([t for t in VALUES if t != pa.string()]).map(pa.list_),
)


def values(arrow: pa.DataType, nullable: bool):
    if pa.types.is_list(arrow):
        some = st.lists(values(arrow.value_type, nullable), max_size=4)
    else:
        some = VALUES[arrow]
    return st.one_of(st.none(), some) if nullable else some


@st.composite
def tables(draw):
    """A schema and rows; often all rows are alike, and there are many."""
    types = draw(st.lists(arrow_types, min_size=1, max_size=9))
    nullable = [draw(st.booleans()) for _ in types]
    schema = pa.schema([(f"c{i}", t) for i, t in enumerate(types)])
    row = st.tuples(*map(values, types, nullable))
    rows = draw(st.lists(row, max_size=8))
    return schema, rows * draw(st.sampled_from([1, 1, 3, 40]))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    options = psycopg2.extensions.parse_dsn(url)
    options["database"] = options.pop("dbname")
    connection = await asyncpg.connect(**options)
    try:
        yield connection
    finally:
        await connection.close()


async def copy_blocks(connection: asyncpg.Connection, sql: str) -> list[bytes]:
    """What asyncpg hands over, piece by piece."""
    blocks = []

    async def keep(block: bytes) -> None:
        blocks.append(block)

    await connection.copy_from_query(sql, output=keep, format="binary")
    return blocks
