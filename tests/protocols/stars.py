"""A collection of one star, which is published in a moment."""

from pathlib import Path

from vo_lcc.db import Database
from vo_lcc.lightcurves.ingest import ingest

TOML = """\
name = "stars"
title = "Some stars"
description = "Stars for a test"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
g = {}
[objects]
files = "objects.csv"
[objects.columns]
object_id = "id"
ra = {}
dec = {}
[lightcurves]
files = "points.csv"
[lightcurves.columns]
object_id = "id"
obs_time = "t"
mag = "m"
"""


def publish(
    database: Database, folder: Path, text: str = TOML, mag: float = 15
) -> None:
    """Publish it, or release another magnitude of the star."""
    path = folder / "stars.toml"
    path.write_text(text)
    (folder / "objects.csv").write_text("id,ra,dec\na,1,2\n")
    (folder / "points.csv").write_text(f"id,t,m\na,59000,{mag}\n")
    files = [folder / "objects.csv", folder / "points.csv"]
    assert ingest(database, path, files).changed
