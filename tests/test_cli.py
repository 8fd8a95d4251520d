"""The command as a person runs it: processes, signals, exit codes."""

import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tests.commands import run
from vo_lcc.cli import main
from vo_lcc.db import Database
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.store import NewJob, create_job

VO_LCC = [sys.executable, "-m", "vo_lcc"]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data directory that lives through this file's tests, in their order."""
    folder = Path(tempfile.mkdtemp(prefix="vo_lcc_cli_"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def demo(
    data_dir: Path, processes: int = 1
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`vo-lcc demo` on a free port, and its URL."""
    command = [*VO_LCC, "demo", "--port", "0", "--data", str(data_dir)]
    environment = {**os.environ, "VO_LCC_SERVER_PROCESSES": str(processes)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            line = next(x for x in process.stdout if "serves at" in x)
            yield process, line.split()[-1].rstrip("/")
        finally:
            process.terminate()


def count_objects(url: str) -> int:
    query = "SELECT+COUNT(*)+AS+n+FROM+demo.objects"
    url = f"{url}/tap/sync?LANG=ADQL&RESPONSEFORMAT=csv&QUERY={query}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        return int(answer.read().split()[-1])


@pytest.mark.slow
def test_the_demo_serves_and_refuses_a_second_server(data_dir: Path):
    with demo(data_dir) as (process, url):
        assert count_objects(url) == 5000

        second = run("demo", "--port", 0, "--data", data_dir)

        assert second.returncode == 1
        assert f"another vo-lcc server (process {process.pid})" in second.stderr
        assert "Traceback" not in second.stderr


@pytest.mark.slow
def test_the_demo_comes_back_after_kill_9_without_loading_again(data_dir: Path):
    with demo(data_dir) as (process, _):
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    with demo(data_dir) as (_, url):
        assert count_objects(url) == 5000


@pytest.mark.slow
def test_sigterm_stops_server_and_database(data_dir: Path):
    with demo(data_dir) as (process, url):
        assert count_objects(url) == 5000
        process.send_signal(signal.SIGTERM)

        assert process.wait(20) == 0
    assert not (data_dir / "pgdata" / "postmaster.pid").exists()


@pytest.mark.slow
def test_several_processes_share_a_database_that_outlives_each(data_dir: Path):
    with demo(data_dir, processes=2) as (process, url):
        assert count_objects(url) == 5000
        postgresql = (data_dir / "pgdata" / "postmaster.pid").read_text()
        workers = psutil.Process(process.pid).children()
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
        psutil.wait_procs(workers, 10)

        assert count_objects(url) == 5000
        assert (data_dir / "pgdata" / "postmaster.pid").read_text() == postgresql
        while process.poll() is None:  # in impatience
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        assert process.returncode == 0
    assert not (data_dir / "pgdata" / "postmaster.pid").exists()


@pytest.mark.slow
def test_a_worker_runs_the_jobs_of_a_server(data_dir: Path, monkeypatch):
    monkeypatch.setenv("VO_LCC_JOBS_WORKERS", "false")
    with demo(data_dir) as (_, url), worker(data_dir) as process:
        job = submit(url, "SELECT COUNT(*) AS n FROM demo.objects")

        while "COMPLETED" not in read(f"{job}?WAIT=30&PHASE=EXECUTING"):
            assert read(f"{job}/phase") in ("QUEUED", "EXECUTING", "COMPLETED")
        assert read(f"{job}/results/result").split() == ["n", "5000"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0

        job = submit(url, "SELECT 1 AS n FROM demo.objects")
        read(f"{job}?WAIT=1")
        assert read(f"{job}/phase") == "QUEUED"


@contextmanager
def worker(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """`vo-lcc worker` beside a server, once it waits for jobs."""
    command = [*VO_LCC, "worker", "--data", str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "runs jobs as worker" in process.stdout.readline()
            yield process
        finally:
            process.terminate()


def submit(url: str, query: str) -> str:
    """The URL of a new job that is asked to run."""
    form = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv", "PHASE": "RUN"}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{url}/tap/async", data, timeout=30) as answer:
        return str(answer.url)


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())


def test_a_worker_elsewhere_needs_a_storage_that_it_shares(tmp_path):
    environment = {**os.environ, "VO_LCC_DATABASE_URL": "postgresql://me@db/x"}
    elsewhere = run("worker", env=environment, cwd=tmp_path)
    alone = run("worker", cwd=tmp_path)

    assert "jobs.storage: name the folder or the bucket" in elsewhere.stderr
    assert f"there is no database in {tmp_path / 'var'}" in alone.stderr
    assert [r.returncode for r in (elsewhere, alone)] == [1, 1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_taken_port_is_told(data_dir: Path, command: str):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = run(command, "--port", port, "--data", data_dir)

    assert answer.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in answer.stderr


def test_a_check_makes_no_database(tmp_path):
    (tmp_path / "two.toml").write_text(FILES["two.toml"])

    answer = run("check", "two.toml", cwd=tmp_path)

    assert answer.returncode == 0, answer.stderr
    assert "two.toml: fine" in answer.stdout
    assert f"no database yet in {tmp_path / 'var'}" in answer.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["two.toml"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://me:pw@127.0.0.1:1/x", "cannot be reached (connection to server"),
        ("mysql://me:pw@db/x", "database.url: must be like postgresql://owner@host"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(url, message):
    answer = run("check", env={**os.environ, "VO_LCC_DATABASE_URL": url})

    assert answer.returncode == 1
    assert message in answer.stderr
    assert "pw" not in answer.stderr


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("ftp://files/x", "ftp://files/x: name a folder, or s3://bucket/prefix"),
        ("s3://bucket?regio=eu", "s3://bucket: no option regio; write s3://bucket/"),
        ("s3://", "s3://: write s3://bucket/"),
    ],
)
def test_a_check_tells_of_a_storage_that_cannot_be(tmp_path, storage, message):
    environment = {**os.environ, "VO_LCC_JOBS_STORAGE": storage}

    answer = run("check", cwd=tmp_path, env=environment)

    assert answer.returncode == 1
    assert message in answer.stderr


def test_a_query_is_shown_as_sql(empty_database):
    environment = {**os.environ, "VO_LCC_DATABASE_URL": empty_database}

    good = run(
        "adql", "SELECT TOP 2 table_name FROM tap_schema.tables", env=environment
    )
    bad = run("adql", "SELECT x FROM tap_schema.tables", env=environment)
    none = run("adql")

    assert 'FROM "tap_schema"."tables" AS t1\nLIMIT 2' in good.stdout
    assert "line 1, column 8: no column `x`" in bad.stderr
    assert "give a query" in none.stderr
    assert [r.returncode for r in (good, bad, none)] == [0, 1, 1]


def test_a_query_makes_no_database(tmp_path):
    answer = run("adql", "--explain", "SELECT ra FROM demo.objects", cwd=tmp_path)

    assert answer.returncode == 1
    assert f"there is no database in {tmp_path / 'var'}" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_query_is_explained(empty_database):
    environment = {**os.environ, "VO_LCC_DATABASE_URL": empty_database}
    query = "SELECT TOP 2 table_name FROM tables"

    good = run("adql", "--explain", query, env=environment)
    bad = run("adql", "--explain", "SELECT x FROM tap_schema.tables", env=environment)

    assert good.returncode == 0, good.stderr
    assert "SELECT TOP 2 t1.table_name\nFROM tap_schema.tables AS t1" in good.stdout
    assert 'FROM "tap_schema"."tables" AS t1\nLIMIT 2' in good.stdout
    assert "PostgreSQL expects 2 rows" in good.stdout
    assert "Scan on tables" in good.stdout
    assert "table_name  char      *" in good.stdout
    assert bad.returncode == 1
    assert bad.stderr.startswith("vo-lcc: line 1, column 8: no column `x`")


def test_jobs_are_listed_and_changed(db, capsys, monkeypatch):
    monkeypatch.setenv("VO_LCC_DATABASE_URL", db.url)
    tap, other = (new_job(db, service) for service in ("tap", "other"))

    def jobs(*args: str) -> list[str]:
        assert main(["jobs", *args]) == 0
        return capsys.readouterr().out.splitlines()

    head, *rows = jobs()
    assert head.split()[:4] == ["JOB", "PHASE", "SERVICE", "WHO"]
    assert [row.split()[:4] for row in rows] == [
        [tap, "QUEUED", "tap", "192.0.2.1"],
        [other, "QUEUED", "other", "192.0.2.1"],
    ]
    assert "'my\\x1brun'" in rows[0]
    assert len(jobs("list", "--last", "1")) == 2
    assert jobs("hold", tap) == [f"{tap}: HELD"]
    assert tap in jobs("--phase", "held")[1]
    assert jobs("release", tap) == [f"{tap}: QUEUED"]
    assert jobs("abort", tap, other) == [f"{tap}: ABORTED", f"{other}: ABORTED"]
    assert main(["jobs", "hold", other]) == 1
    assert f"{other}: the job is ABORTED" in capsys.readouterr().err
    assert jobs("delete", tap, other) == [f"{tap}: deleted", f"{other}: deleted"]
    assert jobs() == [head_of_no_jobs()]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["hold"], "say which jobs to hold"),
        (["list", "a"], "list takes no ids"),
        (["abort", "aaaaaaaaaaaaaaaa"], "aaaaaaaaaaaaaaaa: there is no such job"),
        (["abort", "'; DROP TABLE"], "there is no such job"),
    ],
)
def test_jobs_that_are_none_are_told(db, args, says, capsys, monkeypatch):
    monkeypatch.setenv("VO_LCC_DATABASE_URL", db.url)

    assert main(["jobs", *args]) == 1
    assert says in capsys.readouterr().err


def test_listing_jobs_makes_no_database(tmp_path):
    answer = run("jobs", cwd=tmp_path)

    assert answer.returncode == 1
    assert f"there is no database in {tmp_path / 'var'}" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def new_job(db: Database, service: str) -> str:
    job_id = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    new = NewJob(
        job_id=job_id,
        service=service,
        base_url="http://127.0.0.1",
        owner=None,
        client="192.0.2.1",
        destruction=datetime.now(UTC) + timedelta(days=1),
        execution_duration=60,
        run_id="my\x1brun",
        run=True,
    )
    return create_job(db, new, JobSettings()).job_id


def head_of_no_jobs() -> str:
    return "JOB  PHASE  SERVICE  WHO  CREATED  STARTED  ENDED  RUNID"


def test_adql_lines_get_verdicts():
    lines = [json.dumps(q) for q in ("SELECT a FROM t", "SELECT FROM t")]

    answer = subprocess.run(
        [*VO_LCC, "adql", "--parse", "-"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    good, bad = answer.stdout.splitlines()
    assert good == "OK"
    assert bad.startswith("ERR 1:8 ")


def test_a_collection_goes_from_files_to_a_named_database(empty_database, tmp_path):
    environment = {**os.environ, "VO_LCC_DATABASE_URL": empty_database}
    for file, text in FILES.items():
        (tmp_path / file).write_text(text)
    files = [tmp_path / file for file in FILES]

    first = run("ingest", *files, env=environment, cwd=tmp_path)
    again = run("ingest", *files, env=environment, cwd=tmp_path)
    check = run("check", files[0], env=environment)

    assert first.returncode == 0, first.stderr
    assert "a draft (2 objects, 2 light curves, 3 points)" in first.stdout
    assert "vo-lcc rejects two --release 1" in first.stdout
    assert "rows not taken: 1" in first.stdout
    assert "nothing changed" in again.stdout
    assert check.returncode == 0
    assert "the database is ready" in check.stdout


def test_output_that_nobody_reads_to_its_end_is_no_error(tmp_path):
    rows = "\n".join(f"{55000 + i},14.{i},0.1" for i in range(9))
    (tmp_path / "a.csv").write_text(f"mjd,mag,err\n{rows}\n")
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [*VO_LCC, "describe", str(tmp_path)],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_wrong_collection_file_is_told_with_its_line(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(FILES["two.toml"].replace("creator", "creater"))

    answer = run("check", path)

    assert answer.returncode == 1
    assert "two.toml, line 4: creater" in answer.stderr
    assert "creator" in answer.stderr


FILES = {
    "two.toml": """name = "two"
title = "Two stars"
description = "Two stars for a test"
creator = "Nobody"

[time]
timescale = "UNKNOWN"
refposition = "UNKNOWN"

[passbands.V]
magnitude_system = "Vega"

[objects]
files = "stars.csv"
columns = {object_id = "id", ra = "ra", dec = "dec"}

[lightcurves]
files = "points.csv"
columns = {object_id = "id", passband = "band", obs_time = "t", mag = "m"}
""",
    "stars.csv": "id,ra,dec\na,0,0\nb,0,-90\n",
    "points.csv": "id,band,t,m\na,V,1.5,10\na,V,2.5,11\nb,V,3,12\nc,V,3,12\n",
}
