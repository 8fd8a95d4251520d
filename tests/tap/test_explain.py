"""What `/tap/explain` says is what `/tap/sync` does; it runs nothing."""

import json

import pytest

from vo_lcc.adql.compile import SelectPlan
from vo_lcc.adql.explain import Explanation
from vo_lcc.dali.params import Params
from vo_lcc.db import Estimate
from vo_lcc.errors import ParameterError
from vo_lcc.tables import Column
from vo_lcc.tap.explain import as_json, as_text
from vo_lcc.tap.params import explanation_format

RA = Column("ra", "double", unit="deg", ucd="pos.eq.ra")
FOUND = Explanation(
    "SELECT t1.ra FROM t AS t1", SelectPlan('SELECT "ra" FROM t', (RA,), 7)
)
ESTIMATE = Estimate(5, 12.5, 8, ("Seq Scan on t  (cost=0.00..12.50 rows=5 width=8)",))


def test_json_has_these_keys():
    seen = json.loads(as_json(FOUND, ESTIMATE))

    assert seen == {
        "adql": "SELECT t1.ra\nFROM t AS t1",
        "sql": 'SELECT "ra"\nFROM t',
        "maxrec": 7,
        "columns": [
            {
                "name": "ra",
                "datatype": "double",
                "arraysize": None,
                "unit": "deg",
                "ucd": "pos.eq.ra",
                "xtype": None,
                "description": None,
            }
        ],
        "rows": 5,
        "cost": 12.5,
        "access": [{"table": "t", "index": None}],
        "plan": ["Seq Scan on t  (cost=0.00..12.50 rows=5 width=8)"],
    }


def test_text_says_the_same():
    text = as_text(FOUND, ESTIMATE)

    assert "SELECT t1.ra\nFROM t AS t1\n" in text
    assert 'SELECT "ra"\nFROM t\n' in text
    assert "-- PostgreSQL expects 5 rows, at a cost of 12.5\nSeq Scan on t" in text
    assert "at most 7 rows" in text
    assert "ra    double    -          deg   pos.eq.ra  -\n" in text


@pytest.mark.parametrize(
    ("asked", "accept", "given"),
    [
        ("", "", "json"),
        ("", "*/*", "json"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("", "text/plain", "plain"),
        ("", "application/json;q=0.5, text/plain", "plain"),
        ("TEXT", "application/json", "plain"),
        ("text/plain; charset=utf-8", "", "plain"),
        ("Application/JSON", "text/plain", "json"),
    ],
)
def test_the_format_asked_for_is_given(asked, accept, given):
    params = Params((("RESPONSEFORMAT", asked),))

    assert explanation_format(params, accept).endswith(given)


def test_a_format_of_tables_is_refused_with_what_there_is():
    with pytest.raises(ParameterError, match="use json or text"):
        explanation_format(Params((("FORMAT", "votable"),)), "")
