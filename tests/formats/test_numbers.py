"""Numbers as text: the shortest that reads back, each with what stands after it."""

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.formats import text
from vo_lcc.formats.text import joined_rows, number_text

FLOATS = {pa.float64(): "f8", pa.float32(): "f4"}
INTEGERS = {pa.int16(): "i2", pa.int32(): "i4", pa.int64(): "i8"}
ENDS = ("", ",", "\t", "\r\n", "</TD><TD>")


def edges(storage: str) -> np.ndarray:
    """Numbers at which writers of numbers go wrong, of either sign."""
    limits = np.finfo(storage)
    powers = 10.0 ** np.arange(-37, 38)
    ones = [0.1, 1 / 3, 0.5, 9007199254740993.0, 123456.789, 1e15, 1e16, 1e21, 1e22]
    ends = [limits.max, limits.tiny, limits.smallest_subnormal, limits.eps, 0.0]
    found = np.concatenate([powers, ones, ends]).astype(storage)
    found = np.concatenate([found, np.nextafter(found, 0), np.nextafter(found, 1)])
    return np.concatenate([found, -found])


def random_bits(storage: str) -> np.ndarray:
    bits = np.random.default_rng(4).integers(0, 256, 80_000, "u1")
    values = bits.view(storage)
    return values[np.isfinite(values)]


@pytest.mark.parametrize("storage", FLOATS.values())
@pytest.mark.parametrize("values", [edges, random_bits])
def test_floating_point_numbers_read_back_from_the_shortest_text(storage, values):
    numbers = values(storage)

    texts = number_text(pa.array(numbers)).to_pylist()

    back = np.array([float(text) for text in texts]).astype(storage)
    assert back.tobytes() == numbers.tobytes()
    shortest = [np.format_float_scientific(number, trim="-") for number in numbers]
    assert [digits(text) for text in texts] == [digits(text) for text in shortest]


def digits(text: str) -> str:
    mantissa = text.lower().partition("e")[0]
    return mantissa.replace(".", "").strip("-0") or "0"


@pytest.mark.parametrize("storage", FLOATS.values())
def test_whole_numbers_have_no_point_and_others_keep_theirs(storage):
    numbers = np.array([1.0, -2.0, 0.0, -0.0, 10.05, 100.0, 0.5], storage)

    texts = number_text(pa.array(numbers), ";").to_pylist()

    assert texts == ["1;", "-2;", "0;", "-0;", "10.05;", "100;", "0.5;"]


@pytest.mark.parametrize("kind", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize("end", ENDS)
def test_nulls_stay_null_whatever_lies_under_them(kind, end):
    numbers = np.arange(-20, 20).astype((FLOATS | INTEGERS)[kind])
    mask = numbers % 3 == 0
    array = pa.array(numbers, mask=mask)

    texts = number_text(array, end).to_pylist()

    expected = [
        None if m else f"{n:g}{end}" for n, m in zip(numbers, mask, strict=True)
    ]
    assert texts == expected


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize("end", ENDS)
def test_numbers_that_are_not_finite_are_spelled_as_votable_has_it(kind, end):
    values = [math.nan, 1.5, math.inf, None, -math.inf, 2.0]

    texts = number_text(pa.array(values, kind), end).to_pylist()

    spelled = ["NaN", "1.5", "+Inf", None, "-Inf", "2"]
    assert texts == [text if text is None else text + end for text in spelled]


@pytest.mark.parametrize("kind", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_no_numbers_are_no_text(kind, values):
    assert number_text(pa.array(values, kind), ",").to_pylist() == values


@pytest.mark.parametrize("kind", INTEGERS)
def test_the_ends_of_integers_are_exact(kind):
    limits = np.iinfo(INTEGERS[kind])

    texts = number_text(pa.array([limits.min, limits.max, 0], kind)).to_pylist()

    assert texts == [str(limits.min), str(limits.max), "0"]


def test_more_text_than_an_array_holds_is_an_error(monkeypatch):
    monkeypatch.setattr(text, "MOST_TEXT", 11)

    assert len(number_text(pa.array([1.5, 2.5]), ",")) == 2
    with pytest.raises(ValueError, match="3 numbers are too many"):
        number_text(pa.array([1.5, 2.5, 3.5]), ",")


CELLS = st.tuples(
    st.none() | st.floats(),
    st.none() | st.sampled_from(["", ",", "a.0,b", "null", "é"]),
    st.none() | st.integers(-(2**31), 2**31 - 1),
)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(CELLS, min_size=1, max_size=9), cut=st.integers(0, 9))
def test_rows_join_as_their_cells_one_by_one(rows, cut):
    kinds = (pa.float64(), pa.string(), pa.int32())
    whole = [
        pa.array(cells, kind)
        for cells, kind in zip(zip(*rows, strict=True), kinds, strict=True)
    ]
    bounds = [(a, b) for a, b in pairwise((0, min(cut, len(rows)), len(rows))) if a < b]

    seen = [
        joined_rows([c[a:b] for c in whole], "</TD><TD>", "\r\n", "?").to_pybytes()
        for a, b in bounds
    ]

    spelled = [[one_by_one(cell) for cell in row] for row in rows]
    assert b"\r\n".join(seen).decode() == "\r\n".join(map("</TD><TD>".join, spelled))


def one_by_one(cell: float | str | int | None) -> str:
    if cell is None or isinstance(cell, str):
        return "?" if cell is None else cell
    return number_text(pa.array([cell]))[0].as_py()
