"""A small collection with releases that differ in known ways."""

import pytest

from vo_lcc.db import Database

from ..conftest import HEAD, LONG, Folder

POINTS = "id,band,t,m,e\na,g,1,12,.1\na,g,3,11,.1\nb,r,2,9,.1\n"


@pytest.fixture
def stars(db: Database, folder: Folder) -> Folder:
    """The collection `stars`, published once, in `db`."""
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    return folder


def reload(db: Database, folder: Folder, points: str, **words: str) -> None:
    """Publish the next full release, of these points."""
    folder.write("stars.toml", worded(HEAD + LONG, **words))
    folder.write("points.csv", points)
    folder.load(db, "objects.csv", "points.csv")


def worded(text: str, **words: str) -> str:
    """A collection file with other words at its top."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if line.split(" = ")[0] not in words]
    return "".join(f'{key} = "{value}"\n' for key, value in words.items()) + "".join(
        kept
    )
