"""Short queries of some while others read results without end."""

import http.client
import itertools
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from benchmarks.answers import ENDLESS, server_sql, tap_path
from benchmarks.memory import MEGABYTE, STREAMS, streams
from benchmarks.server import Server
from benchmarks.subject import Subject
from benchmarks.throughput import (
    TRIVIAL,
    scs_cone,
    seeded_places,
    trivial_path,
    varied,
)

PATIENCE = 10.0  # seconds that a short query may take
READ_RATE = 1_000_000  # bytes a second
PIECE = 50_000
EVERY = 10.0  # seconds between looks at the memory
WARM = 200  # queries before anything is measured


def slow_reader(subject: Subject) -> Iterator[str]:
    """Memory, and the latency of others, while one client reads 1 MB a second."""
    sql = server_sql(subject, ENDLESS)
    rows = subject.database.fetch(f"SELECT count(*) FROM ({sql}) AS q")[0][0]
    with subject.serving() as server:
        short = asker(server, [trivial_path(TRIVIAL)])
        ask_for(short, WARM)
        alone, idle = ask_for(short, WARM), server.pss()
        yield (
            f"{rows:,} rows to a client that reads 1 MB/s, in BINARY2; others ask a"
            " trivial query\n"
        )
        yield "| at (s) | read (MB) | PSS above idle (MB) | p50 of others (ms) | p95 |"
        yield "|---|---|---|---|---|"
        yield f"| before | | 0 | {figures(alone)} |"
        with slowly_read(server, ENDLESS) as reader:
            start = time.monotonic()
            at = 0.0
            while at <= subject.effort.slow_seconds:
                time.sleep(max(0.0, start + at - time.monotonic()))
                above = (server.pss() - idle) / MEGABYTE
                times = ask_for(short, WARM)
                yield (
                    f"| {at:.0f} | {reader.read / MEGABYTE:.0f} | {above:.1f} |"
                    f" {figures(times)} |"
                )
                at += min(EVERY, subject.effort.slow_seconds or EVERY)
        if reader.problem:
            yield f"\nThe slow client failed: {reader.problem}."


class SlowReader:
    """A client that takes a piece, and sleeps; a small buffer holds the rest back."""

    def __init__(self, server: Server, path: str) -> None:
        self.read = 0
        self.problem = ""
        self._stopped = threading.Event()
        parts = urlsplit(server.base)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * PIECE)
        self._socket.settimeout(60)
        self._socket.connect((parts.hostname, parts.port))
        request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        self._socket.sendall(request.encode("ascii"))

    def run(self) -> None:
        """Read at the rate until told to stop."""
        start = time.monotonic()
        try:
            while not self._stopped.wait(self._ahead(start)):
                piece = self._socket.recv(PIECE)
                if self.read == 0 and b" 200 " not in piece[:20]:
                    self.problem = piece[:20].decode("ascii", "replace")
                    return
                if not piece:
                    self.problem = "the answer ended"
                    return
                self.read += len(piece)
        except OSError as error:
            self.problem = str(error)

    def stop(self) -> None:
        """Leave at the next piece."""
        self._stopped.set()

    def close(self) -> None:
        self._socket.close()

    def _ahead(self, start: float) -> float:
        """Seconds to wait before the next piece."""
        return max(0.0, start + self.read / READ_RATE - time.monotonic())


@contextmanager
def slowly_read(server: Server, query: str) -> Iterator[SlowReader]:
    """A slow client reads while the block runs."""
    reader = SlowReader(server, tap_path(query, "votable/b2"))
    thread = threading.Thread(target=reader.run, daemon=True)
    thread.start()
    try:
        yield reader
    finally:
        reader.stop()
        thread.join(PATIENCE)
        reader.close()


def fair_use(subject: Subject) -> Iterator[str]:
    """Latency of short queries alone, and while eight long results are read."""
    places = seeded_places()
    kinds: dict[str, Callable[[int], str]] = {
        "trivial TAP query": lambda n: trivial_path(varied(n)),
        "/scs, cone of 0.1 deg": lambda n: scs_cone(*next(places)),
        "/availability": lambda n: "/availability",
    }
    yield f"one client, beside {STREAMS} that read BINARY2 as fast as it comes\n"
    yield "| request | alone p50 (ms) | p95 | beside them p50 (ms) | p95 | failed |"
    yield "|---|---|---|---|---|---|"
    seconds = float(subject.effort.load_seconds)
    with subject.serving() as server:
        asked = {
            title: asker(server, [path(n) for n in range(5000)])
            for title, path in kinds.items()
        }
        alone = {title: ask_during(short, seconds) for title, short in asked.items()}
        with streams(server, ENDLESS, "votable/b2", STREAMS) as processes:
            time.sleep(1)
            beside = {
                title: ask_during(short, seconds) for title, short in asked.items()
            }
            ended = sum(process.poll() is not None for process in processes)
    for title in kinds:
        failed = sum(x is None for x in (*alone[title], *beside[title]))
        cells = f"{figures(alone[title])} | {figures(beside[title])}"
        yield f"| {title} | {cells} | {failed} |"
    if ended:
        yield f"\n{ended} of the long results had ended before the last short query."


Times = list[float | None]  # seconds; None for a request that failed


def asker(server: Server, paths: list[str]) -> Callable[[], float | None]:
    """Sends the next path over a kept connection; its seconds, None if it failed."""
    netloc = urlsplit(server.base).netloc
    connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
    waiting = itertools.cycle(paths)

    def ask() -> float | None:
        start = time.perf_counter()
        try:
            connection.request("GET", next(waiting))
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        return time.perf_counter() - start if answer.status == 200 else None

    return ask


def ask_for(ask: Callable[[], float | None], count: int) -> Times:
    """So many requests, one after another."""
    return [ask() for _ in range(count)]


def ask_during(ask: Callable[[], float | None], seconds: float) -> Times:
    """Requests one after another for so long."""
    end = time.monotonic() + seconds
    times = [ask()]
    while time.monotonic() < end:
        times.append(ask())
    return times


def figures(times: Times) -> str:
    """Two cells: p50 and p95 in milliseconds, of the requests that were answered."""
    known = sorted(x for x in times if x is not None)
    if not known:
        return "none answered |"
    p95 = known[min(len(known) - 1, int(0.95 * len(known)))]
    return f"{1000 * statistics.median(known):.2f} | {1000 * p95:.2f}"
