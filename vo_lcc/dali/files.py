"""Files that come with a request, held where nothing is left of them afterwards."""

import asyncio
import errno
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from vo_lcc.errors import TransientError

MEMORY = 2**20  # bytes that are gathered before a file is made, or written to it

UNKNOWN_TYPE = "application/octet-stream"

SPARE = 2**30
"""Bytes of a disk that are left to others (of a small one, a twentieth): PostgreSQL may
be on the same, and ends when it is full."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file: the part of a form, or what a URL gave.

    `name` is that of the part, `filename` what its sender calls it, `file` its
    `size` bytes, at their start: in memory, or on disk without a name.
    """

    name: str
    filename: str | None
    media_type: str
    size: int
    file: BinaryIO


class Spool:
    """Takes bytes as they come: at first in memory, then in a file without a name.

    What is written to the disk is written by a thread. `memory` is how many bytes
    may stay in memory, at most 1 MiB.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = min(memory, MEMORY)
        self._pending = bytearray()
        self._file: BinaryIO | None = None
        self.size = 0

    @property
    def in_memory(self) -> int:
        """How many bytes are not on disk."""
        return len(self._pending)

    async def write(self, piece: bytes) -> None:
        """Add `piece`; raises TransientError when the disk is full."""
        self._pending += piece
        self.size += len(piece)
        if len(self._pending) > (self._memory if self._file is None else MEMORY):
            await self._flush()

    async def finish(self) -> BinaryIO:
        """All that was written, at its start."""
        if self._file is None:
            return io.BytesIO(self._pending)
        await self._flush()
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Forget what was written."""
        self._pending.clear()
        if self._file is not None:
            self._file.close()

    async def _flush(self) -> None:
        if self._file is None:
            self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        pending, self._pending = self._pending, bytearray()
        try:
            await asyncio.to_thread(_write_out, self._file, pending)
        except OSError as error:
            problem = "this server has no room for the file now; try again later"
            raise TransientError(problem) from error


def check_room(folder: str | Path) -> None:
    """Raise OSError where the disk of a folder is nearly full."""
    disk = os.statvfs(folder)
    spare = min(SPARE, disk.f_blocks * disk.f_frsize // 20)
    if disk.f_bavail * disk.f_frsize < spare:
        raise OSError(errno.ENOSPC, "the disk is nearly full")


def _write_out(file: BinaryIO, content: bytearray) -> None:
    check_room(tempfile.gettempdir())
    file.write(content)
    file.flush()
