"""New jobs and more parameters: files first, then the row that names them."""

import asyncio
import base64
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO, TypeVar

from aiohttp import web

from vo_lcc.dali.access import user_of
from vo_lcc.dali.clients import network_of
from vo_lcc.dali.context import context_of
from vo_lcc.dali.files import FilePart
from vo_lcc.dali.params import Params
from vo_lcc.dali.record import record_of
from vo_lcc.errors import NotFoundError, TooManyRequestsError, UsageError
from vo_lcc.uws import quota, store
from vo_lcc.uws.job import Attachment, Job
from vo_lcc.uws.params import Wanted, own_parameters
from vo_lcc.uws.rows import bytes_of
from vo_lcc.uws.service import JobService, jobs_of
from vo_lcc.uws.store import NewJob

T = TypeVar("T")

CHUNK = 256 * 1024
REFUSALS = (UsageError, NotFoundError, TooManyRequestsError)


def new_id() -> str:
    """An id that nobody can guess: 16 characters of base32, 80 bits.

    >>> len(new_id())
    16
    """
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


async def create_job(request: web.Request, service: JobService, params: Params) -> Job:
    """The job that these parameters ask for; raises what `store.create_job` does."""
    settings = jobs_of(request).settings
    wanted = Wanted.parse(params, settings, datetime.now(UTC))
    job_id, owner, client = new_id(), user_of(request), client_of(request)

    def create(attachments: tuple[Attachment, ...]) -> Callable[..., Job]:
        new = NewJob(
            job_id=job_id,
            service=service.name,
            base_url=context_of(request).base_url(request),
            owner=owner,
            client=client,
            destruction=wanted.destruction,
            execution_duration=wanted.execution_duration,
            parameters=own_parameters(params),
            attachments=attachments,
            run_id=wanted.run_id,
            run=wanted.run,
        )
        return partial(store.create_job, new=new, settings=settings)

    return await to_the_end(_with_files(request, job_id, params, create, stored=1))


async def add_parameters(
    request: web.Request, service: JobService, job: Job, params: Params
) -> Job:
    """Change parameters and add files; raises what `store.add_parameters` does."""
    pairs = own_parameters(params)

    def add(attachments: tuple[Attachment, ...]) -> Callable[..., Job]:
        return partial(
            store.add_parameters,
            service=job.service,
            job_id=job.job_id,
            pairs=pairs,
            attachments=attachments,
            settings=jobs_of(request).settings,
            replaced={name.upper() for name, _ in pairs} - service.lists,
        )

    return await to_the_end(_with_files(request, job.job_id, params, add))


def client_of(request: web.Request) -> str:
    """The network that the request is from: what counts as one client."""
    return network_of(record_of(request).client)


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Do this even if the client leaves: what is half done would be lost."""
    return await asyncio.shield(asyncio.ensure_future(work))


async def _with_files(
    request: web.Request,
    job_id: str,
    params: Params,
    call: Callable[[tuple[Attachment, ...]], Callable[..., Job]],
    stored: int = 0,
) -> Job:
    """Store the files, then run what `call` makes of them.

    Nothing is stored for who has as much as he may have; `stored` jobs more are asked
    for. When what `call` makes is refused, the files are removed at once. After any
    other failure it may have been done all the same: then the job names them, or the
    sweeper finds them.
    """
    context, storage = context_of(request), jobs_of(request).storage
    if not params.files:
        return await context.run(call(()))
    folder = f"{job_id}/uploads/{secrets.token_hex(8)}"  # of this request
    attachments = tuple(_attachments(folder, params.files.values()))
    who = user_of(request), client_of(request), jobs_of(request).settings
    try:
        await context.run(quota.check_room, *who, stored, bytes_of(attachments))
        await context.run(store.reserve_files, folder)
        for each in attachments:
            file = params.files[each.name].file
            await storage.write(each.key, _pieces(context.compute, file))
        return await context.run(call(attachments))
    except REFUSALS:
        for each in attachments:
            await storage.remove(each.key)
        raise
    finally:
        params.close()


def _attachments(folder: str, files: Iterable[FilePart]) -> Iterable[Attachment]:
    for number, file in enumerate(files):
        key = f"{folder}/{number}"
        yield Attachment(file.name, key, file.media_type, file.size, file.filename)


async def _pieces(
    compute: Callable[..., Coroutine[Any, Any, bytes]], file: BinaryIO
) -> AsyncGenerator[bytes, None]:
    """The bytes of a file, read in threads."""
    while piece := await compute(file.read, CHUNK):
        yield piece
