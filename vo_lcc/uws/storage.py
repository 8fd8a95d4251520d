"""Where the files of jobs are: a folder, or a bucket of S3-compatible storage."""

from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path
from typing import Protocol

from vo_lcc.errors import ConfigError
from vo_lcc.uws.bucket import BucketStorage
from vo_lcc.uws.disk import DiskStorage


class Storage(Protocol):
    """Files by key: `ab2c/uploads/0`. Several processes may share one.

    A key has lower-case segments joined by "/" (`check_key`). A file is there whole
    or not at all, never changes, and is written once. Everything raises
    TransientError while the storage cannot be used.
    """

    async def write(
        self, key: str, pieces: AsyncIterable[bytes], limit: int | None = None
    ) -> int:
        """Store `pieces` as one file; its size in bytes.

        When this returns the file survives a power cut. Raises UsageError beyond
        `limit` bytes and whatever `pieces` raises; then, and when it is cancelled,
        nothing is left.
        """
        ...

    def read(
        self, key: str, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` to before `stop`, as far as there are any.

        Raises NotFoundError, at the first piece.
        """
        ...

    async def size(self, key: str) -> int:
        """How many bytes the file has; raises NotFoundError."""
        ...

    async def remove(self, prefix: str) -> None:
        """Remove the file `prefix`, and all whose keys begin with `prefix` + "/"."""
        ...

    async def keys(self, prefix: str = "") -> list[str]:
        """The keys of all files, or of those in the folder `prefix`, sorted."""
        ...

    async def close(self) -> None:
        """Let go of threads and connections."""
        ...


def open_storage(location: str) -> Storage:
    """The storage at `location`: a folder, or `s3://bucket/prefix?endpoint=...`.

    Raises ConfigError.
    """
    scheme, separator, _ = location.partition("://")
    if scheme == "s3" and separator:
        return BucketStorage.at(location)
    if separator:
        raise ConfigError(f"{location}: name a folder, or s3://bucket/prefix")
    return DiskStorage(Path(location))
