"""Run the checks that are wanted, one after another."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from vo_lcc.errors import ParameterError
from vo_lcc.validation.asking import Asker, Manners
from vo_lcc.validation.checks import CHECKS, Check, tools
from vo_lcc.validation.findings import Finding, Result, UnfitError, fail, not_run
from vo_lcc.validation.schemas import Schemas
from vo_lcc.validation.services import find_services
from vo_lcc.validation.stilts import find_stilts
from vo_lcc.validation.subject import Subject

logger = logging.getLogger(__name__)

FOUND = Check(
    "services", "Services", "capabilities are found", lambda subject: iter(())
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be checked, with what.

    `only` are names of checks, `*` standing for anything; empty means all.
    """

    schemas: Path | None = None
    stilts: str | None = None
    stages: str = ""
    only: tuple[str, ...] = ()
    seconds: float = 600.0  # that one run of STILTS may take
    manners: Manners = field(default_factory=Manners)


def chosen(only: Sequence[str], checks: Sequence[Check] = CHECKS) -> list[Check]:
    """The checks whose names match; raises ParameterError for a name without any."""
    if not only:
        return list(checks)
    for pattern in only:
        if not any(matches(each, [pattern]) for each in checks):
            names = ", ".join(each.name for each in checks)
            raise ParameterError("--only", f"no check {pattern!r}; there are {names}")
    return [each for each in checks if matches(each, only)]


def matches(check: Check, only: Sequence[str]) -> bool:
    """Does a name match: whole, its beginning before a point, or with *?"""
    return any(
        fnmatch(check.name, each) or check.name.startswith(f"{each}.") for each in only
    )


def validate(url: str, wanted: Wanted) -> Iterator[Result]:
    """The result of each check as it ends; the first tells whether there is a server.

    Raises ParameterError when the schemas or the names of checks are not there.
    """
    checks = chosen(wanted.only)
    schemas = Schemas(wanted.schemas) if wanted.schemas else None
    with Asker(wanted.manners, url) as asker:
        started = time.monotonic()
        try:
            services = find_services(asker, url)
        except UnfitError as error:
            remedy = "give the URL of a server, or of its TAP service"
            yield result(FOUND, started, fail(str(error), remedy))
            return
        yield result(FOUND, started)
        stilts = None
        if any(each.name.startswith("stilts.") for each in checks):
            stilts = find_stilts(wanted.stilts, wanted.seconds)
        subject = Subject(asker, services, stilts, schemas, wanted.stages)
        if set(checks).intersection(tools.CHECKS):
            gather(checks, subject)
        for check in checks:
            started = time.monotonic()
            yield result(check, started, *findings(check, subject))


def gather(checks: Sequence[Check], subject: Subject) -> None:
    """Have the documents seen that only checks see which are not wanted."""
    for check in CHECKS:
        if check.gathers and check not in checks:
            findings(check, subject)


def findings(check: Check, subject: Subject) -> list[Finding]:
    """What a check finds; what ends it early is a finding too."""
    if check.kind and not subject.services.of(check.kind):
        return [not_run(f"the server tells of no {check.kind}")]
    found = []
    try:
        for each in check.run(subject):
            found.append(each)  # noqa: PERF402 - what comes before an error is kept
    except UnfitError as error:
        found.append(fail(str(error)))
    except Exception:  # the rim: one check that breaks hides no other
        logger.exception("check %s broke", check.name)
        found.append(
            not_run("this check broke, which is an error of vo-lcc", "report it")
        )
    return found


def result(check: Check, started: float, *found: Finding) -> Result:
    """A check that has ended."""
    seconds = time.monotonic() - started
    return Result(check.name, check.group, check.title, found, seconds)
