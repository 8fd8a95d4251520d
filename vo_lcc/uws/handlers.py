"""The endpoints of the jobs of a service (UWS 1.1, section 2.2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from aiohttp import web

from vo_lcc.dali.access import user_of
from vo_lcc.dali.context import context_of
from vo_lcc.dali.faults import reporting, text_fault
from vo_lcc.dali.params import Params, read_params, shown
from vo_lcc.errors import NotFoundError, UsageError
from vo_lcc.uws import documents, store
from vo_lcc.uws.creation import add_parameters, client_of, create_job
from vo_lcc.uws.documents import timestamp
from vo_lcc.uws.job import Job, Phase
from vo_lcc.uws.params import (
    ABORT,
    DELETE,
    ListFilter,
    Wait,
    parse_destruction,
    parse_duration,
    parse_order,
)
from vo_lcc.uws.sending import ATTACHMENT, StoredFile, send_file
from vo_lcc.uws.service import JobService, jobs_of
from vo_lcc.uws.store import NO_SUCH_JOB, JobFilter
from vo_lcc.uws.waiting import changed, claimed

SERVED = frozenset({Phase.COMPLETED, Phase.ABORTED})
NO_CACHE = {"Cache-Control": "private, no-cache"}


def job_routes(service: JobService, path: str = "/async") -> list[web.RouteDef]:
    """The endpoints of the jobs of `service`; their errors are plain text.

    `path` is that of the job list in the service's own application.
    """
    jobs = JobHandlers(service)
    routes = [
        web.get("", jobs.list),
        web.post("", jobs.create),
        web.get("/{job_id}", jobs.show),
        web.post("/{job_id}", jobs.act),
        web.delete("/{job_id}", jobs.delete),
        web.get("/{job_id}/error", jobs.error),
        web.post("/{job_id}/parameters", jobs.set_parameters),
        web.get("/{job_id}/results/{name}", jobs.result),
        web.get("/{job_id}/parameters/{name}", jobs.parameter),
        web.get("/{job_id}/{child}", jobs.child),
        web.post("/{job_id}/{child}", jobs.change),
    ]
    return [
        web.RouteDef(
            each.method,
            path + each.path,
            reporting(each.handler, text_fault),
            each.kwargs,
        )
        for each in routes
    ]


@dataclass(frozen=True, slots=True)
class JobHandlers:
    """What answers requests about the jobs of one service."""

    service: JobService

    async def list(self, request: web.Request) -> web.Response:
        """The jobs of whoever asks."""
        asked = ListFilter.parse(await read_params(request))
        context = context_of(request)
        wanted = JobFilter(
            self.service.name,
            user_of(request),
            client_of(request),
            asked.phases,
            asked.after,
            asked.last,
        )
        found = await context.run(store.list_jobs, wanted)
        return _xml(
            await context.compute(documents.job_list, found, self._url(request))
        )

    async def create(self, request: web.Request) -> web.Response:
        """Make a job of the parameters; with PHASE=RUN, queue it."""
        params = await read_params(request, jobs_of(request).upload_size)
        job = await create_job(request, self.service, params)
        if job.phase == Phase.QUEUED:
            await claimed(request, job)
        raise web.HTTPSeeOther(self._url(request, job))

    async def show(self, request: web.Request) -> web.Response:
        """The job, with WAIT once it has changed."""
        params = await read_params(request)
        wait = Wait.parse(params, jobs_of(request).settings.wait)
        job = await self._job(request)
        if wait.seconds:
            job = await changed(request, job, wait)
        return _xml(documents.job_document(job, self._url(request, job)))

    async def act(self, request: web.Request) -> web.Response:
        """Delete the job where a form cannot send DELETE."""
        params = await read_params(request)
        action = params.one("ACTION")
        if action is None or action.strip().upper() != DELETE:
            raise UsageError(
                "a job takes ACTION=DELETE only; send its parameters to /parameters,"
                " and RUN or ABORT as PHASE to /phase"
            )
        return await self.delete(request)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete the job with its files."""
        job = await self._job(request)
        await context_of(request).run(store.delete_job, job.service, job.job_id)
        raise web.HTTPSeeOther(self._url(request))

    async def child(self, request: web.Request) -> web.Response:
        """One thing that a job has."""
        job = await self._job(request)
        name = request.match_info["child"]
        if name not in CHILDREN:
            has = ", ".join([*CHILDREN, "error"])
            raise NotFoundError(f"a job has no {shown(name)}; it has {has}")
        return CHILDREN[name](job, self._url(request, job))

    async def change(self, request: web.Request) -> web.Response:
        """Change one thing that a job has."""
        job = await self._job(request)
        name = request.match_info["child"]
        if name not in CHANGES:
            if name in CHILDREN or name == "error":
                raise web.HTTPMethodNotAllowed("POST", ["GET", "HEAD"])
            raise NotFoundError(f"a job has no {shown(name)} to be changed")
        await CHANGES[name](request, job, await read_params(request))
        raise web.HTTPSeeOther(self._url(request, job))

    async def set_parameters(self, request: web.Request) -> web.Response:
        """Change parameters of a job that is PENDING, or give it more."""
        job = await self._job(request)
        params = await read_params(request, jobs_of(request).upload_size)
        await add_parameters(request, self.service, job, params)
        raise web.HTTPSeeOther(self._url(request, job))

    async def error(self, request: web.Request) -> web.Response:
        """Why the job has failed, in the service's own document, with status 200."""
        job = await self._job(request)
        if job.error is None:
            raise NotFoundError(f"the job is {job.phase}: there is no error to tell of")
        text, media_type = self.service.error_document(job.error)
        return _answer(text.encode(), media_type)

    async def result(self, request: web.Request) -> web.StreamResponse:
        """One result, once the job is complete."""
        job, name = await self._job(request), request.match_info["name"]
        found = next((each for each in job.results if each.id == name), None)
        if found is None or job.phase not in SERVED:
            raise NotFoundError(no_result(job, name, self._url(request, job)))
        file = StoredFile(
            found.key,
            found.media_type,
            found.size,
            found.filename,
            job.end_time or job.creation_time,
        )
        return await send_file(request, file)

    async def parameter(self, request: web.Request) -> web.StreamResponse:
        """One parameter: the file of this name, or else the text.

        Values of a repeated parameter are in lines.
        """
        job, name = await self._job(request), request.match_info["name"]
        values = Params(job.parameters).many(name)
        found = [each for each in job.attachments if each.name == name]
        if not found and not values:
            raise NotFoundError(f"the job has no parameter {shown(name)}")
        if not found:
            return _text("\n".join(values))
        last = found[-1]
        file = StoredFile(
            last.key,
            last.media_type,
            last.size,
            last.filename or last.name,
            job.creation_time,
            ATTACHMENT,
        )
        return await send_file(request, file)

    async def _job(self, request: web.Request) -> Job:
        """The job of the URL, if whoever asks may know of it."""
        job_id = request.match_info["job_id"]
        context = context_of(request)
        job = await context.run(store.get_job, self.service.name, job_id)
        if job.owner not in (None, user_of(request)):
            raise NotFoundError(NO_SUCH_JOB)
        return job

    def _url(self, request: web.Request, job: Job | None = None) -> str:
        """The absolute URL of a job, or of their list."""
        url = context_of(request).base_url(request) + self.service.path
        return url if job is None else f"{url}/{job.job_id}"


async def order(request: web.Request, job: Job, params: Params) -> None:
    """Run or abort a job (PHASE)."""
    context, settings = context_of(request), jobs_of(request).settings
    if parse_order(params) == ABORT:
        await context.run(store.abort_job, job.service, job.job_id)
        return
    job = await context.run(store.run_job, job.service, job.job_id, settings)
    await claimed(request, job)


async def set_duration(request: web.Request, job: Job, params: Params) -> None:
    """Say how long a job may run (EXECUTIONDURATION, in seconds)."""
    asked = params.required("EXECUTIONDURATION")
    seconds = parse_duration(asked, jobs_of(request).settings)
    change = store.set_execution_duration
    await context_of(request).run(change, job.service, job.job_id, seconds)


async def set_destruction(request: web.Request, job: Job, params: Params) -> None:
    """Say when a job is to be destroyed (DESTRUCTION)."""
    settings, now = jobs_of(request).settings, datetime.now(UTC)
    moment = parse_destruction(params.required("DESTRUCTION"), settings, now)
    change = store.set_destruction
    await context_of(request).run(change, job.service, job.job_id, moment)


def no_result(job: Job, name: str, url: str) -> str:
    """Why there is no result of this name, and where to look for what is there.

    Clients that go straight for the result show only this.
    """
    if job.phase in SERVED and job.results:
        has = ", ".join(result.id for result in job.results)
        return f"the job has no result {shown(name)}; it has {has}"
    why = "" if job.error is None else f"\n{job.error.message}"
    return f"the job is {job.phase}: {NO_RESULT[job.phase].format(url=url)}{why}"


def _xml(document: bytes) -> web.Response:
    return _answer(document, "application/xml")


def _text(text: str) -> web.Response:
    return _answer(text.encode(), "text/plain; charset=utf-8")


def _answer(body: bytes, media_type: str) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": media_type, **NO_CACHE})


Child = Callable[[Job, str], web.Response]
Change = Callable[[web.Request, Job, Params], Awaitable[None]]

CHILDREN: Mapping[str, Child] = MappingProxyType(
    {
        "phase": lambda job, url: _text(job.phase),
        "executionduration": lambda job, url: _text(str(job.execution_duration)),
        "destruction": lambda job, url: _text(timestamp(job.destruction)),
        "quote": lambda job, url: _text(timestamp(job.quote) if job.quote else ""),
        "owner": lambda job, url: _text(job.owner or ""),
        "parameters": lambda job, url: _xml(documents.parameters_document(job, url)),
        "results": lambda job, url: _xml(documents.results_document(job, url)),
    }
)
"""What a job has, beside its error, by the last part of the URL."""

CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "phase": order,
        "executionduration": set_duration,
        "destruction": set_destruction,
    }
)
"""What of a job can be changed by a POST."""

UNFINISHED = "it has no result yet; wait for it by {url}?WAIT=-1"
NO_RESULT: Mapping[Phase, str] = MappingProxyType(
    {
        **dict.fromkeys(Phase, UNFINISHED),
        Phase.PENDING: "it has not been started; send PHASE=RUN to {url}/phase",
        Phase.COMPLETED: "it has no result",
        Phase.ERROR: "it has ended without a result; why is told at {url}/error",
        Phase.ABORTED: "it was ended before it had a result",
        Phase.ARCHIVED: "its results were removed when its destruction time came",
    }
)
