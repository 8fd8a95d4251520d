"""What the cells of a VOTable mean, in each of its serialisations."""

import math
import struct

import pytest

from tests.parsers.tables import comparable
from tests.parsers.votables import (
    binary,
    by_parser,
    cells,
    column,
    field,
    rows,
    tabledata,
)
from vo_lcc.errors import UsageError

NAN, INF = math.nan, math.inf

TEXTS: dict[str, tuple[str, list[str], list[object]]] = {
    "boolean": (
        field("boolean"),
        ["T", "t", "1", "true", "tRUe", "F", "f", "0", "FALSE", "?", "", " ", " T "],
        [True] * 5 + [False] * 4 + [None] * 3 + [True],
    ),
    "booleans": (
        field("boolean", "*"),
        ["T f ?", "true", "", "\n1\t0 "],
        [[True, False, None], [True], None, [True, False]],
    ),
    "bit": (field("bit"), ["1", "0", "", " 1 "], [True, False, None, True]),
    "bits": (
        field("bit", "4"),
        ["1010", "1 0 0 1", "11\n00", ""],
        [
            [True, False, True, False],
            [True, False, False, True],
            [True, True, False, False],
            None,
        ],
    ),
    "bytes": (field("unsignedByte"), ["0", "255", "0xFf", "0x1"], [0, 255, 255, 1]),
    "short": (
        field("short"),
        ["-32768", "32767", "+5", " 7 ", "0x1F", "0XFFFF", "007", "", "-0"],
        [-32768, 32767, 5, 7, 31, -1, 7, None, 0],
    ),
    "int": (field("int"), ["-2147483648", "0xffffffff"], [-(2**31), -1]),
    "long": (
        field("long"),
        ["-9223372036854775808", "9223372036854775807", "0x7fffffffffffffff"],
        [-(2**63), 2**63 - 1, 2**63 - 1],
    ),
    "double": (
        field("double"),
        ["1.", ".5", "-1e-3", "+1E5", " 2 ", "NaN", "nan", "Inf", "+Inf", "-Inf", ""],
        [1.0, 0.5, -0.001, 1e5, 2.0, NAN, NAN, INF, INF, -INF, None],
    ),
    "tiny": (field("double"), ["1e-400", "-0", "5e-324"], [0.0, -0.0, 5e-324]),
    "float": (
        field("float"),
        ["0.1", "16777217", "3.4028235e38", "1e-46"],
        [0.10000000149011612, 16777216.0, 3.4028234663852886e38, 0.0],
    ),
    "doubles": (
        field("double", "2"),
        ["1 2", "\n NaN\t-Inf ", "", " "],
        [[1.0, 2.0], [NAN, -INF], None, None],
    ),
    "ints": (field("int", "*"), ["1 0x2 +3", "", "-1"], [[1, 2, 3], None, [-1]]),
    "layers": (field("int", "2x*"), ["1 2", "1 2 3 4"], [[1, 2], [1, 2, 3, 4]]),
    "complex": (
        field("floatComplex"),
        ["1 -2.5", "", "NaN 0"],
        [[1.0, -2.5], None, [NAN, 0.0]],
    ),
    "complexes": (field("doubleComplex", "*"), ["1 2 3 4"], [[1.0, 2.0, 3.0, 4.0]]),
    "character": (field("char"), ["a", "é", " "], ["a", "é", " "]),
    "text": (
        field("char", "*"),
        [" a ", "&lt;&amp;&gt;&quot;&apos;&#x2609;&#9;", "", "NaN", "a\nb", "☉\u00a0"],
        [" a ", "<&>\"'☉\t", None, "NaN", "a\nb", "☉\u00a0"],
    ),
    "fixed text": (field("char", "5"), ["ab", "abcde", ""], ["ab", "abcde", None]),
    "unicode": (field("unicodeChar", "2*"), ["😀", "é"], ["😀", "é"]),
    "null int": (
        field("int", None, "-9"),
        ["-9", " -9", "9", ""],
        [None, None, 9, None],
    ),
    "null beyond": (field("short", None, "-32769"), ["-32769", "1"], [None, 1]),
    "null word": (field("int", None, "N/A"), ["N/A", "1"], [None, 1]),
    "null in ints": (field("int", "2", "-9"), ["-9 1"], [[None, 1]]),
    "null double": (field("double", None, "-99.9"), ["-99.90", "1"], [None, 1.0]),
    "null NaN": (field("float", None, "NaN"), ["NaN", "1"], [None, 1.0]),
    "null text": (field("char", "*", "none"), ["none", "some"], [None, "some"]),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("way", ["plain", "by the parser"])
def test_text_of_cells_is_read(name: str, way: str) -> None:
    fields, texts, values = TEXTS[name]
    document = cells(fields, *texts)

    seen = column(by_parser(document) if way != "plain" else document)

    assert comparable(seen) == comparable(values)


WRONG: dict[str, tuple[str, str, str]] = {
    "boolean": (field("boolean"), "yes", "'yes' is no value of datatype boolean"),
    "bit": (field("bit"), "2", "'2' is no value of datatype bit"),
    "two bits": (field("bit"), "11", "2 values, but the arraysize of the FIELD is 1"),
    "byte": (
        field("unsignedByte"),
        "256",
        "'256' is no value of datatype unsignedByte",
    ),
    "minus": (field("unsignedByte"), "-1", "'-1' is no value of datatype unsignedByte"),
    "short": (field("short"), "32768", "'32768' is no value of datatype short"),
    "hex": (field("short"), "0x10000", "'0x10000' is no value of datatype short"),
    "int": (field("int"), "1.0", "'1.0' is no value of datatype int"),
    "signs": (field("int"), "+-1", r"'\+-1' is no value of datatype int"),
    "double": (field("double"), "1,5", "'1,5' is no value of datatype double"),
    "underscore": (field("double"), "1_0", "'1_0' is no value of datatype double"),
    "digits": (field("double"), "\u0661", "'\u0661' is no value of datatype double"),
    "large": (field("double"), "1e309", "'1e309' is no value of datatype double"),
    "large float": (field("float"), "1e39", "'1e39' is no value of datatype float"),
    "odd NaN": (
        field("double"),
        "nan(1)",
        r"'nan\(1\)' is no value of datatype double",
    ),
    "element": (field("int", "2"), "1 x", "'x' is no value of datatype int"),
    "few": (field("int", "3"), "1 2", "2 values, but the arraysize of the FIELD is 3"),
    "many": (field("int", "2*"), "1 2 3", "3 values, but the arraysize .* is 2\\*"),
    "layer": (field("int", "2x*"), "1 2 3", "3 values, but the arraysize .* is 2x\\*"),
    "half": (
        field("floatComplex"),
        "1",
        "1 values, but the arraysize of the FIELD is 1",
    ),
    "text": (field("char", "2"), "abc", "3 characters, but the arraysize .* is 2"),
    "pair": (
        field("unicodeChar", "1"),
        "😀",
        "2 characters, but the arraysize .* is 1",
    ),
    "character": (field("char"), "ab", "2 characters, but the arraysize .* is 1"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("way", ["plain", "by the parser"])
def test_a_wrong_cell_is_told_with_its_row_and_column(name: str, way: str) -> None:
    fields, text, problem = WRONG[name]
    document = cells(fields, "", text, "", text)

    with pytest.raises(UsageError, match=f"^row 2, column 'x': {problem}$"):
        rows(by_parser(document) if way != "plain" else document)


BYTES: dict[str, tuple[str, bytes, list[object]]] = {
    "boolean": (
        field("boolean"),
        b"Tt1Ff0? \0",
        [True, True, True, False, False, False, None, None, None],
    ),
    "bit": (field("bit"), b"\x80\x00\xff", [True, False, True]),
    "bits": (
        field("bit", "10"),
        b"\xa0\x40\x00\x80",
        [
            [True, False, True] + [False] * 6 + [True],
            [False] * 8 + [True, False],
        ],
    ),
    "varying bits": (
        field("bit", "*"),
        b"\0\0\0\x03\xa0" + b"\0\0\0\0" + b"\0\0\0\x09\x00\x80",
        [[True, False, True], [], [False] * 8 + [True]],
    ),
    "bytes": (field("unsignedByte"), b"\x00\xff", [0, 255]),
    "short": (field("short"), struct.pack(">2h", -2, 258), [-2, 258]),
    "int": (field("int"), struct.pack(">2i", -(2**31), 1), [-(2**31), 1]),
    "long": (field("long"), struct.pack(">2q", -(2**63), 1), [-(2**63), 1]),
    "float": (field("float"), struct.pack(">2f", 0.5, NAN), [0.5, NAN]),
    "double": (field("double"), struct.pack(">3d", -0.0, 0.1, INF), [-0.0, 0.1, INF]),
    "complex": (field("doubleComplex"), struct.pack(">2d", 1.0, 2.0), [[1.0, 2.0]]),
    "complexes": (
        field("floatComplex", "2"),
        struct.pack(">4f", 1, 2, 3, 4),
        [[1.0, 2.0, 3.0, 4.0]],
    ),
    "varying complexes": (
        field("floatComplex", "*"),
        struct.pack(">i2f", 1, 1, 2) + b"\0\0\0\0",
        [[1.0, 2.0], []],
    ),
    "null int": (field("short", None, "-1"), b"\xff\xff\x00\x01", [None, 1]),
    "null in ints": (field("short", "2", "-1"), b"\xff\xff\x00\x01", [[None, 1]]),
    "null float": (field("float", None, "1.5"), struct.pack(">f", 1.5), [None]),
    "character": (field("char"), b"a \0", ["a", " ", ""]),
    "text": (field("char", "3"), b"abca\0xb  \0\0\0", ["abc", "a", "b  ", ""]),
    "UTF-8": (field("char", "*"), b"\0\0\0\x02\xc3\xa9\0\0\0\x03a\0\xff", ["é", "a"]),
    "strings": (field("char", "3x2"), b"ab\0c\0\0", ["ab c"]),
    "unicode": (
        field("unicodeChar", "*"),
        b"\0\0\0\x02\xd8\x3d\xde\x00" + b"\0\0\0\x01\0a" + b"\0\0\0\x02\x26\x09\0\0",
        ["😀", "a", "☉"],
    ),
    "fixed unicode": (field("unicodeChar", "2"), b"\0a\0\0\0b\0c", ["a", "bc"]),
    "null text": (field("char", "2", "--"), b"--ab", [None, "ab"]),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_of_cells_are_read(name: str) -> None:
    fields, data, values = BYTES[name]

    assert comparable(column(binary(fields, data))) == comparable(values)


WRONG_BYTES: dict[str, tuple[str, bytes, str]] = {
    "boolean": (
        field("boolean"),
        b"TX",
        "row 2, column 'x': the byte 0x58 is no value of datatype boolean",
    ),
    "booleans": (
        field("boolean", "2"),
        b"TTTX",
        "row 2, column 'x': the byte 0x58 is no value of datatype boolean",
    ),
    "varying booleans": (
        field("boolean", "*"),
        b"\0\0\0\x02TT\0\0\0\x01X",
        "row 2, column 'x': the byte 0x58 is no value of datatype boolean",
    ),
    "Latin-1": (field("char", "2"), b"ab\xe9x", "row 2, .* is no UTF-8"),
    "UTF-16": (field("unicodeChar", "1"), b"\0a\xd8\x3d", "row 2, .* is no UTF-16"),
    "many": (
        field("int", "1*"),
        struct.pack(">4i", 0, 2, 1, 1),
        r"row 2, column 'x': 2 values, but the arraysize of the FIELD is 1\*",
    ),
    "long": (
        field("char", "1*"),
        b"\0\0\0\x02ab",
        r"row 1, column 'x': 2 characters, but the arraysize of the FIELD is 1\*",
    ),
    "negative": (
        field("int", "*"),
        struct.pack(">2i", 0, -1),
        "row 2, column 'x': an array of -1 values",
    ),
    "huge": (
        field("double", "*"),
        struct.pack(">2i", 0, 2**31 - 1),
        "row 2, column 'x': a cell of 2147483647 values takes more than",
    ),
    "half a row": (field("int"), b"\0\0\0\x01\0", "they end 1 bytes into row 2"),
    "half a cell": (
        field("int", "*"),
        struct.pack(">3i", 0, 2, 1),
        "they end 8 bytes into row 2",
    ),
    "no bytes": (field("char", "0"), b"a", "the FIELDs take no bytes"),
}


@pytest.mark.parametrize("name", WRONG_BYTES)
def test_wrong_bytes_are_told_with_their_row_and_column(name: str) -> None:
    fields, data, problem = WRONG_BYTES[name]

    with pytest.raises(UsageError, match=problem):
        rows(binary(fields, data))


def test_null_flags_hide_what_stands_in_a_cell() -> None:
    fields = "".join(
        field(*kind).replace('"x"', f'"c{i}"')
        for i, kind in enumerate(
            (
                *(("int",), ("boolean",), ("char", "2"), ("double", "2"), ("bit",)),
                *(("char", "*"), ("float",), ("unicodeChar", "1"), ("short", "*")),
            )
        )
    )
    cell = b"\0\0\0\x07XX\xff" + b"\0" * 16 + b"\x80" + b"\0\0\0\x01\xff"
    row = cell + struct.pack(">f", 1.5) + b"\xd8\x3d" + struct.pack(">ih", 1, 5)
    good = b"\0\0\0\x08Tab" + b"\0" * 16 + b"\0" + b"\0\0\0\0"
    good += struct.pack(">f", 2.5) + b"\0c" + b"\0\0\0\0"

    seen = rows(binary(fields, b"\xff\x80" + row + b"\0\0" + good, "BINARY2"))

    assert seen == [
        (None,) * 9,
        (8, True, "ab", [0.0, 0.0], False, "", 2.5, "c", []),
    ]


def test_a_cell_may_be_base64_of_its_bytes() -> None:
    fields = field("float", "*") + field("char", "3").replace('"x"', '"y"')
    document = tabledata(
        fields,
        '<TD encoding="base64">P4AA\nAEAAAAA=</TD><TD>a</TD>',
        '<TD>3</TD><TD encoding="base64">YWJj</TD>',
        "<TD/><TD/>",
    )

    assert rows(document) == [([1.0, 2.0], "a"), ([3.0], "abc"), (None, None)]


@pytest.mark.parametrize(
    ("attributes", "text", "problem"),
    [
        ('encoding="base64"', "P4A", "a TD is no base64"),
        (
            'encoding="base64"',
            "P4AA",
            "row 1, column 'x': base64 of 3 bytes is no such",
        ),
        ('encoding="gzip"', "P4AA", "TD encoding 'gzip' is not read"),
    ],
)
def test_a_cell_that_is_badly_encoded_is_told(
    attributes: str, text: str, problem: str
) -> None:
    document = tabledata(field("float"), f"<TD {attributes}>{text}</TD>")

    with pytest.raises(UsageError, match=problem):
        rows(document)


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("<![CDATA[<a> &amp;]]>", "<a> &amp;"),
        ("a<!-- no part of it -->b", "ab"),
        ("a<?pi x?>b", "ab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a&#13;&#10;b", "a\r\nb"),
        ("]]", "]]"),
        (">", ">"),
        ("<![CDATA[</TD></TR><TR><TD>]]>", "</TD></TR><TR><TD>"),
        ("<!-- </TD></TR>\n<TR><TD> -->x", "x"),
        ("<![CDATA[<TD/>]]>", "<TD/>"),
    ],
)
def test_xml_is_xml_in_cells(inside: str, value: str) -> None:
    document = cells(field("char", "*"), "before", inside, "after")

    assert column(document) == ["before", value, "after"]
