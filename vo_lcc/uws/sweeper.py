"""Destroys jobs whose time has come, and removes files that no job names.

First the rows go, and in the same transaction their files into uws.trash; then the
files; then what the trash says of them. After a crash in between it goes on there.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vo_lcc.db import Database
from vo_lcc.db.locks import Lock
from vo_lcc.errors import VOError
from vo_lcc.uws.rows import UNCLAIM
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.storage import Storage
from vo_lcc.uws.store import discard_jobs

logger = logging.getLogger(__name__)

BATCH = 200  # jobs or prefixes in one transaction
PAUSE_SECONDS = 1.0  # between two sweeps at least
TAKEN_SECONDS = 600  # for one sweeper to remove what it took; then another may

# One sweeper at a time, of all processes; who comes second finds nothing to do.
TURN = f"SELECT pg_try_advisory_xact_lock({Lock.SWEEP})"


@dataclass(frozen=True, slots=True)
class Taken:
    """Files that this sweeper is to remove: `prefix` ends with a slash."""

    prefix: str
    taken: datetime

    @property
    def job_id(self) -> str:
        """The job whose they are or were."""
        return self.prefix.partition("/")[0]

    @property
    def is_whole(self) -> bool:
        """Are these all files of the job, and not those of one claim?"""
        return self.prefix == f"{self.job_id}/"


def destroy_jobs(database: Database, settings: JobSettings) -> int:
    """Destroy or archive jobs whose time has come; how many, 0: no more are due."""
    with database.transaction() as cur:
        cur.execute(TURN)
        if cur.fetchone() != (True,):
            return 0
        due = _due(cur, "phase <> 'ARCHIVED' AND destruction <= now()")
        discard_jobs(cur, due)
        if settings.archive > 0:
            cur.execute(ARCHIVE, (due,))
        else:
            cur.execute("DELETE FROM uws.jobs WHERE job_id = ANY(%s)", (due,))
        old = _due(
            cur,
            "phase = 'ARCHIVED' AND destruction <= now() - make_interval(secs => %s)",
            settings.archive,
        )
        discard_jobs(cur, old)
        cur.execute("DELETE FROM uws.jobs WHERE job_id = ANY(%s)", (old,))
        return len(due) + len(old)


ARCHIVE = (
    f"UPDATE uws.jobs SET phase = 'ARCHIVED', {UNCLAIM}, results = '[]',"
    " attachments = '[]', bytes = 0, end_time = coalesce(end_time, now())"
    " WHERE job_id = ANY(%s)"
)


def _due(cur: Any, condition: str, *values: object) -> list[str]:
    cur.execute(
        f"SELECT job_id FROM uws.jobs WHERE {condition} ORDER BY destruction"
        " LIMIT %s FOR UPDATE SKIP LOCKED",
        (*values, BATCH),
    )
    return [job_id for (job_id,) in cur.fetchall()]


def take_trash(database: Database) -> list[Taken]:
    """Some of the files to be removed now; nobody else takes them meanwhile."""
    with database.transaction() as cur:
        cur.execute(TURN)
        if cur.fetchone() != (True,):
            return []
        cur.execute(
            "UPDATE uws.trash SET taken = now() WHERE prefix IN (SELECT prefix"
            " FROM uws.trash WHERE not_before <= now()"
            " AND coalesce(taken < now() - make_interval(secs => %s), true)"
            " ORDER BY not_before LIMIT %s FOR UPDATE SKIP LOCKED)"
            " RETURNING prefix, taken",
            (TAKEN_SECONDS, BATCH),
        )
        return [Taken(*row) for row in cur.fetchall()]


def forget_trash(database: Database, removed: Sequence[Taken]) -> None:
    """These files are gone; what was put there anew meanwhile stays."""
    database.fetch(
        "DELETE FROM uws.trash"
        " USING unnest(%s::text[], %s::timestamptz[]) AS gone(key, since)"
        " WHERE prefix = key AND taken = since",
        ([each.prefix for each in removed], [each.taken for each in removed]),
    )


@dataclass(frozen=True, slots=True)
class Named:
    """The files that are a job's: those it names, and what its worker is writing."""

    keys: frozenset[str]
    claim: str | None

    def __contains__(self, key: str) -> bool:
        return key in self.keys or key.split("/")[1] == self.claim


def named_files(database: Database, job_id: str) -> Named | None:
    """The files that are to stay; None: there is no such job."""
    rows = database.fetch(
        "SELECT attachments, results, claim FROM uws.jobs WHERE job_id = %s", (job_id,)
    )
    if not rows:
        return None
    ((attachments, results, claim),) = rows
    return Named(frozenset(each["key"] for each in attachments + results), claim)


def next_due(database: Database, settings: JobSettings) -> float:
    """Seconds until the sweeper has something to do, `settings.sweep` at most."""
    ((seconds,),) = database.fetch(
        "SELECT extract(epoch FROM least("
        "(SELECT min(destruction) FROM uws.jobs WHERE phase <> 'ARCHIVED'),"
        " (SELECT min(destruction) FROM uws.jobs WHERE phase = 'ARCHIVED')"
        " + make_interval(secs => %s),"
        " (SELECT min(not_before) FROM uws.trash WHERE taken IS NULL)"
        ") - now())::float",
        (settings.archive,),
    )
    return settings.sweep if seconds is None else min(seconds, settings.sweep)


class Sweeper:
    """Sweeps when something is due. Belongs to one event loop.

    Every process may have one: they take turns.
    """

    def __init__(
        self, database: Database, storage: Storage, settings: JobSettings
    ) -> None:
        self._database = database
        self._storage = storage
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, "sweep")

    async def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._sweep_forever())

    async def stop(self) -> None:
        """Sweep no more."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._thread.shutdown()

    async def sweep(self) -> None:
        """Remove all that is due."""
        while await self._call(destroy_jobs, self._settings):
            pass
        while taken := await self._call(take_trash):
            removed = [each for each in taken if await self._remove(each)]
            await self._call(forget_trash, removed)

    async def _sweep_forever(self) -> None:
        while True:
            pause = self._settings.sweep
            try:
                await self.sweep()
                pause = await self._call(next_due, self._settings)
            except VOError as error:
                logger.info("not swept: %s", error)
            except Exception:
                logger.exception("sweeping failed")
            await asyncio.sleep(max(pause, PAUSE_SECONDS))

    async def _remove(self, each: Taken) -> bool:
        """Remove these files, but none that a job names; are they gone?

        What is there is listed before it is asked what a job names: what it comes to
        name later is not in the list.
        """
        folder = each.prefix.rstrip("/")
        try:
            keys = await self._storage.keys(folder)
            named = await self._call(named_files, each.job_id)
            if named is None or not each.is_whole:
                await self._storage.remove(folder)
                return True
            for key in keys:
                if key not in named:
                    await self._storage.remove(key)
        except VOError as error:
            logger.warning("files %s are not yet removed: %s", each.prefix, error)
            return False
        return True

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, self._database, *args)
