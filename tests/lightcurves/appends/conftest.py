"""A published collection that gets new nights."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import copied_database
from vo_lcc.db import Database
from vo_lcc.lightcurves.appends.appending import Appended, append
from vo_lcc.lightcurves.appends.compaction import Compacted, compact
from vo_lcc.lightcurves.ingest import ingest
from vo_lcc.lightcurves.releases.withdrawing import withdraw

TOML = """\
name = "{name}"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
g = {{}}
r = {{}}
[objects]
files = "objects*"
columns = {{ object_id = "id", ra = "ra", dec = "dec", class = "class" }}
[lightcurves]
files = "points*"
duplicates = "{duplicates}"
[lightcurves.columns]
object_id = "id"
passband = "band"
obs_time = "t"
mag = "m"
mag_err = "e"
flags = {{ source = "f", datatype = "short" }}
note = {{ source = "n", datatype = "char" }}
{more}
"""
OBJECTS = "id,ra,dec,class\n"
POINTS = "id,band,t,m,e,f,n\n"
VIEWS = ("objects", "lightcurves", "photometry")


@dataclass
class Nights:
    """A collection in a folder and in a database."""

    database: Database
    folder: Path
    name: str
    count: int = 0

    def declare(self, duplicates: str = "exact", more: str = "") -> None:
        """Write the collection file."""
        text = TOML.format(name=self.name, duplicates=duplicates, more=more)
        self.toml.write_text(text)

    @property
    def toml(self) -> Path:
        return self.folder / f"{self.name}.toml"

    def files(self, objects: str, points: str) -> list[Path]:
        """Objects and points as files of their own."""
        self.count += 1
        written = []
        for head, rows, name in (
            (OBJECTS, objects, "objects"),
            (POINTS, points, "points"),
        ):
            path = self.folder / f"{name}_{self.name}_{self.count}.csv"
            path.write_text(head + rows)
            written.append(path)
        return written

    def publish(self, objects: str, points: str) -> None:
        """A release of its own."""
        ingest(self.database, self.toml, self.files(objects, points))

    def append(self, objects: str, points: str, **options: bool) -> Appended:
        """A release that adds to the one before."""
        paths = self.files(objects, points)
        paths = paths if objects else paths[1:]
        return self.append_files(paths, **options)

    def append_files(self, paths: list[Path], **options: bool) -> Appended:
        """The same, of files that are written."""
        return append(self.database, self.name, paths, **options)

    def shown(self, label: str = "") -> dict[str, str]:
        """A checksum of each table of a release; without a label, of the latest."""
        schema = f"{self.name}_dr{label.replace('.', '_')}" if label else self.name
        return {
            view: self.database.fetch(
                f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text))"
                f" FROM {schema}.{view} AS t"
            )[0][0]
            for view in VIEWS
        }

    def fetch(self, sql: str) -> list[tuple]:
        """The rows of a statement in which the collection is called `stars`."""
        return self.database.fetch(sql.replace("stars", self.name))

    def rows(self, table: str, columns: str = "*") -> list[tuple]:
        """The rows of a table, in order."""
        return sorted(self.fetch(f"SELECT {columns} FROM {table}"), key=repr)

    def withdraw(self, label: str) -> None:
        """Take a release back."""
        withdraw(self.database, self.name, label)

    def compact(self) -> Compacted:
        """Put light curves together."""
        return compact(self.database, self.name)


@pytest.fixture(scope="package")
def appends_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A database in which each test has a collection of its own."""
    yield from copied_database(cluster_url, template_db)


@pytest.fixture
def nights(appends_db: Database, tmp_path: Path) -> Nights:
    """A collection of which nothing is published."""
    made = Nights(appends_db, tmp_path, f"stars_{uuid.uuid4().hex[:6]}x")
    made.declare()
    return made


STARS = "a,0,0,RR\nb,10,90,\nc d,12.5,-90,EA\n"
FIRST = """\
a,g,3,12,0.1,0,x
a,g,1,10,0.1,0,
a,r,1,9,0.1,1,y
a,g,2,11.5,0.1,0,x
b,g,0,0,0,0,x
"""


@pytest.fixture
def stars(nights: Nights) -> Nights:
    """These, published."""
    nights.publish(STARS, FIRST)
    return nights
