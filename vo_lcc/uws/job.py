"""What a job is (UWS 1.1, section 2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

INTERACTIVE, BULK = "interactive", "bulk"
"""The sizes of jobs: short ones never wait behind long ones."""


class Phase(StrEnum):
    """Where a job stands (UWS 1.1, section 2.1.3)."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    UNKNOWN = "UNKNOWN"
    HELD = "HELD"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


ACTIVE = frozenset({Phase.PENDING, Phase.QUEUED, Phase.EXECUTING})
"""The phases in which WAIT blocks (UWS 1.1, section 2.2.1.1)."""

FINAL = frozenset({Phase.COMPLETED, Phase.ERROR, Phase.ABORTED, Phase.ARCHIVED})
"""The phases that nothing but the end of the job's life follows."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the parameters; `name` is that of its multipart part."""

    name: str
    key: str
    media_type: str
    size: int
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One result: where its bytes are, and what they are."""

    id: str
    key: str
    media_type: str
    size: int
    filename: str


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Why a job has ended without results; `transient`: it may succeed later."""

    message: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands. Times are aware, in UTC; durations in seconds.

    `service` is the name of the `JobService` it belongs to, `base_url` that of the
    server when it was created. `owner` is who asked, where that is known; `client`
    the network address it came from. `info` is what its worker tells of it: rows so
    far, timings, kind.
    """

    job_id: str
    service: str
    base_url: str
    phase: Phase
    owner: str | None
    client: str
    creation_time: datetime
    destruction: datetime
    execution_duration: int
    run_id: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    quote: datetime | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    results: tuple[Result, ...] = ()
    error: ErrorSummary | None = None
    info: Mapping[str, int | float | str] = field(
        default_factory=lambda: MappingProxyType({})
    )
