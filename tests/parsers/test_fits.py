"""FITS tables come in as they are, and nothing that their headers say is believed."""

import io
import math
import re
import tracemalloc

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document, light_curve
from tests.formats.edges import every_kind, list_sizes, table_of
from tests.formats.limits import FITS, LIMITS, size_of
from tests.formats.test_round_trip import VALUES
from tests.parsers.tables import SMALL, comparable, kinds_of, names_of, rows_of
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.heads import TableHead
from vo_lcc.parsers.fits import read_fits
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.tables import Column

KEPT = {
    "null text",
    "a missing boolean",
    "a complex number of which a part is NaN",
}
"""What FITS holds though other readers lose it."""


def read(data: bytes, limits: ReadLimits | None = None) -> ReadTable:
    return read_fits(io.BytesIO(data), limits or ReadLimits())


def held(column: Column, values: list) -> list:
    """What FITS holds of the values, by the table of limits."""
    for limit in LIMITS:
        applies = FITS in limit.formats and not is_kept(limit.what, column)
        if applies and limit.where(column, values):
            values = [limit.change(column, value) for value in values]
    if column.is_complex and not column.is_array:
        values = [[None, None] if value is None else value for value in values]
    if column.is_list:
        values = [v and [nan_as_null(e) for e in v] for v in values]
    return values


def is_kept(what: str, column: Column) -> bool:
    """Bits whose number varies, or of several dimensions, are stored as truths."""
    truths = size_of(column) == 0 or "x" in (column.arraysize or "")
    return what in KEPT or (truths and "of bits" in what)


def nan_as_null(value):
    return None if isinstance(value, float) and math.isnan(value) else value


def test_every_kind_of_column_is_read_back():
    columns, cells = every_kind()

    table = read(document("fits", [table_of(columns, cells)]))
    seen = list(zip(*rows_of(table), strict=True))

    for column, values, found in zip(columns, cells, seen, strict=True):
        assert comparable(list(found)) == comparable(held(column, values)), column
    assert [c.description for c in table.columns] == [c.description for c in columns]


KINDS = [
    *(("boolean", None), ("bit", "3"), ("unsignedByte", None), ("short", "*")),
    *(("int", "2x2"), ("long", None), ("float", None), ("double", "3*")),
    *(("doubleComplex", None), ("unicodeChar", "*"), ("char", "6")),
]


def values_of(column: Column) -> st.SearchStrategy:
    if column.is_text:
        words = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=6)
        return words.map(lambda text: text.rstrip(" \x7f"))
    value = VALUES[column.datatype.removesuffix("Complex")]
    if not column.is_list:
        return value
    sizes = st.sampled_from(list_sizes(column) if column.arraysize != "3*" else [0, 2])
    return sizes.flatmap(lambda n: st.lists(st.none() | value, min_size=n, max_size=n))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_the_server_writes_is_read_back(data):
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    columns = [Column(f"c{i}", *kind) for i, kind in enumerate(kinds)]
    row = st.tuples(*(st.none() | values_of(column) for column in columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    head = TableHead(tuple(columns), "t")

    table = read(document("fits", [(head, [batch_of(columns, rows)])]))

    for i, found in enumerate(zip(*rows_of(table), strict=True)):
        expected = held(columns[i], [row[i] for row in rows])
        assert comparable(list(found)) == comparable(expected)


def test_what_is_said_of_columns_is_kept():
    table = read(light_curve("fits"))

    assert names_of(table) == ["obs_time", "mag", "flags", "note"]
    assert [c.unit for c in table.columns] == ["d", "mag", None, None]
    assert table.columns[0].ucd == "time.epoch"
    assert table.columns[2].description == "0 where a < b"


def written(*columns: fits.Column, **cards: object) -> bytes:
    hdu = fits.BinTableHDU.from_columns(columns)
    hdu.header.update(cards)
    buffer = io.BytesIO()
    image = fits.PrimaryHDU(np.zeros((50, 60), "i2"))
    fits.HDUList([image, fits.ImageHDU(np.zeros(3)), hdu]).writeto(buffer)
    return buffer.getvalue()


def objects(*arrays: np.ndarray) -> np.ndarray:
    found = np.empty(len(arrays), object)
    for place, array in enumerate(arrays):
        found[place] = array
    return found


def test_columns_that_astropy_writes():
    arrays = objects(np.array([1.0, 2.0]), np.array([]))
    table = read(
        written(
            fits.Column("b", "B", array=[0, 255], null=255),
            fits.Column("sb", "B", bzero=-128, array=np.array([-128, 127], "i1")),
            fits.Column("u2", "I", bzero=2**15, array=np.array([0, 65535], "u2")),
            fits.Column("u4", "J", bzero=2**31, array=np.array([1, 2**32 - 1], "u4")),
            fits.Column("u8", "K", bzero=2**63, array=np.array([1, 2**63 - 1], "u8")),
            fits.Column("scaled", "I", array=[1, -6]),
            fits.Column("e", "E", array=[math.nan, 1.5]),
            fits.Column("c", "C", array=[1 + 2j, -1j]),
            fits.Column("text", "5A", array=["ab", ""], unit="x"),
            fits.Column("words", "4A", dim="(2,2)", array=[["a", "bc"], ["d", "e"]]),
            fits.Column("m", "6D", dim="(2,3)", array=np.arange(12.0).reshape(2, 3, 2)),
            fits.Column("p", "PD()", array=arrays),
            fits.Column("q", "QD()", array=arrays),
            fits.Column("x", "10X", array=np.eye(2, 10, dtype=bool)),
            fits.Column("l", "L", array=[True, False]),
            TSCAL6=0.5,
            TZERO6=1,
        )
    )

    assert kinds_of(table) == [
        *(("unsignedByte", None), ("short", None), ("int", None), ("long", None)),
        *(("long", None), ("double", None), ("float", None), ("floatComplex", None)),
        *(("char", "5*"), ("char", "2x2"), ("double", "2x3"), ("double", "*")),
        *(("double", "*"), ("bit", "10"), ("boolean", None)),
    ]
    first, second = rows_of(table)
    assert first[:10] == (0, -128, 0, 1, 1, 1.5, None, [1, 2], "ab", "a bc")
    assert second[:9] == (
        None,
        127,
        65535,
        2**32 - 1,
        2**63 - 1,
        -2.0,
        1.5,
        [0, -1],
        None,
    )
    assert second[9:13] == ("d e", [6, 7, 8, 9, 10, 11], [], [])
    assert first[11:13] == ([1, 2], [1, 2])
    assert second[13:] == ([False, True] + [False] * 8, False)


def test_a_masked_astropy_table():
    made = Table(
        {
            "id": ["a", "bb"],
            "n": MaskedColumn([1, 2], mask=[True, False]),
            "ra": MaskedColumn([1.5, 2], mask=[False, True], unit="deg"),
        }
    )
    buffer = io.BytesIO()
    made.write(buffer, format="fits")

    table = read(buffer.getvalue())

    assert rows_of(table) == [("a", None, 1.5), ("bb", 2, None)]
    assert table.columns[2].unit == "deg"


def simple(rows: int = 3) -> bytes:
    return written(
        fits.Column("id", "4A", array=["a"] * rows),
        fits.Column("ra", "D", array=np.arange(float(rows))),
        fits.Column("p", "PJ()", array=objects(*[np.arange(2)] * rows)),
    )


def changed(keyword: str, value: str) -> bytes:
    """The simple table with another value on a card of its last header."""
    data = simple()
    place = data.rindex(f"{keyword:8}=".encode())
    card = f"{keyword:8}= {value:>20}".ljust(80).encode()
    return data[:place] + card + data[place + 80 :]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (changed("NAXIS2", "1000000"), "cut short: its table takes"),
        (changed("NAXIS2", "-1"), "NAXIS2 is '-1'"),
        (changed("NAXIS2", "1.5"), "NAXIS2 is '1.5'"),
        (changed("NAXIS1", "19"), "take 20 bytes in a row, and NAXIS1 is 19"),
        (changed("PCOUNT", "1000000"), "cut short"),
        (changed("PCOUNT", "8"), "does not stand in the heap of 8 bytes"),
        (changed("TFIELDS", "1001"), "1001 columns"),
        (changed("TFIELDS", "4"), "TFORM4 is None"),
        (changed("TFIELDS", "0"), "no columns"),
        (changed("TFORM1", "'4Y'"), "column 'id': TFORM1 is '4Y'"),
        (changed("TFORM1", "'999999999A'"), "a cell takes 999999999 bytes"),
        (changed("TTYPE1", "'ra'"), "two columns are called 'ra'"),
        (
            changed("TTYPE1", "7").replace(
                b"XTENSION= 'BINTABLE'", b"XTENSION= 'TABLE   '"
            ),
            "as text (TABLE)",
        ),
        (simple()[:2000], "a header has no card END"),
        (simple()[: 2880 * 2], "no binary table"),
        (simple().replace(b"END  ", b"ENDE "), "no card END"),
        (b"SIMPLE  =".ljust(2880), "no card END"),
    ],
)
def test_what_is_wrong_is_told(data, problem):
    with pytest.raises(UsageError, match=re.escape(problem)):
        rows_of(read(data))


@pytest.mark.parametrize("code", "ALXBIJKEDCM")
def test_a_column_without_elements_holds_nothing(code):
    table = fits.Header(fits.BinTableHDU(np.zeros(2, [("n", ">i4")])).header, copy=True)
    table["TFIELDS"], table["TTYPE2"], table["TFORM2"] = 2, "none", f"0{code}"
    rows = np.array([1, 2], ">i4").tobytes().ljust(2880, b"\0")
    data = fits.PrimaryHDU().header.tostring() + table.tostring()

    nothing = None if code == "A" else []
    assert rows_of(read(data.encode() + rows)) == [(1, nothing), (2, nothing)]


def test_unsigned_integers_beyond_64_bits_are_told():
    column = fits.Column("u8", "K", bzero=2**63, array=np.array([2**63], "u8"))

    with pytest.raises(UsageError, match="9223372036854775808 is beyond"):
        rows_of(read(written(column)))


def test_limits_hold():
    with pytest.raises(TooLargeError, match="more than 100 rows"):
        read(simple(101), SMALL)
    wide = fits.Column("t", "1001A", array=["x"])
    with pytest.raises(TooLargeError, match="'t': a cell takes 1001 bytes"):
        read(written(wide), SMALL)
    long = fits.Column("p", "PD()", array=objects(np.zeros(300)))
    with pytest.raises(TooLargeError, match="row 1, column 'p'"):
        rows_of(read(written(long), SMALL))


def test_arrays_that_share_the_heap_do_not_fill_the_memory():
    count, size = 2000, 2**20
    header = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": 8,
        "NAXIS2": count,
        "PCOUNT": size,
        "GCOUNT": 1,
        "TFIELDS": 1,
        "TTYPE1": "p",
        "TFORM1": "1PB(1)",
    }
    pointers = np.tile(np.array([size, 0], ">i4"), count).tobytes()
    cards = fits.PrimaryHDU().header.tostring() + fits.Header(header).tostring()
    file = cards.encode() + pointers + bytes(size + 2880)

    tracemalloc.start()
    with pytest.raises(TooLargeError, match="cells take more than"):
        for _ in read(file, ReadLimits(table_bytes=100 * 2**20)).batches:
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 * 2**20


SIMPLE = simple()


def rows_or_message(data: bytes) -> object:
    try:
        return rows_of(read(data))
    except UsageError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(
    flips=st.lists(
        st.tuples(st.integers(0, len(SIMPLE) - 1), st.integers(0, 255)), max_size=4
    ),
    end=st.integers(0, len(SIMPLE)) | st.none(),
)
def test_damaged_files_are_tables_or_usage_errors(flips, end):
    data = bytearray(SIMPLE)
    for place, byte in flips:
        data[place] = byte

    assert rows_or_message(bytes(data[:end])) not in (None, "")
