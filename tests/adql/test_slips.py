"""What is not ADQL is told with a hint, once, and the rest is checked all the same."""

import re
from collections import Counter

import pytest

from vo_lcc.adql import compile_query, parse_query
from vo_lcc.errors import QueryError

# ruff: noqa: RUF001 (the odd characters are the point)
from .conftest import CATALOG
from .test_compile import queries

FIVE = """SELECT TOP 10, ra, g_medain,
       n_points || 'x'
FROM sky.objects -- a comment
WHERE ra == 3 AND class = "RRab" /* another
one */ AND dec > −5
LIMIT 5"""
FOUND = [
    (1, 14, "no comma stands after TOP"),
    (1, 20, "did you mean `g_median`?"),
    (2, 8, "|| joins texts"),
    (4, 10, "a single ="),
    (4, 27, "text is written in single quotes"),
    (4, 34, "no /* */ comments"),
    (5, 18, "an ASCII minus"),
    (6, 1, "no LIMIT"),
]


def problems(query):
    with pytest.raises(QueryError) as caught:
        compile_query(query, CATALOG)
    return caught.value.problems


def test_mistakes_of_all_kinds_are_told_at_once_each_in_its_place():
    found = problems(FIVE)

    assert [(line, column) for _, line, column in found] == [f[:2] for f in FOUND]
    for (message, *_), (*_, part) in zip(found, FOUND, strict=True):
        assert part in message


SLIPS = {
    "==": (r" = ", " == "),
    "=<": (r" <=? ", " =< "),
    "LIMIT at the end": (r"\Z", " LIMIT 10"),
    "FETCH FIRST": (r"\Z", " FETCH FIRST 10 ROWS ONLY"),
    "a comment of C": (r" FROM ", " /* FROM */ FROM "),
    "typographic quotes": (r"(?<!')'([^']+)'(?! *')", r"‘\1’"),
    "a typographic minus": (r" - ", " − "),
    "&&": (r"(?s)\A((?:(?!BETWEEN).)*?) AND ", r"\1 && "),
    "more after the end": (r"\Z", "; SELECT 1"),
    "two commas": (r"(?<=SELECT )(ra|lon), ", r"\1,, "),
    "FORM": (r"(?<=[a-z]) FROM ", " FORM "),
    "WHERE misspelt": (r" WHERE ", " WEHRE "),
    "a comma before FROM": (r"(?<=[a-z]) FROM ", ", FROM "),
    "a comma after TOP": (r"TOP (\d+)", r"TOP \1,"),
    "TOP in parentheses": (r"TOP (\d+)", r"TOP (\1)"),
    "a number without a blank": (r" (\d+) AND ", r" \1AND "),
    "an invisible character": (r" FROM ", " \u200bFROM "),
    "back quotes": (r"\bra\b", "`ra`"),
    "COUNT()": (r"COUNT\(\*\)", "COUNT()"),
    "text that is not closed": (r"\Z", " 'x"),
    "a condition that ends early": (r" WHERE (?!.*WHERE)", " WHERE 1 IN 2 AND "),
}


@pytest.mark.parametrize(("pattern", "slip"), SLIPS.values(), ids=SLIPS)
def test_one_slip_gives_one_message(pattern, slip):
    seen = Counter()
    for query in queries():
        wrong = re.sub(pattern, slip, query, count=1)
        if wrong != query:
            seen[len(problems(wrong))] += 1

    assert seen[1] == seen.total() > 0


def test_what_cannot_be_read_hides_neither_names_nor_slips_after_it():
    found = problems("SELECT zz FROM objects WHERE ra IN 3 ORDER BY yy NULLS LAST")

    assert [column for *_, column in found] == [8, 36, 47, 50]


@pytest.mark.parametrize(
    "joins",
    [
        "objects a FULL JOIN targets b",
        "objects a JOIN targets b JOIN lightcurves c ON a.ra = b.lon",
    ],
)
def test_a_join_without_condition_is_told_once(joins):
    [(message, *_)] = problems(f"SELECT 1 FROM {joins}")

    assert "a JOIN needs ON or USING" in message


def test_at_most_twenty_problems_are_told():
    assert len(problems("SELECT " + "a ? " * 1000)) == 20


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ra FROM objects",
        "\ufeffSELECT ra FROM objects",
        " -- x\nSELECT 1 FROM t;\n",
    ],
)
def test_blanks_and_one_semicolon_are_no_slips(text):
    assert len(parse_query(text).items) == 1
