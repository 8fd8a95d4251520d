"""Whatever is written is read back, but for the losses listed in limits.py."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import batch_of, document
from tests.formats.edges import KINDS, SHAPES
from tests.formats.limits import FORMATS, held
from tests.formats.reading import read_rows
from vo_lcc.tables import Column, TableHead

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXT = st.text(
    st.sampled_from("ab0 ,\"\t\r\n<&>'é€☉\x07😀\ufffe") | CHARACTERS, max_size=6
)


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
}

UNREAD = {
    name: {("bit", None), ("bit", "*"), ("bit", "3*")}
    for name in ("votable/b", "votable/b2")
}
"""Columns that astropy cannot read though they are right (test_bits reads them)."""


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
        return TEXT
    value = VALUES[column.datatype]
    if column.arraysize is None:
        return value
    least, most = SHAPES[column.arraysize]
    return st.lists(st.none() | value, min_size=least, max_size=most)


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


def comparable(value: Any) -> Any:
    """NaN equal to NaN, and -0.0 not to 0.0."""
    if isinstance(value, (list, tuple)):
        return [comparable(element) for element in value]
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else (value, math.copysign(1, value))
    return value
