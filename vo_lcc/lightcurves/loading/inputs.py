"""Which of the given files hold objects, which light curves; and what they are."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading.patterns import match_any
from vo_lcc.lightcurves.model import CollectionFile, Files
from vo_lcc.lightcurves.progress import Progress

HASH_BLOCK = 1 << 20
OBJECTS, LIGHTCURVES = "objects", "lightcurves"
Found = tuple[str, int]  # where a file is, and its size


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file: where it is, its part, its size in bytes, and SHA-256 (hexadecimal).

    `told` is what its name tells, `modified` when it was written (ns) before it was
    read for its checksum.
    """

    path: Path
    part: str
    size: int
    told: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""
    modified: int = 0


def sort_files(
    file: CollectionFile, paths: Iterable[Path], whole: bool = True
) -> tuple[InputFile, ...]:
    """The files of objects, then those of light curves, each once.

    A folder stands for all files under it that match. Raises UsageError for a file
    that matches no pattern, a folder of which no file does, and when there is none of
    a kind that a `whole` collection needs.
    """
    parts: dict[str, Files] = {OBJECTS: file.objects, LIGHTCURVES: file.lightcurves}
    patterns = {part: files.files or () for part, files in parts.items()}
    found: dict[str, dict[str, InputFile]] = {part: {} for part in parts}
    for path in paths:
        taken = False
        for item, size in _files_of(path):
            for part, several in patterns.items():
                told = match_any(several, item)
                if told is not None:
                    file_here = InputFile(Path(item), part, size, told)
                    found[part].setdefault(_place(item), file_here)
                    taken = True
                    break
        if not taken:
            raise UsageError(f"{path}: {_not_named(path, patterns)}")
    for part, several in patterns.items():
        if whole and several and not found[part]:
            raise UsageError(
                f"no file of {part} is given: none is named like {_or(several)}"
                " (name it too, or a folder that has it)"
            )
    return tuple(one for files in found.values() for one in files.values())


def _place(item: str) -> str:
    """Where a file is, however its folder was named."""
    folder, name = os.path.split(item)
    return os.path.join(_real_folder(folder), name)


@lru_cache(maxsize=1024)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def with_checksums(
    files: Sequence[InputFile], progress: Progress
) -> tuple[InputFile, ...]:
    """The same with their SHA-256."""
    progress.stage("checksums", sum(file.size for file in files), "B")
    return tuple(_with_checksum(file, progress) for file in files)


def check_unchanged(files: Iterable[InputFile]) -> None:
    """Raise UsageError for a file that is no more what its checksum is of."""
    for file in files:
        try:
            now = file.path.stat()
        except OSError as error:
            raise UsageError(f"{file.path}: it went away: {error.strerror}") from error
        if (now.st_size, now.st_mtime_ns) != (file.size, file.modified):
            raise UsageError(
                f"{file.path}: it changed while it was read; load it again when it is"
                " complete"
            )


def digest_of(text: str, files: Iterable[InputFile]) -> str:
    """One SHA-256 of the collection file and the names and contents of all inputs."""
    whole = hashlib.sha256(text.encode())
    for name, sha256 in sorted((file.path.name, file.sha256) for file in files):
        whole.update(hashlib.sha256(f"{name}\0{sha256}".encode()).digest())
    return whole.hexdigest()


def _with_checksum(file: InputFile, progress: Progress) -> InputFile:
    found = hashlib.sha256()
    try:
        with file.path.open("rb", buffering=0) as stream:
            status = os.fstat(stream.fileno())
            while block := stream.read(HASH_BLOCK):
                found.update(block)
                progress.advance(len(block))
    except OSError as error:
        raise _unreadable(file.path, error) from error
    return replace(
        file,
        size=status.st_size,
        sha256=found.hexdigest(),
        modified=status.st_mtime_ns,
    )


def _unreadable(path: Path | str, error: OSError) -> UsageError:
    return UsageError(f"{path}: cannot be read: {error.strerror}")


def _files_of(path: Path) -> Iterator[Found]:
    """The file itself, or those under the folder in order, each with its size.

    Raises UsageError for what is not there.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        yield from _files_under(str(path))
    elif stat.S_ISREG(status.st_mode):
        yield str(path), status.st_size
    else:
        raise UsageError(
            f"{path}: this is a pipe, socket or device; write it to a file first"
        )


def _files_under(folder: str, above: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Links are followed, but not back to a folder they are in."""
    place = _real_folder(folder)
    if place in above:
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise _unreadable(folder, error) from error
    for entry in found:
        if entry.is_dir():
            yield from _files_under(entry.path, above | {place})
        elif entry.is_file():
            yield entry.path, entry.stat().st_size
        elif entry.is_symlink() and not os.path.exists(entry.path):
            yield entry.path, 0  # to nothing: told if it is named like data


def _not_named(path: Path, patterns: dict[str, tuple[str, ...]]) -> str:
    told = " or ".join(
        f"{_or(several)} ({part})" for part, several in patterns.items() if several
    )
    what = "no file in this folder is" if path.is_dir() else "this file is not"
    return f"{what} named like {told}"


def _or(several: Sequence[str]) -> str:
    return " or ".join(map(repr, several))
