"""What a service gives to have jobs, and what the jobs of all services share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from vo_lcc.dali.clients import Proxies
from vo_lcc.uws.job import ErrorSummary
from vo_lcc.uws.settings import JobSettings


@dataclass(frozen=True, slots=True)
class JobService:
    """A service whose requests can be jobs.

    `path` is that of its job list below the server's root ("/tap/async"). `run` does
    the work of one job. `error_document` gives what is found at `/error` of a job that
    has failed: the text, and its media type.
    """

    name: str
    path: str
    run: Callable[[Any], Awaitable[None]]
    error_document: Callable[[ErrorSummary], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Jobs:
    """What the jobs of all services share; it lives in the application under `JOBS`.

    `owner_header` is the header in which a trusted proxy names who asks; None: nobody
    is known by name.
    """

    watch: Any
    storage: Any
    settings: JobSettings = field(default_factory=JobSettings)
    proxies: Proxies = field(default_factory=Proxies)
    owner_header: str | None = None


JOBS: web.AppKey[Jobs] = web.AppKey("jobs", Jobs)


def jobs_of(request: web.Request) -> Jobs:
    """What the jobs of this server share, from any of its sub-applications."""
    found: Jobs = request.config_dict[JOBS]
    return found
