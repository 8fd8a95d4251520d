"""Every job and file is accounted for when all breaks; what is amiss would be found."""

import asyncio
import random
import shutil
from pathlib import Path

import pytest

from tests.conftest import copied_database
from tests.protocols import accounts
from tests.protocols.chaos import tried
from tests.protocols.errands import Errand, Wanted, fault_of, make_tables, star
from tests.protocols.job_clients import Client, Clients
from tests.protocols.verdicts import Told, verdict
from vo_lcc.config import Config, JobsSection

SOME = Wanted(
    "small",
    "SELECT n, name FROM chaos.stars WHERE n < 4 ORDER BY n",
    [star(n)[:2] for n in (1, 2, 3)],
)


@pytest.mark.slow
@pytest.mark.alone
def test_no_job_and_no_file_is_lost_whatever_breaks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chaos")
    outcome = tried(folder, seconds=6, seed=3, clients=6, gaps=0.7, warm=1)

    assert outcome.problems == []
    assert outcome.happened.total() >= 2
    assert sum(n for end, n in outcome.ends.items() if "COMPLETED" in end) >= 3


class Books:
    """Some jobs that have ended well, and what is made of them."""

    def __init__(self, clients, database, storage, errands):
        self.clients = clients
        self.database = database
        self.storage = storage
        self.errands = errands
        self.first = errands[0]
        self.job_id = self.first.url.rsplit("/", 1)[1]

    def result_file(self) -> Path:
        (found,) = self.storage.glob(f"{self.job_id}/*/result")
        return found

    def change(self, assignments: str) -> None:
        sql = f"UPDATE uws.jobs SET {assignments} WHERE job_id = %s"
        self.database.fetch(sql, (self.job_id,))

    def account(self) -> str:
        self.clients.problems.clear()
        asyncio.run(accounts.account_of_jobs(self.clients))
        found = [
            *self.clients.problems,
            *accounts.account_of_list(self.clients, self.database),
            *accounts.account_of_rows(self.database, self.errands),
            *accounts.account_of_files(self.database, self.storage),
        ]
        return "\n".join(found)


@pytest.fixture(scope="module")
def shop(cluster_url, template_db, serving, tmp_path_factory):
    """A server over the tables of the jobs."""
    storage = tmp_path_factory.mktemp("files")
    config = Config(jobs=JobsSection(storage=str(storage)))
    for database in copied_database(cluster_url, template_db):
        make_tables(database)
        with serving(config, database.url) as url:
            yield url, database, storage


@pytest.fixture
def books(shop):
    url, database, storage = shop
    clients = Clients(url, patience=1)

    async def fill():
        async with clients.session() as http:
            for number in range(3):
                client = Client(clients, http, random.Random(number), f"r{number}")
                await client.see_end(await client.create(SOME))

    asyncio.run(fill())
    made = Books(clients, database, storage, clients.errands)
    assert made.account() == ""
    yield made
    database.fetch("TRUNCATE uws.jobs, uws.trash")
    shutil.rmtree(storage)
    storage.mkdir()


def test_a_result_that_is_missing_is_found(books):
    books.result_file().unlink()

    found = books.account()
    assert f"job {books.job_id} (r0" in found
    assert "its result: 404" in found
    assert "has no bytes" in found


def test_half_a_result_is_found(books):
    file = books.result_file()
    file.write_bytes(file.read_bytes()[:-5])

    found = books.account()
    assert "no answer to GET" in found  # the server breaks off
    assert "bytes, not" in found


def test_another_result_than_was_asked_for_is_found(books):
    file = books.result_file()
    file.write_bytes(file.read_bytes().replace(b"star 3", b"star 4"))

    assert "its result has 3 of 3 rows" in books.account()


@pytest.mark.parametrize("name", [".result.0a1b", "result2", "uploads/0"])
def test_a_file_that_nothing_names_is_found(books, name):
    stray = books.result_file().parent / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"left")

    assert f"{name} (4 bytes) is named by nothing" in books.account()


def test_a_file_in_the_trash_is_not_amiss(books):
    (books.storage / "gone").mkdir()
    (books.storage / "gone" / ".result.1").write_bytes(b"left")
    books.database.fetch("INSERT INTO uws.trash VALUES ('gone/', now())")

    assert books.account() == ""


FORGERIES = {
    "results = '[]'": "(r0, COMPLETED) has 0 results",
    "results = (SELECT json_agg(r) FROM (SELECT results->0 AS r UNION ALL"
    " SELECT results->0) AS twice)": "has 2 results",
    "claim = 'x', lease = now(), phase = 'EXECUTING'": "has not ended",
    "job_id = 'aaaaaaaaaaaaaaaa'": "is lost (404)",
    "run_id = 'r1'": "2 jobs of one request",
    "run_id = 'nobody'": "nobody asked for",
    "phase = 'ABORTED'": "ABORTED, unasked",
    "phase = 'ERROR', results = '[]'": "ERROR without a reason",
    "phase = 'ERROR', results = '[]', error = json_build_object("
    "'message', 'internal error')": "ERROR 'internal error'",
}


@pytest.mark.parametrize("assignments", FORGERIES)
def test_a_forged_row_is_found(books, assignments):
    books.database.fetch("ALTER TABLE uws.jobs DISABLE TRIGGER only_forward")
    books.change(assignments)
    books.database.fetch("ALTER TABLE uws.jobs ENABLE TRIGGER only_forward")

    assert FORGERIES[assignments] in books.account()


def test_a_phase_that_goes_back_is_found():
    errand = Errand("r", SOME, "csv")

    assert [errand.see("a", phase) for phase in ("QUEUED", "EXECUTING")] == [None] * 2
    assert errand.see("b", "QUEUED") is None
    assert "from EXECUTING to QUEUED" in errand.see("a", "QUEUED")
    assert errand.see("a", "COMPLETED") is None
    assert "from COMPLETED to ERROR" in errand.see("a", "ERROR")


def test_promises_that_were_not_kept_are_found():
    errand = Errand("r", SOME, "csv", granted={"RUN", "ABORT", "DELETE"})
    told = verdict(errand, Told("PENDING"), 0)

    words = ("was run and is PENDING", "was aborted and is", "should have gone")
    assert all(any(word in each for each in told) for word in words)


def test_what_broke_is_an_excuse_and_nothing_else():
    errand = Errand("r", SOME, "csv", sent={"RUN"})
    died = "the workers that ran the job died 6 times; it may be too large"

    assert verdict(errand, Told("ERROR", error=died), 0) == []
    assert verdict(errand, Told("ERROR", error="away", transient=True), 0) == []
    assert verdict(errand, Told("ERROR", error="no such column"), 0) != []


def test_bytes_that_are_no_result_are_found():
    assert "cannot be read" in fault_of(SOME, "fits", b"SIMPLE")


def test_statements_locks_and_tables_that_are_left_are_found(db):
    with db.transaction() as cur:
        cur.execute("CREATE TEMPORARY TABLE mine (n int)")
        cur.execute("SELECT pg_advisory_xact_lock(1)")
        found = accounts.account_of_database(db, patience=0)

    # a table that is not committed is seen by nobody else
    assert [words.split(":")[0] for words in found] == ["left statements", "left locks"]


def test_a_traceback_in_a_log_is_found(tmp_path):
    log = tmp_path / "server.log"
    log.write_text("all is well\n2026-01-01T00:00:00.000Z ERROR vo_lcc.uws: alas\n")

    assert "alas" in accounts.account_of_logs([log])[0]
