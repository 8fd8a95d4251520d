"""What a service gives to have jobs, and what the jobs of all services share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from vo_lcc.uws.job import ErrorSummary
from vo_lcc.uws.settings import JobSettings
from vo_lcc.uws.storage import Storage
from vo_lcc.uws.watch import JobWatch


@dataclass(frozen=True, slots=True)
class JobService:
    """A service whose requests can be jobs.

    `path` is that of its job list below the server's root ("/tap/async").
    `error_document` gives what is found at `/error` of a job that has failed: the
    text, and its media type. Its `Runner` is known to workers only. Of a parameter
    that is given again the last value holds, but the `lists` (names in capitals) grow.
    """

    name: str
    path: str
    error_document: Callable[[ErrorSummary], tuple[str, str]]
    lists: frozenset[str] = frozenset({"UPLOAD"})


@dataclass(frozen=True, slots=True)
class Jobs:
    """What the jobs of all services share; it lives in the application under `JOBS`.

    `upload_size` is how many bytes the files of one request may have together.
    """

    watch: JobWatch
    storage: Storage
    settings: JobSettings = field(default_factory=JobSettings)
    upload_size: int = 256 * 2**20
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def stop_waiting(self, app: web.Application) -> None:
        """Let nobody wait any longer for a job (for on_shutdown)."""
        self.stopping.set()
        self.watch.wake()


JOBS: web.AppKey[Jobs] = web.AppKey("jobs", Jobs)


def jobs_of(request: web.Request) -> Jobs:
    """What the jobs of this server share, from any of its sub-applications."""
    found: Jobs = request.config_dict[JOBS]
    return found
