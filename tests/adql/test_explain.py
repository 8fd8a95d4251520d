import re
from pathlib import Path

import pytest
import sqlparse

from vo_lcc.adql import compile_query, parse_tree
from vo_lcc.adql.explain import MOST_LAID_OUT, explain_query, lay_out
from vo_lcc.errors import QueryError

from .conftest import CATALOG
from .test_limits import BIG

CASES = Path(__file__).parent / "cases" / "queries.sql"
QUERIES = [q for q in CASES.read_text(encoding="utf-8").split(";\n") if q.strip()]


def test_every_name_is_resolved():
    query = """SELECT TOP 5 "name", class FROM targets
        JOIN objects ON DISTANCE(ra, dec, lon, lat) < 0.1"""

    assert explain_query(query, CATALOG).adql == (
        "SELECT TOP 5 t1.name, t2.class FROM sky.targets AS t1"
        " JOIN sky.objects AS t2 ON DISTANCE(t2.ra, t2.dec, t1.lon, t1.lat) < 0.1"
    )


def test_the_plan_is_the_one_that_would_run():
    query = "SELECT ra FROM sky.objects"

    assert explain_query(query, CATALOG, 9).plan == compile_query(query, CATALOG, 9)


def test_a_wrong_query_is_wrong_here_too():
    with pytest.raises(QueryError, match="line 1, column 8: no column `rra`"):
        explain_query("SELECT rra FROM sky.objects", CATALOG)


def test_a_name_is_looked_up_once():
    asked = []

    def resolver(name):
        asked.append(name)
        return 10.0, 20.0

    query = "SELECT DISTANCE(POINT(ra, dec), ivo_simbadpoint('M 1')) FROM sky.objects"
    found = explain_query(query, CATALOG, None, resolver)

    assert "POINT(10.0, 20.0)" in found.adql
    assert asked == ["M 1"]


@pytest.mark.parametrize("query", BIG.values(), ids=BIG)
def test_large_queries_can_be_explained(query):
    explained = explain_query(query, CATALOG, 100)

    assert lay_out(explained.plan.sql)


@pytest.mark.parametrize("query", QUERIES)
def test_the_resolved_query_means_the_same(query):
    found = explain_query(query, CATALOG, 100)

    again = explain_query(found.adql, CATALOG, 100)

    assert again.plan.columns == found.plan.columns
    assert again.adql == found.adql


@pytest.mark.parametrize("query", QUERIES)
def test_layout_changes_blanks_only(query):
    found = explain_query(query, CATALOG, 100)

    assert parse_tree(lay_out(found.adql)) == parse_tree(found.adql)
    assert words(lay_out(found.plan.sql)) == words(found.plan.sql)


def words(sql):
    (statement,) = sqlparse.parse(sql)
    return [str(token) for token in statement.flatten() if not token.is_whitespace]


def test_literals_and_names_survive_the_layout():
    for text in ("'a  b\n\n  c'", "'it''s -- not a comment'", '"a  ""b"'):
        assert text in lay_out(f"SELECT {text} FROM t WHERE a = {text} AND b = 1")


def test_what_is_too_long_or_deep_to_lay_out_stays_as_it_is():
    long = "SELECT " + ", ".join(["1"] * MOST_LAID_OUT)
    deep = "SELECT " + "(" * 200 + "1" + ")" * 200

    assert (lay_out(long), lay_out(deep)) == (long, deep)
    assert re.fullmatch(r"SELECT 1,\n +2", lay_out("SELECT 1, 2"))
