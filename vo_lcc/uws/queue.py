"""What workers do with jobs: claim, begin, renew, finish. Each call is one transaction.

A claim is a random token. Every statement of a worker names it, so one that has lost
its claim changes nothing, whatever it still believes. Commits whose loss harms nobody
do not wait for the disk: a claim or sign of life that a crash of the database undoes
is a lost claim, found out at the next statement.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vo_lcc.db import Database
from vo_lcc.db.locks import Lock
from vo_lcc.uws.job import ErrorSummary, Job, Phase, Result
from vo_lcc.uws.rows import (
    UNCLAIM,
    WHOLE,
    bytes_of,
    error_json,
    files_json,
    info_json,
    job_of,
)
from vo_lcc.uws.settings import JobSettings

Facts = Mapping[str, int | float | str]

SOON = "SET LOCAL synchronous_commit = off; "
LOCK = f"SELECT pg_advisory_xact_lock({Lock.CLAIM}); "  # of all workers one
NO_LIMIT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker alone may run while it holds `token`."""

    job: Job = field(hash=False)
    token: str
    bulk: bool
    attempts: int

    @property
    def prefix(self) -> str:
        """What the keys of its results begin with."""
        return f"{self.job.job_id}/{self.token}/"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ends."""

    phase: Phase
    error: ErrorSummary | None = None
    results: tuple[Result, ...] = ()


# Who waits is found by one look into the index for each; then the oldest jobs of each,
# as many as may run; then whose turn it is: who has the fewest running, then who waits
# longest. One user with thousands of jobs costs no more than one with a few.
CLAIM = f"""
WITH RECURSIVE users AS (
    SELECT min(who) AS who FROM uws.jobs
    WHERE claim IS NULL AND phase IN ('QUEUED', 'EXECUTING') AND bulk = %(bulk)s
    UNION ALL
    SELECT (SELECT min(who) FROM uws.jobs
        WHERE claim IS NULL AND phase IN ('QUEUED', 'EXECUTING') AND bulk = %(bulk)s
        AND who > users.who)
    FROM users WHERE users.who IS NOT NULL
), turns AS (
    SELECT job_id, running + row_number() OVER (PARTITION BY who ORDER BY queue_time)
        AS turn, queue_time
    FROM users
    CROSS JOIN LATERAL (SELECT count(*) AS running FROM uws.jobs
        WHERE claim IS NOT NULL AND jobs.who = users.who) AS busy
    CROSS JOIN LATERAL (SELECT job_id, queue_time FROM uws.jobs
        WHERE claim IS NULL AND phase IN ('QUEUED', 'EXECUTING') AND bulk = %(bulk)s
        AND jobs.who = users.who AND service = ANY(%(services)s)
        ORDER BY queue_time LIMIT least(%(places)s, greatest(%(limit)s - running, 0))
        ) AS oldest
    WHERE users.who IS NOT NULL
    ORDER BY turn, queue_time LIMIT %(places)s
), free AS MATERIALIZED (
    SELECT job_id FROM uws.jobs WHERE job_id IN (SELECT job_id FROM turns)
    AND claim IS NULL AND phase IN ('QUEUED', 'EXECUTING')
    FOR UPDATE SKIP LOCKED
)
UPDATE uws.jobs SET claim = replace(gen_random_uuid()::text, '-', ''),
    worker = %(worker)s, lease = now() + make_interval(secs => %(lease)s)
WHERE job_id IN (SELECT job_id FROM free)
RETURNING {WHOLE}, claim, bulk, attempts"""


# One look into an index for each kind: mostly nothing waits, and planning CLAIM takes
# ten times as long.
WAITING = """
SELECT kind FROM (VALUES (false), (true)) AS kinds (kind)
WHERE EXISTS (SELECT FROM uws.jobs
    WHERE claim IS NULL AND phase IN ('QUEUED', 'EXECUTING') AND bulk = kind)"""


def claim_jobs(
    database: Database,
    worker: str,
    services: Sequence[str],
    places: Mapping[bool, int],
    settings: JobSettings,
) -> list[Claim]:
    """Claim as many jobs as there are places: `places[True]` for bulk ones.

    Those whose size is not known yet count as interactive. Of one user at most
    `client_running` are claimed by all workers together; bulk ones leave one of these
    to others.
    """
    limit = settings.client_running or NO_LIMIT
    claims: list[Claim] = []
    with database.transaction() as cur:
        cur.execute(WAITING)
        waiting = [bulk for (bulk,) in cur.fetchall() if places.get(bulk, 0) > 0]
        if waiting:
            cur.execute(SOON + LOCK)
        for bulk in waiting:
            cur.execute(
                CLAIM,
                {
                    "bulk": bulk,
                    "places": places[bulk],
                    "limit": max(1, limit - bulk),
                    "services": list(services),
                    "worker": worker,
                    "lease": settings.lease,
                },
            )
            claims += [_claim_of(row) for row in cur.fetchall()]
    return claims


def _claim_of(row: Sequence[Any]) -> Claim:
    *job, token, bulk, attempts = row
    return Claim(job_of(job), token, bulk, attempts)


def begin_job(database: Database, claim: Claim, bulk: bool, info: Facts) -> bool:
    """The job is EXECUTING from now on; False: the claim is lost.

    That is seen, so it is on the disk first: no crash turns a phase back.
    """
    return _change(
        database,
        claim,
        "phase = 'EXECUTING', start_time = coalesce(start_time, now()), bulk = %s,"
        " info = %s",
        bulk,
        info_json(info),
    )


def give_back(
    database: Database,
    claim: Claim,
    bulk: bool,
    written: bool = False,
    lost: bool = False,
) -> bool:
    """Let any worker claim the job; False: the claim is lost already.

    `written`: results may have been, which go. `lost`: the attempt counts.
    """
    return _change(
        database,
        claim,
        f"{UNCLAIM}, bulk = %s, attempts = attempts + %s",
        bulk,
        int(lost),
        soon=not written,
        discard=written,
    )


def finish_job(
    database: Database, claim: Claim, outcome: Outcome, info: Facts, written: bool
) -> bool:
    """End the job; False: the claim is lost, and what was done stays unseen.

    `written`: results may have been, which go unless the outcome names them.
    """
    return _change(
        database,
        claim,
        f"{UNCLAIM}, phase = %s, error = %s,"
        " results = %s, bytes = bytes + %s, info = %s, end_time = now(),"
        " start_time = coalesce(start_time, now())",
        outcome.phase,
        error_json(outcome.error),
        files_json(outcome.results),
        bytes_of(outcome.results),
        info_json(info),
        discard=written and not outcome.results,
    )


def _change(
    database: Database,
    claim: Claim,
    assignments: str,
    *values: object,
    soon: bool = False,
    discard: bool = False,
) -> bool:
    """Change a job that is claimed; is it still?"""
    with database.transaction() as cur:
        cur.execute(
            f"{SOON if soon else ''}UPDATE uws.jobs SET {assignments}"
            " WHERE job_id = %s AND claim = %s",
            (*values, claim.job.job_id, claim.token),
        )
        held = cur.rowcount == 1
        if held and discard:
            cur.execute(
                "INSERT INTO uws.trash (prefix, not_before) VALUES (%s, now())"
                " ON CONFLICT (prefix) DO NOTHING",
                (claim.prefix,),
            )
    return held


def forget_files(database: Database, claim: Claim) -> None:
    """Whoever took the claim away waits for a late writer: there is none any more."""
    database.fetch(
        "UPDATE uws.trash SET not_before = now() WHERE prefix = %s", (claim.prefix,)
    )


RENEW = """
UPDATE uws.jobs SET lease = now() + make_interval(secs => %s),
    info = coalesce(told.info::json, jobs.info)
FROM json_to_recordset(%s) AS told(job_id text, token text, info text)
WHERE jobs.job_id = told.job_id AND claim = token
RETURNING token, execution_duration"""


def renew_leases(
    database: Database, news: Mapping[Claim, Facts | None], settings: JobSettings
) -> dict[str, int]:
    """Renew the leases of these claims and write what is told of their jobs.

    Facts of None: nothing new. Gives, by token, the execution durations of those jobs
    whose claims hold.
    """
    told = [
        {
            "job_id": claim.job.job_id,
            "token": claim.token,
            "info": None if facts is None else info_json(facts),
        }
        for claim, facts in news.items()
    ]
    with database.transaction() as cur:
        cur.execute(SOON + RENEW, (settings.lease, json.dumps(told)))
        return dict(cur.fetchall())


def is_held(database: Database, claim: Claim) -> bool:
    """Does the claim hold?"""
    sql = "SELECT 1 FROM uws.jobs WHERE job_id = %s AND claim = %s"
    return bool(database.fetch(sql, (claim.job.job_id, claim.token)))


DIED = (
    "the workers that ran the job died {} times, or lost the database for too long;"
    " it may be too large for this server"
)

RECLAIM = f"""
UPDATE uws.jobs SET {UNCLAIM}, attempts = attempts + 1,
    phase = CASE WHEN attempts + 1 < %(attempts)s THEN phase ELSE 'ERROR' END,
    error = CASE WHEN attempts + 1 < %(attempts)s THEN NULL ELSE %(error)s::json END,
    end_time = CASE WHEN attempts + 1 < %(attempts)s THEN NULL ELSE now() END
WHERE job_id = ANY(%(job_ids)s)
RETURNING phase"""


def reclaim_jobs(database: Database, settings: JobSettings) -> int:
    """Take back jobs whose leases have run out; how many of them may be claimed now.

    One that has been so often enough ends in ERROR.
    """
    with database.transaction() as cur:
        cur.execute(
            "SELECT job_id, concat(job_id, '/', claim, '/') FROM uws.jobs"
            " WHERE claim IS NOT NULL AND lease < now() FOR UPDATE SKIP LOCKED"
        )
        expired = dict(cur.fetchall())
        if not expired:
            return 0
        cur.execute(
            "INSERT INTO uws.trash (prefix, not_before)"
            " SELECT prefix, now() + interval '1 hour' FROM unnest(%s) AS prefix"
            " ON CONFLICT (prefix) DO NOTHING",
            (list(expired.values()),),
        )
        error = error_json(ErrorSummary(DIED.format(settings.attempts)))
        values = {"attempts": settings.attempts, "error": error}
        cur.execute(RECLAIM, values | {"job_ids": list(expired)})
        phases = [phase for (phase,) in cur.fetchall()]
        return len(phases) - phases.count(Phase.ERROR)
