"""Which of the given files hold objects, which light curves; and what they are."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading.patterns import match_any
from vo_lcc.lightcurves.model import CollectionFile, Files
from vo_lcc.lightcurves.progress import Progress

HASH_BLOCK = 1 << 20
OBJECTS, LIGHTCURVES = "objects", "lightcurves"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file: where it is, its size in bytes and SHA-256 (hexadecimal), its part."""

    path: Path
    part: str
    size: int
    sha256: str = ""


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
    found: dict[str, dict[Path, Path]] = {part: {} for part in parts}
    for path in paths:
        taken = False
        for item in _files_of(path):
            for part, several in patterns.items():
                if match_any(several, str(item)) is not None:
                    found[part].setdefault(item.parent.resolve() / item.name, item)
                    taken = True
                    break
        if not taken:
            raise UsageError(f"{path}: {_not_named(path, patterns)}")
    for part, several in patterns.items():
        if whole and several and not found[part]:
            raise UsageError(f"no file of {part}: none is named like {_or(several)}")
    return tuple(
        InputFile(path, part, _size(path))
        for part, files in found.items()
        for path in files.values()
    )


def with_checksums(
    files: Sequence[InputFile], progress: Progress
) -> tuple[InputFile, ...]:
    """The same with their SHA-256."""
    progress.stage("checksums", sum(file.size for file in files), "B")
    return tuple(
        InputFile(file.path, file.part, file.size, _sha256(file.path, progress))
        for file in files
    )


def digest_of(text: str, files: Iterable[InputFile]) -> str:
    """One SHA-256 of the collection file and the names and contents of all inputs."""
    whole = hashlib.sha256(text.encode())
    for name, sha256 in sorted((file.path.name, file.sha256) for file in files):
        whole.update(hashlib.sha256(f"{name}\0{sha256}".encode()).digest())
    return whole.hexdigest()


def _sha256(path: Path, progress: Progress) -> str:
    found = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as stream:
            while block := stream.read(HASH_BLOCK):
                found.update(block)
                progress.advance(len(block))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return found.hexdigest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _files_of(path: Path) -> Iterator[Path]:
    """The file itself, or the files under the folder in order; raises UsageError."""
    try:
        path.stat()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if not path.is_dir():
        yield path
        return
    for item in sorted(path.rglob("*")):
        if item.is_file():
            yield item


def _not_named(path: Path, patterns: dict[str, tuple[str, ...]]) -> str:
    told = " or ".join(
        f"{_or(several)} ({part})" for part, several in patterns.items() if several
    )
    what = "no file in this folder is" if path.is_dir() else "this file is not"
    return f"{what} named like {told}"


def _or(several: Sequence[str]) -> str:
    return " or ".join(map(repr, several))
