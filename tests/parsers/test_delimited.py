"""Delimited text becomes a table, or an error that tells the line."""

import contextlib
import io
import math

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document
from tests.formats.limits import held
from tests.parsers.tables import (
    SMALL,
    comparable,
    kinds_of,
    names_of,
    rows_of,
    words_of,
)
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.heads import TableHead
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.parsers.text.delimited import BLOCK, read_delimited
from vo_lcc.tables import Column

TEXT = st.text(
    st.sampled_from("ab ,\"\t\r\n;#'é☉")
    | st.characters(codec="utf-8", exclude_characters="\0"),
    max_size=6,
).map(lambda words: words and f"x{words}")  # never a number
VALUES = {
    "boolean": st.booleans(),
    "bit": st.booleans(),
    "unsignedByte": st.integers(0, 255),
    "short": st.integers(-(2**15), 2**15 - 1),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "unicodeChar": TEXT,
}


def read(
    data: bytes | str, separator: str | None = None, limits: ReadLimits | None = None
) -> ReadTable:
    data = data.encode() if isinstance(data, str) else data
    return read_delimited(io.BytesIO(data), limits or ReadLimits(), separator)


def kind(*cells: str) -> str:
    (column,) = read("c\n" + "".join(f"{cell}\n" for cell in cells)).columns
    return column.datatype


@pytest.mark.parametrize(("name", "separator"), [("csv", None), ("tsv", "\t")])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_the_server_writes_is_read_back(name, separator, data):
    kinds = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4))
    columns = [
        Column(f"c{i}", kind, "*" if kind == "unicodeChar" else None)
        for i, kind in enumerate(kinds)
    ]
    row = st.tuples(*(st.none() | VALUES[kind] for kind in kinds))
    rows = data.draw(st.lists(row, max_size=6))
    alone = len(columns) == 1
    if alone and name == "tsv":
        rows = [row for row in rows if row[0] not in (None, "")]  # blank lines

    written = document(name, [(TableHead(tuple(columns)), [batch_of(columns, rows)])])
    table = read(written, separator)
    seen = list(zip(*rows_of(table), strict=True))

    for i, (column, cells) in enumerate(zip(columns, seen, strict=False)):
        expected = held(name, column, [row[i] for row in rows], alone)
        if name == "tsv" and column.is_text:
            expected = [value or None for value in expected]
        as_read = [as_declared(cell, column) for cell in cells]
        assert comparable(as_read) == comparable(expected)
    assert len(seen[0]) == len(rows) if rows else not seen
    assert names_of(table) == [column.name for column in columns]


def as_declared(cell, column):
    """Numbers have no width in CSV; a column without values has no kind."""
    if not column.is_text and cell == "":
        return None  # alone in its table
    if cell is None or column.datatype in ("unicodeChar", "boolean"):
        return cell
    if column.datatype in ("float", "double"):
        return float(np.float32(cell)) if column.datatype == "float" else float(cell)
    return bool(cell) if column.datatype == "bit" else cell


@pytest.mark.parametrize(
    ("cells", "datatype"),
    [
        (["1", "-2", ""], "long"),
        (["1", "2.5"], "double"),
        (["2.5", "1"], "double"),
        (["1", "x"], "char"),
        (["x", "1"], "char"),
        (["true", "FALSE", ""], "boolean"),
        (["true", "1"], "char"),
        (["1", "true"], "char"),
        (["007", "008"], "char"),
        (["1.5", "007"], "char"),
        (["0", "-1", "0.5", "00.5"], "double"),
        (["9223372036854775807", "-9223372036854775808"], "long"),
        (["9223372036854775808"], "char"),
        (["1.5", "99999999999999999999"], "char"),
        (["1e400"], "char"),
        (["1e5", "-1E-5", "+.5", "5."], "double"),
        (["1e5abc"], "char"),
        (["0x10"], "char"),
        (["NaN", "Inf", "-inf", "+Infinity"], "double"),
        (["+1", "2"], "double"),
        ([" 1", "2 "], "long"),
        (["", ""], "char"),
        (['""', '""'], "char"),
        (['""', "1"], "long"),
        (["é"], "unicodeChar"),
        (["12:30:00"], "char"),
        (["1_000"], "char"),
        (["-0"], "double"),
    ],
)
def test_a_column_is_the_narrowest_that_holds_all(cells, datatype):
    assert kind(*cells) == datatype


@pytest.mark.parametrize("last", ["0.5", "x", "true"])
def test_the_last_row_of_many_blocks_counts(last):
    rows = BLOCK // 4
    table = read("c\n" + "12345678\n" * rows + last + "\n")

    assert table.columns[0].datatype == ("double" if last == "0.5" else "char")
    assert sum(batch.num_rows for batch in table.batches) == rows + 1


def test_text_is_kept_as_it_is():
    text = 'id,name\n007," a ""b""\nc"\n1e5abc,\nx,""\n'

    assert rows_of(read(text)) == [
        ("007", ' a "b"\nc'),
        ("1e5abc", None),
        ("x", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "id,ra,dec\na,1.5,-2\n",
        "id,ra,dec\r\na,1.5,-2\r\n",
        "id,ra,dec\ra,1.5,-2\r",
        "\ufeffid,ra,dec\na,1.5,-2",
        "id;ra;dec\na;1.5;-2\n",
        "id\tra\tdec\na\t1.5\t-2\n",
        "id|ra|dec\na|1.5|-2\n",
        "id ra dec\na 1.5 -2\n",
        "  id   ra dec \n  a  1.5 \t -2\n\n",
        "id, ra, dec\n a , 1.5, -2\n",
        "# made by hand\n#\n\nid,ra,dec\na,1.5,-2\n",
        '"id","ra","dec"\n"a","1.5","-2"\n',
        "id,ra,dec\n\n\na,1.5,-2\n\n",
    ],
)
def test_it_may_be_written_in_many_ways(text):
    table = read(text)

    assert names_of(table) == ["id", "ra", "dec"]
    assert rows_of(table) == [("a", 1.5, -2)]


def test_names_are_kept_exactly():
    text = '"RA (J2000)","a,b","a ""b""","Ra","two\nlines",é, x \n1,2,3,4,5,6,7\n'

    assert names_of(read(text)) == [
        *("RA (J2000)", "a,b", 'a "b"', "Ra", "two\nlines", "é", "x"),
    ]


def test_tsv_has_no_quotes():
    assert rows_of(read('a\tb\n"x\ty"\n', "\t")) == [('"x', 'y"')]


def test_a_table_without_rows_has_columns():
    table = read("id,ra\n")

    assert (names_of(table), rows_of(table)) == (["id", "ra"], [])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", "no line of column names"),
        ("# only\n# comments\n", "no line of column names"),
        ("1,2\n3,4\n", "numbers ('1,2'), not column names"),
        ("a,b,a\n1,2,3\n", "two columns are called 'a'"),
        ("a,,c\n1,2,3\n", "column 2 has no name"),
        ("a,b\n1,2\n3\n", "line 3: 1 fields, and there are 2"),
        ("a,b\n1,2\n\n\n3,4,5\n", "line 5: 3 fields, and there are 2"),
        ('a,b\n"x\ny",2\n3\n', "line 4: 1 fields"),
        ('# c\n"a\nb",c\n1\n', "line 4: 1 fields"),
        ('a,b\n"x,2\n3,4\n', "line 2: 1 fields"),
        (b"a,b\n1,2\nKo\x9aice,3\n", "line 3: this is not UTF-8"),
        (b"n\xe9,b\n1,2\n", "line 1: this is not UTF-8"),
        ("a\n1\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,x\0y\n", "line 2: this is not text"),
        ("a,b\n1," + "x" * 9_000_000 + "\n", "a row is longer than"),
        ("a" * 2**20, "does not end within"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(data, problem):
    with pytest.raises(UsageError) as raised:
        rows_of(read(data))

    assert problem in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("a\n" + "1\n" * 101, "more than 100 rows"),
        (",".join("abcdefghijk") + "\n", "11 columns"),
        ("a,b\nx," + "y" * 1001 + "\n", "row 1, column 'b': the cell takes more"),
        ("a\n" + ("y" * 990 + "\n") * 99 + "y" * 999 + "\n", None),
    ],
)
def test_limits_hold(data, problem):
    if problem is None:
        assert len(rows_of(read(data, limits=SMALL))) == 100
        return
    with pytest.raises(TooLargeError) as raised:
        rows_of(read(data, limits=SMALL))
    assert problem in str(raised.value)


def ecsv(columns: str, rows: str, names: str) -> str:
    return (
        f'# %ECSV 1.0\n# ---\n# delimiter: ","\n# datatype:\n{columns}{names}\n{rows}'
    )


def test_ecsv_tells_types_and_units():
    made = Table(
        {
            "id": ["007", "b", "c"],
            "ra": MaskedColumn([1.5, 2, 3], mask=[0, 1, 0], unit="deg"),
            "n": np.array([1, 2, 3], "i2"),
            "ok": [True, False, True],
            "u": np.array([0, 1, 2**63 - 1], "u8"),
            "mags": np.array([[1.0, 2.0], [math.nan, 4.0], [5.0, 6.0]], "f4"),
        }
    )
    made["ra"].description = "right ascension"
    made["ra"].meta = {"ucd": "pos.eq.ra"}
    made["id"].meta["object"] = {"__class__": "os.system"}
    made.meta["note"] = {"x": [1, 2]}
    buffer = io.StringIO()
    made.write(buffer, format="ascii.ecsv", delimiter=",")

    table = read(buffer.getvalue())

    assert kinds_of(table) == [
        ("unicodeChar", "*"),
        ("double", None),
        ("short", None),
        ("boolean", None),
        ("long", None),
        ("float", "2"),
    ]
    assert words_of(table.columns[1]) == {
        "unit": "deg",
        "ucd": "pos.eq.ra",
        "description": "right ascension",
    }
    assert comparable(rows_of(table)) == comparable(
        [
            ("007", 1.5, 1, True, 0, [1.0, 2.0]),
            ("b", None, 2, False, 1, [math.nan, 4.0]),
            ("c", 3.0, 3, True, 2**63 - 1, [5.0, 6.0]),
        ]
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ecsv("# - {name: a, datatype: int16}\n", "1\n70000\n", "a"), "'70000' is not"),
        (ecsv("# - {name: a, datatype: int16}\n", "1\n\nx\n", "a"), "line 9: 'x'"),
        (ecsv("# - {name: b, datatype: int16}\n", "1\n", "a"), "not those that"),
        (ecsv("# - {name: a, datatype: object}\n", "1\n", "a"), "known are bool"),
        (ecsv("# - {datatype: int16}\n", "1\n", "a"), "has no name"),
        (ecsv("# - {name: a\n", "1\n", "a"), "the head of the ECSV: line"),
        (ecsv("# - [" + "[" * 20_000 + "\n", "1\n", "a"), "no YAML"),
        ("# %ECSV 1.0\n# - 1\na\n1\n", "no list `datatype`"),
        (
            ecsv(
                "# - {name: a, datatype: string, subtype: 'int32[2]'}\n", "[1]\n", "a"
            ),
            "'[1]' is not",
        ),
    ],
)
def test_wrong_ecsv_is_told(text, problem):
    with pytest.raises(UsageError, match=r".") as raised:
        rows_of(read(text))

    assert problem in str(raised.value)


def test_yaml_makes_no_objects_and_no_bombs():
    bomb = "# a: &a [x, x]\n" + "".join(
        f"# {chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n"
        for i in range(20)
    )
    evil = "# evil: !!python/object/apply:os.system ['touch /tmp/evil']\n"
    head = (
        f"# %ECSV 1.0\n# ---\n{bomb}{evil}# datatype:\n# - {{name: q, datatype: int8}}"
    )

    assert rows_of(read(f"{head}\nq\n1\n")) == [(1,)]


def test_no_mapping_of_yaml_is_merged_into_others():
    names = "bcdefghijklm"  # 10 ** 12 pairs
    merges = "".join(
        f"# {name}: &{name} {{<<: [{', '.join(['*' + chr(ord(name) - 1)] * 10)}]}}\n"
        for name in names
    )
    columns = "# datatype:\n# - {name: q, datatype: int8}"
    head = f"# %ECSV 1.0\n# ---\n# a: &a {{x: 1}}\n{merges}{columns}"

    assert rows_of(read(f"{head}\nq\n1\n")) == [(1,)]


@pytest.mark.parametrize(
    "words",
    [
        "meta: !!omap [ {[a]: b} ]",
        "meta: !!pairs [ [a]: b ]",
        'meta: !!int ""',
        'meta: !!bool "x"',
        'meta: !!timestamp "x"',
        f"description: 0x{'f' * 6000}",
    ],
)
def test_values_of_yaml_are_texts_or_told(words):
    text = ecsv(f"# - {{name: a, datatype: int16, {words}}}\n", "1\n", "a")

    with contextlib.suppress(UsageError):
        assert rows_of(read(text)) == [(1,)]


def test_what_yaml_calls_null_is_not_told_of_a_column():
    text = ecsv(
        "# - {name: a, datatype: int16, unit: null, description: ~}\n", "1\n", "a"
    )

    assert words_of(read(text).columns[0]) == {}


def rows_or_message(data: bytes) -> object:
    try:
        return rows_of(read(data))
    except UsageError as error:
        return str(error)


@settings(max_examples=200, deadline=None)
@given(
    data=st.binary(max_size=200),
    start=st.sampled_from([b"", b"a,b\n", b'# %ECSV\na "b" c\n']),
)
def test_any_bytes_are_a_table_or_a_usage_error(data, start):
    assert rows_or_message(start + data) not in (None, "")
