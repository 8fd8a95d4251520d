"""Time to compile queries: a text that comes for the first time, and one that is kept.

The queries are the corpora of `../shared/validators/adql` where they are beside this
checkout, and those of the tests where they are not.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.subject import Subject
from vo_lcc.adql import compile_query, parse_query
from vo_lcc.adql.plans import PlanKey, Plans
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog

CHECKOUT = Path(__file__).parents[1]
CORPUS = CHECKOUT.parent / "shared" / "validators" / "adql"
CORPORA = ("core", "client_queries")
OWN = CHECKOUT / "tests" / "adql" / "cases" / "queries.sql"
ROUNDS = 5
REPEATED = 1000
MAXREC = 20_000

CONE = (
    "SELECT object_id, ra, dec FROM bench.objects"
    " WHERE 1=CONTAINS(POINT(ra, dec), CIRCLE(120.5, -33.2, 0.1))"
)
CROSSMATCH = (
    "SELECT a.object_id, a.ra, a.dec, a.n_points, a.t_min, b.object_id AS other_id,"
    " b.ra AS other_ra, b.dec AS other_dec, b.g_median, b.g_amplitude"
    " FROM curves.objects AS a JOIN bench.objects AS b"
    " ON DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) < 2/3600.0"
    " WHERE a.n_points > 10 AND b.g_median BETWEEN 10 AND 20 ORDER BY a.object_id"
)
SINGLE = {"a cone": CONE, "a crossmatch with ten columns": CROSSMATCH}


def compiling(subject: Subject) -> Iterator[str]:
    """Milliseconds for each query: cold, every pass anew; cached, its plan found.

    Where the tables of a query are not those of this catalog, only what needs no
    catalog is done: parsing, and the types that follow from the text.
    """
    catalog = load_catalog(subject.database)
    yield "| | queries | median (ms) | p95 | p99 | max |"
    yield "|---|---|---|---|---|---|"
    for title, query in SINGLE.items():
        times = repeated([query], compiler(catalog), REPEATED)
        yield row(f"cold: {title}", 1, times)
    compiled, parsed = sorted_queries(catalog)
    for title, queries, work in (
        ("cold: compiled", compiled, compiler(catalog)),
        ("cold: parsed, of unknown tables", parsed, parse_query),
    ):
        if queries:
            times = repeated(queries, work, ROUNDS)
            yield row(f"{title}, {corpus_name()}", len(queries), times)
    kept = [*SINGLE.values(), *compiled]
    for title, queries in ((SINGLE_CACHED, [CROSSMATCH]), ("cached: all", kept)):
        rounds = REPEATED if len(queries) == 1 else ROUNDS
        yield row(title, len(queries), cached(queries, catalog, rounds))


SINGLE_CACHED = "cached: a crossmatch with ten columns"


def compiler(catalog: Catalog) -> Callable[[str], object]:
    """All the passes, as the server runs them."""
    return lambda text: compile_query(text, catalog, MAXREC)


def corpus_name() -> str:
    """Where the queries are from."""
    return "shared corpora" if CORPUS.is_dir() else "queries of the tests"


def corpus() -> list[str]:
    """Every valid query there is."""
    if not CORPUS.is_dir():
        text = OWN.read_text(encoding="utf-8")
        return [query.strip() for query in text.split(";\n") if query.strip()]
    lines = [
        line
        for name in CORPORA
        for line in CORPUS.joinpath(f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    return [case["query"] for case in map(json.loads, lines) if case["valid"]]


def sorted_queries(catalog: Catalog) -> tuple[list[str], list[str]]:
    """Queries that this catalog can answer, and those that can only be parsed."""
    compiled, parsed = [], []
    for query in corpus():
        try:
            compile_query(query, catalog, MAXREC)
            compiled.append(query)
        except QueryError:
            parsed.append(query)
    return compiled, [query for query in parsed if is_parsed(query)]


def is_parsed(query: str) -> bool:
    """True for a query without fault but for its names."""
    try:
        parse_query(query)
    except QueryError:
        return False
    return True


def repeated(
    queries: list[str], work: Callable[[str], object], rounds: int
) -> list[float]:
    """Seconds of each query in each round, all of them in another order each time."""
    shuffled = random.Random(46)
    times = []
    for _ in range(rounds):
        for query in shuffled.sample(queries, len(queries)):
            start = time.perf_counter()
            work(query)
            times.append(time.perf_counter() - start)
    return times


def cached(queries: list[str], catalog: Catalog, rounds: int) -> list[float]:
    """Seconds to find each plan, by a text that is a new object as a request's is."""
    plans = Plans()
    for query in queries:
        plans.keep(key(query, catalog), compile_query(query, catalog, MAXREC))
    fresh = [query.encode() for query in queries for _ in range(rounds)]
    times = []
    for text in [x.decode() for x in fresh]:
        start = time.perf_counter()
        found = plans.find(key(text, catalog))
        times.append(time.perf_counter() - start)
        assert found is not None, text
    return times


def key(text: str, catalog: Catalog) -> PlanKey:
    """What the server keeps a plan under."""
    return PlanKey(text, catalog.version, MAXREC, MAXREC, MAXREC)


def row(title: str, queries: int, times: list[float]) -> str:
    """A line of the table."""
    ordered = sorted(times)
    figures = [
        f"{1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]:.3g}"
        for part in (0.5, 0.95, 0.99)
    ]
    return f"| {title} | {queries} | {' | '.join(figures)} | {1000 * ordered[-1]:.3g} |"
