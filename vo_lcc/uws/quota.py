"""How much one owner, or one client without a name, may have.

Exact also when requests come at once: who is counted is locked until the transaction
ends.
"""

from dataclasses import dataclass
from typing import Any

from vo_lcc.db import Database
from vo_lcc.errors import TooManyRequestsError
from vo_lcc.uws.settings import GIB, JobSettings


@dataclass(frozen=True, slots=True)
class Usage:
    """What one user has: jobs stored and queued, and the bytes of their files."""

    stored: int = 0
    queued: int = 0
    size: int = 0


def lock_quota(cur: Any, owner: str | None, client: str) -> Usage:
    """What this user has; nobody else changes it until the transaction ends.

    Only creation and queueing add to it, and both come here first.
    """
    cur.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(coalesce('owner ' || %(owner)s,"
        " 'client ' || %(client)s), 7652002)); SELECT count(*),"
        " count(*) FILTER (WHERE phase = 'QUEUED'), coalesce(sum(bytes), 0)::bigint"
        " FROM uws.jobs WHERE who = coalesce('owner ' || %(owner)s,"
        " 'client ' || %(client)s) AND phase <> 'ARCHIVED'",
        {"owner": owner, "client": client},
    )
    return Usage(*cur.fetchone())


def check_quota(
    usage: Usage, settings: JobSettings, stored: int = 0, queued: int = 0, size: int = 0
) -> None:
    """Raise TooManyRequestsError where so much more would pass a limit.

    >>> check_quota(Usage(stored=5), JobSettings(client_stored=5), stored=1)
    Traceback (most recent call last):
    vo_lcc.errors.TooManyRequestsError: you have 5 jobs here, as many as ...
    """
    limits = (
        (stored, usage.stored, settings.client_stored, STORED),
        (queued, usage.queued, settings.client_queued, QUEUED),
        # a job that is to run will write a result
        (max(size, queued), usage.size, settings.client_bytes, BYTES),
    )
    for more, present, limit, message in limits:
        if more and limit and present + more > limit:
            raise TooManyRequestsError(
                message.format(
                    present=present,
                    limit=limit,
                    limit_gib=f"{limit / GIB:.3g}",
                    present_gib=f"{present / GIB:.3g}",
                )
            )


def check_room(
    database: Database,
    owner: str | None,
    client: str,
    settings: JobSettings,
    stored: int,
    size: int,
) -> None:
    """Raise TooManyRequestsError where so many more jobs, or bytes, would be too much.

    It is asked before files are taken in; that they may be named is asked again.
    """
    with database.transaction() as cur:
        usage = lock_quota(cur, owner, client)
        check_quota(usage, settings, stored=stored, size=size)


STORED = (
    "you have {present} jobs here, as many as this server keeps for one user ({limit});"
    " delete some, or wait until their destruction times have come"
)
QUEUED = (
    "{present} of your jobs wait to run, as many as one user may queue here ({limit});"
    " wait until some have ended, or abort some"
)
BYTES = (
    "the files of your jobs take {present_gib} GiB, and this would pass the"
    " {limit_gib} GiB that this server keeps for one user; delete jobs that are done"
)
