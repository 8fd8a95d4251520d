"""/tap/explain over HTTP: what a query would do, without doing it."""

import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import requests
from astropy.io.votable import parse_single_table

from vo_lcc.config import Config, DatabaseSection

CONE = (
    "SELECT object_id, ra, POINT(ra, dec) AS place FROM demo.objects"
    " WHERE DISTANCE(ra, dec, 10, 20) < 1"
)
UNENDING = "SELECT a.* FROM demo.photometry AS a, demo.photometry AS b"
SLOW = f"{UNENDING} ORDER BY a.mag + b.mag"
# thought to be short, as every third row would do; none does
SILENT = {"QUERY": UNENDING.replace(" a.*", " TOP 1 a.*") + " WHERE a.mag + b.mag < 0"}


def explain(server, query, method="POST", headers=None, **more):
    data = {"LANG": "ADQL", "QUERY": query, **more}
    place = "params" if method == "GET" else "data"
    return requests.request(
        method, f"{server}/tap/explain", timeout=30, headers=headers, **{place: data}
    )


def test_get_and_post_tell_the_same(server):
    got, posted = explain(server, CONE, "GET"), explain(server, CONE)

    assert got.status_code == posted.status_code == 200
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    assert got.json() == posted.json()
    assert list(got.json()) == [
        *("adql", "sql", "maxrec", "columns", "rows", "cost", "access", "plan")
    ]


def test_the_columns_are_those_of_the_result(server):
    told = explain(server, CONE).json()["columns"]
    asked = {"LANG": "ADQL", "QUERY": CONE}
    reply = requests.post(f"{server}/tap/sync", data=asked, timeout=30)

    fields = parse_single_table(BytesIO(reply.content)).fields
    for column, field in zip(told, fields, strict=True):
        for word in ("name", "datatype", "arraysize", "ucd", "xtype", "description"):
            assert column[word] == getattr(field, word)
        assert (column["unit"] or "") == str(field.unit or "")


def test_a_cone_is_seen_to_use_the_index(server):
    told = explain(server, CONE).json()

    assert "FROM demo.objects AS t1" in told["adql"]
    assert "hpx" in told["sql"]
    assert any("objects_hpx" in line and "Index Scan" in line for line in told["plan"])
    assert 0 < told["rows"] < 100
    assert told["cost"] > 0


def test_nothing_is_run(server):
    begin = time.monotonic()
    told = explain(server, SLOW, MAXREC="10000000").json()

    assert time.monotonic() - begin < 5
    assert told["maxrec"] == 10_000_000
    assert told["rows"] == 10_000_001


def test_the_row_limit_is_that_of_a_query(small_server):
    query = "SELECT ra FROM demo.objects"

    limits = [
        explain(small_server, query, **more).json()["maxrec"]
        for more in ({}, {"MAXREC": "7"}, {"MAXREC": "999"}, {"MAXREC": "0"})
    ]

    assert limits == [2, 7, 50, 0]


@pytest.mark.parametrize(
    "how", [{"RESPONSEFORMAT": "text"}, {"headers": {"Accept": "text/plain"}}]
)
def test_text_is_given_to_who_asks_for_it(server, how):
    reply = explain(server, CONE, **how)

    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert reply.text.startswith(
        "-- The query as it is understood\nSELECT t1.object_id"
    )
    assert "Index Scan" in reply.text


def test_every_problem_of_a_query_has_its_place(server):
    reply = explain(server, "SELECT rra,\n 'a' * 3 FROM demo.objects")

    assert reply.status_code == 400
    assert reply.headers["Content-Type"].startswith("application/json")
    told = reply.json()
    assert told["error"] == "UsageFault"
    assert told["message"].startswith("line 1, column 8: no column `rra`")
    assert [(p["line"], p["column"]) for p in told["problems"]] == [(1, 8), (2, 2)]
    assert told["problems"][0]["message"].startswith("no column `rra`")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"LANG": "SQL"}, "LANG: 'SQL' is unknown"),
        ({"QUERY": ""}, "QUERY: missing"),
        ({"MAXREC": "x"}, "MAXREC: 'x'"),
        ({"RESPONSEFORMAT": "fits"}, "RESPONSEFORMAT: an explanation is not given as"),
    ],
)
def test_a_wrong_parameter_is_told_as_json(server, more, message):
    reply = explain(server, more.pop("QUERY", CONE), **more)

    assert reply.status_code == 400
    assert reply.json()["message"].startswith(message)
    assert reply.json()["problems"] == []


def test_an_explanation_waits_for_its_turn_as_a_query_does(
    serving, demo_db, monkeypatch
):
    # what is thought to be short keeps its place here, however long it takes
    monkeypatch.setattr("vo_lcc.db.pools.OVERRUN_SECONDS", 600)
    pools = {"connections": 1, "bulk_connections": 1, "queue_timeout": 1}
    with (
        serving(Config(database=DatabaseSection(**pools)), demo_db.url) as server,
        ThreadPoolExecutor(1) as threads,
    ):
        asked = {"LANG": "ADQL", "QUERY": UNENDING, "MAXREC": "10000000"}
        url = f"{server}/tap/sync"
        with requests.post(url, data=asked, timeout=30, stream=True) as running:
            assert running.status_code == 200
            silent = threads.submit(requests.post, url, asked | SILENT, timeout=3)
            time.sleep(1)
            refused = explain(server, CONE)
        with pytest.raises(requests.Timeout):
            silent.result()
        after = explain(server, CONE)

    assert refused.status_code == 503
    assert refused.json()["error"] == "TransientFault"
    assert int(refused.headers["Retry-After"]) > 0
    assert after.status_code == 200
