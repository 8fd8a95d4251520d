"""`vo-lcc serve --processes 2`: real processes, real signals, real HTTP."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from vo_lcc.db import Database
from vo_lcc.processes import LOCK, PREFIX, shared_folder

ENDLESS = "SELECT a.* FROM demo.photometry AS a, demo.photometry AS b"
RUNNING = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
    " AND application_name = 'vo_lcc reader' AND datname = current_database()"
    " AND backend_type = 'client backend'"
)


@dataclass
class Server:
    """What runs: its parent, its address, and the file that has its log."""

    parent: psutil.Process
    url: str
    log: Path

    def pids(self) -> list[int]:
        """Those that serve, in the order of their start."""
        return [child.pid for child in self.parent.children()]

    def folder(self) -> Path:
        """What the processes share, once they have it open."""
        assert wait_until(lambda: bool(self.folders()))
        return self.folders()[0]

    def folders(self) -> list[Path]:
        """What the first process has open of that."""
        files = psutil.Process(self.pids()[0]).open_files()
        return [Path(f.path).parent for f in files if f.path.endswith("/clients")]

    def ask(self, query: str = "SELECT TOP 1 ra FROM demo.objects", **params: str):
        data = {"LANG": "ADQL", "QUERY": query, **params}
        return requests.post(f"{self.url}/tap/sync", data=data, timeout=60)

    def unread(self, query: str) -> socket.socket:
        """A client that has asked and does not read the answer."""
        place = urlsplit(self.url)
        asked = urlencode({"LANG": "ADQL", "QUERY": query, "MAXREC": 10_000_000})
        connection = socket.create_connection((place.hostname, place.port))
        connection.sendall(
            f"GET /tap/sync?{asked} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
        )
        return connection

    def lines(self, text: str) -> list[str]:
        """The lines of the log that hold this text."""
        return [x for x in self.log.read_text().splitlines() if text in x]

    def metrics(self) -> dict[tuple[str, ...], float]:
        text = requests.get(f"{self.url}/metrics", timeout=30).text
        return {
            (
                sample.name,
                *(value for _, value in sorted(sample.labels.items())),
            ): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@contextmanager
def serving(folder: Path, database: Database, **settings: object) -> Iterator[Server]:
    """Serve by two processes; VO_LCC_`settings` on top."""
    log = folder / "log"
    environment = {
        **os.environ,
        "VO_LCC_DATABASE_URL": database.url,
        "VO_LCC_SERVER_GRACE": "1",
        "GUNICORN_CMD_ARGS": "--workers 7 --nonsense",
        **{f"VO_LCC_{name}": str(value) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "vo_lcc", "serve", "--processes", "2"]
    with (
        log.open("w") as told,
        subprocess.Popen(
            [*command, "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        ) as process,
    ):
        try:
            line = next((x for x in process.stdout if "serves at" in x), "")
            assert line, log.read_text()
            parent = psutil.Process(process.pid)
            assert wait_until(lambda: len(parent.children()) == 2)
            yield Server(parent, line.split()[-1].rstrip("/"), log)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def server(tmp_path_factory, demo_db) -> Iterator[Server]:
    """A server for the tests that leave it as it was."""
    with serving(tmp_path_factory.mktemp("server"), demo_db) as server:
        yield server


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def n_running(database: Database) -> int:
    return database.fetch(RUNNING)[0][0]


def at_once(count: int, call: Callable[[], object]) -> list[object]:
    """What `count` calls in threads of their own give."""
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(call())) for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def used(server: Server) -> bool:
    """Ask; whether each process that serves has answered something by now."""
    at_once(8, server.ask)
    asked = {
        path.name.rpartition("_")[2] for path in server.folder().glob("histogram_*.db")
    }
    return {f"{pid}.db" for pid in server.pids()} <= asked


def test_the_address_is_told_once_and_nothing_of_gunicorn_is_read(server):
    assert server.ask().status_code == 200
    assert len(server.pids()) == 2  # not 7
    assert not server.parent.net_connections("unix")


def test_metrics_are_summed_over_the_processes(server):
    assert wait_until(lambda: used(server), 20)
    time.sleep(0.1)  # lines come after the answer
    total = len(server.lines("method=POST path=/tap/sync status=200"))
    found = server.metrics()

    assert total >= 8
    assert found["vo_lcc_requests_total", "POST", "tap", "200"] == total
    pids = {key[1] for key in found if key[0] == "vo_lcc_process_threads"}
    assert pids == {str(pid) for pid in (server.parent.pid, *server.pids())}


def test_a_request_is_named_in_its_answer_and_in_its_lines(server):
    reply = requests.get(
        f"{server.url}/tap/sync",
        params={"LANG": "ADQL", "QUERY": "SELECT x", "RUNID": "a\nb status=200"},
        headers={"X-Request-ID": "night.7", "User-Agent": "me\u00e9 status=200"},
        timeout=30,
    )

    assert reply.status_code == 400
    assert reply.headers["X-Request-ID"] == "night.7"
    assert "total;dur=" in reply.headers["Server-Timing"]
    assert wait_until(lambda: server.lines("night.7"))  # they come after the answer
    (line,) = server.lines("night.7")
    assert ' request_id=night.7 runid="a\\nb status=200" ' in line
    assert " status=400 " in line
    assert "SELECT" not in line


def test_what_is_no_http_is_one_line_of_the_log(server):
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nbad header\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.0 400")

    assert wait_until(lambda: server.lines("Error handling request from 127.0.0.1"))
    assert "Traceback" not in server.log.read_text()


def test_a_killed_process_is_replaced_and_nothing_else_notices(tmp_path, demo_db):
    with serving(tmp_path, demo_db) as server:
        assert wait_until(lambda: used(server), 20)
        first, second = server.pids()
        statuses: list[int] = []
        asking = threading.Event()

        def ask_on() -> None:
            while not asking.is_set():
                try:
                    statuses.append(server.ask().status_code)
                except requests.ConnectionError:
                    statuses.append(0)

        thread = threading.Thread(target=ask_on)
        thread.start()
        os.kill(first, signal.SIGKILL)
        assert wait_until(
            lambda: len(server.pids()) == 2 and first not in server.pids()
        )
        time.sleep(0.3)
        asking.set()
        thread.join()

        assert second in server.pids()
        assert statuses.count(0) <= 1  # the one that it was answering
        assert statuses[-1] == 200
        assert server.metrics()["vo_lcc_requests_in_progress", "tap"] == 0


def test_limits_of_a_client_hold_over_the_processes(tmp_path, demo_db):
    with serving(tmp_path, demo_db, LIMITS_CLIENT_REQUESTS=3) as server:
        held = [server.unread(ENDLESS) for _ in range(3)]
        assert wait_until(lambda: n_running(demo_db) == 3)
        replies = at_once(12, server.ask)
        cone = requests.get(
            f"{server.url}/scs/demo", params={"RA": 0, "DEC": 0, "SR": 1}, timeout=30
        )
        free = requests.get(f"{server.url}/tap/availability", timeout=30)

        assert {reply.status_code for reply in replies} == {429}
        assert int(replies[0].headers["Retry-After"]) > 0
        assert 'name="QUERY_STATUS" value="ERROR"' in replies[0].text
        assert 'name="Error"' in cone.text
        assert free.status_code == 200
        assert server.metrics()["vo_lcc_refused_total", "requests"] == 13

        for connection in held:
            connection.close()
        assert wait_until(lambda: n_running(demo_db) == 0)
        assert wait_until(lambda: server.ask().status_code == 200)


def test_the_dead_hold_no_place_of_a_client(tmp_path, demo_db):
    with serving(tmp_path, demo_db, LIMITS_CLIENT_REQUESTS=2) as server:
        held = [server.unread(ENDLESS) for _ in range(2)]
        assert wait_until(lambda: n_running(demo_db) == 2)
        assert server.ask().status_code == 429
        for pid in server.pids():
            os.kill(pid, signal.SIGKILL)

        assert wait_until(lambda: len(server.pids()) == 2)
        assert wait_until(lambda: server.ask().status_code == 200)
        for connection in held:
            connection.close()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_the_end_finishes_what_it_can_and_cancels_the_rest(tmp_path, demo_db, sent):
    with serving(tmp_path, demo_db, SERVER_GRACE=2) as server:
        pids, folder = server.pids(), server.folder()
        long = server.unread(ENDLESS)
        assert wait_until(lambda: n_running(demo_db) == 1)
        short: list[int] = []
        query = "SELECT COUNT(*) AS n FROM demo.photometry"
        asking = threading.Thread(
            target=lambda: short.append(server.ask(query).status_code)
        )
        asking.start()
        assert wait_until(lambda: n_running(demo_db) == 2 or bool(short))
        begin = time.monotonic()
        server.parent.send_signal(sent)
        assert wait_until(lambda: refused(server.url), 1.5)
        server.parent.send_signal(signal.SIGINT)  # once more, in impatience
        status = server.parent.wait(20)
        asking.join()

        assert status == 0
        assert 1 < time.monotonic() - begin < 12
        assert short == [200]
        assert wait_until(lambda: n_running(demo_db) == 0)
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert " cut=true" in server.log.read_text()
        assert len(server.lines(f"vo_lcc.cli: started url={server.url} ")) == 1
        assert server.log.read_text().endswith("vo_lcc.cli: stopped\n")
        assert "Traceback" not in server.log.read_text()
        assert not folder.exists()
        long.close()


def refused(url: str) -> bool:
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname, place.port), 1).close()
    except OSError:
        return True
    return False


def test_what_a_killed_parent_leaves_is_put_away(tmp_path, demo_db):
    with serving(tmp_path, demo_db) as server:
        pids, folder = server.pids(), server.folder()
        server.parent.kill()
        assert wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
        assert folder.exists()

    with shared_folder() as other:
        assert not folder.exists()
        with shared_folder():
            assert other.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what is of others")
def test_what_others_put_there_is_let_be(tmp_path, monkeypatch):
    monkeypatch.setattr("vo_lcc.processes.MEMORY", tmp_path)
    ours, theirs = (tmp_path / f"{PREFIX}{name}" for name in ("ours", "theirs"))
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / LOCK).touch()
    os.chown(theirs, 65534, 65534)

    with shared_folder() as made:
        assert set(tmp_path.iterdir()) == {made, theirs}


def test_the_processes_are_replaced_on_sighup(tmp_path, demo_db):
    with serving(tmp_path, demo_db) as server:
        before = set(server.pids())
        server.parent.send_signal(signal.SIGHUP)

        assert wait_until(
            lambda: len(server.pids()) == 2 and not before & set(server.pids())
        )
        assert server.ask().status_code == 200


def test_a_server_without_its_database_says_so_and_ends(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-m", "vo_lcc", "serve", "--processes", "2", "--port", "0"],
        env={**os.environ, "VO_LCC_DATABASE_URL": "postgresql://me:pw@127.0.0.1:1/x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 1
    assert "the database cannot be reached" in answer.stderr
    assert "serves at" not in answer.stdout


BROKEN = """
import sys
from vo_lcc import processes
from vo_lcc.config import Config
from vo_lcc.errors import FatalError

def broken(*given):
    raise ValueError("this cannot begin")

processes.build_app = broken
config = Config(server={"port": 0, "processes": 2, "grace": 1})
try:
    processes.serve_processes(config, "postgresql://nobody@127.0.0.1:1/x", print)
except FatalError as error:
    sys.exit(f"end: {error}")
"""


def test_processes_that_cannot_begin_end_the_whole():
    answer = subprocess.run(
        [sys.executable, "-c", BROKEN],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert answer.returncode == 1
    assert "this cannot begin" in answer.stderr
    assert "end: a process could not begin to serve" in answer.stderr
