"""What a server holds: connections, statements, open files, threads, memory."""

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.server import Server
from vo_lcc.config import DatabaseSection
from vo_lcc.db import Database

OURS = "vo_lcc_"  # how our temporary files begin
SETTLE_SECONDS = 15.0
THREADS = 4  # of one process, that pools may still start
BULK_PLACES = 40
"""For long results: enough for the crowd, or some would be stopped for want of one."""

ROOM = {"VO_LCC_DATABASE_BULK_CONNECTIONS": str(BULK_PLACES)}
MEMORY = 64 * 2**20  # bytes of one process, that allocators may keep
# of one process: its pools, those of the control plane (a connection a thread), and
# of jobs (who listens, the threads of the worker, the sweeper)
MOST_CONNECTIONS = DatabaseSection().connections + BULK_PLACES + 4 + 4
ACTIVITY = (
    "SELECT state, query FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type IN ('client backend',"
    " 'parallel worker')"
)


@dataclass(frozen=True)
class State:
    """Of all processes of a server at one moment."""

    processes: int
    statements: tuple[str, ...]  # those that run, or hold a transaction
    connections: int
    clients: int  # connections of HTTP clients
    files: Counter[str]  # open, by what they are; sockets are told apart above
    temporary: tuple[str, ...]  # of ours, open or on disk
    threads: int
    pss: int


def take(server: Server, database: Database, folder: Path) -> State:
    """The state now; `folder` is that of the server's temporary files."""
    activity = database.fetch(ACTIVITY)
    family = [server.process, *server.process.children(recursive=True)]
    links = [link for process in family for link in open_links(process)]
    port = int(server.base.rsplit(":", 1)[1])
    return State(
        len(family),
        tuple(
            f"{state}: {query}"[:100] for state, query in activity if state != "idle"
        ),
        len(activity),
        sum(
            connection.laddr.port == port and connection.status != "LISTEN"
            for process in family
            for connection in process.net_connections("tcp")
        ),
        Counter(kind_of(link) for link in links if not link.startswith("socket:")),
        tuple(link for link in links if is_temporary(link, folder))
        + tuple(path.name for path in folder.glob(f"{OURS}*")),
        sum(process.num_threads() for process in family),
        server.pss(),
    )


def open_links(process: psutil.Process) -> list[str]:
    """What the open file descriptors of a process point at."""
    folder = Path(f"/proc/{process.pid}/fd")
    links = []
    for name in os.listdir(folder):
        try:
            links.append(os.readlink(folder / name))
        except FileNotFoundError:
            continue  # closed in the meantime
    return links


def is_temporary(link: str, folder: Path) -> bool:
    """Is it a file of ours, or one in their folder that has no name (O_TMPFILE)?

    >>> is_temporary("/tmp/#123 (deleted)", Path("/tmp"))
    True
    """
    nameless = link.startswith(f"{folder}/") and link.endswith(" (deleted)")
    return nameless or Path(link).name.startswith(OURS)


def kind_of(link: str) -> str:
    """Pipes by their kind, files by their name.

    >>> kind_of("pipe:[123]"), kind_of("/dev/null")
    ('pipe', '/dev/null')
    """
    return link.partition(":[")[0]


def settled(
    server: Server, database: Database, folder: Path, patience: float = SETTLE_SECONDS
) -> State:
    """The state once nothing runs, or after so long as that may take at most."""
    end = time.monotonic() + patience
    while True:
        state = take(server, database, folder)
        quiet = not (state.statements or state.clients or state.temporary)
        if quiet or time.monotonic() > end:
            return state
        time.sleep(0.2)


def leftovers(before: State, after: State) -> list[str]:
    """What is there that ought not to be, in words."""
    most = MOST_CONNECTIONS * after.processes
    files = after.files - before.files
    found = [
        (after.statements, f"statements: {after.statements}"),
        (after.connections > most, f"{after.connections} connections"),
        (after.clients, f"{after.clients} connections of clients"),
        (after.temporary, f"temporary files: {after.temporary[:5]}"),
        (files, f"open files: {dict(files)}"),
        (
            after.threads > before.threads + THREADS * after.processes,
            f"{after.threads} threads, {before.threads} before",
        ),
        (
            after.pss > before.pss + MEMORY * after.processes,
            f"{after.pss / 1e6:.0f} MB, {before.pss / 1e6:.0f} before",
        ),
        (
            after.processes != before.processes,
            f"{after.processes} processes, {before.processes} before",
        ),
    ]
    return [f"left behind: {words}" for amiss, words in found if amiss]
