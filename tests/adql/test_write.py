"""Writing a tree as ADQL and parsing it gives the tree."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from vo_lcc.adql import compile_query
from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.resolve import resolve
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.syntax import write
from vo_lcc.adql.syntax.parse import parse_tree
from vo_lcc.adql.syntax.write import write_query

from .conftest import CATALOG
from .test_compile import queries as case_queries
from .trees import expressions, queries

CORPUS = Path(__file__).parents[3] / "shared" / "validators" / "adql" / "core.jsonl"
CALM = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
INDEX_NODES = {
    *(n.InRanges, n.NearPoint, n.MocMeets, n.Cell),
    *(n.KeyIn, n.KeysMatch, n.Never),
}


@settings(max_examples=100, deadline=None, suppress_health_check=CALM)
@given(queries)
def test_any_query_reads_back_as_it_was(tree):
    assert parse_tree(write_query(tree)) == tree


@settings(max_examples=200, deadline=None, suppress_health_check=CALM)
@given(expressions)
def test_any_expression_reads_back_as_it_was(expr):
    table = n.TableName((n.Regular("t"),))
    tree = n.Select(
        (n.SelectItem(expr),), table, where=expr, order_by=(n.OrderItem(expr),)
    )

    assert parse_tree(write_query(tree)) == tree


def test_every_node_can_be_written():
    kinds = set(n.Expr.__args__) | set(n.Source.__args__) | set(n.Query.__args__)
    written = {*write.FORMS, *write.SOURCES, *write.QUERIES}

    assert kinds - INDEX_NODES <= written


@pytest.mark.skipif(not CORPUS.is_file(), reason="shared/ is not beside this checkout")
def test_the_valid_queries_of_others_read_back_as_they_were():
    cases = map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines())
    trees = [parse_tree(case["query"]) for case in cases if case["valid"]]

    assert len(trees) > 400
    assert [t for t in trees if parse_tree(write_query(t)) != t] == []


@pytest.mark.parametrize("query", case_queries())
def test_a_resolved_query_means_the_same_as_text(query):
    resolved = resolve(parse_tree(query), CATALOG, Problems(query))

    seen = compile_query(write_query(resolved), CATALOG)

    assert seen.sql == compile_query(query, CATALOG).sql


PLAIN = {
    "a - (b - c) - d": "a - (b - c) - d",
    "((a * b) + c)": "a * b + c",
    "- (- a)": "- -a",
    "- (-2)": "2",
    "a - -2": "a - -2",
    "(a || b) || c": "(a || b) || c",
    "a | (b + 1) | c": "a | b + 1 | c",
    "1e100": "1e+100",
    "0x1F": "31",
    "'it''s' 'x'": "'it''sx'",
    'A."size"': 'A."size"',
    '"ra" + Ra + "RA"': 'ra + Ra + "RA"',
    "POINT('ICRS', 1, 2)": "POINT('ICRS', 1, 2)",
    "COUNT(DISTINCT a)": "COUNT(DISTINCT a)",
    "SUM(a) OVER (ORDER BY b ROWS 2 PRECEDING)": (
        "SUM(a) OVER (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)"
    ),
    "SUM(a) OVER (PARTITION BY (range))": "SUM(a) OVER (PARTITION BY (range))",
    "CASE a WHEN 1 THEN 2 ELSE 3 END": "CASE a WHEN 1 THEN 2 ELSE 3 END",
    "CAST(a AS DOUBLE)": "CAST(a AS DOUBLE PRECISION)",
}


@pytest.mark.parametrize(("value", "written"), PLAIN.items(), ids=PLAIN)
def test_what_is_written_is_plain(value, written):
    tree = parse_tree(f"SELECT {value} FROM t")

    assert write_query(tree) == f"SELECT {written} FROM t"


QUERIES = [
    "SELECT a FROM t WHERE NOT (a = 1 OR b = 2) AND (c = 3 OR NOT d = 4)",
    "SELECT a FROM t UNION SELECT b FROM t INTERSECT SELECT c FROM t",
    "(SELECT a FROM t UNION SELECT b FROM t) INTERSECT ALL SELECT c FROM t",
    "SELECT a FROM t EXCEPT (SELECT b FROM t EXCEPT SELECT c FROM t)",
    "(SELECT a FROM t ORDER BY a DESC OFFSET 3) UNION ALL SELECT b FROM t ORDER BY 1",
    "WITH w AS (SELECT a FROM t) SELECT * FROM w ORDER BY a",
    "SELECT DISTINCT TOP 3 t.*, a AS x FROM s.t AS t GROUP BY a HAVING COUNT(*) > 1",
    "SELECT a FROM t NATURAL LEFT JOIN (u CROSS JOIN v) JOIN w USING (a, b)",
    "SELECT a FROM (SELECT b FROM t) AS q WHERE a NOT IN ((SELECT 1 FROM t))",
    "SELECT a FROM t WHERE a IN (SELECT b FROM t) AND EXISTS (SELECT 1 FROM t)",
    "SELECT a FROM t WHERE a NOT BETWEEN 1 AND 2 AND b NOT ILIKE 'x' AND c IS NOT NULL",
]


@pytest.mark.parametrize("query", QUERIES)
def test_plain_queries_are_written_as_they_were(query):
    assert write_query(parse_tree(query)) == query
