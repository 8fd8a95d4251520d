"""Parquet comes in as it is; bombs are seen before they are unpacked."""

import datetime
import decimal
import io
import re
from itertools import repeat, starmap

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document, light_curve
from tests.formats.edges import KINDS, every_kind, table_of
from tests.formats.limits import PARQUET, held
from tests.formats.test_round_trip import values_of
from tests.parsers.tables import SMALL, comparable, kinds_of, names_of, rows_of
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.heads import TableHead
from vo_lcc.parsers.parquet import read_parquet
from vo_lcc.parsers.parquet.pages import Pages
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.tables import Column


def read(data: bytes, limits: ReadLimits | None = None) -> ReadTable:
    return read_parquet(io.BytesIO(data), limits or ReadLimits())


def written(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def as_kept(column: Column) -> tuple[str, str | None]:
    """What of the type of a column stands in the file; the size of texts does not."""
    return column.datatype, "*" if column.is_text else column.arraysize


def test_every_kind_of_column_is_read_back():
    columns, cells = every_kind()

    table = read(document("parquet", [table_of(columns, cells)]))
    seen = list(zip(*rows_of(table), strict=True))

    assert kinds_of(table) == [as_kept(column) for column in columns]
    for column, values, found in zip(columns, cells, seen, strict=True):
        assert comparable(list(found)) == comparable(held(PARQUET, column, values))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_what_the_server_writes_is_read_back(data):
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    columns = [Column(f"c{i}", *kind) for i, kind in enumerate(kinds)]
    row = st.tuples(*(st.none() | values_of(column) for column in columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    batches = [batch_of(columns, rows)]

    table = read(document("parquet", [(TableHead(tuple(columns)), batches)]))

    for i, found in enumerate(zip(*rows_of(table), strict=True)):
        expected = held(PARQUET, columns[i], [row[i] for row in rows])
        assert comparable(list(found)) == comparable(expected)


def test_what_is_said_of_columns_is_kept():
    table = read(light_curve("parquet"))

    assert names_of(table) == ["obs_time", "mag", "flags", "note"]
    assert [c.unit for c in table.columns] == ["d", "mag", None, None]
    assert table.columns[1].ucd == "phot.mag;em.opt.B"
    assert table.columns[3].datatype == "unicodeChar"


def test_a_votable_in_the_footer_describes_columns():
    made = Table({"id": ["a", "b"], "ra": [1.5, 2.0]})
    made["ra"].unit = "deg"
    made["ra"].meta["ucd"] = "pos.eq.ra"
    made["ra"].description = "right ascension"
    buffer = io.BytesIO()
    votable = document(
        "votable", [(TableHead((Column("ra", "double", unit="deg"),)), [])]
    )
    told = {"IVOA.VOTable-Parquet.content": votable}
    arrow = pa.table({"id": ["a"], "ra": [1.5]})
    pq.write_table(arrow.replace_schema_metadata(told), buffer)

    table = read(buffer.getvalue())

    assert [column.words for column in table.columns] == [
        {"datatype": "char", "arraysize": "*"},
        {"datatype": "double", "unit": "deg"},
    ]


def test_types_of_other_writers():
    times = [datetime.datetime.fromisoformat("2020-01-02T03:04:05.000600"), None]
    arrow = pa.table(
        {
            "u8": pa.array([255, None], pa.uint8()),
            "i8": pa.array([-1, None], pa.int8()),
            "u16": pa.array([65535, 0], pa.uint16()),
            "u32": pa.array([2**32 - 1, 0], pa.uint32()),
            "u64": pa.array([2**63 - 1, 0], pa.uint64()),
            "half": pa.array([1.5, None], pa.float16()),
            "decimal": pa.array([decimal.Decimal("1.25"), None], pa.decimal128(9, 2)),
            "time": pa.array(times, pa.timestamp("ns")),
            "utc": pa.array(times, pa.timestamp("ms", "Europe/Bratislava")),
            "day": pa.array([datetime.date(2020, 1, 2), None], pa.date32()),
            "class": pa.array(["RRAB", "RRAB"]).dictionary_encode(),
            "large": pa.array(["é", None], pa.large_string()),
            "bytes": pa.array([b"x", None], pa.binary()),
            "list": pa.array([[1, None], None], pa.large_list(pa.int16())),
            "three": pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32(), 3)),
            "nothing": pa.nulls(2),
        }
    )

    table = read(written(arrow))

    assert kinds_of(table) == [
        *(("unsignedByte", None), ("short", None), ("int", None), ("long", None)),
        *(("long", None), ("float", None), ("double", None)),
        *[("char", "*")] * 6,
        *(("short", "*"), ("float", "3"), ("char", "*")),
    ]
    assert [c.name for c in table.columns if c.xtype] == ["time", "utc", "day"]
    first, second = rows_of(table)
    assert first == (
        *(255, -1, 65535, 2**32 - 1, 2**63 - 1, 1.5, 1.25),
        *("2020-01-02T03:04:05.000600", "2020-01-02T03:04:05.000000"),
        *("2020-01-02T00:00:00.000000", "RRAB", "é", "x", [1, None], [1, 2, 3], None),
    )
    assert second[5:10] == (None,) * 5


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (pa.array([{"x": 1}]), "column 'c': values of the type struct<x: int64>"),
        (pa.array([["a"]]), "column 'c': values of the type string"),
        (pa.array([[[1]]]), "column 'c': values of the type list<"),
        (pa.array([datetime.time(1)]), "column 'c': values of the type time64"),
        (pa.array([2**64 - 1], pa.uint64()), "column 'c': Integer value"),
        (pa.array([b"\xff"]), "column 'c': Invalid UTF8"),
        (pa.array([1], pa.timestamp("ns")), "column 'c': Casting from timestamp[ns]"),
        (pa.array([b"x" * 100], pa.binary(100)), "values of 100 bytes"),
        (pa.array(["a\0b"]), "row 1, column 'c': the text holds NUL"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(array, problem):
    with pytest.raises(UsageError, match=re.escape(problem)):
        rows_of(read(written(pa.table({"c": array}))))


def lying(arraysize: str) -> bytes:
    field = pa.field("c", pa.list_(pa.int32())).with_metadata(
        {"datatype": "int", "arraysize": arraysize}
    )
    return written(pa.table([[[1, 2, 3], [1]]], schema=pa.schema([field])))


@pytest.mark.parametrize("arraysize", ["3", "2x*", "2*"])
def test_arrays_must_have_the_size_that_is_declared(arraysize):
    with pytest.raises(UsageError, match="column 'c': an array has"):
        rows_of(read(lying(arraysize)))


@pytest.mark.parametrize("arraysize", ["nonsense", "x", "-1"])
def test_an_arraysize_that_is_none_is_not_believed(arraysize):
    assert rows_of(read(lying(arraysize))) == [([1, 2, 3],), ([1],)]


def test_limits_hold():
    with pytest.raises(TooLargeError, match="more than 100 rows"):
        read(written(pa.table({"a": range(101)})), SMALL)
    with pytest.raises(TooLargeError, match="11 columns"):
        read(written(pa.table({f"c{i}": [1] for i in range(11)})), SMALL)
    with pytest.raises(TooLargeError, match="row 2, column 'a'"):
        rows_of(read(written(pa.table({"a": ["x", "y" * 1001]})), SMALL))
    with pytest.raises(TooLargeError, match="footer of the Parquet file takes"):
        read(b"PAR1" + bytes(2**25) + (2**25).to_bytes(4, "little") + b"PAR1")


def repeated(text: str, rows: int) -> pa.Array:
    indices = pa.array(np.zeros(rows, "i4"))
    return pa.DictionaryArray.from_arrays(indices, pa.array([text]))


BIG = 8 * 2**20
BOMBS = {
    "one long text many times": (
        {"c": repeated("x" * BIG, 30_000)},
        {"dictionary_pagesize_limit": 2 * BIG},
        "the cells take more than",
    ),
    "pages that shrink well": (
        {f"c{i}": pa.repeat(pa.scalar("x" * BIG), 8) for i in range(8)},
        {"use_dictionary": False, "data_page_size": 2**30},
        "a row group of the Parquet file takes 5",
    ),
    "long lists of one value": (
        {"c": pa.array([np.zeros(40_000_000, "i1")], pa.list_(pa.int8()))},
        {},
        "a row group of the Parquet file takes 3",
    ),
    "texts that share their beginnings": (
        {"c": pa.repeat(pa.scalar("x" * 2**20), 300)},
        {"use_dictionary": False, "column_encoding": {"c": "DELTA_BYTE_ARRAY"}},
        "the encoding DELTA_BYTE_ARRAY is not taken",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_little_memory(bomb):
    columns, options, problem = BOMBS[bomb]
    data = written(pa.table(columns), compression="zstd", **options)
    columns.clear()
    pool = pa.default_memory_pool()
    pool.release_unused()
    before, resident = pool.bytes_allocated(), psutil.Process().memory_info().rss

    held = []
    with pytest.raises(UsageError, match=problem):
        held += (
            pool.bytes_allocated() - before
            for _ in read(data, ReadLimits(table_bytes=2**28)).batches
        )

    assert len(data) < 200_000
    assert max(held, default=0) < 100 * 2**20
    assert psutil.Process().memory_info().rss - resident < 300 * 2**20


def test_metadata_that_lie_change_nothing():
    """The pages are what counts: here the footer tells of tiny columns."""
    big = written(
        pa.table({"c": ["x" * BIG] * 4}), use_dictionary=False, compression="zstd"
    )
    small = written(pa.table({"c": ["x"] * 4}), use_dictionary=False)
    length = int.from_bytes(small[-8:-4], "little")
    assert len(small) - length > 0

    with pytest.raises(UsageError):
        rows_of(
            read(
                big[: -8 - int.from_bytes(big[-8:-4], "little")] + small[-8 - length :]
            )
        )


def test_headers_of_pages_are_read_for_some_seconds_only():
    """One long header, that stands for the pages of ten thousand columns."""
    skipped = b"\xc9\xf3\x80\x80\x08" + b"\1" * 2**17  # a list of bytes
    values = b"\x15\0\x15\0\x15\0\x15\0\0"
    header = b"\x15\0\x15\0\x15\0\x2c" + values + skipped + b"\0"
    pages = Pages(io.BytesIO(header))

    with pytest.raises(TooLargeError, match=r"headers of .* pages .* take more than"):
        list(starmap(pages.chunk, repeat((0, len(header)), 10_000)))


def footed(footer: bytes) -> bytes:
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"PAR1", "does not end with PAR1"),
        (b"PAR1" + bytes(100), "does not end with PAR1"),
        (b"PAR1\xff\xff\xff\x7fPAR1", "footer is longer than itself"),
        (b"PAR1\x00\x00\x00\x00PAR1", "its footer makes no sense"),
        (b"PAR1" + bytes(20) + b"\x14\x00\x00\x00PAR1", "makes no sense"),
        (b"PAR1" + bytes(20) + b"\x14\x00\x00\x00PARE", "encrypted"),
        (footed(b"\x49" + b"\x19" * 100_000), "makes no sense"),
        (footed(b"\x49\xf7" + b"\xff" * 8 + b"\x0f"), "makes no sense"),
        (footed(b"\x49\xf8" + b"\xff" * 8 + b"\x0f"), "makes no sense"),
    ],
    ids=range(9),
)
def test_what_is_wrong_is_told(data, problem):
    with pytest.raises(UsageError, match=problem):
        read(data)


def test_the_file_stays_open():
    file = io.BytesIO(written(pa.table({"a": [1, 2]})))

    rows_of(read_parquet(file, ReadLimits()))

    assert not file.closed


SIMPLE = written(
    pa.table({"id": ["a", "b", None], "ra": [1.5, 2.5, 3.5], "l": [[1], [], [2, 3]]}),
    compression="snappy",
)


def rows_or_message(data: bytes) -> object:
    try:
        return rows_of(read(data))
    except UsageError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(
    flips=st.lists(
        st.tuples(st.integers(4, len(SIMPLE) - 5), st.integers(0, 255)),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_files_are_tables_or_usage_errors(flips):
    data = bytearray(SIMPLE)
    for place, byte in flips:
        data[place] = byte

    assert rows_or_message(bytes(data)) not in (None, "")
