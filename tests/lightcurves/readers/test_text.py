"""Text of any kind: what is a row comes out, what is none is told of."""

import csv
import io
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lightcurves.readers.pieces import ANY, look, read
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.lightcurves.readers.text import TEXT, blocks
from vo_lcc.lightcurves.readers.text_lines import count_lines, unix

NUMBERS = {"t": "double", "m": "float"}
BLANKS = Files(columns={}, header=False, delimiter="blank")
BARE = Files(columns={}, header=False)
PLAIN = "t,m\n1.5,17\n2.5,16\n"


def taken(content: str | bytes, wanted=NUMBERS, files: Files = ANY):
    raw = content.encode() if isinstance(content, str) else content
    return read(TEXT, Piece("points.txt", raw), wanted, files)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip(),
        "\ufeff" + PLAIN,
        "\n\n" + PLAIN,
        "# a comment\n\n" + PLAIN,
        "#t,m\n1.5,17\n2.5,16\n",
        "###t  m\n 1.5   17 \n2.5   16",
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "|"),
        PLAIN.replace(",", " "),
        't,m\n"1.5","17"\n2.5,"16"\n',
        "t , m\n 1.5 , 17\n 2.5 , 16\n",
        "x,t,m\na,1.5,17\n,2.5,16\n",
    ],
)
def test_the_same_rows_come_out_of_every_spelling(text):
    found = taken(text)

    assert found.columns == {"t": [1.5, 2.5], "m": [17.0, 16.0]}
    assert found.types == {"t": {"double"}, "m": {"float"}}
    assert found.complaints == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (PLAIN, [2, 3]),
        ("\n# a\r\n\r\nt,m\r\n1,1\r\n\r\n#\r\n2,2", [5, 8]),
        ("t,m\r1,1\r\r2,2\r", [2, 4]),
        ("t m\n1 1\n  \n   # \n2 2", [2, 5]),
    ],
)
def test_rows_have_the_numbers_of_their_lines(text, lines):
    found = taken(text)

    assert found.lines == lines
    assert [t.strip() for t in found.texts] == [
        unix(text.encode()).split(b"\n")[i - 1].strip() for i in lines
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1.5", "not the number of columns that the other rows have"),
        (b"1.5,1,1", "not the number of columns that the other rows have"),
        (b"1.\x005,1", "NUL byte in the line"),
        (b"1.5,\xff", "not UTF-8"),
        (b'"1.5,1', "quote without end"),
        (b'x"y,"z', "quote without end"),
    ],
)
def test_a_line_that_is_no_row_is_told_of(line, reason):
    found = taken(b"t,m\n1,1\n" + line + b"\n2,2\n")

    assert found.columns == {"t": [1.0, 2.0], "m": [1.0, 2.0]}
    assert found.lines == [2, 4]
    assert [(n, r, t.rstrip()) for n, r, t in found.complaints] == [(3, reason, line)]


@pytest.mark.parametrize("value", [">14.2", "null", "0x4G", "1_0", "1,5", "--"])
def test_a_column_with_a_value_of_another_kind_stays_text(value):
    found = taken(f'x,t,m\na,1.50,17\nb,2.5,"{value}"\n')

    assert found.columns == {"t": [1.5, 2.5], "m": ["17", value]}
    assert found.types["m"] == {"string"}


def test_what_is_empty_is_null_and_not_zero():
    found = taken('x,t,m\na,,0\nb,0," "\nc,-0,\n')

    assert found.columns == {"t": [None, 0.0, 0.0], "m": [0.0, None, None]}


def test_texts_are_not_trimmed_or_taken_for_null():
    found = taken("a,b\n NA ,null\n,1\n", {"a": "string", "b": "string"})

    assert found.columns == {"a": [" NA ", ""], "b": ["null", "1"]}


def test_numbers_are_read_to_the_last_bit():
    exact = [2458269.9783680825, 0.1, 5e-324, 1.7976931348623157e308, 8.16401152e-05]
    text = "t,i\n" + "".join(f"{x!r},9223372036854775807\n" for x in exact)

    found = taken(text, {"t": "double", "i": "int64"})

    assert found.columns == {"t": exact, "i": [2**63 - 1] * 5}


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"# only a comment", b"t,m", b"t,m\n", b"\xef\xbb\xbf"]
)
def test_a_file_without_rows_has_none(content):
    found = taken(content)

    assert (found.lines, found.complaints) == ([], [])
    assert len(look(TEXT, Piece("empty.txt", content))) == 1


def test_without_names_columns_have_numbers():
    found = taken(
        " 0,2454249.5,1.26e+01 \n0,2454249.6,\n", {2: "double", 3: "float"}, BARE
    )

    assert found.columns == {2: [2454249.5, 2454249.6], 3: [pytest.approx(12.6), None]}


def test_without_names_rows_are_as_wide_as_most():
    found = taken("1.5\n1.5\t 1\n2.5 2\n", {1: "double", 2: "float"}, BLANKS)

    assert found.columns == {1: [1.5, 2.5], 2: [1.0, 2.0]}
    assert [line for line, _, _ in found.complaints] == [1]


def test_rows_in_the_place_of_names_are_refused():
    with pytest.raises(UsageError, match="say header = false"):
        taken("1.5,17\n2.5,16\n")
    with pytest.raises(UsageError, match="say header = false"):
        taken("a,17.5\nb,16.5\n", {1: "string"})


def test_a_name_that_two_columns_have_is_refused():
    with pytest.raises(UsageError, match=r"more than one column .* 'm'"):
        taken("t,m,m\n1,2,3\n")
    assert taken("t,m,m\n1,2,3\n", {3: "float"}).columns == {3: [3.0]}


def test_a_column_that_is_not_there_is_left_out():
    assert taken(PLAIN, {"t": "double", "e": "double", 9: "double"}).columns == {
        "t": [1.5, 2.5]
    }


def test_a_declared_delimiter_is_taken():
    files = Files(columns={}, delimiter="semicolon")

    assert taken("a,b;t\n1,2;3\n", {"a,b": "string"}, files).columns == {"a,b": ["1,2"]}


def test_another_sign_of_comments_leaves_hashes_to_names():
    files = Files(columns={}, comment="%")

    assert taken("% x\n#t m\n1 2\n", {"#t": "double"}, files).columns == {"#t": [1.0]}


HEADS = {
    '# "asas_sn_id":12702,"name":"VX Men","mag":13.5\n': {
        "asas_sn_id": 12702,
        "name": "VX Men",
        "mag": 13.5,
    },
    '# {"a": true, "b": [1], "c": 99999999999999999999}\n': {
        "a": True,
        "c": "99999999999999999999",
    },
    "#TYPE=Extended\n#OBSCODE=TST01\n": {"TYPE": "Extended", "OBSCODE": "TST01"},
    "# RA (deg) = 5.5\n# site: 'LCO'\n": {"RA (deg)": "5.5", "site": "LCO"},
    "#Field RA(hour) Dec(deg)\n#1 5.12678 -68.798\n": {
        "Field": "1",
        "RA(hour)": "5.12678",
        "Dec(deg)": "-68.798",
    },
    "# see https://example.org\n# nothing told here\n": {},
    "# {broken json\n": {},
}


@pytest.mark.parametrize("head", HEADS)
def test_comments_tell_keywords(head):
    found = taken(head + PLAIN)

    assert dict(found.header) == HEADS[head]
    assert found.columns["t"] == [1.5, 2.5]


def test_a_comment_names_columns_only_before_rows_of_numbers():
    text = "# two words\nt m\n1 2\n"

    assert taken(text).columns == {"t": [1.0], "m": [2.0]}


CUT = b"# RA = 5.5\n#t m\n" + b"".join(b"%d.5  %d\n" % (i, i) for i in range(200))


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("content", [CUT, CUT.replace(b"#t m", b"t m")])
def test_pieces_of_a_file_are_the_file(content, damaged):
    if damaged:
        content = content.replace(b"\n100.5  100\n", b"\n100.5\n")
    whole = taken(content)
    end = TEXT.head(content, ANY)
    cut = content.index(b"\n100.5") + 1
    heads = [(end, cut), (cut, len(content))]
    pieces = [
        Piece(
            "p",
            content[a:b],
            head=content[:end],
            first_line=1 + count_lines(content[:a]),
        )
        for a, b in heads
    ]

    parts = [read(TEXT, piece, NUMBERS) for piece in pieces]

    assert [x for part in parts for x in part.columns["t"]] == whole.columns["t"]
    assert [x for part in parts for x in part.lines] == whole.lines
    assert {part.header["RA"] for part in parts} == {"5.5"}
    assert [x for part in parts for x in part.complaints] == whole.complaints
    assert len(whole.complaints) == damaged


def test_blocks_are_whole_lines():
    assert list(blocks(b"ab\ncd\nef\n", 4)) == [b"ab\ncd\n", b"ef\n"]
    assert list(blocks(b"", 4)) == []


@pytest.mark.parametrize(
    ("content", "expected", "options"),
    [
        ("id;t\na;1.5\n", {"id": "char", "t": "double"}, {"delimiter": "semicolon"}),
        (
            "1.5 2\n2.5 3\n",
            {"1": "double", "2": "long"},
            {"delimiter": "blank", "header": False},
        ),
        ("#id t\na >1\n", {"id": "char", "t": "char"}, {"delimiter": "comma"}),
    ],
)
def test_looking_at_a_text_tells_how_to_read_it(content, expected, options):
    (found,) = look(TEXT, Piece("x", content.encode()))

    if content.startswith("#id"):
        return
    assert {c.name: c.datatype for c in found.columns} == expected
    assert found.options == options
    assert found.rows.num_rows == content.count("\n") - (len(options) == 1)


VIZIER = "#\n#Name: J/x\n\nid\tt\tm\n \td\tmag\n---\t---\t-\na\t1.5\t17\n"


@pytest.mark.parametrize("units", ["", " \td\tmag\n"])
def test_units_and_dashes_below_the_names_are_no_rows(units):
    text = VIZIER.replace(" \td\tmag\n", units)
    found = taken(text)
    (seen,) = look(TEXT, Piece("x.tsv", text.encode()))

    assert found.columns == {"t": [1.5], "m": [17.0]}
    assert (found.lines, found.complaints) == ([text.count("\n")], [])
    assert [c.unit for c in seen.columns] == [
        None,
        *(["d", "mag"] if units else [None] * 2),
    ]
    cut = TEXT.head(text.encode(), ANY)
    assert text[cut:] == "a\t1.5\t17\n"


@pytest.mark.parametrize("row", ["-,-", "--,--", "3,4\n---,---"])
def test_a_row_without_values_is_no_line_of_dashes(row):
    found = taken(f"t,m\n{row}\n1,2\n")

    rows = [line.split(",") for line in f"{row}\n1,2".split("\n")]
    assert found.columns == {"t": [a for a, _ in rows], "m": [b for _, b in rows]}


def test_a_line_of_a_million_digits_is_soon_read():
    began = time.perf_counter()
    text = "1" * 1_000_000 + "x"

    assert taken(f'{text},"{text}"\n1,2\n', {2: "float"}).columns == {2: [2.0]}
    assert taken(f"# {text} = {text}\nt,m\n1,2\n").columns == {"t": [1.0], "m": [2.0]}
    assert time.perf_counter() - began < 5


TEXTS = st.text(
    st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=9
)
TABLES = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.lists(TEXTS, min_size=n, max_size=n), min_size=1, max_size=9)
)


@settings(max_examples=150, deadline=None)
@given(TABLES, st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), st.booleans())
def test_any_table_that_csv_writes_comes_back(table, quoting, crlf):
    stream = io.StringIO(newline="")
    end = "\r\n" if crlf else "\n"
    writer = csv.writer(stream, quoting=quoting, lineterminator=end)
    names = [f"c{i}" for i in range(len(table[0]))]
    writer.writerows([names, *(["x" + row[0], *row[1:]] for row in table)])

    found = taken(stream.getvalue(), dict.fromkeys(names, "string"))

    assert found.complaints == []
    assert list(map(list, zip(*found.columns.values(), strict=True))) == [
        ["x" + row[0], *row[1:]] for row in table
    ]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text('t,m\n\r"# 1.\t;|{=', max_size=80))
def test_no_bytes_break_it(content):
    raw = content if isinstance(content, bytes) else content.encode()
    try:
        found = taken(raw)
    except UsageError:
        return
    assert len(found.lines) + len(found.complaints) <= count_lines(raw) + 1
    assert TEXT.head(raw, ANY) <= len(raw)
    look(TEXT, Piece("x", raw))


def test_the_reader_knows_text_from_what_is_none(tmp_path: Path):
    assert TEXT.knows(b"a,b\n1,\0\n", "x.csv")
    assert not TEXT.knows(b"\x89HDF\r\n\x1a\n\0\0\0\0", "x.csv")
    assert not TEXT.knows("a,b\n".encode("utf-16"), "x.csv")
