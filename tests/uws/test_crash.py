"""What a crash of the database may undo, and what it must not."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.uws.jobs import SETTINGS, new_job
from vo_lcc.db import Database, migrate
from vo_lcc.db.embedded import EmbeddedServer, cluster_directory
from vo_lcc.errors import TransientError
from vo_lcc.uws import queue, store
from vo_lcc.uws.job import Phase


@pytest.fixture
def cluster() -> Iterator[tuple[Database, Path]]:
    """A database of its own, and the folder of its cluster."""
    folder = Path(tempfile.mkdtemp(prefix="vo_lcc_crash_"))
    folder.chmod(0o755)
    with EmbeddedServer(folder) as server:
        database = Database(server.url)
        migrate(database)
        yield database, folder
        database.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_a_crash_of_the_database_turns_no_phase_back(cluster):
    database, folder = cluster
    new = new_job(run=True)
    store.create_job(database, new, SETTINGS)
    (claim,) = queue.claim_jobs(database, "w", ["tap"], {False: 1}, SETTINGS)
    assert queue.begin_job(database, claim, False, {})

    crash(folder)

    assert phase_of(database, new.job_id) == Phase.EXECUTING


def crash(folder: Path) -> None:
    """kill -9 of all of PostgreSQL, which then starts again."""
    pid_file = cluster_directory(folder) / "postmaster.pid"
    postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(family, 10)
    with EmbeddedServer(folder):
        pass


def phase_of(database: Database, job_id: str) -> Phase:
    for _ in range(100):
        with suppress(TransientError):
            return store.get_job(database, "tap", job_id).phase
        time.sleep(0.1)
    raise AssertionError("the database did not come back")
