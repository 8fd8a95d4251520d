"""What users and operators do with jobs: each call is one transaction.

All of it blocks, so it is called in a thread. What workers do is in `queue`, what is
removed in the end in `sweeper`. A job of which nobody knows raises NotFoundError.
"""

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vo_lcc.db import Database
from vo_lcc.errors import NotFoundError, StateError, TooLargeError, TransientError
from vo_lcc.uws.job import FINAL, Attachment, ErrorSummary, Job, Phase
from vo_lcc.uws.quota import check_quota, lock_quota
from vo_lcc.uws.rows import (
    SUMMARY,
    UNCLAIM,
    WHOLE,
    bytes_of,
    error_json,
    files_json,
    job_of,
    pairs_json,
    summary_of,
)
from vo_lcc.uws.settings import JobSettings

ABORTED_BY_CLIENT = "the job was aborted, as its client asked"
ABORTED_BY_OPERATOR = "the job was aborted by the operator of this server"
JOB_ID = re.compile(r"[a-z2-7]{16}")
UPLOAD_SECONDS = 3600
"""How long files may take to come in before the job that names them is there."""

MOST_WORDS = 24 * 2**20
MOST_FILES = 64
"""Bytes of the parameters of one job, as JSON, and its files."""

Transaction = AbstractContextManager[Any]


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be created; with `run` it is queued at once.

    `job_id` is 16 characters of base32, unguessable: who knows it may do with the job
    what its owner may.
    """

    job_id: str
    service: str
    base_url: str
    owner: str | None
    client: str
    destruction: datetime
    execution_duration: int
    parameters: Sequence[tuple[str, str]] = ()
    attachments: Sequence[Attachment] = ()
    run_id: str | None = None
    run: bool = False


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list (UWS 1.1, section 2.2.2.1): those of one service and user.

    The user is `owner`, or without one every nameless one at the address `client`.
    """

    service: str
    owner: str | None
    client: str
    phases: frozenset[Phase] = field(default_factory=frozenset)
    after: datetime | None = None
    last: int | None = None


def reserve_files(database: Database, folder: str) -> None:
    """Say that files are about to be written to a folder, before the first is.

    It is of one request, so that several may bring files to one job at once. If nothing
    comes to name them, they are removed after an hour.
    """
    database.fetch(
        "INSERT INTO uws.trash (prefix, not_before)"
        " VALUES (%s, now() + make_interval(secs => %s))",
        (f"{folder}/", UPLOAD_SECONDS),
    )


def create_job(database: Database, new: NewJob, settings: JobSettings) -> Job:
    """A new job, PENDING or QUEUED.

    Raises TooManyRequestsError beyond a limit of its owner or client, and
    TransientError when its files took too long to come in.
    """
    size = _size_of(new.parameters, new.attachments)
    with database.transaction() as cur:
        usage = lock_quota(cur, new.owner, new.client)
        check_quota(usage, settings, stored=1, queued=int(new.run), size=size)
        _name_files(cur, new.attachments)
        cur.execute(
            "INSERT INTO uws.jobs (job_id, service, base_url, phase, owner, client,"
            " run_id, queue_time, destruction, execution_duration, parameters,"
            " attachments, bytes) VALUES (%s, %s, %s, %s, %s, %s, %s,"
            f" CASE WHEN %s THEN now() END, %s, %s, %s, %s, %s) RETURNING {WHOLE}",
            (
                new.job_id,
                new.service,
                new.base_url,
                Phase.QUEUED if new.run else Phase.PENDING,
                new.owner,
                new.client,
                new.run_id,
                new.run,
                new.destruction,
                new.execution_duration,
                pairs_json(new.parameters),
                files_json(new.attachments),
                size,
            ),
        )
        return job_of(cur.fetchone() or ())


def _name_files(cur: Any, attachments: Sequence[Attachment]) -> None:
    """End the reservation of files that a job names from now on."""
    folders = sorted({each.key.rpartition("/")[0] + "/" for each in attachments})
    cur.execute(
        "DELETE FROM uws.trash WHERE prefix = ANY(%s) AND taken IS NULL", (folders,)
    )
    if cur.rowcount < len(folders):
        raise TransientError(
            "the files took longer than an hour to come in and are gone;"
            " send them again"
        )


def _size_of(
    pairs: Sequence[tuple[str, str]], attachments: Sequence[Attachment]
) -> int:
    """The bytes of files, and of what else a client has sent.

    Raises TooLargeError for more than one job may have: the whole of that is read with
    each look at the job.
    """
    if len(attachments) > MOST_FILES:
        raise TooLargeError(
            f"the job would have {len(attachments)} files; at most {MOST_FILES} may be"
        )
    words = len(pairs_json(pairs))
    if words > MOST_WORDS:
        raise TooLargeError(
            f"the parameters of the job would take {words} bytes; at most {MOST_WORDS}"
            " may be: send lists and tables as files (UPLOAD)"
        )
    return words + len(files_json(attachments)) + bytes_of(attachments)


def find_job(database: Database, service: str, job_id: str) -> Job | None:
    """The job of this service with this id."""
    if not JOB_ID.fullmatch(job_id):
        return None
    rows = database.fetch(
        f"SELECT {WHOLE} FROM uws.jobs WHERE job_id = %s AND service = %s",
        (job_id, service),
    )
    return job_of(rows[0]) if rows else None


def get_job(database: Database, service: str, job_id: str) -> Job:
    """The job of this service with this id; raises NotFoundError."""
    found = find_job(database, service, job_id)
    if found is None:
        raise NotFoundError(NO_SUCH_JOB)
    return found


NO_SUCH_JOB = "there is no such job: it was deleted, its time has come, or it never was"


def list_jobs(database: Database, wanted: JobFilter) -> list[Job]:
    """The jobs of one user, newest first, without their parameters and files.

    ARCHIVED ones only where that phase is asked for.
    """
    phases = wanted.phases or frozenset(Phase) - {Phase.ARCHIVED}
    rows = database.fetch(
        f"SELECT {SUMMARY} FROM uws.jobs"
        " WHERE who = coalesce('owner ' || %s, 'client ' || %s) AND service = %s"
        " AND phase = ANY(%s) AND creation_time > coalesce(%s, timestamptz '-infinity')"
        " ORDER BY creation_time DESC, job_id LIMIT %s",
        (
            wanted.owner,
            wanted.client,
            wanted.service,
            list(phases),
            wanted.after,
            wanted.last,
        ),
    )
    return [summary_of(row) for row in rows]


def add_parameters(
    database: Database,
    service: str,
    job_id: str,
    pairs: Sequence[tuple[str, str]],
    attachments: Sequence[Attachment] = (),
    settings: JobSettings | None = None,
    replaced: Collection[str] = (),
) -> Job:
    """Append parameters and files to a PENDING job; in any other, StateError.

    The parameters `replaced` (names in capitals) go first; RUNID is the job's own too.
    With `settings`, the limit of stored bytes is kept.
    """
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        if job.phase != Phase.PENDING:
            raise StateError(
                f"the job is {job.phase}: its parameters can be changed while it is"
                " PENDING only; make a new one"
            )
        kept = [pair for pair in job.parameters if pair[0].upper() not in replaced]
        parameters, files = [*kept, *pairs], [*job.attachments, *attachments]
        before = _size_of(job.parameters, job.attachments)
        added = _size_of(parameters, files) - before
        if settings is not None and added > 0:
            usage = lock_quota(cur, job.owner, job.client)
            check_quota(usage, settings, size=added)
        _name_files(cur, attachments)
        run_ids = [value for name, value in pairs if name.upper() == "RUNID"]
        return _update(
            cur,
            job_id,
            "parameters = %s, run_id = coalesce(%s, run_id), attachments = %s,"
            " bytes = bytes + %s",
            pairs_json(parameters),
            run_ids[-1] if run_ids else None,
            files_json(files),
            added,
        )


def run_job(
    database: Database, service: str, job_id: str, settings: JobSettings
) -> Job:
    """Queue a PENDING or HELD job; one that is queued or runs stays as it is.

    Raises StateError when it has ended, TooManyRequestsError beyond a limit.
    """
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        if job.phase in (Phase.QUEUED, Phase.EXECUTING, Phase.SUSPENDED):
            return job
        _expect(job, {Phase.PENDING, Phase.HELD}, "it cannot run again; make a new one")
        usage = lock_quota(cur, job.owner, job.client)
        check_quota(usage, settings, queued=1)
        return _update(cur, job_id, "phase = 'QUEUED', queue_time = now()")


def abort_job(
    database: Database, service: str, job_id: str, reason: str = ABORTED_BY_CLIENT
) -> Job:
    """End a job that has not ended; its worker hears of it and cancels the work.

    The `reason` is what its error summary tells. Raises StateError when it has ended
    otherwise.
    """
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        if job.phase == Phase.ABORTED:
            return job
        _expect(job, set(Phase) - FINAL, "there is nothing to abort")
        _abandon_claim(cur, job_id)
        return _update(
            cur,
            job_id,
            f"phase = 'ABORTED', end_time = now(), error = %s, {UNCLAIM}",
            error_json(ErrorSummary(reason)),
        )


def delete_job(database: Database, service: str, job_id: str) -> None:
    """Remove a job with its files; one that runs is cancelled by its worker."""
    with database.transaction() as cur:
        _locked(cur, service, job_id)
        discard_jobs(cur, [job_id])
        cur.execute("DELETE FROM uws.jobs WHERE job_id = %s", (job_id,))


def set_execution_duration(
    database: Database, service: str, job_id: str, seconds: int
) -> Job:
    """Limit how long a job may run; one that runs is held to it within seconds."""
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        _expect(job, set(Phase) - FINAL, "its execution duration can no longer change")
        return _update(cur, job_id, "execution_duration = %s", seconds)


def set_destruction(
    database: Database, service: str, job_id: str, moment: datetime
) -> Job:
    """Say when a job is to be destroyed."""
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        _expect(job, set(Phase) - {Phase.ARCHIVED}, "its files are gone already")
        return _update(cur, job_id, "destruction = %s", moment)


def hold_job(database: Database, service: str, job_id: str) -> Job:
    """Keep a queued job from running (HELD), or stop one that runs (SUSPENDED)."""
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        if job.phase in (Phase.HELD, Phase.SUSPENDED):
            return job
        _expect(job, HELD_AS.keys(), "it cannot be held")
        _abandon_claim(cur, job_id)
        return _update(cur, job_id, f"phase = %s, {UNCLAIM}", HELD_AS[job.phase])


def release_job(database: Database, service: str, job_id: str) -> Job:
    """Let a job that is held or suspended run, the latter from its start."""
    with database.transaction() as cur:
        job = _locked(cur, service, job_id)
        released = {held: phase for phase, held in HELD_AS.items()}
        if job.phase in released.values():
            return job
        _expect(job, released.keys(), "it is not held")
        return _update(
            cur,
            job_id,
            "phase = %s, queue_time = coalesce(queue_time, now())",
            released[job.phase],
        )


HELD_AS = {Phase.QUEUED: Phase.HELD, Phase.EXECUTING: Phase.SUSPENDED}


def discard_jobs(cur: Any, job_ids: Sequence[str]) -> None:
    """Put all files of these jobs into the trash.

    What the worker of a running one may yet write is looked for again later.
    """
    cur.execute(
        "INSERT INTO uws.trash (prefix, not_before)"
        " SELECT job_id || '/', now() FROM uws.jobs WHERE job_id = ANY(%(ids)s)"
        " UNION ALL SELECT concat(job_id, '/', claim, '/'), now() + interval '1 hour'"
        " FROM uws.jobs WHERE job_id = ANY(%(ids)s) AND claim IS NOT NULL"
        " ORDER BY 1 ON CONFLICT (prefix) DO UPDATE SET taken = NULL,"
        " not_before = excluded.not_before",
        {"ids": list(job_ids)},
    )


def _abandon_claim(cur: Any, job_id: str) -> None:
    """Put what the present claim of a job has written, or may yet, into the trash."""
    cur.execute(
        "INSERT INTO uws.trash (prefix, not_before)"
        " SELECT concat(job_id, '/', claim, '/'), now() + interval '1 hour'"
        " FROM uws.jobs WHERE job_id = %s AND claim IS NOT NULL"
        " ON CONFLICT (prefix) DO NOTHING",
        (job_id,),
    )


def _locked(cur: Any, service: str, job_id: str) -> Job:
    """The job, which nobody else changes until the transaction ends."""
    if JOB_ID.fullmatch(job_id):
        cur.execute(
            f"SELECT {WHOLE} FROM uws.jobs WHERE job_id = %s AND service = %s"
            " FOR UPDATE",
            (job_id, service),
        )
        row = cur.fetchone()
        if row is not None:
            return job_of(row)
    raise NotFoundError(NO_SUCH_JOB)


def _expect(job: Job, phases: Collection[Phase], consequence: str) -> None:
    if job.phase not in phases:
        raise StateError(f"the job is {job.phase}: {consequence}")


def _update(cur: Any, job_id: str, assignments: str, *values: object) -> Job:
    cur.execute(
        f"UPDATE uws.jobs SET {assignments} WHERE job_id = %s RETURNING {WHOLE}",
        (*values, job_id),
    )
    return job_of(cur.fetchone())
