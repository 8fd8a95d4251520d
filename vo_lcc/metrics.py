"""What the server counts, for Prometheus: `Metrics`, one in each process.

With several processes the values lie in files of a folder that they share, one set
for each process, and are added up when they are asked for. No label holds anything
that a client can make up.
"""

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from vo_lcc import __version__
from vo_lcc.dali.recording import Ended

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for it
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
SECONDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1, 2.5, 5, 10, 30, 60, 300, 1800),
)


class Metrics:
    """The counts of this process, and the answer to `/metrics` for all of them.

    `folder` is where several processes keep their counts; None: there is only this
    one. It observes requests (`begun`, `ended`), is the meter of the streams
    (`waiting`, `running`, `connections`, `cancelled`) and is told of clients that
    were refused (`refused`).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._registry = CollectorRegistry()
        disable_created_metrics()  # type: ignore[no-untyped-call]
        if folder is not None:
            share(folder)
            self._answers = CollectorRegistry()
            multiprocess.MultiProcessCollector(self._answers, str(folder))  # type: ignore[no-untyped-call]
        else:
            self._answers = self._registry
        self._answers.register(Processes(several=folder is not None))
        self._make_requests()
        self._make_streams()
        self._make_harvests()

    def _make_requests(self) -> None:
        self._requests = self._counter(
            "requests", "Requests answered", "service", "method", "status"
        )
        self._in_progress = self._gauge(
            "requests_in_progress", "Requests being answered now", "service"
        )
        self._seconds = self._histogram("request", "Seconds to the end of the answer")
        self._first_byte = self._histogram(
            "first_byte", "Seconds until the answer begins"
        )
        self._unfinished = self._counter(
            "unfinished",
            "Answers not sent whole: the client left, or the server cut them",
            *("service", "reason"),
        )
        self._rows = self._counter("rows", "Rows sent", "format")
        self._bytes = self._counter("sent_bytes", "Bytes of bodies sent", "format")
        self._refused = self._counter(
            "refused", "Requests and streams over the limit of a client (429)", "limit"
        )
        self._plans = self._counter(
            "plans", "Queries whose plan was kept from before, or made", "plan"
        )

    def _make_streams(self) -> None:
        self._waiting = self._gauge("streams_waiting", "Statements in a queue", "pool")
        self._running = self._gauge("streams_running", "Statements running", "pool")
        self._connections = self._gauge(
            "database_connections", "Connections to the database that are open"
        )
        self._cancelled = self._counter(
            "statements_cancelled", "Statements stopped before their end", "reason"
        )

    def _make_harvests(self) -> None:
        """Their labels are the peers of the configuration."""
        self._harvests = self._counter(
            "harvests", "Harvests of peers, complete or failed", "peer", "outcome"
        )
        self._harvested = self._counter(
            "harvested_records", "Records that peers have sent", "peer", "outcome"
        )
        self._harvested_at = Gauge(
            "vo_lcc_harvest_complete_time_seconds",
            "End of the last complete harvest of a peer, in Unix seconds",
            ["peer"],
            registry=self._registry,
            multiprocess_mode="max",
        )

    def begun(self, service: str) -> None:
        """A request has come."""
        self._in_progress.labels(service).inc()

    def ended(self, ended: Ended) -> None:
        """A request has ended, in whatever way."""
        record, service = ended.record, ended.service
        method = ended.method if ended.method in METHODS else "other"
        self._in_progress.labels(service).dec()
        self._requests.labels(service, method, ended.status).inc()
        self._seconds.labels(service).observe(ended.seconds)
        if record.first_byte is not None:
            self._first_byte.labels(service).observe(record.first_byte)
        if ended.left or ended.cut:
            self._unfinished.labels(service, "left" if ended.left else "cut").inc()
        if record.plan is not None:
            self._plans.labels(record.plan).inc()
        form = record.format or "none"
        self._rows.labels(form).inc(record.rows)
        self._bytes.labels(form).inc(ended.sent)

    def waiting(self, pool: str, change: int) -> None:
        """More or fewer statements wait for their turn in `pool`."""
        self._waiting.labels(pool).inc(change)

    def running(self, pool: str, change: int) -> None:
        """More or fewer statements run in `pool`."""
        self._running.labels(pool).inc(change)

    def connections(self, change: int) -> None:
        """More or fewer connections to the database are open."""
        self._connections.inc(change)

    def cancelled(self, reason: str) -> None:
        """A statement was stopped; `reason` is one of a few fixed words."""
        self._cancelled.labels(reason).inc()

    def refused(self, limit: str) -> None:
        """A client was over its limit of "requests", "streams" or "waits"."""
        self._refused.labels(limit).inc()

    def harvested(self, url: str, outcome: str, records: Mapping[str, int]) -> None:
        """A harvest of a peer has ended, "complete" or "failed"."""
        self._harvests.labels(url, outcome).inc()
        for word, number in records.items():
            self._harvested.labels(url, word).inc(number)
        if outcome == "complete":
            self._harvested_at.labels(url).set(time.time())

    def answer(self) -> web.Response:
        """Everything counted by all processes, in the text format of Prometheus."""
        body = generate_latest(self._answers)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"vo_lcc_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(
            f"vo_lcc_{name}",
            text,
            labels,
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(
            f"vo_lcc_{name}_seconds",
            text,
            ["service"],
            registry=self._registry,
            buckets=SECONDS,
        )


def share(folder: Path) -> None:
    """Keep the values of metrics made from now on in files of `folder`.

    The library decides this once, when it is imported; it looks at `ValueClass` for
    each value that is made. For processes that serve, before their first metric.
    """
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


def forget(folder: Path, pid: int) -> None:
    """Take what a process that has ended had in progress out of the sums."""
    multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


class Processes(Collector):
    """The processes of this server as the system sees them, and what they run."""

    def __init__(self, *, several: bool) -> None:
        self._several = several

    def collect(self) -> Iterator[Metric]:
        """What is known now."""
        build = GaugeMetricFamily(
            "vo_lcc_build_info", "What runs: always 1", labels=["version", "python"]
        )
        build.add_metric([__version__, platform.python_version()], 1)
        yield build
        yield from measured(self._processes())

    def _processes(self) -> Sequence[psutil.Process]:
        """This process; of several, all that their parent has started, and itself."""
        this = psutil.Process()
        parent = this.parent() if self._several else None
        return [this] if parent is None else [parent, *parent.children()]


def measured(processes: Sequence[psutil.Process]) -> Sequence[Metric]:
    """Memory, time and files of each process."""
    families = [
        kind(f"vo_lcc_process_{name}", text, labels=["pid"])
        for kind, name, text in MEASURES
    ]
    for process in processes:
        with suppress(psutil.Error), process.oneshot():
            times = process.cpu_times()
            row = (
                process.memory_info().rss,
                times.user + times.system,
                process.num_fds(),
                process.num_threads(),
                process.create_time(),
            )
            for family, value in zip(families, row, strict=True):
                family.add_metric([str(process.pid)], value)
    return families


Family = type[GaugeMetricFamily | CounterMetricFamily]
MEASURES: Sequence[tuple[Family, str, str]] = (
    (GaugeMetricFamily, "resident_bytes", "Memory that is resident"),
    (CounterMetricFamily, "cpu_seconds", "Processor time used"),
    (GaugeMetricFamily, "open_files", "Open file descriptors"),
    (GaugeMetricFamily, "threads", "Threads"),
    (GaugeMetricFamily, "start_time_seconds", "Start, in Unix seconds"),
)
