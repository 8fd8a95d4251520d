"""The corpus of the fuzzer, once more: plans PostgreSQL takes, or a QueryError."""

import random

from vo_lcc.db import Database

from .fuzz import Connection, FindingError, check, kept, shortest
from .fuzz_inputs import SETUP, Maker, mutate

QUERIES = kept()


def test_every_query_kept_compiles_or_is_refused_and_reads_back():
    reached = set().union(*(check(query) for query in QUERIES))

    assert len(QUERIES) > 100
    assert len(reached) > len(QUERIES)


def test_postgresql_takes_all_that_compiles(db: Database):
    with db.transaction() as cur:
        cur.execute(SETUP)
    connection = Connection(db.url)

    reached = set().union(*(check(query, connection) for query in QUERIES))
    connection.conn.close()

    assert any("/" in each for each in reached)


def test_new_queries_are_right_too():
    rnd = random.Random(7)
    compiled = 0
    for _ in range(500):
        query = Maker(rnd).query(2)
        compiled += any("/" in each for each in check(query))
        check(mutate(rnd, [query]))

    assert compiled > 50


def test_a_finding_is_made_short():
    def fails(query):
        if "ra" in query and "dec" in query:
            raise FindingError("both", query)

    assert shortest("SELECT ra, x, dec FROM t", "both", fails) == "radec"
