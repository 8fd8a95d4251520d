"""Whether a job has ended as it must, by what was asked of it and what is told."""

import re
from dataclasses import dataclass

from tests.protocols.errands import FINAL, GONE, Errand

SWEPT_WITHIN = 90.0  # seconds after its destruction time, in which a job must go
OVERTIME = 2.0  # seconds beyond its execution duration that a job may end within
DIED = re.compile(r"the workers that ran the job died \d+ times")
LIMIT = "after its execution duration"


@dataclass(frozen=True)
class Told:
    """What the server tells of a job: `results` are URL, media type and size."""

    phase: str
    results: tuple[tuple[str, str, int], ...] = ()
    error: str | None = None
    transient: bool = False

    @property
    def is_excused(self) -> bool:
        """Has it failed because of what broke, and not of itself?"""
        return self.transient or bool(DIED.match(self.error or ""))


def verdict(errand: Errand, told: Told, now: float, ended: bool = True) -> list[str]:
    """What is wrong with a job as it is told of; `ended`: all of them must have."""
    found = [what for what in CHECKS[told.phase](errand, told, now) if what]
    if "ABORT" in errand.granted and told.phase not in ("ABORTED", GONE):
        found.append(f"was aborted and is {told.phase}")
    if errand.must_be_gone(now, SWEPT_WITHIN) and told.phase != GONE:
        found.append("should have gone")
    if ended and told.phase not in (*FINAL, GONE, "PENDING"):
        found.append(f"is still {told.phase}")
    return [f"{errand}: {what}" for what in found]


def completed(errand: Errand, told: Told, now: float) -> list[str | None]:
    wanted, duration = errand.wanted, errand.duration
    return [
        "COMPLETED, but nobody ran it" if "RUN" not in errand.sent else None,
        f"COMPLETED in spite of {wanted.fault}" if wanted.fault else None,
        f"{len(told.results)} results" if len(told.results) != 1 else None,
        f"COMPLETED after {wanted.seconds} s, allowed were {duration}"
        if duration is not None and wanted.seconds > duration + OVERTIME
        else None,
    ]


def failed(errand: Errand, told: Told, now: float) -> list[str | None]:
    fault, error = errand.wanted.fault, told.error or ""
    expected = fault is not None and fault in error
    return [
        "ERROR without a reason" if not error else None,
        f"ERROR {error!r}" if not (expected or told.is_excused) else None,
        "ERROR with results" if told.results else None,
    ]


def aborted(errand: Errand, told: Told, now: float) -> list[str | None]:
    limited = errand.duration is not None and LIMIT in (told.error or "")
    asked = "ABORT" in errand.sent
    return [f"ABORTED, unasked: {told.error}" if not (asked or limited) else None]


def gone(errand: Errand, told: Told, now: float) -> list[str | None]:
    return ["is lost (404)" if not errand.may_be_gone(now) else None]


def pending(errand: Errand, told: Told, now: float) -> list[str | None]:
    return ["was run and is PENDING" if "RUN" in errand.granted else None]


def going_on(errand: Errand, told: Told, now: float) -> list[str | None]:
    return [f"{told.phase} with results" if told.results else None]


def unasked(errand: Errand, told: Told, now: float) -> list[str | None]:
    return [f"{told.phase}, which nobody asked for"]


CHECKS = {
    "COMPLETED": completed,
    "ERROR": failed,
    "ABORTED": aborted,
    GONE: gone,
    "PENDING": pending,
    "QUEUED": going_on,
    "EXECUTING": going_on,
    "HELD": unasked,
    "SUSPENDED": unasked,
    "ARCHIVED": unasked,
}
