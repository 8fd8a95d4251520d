"""A `vo-lcc serve` of one's own, on a free port: to be measured, or to be tried."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psutil

from vo_lcc.config import Config

COMMAND = (sys.executable, "-m", "vo_lcc", "serve")
LOG = "server.log"
START_SECONDS, STOP_SECONDS = 60, 20
MAXREC = 100_000_000
# A setting that the server does not know would be an error, and is left out.
SETTINGS = (
    ("limits", "default_maxrec", str(MAXREC)),
    ("limits", "hard_maxrec", str(MAXREC)),
    # all clients have one address here: 0 means that nobody is held back
    ("limits", "client_requests", "0"),
    ("limits", "client_streams", "0"),
    ("limits", "client_waits", "0"),
    ("jobs", "client_running", "0"),
    ("jobs", "client_queued", "0"),
    ("jobs", "client_stored", "0"),
    ("jobs", "client_bytes", "0"),
)


@dataclass(frozen=True)
class Server:
    """A running `vo-lcc serve`, of one process or several."""

    base: str
    process: psutil.Process

    def pss(self) -> int:
        """Proportional set size of the server's processes, PostgreSQL apart, bytes."""
        total = 0
        for each in (self.process, *self.process.children(recursive=True)):
            try:
                total += each.memory_full_info().pss
            except psutil.NoSuchProcess:
                continue  # a worker that has just ended
        return total

    def cpu(self) -> float:
        """Processor seconds of the server's processes so far, PostgreSQL apart."""
        return cpu_seconds(self.process)


@contextmanager
def serving(
    dsn: str,
    folder: Path,
    *options: str,
    command: Sequence[str] = COMMAND,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """`vo-lcc serve` on a free port; its log and all its files are in `folder`.

    `more` are further variables of its environment.
    """
    log = folder / LOG
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (
        log.open("ab") as said,
        subprocess.Popen(
            [*command, *options],
            env={**os.environ, **settings(dsn, port, folder), **more},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_until_ready(base, process, log)
            yield Server(base, psutil.Process(process.pid))
        finally:
            stop(process)


def settings(dsn: str, port: int, folder: Path) -> dict[str, str]:
    """The environment of a server that is measured."""
    found = {
        "VO_LCC_DATABASE_URL": dsn,
        "VO_LCC_SERVER_PORT": str(port),
        "VO_LCC_JOBS_STORAGE": str(folder / "jobs"),
        "TMPDIR": str(folder),
    }
    for section, key, value in SETTINGS:
        if key in type(getattr(Config(), section)).model_fields:
            found[f"VO_LCC_{section}_{key}".upper()] = value
    return found


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server answers; raises RuntimeError with its log when it does not."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{base}/availability", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and its workers: in order, by force when it takes too long."""
    family = [process.pid]
    try:
        family += [x.pid for x in psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    known = [psutil.Process(pid) for pid in family if psutil.pid_exists(pid)]
    process.terminate()
    _, left = psutil.wait_procs(known, STOP_SECONDS)
    for each in left:
        each.send_signal(signal.SIGKILL)


def cpu_seconds(process: psutil.Process) -> float:
    """Processor seconds of a process and of its children so far, ended ones too."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            total += sum(each.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue  # its parent counts it from now on
    return total


def offers_processes() -> bool:
    """Can the server run as several processes?"""
    told = subprocess.run(
        [*COMMAND, "--help"], capture_output=True, text=True, check=True
    )
    return "--processes" in told.stdout
