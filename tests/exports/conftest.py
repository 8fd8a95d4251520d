"""Collections to export, and what is compared of databases."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import copied_database
from vo_lcc.db import Database
from vo_lcc.lightcurves.exports.export import ExportReport, export_source
from vo_lcc.lightcurves.exports.source import find_source
from vo_lcc.lightcurves.exports.tiles import Most
from vo_lcc.lightcurves.ingest import ingest

ODD = """\
name = "odd"
title = "Odd stars \\"quoted\\" \\\\ and so on"
description = "What can be odd: identifiers, texts, missing values, no points"
creator = "Nobody"
epoch = "J2015.5"

[time]
timescale = "TDB"
refposition = "BARYCENTER"
time_origin = 2457000.0

[passbands]
g = { zero_point = 3631, magnitude_system = "AB", effective_wavelength = 4.7e-7 }
r = {}

[objects]
files = "objects.csv"
aliases = ["other"]
[objects.columns]
object_id = "id"
ra = {}
dec = {}
other = { datatype = "char", description = "Another name", missing = "none" }
lightcurve = { datatype = "int", description = "A column of a name that is taken" }

[lightcurves]
files = "points.csv"
duplicates = "keep"
upper_limits = 2
[lightcurves.columns]
object_id = "id"
passband = "band"
obs_time = "t"
mag = { source = "m", datatype = "double" }
mag_err = "e"
flags = { datatype = "long", bits = { 1 = "bad", 2 = "limit" } }
note = { datatype = "char", description = "A text of each point" }
"""
OBJECTS = """\
id,ra,dec,other,lightcurve
it's,0,0,none,1
"a ""b"" c",359.9999999,90,Košice 1,
x/y%20z,12.5,-90,,-3
Ωmega ☉,12.5,-90,none,4
no points,180,-0.0,none,5
"""
POINTS = """\
id,band,t,m,e,flags,note
it's,r,2.5,15.25,0.125,0,first
it's,r,2.5,15.25,0.125,0,first
it's,r,2.5,15.25,0.125,0,second
it's,g,1.5,,,0,
it's,g,-1e5,14.1,0.1,,"a, b"
"a ""b"" c",g,1,1e-300,0,3,ünï
x/y%20z,r,1,12,0.1,2,"[""json""]"
Ωmega ☉,g,1,12,0.1,0,
Ωmega ☉,g,3,13,0.1,0,
Ωmega ☉,g,2,14,0.1,0,
"""
FLUXES = """\
name = "fluxes"
title = "Fluxes"
description = "A collection without magnitudes"
creator = "Nobody"

[time]
timescale = "TDB"
refposition = "BARYCENTER"

[passbands]
T = {}

[objects]
files = "objects.csv"
columns = { object_id = "id", ra = "ra", dec = "dec" }

[lightcurves]
files = "points.csv"
[lightcurves.columns]
object_id = "id"
obs_time = "t"
flux = { source = "m", unit = "mJy", datatype = "double" }
"""


@dataclass(frozen=True)
class Exported:
    """What a test exports, and where to."""

    database: Database
    folder: Path

    def export(self, name: str, form: str, rows: int = 1000) -> ExportReport:
        """An export of the latest release."""
        source = find_source(self.database, name)
        target = self.folder / form
        return export_source(self.database, source, form, target, most=Most(rows))


@pytest.fixture(scope="session")
def odd_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A database with a small collection in which everything is odd; only read it."""
    for database in copied_database(cluster_url, template_db):
        with tempfile.TemporaryDirectory() as folder:
            load_texts(database, Path(folder), ODD)
        yield database


@pytest.fixture
def odd(odd_db: Database, tmp_path: Path) -> Exported:
    """The odd collection, to be exported."""
    return Exported(odd_db, tmp_path)


def load_texts(db: Database, folder: Path, toml: str) -> Exported:
    """Load a collection of the objects and points above."""
    files = {"x.toml": toml, "objects.csv": OBJECTS, "points.csv": POINTS}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    ingest(db, folder / "x.toml", [folder / "objects.csv", folder / "points.csv"])
    return Exported(db, folder)


@pytest.fixture
def other_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    """A second fresh database, for what is loaded again."""
    yield from copied_database(cluster_url, template_db)


TABLES = {
    "objects": "object_id",
    "lightcurves": "object_id, passband, segment",
    "photometry": "object_id, passband, obs_time",
}


def contents(database: Database, name: str) -> dict[str, tuple[int, str]]:
    """For each table of a collection how many rows it has, and a digest of all.

    A number as text is that number to its last bit.
    """
    return {
        table: database.fetch(
            f"SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY {order},"
            f" t::text)) FROM {name}.{table} AS t"
        )[0]
        for table, order in TABLES.items()
    }


@pytest.fixture
def manifest() -> Callable[[Path], dict[str, object]]:
    """Reads the manifest of an export."""
    return lambda folder: json.loads((folder / "manifest.json").read_text())
