"""UWS 1.1: a job is made, read and deleted again."""

from collections.abc import Iterator

from vo_lcc.validation.asking import Reply, joined, netloc_of
from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.documents import child_text, local, parse_xml
from vo_lcc.validation.findings import (
    Finding,
    UnfitError,
    fail,
    legible,
    not_run,
    warn,
)
from vo_lcc.validation.probes import ADQL, TABLES
from vo_lcc.validation.subject import Subject

GROUP = "Jobs (UWS)"
PHASES = (
    "PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "HELD",
    "SUSPENDED", "UNKNOWN", "ARCHIVED",
)  # fmt: skip
ASYNC = (("tap", "/async", (ADQL, ("QUERY", TABLES))), ("soda-async", "", ()))


def run_jobs(subject: Subject) -> Iterator[Finding]:
    """Each service with jobs: what it answers from the making to the end of one."""
    if not any(subject.services.of(kind) for kind, _, _ in ASYNC):
        yield not_run("the server tells of no service with jobs")
    for kind, path, params in ASYNC:
        for service in subject.services.of(kind)[:1]:
            jobs = service.url.rstrip("/") + path
            yield from listed(subject, kind, jobs)
            made = subject.asker.ask("POST", jobs, data=params, follow=False)
            yield from seen_other(made, "POST to the list of jobs")
            if made.headers.get("Location"):
                job = joined(jobs, made.headers["Location"])
                yield from placed(job, jobs)
                if netloc_of(job) != netloc_of(jobs):
                    continue  # nothing of others is deleted, whoever says it is a job
                try:
                    yield from read(subject, kind, job)
                finally:
                    gone = subject.asker.ask("DELETE", job, follow=False)
                yield from seen_other(gone, "DELETE of a job")


def listed(subject: Subject, kind: str, jobs: str) -> Iterator[Finding]:
    """The list of jobs, which others may not be shown."""
    reply = subject.asker.get(jobs)
    if reply.status in (401, 403):
        yield not_run(f"{reply.about}: the list of jobs is not for everybody")
        return
    subject.kept[f"{kind}.jobs"] = reply
    if local(parse_xml(reply)) != "jobs":
        yield fail(f"{reply.about}: not a list of jobs", "send <uws:jobs>")


def seen_other(reply: Reply, what: str) -> Iterator[Finding]:
    """Status 303 and where to go on (UWS 1.1, section 2.2.3)."""
    if reply.status != 303:
        yield fail(f"{what}: {reply.about}", "answer with status 303")
    if not reply.headers.get("Location"):
        yield fail(f"{what}: {reply.about}, no Location", "tell where to go on")


def placed(job: str, jobs: str) -> Iterator[Finding]:
    """A job lies below the list, as it was asked for."""
    if not job.startswith(f"{jobs}/"):
        yield warn(
            f"the job is told to be at {legible(job)}, not below {legible(jobs)}",
            "behind a proxy, tell the server its public URL",
        )


def read(subject: Subject, kind: str, job: str) -> Iterator[Finding]:
    """The job, and its phase as plain text."""
    reply = subject.asker.get(job)
    root = parse_xml(reply)
    subject.kept[f"{kind}.job"] = reply
    if local(root) != "job":
        raise UnfitError(f"{reply.about}: <{legible(local(root))}>, not a job")
    if root.get("version") != "1.1":
        yield warn(f"{legible(job)}: version is {legible(root.get('version', ''))!r}")
    if child_text(root, "phase") != "PENDING":
        yield fail(f"{legible(job)}: a new job is {legible(child_text(root, 'phase'))}")
    phase = subject.asker.get(f"{job}/phase")
    if phase.text.strip() not in PHASES or phase.media_type != "text/plain":
        yield fail(
            f"{phase.about}: {legible(phase.text, 60)!r}", "send it as text/plain"
        )


def unknown(subject: Subject) -> Iterator[Finding]:
    """A job that there is not is not found."""
    for service in subject.services.of("tap")[:1]:
        reply = subject.asker.get(f"{service.url.rstrip('/')}/async/no-such-job")
        if reply.status not in (404, 401, 403):
            yield fail(reply.about, "answer 404 (UWS 1.1, section 2.2)")


CHECKS = (
    Check("uws.job", GROUP, "a job is made, read and deleted", run_jobs, gathers=True),
    Check("uws.unknown", GROUP, "no such job: 404", unknown, "tap"),
)
