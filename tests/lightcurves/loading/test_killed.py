"""A load that is killed at any moment goes on where it was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from vo_lcc.db import Database

OBJECTS, POINTS = 4000, 100
VO_LCC = (sys.executable, "-m", "vo_lcc")


@pytest.fixture
def files(folder):
    """A collection whose load takes some seconds, in several units."""
    rng = np.random.default_rng(3)
    folder.write("stars.toml", folder.head + folder.long)
    ids = [f"s{i:05}" for i in range(OBJECTS)]
    objects = {"id": ids, "ra": rng.uniform(0, 360, OBJECTS)}
    objects["dec"] = rng.uniform(-90, 90, OBJECTS)
    pacsv.write_csv(pa.table(objects), folder.path / "objects.csv")
    count = OBJECTS * POINTS
    points = {
        "id": np.tile(ids, POINTS),  # night after night: each star in every unit
        "band": np.full(count, "g"),
        "t": np.repeat(np.arange(POINTS), OBJECTS) + rng.random(count),
        "m": rng.normal(15, 1, count),
        "e": rng.random(count),
    }
    pacsv.write_csv(pa.table(points), folder.path / "points.csv")
    return folder


def start(folder, url):
    """`vo-lcc ingest` in processes of its own."""
    environment = {**os.environ, "VO_LCC_DATABASE_URL": url}
    paths = [folder.path / name for name in ("objects.csv", "points.csv")]
    return subprocess.Popen(
        [*VO_LCC, "ingest", folder.path / "stars.toml", *paths, "--workers", "2"],
        env=environment,
        cwd=folder.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def units(db: Database) -> int:
    ((count,),) = db.fetch("SELECT count(*) FROM vo_lcc.units")
    return int(count)


@pytest.mark.alone
def test_a_killed_load_goes_on_and_loses_nothing(db, files):
    deaths = []
    for loaded in (1, 2):
        process = start(files, db.url)
        while units(db) < loaded and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        deaths.append(units(db))

    process = start(files, db.url)
    said, _ = process.communicate()

    assert process.returncode == 0, said
    assert "400,000 points" in said
    assert deaths[0] >= 1
    assert db.fetch(
        "SELECT count(*), min(n_points), max(n_points), sum(n_points)"
        " FROM stars_r1.lightcurves"
    ) == [(OBJECTS, POINTS, POINTS, OBJECTS * POINTS)]
    assert (
        db.fetch("SELECT count(*) FROM vo_lcc.units GROUP BY unit HAVING count(*)>1")
        == []
    )
    assert db.fetch("SELECT state, complete FROM vo_lcc.releases") == [("draft", True)]


def workers_of(process) -> list[int]:
    """The processes that read files for it, by their ids."""
    children = [
        int(child)
        for task in Path(f"/proc/{process.pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [
        child
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@pytest.mark.alone
def test_a_killed_process_of_a_load_is_told_and_the_load_goes_on(db, files):
    process = start(files, db.url)
    while not (readers := workers_of(process)) and process.poll() is None:
        time.sleep(0.01)
    os.kill(readers[0], signal.SIGKILL)
    said, _ = process.communicate()

    assert process.returncode == 1
    assert said.startswith("vo-lcc: a process that reads files was killed")
    assert "Traceback" not in said
    assert units(db) >= 1

    process = start(files, db.url)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "400,000 points" in said
