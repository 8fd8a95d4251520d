"""Several processes that serve from the same sockets, kept alive by gunicorn.

The parent only watches. It forks each process before any pool or thread is made, so
each opens its own; what they share is in one private folder: the counts for
`/metrics`, those of clients in progress, and gunicorn's signs of life.
"""

import fcntl
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.worker import GunicornUVLoopWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from gunicorn.glogging import Logger

from vo_lcc.app import Shared, build_app, make_runner
from vo_lcc.config import Config
from vo_lcc.dali.clients import Tally
from vo_lcc.errors import FatalError
from vo_lcc.listening import listen, url_of
from vo_lcc.metrics import forget

logger = logging.getLogger(__name__)

MEMORY = Path("/dev/shm")  # where files are memory  # noqa: S108
ROOM = 32 * 2**20  # bytes free there; a full one would kill who writes
PREFIX, LOCK = "vo_lcc_", "lock"
CLOSE_SECONDS = 10  # to cancel what has not ended within the grace, and to close
HUNG_SECONDS = 60  # without a sign of life, after which a process is replaced
ROWS_EACH = 2  # while one process ends its requests, another has its place


def serve_processes(config: Config, url: str, announce: Callable[[str], None]) -> None:
    """Serve by several processes until interrupted or terminated.

    `announce` is called with the server's URL once it listens. Raises FatalError when
    the address cannot be had, or a process cannot begin to serve.
    """
    sockets = listen(config.server.host, config.server.port)
    with shared_folder() as folder:
        application = Application(config, url, sockets, folder, announce)
        try:
            Watch(application).run()
        except SystemExit as end:
            if end.code not in (0, None):
                raise FatalError(
                    "a process could not begin to serve; the log says why"
                ) from end


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder that only this user can read, in memory where there is such.

    It is locked as long as one of the processes lives; those that are not locked are
    of servers that were killed, and are removed.
    """
    place = MEMORY if has_room(MEMORY) else Path(tempfile.gettempdir())
    for old in filter(is_ours, place.glob(f"{PREFIX}*")):
        with suppress(OSError), (old / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old)
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=place))
    with (made / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.rename(place / made.name.removeprefix("."))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def is_ours(folder: Path) -> bool:
    """Whether this user made it: what others put there must not hold us up."""
    try:
        return folder.lstat().st_uid == os.geteuid()
    except OSError:
        return False  # it has gone


def has_room(place: Path) -> bool:
    """Whether files of ours may go there, and fit."""
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free >= ROOM


class Rows:
    """Which rows of the tally are taken, by the process that has each."""

    def __init__(self, path: Path, count: int) -> None:
        self._path = path
        self._free = list(range(count))
        self._taken: dict[object, int] = {}
        Tally.make(path, count)

    def take(self, worker: object) -> int:
        """A free row for a process that is about to start."""
        row = self._taken[worker] = self._free.pop(0)
        return row

    def give_back(self, worker: object) -> None:
        """Forget what a process that has ended had in progress."""
        row = self._taken.pop(worker)
        Tally.clear(self._path, row)
        self._free.append(row)


class Application(BaseApplication):  # type: ignore[misc]
    """What gunicorn is to run, and how: nothing is read from files or environment."""

    def __init__(
        self,
        config: Config,
        url: str,
        sockets: list[socket.socket],
        folder: Path,
        announce: Callable[[str], None],
    ) -> None:
        self._config = config
        self._url = url
        self._folder = folder
        self._announce = announce
        self._address = config.server.base_url or url_of(sockets[0].getsockname())
        self._descriptors = [f"fd://{each.detach()}" for each in sockets]
        self._key = secrets.token_bytes(16)
        self._rows = Rows(folder / "clients", ROWS_EACH * config.server.processes)
        self._row = 0
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn: every setting that is not its default."""
        server = self._config.server
        settings = {
            "bind": self._descriptors,
            "workers": server.processes,
            "worker_class": Process,
            "logger_class": Log,
            "worker_tmp_dir": str(self._folder),
            "control_socket_disable": True,
            "preload_app": False,
            "proc_name": "vo-lcc",
            "timeout": HUNG_SECONDS + server.grace,
            "graceful_timeout": server.grace + CLOSE_SECONDS,
            "when_ready": self.when_ready,
            "pre_fork": self.pre_fork,
            "child_exit": self.child_exit,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[[], Awaitable[web.AppRunner]]:
        """Called in each process: what makes its server, inside its event loop."""
        shared = Shared(self._folder, self._row, self._key)

        async def runner() -> web.AppRunner:
            return make_runner(
                build_app(self._config, self._url, shared), self._config.server.grace
            )

        return runner

    def when_ready(self, arbiter: Arbiter) -> None:
        """The sockets listen."""
        self._announce(self._address)

    def pre_fork(self, arbiter: Arbiter, worker: GunicornUVLoopWebWorker) -> None:
        """In the parent: the row that the new process will find is its own."""
        self._row = self._rows.take(worker)

    def child_exit(self, arbiter: Arbiter, worker: GunicornUVLoopWebWorker) -> None:
        """In the parent: a process has ended, in whatever way."""
        self._rows.give_back(worker)
        forget(self._folder, worker.pid)


class Watch(Arbiter):  # type: ignore[misc]
    """gunicorn's parent, without what makes no sense here."""

    SIGNALS = (signal.SIGHUP, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM)

    def __init__(self, application: Application) -> None:
        self._halting = False
        for name in ("GUNICORN_PID", "GUNICORN_FD"):  # of a gunicorn that starts us
            os.environ.pop(name, None)
        super().__init__(application)

    def init_signals(self) -> None:
        """Let the signals that would change the number of processes do nothing."""
        super().init_signals()
        for name in ("SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2", "SIGWINCH"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    def reap_workers(self) -> None:
        """Note who has ended; one that could not begin to serve ends all, once."""
        try:
            super().reap_workers()
        except HaltServer:
            if not self._halting:
                self._halting = True
                raise
            self.reap_workers()

    def stop(self, graceful: bool = True) -> None:
        """End all in the same way, whatever signals come meanwhile, and see them end.

        gunicorn would kill processes two seconds after a second signal.
        """
        self._halting = True
        super().stop(False)  # which our processes take as they take SIGTERM
        while self.WORKERS:  # they were killed, and end soon
            self.reap_workers()
            time.sleep(0.01)

    def spawn_worker(self) -> int:
        """Start a process. It never comes back into what its parent had begun.

        The parent's `with` blocks would stop the database under all others.
        """
        parent = os.getpid()
        status: object = 1
        try:
            pid: int = super().spawn_worker()
            return pid
        except SystemExit as end:
            status = end.code
            raise
        finally:
            if os.getpid() != parent:
                logging.shutdown()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status if isinstance(status, int) else 0)


class Process(GunicornUVLoopWebWorker):
    """One process that serves."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop listening at once, not at the next sign of life."""
        self.handle_quit(sig, frame)


class Log(Logger):  # type: ignore[misc]
    """What gunicorn tells, in our own log."""

    def setup(self, cfg: Any) -> None:
        """No handlers of its own, nor levels."""
        self.cfg = cfg
        self.error_log.propagate = True
        self._access_log_enabled = False

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There is nothing to close."""
