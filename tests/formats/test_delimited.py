"""CSV and TSV documents."""

from astropy.table import Table

from tests.formats.documents import POINTS, ROWS, batch_of, document, light_curve
from vo_lcc.formats import find_format
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column


def test_the_golden_csv(golden):
    golden("formats/light_curve.csv", light_curve("csv"))


def test_the_golden_tsv(golden):
    golden("formats/light_curve.tsv", light_curve("tsv"))


def test_without_header_only_the_first_line_is_missing():
    header, _, rows = light_curve("csv").partition(b"\r\n")

    assert header == b"obs_time,mag,flags,note"
    assert light_curve("text/csv;header=absent") == rows


def test_astropy_reads_the_csv():
    table = Table.read(light_curve("csv").decode(), format="ascii.csv")

    assert table["obs_time"].tolist() == [1.5, 2.5, 3.5]
    assert table["mag"].tolist() == [12.25, None, -1.0]
    assert table["note"].tolist() == ["ok", None, "a<b & ☉"]


def test_names_that_need_quotes_have_them():
    columns = (Column('a "b"', "int"), Column("c,d", "int"))

    assert document("csv", [(TableHead(columns), [])]) == b'"a ""b""","c,d"\r\n'


def test_a_table_without_rows_is_its_header():
    assert document("tsv", [(TableHead(POINTS), [batch_of(POINTS, [])])]) == (
        b"obs_time\tmag\tflags\tnote\n"
    )


def test_one_table_only_and_no_status():
    writer = find_format("csv").open()

    assert not writer.several_tables
    assert not writer.reports_errors
    assert writer.tail("ERROR", "no") == b""


def test_every_row_of_a_single_null_column_is_there():
    columns = (Column("period", "double"),)
    batch = batch_of(columns, [(None,), (0.0,)])

    assert document("csv", [(TableHead(columns), [batch])]) == b'period\r\n""\r\n0\r\n'


def test_batches_of_any_cut_make_the_same_document():
    whole = batch_of(POINTS, ROWS * 3)
    pieces = [whole.slice(i, 2) for i in range(0, 9, 2)]

    assert document("csv", [(TableHead(POINTS), pieces)]) == document(
        "csv", [(TableHead(POINTS), [whole])]
    )


def test_only_batches_whose_text_needs_quotes_have_them():
    columns = (Column("id", "char", "*"), Column("note", "unicodeChar", "*"))
    plain = batch_of(columns, [("a", "x"), ("b", None)])
    mixed = batch_of(columns, [("", "?"), ("c", ""), ("d,e", None), (" f", 'g"')])

    written = document(
        "text/csv;header=absent", [(TableHead(columns), [plain, mixed[1:], plain[1:]])]
    )

    assert written.decode().split("\r\n") == [
        *("a,x", "b,"),
        *('c,""', '"d,e",', '" f","g"""'),
        *("b,", ""),
    ]
