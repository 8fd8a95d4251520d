"""Files are opened, unpacked and cut into the pieces that readers read.

One process reads all files from disk and unpacks them, in order; what is expensive,
making values of the bytes, is for others. Nothing is written to disk but what must be
read at several places and is packed.
"""

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self, cast

import pyarrow as pa
from isal import igzip
from isal.igzip_lib import IsalError

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading.inputs import InputFile
from vo_lcc.lightcurves.loading.patterns import match_any
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.known import find_reader
from vo_lcc.lightcurves.readers.reader import Piece, Reader

HEAD = 1 << 16  # bytes by which a format is known
BLOCK = 4 << 20  # bytes of text in a piece, about
LONGEST_LINE = BLOCK
IN_MEMORY = 64 << 20  # a file that is read whole is handed over as bytes up to this
LARGEST = 8 << 30  # bytes of a packed file that is read whole, unpacked
TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")
DAMAGE: tuple[type[Exception], ...] = (
    tarfile.TarError,
    gzip.BadGzipFile,
    EOFError,
    zlib.error,
    cast(type[Exception], IsalError),  # the stub has an instance
    lzma.LZMAError,
    OSError,
)
UNREADABLE: tuple[type[Exception], ...] = (*DAMAGE, UsageError)
ENDS_EARLY: tuple[type[Exception], ...] = (
    tarfile.InvalidHeaderError,  # type: ignore[attr-defined]
    tarfile.TruncatedHeaderError,  # type: ignore[attr-defined]
    tarfile.EmptyHeaderError,  # type: ignore[attr-defined]
)
Opener = Callable[[BinaryIO], BinaryIO]
MAGIC: tuple[tuple[bytes, Opener], ...] = (
    (b"\x1f\x8b", lambda raw: cast(BinaryIO, igzip.IGzipFile(fileobj=raw, mode="rb"))),
    (b"BZh", lambda raw: cast(BinaryIO, bz2.BZ2File(raw))),
    (b"\xfd7zXZ", lambda raw: cast(BinaryIO, lzma.open(raw))),  # noqa: SIM115
    (  # all frames of the file; one that is cut off is an error
        b"\x28\xb5\x2f\xfd",
        lambda raw: cast(BinaryIO, pa.CompressedInputStream(raw, "zstd")),
    ),
)


@dataclass(frozen=True, slots=True)
class Cutting:
    """A piece, who reads it, how much of the disk it took; or why there is none."""

    piece: Piece
    reader: Reader | None
    bytes_read: int
    problem: str | None = None
    partly: bool = False
    """The pieces before this one of the same file are good, the rest is not."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One file, unpacked: its name for messages, its bytes, what the name tells."""

    name: str
    stream: BinaryIO
    told: Mapping[str, str]
    path: Path | None = None
    """Where it is, if it is a file of its own and not packed."""


def cut_files(
    inputs: tuple[InputFile, ...],
    files: Files,
    skipped: Callable[[str], None],
    folder: Path,
) -> Iterator[Cutting]:
    """The pieces of all files in order; always the same for the same files.

    `skipped` is told the members of archives that match no pattern; `folder` takes
    what must be unpacked to disk. A file that cannot be read is a `problem`.
    """
    for given in inputs:
        counted = Counter()
        try:
            with given.path.open("rb") as raw:
                counted.stream = raw
                if given.path.name.endswith(TAR):
                    opened = _members(given.path.name, raw, files.members, skipped)
                else:
                    opened = iter([_single(given.path, raw, given.told)])
                yield from _cut_all(opened, files, counted, folder)
        except DAMAGE as error:
            yield _failed(given.path.name, error, counted)


class Counter:
    """How far the file on disk was read since it was last asked."""

    def __init__(self) -> None:
        self.stream: BinaryIO | None = None
        self._told = 0

    def since(self) -> int:
        """Bytes."""
        try:
            at = self.stream.tell() if self.stream is not None else self._told
        except ValueError:  # closed
            at = self._told
        more, self._told = at - self._told, at
        return more


def _failed(
    name: str, error: Exception, counted: Counter, partly: bool = False
) -> Cutting:
    said = (
        error.args[0]
        if isinstance(error, UsageError)
        else (f"this file is damaged or cannot be read: {error}")
    )
    return Cutting(Piece(name), None, counted.since(), str(said), partly)


def _single(path: Path, raw: BinaryIO, told: Mapping[str, str]) -> Opened:
    stream = _unpacked(raw)
    plain = path if stream is raw else None
    return Opened(path.name, stream, told, plain)


def _unpacked(raw: BinaryIO) -> BinaryIO:
    start = raw.read(6)
    raw.seek(0)
    for magic, opener in MAGIC:
        if start.startswith(magic):
            return opener(raw)
    return raw


class Member(tarfile.TarInfo):
    """A member of an archive; one whose header is damaged does not end the archive."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        """The next one; raises EOFError where `tarfile` would see the end."""
        try:
            return super().fromtarfile(tarfile)
        except ENDS_EARLY as error:
            raise EOFError(f"{error}; members after it are not read") from error


def _members(
    archive: str,
    raw: BinaryIO,
    patterns: tuple[str, ...],
    skipped: Callable[[str], None],
) -> Iterator[Opened]:
    with tarfile.open(fileobj=raw, mode="r|*", tarinfo=Member) as tar:
        for member in tar:
            name = f"{archive}/{member.name}"
            told = match_any(patterns, member.name)
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None and told is not None:
                with _member_content(content, member.size) as stream:
                    yield Opened(name, _unpacked(stream), told)
            elif not member.isdir():
                skipped(name)


def _member_content(content: object, size: int) -> BinaryIO:
    """A member in memory, so that it can be unpacked and read at any place."""
    stream = cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115
    left = size
    while left and (block := content.read(min(left, BLOCK))):  # type: ignore[attr-defined]
        stream.write(block)
        left -= len(block)
    stream.seek(0)
    return stream


def _cut_all(
    opened: Iterator[Opened], files: Files, counted: Counter, folder: Path
) -> Iterator[Cutting]:
    for one in opened:
        given = 0
        try:
            for cutting in _cut(one, files, counted, folder):
                given += 1
                yield cutting
        except UNREADABLE as error:
            yield _failed(one.name, error, counted, partly=given > 0)


def _cut(
    opened: Opened, files: Files, counted: Counter, folder: Path
) -> Iterator[Cutting]:
    start = opened.stream.read(HEAD)
    reader = find_reader(files, start, opened.name)
    if reader.cut == "lines":
        pieces = _lines(opened, start, reader, files)
    else:
        pieces = _whole(opened, start, reader, files, folder)
    for piece in pieces:
        yield Cutting(piece, reader, counted.since())


def _lines(
    opened: Opened, start: bytes, reader: Reader, files: Files
) -> Iterator[Piece]:
    """Whole lines, some megabytes at a time, each time with the head of the file."""
    block = start if len(start) < HEAD else start + opened.stream.read(BLOCK - HEAD)
    last = len(block) < BLOCK
    at = reader.head(block, files)
    head, rest = block[:at], block[at:]
    number, first = 1 + newlines(head), True
    while rest or first:
        cut = len(rest) if last else rest.rfind(b"\n") + 1
        if not cut and len(rest) > LONGEST_LINE:
            raise UsageError(
                f"line {number} is longer than {LONGEST_LINE} bytes; is the file text?"
            )
        if cut or first:
            content = rest[:cut]
            yield Piece(opened.name, content, None, opened.told, head, number)
            number, first = number + newlines(content), False
        more = b"" if last else opened.stream.read(BLOCK)
        last = last or len(more) < BLOCK
        rest = rest[cut:] + more


def newlines(text: bytes) -> int:
    """Lines that end in it; a CR without LF ends one too."""
    count = text.count(b"\n")
    if b"\r" in text:
        count += text.count(b"\r") - text.count(b"\r\n")
    return count


def _whole(
    opened: Opened, start: bytes, reader: Reader, files: Files, folder: Path
) -> Iterator[Piece]:
    """The file as it is: as bytes, or where it is on disk if it is long or in parts."""
    in_parts = reader.cut == "parts" and opened.path is not None
    most = BLOCK if in_parts else IN_MEMORY  # many small files are one unit
    content = start if len(start) < HEAD else start + opened.stream.read(most)
    if len(content) < most:
        companion = _companion(opened, reader)
        yield Piece(opened.name, content, None, opened.told, companion=companion)
        return
    if opened.path is not None:
        content = b""
    with _on_disk(opened, content, folder) as path:
        yield from _parts(opened, path, reader, files)


def _parts(opened: Opened, path: Path, reader: Reader, files: Files) -> Iterator[Piece]:
    count = 1 if reader.cut == "whole" else reader.parts(path, files)
    for part in range(count):
        yield Piece(opened.name, b"", path, opened.told, part=part)


@contextmanager
def _on_disk(opened: Opened, content: bytes, folder: Path) -> Iterator[Path]:
    """A packed file, unpacked; it goes when the load is over, as others read it."""
    if opened.path is not None:
        yield opened.path
        return
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as unpacked:
        size = 0
        while content:
            size += len(content)
            if size > LARGEST:
                raise UsageError(f"it is longer than {LARGEST} bytes unpacked")
            unpacked.write(content)
            content = opened.stream.read(BLOCK)
    yield Path(unpacked.name)


def _companion(opened: Opened, reader: Reader) -> bytes | None:
    """The file that belongs to this one, beside it on disk."""
    name = reader.companion(opened.name)
    if name is None or opened.path is None:
        return None
    beside = opened.path.parent / name
    if beside.name != name or not beside.is_file():
        return None
    with beside.open("rb") as stream:
        return stream.read(IN_MEMORY)
