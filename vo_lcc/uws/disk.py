"""Files in a folder, which other processes and machines may share."""

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from io import FileIO
from pathlib import Path
from typing import ParamSpec, TypeVar

from vo_lcc.dali.files import check_room
from vo_lcc.errors import ConfigError, NotFoundError, TransientError
from vo_lcc.uws.keys import AWAY, GONE, KEY, check_key, check_prefix, gathered

BLOCK = 2**20
UNSYNCED = 32 * BLOCK  # bytes that may wait to be written out
TRIES = 20  # to make, or to take away, a folder in which others work
THREADS = 4

P = ParamSpec("P")
T = TypeVar("T")


class DiskStorage:
    """A `Storage` in `root`, which is made if need be.

    A file is written under a hidden name beside its own, synchronised, and renamed.
    All work is done by threads of the storage's own.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"cannot store files in {root}: {error}") from error
        self._threads = ThreadPoolExecutor(THREADS, "storage")

    async def write(
        self, key: str, pieces: AsyncIterable[bytes], limit: int | None = None
    ) -> int:
        """See `Storage.write`."""
        draft = Draft(self._root, key)
        async with AsyncExitStack() as failure:
            failure.push_async_callback(self._call, draft.discard)
            await self._call(draft.open)
            async with aclosing(gathered(pieces, BLOCK, limit)) as blocks:
                async for block in blocks:
                    await self._call(draft.write, block)
            await self._call(draft.commit)
            failure.pop_all()
        return draft.size

    async def read(
        self, key: str, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """See `Storage.read`."""
        path = self._root / check_key(key)
        with await self._call(_open, path, start) as file:
            while stop is None or start < stop:
                size = BLOCK if stop is None else min(BLOCK, stop - start)
                block = await self._call(file.read, size)
                if not block:
                    return
                start += len(block)
                yield block

    async def size(self, key: str) -> int:
        """See `Storage.size`."""
        with await self._call(_open, self._root / check_key(key), 0) as file:
            return os.fstat(file.fileno()).st_size

    async def remove(self, prefix: str) -> None:
        """See `Storage.remove`."""
        await self._call(_remove, self._root, self._root / check_prefix(prefix))

    async def keys(self, prefix: str = "") -> list[str]:
        """See `Storage.keys`."""
        folder = self._root / check_prefix(prefix) if prefix else self._root
        return await self._call(lambda: sorted(_keys(self._root, folder)))

    async def close(self) -> None:
        """See `Storage.close`."""
        self._threads.shutdown(wait=False)

    async def _call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work` in a thread; when cancelled, only once the thread has ended."""
        task = asyncio.wrap_future(self._threads.submit(work, *args, **kwargs))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await _ended(task)
            raise
        except OSError as error:
            raise TransientError(AWAY) from error


async def _ended(task: asyncio.Future[T]) -> None:
    """Wait for `task`, however often this is cancelled, whatever comes of it."""
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    task.exception()


class Draft:
    """A file that is being written, under a name that is no key."""

    def __init__(self, root: Path, key: str) -> None:
        self._root = root
        self._path = root / check_key(key)
        self._draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        self._file: FileIO | None = None
        self._unsynced = 0
        self._placed = False
        self.size = 0

    def open(self) -> None:
        """Make the file, and its folders: others may just take them away, empty."""
        for _ in range(TRIES):
            # FileExistsError: it was there when it was to be made, and then no more
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = FileIO(self._draft, "x")
                return
        raise OSError(f"{self._path.parent} is taken away again and again")

    def write(self, block: bytes) -> None:
        """Add `block`; now and then wait until all is on the disk."""
        assert self._file is not None
        check_room(self._root)
        self.size += len(block)
        self._unsynced += len(block)
        rest = memoryview(block)
        while rest:
            rest = rest[self._file.write(rest) :]
        if self._unsynced >= UNSYNCED:
            os.fdatasync(self._file.fileno())
            self._unsynced = 0

    def commit(self) -> None:
        """Give the file its name, for good."""
        assert self._file is not None
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.rename(self._path)
        self._placed = True
        for folder in _folders(self._root, self._path):
            _sync(folder)

    def discard(self) -> None:
        """Leave nothing of it."""
        if self._file is not None:
            self._file.close()
        self._draft.unlink(missing_ok=True)
        if self._placed:
            self._path.unlink(missing_ok=True)
        _prune(self._root, self._path)


def _folders(root: Path, path: Path) -> list[Path]:
    """The folders from that of `path` up to `root`."""
    return [root / parent for parent in path.relative_to(root).parents]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path, start: int) -> FileIO:
    try:
        file = FileIO(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise NotFoundError(GONE) from None
    file.seek(start)
    return file


def _remove(root: Path, path: Path) -> None:
    """Take away the file or the folder `path`, in which others may still write."""
    for attempt in range(TRIES):
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
            break
        except OSError:
            if attempt == TRIES - 1:
                raise
    _prune(root, path)


def _prune(root: Path, path: Path) -> None:
    """Take away the folders of `path` that are empty now."""
    with contextlib.suppress(OSError):
        for folder in _folders(root, path)[:-1]:
            folder.rmdir()


def _keys(root: Path, folder: Path) -> Iterator[str]:
    """The keys of the files in `folder`; drafts and what is not ours have none."""
    for where, _, names in os.walk(folder):
        for name in names:
            key = (Path(where) / name).relative_to(root).as_posix()
            if KEY.match(key):
                yield key
