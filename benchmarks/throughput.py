"""Requests a second and their latencies, at one client and at sixteen, by wrk.

No path is asked for twice in one run where it says that it varies, so that what
is kept of earlier queries does not help.
"""

import itertools
import shutil
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psycopg2

from benchmarks.answers import tap_path
from benchmarks.server import Server, offers_processes
from benchmarks.subject import Subject

CLIENTS = (1, 16)
SCRIPT = Path(__file__).with_name("paths.lua")
VARYING = 10_000  # paths for each run
TRIVIAL = "SELECT TOP 1 object_id FROM bench.objects"
INSTALL = "wrk is not installed (Debian: apt install wrk); throughput is not measured"


@dataclass(frozen=True)
class Load:
    """What wrk found; seconds."""

    rate: float
    failed: int
    p50: float
    p95: float


def throughput(subject: Subject) -> Iterator[str]:
    """Every workload with one process, and with two where the server offers them."""
    if shutil.which("wrk") is None:
        yield INSTALL
        return
    yield (
        f"wrk, {subject.effort.load_seconds} s each, on the same processors; SELECT 1"
        f" over one connection of the database: {1000 * select_one(subject):.2f} ms\n"
    )
    yield "One process:\n"
    with subject.serving() as server:
        yield from table(subject, server)
    if not offers_processes():
        yield "\nThis version has no `--processes`."
        return
    yield "\nTwo processes:\n"
    with subject.serving("--processes", "2") as server:
        yield from table(subject, server)


def table(subject: Subject, server: Server) -> Iterator[str]:
    """A line for each workload."""
    groups = [
        f"{title}, {n} client{'s' * (n > 1)}"
        for n in CLIENTS
        for title in ("p50 (ms)", "p95 (ms)", "a second")
    ]
    yield f"| request | {' | '.join(groups)} | failed |"
    yield "|---" * (len(groups) + 2) + "|"
    for title, make in workloads(subject):
        loads = [run(subject, server, make(), clients) for clients in CLIENTS]
        cells = [
            f"{1000 * x.p50:.2f} | {1000 * x.p95:.2f} | {x.rate:.0f}" for x in loads
        ]
        failed = sum(x.failed for x in loads)
        yield f"| {title} | {' | '.join(cells)} | {failed} |"


def workloads(subject: Subject) -> list[tuple[str, Callable[[], list[str]]]]:
    """The paths of each workload, made anew for each run."""
    curve = f"/lc/bench/{subject.long_object}"
    numbers = itertools.count()
    places = seeded_places()

    def varying(path: Callable[[], str]) -> Callable[[], list[str]]:
        return lambda: [path() for _ in range(VARYING)]

    return [
        ("trivial TAP query, the same text", lambda: [trivial_path(TRIVIAL)]),
        (
            "trivial TAP query, the text varies",
            varying(lambda: trivial_path(varied(next(numbers)))),
        ),
        ("TAP, cone of 0.1 deg, varies", varying(lambda: tap_cone(*next(places)))),
        ("/scs, cone of 0.1 deg, varies", varying(lambda: scs_cone(*next(places)))),
        ("/ssa, 0.1 deg, varies", varying(lambda: ssa_cone(*next(places)))),
        ("/lc, 5,000 points, VOTable", lambda: [curve]),
        ("/lc, 5,000 points, CSV", lambda: [f"{curve}?format=csv"]),
        ("/lc, 5,000 points, FITS", lambda: [f"{curve}?format=fits"]),
        ("/availability", lambda: ["/availability"]),
    ]


def varied(number: int) -> str:
    """The trivial query with a text of its own."""
    return TRIVIAL.replace(" FROM", f", {number} AS n FROM")


def trivial_path(query: str) -> str:
    """A query in the default format."""
    return "/tap/sync?" + urlencode({"LANG": "ADQL", "QUERY": query})


def seeded_places() -> Iterator[tuple[str, str]]:
    """Positions uniform on the sky, without end."""
    rng = np.random.default_rng(1)
    while True:
        dec = np.degrees(np.arcsin(rng.uniform(-1, 1)))
        yield f"{rng.uniform(0, 360):.5f}", f"{dec:.5f}"


def tap_cone(ra: str, dec: str) -> str:
    """A cone as a query."""
    return tap_path(
        "SELECT object_id, ra, dec FROM bench.objects"
        f" WHERE 1=CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, 0.1))",
        "votable/b2",
    )


def scs_cone(ra: str, dec: str) -> str:
    """A cone as a cone search."""
    return "/scs/bench?" + urlencode({"RA": ra, "DEC": dec, "SR": "0.1"})


def ssa_cone(ra: str, dec: str) -> str:
    """A cone as a search for light curves; SIZE is a diameter."""
    return "/ssa/bench?" + urlencode({"POS": f"{ra},{dec}", "SIZE": "0.2"})


def run(subject: Subject, server: Server, paths: list[str], clients: int) -> Load:
    """One run of wrk, after one request to warm up."""
    file = subject.folder / "paths.txt"
    file.write_text("\n".join(paths) + "\n", encoding="ascii")
    seconds = subject.effort.load_seconds
    urllib.request.urlopen(server.base + paths[0], timeout=30).close()
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s"]
    done = subprocess.run(
        [*command, "-s", str(SCRIPT), server.base, "--", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    return read_load(done.stdout)


def read_load(said: str) -> Load:
    """What the script printed.

    >>> read_load("... MEASURED 300 3000000 0 1500 2500")
    Load(rate=100.0, failed=0, p50=0.0015, p95=0.0025)
    """
    figures = said[said.index("MEASURED") :].split()[1:6]
    requests, duration, failed, p50, p95 = map(int, figures)
    return Load(requests / duration * 1e6, failed, p50 / 1e6, p95 / 1e6)


def select_one(subject: Subject) -> float:
    """Seconds of the smallest statement there is, the median."""
    times = []
    connection = psycopg2.connect(subject.dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for _ in range(200):
                start = time.perf_counter()
                cursor.execute("SELECT 1")
                cursor.fetchall()
                times.append(time.perf_counter() - start)
    finally:
        connection.close()
    return statistics.median(times)
