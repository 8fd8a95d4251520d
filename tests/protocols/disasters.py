"""A server, workers and a database of their own, and what may befall them."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.server import free_port, wait_until_ready
from tests.protocols.errands import make_tables
from vo_lcc.db import Database, migrate
from vo_lcc.db.embedded import EmbeddedServer, cluster_directory
from vo_lcc.errors import VOError

COMMAND = (sys.executable, "-m", "vo_lcc")
SERVE = (*COMMAND, "serve", "--processes", "2")
WORK = (*COMMAND, "worker")
GRACE = 2  # seconds that requests get at the end
STOP_SECONDS = 30.0
MOSTLY = 0.8  # how often all are up again before the next blow falls
BACKENDS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@dataclass
class Site:
    """One server of several processes, workers beside it, and their database.

    Whatever has ended is started again by `revive`, at the same place.
    """

    folder: Path
    database: Database
    workers: int
    lease: int
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    orphans: list[psutil.Process] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def base(self) -> str:
        """The URL of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def storage(self) -> Path:
        """Where the files of jobs are."""
        return self.folder / "jobs"

    @property
    def logs(self) -> list[Path]:
        """What was logged, by all that ever ran."""
        return sorted(self.folder.glob("*.log"))

    @property
    def commands(self) -> dict[str, Sequence[str]]:
        """What runs, by name."""
        names = [f"worker{number}" for number in range(self.workers)]
        return {"server": SERVE, **dict.fromkeys(names, WORK)}

    def environment(self) -> dict[str, str]:
        """The settings of server and workers."""
        settings = {
            "DATABASE_URL": self.database.url,
            "SERVER_PORT": str(self.port),
            "SERVER_GRACE": str(GRACE),
            "JOBS_STORAGE": str(self.storage),
            "JOBS_LEASE": str(self.lease),
            "JOBS_ATTEMPTS": "6",
            # all clients have one address here
            "JOBS_CLIENT_RUNNING": "0",
            "JOBS_CLIENT_QUEUED": "0",
            "JOBS_CLIENT_STORED": "0",
            "LIMITS_CLIENT_REQUESTS": "0",
            "LIMITS_CLIENT_WAITS": "0",
        }
        ours = {f"VO_LCC_{name}": value for name, value in settings.items()}
        return {**os.environ, **ours, "TMPDIR": str(self.folder)}

    def revive(self) -> None:
        """Start whatever does not run."""
        for name in self.commands:
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                self.start(name)

    def start(self, name: str) -> None:
        """Start one of them."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> None:
        """Until all runs, and the server answers; what ends meanwhile comes again."""
        end = time.monotonic() + STOP_SECONDS
        while True:
            self.revive()
            try:
                process = self.processes["server"]
                wait_until_ready(self.base, process, self.folder / "server.log")
                return
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)

    def stop(self, name: str) -> list[str]:
        """End one in order; what is amiss with how it ends."""
        process = self.processes.pop(name)
        family = family_of(process)
        process.terminate()
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
            process.kill()
            process.wait()
        found = [] if code == 0 else [f"{name} ended with {code}"]
        _, left = psutil.wait_procs(family, 2 if code == 0 else 0)
        for each in left:
            found.append(f"{name} left process {each.pid}")
            kill(each)
        return found

    def close(self) -> list[str]:
        """End all; what is amiss with that."""
        found = [what for name in list(self.processes) for what in self.stop(name)]
        _, left = psutil.wait_procs(self.orphans, STOP_SECONDS)
        for each in left:
            found.append(f"process {each.pid} outlived its server")
            kill(each)
        return found


@contextmanager
def site(folder: Path, workers: int, lease: int) -> Iterator[Site]:
    """A site that runs, over a new database."""
    folder.chmod(0o755)
    with EmbeddedServer(folder / "data") as embedded:
        database = Database(embedded.url)
        migrate(database)
        make_tables(database)
        made = Site(folder, database, workers, lease)
        try:
            made.wait_until_ready()
            yield made
        finally:
            made.close()
            database.close()


def family_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that it has started."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill(process: psutil.Process) -> None:
    """As kill -9 does, if it still runs."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def kill_worker(site: Site, rnd: random.Random) -> None:
    name = rnd.choice([name for name in site.commands if name != "server"])
    site.processes[name].kill()
    site.processes[name].wait()
    time.sleep(rnd.uniform(0, 1))


def kill_serving_process(site: Site, rnd: random.Random) -> None:
    family = family_of(site.processes["server"])
    if family:
        kill(rnd.choice(family))


def kill_server(site: Site, rnd: random.Random) -> None:
    """The whole of it; it starts again at the same port."""
    family = family_of(site.processes["server"])
    site.processes["server"].kill()
    for each in family:
        kill(each)
    site.processes["server"].wait()
    time.sleep(rnd.uniform(0, 1))


def kill_parent(site: Site, rnd: random.Random) -> None:
    """Those who serve find out, and end by themselves."""
    site.orphans += family_of(site.processes["server"])
    site.processes["server"].kill()
    site.processes["server"].wait()


def stop_something(site: Site, rnd: random.Random) -> None:
    """In order: what it runs is given back."""
    name = rnd.choice(list(site.commands))
    if site.processes[name].poll() is None:
        site.processes[name].terminate()
        with suppress(subprocess.TimeoutExpired):
            site.processes[name].wait(STOP_SECONDS)


def freeze_worker(site: Site, rnd: random.Random) -> None:
    """For longer than its lease; then it goes on as if nothing had been."""
    name = rnd.choice([name for name in site.commands if name != "server"])
    process = site.processes[name]
    process.send_signal(signal.SIGSTOP)
    time.sleep(rnd.uniform(0.5, 2) * site.lease)
    process.send_signal(signal.SIGCONT)


def restart_database(site: Site, rnd: random.Random) -> None:
    """Stopped without any order (SIGQUIT), or in order (SIGINT)."""
    data = site.folder / "data"
    pid_file = cluster_directory(data) / "postmaster.pid"
    postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
    postmaster.send_signal(rnd.choice((signal.SIGQUIT, signal.SIGQUIT, signal.SIGINT)))
    psutil.wait_procs([postmaster], STOP_SECONDS)
    time.sleep(rnd.uniform(0, 2))
    with EmbeddedServer(data):  # it stays, since there is who holds it
        pass


def kill_backend(site: Site, rnd: random.Random) -> None:
    """One of them by kill -9: PostgreSQL ends all others, and recovers."""
    pids = [pid for (pid,) in site.database.fetch(BACKENDS)]
    if pids:
        with suppress(psutil.NoSuchProcess):
            kill(psutil.Process(rnd.choice(pids)))


def end_connections(site: Site, rnd: random.Random) -> None:
    """Some of them, or all."""
    share = rnd.choice((0.2, 0.5, 1))
    pids = [pid for (pid,) in site.database.fetch(BACKENDS) if rnd.random() < share]
    site.database.fetch(
        "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (pids,)
    )


DISASTERS: tuple[tuple[Callable[[Site, random.Random], None], int], ...] = (
    (kill_worker, 4),
    (kill_serving_process, 4),
    (kill_server, 2),
    (kill_parent, 1),
    (stop_something, 2),
    (freeze_worker, 2),
    (restart_database, 3),
    (kill_backend, 1),
    (end_connections, 4),
)


def strike(site: Site, rnd: random.Random, seconds: float, gaps: float) -> None:
    """One disaster after another for so long, some seconds between them.

    Each comes once before any comes again.
    """
    end = time.monotonic() + seconds
    due: list[Callable[[Site, random.Random], None]] = []
    while time.monotonic() < end:
        if not due:
            due = [each for each, weight in DISASTERS for _ in range(weight)]
            rnd.shuffle(due)
        disaster = due.pop()
        with suppress(VOError):  # the database may be away from the one before
            disaster(site, rnd)
            site.happened[disaster.__name__] += 1
        site.revive()
        if rnd.random() < MOSTLY:
            site.wait_until_ready()
        time.sleep(rnd.uniform(0.5, 1.5) * gaps)
