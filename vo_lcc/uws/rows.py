"""Rows of uws.jobs as jobs, and what of a job the database keeps as JSON."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from vo_lcc.uws.job import Attachment, ErrorSummary, Job, Phase, Result

SUMMARY = (
    "job_id, service, base_url, phase, owner, client, creation_time, destruction,"
    " execution_duration, run_id, start_time, end_time"
)
"""The columns that `summary_of` reads: what a list of jobs tells."""

WHOLE = f"{SUMMARY}, parameters, attachments, results, error, info"
"""The columns that `job_of` reads."""

UNCLAIM = "claim = NULL, worker = NULL, lease = NULL"
"""The assignments that take a job from its worker."""


def summary_of(row: Sequence[Any]) -> Job:
    """A job without its parameters, files and error."""
    job_id, service, base_url, phase, owner, client, *rest = row
    created, destruction, duration, run_id, start, end = rest
    return Job(
        job_id=job_id,
        service=service,
        base_url=base_url,
        phase=Phase(phase),
        owner=owner,
        client=client,
        creation_time=created.astimezone(UTC),
        destruction=destruction.astimezone(UTC),
        execution_duration=duration,
        run_id=run_id,
        start_time=_utc(start),
        end_time=_utc(end),
    )


def job_of(row: Sequence[Any]) -> Job:
    """The whole of a job."""
    *summary, parameters, attachments, results, error, info = row
    return replace(
        summary_of(summary),
        parameters=tuple((name, value) for name, value in parameters),
        attachments=tuple(Attachment(**each) for each in attachments),
        results=tuple(Result(**each) for each in results),
        error=None if error is None else ErrorSummary(**error),
        info=MappingProxyType(info),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def pairs_json(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters as the database keeps them.

    >>> pairs_json([("LANG", "ADQL")])
    '[["LANG", "ADQL"]]'
    """
    return json.dumps([list(pair) for pair in pairs])


def files_json(files: Iterable[Attachment | Result]) -> str:
    """Attachments or results as the database keeps them."""
    return json.dumps([asdict(file) for file in files])


def error_json(error: ErrorSummary | None) -> str | None:
    """An error as the database keeps it."""
    return None if error is None else json.dumps(asdict(error))


def info_json(info: Mapping[str, int | float | str]) -> str:
    """What a worker tells of a job, as the database keeps it.

    >>> info_json({"rows": 0, "rate": float("nan")})
    '{"rows": 0, "rate": "nan"}'
    """
    return json.dumps({name: _finite(value) for name, value in info.items()})


def _finite(value: float | str) -> float | str:
    """JSON has no NaN and no infinity: these as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def bytes_of(files: Iterable[Attachment | Result]) -> int:
    """The sizes of files together."""
    return sum(file.size for file in files)
