"""Queries as jobs: one by one, many at once, a long queue, and clients that wait."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

import psutil
from pyvo.dal import TAPService

from benchmarks import job_clients
from benchmarks.job_clients import PHASE, QUERY, RUN
from benchmarks.server import Server, cpu_seconds
from benchmarks.subject import Subject
from benchmarks.throughput import select_one

CLIENTS = (sys.executable, job_clients.__file__)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AT_ONCE, QUEUED, WAITING = 50, 1_000, 1_000
WARM, EACH = 5, 20  # jobs one by one before those that are timed; those of a round
WATCH_SECONDS = 10
DRAIN_SECONDS = 120


def jobs(subject: Subject) -> Iterator[str]:
    """Trivial jobs in every way."""
    yield (
        "A trivial query, whose text varies; SELECT 1 over one connection of the"
        f" database: {1000 * select_one(subject):.2f} ms\n"
    )
    with subject.serving() as server:
        yield from one_by_one(subject, server)
        yield ""
        yield "| many | | goal |"
        yield "|---|---|---|"
        yield at_once(subject, server)
    yield drained(subject)
    with subject.serving() as server:
        yield from waited_for(subject, server)


def one_by_one(subject: Subject, server: Server) -> Iterator[str]:
    """The same query in one request, as a job, and as a job by pyvo, in alternation."""
    numbers = count()
    with closing(Client(server)) as client, patch(SLEEP, wraps=time.sleep) as slept:
        service = TAPService(f"{server.base}/tap")
        ways: list[tuple[str, Callable[[str], object], str]] = [
            ("one request to /tap/sync", client.ask, ""),
            ("a job over HTTP, from its creation to its result", client.run, "60"),
            ("a job by pyvo, `run_async`", service.run_async, "150"),
        ]
        taken: list[list[float]] = [[] for _ in ways]
        for number in range(WARM + EACH * subject.effort.rounds):
            for (_, ask, _), times in zip(ways, taken, strict=True):
                start = time.perf_counter()
                ask(QUERY.format(number=next(numbers)))
                if number >= WARM:
                    times.append(time.perf_counter() - start)
    yield "| one by one | p50 (ms) | p95 (ms) | goal (ms) |"
    yield "|---|---|---|---|"
    for (title, _, goal), times in zip(ways, taken, strict=True):
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        yield f"| {title} | {1000 * p50:.1f} | {1000 * p95:.1f} | {goal} |"
    yield f"\npyvo slept {slept.call_count} times in {len(times) + WARM} jobs."


SLEEP = "pyvo.dal.tap.sleep"  # what it does while a job has not ended


class Client:
    """Asks over one connection, without a library that knows jobs."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(urlsplit(server.base).netloc)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ask(self, query: str) -> None:
        """Read the result of a query, in one request."""
        self._send("POST", "/tap/sync", 200, {"QUERY": query})

    def run(self, query: str) -> None:
        """Create a job, wait for it and read its result."""
        url, _ = self._send("POST", "/tap/async", 303, {"QUERY": query, **RUN})
        path, phase = urlsplit(url).path, "QUEUED"
        while phase in ("QUEUED", "EXECUTING"):
            _, said = self._send("GET", f"{path}?WAIT=-1", 200)
            phase = PHASE.findall(said.decode())[0]
        self._send("GET", f"{path}/results/result", 200)

    def _send(
        self, method: str, path: str, status: int, asked: dict[str, str] | None = None
    ) -> tuple[str, bytes]:
        """Where the answer leads, and what it says; raises RuntimeError for others."""
        body = urlencode({"LANG": "ADQL", **asked}) if asked else None
        self._connection.request(method, path, body, FORM if asked else {})
        response = self._connection.getresponse()
        said = response.read()
        if response.status != status:
            raise RuntimeError(f"{method} {path}: {response.status} {said[:500]!r}")
        return response.getheader("Location", ""), said


def at_once(subject: Subject, server: Server) -> str:
    """Jobs that are created at once, until the last result was read."""
    times = [
        float(clients(server, "run", AT_ONCE)) for _ in range(subject.effort.rounds)
    ]
    return (
        f"| {AT_ONCE} jobs at once, created, waited for and read (s)"
        f" | {statistics.median(times):.2f} | 2 |"
    )


def drained(subject: Subject) -> str:
    """Jobs a second of a long queue, which a server finds when it starts."""
    subject.database.fetch("DELETE FROM uws.jobs")
    with subject.serving(VO_LCC_JOBS_WORKERS="false") as server:
        clients(server, "queue", QUEUED)
    end = time.monotonic() + DRAIN_SECONDS
    with subject.serving():
        while time.monotonic() < end and subject.database.fetch(UNFINISHED)[0][0]:
            time.sleep(0.1)
    ((complete, seconds),) = subject.database.fetch(COMPLETE)
    if complete != QUEUED:
        raise RuntimeError(f"{complete} of {QUEUED} jobs are complete")
    rate = complete / float(seconds)
    return f"| {QUEUED:,} queued jobs drained (jobs a second) | {rate:.0f} | 50 |"


UNFINISHED = "SELECT count(*) FROM uws.jobs WHERE phase IN ('QUEUED', 'EXECUTING')"
COMPLETE = (
    "SELECT count(*), extract(epoch FROM max(end_time) - min(start_time))"
    " FROM uws.jobs WHERE phase = 'COMPLETED'"
)


def waited_for(subject: Subject, server: Server) -> Iterator[str]:
    """What clients cost that wait, and whether they hear of their job."""
    watched = (server.process, subject.postgresql())
    idle = used(watched)
    with subprocess.Popen(
        [*CLIENTS, server.base, "wait", str(WAITING)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        waiting = used(watched)
        said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("the clients that wait have failed")
    left, seconds = said.split()
    if int(left) != WAITING:
        raise RuntimeError(f"{left} of {WAITING} clients still wait")
    for who, before, now in zip(("server", "PostgreSQL"), idle, waiting, strict=True):
        yield (
            f"| {WAITING:,} clients that wait: processor of the {who} in"
            f" {WATCH_SECONDS} s, % of a core (without them) |"
            f" {now:.1f} ({before:.1f}) | 5 |"
        )
    heard = 1000 * float(seconds)
    yield f"| one of them hears that its job was aborted (ms) | {heard:.1f} | |"


def used(watched: Sequence[psutil.Process]) -> list[float]:
    """What these use of one core while nothing is asked, in percent."""
    before = [cpu_seconds(each) for each in watched]
    time.sleep(WATCH_SECONDS)
    after = [cpu_seconds(each) for each in watched]
    pairs = zip(before, after, strict=True)
    return [100 * (now - then) / WATCH_SECONDS for then, now in pairs]


def clients(server: Server, work: str, number: int) -> str:
    """What many clients print; raises CalledProcessError when one of them fails."""
    return subprocess.run(
        [*CLIENTS, server.base, work, str(number)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
