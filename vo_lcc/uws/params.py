"""The parameters of UWS itself: filters, waiting, phases, durations, lifetimes.

Names are compared without regard to case, and each stands once (DALI 1.1, section 3).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vo_lcc.dali.params import Params, parse_count, shown
from vo_lcc.errors import ParameterError
from vo_lcc.uws.job import Phase
from vo_lcc.uws.settings import JobSettings

RUN, ABORT, DELETE = "RUN", "ABORT", "DELETE"
UNTIL_CHANGED = "-1"
MOST_LISTED = 1_000_000

CONTROLS = frozenset({"PHASE", "EXECUTIONDURATION", "DESTRUCTION", "WAIT"})
"""Parameters that say what to do with a job, and are none of its own."""

MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?(Z|[+-]\d\d:?\d\d)?\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which jobs of a list are wanted; no phases means: all but ARCHIVED."""

    phases: frozenset[Phase] = frozenset()
    after: datetime | None = None
    last: int | None = None

    @classmethod
    def parse(cls, params: Params) -> "ListFilter":
        """The filters of UWS 1.1, section 2.2.2.1; raises ParameterError.

        PHASE may be repeated; LAST is at least 1.
        """
        after, last = params.one("AFTER"), params.one("LAST")
        return cls(
            frozenset(parse_phase(text) for text in params.many("PHASE")),
            None if after is None else parse_moment("AFTER", after),
            None if last is None else _parse_last(last),
        )


@dataclass(frozen=True, slots=True)
class Wait:
    """How long an answer may wait for another phase, in seconds.

    With a `phase` it waits only while that is the phase.
    """

    seconds: int = 0
    phase: Phase | None = None

    @classmethod
    def parse(cls, params: Params, most: int) -> "Wait":
        """WAIT and PHASE of UWS 1.1, section 2.2.1.1; raises ParameterError.

        -1 asks for as long as the server allows, which is `most` (s).
        """
        asked, phase = params.one("WAIT"), params.one("PHASE")
        return cls(
            0 if asked is None else _parse_wait(asked, most),
            None if phase is None else parse_phase(phase),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the creating request says about the job itself (durations in seconds)."""

    run: bool
    run_id: str | None
    execution_duration: int
    destruction: datetime

    @classmethod
    def parse(cls, params: Params, settings: JobSettings, now: datetime) -> "Wanted":
        """PHASE, RUNID, EXECUTIONDURATION and DESTRUCTION; raises ParameterError."""
        phase = params.one("PHASE")
        if phase is not None and phase.strip().upper() != RUN:
            raise ParameterError(
                "PHASE", f"{shown(phase)} cannot create a job; send RUN, or no PHASE"
            )
        duration, end = params.one("EXECUTIONDURATION"), params.one("DESTRUCTION")
        return cls(
            phase is not None,
            params.one("RUNID"),
            settings.execution_duration
            if duration is None
            else parse_duration(duration, settings),
            now + timedelta(seconds=settings.retention)
            if end is None
            else parse_destruction(end, settings, now),
        )


def own_parameters(params: Params) -> tuple[tuple[str, str], ...]:
    """The parameters that are the job's own, in the order sent."""
    return tuple(pair for pair in params.pairs if pair[0].upper() not in CONTROLS)


def parse_phase(text: str) -> Phase:
    """`text` as a phase, in any case; raises ParameterError.

    >>> parse_phase("queued").value
    'QUEUED'
    """
    try:
        return Phase(text.strip().upper())
    except ValueError:
        is_order = text.strip().upper() in (RUN, ABORT)
        hint = ": it is sent by POST" if is_order else ""
        problem = f"{shown(text)} is no phase{hint}; the phases are {', '.join(Phase)}"
        raise ParameterError("PHASE", problem) from None


def parse_order(params: Params) -> str:
    """RUN or ABORT, as POSTed to a phase; raises ParameterError."""
    text = params.required("PHASE")
    order = text.strip().upper()
    if order not in (RUN, ABORT):
        raise ParameterError("PHASE", f"{shown(text)} is no order; send RUN or ABORT")
    return order


def parse_duration(text: str, settings: JobSettings) -> int:
    """EXECUTIONDURATION in seconds, up to the hard limit; raises ParameterError.

    0 asks for no limit, and gets the hard one.

    >>> settings = JobSettings(hard_execution_duration=100)
    >>> [parse_duration(text, settings) for text in ("7", "0", "101")]
    [7, 100, 100]
    """
    hard = settings.hard_execution_duration
    return min(parse_count("EXECUTIONDURATION", text) or hard, hard)


def parse_destruction(text: str, settings: JobSettings, now: datetime) -> datetime:
    """DESTRUCTION, as late as the hard limit allows `now`; raises ParameterError."""
    latest = now + timedelta(seconds=settings.hard_retention)
    return min(parse_moment("DESTRUCTION", text), latest)


def parse_moment(name: str, text: str) -> datetime:
    """An ISO 8601 date, or date and time, as an aware time in UTC.

    Without an offset it is in UTC, as DALI says. Raises ParameterError.

    >>> parse_moment("AFTER", "2026-01-02").isoformat()
    '2026-01-02T00:00:00+00:00'
    >>> parse_moment("AFTER", "2026-01-02T03:04:05.5Z").isoformat()
    '2026-01-02T03:04:05.500000+00:00'
    """
    try:
        if not MOMENT.match(text.strip()):
            raise ValueError(text)
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        problem = f"{shown(text)} is no time; write it like 2026-01-31T12:30:00Z"
        raise ParameterError(name, problem) from None


def _parse_last(text: str) -> int:
    last = parse_count("LAST", text)
    if last == 0:
        raise ParameterError("LAST", "0 jobs cannot be listed; ask for 1 or more")
    return min(last, MOST_LISTED)


def _parse_wait(text: str, most: int) -> int:
    if text.strip() == UNTIL_CHANGED:
        return most
    try:
        return min(parse_count("WAIT", text), most)
    except ParameterError:
        problem = f"{shown(text)} is not a number of seconds, or -1"
        raise ParameterError("WAIT", problem) from None
