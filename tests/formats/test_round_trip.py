"""Whatever is written is read back, but for the losses listed in limits.py."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document
from tests.formats.edges import KINDS, SHAPES, every_kind, list_sizes, table_of
from tests.formats.limits import FORMATS, held
from tests.formats.reading import read_rows
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXT = st.text(
    st.sampled_from("ab0 ,\"\t\r\n<&>'é€☉\x07😀\ufffe") | CHARACTERS, max_size=6
)


def longest(column: Column) -> int:
    return max(list_sizes(column))


def integers(bits: int) -> st.SearchStrategy[int]:
    edge = st.sampled_from([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0])
    return edge | st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "bit": st.booleans(),
    "unsignedByte": st.integers(0, 255),
    "short": integers(16),
    "int": integers(32),
    "long": integers(64),
    "float": st.floats(width=32),
    "double": st.floats(),
    "floatComplex": st.floats(width=32),
    "doubleComplex": st.floats(),
}

STRINGS = {("char", "4x3"), ("char", "10x*"), ("unicodeChar", "4x3")}
BITS = {("bit", None), ("bit", "*"), ("bit", "3*")}
LAYERS = {kind for kind in KINDS if kind[1] in ("2x*", "2x3*")}
LONG = {kind for kind in KINDS if kind[1] in SHAPES and longest(Column("", *kind)) > 5}

UNREAD = {
    "votable/td": STRINGS,
    "votable/b": STRINGS | BITS | LAYERS,
    "votable/b2": STRINGS | BITS | LAYERS,
    "text": LONG,
}
"""Columns that astropy cannot read though they are right (test_layers reads them).

In text, those whose cells may stand out of their column.
"""


@st.composite
def columns_and_rows(
    draw: st.DrawFn, format_name: str
) -> tuple[list[Column], list[tuple[Any, ...]]]:
    readable = [kind for kind in KINDS if kind not in UNREAD.get(format_name, ())]
    readable += [
        ("char", "*"),
        ("unicodeChar", "*"),
    ] * 6  # text has the most ways to go wrong
    kinds = draw(st.lists(st.sampled_from(readable), min_size=1, max_size=5))
    columns = [Column(f"c{i}", *kind) for i, kind in enumerate(kinds)]
    row = st.tuples(*(st.none() | values_of(column) for column in columns))
    return columns, draw(st.lists(row, max_size=8))


def values_of(column: Column) -> st.SearchStrategy[Any]:
    if column.is_text:
        return TEXT if column.arraysize else TEXT.map(lambda text: text[:1])
    value = VALUES[column.datatype]
    if not column.is_list:
        return value
    lists = [
        st.lists(st.none() | value, min_size=size, max_size=size)
        for size in list_sizes(column)
    ]
    return st.one_of(lists)


@pytest.mark.parametrize("format_name", FORMATS)
@settings(max_examples=80, deadline=None)
@given(data=st.data(), cut=st.integers(0, 8))
def test_rows_come_back_from(format_name: str, data: st.DataObject, cut: int) -> None:
    columns, rows = data.draw(columns_and_rows(format_name))
    whole = batch_of(columns, [*rows[:2], *rows, *rows[:1]])
    rest = whole.slice(min(2, len(rows)), len(rows))  # a slice with an offset
    batches = [rest.slice(0, cut), rest.slice(0, 0), rest.slice(cut)]
    if format_name == "text":
        batches = [rest]  # the columns of a later batch may be wider

    written = document(format_name, [(TableHead(tuple(columns), "t"), batches)])
    seen = read_rows(format_name, written, columns)

    expected = [
        held(format_name, column, [row[i] for row in rows], len(columns) == 1)
        for i, column in enumerate(columns)
    ]
    assert comparable(seen) == comparable(list(zip(*expected, strict=True)))


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_kind_of_column_comes_back_from(format_name: str) -> None:
    unread = UNREAD.get(format_name, set())
    columns, cells = every_kind(lambda c: (c.datatype, c.arraysize) not in unread)
    head, batches = table_of(columns, cells)
    if format_name == "text":
        batches = [batch_of(columns, list(zip(*cells, strict=True)))]

    seen = read_rows(format_name, document(format_name, [(head, batches)]), columns)

    for column, values, found in zip(
        columns, cells, zip(*seen, strict=True), strict=True
    ):
        assert comparable(list(found)) == comparable(
            held(format_name, column, values)
        ), column


def comparable(value: Any) -> Any:
    """NaN equal to NaN, and -0.0 not to 0.0."""
    if isinstance(value, (list, tuple)):
        return [comparable(element) for element in value]
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else (value, math.copysign(1, value))
    return value
