"""Accounts of every job and every file, by three witnesses: HTTP, database, storage."""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from tests.protocols.errands import FINAL, Errand
from tests.protocols.job_clients import Client, Clients, Unanswered
from tests.protocols.verdicts import Told, verdict
from vo_lcc.db import Database

AT_ONCE = 8
QUIET_SECONDS = 120.0
SWEEP_SECONDS = 30.0
CONFIRM_SECONDS = 2.0
OPEN = "SELECT count(*) FROM uws.jobs WHERE phase IN ('QUEUED', 'EXECUTING')"
# what a statement, a transaction or an upload may leave in the database
LEFT = {
    "statements": "SELECT state || ': ' || query FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type IN ('client backend', 'parallel worker') AND state <> 'idle'",
    "temporary tables": "SELECT relname FROM pg_class WHERE relpersistence = 't'",
    "locks": "SELECT objid::text FROM pg_locks WHERE locktype = 'advisory'",
}
FAULT = re.compile(r"^.*(?:Traceback| ERROR (?!gunicorn)| CRITICAL ).*$", re.M)
# asyncpg leaves a future of its own behind when a connection ends while it sends
EXCUSED = re.compile(r"Future exception was never .*ConnectionDoesNotExistError")


@dataclass(frozen=True)
class Row:
    """A job as the database has it."""

    job_id: str
    run_id: str
    phase: str
    claim: str | None
    results: list[dict[str, object]]
    attachments: list[dict[str, object]]

    @property
    def files(self) -> dict[str, object]:
        """The sizes of its files, by key."""
        return {each["key"]: each["size"] for each in self.results + self.attachments}


def read_rows(database: Database) -> list[Row]:
    """Every job that the database has."""
    columns = "job_id, run_id, phase, claim, results, attachments"
    return [Row(*row) for row in database.fetch(f"SELECT {columns} FROM uws.jobs")]


def wait_for_quiet(database: Database) -> list[str]:
    """Until no job is queued or runs; those that still are after all patience."""
    end = time.monotonic() + QUIET_SECONDS
    while database.fetch(OPEN) != [(0,)]:
        if time.monotonic() > end:
            return [f"not quiet after {QUIET_SECONDS} s"]
        time.sleep(0.1)
    return []


async def account_of_jobs(clients: Clients) -> Counter[str]:
    """How all jobs ended, by kind and phase; the clients note what is amiss."""
    ends: Counter[str] = Counter()
    turns = asyncio.Semaphore(AT_ONCE)

    async def look(client: Client, errand: Errand) -> None:
        async with turns:
            told = await client.look(errand)
            clients.problems += verdict(errand, told, time.time())
            if told.phase == "COMPLETED":
                await client.read_result(errand, told)
            ends[end_of(errand, told)] += 1

    async with clients.session() as http:
        created = [each for each in clients.errands if each.url]
        looks = [look(Client(clients, http, None, e.run_id), e) for e in created]
        for found in await asyncio.gather(*looks, return_exceptions=True):
            if isinstance(found, Unanswered):
                clients.problems.append(str(found))
            elif isinstance(found, BaseException):
                raise found
    ends["(creation not answered)"] = len(clients.errands) - len(created)
    return ends


def end_of(errand: Errand, told: Told) -> str:
    """How a job ended, in a few words."""
    excused = told.phase == "ERROR" and told.is_excused
    return f"{errand.wanted.kind}: {told.phase}{' by what broke' * excused}"


def account_of_rows(database: Database, errands: Iterable[Errand]) -> list[str]:
    """What is amiss with the rows, whose creation may not have been answered."""
    known = {each.run_id: each for each in errands}
    rows, found = read_rows(database), []
    times = Counter(row.run_id for row in rows)
    found += [f"{name}: {n} jobs of one request" for name, n in times.items() if n > 1]
    for row in rows:
        errand = known.get(row.run_id)
        name = f"row {row.job_id} ({row.run_id}, {row.phase})"
        url = errand and errand.url
        allowed = {0} if row.phase != "COMPLETED" else {1}
        checks = (
            (errand is None, "nobody asked for"),
            (url and not url.endswith(row.job_id), f"is not {url}"),
            (row.phase not in (*FINAL, "PENDING"), "has not ended"),
            (
                errand is not None
                and row.phase == "PENDING"
                and "RUN" in errand.sent
                # a request that ran it may never have come
                and (errand.url is None or "RUN" in errand.granted),
                "was to run",
            ),
            (row.claim is not None, "is claimed"),
            (len(row.results) not in allowed, f"has {len(row.results)} results"),
        )
        found += [f"{name} {what}" for amiss, what in checks if amiss]
    return found


def account_of_list(clients: Clients, database: Database) -> list[str]:
    """Whether the job list tells of every job, and of no other."""
    listed = asyncio.run(read_list(clients))
    odd = listed ^ {row.job_id for row in read_rows(database)}
    return [f"job {each} is listed or in the database, not both" for each in odd]


async def read_list(clients: Clients) -> set[str]:
    """The ids of all jobs, as the server tells."""
    async with clients.session() as http:
        reply = await Client(clients, http, None, "").ask("GET", clients.jobs)
    return {each.get("id") for each in etree.fromstring(reply.body)}


def account_of_files(database: Database, storage: Path) -> list[str]:
    """Files that nothing names, and named ones that are not there, or not whole."""
    sizes = sizes_of(storage)
    named = {key: n for row in read_rows(database) for key, n in row.files.items()}
    trash = tuple(name for (name,) in database.fetch("SELECT prefix FROM uws.trash"))
    found = [
        f"file {key} ({size} bytes) is named by nothing"
        for key, size in sizes.items()
        if key not in named and not key.startswith(trash)
    ]
    return found + [
        f"file {key} has {sizes.get(key, 'no')} bytes, not {size}"
        for key, size in named.items()
        if sizes.get(key) != size
    ]


def sizes_of(storage: Path) -> dict[str, int]:
    """The sizes of all files below a folder, hidden ones too."""
    sizes = {}
    for where, _, names in os.walk(storage):
        for path in (Path(where) / name for name in names):
            with suppress(FileNotFoundError):  # swept just now
                sizes[path.relative_to(storage).as_posix()] = path.stat().st_size
    return sizes


def confirmed(account: Callable[..., list[str]], *args: object) -> list[str]:
    """What is amiss now and still is later: what is just swept is in between."""
    found = account(*args)
    if found:
        time.sleep(CONFIRM_SECONDS)
        found = sorted(set(found) & set(account(*args)))
    return found


def account_of_database(database: Database, patience: float = 10.0) -> list[str]:
    """What statements, transactions and uploads left behind."""
    end = time.monotonic() + patience
    while True:
        left = {what: database.fetch(sql) for what, sql in LEFT.items()}
        found = [f"left {what}: {rows[:5]}" for what, rows in left.items() if rows]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.2)


def account_of_logs(logs: Iterable[Path]) -> list[str]:
    """What went wrong inside and no client was told, each once, with how often."""
    found: Counter[str] = Counter()
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        for match in FAULT.finditer(text):
            if EXCUSED.search(match[0]):
                continue
            more = text[match.start() : match.start() + 3000]
            words = re.sub(r"\d{4}-\d\d-\d\dT\S+|\b[a-z2-7]{16}\b", "", more)
            lines = re.split(r"\n(?! +\|)", words)[:2]
            found[f"{log.name}: " + "\n".join(lines)] += 1
    return [f"logged {n} times: {text}" for text, n in found.most_common(20)]


def destroy_all(database: Database) -> None:
    """Let the time of all jobs and files have come; nobody may be writing any more."""
    with database.transaction() as cur:
        cur.execute("UPDATE uws.jobs SET destruction = now()")
        cur.execute("UPDATE uws.trash SET not_before = now(), taken = NULL")


def account_of_nothing(database: Database, storage: Path) -> list[str]:
    """What is left once everything was to be swept."""
    end = time.monotonic() + SWEEP_SECONDS
    while True:
        left = {
            "jobs": database.fetch("SELECT job_id, phase FROM uws.jobs"),
            "trash": database.fetch("SELECT * FROM uws.trash"),
            "files": list(sizes_of(storage)),
            "folders": os.listdir(storage),
        }
        found = [f"never swept {what}: {x[:5]}" for what, x in left.items() if x]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.1)
