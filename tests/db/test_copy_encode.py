"""Arrow becomes the COPY BINARY that PostgreSQL and an independent encoder know."""

import math
import time
from collections.abc import AsyncIterator, Iterator

import asyncpg
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.db.copy_values import (
    connected,
    copy_blocks,
    decode_all,
    encode_rows,
    laws,
    table,
    tables,
)
from vo_lcc.db import Database, copy_encode
from vo_lcc.db.copy_binary import CopyDecoder
from vo_lcc.db.copy_encode import HEADER, TRAILER, CopyEncoder

TYPES = {
    pa.bool_(): "boolean",
    pa.int16(): "int2",
    pa.int32(): "int4",
    pa.int64(): "int8",
    pa.float32(): "float4",
    pa.float64(): "float8",
    pa.string(): "text",
}
NAN, INF = math.nan, math.inf


@pytest.fixture(params=[1, 3, 8192])
def _chunks(request, monkeypatch):
    """Batches are encoded in pieces of any number of rows."""
    monkeypatch.setattr(copy_encode, "CHUNK_ROWS", request.param)


def batch_of(rows, schema: pa.Schema) -> pa.RecordBatch:
    (batch,) = table(rows, schema).combine_chunks().to_batches() or [
        pa.RecordBatch.from_pylist([], schema)
    ]
    return batch


def one(values, arrow: pa.DataType) -> pa.RecordBatch:
    return pa.record_batch({"x": pa.array(values, arrow)})


def decoded(batch: pa.RecordBatch) -> pa.Table:
    block = HEADER + CopyEncoder(batch.schema).encode(batch) + TRAILER
    return decode_all(CopyDecoder(batch.schema), block)


@pytest.mark.usefixtures("_chunks")
class TestLaws:
    @laws
    @given(tables())
    def test_the_bytes_are_those_of_the_independent_encoder(self, made):
        schema, rows = made
        found = CopyEncoder(schema).encode(batch_of(rows, schema))
        assert found == b"".join(encode_rows(rows, schema))

    @laws
    @given(tables(), st.data())
    def test_slices_are_written_as_the_rows_they_show(self, made, data):
        schema, rows = made
        begin = data.draw(st.integers(0, len(rows)))
        length = data.draw(st.integers(0, len(rows) - begin))
        found = CopyEncoder(schema).encode(batch_of(rows, schema).slice(begin, length))
        shown = rows[begin : begin + length]
        assert found == b"".join(encode_rows(shown, schema))

    @laws
    @given(tables())
    def test_what_was_encoded_is_decoded(self, made):
        schema, rows = made
        assert decoded(batch_of(rows, schema)).equals(table(rows, schema))


class TestUnderNulls:
    def test_values_under_nulls_are_not_written(self):
        values = pa.array([[1.0, 2.0], [3.0], [4.0, 5.0]])
        valid = pa.py_buffer(b"\x05")
        hidden = pa.Array.from_buffers(
            values.type, 3, [valid, values.buffers()[1]], children=[values.values]
        )
        batch = pa.record_batch({"x": hidden})
        assert decoded(batch)["x"].to_pylist() == [[1.0, 2.0], None, [4.0, 5.0]]

    def test_a_nul_under_a_null_harms_nobody(self):
        text = pa.array(["a", "b\0", "c"])
        valid = pa.py_buffer(b"\x05")
        hidden = pa.Array.from_buffers(text.type, 3, [valid, *text.buffers()[1:]])
        batch = pa.record_batch({"x": hidden})
        assert decoded(batch)["x"].to_pylist() == ["a", None, "c"]


class TestErrors:
    @pytest.mark.parametrize("start", [0, 1])
    def test_text_with_nul_is_refused_by_name_and_row(self, start):
        batch = pa.record_batch({"n": [1, 2, 3], "über": ["a", None, "b\0c"]})
        part = batch.slice(start)
        with pytest.raises(
            ValueError, match=rf'column 2 "über" .* row {3 - start} .*NUL'
        ):
            CopyEncoder(batch.schema).encode(part)

    def test_nul_outside_the_slice_is_no_matter(self):
        batch = pa.record_batch({"x": ["\0", "a", "\0"]}).slice(1, 1)
        assert decoded(batch)["x"].to_pylist() == ["a"]

    def test_a_type_that_is_not_ours_is_refused(self):
        with pytest.raises(ValueError, match=r'column 1 "d" .*not understood'):
            CopyEncoder(pa.schema([("d", pa.date32())]))

    def test_other_values_than_declared_are_refused(self):
        encoder = CopyEncoder(pa.schema([("x", pa.int32())]))
        with pytest.raises(ValueError, match=r'column 1 "x" .*values of int64'):
            encoder.encode(one([1], pa.int64()))

    def test_another_number_of_columns_is_refused(self):
        encoder = CopyEncoder(pa.schema([("x", pa.int64()), ("y", pa.int64())]))
        with pytest.raises(ValueError, match="a batch of 1 columns, not 2"):
            encoder.encode(one([1], pa.int64()))


class TestEdges:
    @pytest.mark.parametrize("columns", [0, 2])
    def test_no_rows_are_no_bytes(self, columns):
        schema = pa.schema([(f"c{i}", pa.string()) for i in range(columns)])
        batch = pa.RecordBatch.from_pylist([], schema)
        assert CopyEncoder(schema).encode(batch) == b""

    def test_a_cell_of_megabytes(self):
        values = np.arange(655_360, dtype="f8")
        batch = pa.record_batch(
            {"id": ["a", "b", "c"], "x": pa.array([values, [], None])}
        )
        found = decoded(batch)
        assert found.equals(pa.Table.from_batches([batch]))

    def test_it_keeps_up_with_uploads(self):
        """A bound of ten times what it takes: 2 ms for 50,000 rows."""
        rows = 50_000
        numbers = np.arange(rows) / 7
        batch = pa.record_batch(
            {"id": [f"object {i}" for i in range(rows)], "ra": numbers, "dec": numbers}
        )
        encoder = CopyEncoder(batch.schema)
        spent = []
        for _ in range(3):
            begin = time.process_time()
            encoder.encode(batch)
            spent.append(time.process_time() - begin)
        assert min(spent) < 0.02


def sql_type(arrow: pa.DataType) -> str:
    if pa.types.is_list(arrow):
        return TYPES[arrow.value_type] + "[]"
    return TYPES[arrow]


async def through_postgresql(
    connection: asyncpg.Connection, batches: list[pa.RecordBatch]
) -> pa.Table:
    """The rows of a temporary table that was filled by COPY."""
    schema = batches[0].schema
    declared = ", ".join(
        f"c{i} {sql_type(arrow)}" for i, arrow in enumerate(schema.types)
    )
    encoder = CopyEncoder(schema)

    async def source() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    def pieces() -> Iterator[bytes]:
        yield HEADER
        yield from map(encoder.encode, batches)
        yield TRAILER

    await connection.execute("DROP TABLE IF EXISTS pg_temp.t")
    await connection.execute(f"CREATE TEMPORARY TABLE t ({declared})")
    await connection.copy_to_table("t", source=source(), format="binary")
    blocks = await copy_blocks(connection, "SELECT * FROM t ORDER BY ctid")
    return decode_all(CopyDecoder(schema), *blocks)


@pytest.mark.db
class TestPostgreSQL:
    async def test_every_type_comes_back(self, session_db: Database):
        scalars = {
            pa.bool_(): [True, False, None],
            pa.int16(): [-(2**15), None, 2**15 - 1],
            pa.int32(): [None, -(2**31), 2**31 - 1],
            pa.int64(): [-(2**63), 2**63 - 1, None],
            pa.float32(): [INF, -0.0, None],
            pa.float64(): [None, -INF, 5e-324],
            pa.string(): ["", None, "ä'\\\t\n😀"],
        }
        columns = [pa.array(v, t) for t, v in scalars.items()]
        columns += [
            pa.array([v, [], None], pa.list_(t))
            for t, v in scalars.items()
            if t != pa.string()
        ]
        batch = pa.record_batch(columns, [f"c{i}" for i in range(len(columns))])
        async with connected(session_db.url) as connection:
            found = await through_postgresql(connection, [batch, batch.slice(1)])
        assert found.equals(pa.Table.from_batches([batch, batch.slice(1)]))

    async def test_nan_is_nan(self, session_db: Database):
        batch = pa.record_batch(
            {"f": pa.array([NAN], pa.float32()), "l": pa.array([[NAN, None, 1.0]])}
        )
        async with connected(session_db.url) as connection:
            found = (await through_postgresql(connection, [batch])).to_pylist()
            (state,) = await connection.fetch(
                "SELECT c0 = 'NaN' AS nan, array_position(c1, NULL) AS place FROM t"
            )
        assert math.isnan(found[0]["f"])
        assert math.isnan(found[0]["l"][0])
        assert found[0]["l"][1:] == [None, 1.0]
        assert tuple(state) == (True, 2)

    @laws
    @given(tables())
    async def test_any_table_comes_back(self, session_db: Database, made):
        schema, rows = made
        async with connected(session_db.url) as connection:
            found = await through_postgresql(connection, [batch_of(rows, schema)])
        assert found.equals(table(rows, schema))

    async def test_a_cell_of_megabytes(self, session_db: Database):
        batch = pa.record_batch(
            {"i": [1, 2], "x": pa.array([np.arange(655_360, dtype="f8"), [None]])}
        )
        async with connected(session_db.url) as connection:
            found = await through_postgresql(connection, [batch])
        assert found.equals(pa.Table.from_batches([batch]))
