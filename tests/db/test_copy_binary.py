"""COPY BINARY becomes the Arrow arrays that an independent encoder began with."""

import struct
from itertools import chain, pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.db.copy_values import (
    HEADER,
    TRAILER,
    connected,
    copy_blocks,
    decode_all,
    encode_array,
    encode_rows,
    laws,
    table,
    tables,
)
from vo_lcc.db import Database, copy_binary
from vo_lcc.db.copy_binary import CopyDecoder

WAYS = {
    "as it comes": {},
    "columns": {"SMALL_BLOCK": 2},
    "walking": {"SMALL_BLOCK": 2, "LONG_TUPLE": 0},
    "tuples": {"SMALL_BLOCK": 2**30},
}


@pytest.fixture(params=WAYS.values(), ids=WAYS, autouse=True)
def way(request, monkeypatch):
    """Blocks of any size go each of the ways through the code."""
    for name, value in request.param.items():
        monkeypatch.setattr(copy_binary, name, value)


class TestLaws:
    @laws
    @given(tables())
    def test_what_was_encoded_is_decoded(self, made):
        schema, rows = made
        block = HEADER + b"".join(encode_rows(rows, schema)) + TRAILER
        found = decode_all(CopyDecoder(schema), block)
        assert found.schema == schema
        assert found.equals(table(rows, schema))

    @laws
    @given(tables(), st.data())
    def test_blocks_may_be_split_before_any_tuple(self, made, data):
        schema, rows = made
        tuples = encode_rows(rows, schema)
        cuts = data.draw(st.lists(st.integers(0, len(tuples)), max_size=4))
        bounds = [0, *sorted(cuts), len(tuples)]
        blocks = [b"".join(tuples[i:j]) for i, j in pairwise(bounds)]
        found = decode_all(CopyDecoder(schema), HEADER, *blocks, TRAILER)
        assert found.equals(table(rows, schema))

    @laws
    @given(tables(), st.data())
    def test_what_is_cut_off_within_a_tuple_is_refused(self, made, data):
        schema, rows = made
        tuples = encode_rows(rows, schema)
        block = b"".join(tuples)
        bounds = {0}
        for one in tuples:
            bounds.add(max(bounds) + len(one))
        cut = data.draw(st.integers(0, len(block)))
        if cut in bounds or (cut - 2 in bounds and block[cut - 2 : cut] == TRAILER):
            return
        with pytest.raises(ValueError, match=r"cut off|ends|fields, not|bytes"):
            CopyDecoder(schema).decode(block[:cut])

    @laws
    @given(tables(), st.data())
    def test_changed_bytes_never_crash(self, made, data):
        schema, rows = made
        block = bytearray(b"".join(encode_rows(rows, schema)))
        places = st.integers(0, max(len(block) - 1, 0))
        for place in data.draw(st.lists(places, max_size=3)):
            block[place : place + 1] = data.draw(
                st.sampled_from([b"\x00", b"\xff", b"\x7f", b"\x01", b"\x04", b""])
            )
        try:
            batch = CopyDecoder(schema).decode(block)
        except ValueError:
            return
        assert batch.schema == schema
        names = [f.name for f in schema if f.type != pa.string()]  # may not be UTF-8
        batch.select(names).validate(full=True)
        batch.validate()


class TestLookalikes:
    @pytest.mark.parametrize("number", [1, 2, 4, 8])
    def test_values_that_look_like_tuples_are_values(self, number):
        """Every int32 equals the number of fields, every text is of that length."""
        types = [pa.string(), pa.int32(), pa.int64(), pa.string()] * 2
        schema = pa.schema([(f"c{i}", t) for i, t in enumerate(types[:number])])
        row = ["abcdefgh"[:number], number, number, ""] * 2
        other = ["a", number << 16 | 4, number << 32 | number, "bb"] * 2
        rows = [tuple(row[:number]), tuple(other[:number])] * 100
        block = b"".join(encode_rows(rows, schema))
        assert decode_all(CopyDecoder(schema), block).equals(table(rows, schema))

    def test_whole_tuples_within_a_value_are_one_value(self):
        """An array of int16 whose bytes are those of tuples of the same table."""
        schema = pa.schema([("id", pa.int32()), ("n", pa.list_(pa.int16()))])
        inner = encode_rows([(7, [1, 2]), (-1, None)], schema)[1] * 3
        words = list(struct.unpack(f">{len(inner) // 2}h", inner))
        rows = [(i, words[: i % len(words)]) for i in range(200)]
        block = b"".join(encode_rows(rows, schema))
        assert decode_all(CopyDecoder(schema), block).equals(table(rows, schema))

    def test_whole_tuples_within_a_text_are_text(self):
        """Bytes of a text without NUL can still be those of 257 fields and more."""
        schema = pa.schema([(f"c{i}", pa.string()) for i in range(257)])
        row = tuple("\x01\x01" * (i % 5) for i in range(257))
        rows = [row, row[::-1]] * 4
        block = b"".join(encode_rows(rows, schema))
        assert decode_all(CopyDecoder(schema), block).equals(table(rows, schema))

    def test_a_last_value_that_looks_like_the_trailer_is_a_value(self):
        schema = pa.schema([("id", pa.string()), ("n", pa.int16())])
        rows = [("a" * (i % 7), -1) for i in range(300)]
        block = b"".join(encode_rows(rows, schema))
        for end in (b"", TRAILER):
            found = decode_all(CopyDecoder(schema), block + end)
            assert found.equals(table(rows, schema))


class TestNulls:
    def test_without_nulls_there_is_no_bitmap(self):
        schema = pa.schema([("id", pa.string()), ("x", pa.list_(pa.float64()))])
        rows = [("a" * (i % 7), [1.0] * (i % 3)) for i in range(300)]
        batch = CopyDecoder(schema).decode(b"".join(encode_rows(rows, schema)))
        assert all(c.null_count == 0 and c.buffers()[0] is None for c in batch.columns)

    def test_nulls_may_come_in_a_later_block(self):
        schema = pa.schema([("a", pa.int64()), ("b", pa.bool_()), ("c", pa.string())])
        full = [(i, True, "x") for i in range(300)]
        gaps = [(None, None, None) if i % 5 == 0 else row for i, row in enumerate(full)]
        blocks = [b"".join(encode_rows(rows, schema)) for rows in (full, gaps, full)]
        found = decode_all(CopyDecoder(schema), *blocks)
        assert found.equals(table(full + gaps + full, schema))

    def test_a_column_of_nulls_is_null(self):
        schema = pa.schema([("a", pa.int64()), ("b", pa.float32())])
        rows = [(i, None) for i in range(300)]
        found = decode_all(CopyDecoder(schema), b"".join(encode_rows(rows, schema)))
        assert found.equals(table(rows, schema))


class TestArrays:
    @pytest.mark.parametrize("points", [1, 100_000])
    def test_light_curves_of_any_length(self, points):
        schema = pa.schema(
            [("t", pa.list_(pa.float64())), ("m", pa.list_(pa.float32()))]
        )
        times = [i / 8 for i in range(points)]
        mags = [None if i % 7 == 0 else i % 32 / 2 for i in range(points)]
        rows = [(times, mags), (times[:1], []), (None, mags)]
        found = decode_all(CopyDecoder(schema), b"".join(encode_rows(rows, schema)))
        assert found.equals(table(rows, schema))

    def test_two_dimensions_become_one(self):
        schema = pa.schema([("x", pa.list_(pa.int32()))])
        data = encode_array([1, 2, 3, 4, 5, 6], pa.int32(), shape=[2, 3])
        one = struct.pack(">hi", 1, len(data)) + data
        for copies in (1, 50):
            found = CopyDecoder(schema).decode(one * copies)
            assert found["x"].to_pylist() == [[1, 2, 3, 4, 5, 6]] * copies

    def test_other_elements_are_refused(self):
        made = pa.schema([("x", pa.list_(pa.float32()))])
        read = pa.schema([("x", pa.list_(pa.int32()))])
        block = b"".join(encode_rows([([1.0, 2.0],)] * 50, made))
        with pytest.raises(ValueError, match=r'column 1 "x" .*oid 700'):
            CopyDecoder(read).decode(block)


class TestErrors:
    @pytest.mark.parametrize("rows", [1, 300])
    def test_another_width_than_declared_is_refused(self, rows):
        made = pa.schema([("id", pa.string()), ("mag", pa.float32())])
        read = pa.schema([("id", pa.string()), ("mag", pa.float64())])
        block = b"".join(encode_rows([("a" * (i % 7), 1.5) for i in range(rows)], made))
        with pytest.raises(
            ValueError, match=r'column 2 "mag" \(double\): 4 bytes where 8'
        ):
            CopyDecoder(read).decode(block)

    @pytest.mark.parametrize("rows", [1, 300])
    def test_another_number_of_fields_is_refused(self, rows):
        made = pa.schema([("a", pa.int32()), ("b", pa.int32())])
        block = b"".join(encode_rows([(1, 2)] * rows, made))
        with pytest.raises(ValueError, match="has 2 fields, not 1"):
            CopyDecoder(pa.schema([("a", pa.int32())])).decode(block)

    def test_a_type_that_is_not_ours_is_refused(self):
        with pytest.raises(ValueError, match=r'column 1 "d" .*not understood'):
            CopyDecoder(pa.schema([("d", pa.date32())]))

    @pytest.mark.parametrize("rows", [1, 300])
    def test_two_columns_may_have_one_name_and_the_schema_is_kept(self, rows):
        x = pa.field("x", pa.int32(), nullable=False, metadata={"ucd": "meta.id"})
        schema = pa.schema([x, x], metadata={"about": "both"})
        block = b"".join(encode_rows([(1, 2)] * rows, schema))
        batch = CopyDecoder(schema).decode(block)
        assert batch.schema.equals(schema, check_metadata=True)
        assert [c.to_pylist() for c in batch.columns] == [[1] * rows, [2] * rows]

    def test_nothing_follows_the_trailer(self):
        schema = pa.schema([("a", pa.int32())])
        block = b"".join(encode_rows([(1,)], schema))
        with pytest.raises(ValueError, match="has -1 fields"):
            CopyDecoder(schema).decode(block + TRAILER + block)

    def test_a_header_extension_is_skipped(self):
        schema = pa.schema([("a", pa.int32())])
        block = b"".join(encode_rows([(5,)], schema))
        header = HEADER[:-4] + struct.pack(">i", 3) + b"\x00\x01\x00"
        found = CopyDecoder(schema).decode(header + block)
        assert found["a"].to_pylist() == [5]
        with pytest.raises(ValueError, match="header"):
            CopyDecoder(schema).decode(header[:-1])


@pytest.mark.db
class TestPostgreSQL:
    SQL = """
        SELECT i::int4 AS i, (i % 7 = 0)::bool AS b, i::int2 AS s,
               (i::int8 << 33) AS l, (i / 8.0)::float4 AS f,
               CASE WHEN i % 11 > 0 THEN i / 16::float8 END AS d,
               CASE WHEN i % 5 > 0 THEN repeat('ä', i % 9) END AS t,
               array_fill(i / 4::float8, ARRAY[i % 6]) AS a,
               CASE WHEN i % 3 > 0 THEN ARRAY[i, NULL, -1]::int4[] END AS n,
               ARRAY[[true, false], [i % 2 = 0, NULL]] AS bb
        FROM generate_series(1, {rows}) AS i"""
    TYPES = (
        ("i", pa.int32()),
        ("b", pa.bool_()),
        ("s", pa.int16()),
        ("l", pa.int64()),
        ("f", pa.float32()),
        ("d", pa.float64()),
        ("t", pa.string()),
        ("a", pa.list_(pa.float64())),
        ("n", pa.list_(pa.int32())),
        ("bb", pa.list_(pa.bool_())),
    )

    @pytest.mark.parametrize("rows", [0, 3, 2000])
    async def test_copy_gives_the_rows_that_psycopg2_gives(
        self, session_db: Database, rows
    ):
        sql = self.SQL.format(rows=rows)
        async with connected(session_db.url) as connection:
            blocks = await copy_blocks(connection, sql)
        found = decode_all(CopyDecoder(pa.schema(self.TYPES)), *blocks)
        joined = decode_all(CopyDecoder(pa.schema(self.TYPES)), b"".join(blocks))
        rows_there = session_db.fetch(sql)
        wanted = [(*row[:-1], list(chain(*row[-1]))) for row in rows_there]
        assert list(zip(*found.to_pydict().values(), strict=True)) == wanted
        assert joined.equals(found)
