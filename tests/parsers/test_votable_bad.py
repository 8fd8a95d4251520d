"""Documents that are wrong, or made to do harm: refused in words, in little memory."""

import base64
import gzip
import random
import resource as system
import tracemalloc

import pytest

from tests.formats.documents import document
from tests.formats.edges import every_kind, table_of
from tests.parsers.tables import SMALL
from tests.parsers.votables import (
    START,
    binary,
    by_parser,
    cells,
    field,
    read,
    resource,
    rows,
    table,
    tabledata,
)
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.table import ReadLimits

INT = field("int")
BYTES = "".join(
    field("unsignedByte", "*").replace('"x"', f'"c{number}"') for number in range(9)
)
DESCRIBED = f"<DESCRIPTION>{'x' * 30_000_000}</DESCRIPTION>"
FEWER = "".join(f' a{number}=""' for number in range(50_000))
MANY = "".join(f' a{number}=""' for number in range(500_000))
DONE = table(INT, "<TABLEDATA/>")
ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 30))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]>'
XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
REMOTE = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">'


@pytest.mark.parametrize("start", [BOMB, XXE, REMOTE])
def test_a_document_type_is_refused(start: str) -> None:
    text = cells(field("char", "*"), "&e29;&f;")

    with pytest.raises(UsageError, match=r"has a DOCTYPE .* line 1.* remove it"):
        rows(start + text.partition("?>")[2])


DOCUMENTS = {
    "nothing": ("", "cut short"),
    "no XML": ("id,ra\n1,2\n", "malformed at line 1, column 1: syntax error"),
    "other XML": ("<html><body/></html>", "no VOTable but XML whose element is 'html'"),
    "no table": (resource(""), "holds no TABLE"),
    "no fields": (resource("<TABLE/>"), "no columns"),
    "mismatched tag": (resource(f"<TABLE>{INT}"), "malformed at line 2, .* mismatched"),
    "unknown entity": (cells(INT, "&x;"), "undefined entity"),
    "a bare &": (cells(INT, "a & b"), "malformed at line 2"),
    "a bell": (cells(field("char", "*"), "\x07"), "malformed at line 2.*token"),
    "a bell by number": (cells(field("char", "*"), "&#7;"), "malformed at line 2"),
    "]]>": (cells(field("char", "*"), "]]>"), "malformed at line 2"),
    "after the end": (cells(INT, "1") + "<x/>", "junk after document element"),
    "an error message": (
        resource('<INFO name="QUERY_STATUS" value="ERROR">no such column</INFO>'),
        "QUERY_STATUS=ERROR: no such column",
    ),
    "an error after rows": (
        resource(
            table(INT, "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>")
            + '<INFO name="QUERY_STATUS" value="ERROR">timed out</INFO>'
        ),
        "it is not whole: QUERY_STATUS=ERROR: timed out",
    ),
    "few cells": (
        tabledata(INT + field("int").replace('"x"', '"y"'), "<TD>1</TD>"),
        r"row 1 \(line 2, column \d+\): 1 cells \(TD\), but the table has 2 columns",
    ),
    "many cells": (
        tabledata(INT, "<TD>1</TD>", "<TD>1</TD><TD>2</TD>"),
        r"row 2 \(line 3, column \d+\): more cells \(TD\) than the table has",
    ),
    "an element in a cell": (cells(INT, "1", "<b>2</b>"), r"row 2 .* element 'b'"),
    "a cell outside": (
        resource(table(INT, "<TABLEDATA><TD>1</TD></TABLEDATA>")),
        r"row 1 .* element 'TD' stands where none may",
    ),
    "text in a row": (tabledata(INT, "x<TD>1</TD>"), r"row 1 .* 'x' stands outside"),
    "text between rows": (
        tabledata(INT, "<TD>1</TD>", "<TD>2</TD>").replace("\n<TR>", "\ny<TR>"),
        r"row 2 .* 'y' stands outside of cells",
    ),
    "a mark within a character": (
        cells(field("char", "*"), "a").replace("<TD>a", "<T😀a"),
        "malformed at line 2",
    ),
    "text before rows": (
        tabledata(INT, "<TD>1</TD>").replace("<TR>", "y<TR>"),
        r"row 1 .* 'y' stands outside of cells",
    ),
    "text instead of rows": (
        tabledata(INT, "").replace("<TR></TR>", "y"),
        r"row 1 .* 'y' stands outside of cells",
    ),
    "text after rows": (
        tabledata(INT, "<TD>1</TD>").replace("</TR>", "</TR>y"),
        r"row 2 .* 'y' stands outside of cells",
    ),
    "text between cells": (
        tabledata(INT + field("int").replace('"x"', '"y"'), "<TD>1</TD>y<TD>2</TD>"),
        r"row 1 .* 'y' stands outside of cells",
    ),
    "too few rows": (
        tabledata(INT, "<TD>1</TD>", attributes=' nrows="2"'),
        "nrows=2, but 1 rows",
    ),
    "too many rows": (
        tabledata(INT, "<TD>1</TD>", attributes=' nrows="0"'),
        "nrows=0, but 1 rows",
    ),
    "no number of rows": (
        tabledata(INT, "<TD>1</TD>", attributes=' nrows="many"'),
        "nrows='many', which is no number",
    ),
    "no datatype": (cells('<FIELD name="x"/>', "1"), "FIELD 1 .* one of boolean"),
    "a wrong datatype": (
        cells('<FIELD name="x" datatype="string"/>', "1"),
        r"FIELD 1 \('x'\): the datatype is 'string'; .*text is char with arraysize",
    ),
    "a wrong arraysize": (
        cells(field("int", "3x"), "1"),
        "FIELD 1 .*arraysize is '3x'",
    ),
    "arraysize of words": (cells(field("int", "*x2"), "1"), "arraysize is '\\*x2'"),
    "no name": (cells('<FIELD datatype="int"/>', "1"), "FIELD 1 has no name"),
    "an empty name": (cells('<FIELD name=" " datatype="int"/>', "1"), "has no name"),
    "a name twice": (
        tabledata(INT + field("char") + INT, "<TD/><TD/><TD/>"),
        "FIELD 1 and FIELD 2 are both called 'x'; rename one",
    ),
    "data elsewhere": (
        resource(table(INT, '<BINARY><STREAM href="http://127.0.0.1:1/"/></BINARY>')),
        "elsewhere .* not fetched",
    ),
    "another encoding": (
        resource(table(INT, '<BINARY><STREAM encoding="gzip">AA</STREAM></BINARY>')),
        "encoding 'gzip', .* use base64",
    ),
    "no encoding": (
        resource(table(INT, "<BINARY><STREAM>AAAA</STREAM></BINARY>")),
        "encoding 'none', .* use base64",
    ),
    "no stream": (resource(table(INT, "<BINARY/>")), "the BINARY has no STREAM"),
    "no serialisation": (
        resource(table(INT, '<PARQUET><STREAM href="x"/></PARQUET>')),
        "hold none of TABLEDATA, BINARY, BINARY2, FITS",
    ),
    "two streams": (
        resource(table(INT, "<BINARY><STREAM/><STREAM/></BINARY>")),
        "more than one STREAM",
    ),
    "two serialisations": (
        resource(table(INT, "<TABLEDATA/><BINARY><STREAM/></BINARY>")),
        "data more than once",
    ),
    "no base64": (
        binary(INT, b"\0" * 8).replace("AAAA", "A$AA", 1),
        "no base64 .line 2",
    ),
    "base64 after its end": (
        binary(INT, b"\0" * 8).replace("=</", "=AAAA</"),
        "use base64|no base64",
    ),
    "base64 cut short": (
        binary(INT, b"\0" * 8).replace("=</", "</"),
        r"base64 is cut short \(line 2",
    ),
    "a FITS file that is none": (
        binary(INT, b"no FITS", "FITS"),
        "FITS",
    ),
    "another extension": (
        binary(INT, b"", "FITS").replace("<FITS", '<FITS extnum="2"'),
        "only extnum=1",
    ),
    "a reference to nothing": (
        resource('<TABLE ref="t"><DATA><TABLEDATA/></DATA></TABLE>'),
        "refers to a TABLE 't' that is not there",
    ),
    "a reference to itself": (
        resource('<TABLE ID="t" ref="t"><DATA><TABLEDATA/></DATA></TABLE>'),
        "refers to a TABLE 't'",
    ),
    "depth": (START + "<RESOURCE>" * 200, "more than 100 elements inside each other"),
    "passed over depth": (
        resource(table(INT, "<TABLEDATA/>") + "<X>" * 200 + "</X>" * 200),
        "more than 100 elements",
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("way", ["plain", "by the parser"])
def test_a_wrong_document_is_told(name: str, way: str) -> None:
    text, problem = DOCUMENTS[name]

    with pytest.raises(UsageError, match=problem):
        rows(by_parser(text) if way != "plain" else text)


@pytest.mark.parametrize("encoding", ["utf-7", "klingon", "big5", "rot13"])
def test_an_encoding_that_is_not_known_is_told(encoding: str) -> None:
    text = cells(INT, "1").replace("UTF-8", encoding)

    with pytest.raises(UsageError, match=f"encoding '{encoding}' .* write it in UTF-8"):
        rows(text)


def test_the_place_of_an_error_counts_what_was_read_without_the_parser() -> None:
    lines = ["<TD>1</TD>"] * 200_000  # several pieces
    document = tabledata(INT, *lines).replace("</TABLEDATA>", "\n<oops></TABLEDATA>")

    with pytest.raises(UsageError, match=r"row 200001 \(line 200002, column 1\)"):
        rows(document)


def test_a_wrong_cell_far_into_the_table_is_told_by_its_row() -> None:
    lines = [f"<TD>{row}</TD>" for row in range(100_000)]
    lines[98_765] = "<TD>oops</TD>"

    with pytest.raises(UsageError, match="row 98766, column 'x': 'oops'"):
        rows(tabledata(INT, *lines))


@pytest.mark.parametrize("name", ["votable/td", "votable/b", "votable/b2"])
def test_a_document_cut_anywhere_is_no_table(name: str) -> None:
    whole = document(
        name, [table_of(*every_kind(lambda c: c.arraysize in (None, "*")))]
    )
    generator = random.Random(1)
    end = whole.rindex(b"</VOTABLE>") + len(b"</VOTABLE>")

    for size in sorted(generator.sample(range(end), 150)):
        with pytest.raises(UsageError):
            rows(whole[:size])


@pytest.mark.parametrize("name", ["votable/td", "votable/b", "votable/b2"])
def test_any_damage_is_told_in_words(name: str) -> None:
    whole = document(name, [table_of(*every_kind(lambda c: c.arraysize != "2x3*"))])
    generator = random.Random(2)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(generator.choice((1, 1, 1, 8))):
            at = generator.randrange(len(data))
            data[at] = generator.choice(
                (data[at] ^ (1 << generator.randrange(8)), 0x3C)
            )
        try:
            rows(bytes(data))
        except UsageError:
            refused += 1
    assert refused > 15


def test_rows_columns_and_cells_are_limited() -> None:
    columns = "".join(field("int").replace('"x"', f'"c{i}"') for i in range(11))
    for text, problem in (
        (cells(INT, *["1"] * 101), "more than 100 rows"),
        (binary(INT, b"\0" * 404), "more than 100 rows"),
        (tabledata(columns), "11 columns, and at most 10"),
        (cells(field("char", "*"), "x", "y" * 1001), "1000 bytes"),
        (by_parser(cells(field("char", "*"), "y" * 200_000)), "1000 bytes"),
        (cells(field("int", "*"), "1 " * 300), "row 1, column 'x': .* 1000 bytes"),
        (
            binary(field("char", "*"), b"\0\0\x03\xe9"),
            "1001 values takes more than 1000",
        ),
        (binary(field("double", "1000"), b""), "its cells take 8000 bytes each"),
        (cells(INT).replace("<TABLE>", '<TABLE nrows="1000000000">'), "than 100 rows"),
    ):
        with pytest.raises(TooLargeError, match=problem):
            rows(text, SMALL)


@pytest.mark.parametrize(
    "text",
    [
        cells(INT).replace("<TABLE>", '<TABLE nrows="1000000000">'),
        cells(field("double", "1000000000"), "1 2 3"),
        cells(field("double", "99999999x99999999x9999999*"), "1 2 3"),
        binary(field("double", "999999999"), b"\0" * 100),
        binary(field("char", "*"), b"\x7f\xff\xff\xff" + b"\0" * 100),
        binary(field("bit", "*"), b"\x7f\xff\xff\xff" + b"\0" * 100),
        START + "<RESOURCE>" * 1_000_000,
        START + "<INFO value='" + "x" * 20_000_000,
        START + "<!-- " + "x" * 20_000_000,
        START + "<RESOURCE a='1' b='2'>" + "<TABLE>" + INT * 500_000,
        cells(field("char", "*"), "x" * 20_000_000),
        by_parser(cells(field("char", "*"), "x" * 20_000_000)),
        tabledata(INT, "<TD>1</TD>" * 1_000_000),
        cells(INT.replace("></FIELD>", f">{DESCRIBED}</FIELD>"), "1"),
        resource(
            f'<INFO name="QUERY_STATUS" value="OK">{"x" * 30_000_000}</INFO>{DONE}'
        ),
        resource(f"<TABLE><FIELD{MANY}/></TABLE>{DONE}"),
        resource(f"<TABLE><FIELD{FEWER}/></TABLE>" * 20 + DONE),
        resource(f"<COOSYS ID='a' x='{'y' * 900_000}'/>" * 40 + DONE),
        binary(BYTES, (b"\0\x7f\0\0" + b"\0" * 0x7F0000) * 9),
        by_parser(tabledata(BYTES, f"<TD>{'1 ' * 4_000_000}</TD>" * 9)),
    ],
    ids=range(20),
)
def test_what_is_made_to_exhaust_memory_does_not(text: str) -> None:
    data = text.encode()
    tracemalloc.start()
    with pytest.raises(UsageError):
        rows(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 150e6


def test_a_gzip_file_that_unpacks_to_too_much_is_refused() -> None:
    text = cells(INT, "1").replace("<TR>", " " * 3_000_000 + "<TR>")
    packed = gzip.compress(text.encode())
    limits = ReadLimits(table_bytes=1_000_000)

    assert len(packed) < 10_000
    with pytest.raises(TooLargeError, match=r"unpacked, .* more than 1000000 bytes"):
        rows(packed, limits)


def test_a_gzip_file_may_not_unpack_to_far_more_than_it_is() -> None:
    text = cells(INT, "1").replace("<TR>", " " * 90_000_000 + "<TR>")
    packed = gzip.compress(text.encode())

    with pytest.raises(TooLargeError, match="unpacked, the file has more than"):
        rows(packed)


@pytest.mark.parametrize("cut", [5, 12, 60, -1])
def test_a_gzip_file_cut_short_is_told(cut: int) -> None:
    packed = gzip.compress(cells(INT, "1", "2").encode())

    with pytest.raises(UsageError, match="damaged or cut short"):
        rows(packed[:cut])


def test_a_large_table_is_held_in_pieces() -> None:
    text = tabledata(INT, *["<TD>1</TD>"] * 1_000_000).encode()
    packed = binary(INT, b"\0\0\0\1" * 4_000_000).encode()
    for data, count in ((text, 1_000_000), (packed, 4_000_000)):
        before = system.getrusage(system.RUSAGE_SELF).ru_maxrss
        tracemalloc.start()
        assert sum(b.num_rows for b in read(data).batches) == count
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        grown = system.getrusage(system.RUSAGE_SELF).ru_maxrss - before
        assert peak < 60e6
        assert grown < 150_000, grown  # KiB


def test_base64_may_be_cut_anywhere_by_blanks() -> None:
    data = b"".join(i.to_bytes(4, "big") for i in range(2000))
    text = base64.b64encode(data).decode()
    broken = "\n \t".join(text[i : i + 61] for i in range(0, len(text), 61))

    assert rows(binary(INT, data).replace(text, broken)) == [(i,) for i in range(2000)]


def test_a_gzip_file_with_a_flipped_bit_is_told() -> None:
    packed = gzip.compress(cells(INT, *map(str, range(2000))).encode())
    places = range(12, len(packed), 37)
    told = 0
    for at in places:
        damaged = packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]
        try:
            list(read(damaged).batches)
        except UsageError:
            told += 1

    assert told > 0.9 * len(places)
