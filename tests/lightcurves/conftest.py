"""A collection in a folder: what the tests of this package write and load."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vo_lcc.db import Database
from vo_lcc.lightcurves.ingest import LoadReport, ingest

HEAD = """\
name = "stars"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
time_origin = 2457000.0
[passbands]
g = { zero_point = 3631, magnitude_system = "AB", effective_wavelength = 4.7e-7 }
r = {}
[objects]
files = "objects.csv"
[objects.columns]
object_id = "id"
ra = {}
dec = {}
"""
LONG = """\
[lightcurves]
files = "points*"
[lightcurves.columns]
object_id = "id"
passband = "band"
obs_time = "t"
mag = { source = "m", datatype = "double", missing = [99.99, "null"] }
mag_err = { source = "e", datatype = "double" }
"""
OBJECTS = "id,ra,dec\na,0,0\nb,360,90\nc,12.5,-90\n"


@dataclass
class Folder:
    """A folder with a collection file and its data."""

    path: Path
    head = HEAD
    long = LONG
    database: Database | None = None
    met: list[tuple[str, int, str, str]] = field(default_factory=list)

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def load(self, db: Database, *names: str) -> LoadReport:
        """Ingest stars.toml from the named files."""
        files = [self.path / name for name in names]
        toml = self.path / "stars.toml"
        self.database = db
        return ingest(db, toml, files)

    def rejected(self) -> list[tuple[str, int, str, str]]:
        """File, line, reason and text of each row that was not taken as it is."""
        return [
            (file, line, reason, text)
            for file, line, reason, text in self.database.fetch(
                "SELECT file, line, reason, line_text FROM vo_lcc.rejects"
                " ORDER BY release, unit, ctid"
            )
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with the long collection `stars` and its objects."""
    made = Folder(tmp_path)
    made.write("stars.toml", HEAD + LONG)
    made.write("objects.csv", OBJECTS)
    return made


@pytest.fixture
def points(db: Database) -> Callable[[], list[tuple[object, ...]]]:
    """The points that are published, in order."""

    def fetch() -> list[tuple[object, ...]]:
        return db.fetch(
            "SELECT object_id, passband, obs_time, mag, mag_err FROM stars.photometry"
            " ORDER BY 1, 2, 3"
        )

    return fetch
