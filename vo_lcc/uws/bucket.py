"""Files in a bucket of S3 or of storage that is compatible with it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from vo_lcc.errors import ConfigError, NotFoundError, TransientError
from vo_lcc.uws.keys import AWAY, GONE, check_key, check_prefix, gathered

logger = logging.getLogger(__name__)

PART = 8 * 2**20  # bytes a request; S3 takes 10,000 parts a file
AT_ONCE = 3  # parts of one file that are on their way
ABORT_SECONDS = 10  # for an upload that is given up
OPTIONS = frozenset({"endpoint", "region"})

RETRIES: Any = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"max_backoff": timedelta(seconds=2)},
}
TIMES = {"connect_timeout": "5s", "timeout": "60s"}


class BucketStorage:
    """A `Storage` in a bucket.

    Credentials come from the environment (AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), a web identity, or the machine's role.
    A small file takes one request. A larger one is a multipart upload, completed at
    its end and aborted when it fails; a process that is killed leaves it to the
    bucket's lifecycle rule.
    """

    def __init__(self, store: S3Store) -> None:
        self._store = store

    @classmethod
    def at(cls, location: str) -> "BucketStorage":
        """The one at `s3://bucket/prefix?endpoint=...&region=...`.

        Raises ConfigError.
        """
        url = urlsplit(location)
        options = dict(parse_qsl(url.query, keep_blank_values=True))
        unknown = sorted(options.keys() - OPTIONS)
        if not url.netloc or "@" in url.netloc or unknown:
            hint = f"no option {', '.join(unknown)}; " if unknown else ""
            raise ConfigError(
                f"{url.scheme}://{url.hostname or ''}: {hint}write"
                " s3://bucket/prefix?endpoint=https://host&region=name;"
                " credentials go into the environment (AWS_ACCESS_KEY_ID, ...)"
            )
        client: Any = dict(TIMES)
        if options.get("endpoint", "").startswith("http://"):
            client["allow_http"] = True
        try:
            return cls(
                S3Store(
                    url.netloc,
                    prefix=url.path.strip("/") or None,
                    client_options=client,
                    retry_config=RETRIES,
                    **options,  # type: ignore[arg-type]  # texts, checked above
                )
            )
        except (BaseError, ValueError) as error:
            raise ConfigError(f"{location}: {error}") from error

    async def write(
        self, key: str, pieces: AsyncIterable[bytes], limit: int | None = None
    ) -> int:
        """See `Storage.write`."""
        check_key(key)
        async with AsyncExitStack() as failure:
            failure.push_async_callback(self._erase, key)
            async with aclosing(gathered(pieces, PART, limit)) as parts:
                first = await anext(parts, b"")
                upload = Upload(self._store, key)
                failure.push_async_callback(upload.abandon)
                size = await upload.run(first, parts)
            failure.pop_all()
        return size

    async def read(
        self, key: str, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """See `Storage.read`; each piece is a request of its own."""
        size = await self.size(key)
        stop = size if stop is None else min(stop, size)
        while start < stop:
            end = min(start + PART, stop)
            with told():
                got = await obstore.get_range_async(
                    self._store, key, start=start, end=end
                )
            start = end
            yield bytes(got)

    async def size(self, key: str) -> int:
        """See `Storage.size`."""
        check_key(key)
        with told():
            try:
                return (await obstore.head_async(self._store, key))["size"]
            except FileNotFoundError:
                raise NotFoundError(GONE) from None

    async def remove(self, prefix: str) -> None:
        """See `Storage.remove`."""
        key = check_prefix(prefix)
        with told():
            await obstore.delete_async(self._store, [key, *await self.keys(key)])

    async def keys(self, prefix: str = "") -> list[str]:
        """See `Storage.keys`."""
        folder = check_prefix(prefix) if prefix else None
        with told():
            batches = obstore.list(self._store, folder)
            return sorted([each["path"] async for batch in batches for each in batch])

    async def close(self) -> None:
        """See `Storage.close`; connections end by themselves."""

    async def _erase(self, key: str) -> None:
        """Take away what a write that failed may have left after all."""
        try:
            await self.remove(key)
        except TransientError as error:
            reason = str(error.__cause__).partition("\n")[0]
            logger.warning("%s may be left in the bucket: %s", key, reason)


class Upload:
    """One file on its way, by a task that is never cancelled but told to give up.

    A request that is cancelled may still be carried out, and a multipart upload that
    is cancelled stays in the bucket, where nobody sees it.
    """

    def __init__(self, store: S3Store, key: str) -> None:
        self._store = store
        self._key = key
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._given_up = False
        self._task: asyncio.Task[None] | None = None

    async def run(self, first: bytes, rest: AsyncIterator[bytes]) -> int:
        """Send `first` and `rest`; how many bytes they are. Raises TransientError."""
        size = len(first)
        second = await anext(rest, None)
        if second is None:
            task = self._task = asyncio.create_task(self._put(first))
        else:
            task = self._task = asyncio.create_task(self._put(self._given()))
            await self._give(first, task)
            await self._give(second, task)
            size += len(second)
            async for part in rest:
                await self._give(part, task)
                size += len(part)
            await self._give(None, task)
        await asyncio.wait([task])
        task.result()
        return size

    async def abandon(self) -> None:
        """Have the upload fail, and wait for that."""
        self._given_up = True
        if self._task is None:
            return
        while not self._parts.empty():
            self._parts.get_nowait()
        self._parts.put_nowait(None)
        ended, _ = await asyncio.wait([self._task], timeout=ABORT_SECONDS)
        for task in ended:
            task.exception()  # told by `run`, or wanted

    async def _put(self, content: bytes | AsyncIterator[bytes]) -> None:
        with told():
            await obstore.put_async(
                self._store,
                self._key,
                content,
                chunk_size=PART,
                max_concurrency=AT_ONCE,
            )

    async def _give(self, part: bytes | None, task: asyncio.Task[None]) -> None:
        """Hand `part` to the task, unless it has failed."""
        giving = asyncio.ensure_future(self._parts.put(part))
        try:
            await asyncio.wait([giving, task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            giving.cancel()
        if task.done():
            task.result()

    async def _given(self) -> AsyncGenerator[bytes, None]:
        while (part := await self._parts.get()) is not None:
            yield part
        if self._given_up:
            raise GivenUpError


class GivenUpError(Exception):
    """The upload is not wanted any more."""


@contextmanager
def told() -> Iterator[None]:
    """The errors of obstore as ours; what it says is for the log only."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise TransientError(AWAY) from error
