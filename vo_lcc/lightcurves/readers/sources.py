"""The files of a collection as streams: plain, gzip, members of a tar archive.

Nothing is extracted to disk, and no file is opened but those given.
"""

import gzip
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from vo_lcc.errors import UsageError

TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
DAMAGE = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, OSError)
PLACEHOLDER = re.compile(r"\{(object_id|passband)\}|\*|\?")


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """One text file: its name for messages, its bytes, what its name tells."""

    name: str
    stream: Readable
    told: Mapping[str, str]


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A file pattern as a regular expression for base names.

    >>> compile_pattern("{object_id}-{passband}.dat").match("RR-1-V.dat").groupdict()
    {'object_id': 'RR-1', 'passband': 'V'}
    """
    parts, at = [], 0
    for found in PLACEHOLDER.finditer(pattern):
        parts.append(re.escape(pattern[at : found.start()]))
        wild = {"*": ".*", "?": "."}.get(found[0])
        parts.append(wild or f"(?P<{found[1]}>.+)")
        at = found.end()
    return re.compile("".join([*parts, re.escape(pattern[at:])]) + r"\Z", re.DOTALL)


def match_name(pattern: re.Pattern[str], name: str) -> dict[str, str] | None:
    """What a file name tells, or None; a trailing .gz need not be in the pattern.

    >>> match_name(compile_pattern("{object_id}.dat"), "17.dat.gz")
    {'object_id': '17'}
    """
    found = pattern.match(name) or pattern.match(name.removesuffix(".gz"))
    return found.groupdict() if found else None


def match_any(patterns: Iterable[str], name: str) -> dict[str, str] | None:
    """What a file name tells by the first of the patterns that it matches, or None."""
    for pattern in patterns:
        told = match_name(compile_pattern(pattern), name)
        if told is not None:
            return told
    return None


def open_sources(
    paths: Iterable[Path],
    files: Sequence[str],
    members: Sequence[str],
    advance: Callable[[int], None],
    skipped: Callable[[str], None],
) -> Iterator[Source]:
    """Every text file in `paths`, archives opened, one at a time.

    `advance` is told the bytes read from disk, `skipped` the members of archives
    that do not match. Raises UsageError for a file that cannot be read.
    """
    for path in paths:
        with _reading(path.name), path.open("rb") as raw:
            counted = cast(BinaryIO, Counted(raw, advance))
            if path.name.endswith(TAR):
                yield from _tar_members(path.name, counted, members, skipped)
            else:
                told = match_any(files, path.name) or {}
                yield Source(path.name, _content(path.name, counted), told)


def _tar_members(
    archive: str,
    stream: BinaryIO,
    members: Sequence[str],
    skipped: Callable[[str], None],
) -> Iterator[Source]:
    with tarfile.open(fileobj=stream, mode="r|*") as tar:
        for member in tar:
            name = f"{archive}/{member.name}"
            told = match_any(members, member.name.rpartition("/")[2])
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None and told is not None:
                yield Source(name, _content(name, cast(BinaryIO, content)), told)
            elif not member.isdir():
                skipped(name)


def _content(name: str, stream: BinaryIO) -> Readable:
    if name.endswith(".gz"):
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))
    return Guarded(name, stream)


class Guarded:
    """A stream that names its file when it cannot be read."""

    def __init__(self, name: str, stream: Readable) -> None:
        self._name = name
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; raises UsageError."""
        with _reading(self._name):
            return self._stream.read(size)


class Counted:
    """A stream that tells how many bytes were read from it."""

    def __init__(self, stream: Readable, advance: Callable[[int], None]) -> None:
        self._stream = stream
        self._advance = advance

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        block = self._stream.read(size)
        self._advance(len(block))
        return block


class _reading:  # noqa: N801 (used as a statement)
    """Names the file in the error of anything that fails while it is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, DAMAGE):
            raise UsageError(
                f"{self._name}: this file is damaged or cannot be read: {error}"
            ) from error
