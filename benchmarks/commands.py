"""`vo-lcc` commands that are run to their end, their time and memory."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

COMMAND = (sys.executable, "-m", "vo_lcc")
INTERVAL = 0.05  # seconds between looks


@dataclass(frozen=True)
class Run:
    """How a command went: seconds, and bytes of its processes at their most (PSS)."""

    seconds: float
    peak: int


def run_command(*arguments: object, **more: str) -> Run:
    """Run a command; `more` is added to its environment.

    Raises RuntimeError with what it said where it fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        peaks: list[int] = [0]
        watch = threading.Thread(target=look, args=(process, peaks))
        watch.start()
        said, _ = process.communicate()
        watch.join()
    if process.returncode:
        raise RuntimeError(f"{arguments}: {said}")
    return Run(time.perf_counter() - start, max(peaks))


def look(process: "subprocess.Popen[str]", peaks: list[int]) -> None:
    """Note the memory of a command and those it starts, until it ends."""
    while process.poll() is None:
        try:
            first = psutil.Process(process.pid)
            family = [first, *first.children(recursive=True)]
            peaks.append(sum(pss(each) for each in family))
        except psutil.NoSuchProcess:
            return
        time.sleep(INTERVAL)


def pss(process: psutil.Process) -> int:
    """Proportional set size; 0 of PostgreSQL, and of one that has just ended."""
    try:
        is_ours = "postgres" not in process.name()
        return int(process.memory_full_info().pss) if is_ours else 0
    except psutil.NoSuchProcess:
        return 0


def settings(dsn: str) -> Mapping[str, str]:
    """The environment of a command that uses this database."""
    return {"VO_LCC_DATABASE_URL": dsn}
