"""An export is there whole or not at all."""

import hashlib
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.exports.conftest import Exported
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.exports.folder import MANIFEST, new_file, new_folder


def write(target: Path, text: str = "x", force: bool = False) -> None:
    with new_folder(target, force) as folder:
        folder.write("a/b.txt", text)
        folder.finish({"collection": "demo"})


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """What is longer than `size` bytes is refused, as by a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_fails_leaves_nothing(tmp_path: Path):
    target = tmp_path / "out"

    def fail() -> None:
        with new_folder(target) as folder:
            folder.write("a.txt", "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list(tmp_path.iterdir()) == []


def test_an_export_is_replaced_only_when_that_is_asked_for(tmp_path: Path):
    target = tmp_path / "out"
    write(target)

    with pytest.raises(UsageError, match="--force replaces this export"):
        write(target, "y")
    assert (target / "a/b.txt").read_text() == "x"
    write(target, "y", force=True)

    assert (target / "a/b.txt").read_text() == "y"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("force", [True, False])
def test_a_folder_with_anything_else_is_never_replaced(tmp_path: Path, force: bool):
    target = tmp_path / "out"
    write(target)
    (target / "my thesis.tex").write_text("x")

    with pytest.raises(UsageError, match="not an export"):
        write(target, "y", force)

    assert (target / "my thesis.tex").exists()


def test_an_empty_folder_is_taken(tmp_path: Path):
    (tmp_path / "out").mkdir()

    write(tmp_path / "out")

    assert (tmp_path / "out" / MANIFEST).exists()


def test_two_exports_do_not_write_one_folder(tmp_path: Path):
    target = tmp_path / "out"

    with new_folder(target) as folder:
        with pytest.raises(UsageError, match="another export writes"):
            write(target)
        folder.write("a.txt", "x")
        folder.finish({})

    assert (target / "a.txt").read_text() == "x"


KILLED = """
import os, signal, sys
from pathlib import Path
from vo_lcc.lightcurves.exports.folder import new_folder
with new_folder(Path(sys.argv[1])) as folder:
    folder.write("a.txt", "half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_is_killed_leaves_no_export_and_no_hindrance(tmp_path: Path):
    target = tmp_path / "out"

    killed = subprocess.run([sys.executable, "-c", KILLED, target], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()
    write(target)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_told_and_what_was_written_is_removed(
    odd: Exported, tmp_path: Path
):
    with (
        files_of_at_most(2000),
        pytest.raises(
            UsageError, match="the disk is full; what was written is removed"
        ),
    ):
        odd.export("odd", "parquet")

    assert not [path for path in tmp_path.rglob("*") if "parquet" in path.name]


def test_a_file_that_cannot_be_written_is_removed(tmp_path: Path):
    with (
        files_of_at_most(10),
        pytest.raises(UsageError, match="the disk is full"),
        new_file(tmp_path / "rows.parquet") as file,
    ):
        file.write(b"x" * 100)

    assert list(tmp_path.iterdir()) == []


def test_the_manifest_has_the_size_and_checksum_of_every_file(odd: Exported, manifest):
    odd.export("odd", "hats")
    folder = odd.folder / "hats"
    said = manifest(folder)

    assert (said["collection"], said["release"], said["points"]) == ("odd", "1", 10)
    names = {file["name"] for file in said["files"]}
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert names == found - {MANIFEST}
    for file in said["files"]:
        content = (folder / file["name"]).read_bytes()
        assert file["size"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
