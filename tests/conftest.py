"""Fixtures shared by every test."""

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from vo_lcc.db import Database
from vo_lcc.db.embedded import EmbeddedServer
from vo_lcc.lightcurves.demo import ingest_demo
from vo_lcc.lightcurves.ingest import LoadReport, ingest
from vo_lcc.lightcurves.upgrade import upgrade

DATA = Path(__file__).parent / "data"
COLLECTIONS = Path(__file__).parents[1] / "configs" / "collections"
SHARED = Path(__file__).parents[2] / "shared"
TEMPLATE = "vo_lcc_template"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--dsn", default=os.environ.get("VO_LCC_TEST_DSN"))
    parser.addoption("--update-golden", action="store_true")


MARKS = {"cluster_url": "db", "stilts": "validator", "chromium": "browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses a database or a tool is marked so."""
    for item in items:
        for fixture, mark in MARKS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """Keep the words alone: not every warning can be made again by another process.

    Workers send theirs to the process that reports; some of astropy's break there.
    """
    warning_message.message = str(warning_message.message)


@pytest.fixture(scope="session")
def cluster_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL server: the one of --dsn, or an embedded one in a new folder."""
    dsn = request.config.getoption("--dsn")
    if dsn:
        yield dsn
        return
    folder = Path(tempfile.mkdtemp(prefix="vo_lcc_test_"))
    folder.chmod(0o755)
    try:
        with EmbeddedServer(folder) as server:
            _execute(server.url, "ALTER SYSTEM SET fsync = off")
            _execute(server.url, "SELECT pg_reload_conf()")
            yield server.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_db(cluster_url: str) -> Iterator[str]:
    """The name of a migrated database, made once and copied by `db`."""
    name = f"{TEMPLATE}_{uuid.uuid4().hex[:8]}"
    create_database(cluster_url, name)
    database = Database(with_database(cluster_url, name))
    upgrade(database)
    database.close()
    yield name
    drop_database(cluster_url, name)


@pytest.fixture
def db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A fresh migrated database for one test."""
    yield from copied_database(cluster_url, template_db)


@pytest.fixture(scope="session")
def jobs_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A database in which nothing but jobs is changed: see `emptied`."""
    yield from copied_database(cluster_url, template_db)


def emptied(jobs_db: Database) -> Database:
    """The database without any job, which takes less time than a new one."""
    jobs_db.fetch("TRUNCATE uws.jobs, uws.trash")
    return jobs_db


@pytest.fixture(scope="session")
def session_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A migrated database for the whole session: load once, then only read."""
    yield from copied_database(cluster_url, template_db)


@pytest.fixture(scope="session")
def demo_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A database that holds the demo collection and nothing else; only read it."""
    for database in copied_database(cluster_url, template_db):
        ingest_demo(database)
        yield database


@pytest.fixture
def empty_database(cluster_url: str) -> Iterator[str]:
    """The URL of a database in which nothing has been done."""
    name = f"vo_lcc_empty_{uuid.uuid4().hex[:8]}"
    create_database(cluster_url, name)
    yield with_database(cluster_url, name)
    drop_database(cluster_url, name)


def copied_database(cluster_url: str, template: str) -> Iterator[Database]:
    name = f"vo_lcc_test_{uuid.uuid4().hex[:8]}"
    create_database(cluster_url, name, template)
    database = Database(with_database(cluster_url, name))
    yield database
    database.close()
    drop_database(cluster_url, name)


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return psycopg2.extensions.make_dsn(url, dbname=name)


def create_database(url: str, name: str, template: str = "template1") -> None:
    _execute(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop_database(url: str, name: str) -> None:
    _execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _execute(url: str, sql: str) -> None:
    conn = psycopg2.connect(url)
    try:
        conn.autocommit = True
        with conn.cursor() as cur:
            cur.execute(sql)
    finally:
        conn.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real light curves and validators beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the folder shared/ is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def stripe82_load(session_db: Database, shared: Path) -> LoadReport:
    """What was loaded of RR Lyrae stars of Stripe 82, which `session_db` then has."""
    files = [shared / "data" / "stripe82_rrlyrae"]
    return ingest(session_db, COLLECTIONS / "stripe82.toml", files)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare bytes with a file under tests/data, or rewrite it on request."""

    def check(name: str, seen: bytes) -> None:
        path = DATA / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(seen)
        assert seen == path.read_bytes()

    return check


def required_tool(name: str) -> str:
    """The path of a tool, or a skip; a failure where CI says it must be there."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get("VO_LCC_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is required here and is not installed")
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture(scope="session")
def stilts() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs STILTS with the given arguments."""
    path = required_tool("stilts")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [path, *args], capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    return required_tool("chromium")
