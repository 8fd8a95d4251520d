"""jobs: what the operator does with the jobs of all users."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType

from vo_lcc.cli.databases import opened_existing
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.uws import store
from vo_lcc.uws.job import Job, Phase
from vo_lcc.uws.operator import every_job, service_of

Action = Callable[[Database, str, str], Job | None]

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "hold": store.hold_job,
        "release": store.release_job,
        "abort": partial(store.abort_job, reason=store.ABORTED_BY_OPERATOR),
        "delete": store.delete_job,
    }
)
LIST = "list"
HEADINGS = ("JOB", "PHASE", "SERVICE", "WHO", "CREATED", "STARTED", "ENDED", "RUNID")


def run_jobs(options: Arguments) -> int:
    """List jobs, or change some."""
    config = configured(options)
    if options.action != LIST and not options.jobs:
        raise UsageError(f"say which jobs to {options.action}, by their ids")
    if options.action == LIST and options.jobs:
        raise UsageError("list takes no ids; --phase and --last say which jobs")
    with opened_existing(config) as database:
        if options.action == LIST:
            print(table_of(every_job(database, options.phase, options.last)))
        for job_id in options.jobs:
            print(f"{job_id}: {change(database, options.action, job_id)}")
    return 0


def change(database: Database, action: str, job_id: str) -> str:
    """Do it to one job; what it is then."""
    service = service_of(database, job_id)
    try:
        job = ACTIONS[action](database, service, job_id)
    except UsageError as error:
        raise UsageError(f"{job_id}: {error}") from error
    return "deleted" if job is None else job.phase.value


def table_of(jobs: list[Job]) -> str:
    """The jobs as lines of a table, newest last.

    >>> table_of([])
    'JOB  PHASE  SERVICE  WHO  CREATED  STARTED  ENDED  RUNID'
    """
    rows = [HEADINGS, *(row_of(job) for job in reversed(jobs))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def row_of(job: Job) -> tuple[str, ...]:
    """One line of the table; what users wrote is shown as `ascii` shows it."""
    return (
        job.job_id,
        job.phase.value,
        job.service,
        job.client if job.owner is None else ascii(job.owner),
        *map(moment, (job.creation_time, job.start_time, job.end_time)),
        "-" if job.run_id is None else ascii(job.run_id),
    )


def moment(time: datetime | None) -> str:
    """A time in UTC to the second, or a dash."""
    return "-" if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


JOBS = Command(
    "jobs",
    run_jobs,
    "List jobs of all users; hold, release, abort or delete some.",
    (
        option(
            "action",
            nargs="?",
            choices=(LIST, *ACTIONS),
            default=LIST,
            metavar="ACTION",
            help="list (default), hold, release, abort or delete",
        ),
        option("jobs", nargs="*", metavar="ID", help="the jobs to change"),
        option(
            "--phase",
            action="append",
            type=str.upper,
            choices=[phase.value for phase in Phase],
            default=[],
            metavar="PHASE",
            help="list jobs in this phase; may be repeated (default: any but ARCHIVED)",
        ),
        option(
            "--last",
            type=int,
            default=100,
            metavar="N",
            help="list the newest N (default: 100)",
        ),
        CONFIG,
        DATA,
    ),
)
