"""Plain text: aligned columns, comments, status."""

import pytest
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import (
    DOCUMENT,
    LIGHT_CURVE,
    POINTS,
    ROWS,
    batch_of,
    document,
    light_curve,
)
from vo_lcc.formats.plain import MOST_WIDTH
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column


def lines_of(columns, *batches) -> list[str]:
    """Names, units, rule and rows of a table."""
    head = TableHead(tuple(columns))
    written = document("text", [(head, [batch_of(columns, b) for b in batches])])
    lines = written.decode().split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def test_the_golden_text(golden):
    golden("formats/light_curve.txt", light_curve("text"))


def test_all_that_is_said_of_a_light_curve_stands_in_comments():
    text = light_curve("text").decode()
    said = "\n".join(line for line in text.splitlines() if line.startswith("#"))

    for column in POINTS:
        for words in (column.name, column.ucd, column.description):
            assert words is None or words in said
    for info in DOCUMENT.infos:
        assert f"{info.name}: {info.value.splitlines()[0]}" in said
    for words in (LIGHT_CURVE.name, LIGHT_CURVE.description, "creator = Ján <Kováč>"):
        assert words in said
    assert "obs_time, epoch: time scale TDB" in said
    assert "period = null" in said


def test_astropy_reads_the_columns_by_their_rule():
    columns = (*POINTS[:3], Column("note", "char", "*"))
    rows = [*ROWS[:1], (2.5, 8.0, -3, "two words"), (1e300, -0.5, 100000, "x")]

    text = document("text", [(TableHead(columns), [batch_of(columns, rows)])]).decode()
    table = Table.read(
        text,
        format="ascii.fixed_width_two_line",
        position_line=2,
        header_start=0,
        data_start=3,
    )

    assert table.colnames == [c.name for c in columns]
    assert [tuple(row) for row in table] == rows


def test_numbers_stand_right_and_words_left():
    columns = (Column("n", "int", unit="d"), Column("word", "char", "*"))
    columns += (Column("x", "double"),)

    assert lines_of(columns, [(1, "ab", 0.5), (1000, None, None)]) == [
        "   n  word    x",
        "   d",
        "----  ----  ---",
        "   1  ab    0.5",
        "1000           ",
    ]


def test_a_wider_cell_of_a_later_batch_makes_its_column_wider_from_there_on():
    columns = (Column("a", "char", "*"), Column("b", "int"))

    assert lines_of(columns, [("x", 1)], [("xyz", 1)], [("x", 2)])[2:] == [
        "x  1",
        "xyz  1",
        "x    2",
    ]


def test_one_long_cell_does_not_make_all_others_as_long():
    columns = (Column("a", "char", "*"), Column("b", "int"))

    lines = lines_of(columns, [("x" * 10_000, 1), ("y", 2)])

    assert len(lines[-1]) < MOST_WIDTH + 5
    assert lines[-2] == "x" * 10_000 + "  1"


def test_a_table_without_rows_has_its_names():
    assert lines_of(POINTS)[0].split() == [c.name for c in POINTS]


def test_tables_follow_each_other_with_their_own_names():
    tables = [(LIGHT_CURVE, [batch_of(POINTS, ROWS)]), (LIGHT_CURVE, [])]

    text = document("text", [*tables, (TableHead(()), [])]).decode()

    assert text.count("# Table demo-1 g\n") == 2
    assert text.count("obs_time    mag") == 1
    assert text.count("\nobs_time") == 2


@pytest.mark.parametrize("status", ["OK", "OVERFLOW", "ERROR"])
def test_the_last_line_says_how_it_ended(status):
    text = document("text", [(LIGHT_CURVE, [])], status, "why\nthis").decode()

    last = text[text.index("# QUERY_STATUS") :].splitlines()
    assert last == [f"# QUERY_STATUS: {status} why", "#   this"]


@settings(max_examples=60, deadline=None)
@given(words=st.text(st.characters(codec="utf-8")), other=st.text(max_size=3))
def test_any_words_make_one_line_for_each_row(words, other):
    column = Column(words, "unicodeChar", "*", words, words, words, words, words)
    rows = [(words,), (other,), (None,)]

    text = document(
        "text", [(TableHead((column,), words, words), [batch_of([column], rows)])]
    )

    lines = text.decode().split("\n")
    assert set(lines[-6]) == {"-"}  # the rule, and three rows after it
    assert lines[-2:] == ["# QUERY_STATUS: OK", ""]
