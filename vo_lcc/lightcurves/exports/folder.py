"""Where an export is written: under another name, until all of it is there.

A folder is made beside the one that is wanted, `.NAME.partial`, and takes its name at
the end, with a manifest of all files. What was killed leaves that folder, which the
next export to the same place removes; what failed removes it itself.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vo_lcc.errors import UsageError

MANIFEST = "manifest.json"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
BLOCK = 1 << 20


class HashedFile(io.RawIOBase):
    """A file that is written from its start to its end; SHA-256 comes along."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The bytes that were written."""
        return self.size

    def write(self, data: Any) -> int:
        """Write all of it."""
        left = memoryview(data).cast("B")
        count = len(left)
        self._hash.update(left)
        while left:
            left = left[self._file.write(left) :]
        self.size += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    @property
    def sha256(self) -> str:
        """The checksum of what was written."""
        return self._hash.hexdigest()


class Folder:
    """A folder that is being written: its files, by their names in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: dict[str, HashedFile | None] = {}

    def open(self, name: str) -> HashedFile:
        """A new file; `name` may have folders in it."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = self._files[name] = HashedFile(path)
        return file

    def add(self, name: str) -> Path:
        """The path of a new file that somebody else writes."""
        self._files[name] = None
        return self.path / name

    def write(self, name: str, content: str) -> None:
        """A new file of text."""
        with self.open(name) as file:
            file.write(content.encode())

    @property
    def size(self) -> int:
        """The bytes of all files so far."""
        return sum(f.size for f in self._files.values() if f is not None)

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write the manifest: `about`, then each file with size and checksum."""
        files = [
            {"name": name, **_described(self.path / name, file)}
            for name, file in sorted(self._files.items())
        ]
        text = json.dumps({**about, "files": files}, indent=1, ensure_ascii=False)
        (self.path / MANIFEST).write_text(text + "\n", encoding="utf-8")

    def close(self) -> None:
        """Close what is still open."""
        for file in self._files.values():
            if file is not None:
                file.close()


def _described(path: Path, file: HashedFile | None) -> dict[str, int | str]:
    if file is not None:
        return {"size": file.size, "sha256": file.sha256}
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return {"size": path.stat().st_size, "sha256": digest.hexdigest()}


@contextmanager
def new_folder(target: Path, force: bool = False) -> Iterator[Folder]:
    """A folder that becomes `target` when the block ends well; else nothing stays.

    With `force` it takes the place of an earlier export. Raises UsageError where
    something else is there, or the disk is full.
    """
    target = target.absolute()
    check_target(target, force)
    partial = target.with_name(f".{target.name}.partial")
    with told(target), _locked(partial):
        folder = Folder(partial)
        try:
            yield folder
            folder.close()
            _replace(partial, target)
        finally:
            folder.close()
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_file(target: Path, force: bool = False) -> Iterator[HashedFile]:
    """A file that becomes `target` when the block ends well; else nothing stays.

    Raises UsageError where there is one and `force` does not say that it may go, or
    the disk is full.
    """
    if target.is_dir():
        raise UsageError(f"{target} is a folder; give --output the name of a file")
    if target.exists() and not force:
        raise UsageError(f"{target} is there already; --force replaces it")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with told(target):
        try:
            with HashedFile(partial) as file:
                yield file
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def told(target: Path) -> Iterator[None]:
    """Raise UsageError where the disk cannot be written."""
    try:
        yield
    except OSError as error:
        what = "the disk is full" if error.errno in FULL else error.strerror or error
        raise UsageError(
            f"{target} cannot be written: {what}; what was written is removed"
        ) from error


def check_target(target: Path, force: bool) -> None:
    """Raise UsageError unless `target` is free, or an export that may be replaced."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not is_export(target):
        raise UsageError(f"{target} is there already, and is not an export (or more)")
    if not force:
        raise UsageError(f"{target} is there already; --force replaces this export")


def is_export(path: Path) -> bool:
    """Whether a folder has the files of an export and nothing else."""
    try:
        said = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        names = {MANIFEST, *(file["name"] for file in said["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    found = {str(p.relative_to(path)) for p in path.rglob("*") if not p.is_dir()}
    return found <= names


@contextmanager
def _locked(partial: Path) -> Iterator[None]:
    """An empty folder that nobody else writes."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.mkdir(exist_ok=True)
    handle = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in partial.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
    except BlockingIOError as error:
        raise UsageError(f"another export writes {partial}") from error
    finally:
        os.close(handle)


def _replace(partial: Path, target: Path) -> None:
    """Give the folder its name; an earlier export goes once the new one is there."""
    if not target.exists() or not any(target.iterdir()):
        partial.rename(target)
        return
    before = target.with_name(f".{target.name}.replaced")
    shutil.rmtree(before, ignore_errors=True)
    target.rename(before)
    partial.rename(target)
    shutil.rmtree(before)
