"""Which table of a VOTable is read, and what is said of its columns."""

import gzip
import io

import pytest

from tests.formats.documents import batch_of, document
from tests.parsers.tables import names_of, rows_of
from tests.parsers.votables import (
    NAMESPACE,
    START,
    binary,
    cells,
    column,
    field,
    read,
    resource,
    rows,
    table,
    tabledata,
)
from vo_lcc.errors import UsageError
from vo_lcc.heads import TableHead
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.parsers.votable import read_votable
from vo_lcc.tables import Column, SkyFrame, TimeFrame

INT = field("int")


def numbered(number: int, attributes: str = "", data: bool = True) -> str:
    """A table of one row, the number."""
    rows = f"<DATA><TABLEDATA><TR><TD>{number}</TD></TR></TABLEDATA></DATA>"
    return f"<TABLE{attributes}>{INT}{rows if data else ''}</TABLE>"


def within(inside: str, kind: str = "") -> str:
    attribute = f' type="{kind}"' if kind else ""
    return f"<RESOURCE{attribute}>{inside}</RESOURCE>"


CHOICES = {
    "the only one": (within(numbered(1)), [1]),
    "the first": (within(numbered(1) + numbered(2)), [1]),
    "that of results": (within(numbered(1)) + within(numbered(2), "results"), [2]),
    "the first of results": (within(numbered(1) + numbered(2), "results"), [1]),
    "one nested in results": (
        within(numbered(1)) + within(within(numbered(2)), "results"),
        [2],
    ),
    "results in another": (within(numbered(1) + within(numbered(2), "results")), [2]),
    "no description": (within(numbered(1), "meta") + within(numbered(2)), [2]),
    "none of a description": (
        within(numbered(1) + within(numbered(2), "meta"), "results"),
        [1],
    ),
    "a description if need be": (within(numbered(1), "meta"), [1]),
    "with data": (within(numbered(1, data=False) + numbered(2)), [2]),
    "results without data": (
        within(numbered(1)) + within(numbered(2, data=False), "results"),
        [],
    ),
    "without data": (within(numbered(1, data=False)), []),
    "as another is described": (
        within(
            numbered(1, ' ID="t"', data=False)
            + numbered(2, ' ref="t"').replace(INT, ""),
            "results",
        ),
        [2],
    ),
    "as one beyond is described": (
        within(
            numbered(1, ' ID="a"', data=False)
            + numbered(2, ' ID="b" ref="a"', data=False).replace(INT, "")
            + numbered(3, ' ref="b"').replace(INT, "")
        ),
        [3],
    ),
    "the word elsewhere": (
        within(numbered(1)) + "<!-- <RESOURCE type='results'> -->",
        [1],
    ),
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_table_that_is_read_is(name: str) -> None:
    inside, values = CHOICES[name]

    assert column(f"{START}{inside}</VOTABLE>") == values


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"])
@pytest.mark.parametrize(
    "namespace",
    ["", ' xmlns="http://www.ivoa.net/xml/VOTable/v1.1"', f' xmlns="{NAMESPACE}"'],
)
def test_any_version_and_namespace_is_read(version: str, namespace: str) -> None:
    text = cells(INT, "1", "2").replace(
        'version="1.4"', f'version="{version}"{namespace}'
    )

    assert column(text) == [1, 2]


def test_elements_may_have_a_prefix() -> None:
    text = cells(INT, "1", "2")
    for tag in (
        "VOTABLE",
        "RESOURCE",
        "TABLE",
        "FIELD",
        "DATA",
        "TABLEDATA",
        "TR",
        "TD",
    ):
        text = text.replace(f"<{tag}", f"<v:{tag}").replace(f"</{tag}", f"</v:{tag}")
    text = text.replace("<v:VOTABLE", f'<v:VOTABLE xmlns:v="{NAMESPACE}"')

    assert column(text) == [1, 2]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "latin-1", "iso-8859-2", "windows-1250", "us-ascii"]
)
@pytest.mark.parametrize("value", ["plain", "Dvořák"])
def test_any_encoding_is_read(encoding: str, value: str) -> None:
    text = cells(field("unicodeChar", "*"), value).replace("UTF-8", encoding)
    data = text.encode(encoding, "xmlcharrefreplace")

    assert column(data) == [value]


def test_a_mark_of_the_encoding_may_come_first() -> None:
    assert column(b"\xef\xbb\xbf" + cells(INT, "1").encode()) == [1]


def test_a_gzip_file_is_read() -> None:
    text = cells(INT, *map(str, range(100_000)))

    assert column(gzip.compress(text.encode())) == list(range(100_000))


def test_what_is_said_of_columns_is_kept() -> None:
    said = (
        Column(
            "ra", "double", None, "deg", "pos.eq.ra;meta.main", "a:b", None, " x\n "
        ),
        Column("2 mass & <co>", "char", "*", "", "", "", "", ""),
        Column("p", "double", "2", "deg", None, None, "point", "é☉"),
        Column("SELECT", "int"),
        Column("x" * 200, "unicodeChar", "16*"),
        Column("Ra", "float", "2x*"),
    )
    head = TableHead(said, "t")
    data = document("votable/b2", [(head, [batch_of(said, [(1.0,) + (None,) * 5])])])

    assert read(data).columns == said


def test_columns_keep_their_frames() -> None:
    frame = TimeFrame("TDB", "BARYCENTER", 2450000.0)
    said = (
        Column("t", "double", annotation=frame),
        Column("iso", "char", "*", annotation=TimeFrame("UTC", "TOPOCENTER")),
        Column("ra", "double", annotation=SkyFrame("FK5", "J2015.5")),
    )
    head = TableHead(said, "t")
    data = document("votable/td", [(head, [batch_of(said, [(1.0, "a", 2.0)])])])

    assert read(data).columns == said


FRAMES = {
    '<TIMESYS ID="r" timescale="TT" refposition="BODY" timeorigin="MJD-origin"/>': (
        TimeFrame("TT", "BODY", 2400000.5)
    ),
    '<TIMESYS ID="r" timescale="TT" refposition="BODY" timeorigin="JD-origin"/>': (
        TimeFrame("TT", "BODY", 0.0)
    ),
    '<TIMESYS ID="r" timescale="TCB" refposition="BARYCENTER" timeorigin=""/>': None,
    '<TIMESYS ID="r" timescale="TCB" refposition="BARYCENTER" timeorigin="odd"/>': None,
    '<COOSYS ID="r" system="ICRS" epoch="J2016.0" refposition="BARYCENTER"/>': (
        SkyFrame("ICRS", "J2016.0", "BARYCENTER")
    ),
    '<COOSYS ID="r" system="eq_FK4" equinox="B1950"/>': SkyFrame("FK4"),
    '<COOSYS ID="r" system="eq_FK5" equinox="2000.0"/>': SkyFrame("FK5"),
    '<COOSYS ID="r" system="eq_FK5" equinox="J1975"/>': None,
    '<COOSYS ID="r" system="galactic"/>': SkyFrame("GALACTIC"),
    '<COOSYS ID="r" equinox="J2000"/>': SkyFrame("FK5"),
    '<COOSYS ID="other" system="ICRS"/>': None,
    '<GROUP ID="r"><PARAM name="x" datatype="int" value="1"/></GROUP>': None,
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("place", ["VOTABLE", "DEFINITIONS", "RESOURCE"])
def test_a_frame_is_what_it_says(frame: str, place: str) -> None:
    tables = table('<FIELD name="t" datatype="double" ref="r"/>', "<TABLEDATA/>")
    outside = {"VOTABLE": frame, "DEFINITIONS": f"<DEFINITIONS>{frame}</DEFINITIONS>"}
    inside = frame if place == "RESOURCE" else ""
    text = f"{START}{outside.get(place, '')}{within(inside + tables)}</VOTABLE>"

    (found,) = read(text).columns

    assert found.annotation == FRAMES[frame]


def test_an_id_is_a_name_where_there_is_no_other() -> None:
    fields = (
        '<FIELD ID="a" datatype="int"/><FIELD ID="b" name=" b  c " datatype="int"/>'
    )

    assert names_of(read(tabledata(fields))) == ["a", "b c"]


def test_names_that_differ_in_case_are_both_kept() -> None:
    fields = INT + INT.replace('"x"', '"X"')

    assert rows(tabledata(fields, "<TD>1</TD><TD>2</TD>")) == [(1, 2)]


def test_all_else_that_is_said_is_passed_over() -> None:
    fields = (
        '<DESCRIPTION>of the table</DESCRIPTION><GROUP><FIELDref ref="x"/>'
        '<PARAM name="p" datatype="int" value="1"><VALUES null="7"/></PARAM></GROUP>'
        '<PARAM name="q" datatype="int" value="1"><DESCRIPTION>no</DESCRIPTION></PARAM>'
        '<FIELD name="x" datatype="int"><DESCRIPTION>of <b>the</b> column</DESCRIPTION>'
        '<VALUES ID="v" null="7"><MIN value="0"/><OPTION value="1"/></VALUES><LINK/>'
        "</FIELD>"
        '<FIELD name="y" datatype="int"><VALUES ref="v"/></FIELD><LINK href="x"/>'
    )
    inside = table(
        fields, "<TABLEDATA><TR><TD>7</TD><TD>7</TD></TR></TABLEDATA><INFO/>"
    )
    mapping = '<m:VODML xmlns:m="urn:x"><m:TABLE><FIELD/></m:TABLE></m:VODML>'

    found = read(resource(mapping + inside + "<INFO name='a' value='b'/>"))

    assert [c.description for c in found.columns] == ["of the column", None]
    assert rows_of(found) == [(None, None)]


def test_rows_are_right_on_both_sides_of_what_only_the_parser_reads() -> None:
    lines = [f"<TD>{row}</TD>" for row in range(150_000)]
    lines[70_000] += "<!-- here -->"
    lines[140_000] = "<TD><![CDATA[140000]]></TD>"

    assert column(tabledata(INT, *lines)) == list(range(150_000))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\t  ", ""])
def test_blanks_between_tags_are_nothing(end: str) -> None:
    text = tabledata(INT + INT.replace('"x"', '"y"'), *["<TD>1</TD><TD/>"] * 3)
    for tag in ("<TR>", "</TR>", "<TD>", "<TD/>", "</TD>"):
        text = text.replace(tag, tag if tag == "<TD>" else tag + end)

    assert rows(text) == [(1, None)] * 3


def test_columns_are_known_before_any_row_is_read() -> None:
    found = read(cells(INT, "1", "oops"))

    assert names_of(found) == ["x"]
    with pytest.raises(UsageError, match="row 2, column 'x'"):
        next(found.batches)


def test_tables_without_rows_are_read() -> None:
    for text in (
        tabledata(INT),
        binary(INT, b""),
        binary(INT, b"", "BINARY2"),
        resource(table(INT, "<BINARY2><STREAM/></BINARY2>")),
        resource(table(field("char", "0"), "<BINARY><STREAM/></BINARY>")),
        resource(f"<TABLE>{INT}</TABLE>"),
        tabledata(INT, attributes=' nrows="0"'),
    ):
        assert rows(text) == []


def test_a_fits_serialisation_is_described_by_its_fields() -> None:
    columns = (Column("a", "int", description="from FITS"), Column("b", "double"))
    made = document("fits", [(TableHead(columns), [batch_of(columns, [(1, 2.5)])])])
    fields = (
        '<TIMESYS ID="t" timescale="UTC" refposition="UNKNOWN" timeorigin="0"/>'
        '<TABLE><FIELD name="x" datatype="int"/>'
        '<FIELD name="y" datatype="double" unit="d" ref="t"/><DATA>'
    )
    text = binary("", made, "FITS").replace("<TABLE><DATA>", fields)

    found = read(text)

    x, y = found.columns
    assert (x.name, x.description) == ("x", "from FITS")
    assert (y.name, y.unit, y.annotation) == (
        "y",
        "d",
        TimeFrame("UTC", "UNKNOWN", 0.0),
    )
    assert rows_of(found) == [(1, 2.5)]


def test_a_fits_serialisation_must_have_a_column_for_each_field() -> None:
    columns = (Column("a", "int"), Column("b", "double"))
    made = document("fits", [(TableHead(columns), [batch_of(columns, [(1, 2.5)])])])

    with pytest.raises(UsageError, match="has 1 FIELDs, but its FITS table has 2"):
        read(binary(INT, made, "FITS"))


def test_the_file_may_have_been_read_before() -> None:
    file = io.BytesIO(cells(INT, "1").encode())
    file.read(30)

    assert rows_of(read_votable(file, ReadLimits())) == [(1,)]
