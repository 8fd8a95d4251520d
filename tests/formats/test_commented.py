"""CSV and TSV of a light curve: comments first, then what every reader expects."""

import io

import pandas
import pytest
from astropy.table import Table

from tests.formats.documents import DOCUMENT, LIGHT_CURVE, POINTS, ROWS, batch_of
from vo_lcc.formats import find_format
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column


def written(name: str, rows=ROWS, head: TableHead = LIGHT_CURVE) -> bytes:
    writer = find_curve_format(name).open()
    pieces = [writer.head(DOCUMENT), writer.table(head)]
    pieces.append(writer.rows(batch_of(head.columns, rows)))
    return b"".join([*pieces, writer.tail()])


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_the_golden_document(golden, name):
    golden(f"formats/commented.{name}", written(name))


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_without_the_comments_it_is_that_of_any_table(name):
    writer = find_format(name).open()
    plain = writer.table(LIGHT_CURVE) + writer.rows(batch_of(POINTS, ROWS))

    lines = written(name).splitlines(keepends=True)

    assert b"".join(line for line in lines if not line.startswith(b"#")) == plain


@pytest.mark.parametrize(("name", "separator"), [("csv", ","), ("tsv", "\t")])
def test_pandas_reads_it(name, separator):
    file = io.BytesIO(written(name))

    table = pandas.read_csv(file, comment="#", sep=separator)

    assert table.columns.tolist() == [column.name for column in POINTS]
    assert table["obs_time"].tolist() == [1.5, 2.5, 3.5]
    assert table["mag"].isna().tolist() == [False, True, False]
    assert table["note"][2] == "a<b & ☉"


@pytest.mark.parametrize(("name", "form"), [("csv", "csv"), ("tsv", "tab")])
def test_astropy_reads_it(name, form):
    table = Table.read(io.BytesIO(written(name)), format=f"ascii.{form}", comment="#")

    assert table["obs_time"].tolist() == [1.5, 2.5, 3.5]
    assert table["mag"].tolist() == [12.25, None, -1.0]


def test_a_hash_within_text_starts_no_comment():
    head = TableHead((Column("a", "char", "*"), Column("b", "int")))

    file = io.BytesIO(written("csv", [("#1", 1), ("x #2", 2)], head))
    table = pandas.read_csv(file, comment="#")

    assert table["a"].tolist() == ["#1", "x #2"]


@pytest.mark.parametrize(
    "fact",
    [
        *("Light curves & more", "server_software: vo_lcc", "Light curve of demo-1"),
        *("epoch = 1.25 d", "time scale TDB, reference position BARYCENTER"),
        *("zeroPointFlux=3631.0 Jy magnitudeSystem=AB", "phot.mag;em.opt.B", "[d]"),
    ],
)
def test_the_comments_say(fact):
    said = [line for line in written("csv").decode().splitlines() if line[0] == "#"]

    assert fact in "\n".join(said)


def test_a_table_cut_short_says_so_after_its_rows():
    writer = find_curve_format("csv").open()

    assert writer.tail() == b""
    assert writer.tail("OVERFLOW", "cut") == b"# QUERY_STATUS: OVERFLOW cut\r\n"
    assert not writer.reports_errors
