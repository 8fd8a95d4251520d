"""Files that are damaged, change, or are none: told, and nothing lost silently."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.loading import load
from vo_lcc.lightcurves.loading.inputs import InputFile, sort_files
from vo_lcc.lightcurves.loading.pieces import cut_files
from vo_lcc.lightcurves.loading.sieve import _as_text

HEAD = b"id,band,t,m,e\n"
FIRST = b"".join(b"a,g,%d,11,0.1\n" % i for i in range(2000))
SECOND = b"".join(b"b,g,%d,12,0.1\n" % i for i in range(2000))


def archived(*contents: bytes) -> bytes:
    """A tar of files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for i, content in enumerate(contents):
            member = tarfile.TarInfo(f"points{i}.csv")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


ONE = archived(FIRST)
LENGTH = 512 + -(-len(FIRST) // 512) * 512  # of a member with its header
TWO = archived(FIRST, SECOND)


def cut(folder, name: str, content: bytes):
    """The rows that the pieces of a file hold, and what is said of the rest."""
    folder.write("stars.toml", folder.head + folder.long)
    file, _ = read_collection_file(folder.path / "stars.toml")
    files = file.lightcurves.model_copy(update={"members": ("*",)})
    path = folder.write(name, content)
    given = (InputFile(path, "lightcurves", len(content)),)
    found = list(cut_files(given, files, lambda name: None, folder.path))
    rows = sum(one.piece.content.count(b"\n") for one in found)
    return rows, [one.problem for one in found if one.problem]


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress])
def test_all_parts_of_a_packed_file_are_read(folder, pack):
    rows, problems = cut(folder, "points", pack(HEAD + FIRST) + pack(SECOND))

    assert rows == 4000
    assert problems == []


def test_a_packed_file_that_ends_early_is_told(folder):
    packed = zstandard.compress(HEAD + FIRST + SECOND)

    rows, problems = cut(folder, "points", packed[:-20])

    assert rows == 0
    assert "damaged" in problems[0]


@pytest.mark.parametrize(
    "archive",
    [
        TWO[:LENGTH] + b"x" * 512 + TWO[LENGTH + 512 :],
        TWO[: LENGTH + 100],
        TWO[:LENGTH],
    ],
    ids=["header is damaged", "ends in a header", "ends between members"],
)
def test_an_archive_that_is_damaged_is_told(folder, archive):
    assert cut(folder, "points.tar", TWO)[1] == []

    _, problems = cut(folder, "points.tar", archive)

    assert "members after it are not read" in problems[0]


def test_a_file_that_changes_while_it_is_read_stops_the_load(db, folder, monkeypatch):
    path = folder.write("points.csv", HEAD + FIRST + SECOND)
    before = load.open_draft

    def meanwhile(*args):
        path.write_bytes(HEAD + FIRST)
        return before(*args)

    monkeypatch.setattr(load, "open_draft", meanwhile)

    with pytest.raises(UsageError, match=r"points\.csv: it changed while it was read"):
        folder.load(db, "objects.csv", "points.csv")


def test_a_pipe_is_no_file(folder):
    folder.write("stars.toml", folder.head + folder.long)
    file, _ = read_collection_file(folder.path / "stars.toml")
    os.mkfifo(folder.path / "points.csv")

    with pytest.raises(UsageError, match="pipe, socket or device"):
        sort_files(file, [folder.path / "points.csv"])


def test_links_are_followed_but_not_round_and_round(folder, tmp_path_factory):
    folder.write("stars.toml", folder.head + folder.long)
    file, _ = read_collection_file(folder.path / "stars.toml")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "points1.csv").write_bytes(HEAD + FIRST)
    (folder.path / "night").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(folder.path)

    found = sort_files(file, [folder.path])

    assert [one.path.name for one in found] == ["objects.csv", "points1.csv"]


def test_a_link_to_nothing_is_told(db, folder):
    (folder.path / "points2.csv").symlink_to(Path("gone.csv"))
    folder.write("points1.csv", HEAD + FIRST)

    with pytest.raises(UsageError, match=r"points2\.csv: cannot be read: No such"):
        folder.load(db, "objects.csv", ".")


def test_numbers_are_the_same_names_beside_none():
    values = pa.array([123456789.0, float("nan")])

    assert _as_text(values).to_pylist() == ["123456789", None]
