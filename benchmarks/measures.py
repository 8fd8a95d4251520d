"""Each measure takes the subject and gives lines of a table in Markdown."""

import http.client
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import psycopg2

from benchmarks.compiling import compiling
from benchmarks.regions import crossmatch, regions
from benchmarks.subject import PSQL, Subject

ROUNDS = 5
QUERY = (
    "SELECT object_id, ra, dec, hpx, n_points, t_min, g_median, g_amplitude"
    " FROM bench.objects"
)
SINK = "/dev/null"
FORMATS = ("votable/b2", "votable/td", "csv", "fits")


def streaming(subject: Subject) -> Iterator[str]:
    """Seconds to stream every object in each format, beside COPY of the same."""
    rows = subject.database.fetch("SELECT count(*) FROM bench.objects")[0][0]
    yield f"{rows:,} rows, 8 columns; medians of {ROUNDS} alternating rounds\n"
    yield "| format | seconds | COPY BINARY | ratio | first byte (ms) | MB |"
    yield "|---|---|---|---|---|---|"
    for name in FORMATS:
        ours, reference, first, size = [], [], [], 0.0
        for _ in range(ROUNDS):
            reference.append(copy_seconds(subject))
            total, start, size = curl(tap_url(subject, QUERY, name))
            ours.append(total)
            first.append(start)
        mine, theirs = statistics.median(ours), statistics.median(reference)
        yield (
            f"| {name} | {mine:.2f} | {theirs:.2f} | {mine / theirs:.2f} |"
            f" {1000 * statistics.median(first):.0f} | {size / 1e6:.0f} |"
        )


def memory(subject: Subject) -> Iterator[str]:
    """Peak PSS while results of growing size are streamed; the server is fresh."""
    idle = subject.pss()
    yield f"idle, before the first query: {idle / 1e6:.0f} MB\n"
    yield "| rows | format | peak PSS above that idle (MB) |"
    yield "|---|---|---|"
    for rows in (10_000, 100_000, 1_000_000):
        for name in FORMATS:
            query = QUERY.replace("SELECT", f"SELECT TOP {rows}", 1)
            peak = peak_pss(subject, tap_url(subject, query, name))
            yield f"| {rows:,} | {name} | {(peak - idle) / 1e6:.0f} |"


def latencies(subject: Subject) -> Iterator[str]:
    """Milliseconds of small requests over one kept-alive connection."""
    yield "| request | p50 (ms) | p95 (ms) |"
    yield "|---|---|---|"
    rng = np.random.default_rng(1)
    places = zip(
        rng.uniform(0, 360, 200),
        np.degrees(np.arcsin(rng.uniform(-1, 1, 200))),
        strict=True,
    )
    cones = [(f"{ra:.5f}", f"{dec:.5f}") for ra, dec in places]
    requests = {
        "cone of 0.1 deg, /scs": [
            "/scs/bench?" + urlencode({"RA": ra, "DEC": dec, "SR": "0.1"})
            for ra, dec in cones
        ],
        "cone of 0.1 deg, /tap/sync": [
            tap_url(
                subject,
                f"SELECT object_id, ra, dec FROM bench.objects WHERE"
                f" 1=CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, 0.1))",
                "votable/b2",
            ).removeprefix(subject.base)
            for ra, dec in cones
        ],
        "light curve of 5,000 points, VOTable": [f"/lc/bench/{subject.long_object}"]
        * 100,
        "light curve of 5,000 points, CSV": [
            f"/lc/bench/{subject.long_object}?format=csv"
        ]
        * 100,
        "light curve of 5,000 points, FITS": [
            f"/lc/bench/{subject.long_object}?format=fits"
        ]
        * 100,
        "SSA, 0.1 deg": [
            "/ssa/bench?" + urlencode({"POS": f"{ra},{dec}", "SIZE": "0.2"})
            for ra, dec in cones
        ],
        "/availability": ["/availability"] * 100,
    }
    for title, paths in requests.items():
        yield row(title, [request(subject, paths)])
    yield row("database: SELECT 1", [select_one(subject)])


def row(title: str, samples: list[list[float]]) -> str:
    times = sorted(x for sample in samples for x in sample)
    p50, p95 = statistics.median(times), times[int(0.95 * len(times))]
    return f"| {title} | {1000 * p50:.2f} | {1000 * p95:.2f} |"


def request(subject: Subject, paths: list[str]) -> list[float]:
    """Seconds of each request, after one to warm up."""
    connection = http.client.HTTPConnection(urlsplit(subject.base).netloc, timeout=60)
    times = []
    for path in paths[:1] + paths:
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - start)
        assert answer.status == 200, (path, answer.status)
    connection.close()
    return times[1:]


def select_one(subject: Subject) -> list[float]:
    """Seconds of the smallest statement there is, on a connection of its own."""
    times = []
    connection = psycopg2.connect(subject.dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for _ in range(200):
            start = time.perf_counter()
            cursor.execute("SELECT 1")
            cursor.fetchall()
            times.append(time.perf_counter() - start)
    connection.close()
    return times


def tap_url(subject: Subject, query: str, fmt: str) -> str:
    parameters = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": fmt}
    return f"{subject.base}/tap/sync?{urlencode({**parameters, 'MAXREC': 10_000_000})}"


def copy_seconds(subject: Subject) -> float:
    start = time.perf_counter()
    with Path(SINK).open("wb") as sink:
        subprocess.run(
            [
                PSQL,
                "-X",
                "-c",
                f"COPY ({QUERY}) TO STDOUT (FORMAT BINARY)",
                subject.dsn,
            ],
            stdout=sink,
            check=True,
        )
    return time.perf_counter() - start


def curl(url: str) -> tuple[float, float, float]:
    """Seconds in all, seconds to the first byte, bytes."""
    said = "%{http_code} %{time_total} %{time_starttransfer} %{size_download}"
    done = subprocess.run(
        ["curl", "-sS", "-o", SINK, "-w", said, url],
        capture_output=True,
        text=True,
        check=True,
    )
    status, total, first, size = done.stdout.split()
    assert status == "200", done.stdout
    return float(total), float(first), float(size)


def peak_pss(subject: Subject, url: str) -> int:
    """The most memory the server took while it answered, in bytes."""
    peak = subject.pss()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, subject.pss())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        curl(url)
    finally:
        done.set()
        watcher.join()
    return peak


def storage(subject: Subject) -> Iterator[str]:
    """Points as arrays, as they are kept, and the same points as rows."""
    database = subject.database
    database.fetch("CREATE TABLE public.rows AS SELECT * FROM curves.photometry")
    database.fetch("CREATE INDEX ON public.rows (object_id)")
    database.fetch("ANALYZE public.rows")
    tables = {"arrays": "curves_r1.lightcurves", "rows": "public.rows"}
    size = "SELECT pg_total_relation_size('{}')"
    megabytes = {k: database.fetch(size.format(v))[0][0] for k, v in tables.items()}
    yield "| 3,000,000 points in 30,000 light curves | as arrays | as rows |"
    yield "|---|---|---|"
    yield (
        f"| on disk, with indexes (MB) | {megabytes['arrays'] / 1e6:.0f} |"
        f" {megabytes['rows'] / 1e6:.0f} |"
    )
    for title, sql in POINT_QUERIES:
        arrays, rows = (
            statement_seconds(subject, sql.format(points=table))
            for table in ("curves.photometry", "public.rows")
        )
        yield f"| {title} (ms) | {1000 * arrays:.1f} | {1000 * rows:.1f} |"
    database.fetch("DROP TABLE public.rows")


POINT_QUERIES = (
    (
        "one light curve",
        "SELECT * FROM {points} WHERE object_id = 'b0012345' ORDER BY obs_time",
    ),
    ("count of all points", "SELECT count(*) FROM {points}"),
    ("mean of all magnitudes", "SELECT avg(mag) FROM {points}"),
    (
        "mean magnitude of each object",
        "SELECT object_id, avg(mag) FROM {points} GROUP BY object_id",
    ),
)


def statement_seconds(subject: Subject, sql: str) -> float:
    """The median time of a statement in the database."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subject.database.fetch(sql)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


MEASURES: list[tuple[str, Callable[[Subject], Iterator[str]]]] = [
    ("Memory", memory),
    ("Streaming", streaming),
    ("Latency", latencies),
    ("Compiling ADQL", compiling),
    ("Regions", regions),
    ("Crossmatch", crossmatch),
    ("Points as arrays or as rows", storage),
]
