"""What the operator sees of jobs: those of every service and user.

All of it blocks, as in `store`.
"""

from collections.abc import Collection

from vo_lcc.db import Database
from vo_lcc.errors import NotFoundError
from vo_lcc.uws.job import Job, Phase
from vo_lcc.uws.rows import SUMMARY, summary_of
from vo_lcc.uws.store import JOB_ID, NO_SUCH_JOB


def every_job(
    database: Database, phases: Collection[Phase] = (), last: int = 100
) -> list[Job]:
    """The `last` jobs in these phases, newest first, as `store.list_jobs` has them.

    Without `phases`: in any but ARCHIVED.
    """
    wanted = list(phases) or [p for p in Phase if p is not Phase.ARCHIVED]
    rows = database.fetch(
        f"SELECT {SUMMARY} FROM uws.jobs WHERE phase = ANY(%s)"
        " ORDER BY creation_time DESC, job_id LIMIT %s",
        (wanted, last),
    )
    return [summary_of(row) for row in rows]


def service_of(database: Database, job_id: str) -> str:
    """The service that a job belongs to; raises NotFoundError."""
    if JOB_ID.fullmatch(job_id):
        rows = database.fetch(
            "SELECT service FROM uws.jobs WHERE job_id = %s", (job_id,)
        )
        if rows:
            return str(rows[0][0])
    raise NotFoundError(f"{job_id}: {NO_SUCH_JOB}")
