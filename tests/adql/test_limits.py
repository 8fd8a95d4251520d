"""Any text gives a plan or a QueryError, soon; and no plan harms PostgreSQL."""

import contextlib
import json
import random
import re
import time
from pathlib import Path

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.adql import compile_query, parse_query
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog, Column, Schema, Table

from .conftest import CATALOG

SECURITY = Path(__file__).parents[3] / "shared/validators/security/bad_input.jsonl"
CASES = Path(__file__).parent / "cases"
FROM = "SELECT object_id FROM sky.objects WHERE "
NAMES = {"{T}": "sky.objects", "{ID}": "object_id", "{RA}": "ra", "{DEC}": "dec"}


def expanded(text):
    for name, value in NAMES.items():
        text = text.replace(name, value)
    text = re.sub(
        r"G\(list,(.*?),(\d+)\)", lambda m: ",".join([m[1]] * int(m[2])), text
    )
    return re.sub(
        r"G\(repeat,(.*?),(\d+)\)", lambda m: m[1] * int(m[2]), text, flags=re.S
    )


def hostile():
    if not SECURITY.is_file():
        return []
    cases = map(json.loads, SECURITY.read_text(encoding="utf-8").splitlines())
    return [c for c in cases if c["transport"] == "adql" and "{C" not in c["query"]]


@pytest.mark.skipif(
    not SECURITY.is_file(), reason="shared/ is not beside this checkout"
)
def test_hostile_queries_are_refused_or_harmless():
    accepted = {"error": set(), "literal": set(), "ok": set()}
    refused = {}
    for case in hostile():
        start = time.thread_time()
        try:
            compile_query(expanded(case["query"]), CATALOG, 1000)
            accepted.setdefault(case["expect"], set()).add(case["id"])
        except QueryError as error:
            refused[case["id"]] = case["expect"], str(error)
        assert time.thread_time() - start < 5, case["id"]

    assert accepted["error"] == set()
    assert accepted["literal"]
    for expect, message in refused.values():
        assert "LINE 1" not in message
        assert expect not in ("literal", "ok")


@pytest.mark.skipif(
    not SECURITY.is_file(), reason="shared/ is not beside this checkout"
)
def test_literals_come_back_as_they_were_written(sky):
    for case in hostile():
        if case["expect"] == "literal":
            assert sky.rows(expanded(case["query"])) == [(expanded(case["returns"]),)]


BIG = {
    "ten thousand ANDs": FROM + " AND ".join(["ra >= 0"] * 10_000),
    "many ORs": FROM + " OR ".join(["ra = 5"] * 5_000),
    "an IN list of 2,500": FROM
    + "n_points IN ("
    + ", ".join(map(str, range(2500)))
    + ")",
    "a long ||": "SELECT TOP 1 " + "||".join(["'a'"] * 20_000) + " FROM sky.objects",
    "150 unions": " UNION ".join(["SELECT 1 FROM sky.targets"] * 150),
    "many digits": FROM + f"ra < {'9' * 5000}.5e-4900",
    "deep functions": f"SELECT TOP 1 {'EXP(' * 60}-n_points{')' * 60} FROM sky.objects",
    "deep parentheses": FROM + "(" * 90 + "ra > 1" + ")" * 90,
    "a large whole number": "SELECT TOP 1 9223372036854775807 FROM sky.objects",
    "a larger one": "SELECT TOP 1 -99999999999999999999999 FROM sky.objects",
}


@pytest.mark.parametrize("query", BIG.values(), ids=BIG)
def test_large_queries_run_in_the_database(sky, query):
    start = time.monotonic()

    sky.rows(query)

    assert time.monotonic() - start < 10


TOO_BIG = {
    "twenty thousand ANDs": (FROM + " AND ".join(["ra > 1"] * 20_000), "50000 words"),
    "a megabyte": (FROM + "ra = 1" + " " * 1_000_000, "1000000 characters"),
    "parentheses": (FROM + "(" * 101 + "ra > 1" + ")" * 101, "100 deep"),
    "NOTs": (FROM + "NOT " * 20_000 + "ra = 1", "nested too deeply"),
    "signs": ("SELECT " + "- " * 20_000 + "ra FROM sky.objects", "nested too deeply"),
    "cases": (
        "SELECT " + "CASE WHEN 1=1 THEN " * 5000 + "1" + " END" * 5000 + " FROM t",
        "nested too deeply",
    ),
    "selects": (" UNION ".join(["SELECT 1 FROM t"] * 300), "200 times SELECT"),
    "columns": (
        "SELECT " + ", ".join(["ra"] * 2000) + " FROM sky.objects",
        "1600 columns",
    ),
    "operands": ("SELECT " + "+".join(["ra"] * 2000) + " FROM sky.objects", "500"),
    "a number": ("SELECT 1e400 FROM sky.objects", "range of a double"),
    "wrong names": (FROM + "zz + " * 20_000 + "1 = 1", "no column"),
}


@pytest.mark.parametrize(("query", "message"), TOO_BIG.values(), ids=TOO_BIG)
def test_queries_beyond_a_limit_are_refused_soon_and_clearly(query, message):
    start = time.thread_time()

    with pytest.raises(QueryError, match=message):
        compile_query(query, CATALOG)

    assert time.thread_time() - start < 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "\0",
        "\ud800",
        "\x80\x81",
        "SELECT\0",
        "\ufeff",
        "%00",
        "💥",
        "'",
        '"',
        "-" * 99,
    ],
)
def test_rubbish_is_a_query_error(text):
    with pytest.raises(QueryError):
        parse_query(text)


WORDS = st.sampled_from(
    """SELECT FROM WHERE ra dec objects sky . , ( ) * 1 2.5 'x' "y" = < AND OR NOT IN
    BETWEEN LIKE NULL IS TOP DISTINCT GROUP BY ORDER HAVING COUNT MAX POINT CIRCLE
    CONTAINS DISTANCE JOIN ON USING NATURAL AS || + - / UNION WITH CASE WHEN END
    OFFSET EXISTS CAST INTEGER ;""".split()  # noqa: SIM905
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=25).map(" ".join)))
def test_any_text_is_a_plan_or_a_query_error(text):
    for query in (text, f"SELECT {text} FROM sky.objects", FROM + text):
        try:
            compile_query(query, CATALOG, 10)
        except QueryError as error:
            places = [place for _, *place in error.problems]
        else:
            places = [[1, 1]]
        assert all(line >= 1 and column >= 1 for line, column in places)


TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|\w+\.?\d*|<=|>=|<>|\|\||\S")


def mutants(seed, count):
    """Queries of the case file with one word exchanged, added, lost or copied."""
    rnd = random.Random(seed)
    lines = (CASES / "queries.sql").read_text(encoding="utf-8").split(";\n")
    queries = [TOKEN.findall(line) for line in lines if line.strip()]
    words = [word for query in queries for word in query]
    for _ in range(count):
        query = list(rnd.choice(queries))
        at = rnd.randrange(len(query))
        other = rnd.choice(queries)
        start = rnd.randrange(len(other))
        piece = other[start : start + rnd.randint(1, 8)]
        change = rnd.choice(
            [[rnd.choice(words)], [query[at], rnd.choice(words)], [], piece]
        )
        query[at : at + 1] = change
        yield " ".join(query)


def test_whatever_compiles_is_sql_that_the_database_can_plan(sky):
    planned = 0
    for query in mutants(seed=4, count=3000):
        try:
            sql = compile_query(query, CATALOG, 5).sql
        except QueryError:
            continue
        with contextlib.suppress(psycopg2.DataError):  # a value such as CAST('x' ...)
            sky.db.fetch("EXPLAIN " + sql)
        planned += 1

    assert planned > 100


UNITS = [
    "10**99999999",
    "10** (99999999)",
    "10^99999999",
    "10**9.9e99",
    "m**1e400",
    "km**300",
    "(" * 5000 + "m" + ")" * 5000,
    "m." * 5000 + "m",
    "mag(AB)",
    "1/0",
    "\x01",
]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit[:12])
def test_an_odd_unit_is_refused_at_once(unit):
    start = time.thread_time()

    with pytest.raises(QueryError, match=r"unit|converted"):
        compile_query(f"SELECT IN_UNIT(ra, '{unit}') FROM sky.objects", CATALOG)

    assert time.thread_time() - start < 1


@pytest.mark.parametrize(
    "value",
    [
        "ab * ra",
        "ra / ab",
        "POWER(ab, 2)",
        "SQRT(ab)",
        "big * big",
        "POWER(big, 20)",
        "/".join(["ra"] * 500),
    ],
    ids=lambda value: value[:14],
)
def test_what_no_unit_can_be_has_none(value):
    columns = (
        Column("ra", "double", unit="deg"),
        Column("ab", "double", unit="mag(AB)"),
        Column("big", "double", unit="1e300.m"),
    )
    catalog = Catalog((Schema("sky", (Table("sky", "odd", columns),)),))

    assert compile_query(f"SELECT {value} FROM odd", catalog).columns[0].unit is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=ascii)
def test_lines_are_counted_whatever_they_end_in(end, mark):
    lines = ["SELECT '💥' AS boom", "FROM sky.objects", "WHERE\tzz = 1"]

    with pytest.raises(QueryError) as caught:
        compile_query(mark + end.join(lines), CATALOG)

    assert caught.value.problems[0][1:] == (3, 7)


@pytest.mark.parametrize(
    "query",
    [f"SELECT {'z' * 300_000} FROM sky.objects", f"SELECT {'z' * 300_000}(1) FROM t"],
    ids=["column", "function"],
)
def test_a_message_about_a_long_name_is_short_and_soon_there(query):
    start = time.thread_time()

    with pytest.raises(QueryError) as caught:
        compile_query(query, CATALOG)

    assert len(str(caught.value)) < 2000
    assert time.thread_time() - start < 1
