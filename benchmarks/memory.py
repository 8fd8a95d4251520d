"""What a server takes while it streams: PSS above that of a fresh one, idle."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.answers import (
    OBJECTS,
    curl,
    curl_command,
    offered_formats,
    read_answer,
    tap_path,
)
from benchmarks.server import Server
from benchmarks.subject import Subject

SIZES = (10_000, 100_000, 1_000_000)
STREAMS = 8
INTERVAL = 0.02  # seconds between looks
MEGABYTE = 1e6


class Watch:
    """The most memory that a server took while it was looked at."""

    def __init__(self, server: Server) -> None:
        self.peak = server.pss()
        self._server = server
        self._done = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._done.wait(INTERVAL):
            self.peak = max(self.peak, self._server.pss())

    def stop(self) -> None:
        self._done.set()


@contextmanager
def watched(server: Server) -> Iterator[Watch]:
    """Watches the memory of the server while the block runs."""
    watch = Watch(server)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        thread.join()


def one_stream(subject: Subject) -> Iterator[str]:
    """Peak above idle while results of growing size are streamed, one after another."""
    most = min(subject.objects, SIZES[-1])
    sizes = [*(size for size in SIZES if size < most), most]
    yield "each format with a fresh server; peak above its idle, MB\n"
    yield f"| format | idle | {' | '.join(f'{rows:,} rows' for rows in sizes)} |"
    yield "|---" * (2 + len(sizes)) + "|"
    for name in offered_formats():
        with subject.serving() as server:
            idle = server.pss()
            cells = [one_peak(server, idle, rows, name) for rows in sizes]
        yield f"| {name} | {idle / MEGABYTE:.0f} | {' | '.join(cells)} |"


def one_peak(server: Server, idle: int, rows: int, form: str) -> str:
    """Megabytes above `idle` while so many rows are read; a bad status in brackets."""
    query = OBJECTS.replace("SELECT", f"SELECT TOP {rows}", 1)
    with watched(server) as watch:
        answer = curl(server.base + tap_path(query, form))
    above = f"{(watch.peak - idle) / MEGABYTE:.0f}"
    return above if answer.status == 200 else f"({answer.status})"


def eight_streams(subject: Subject) -> Iterator[str]:
    """Peak above idle with eight results at once, each format with a fresh server."""
    yield (
        f"{STREAMS} streams of {subject.objects:,} rows x 8 columns at once; MB above"
        " idle\n"
    )
    yield "| format | all | a stream | whole answers | s |"
    yield "|---|---|---|---|---|"
    for name in offered_formats():
        with subject.serving() as server:
            idle = server.pss()
            with watched(server) as watch:
                seconds = together(server, name)
        above = (watch.peak - idle) / MEGABYTE
        took = f"{max(seconds):.1f}" if seconds else ""
        yield (
            f"| {name} | {above:.0f} | {above / STREAMS:.1f} |"
            f" {len(seconds)} of {STREAMS} | {took} |"
        )


def together(server: Server, form: str) -> list[float]:
    """Seconds of each stream that came to its end, all of them begun at once."""
    with streams(server, OBJECTS, form, STREAMS) as processes:
        said = [process.communicate()[0] for process in processes]
    whole = [p.returncode == 0 for p in processes]
    answers = [read_answer(text) for text, ok in zip(said, whole, strict=True) if ok]
    return [answer.seconds for answer in answers if answer.status == 200]


@contextmanager
def streams(
    server: Server, query: str, form: str, count: int
) -> Iterator[list[subprocess.Popen[str]]]:
    """Clients that read a result each; those that still read are ended."""
    command = curl_command(server.base + tap_path(query, form))
    with ExitStack() as stack:
        processes = []
        for _ in range(count):
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            stack.enter_context(process)
            stack.callback(process.kill)  # before its context waits for it
            processes.append(process)
        yield processes
