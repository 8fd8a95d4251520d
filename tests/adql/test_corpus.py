"""Queries whose validity others assert, from ../shared where it is present."""

import json
from pathlib import Path

import pytest

from vo_lcc.adql import check_lines, parse_query
from vo_lcc.errors import QueryError

CORPUS = Path(__file__).parents[3] / "shared" / "validators" / "adql"

# Queries judged otherwise here, and why.
EXCEPTIONS = {
    "core-0687": "WITH in a subquery is a documented extension (ADQL 2.1 section 4.5)",
}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the folder shared/ is not beside this checkout"
)


def cases(name):
    path = CORPUS / f"{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [case for line in lines if (case := json.loads(line))["valid"] is not None]


@pytest.mark.parametrize("name", ["core", "negatives", "client_queries"])
def test_each_query_is_accepted_or_refused_as_its_source_says(name):
    wrong = []
    for case in cases(name):
        try:
            parse_query(case["query"])
            valid = True
        except QueryError:
            valid = False
        if valid != case["valid"] and case["id"] not in EXCEPTIONS:
            wrong.append((case["id"], case["query"]))

    assert wrong == []


def test_exceptions_are_still_exceptions():
    for case in cases("core"):
        if case["id"] in EXCEPTIONS:
            parse_query(case["query"])
            assert not case["valid"]


def test_lines_are_checked_one_by_one():
    queries = [case["query"] for case in cases("core")]

    verdicts = list(check_lines(json.dumps(q) for q in queries))

    assert len(verdicts) == len(queries)
    assert all(v == "OK" or v.startswith("ERR ") for v in verdicts)
    assert verdicts.count("OK") > 500
