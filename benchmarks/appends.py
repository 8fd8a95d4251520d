"""New nights for a collection that is read: seconds from files to what users see.

Beside it a reader asks for the objects in a cone and their light curves, every 10 ms.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.subject import Subject
from vo_lcc.db import Database
from vo_lcc.lightcurves.appends.appending import append
from vo_lcc.lightcurves.appends.compaction import compact
from vo_lcc.lightcurves.ingest import ingest
from vo_lcc.lightcurves.releases.withdrawing import withdraw

POINTS, MORE = 100, 100_000  # of each light curve before; in each append, in all
SHARE = 0.05  # of the objects of `bench`
NIGHTS = 3
EVERY = 0.01  # s
GOAL = 5
QUIET = 5  # s in which nothing else is done
TOML = """
name = "{name}"
title = "Random stars"
description = "What the benchmark measures"
creator = "vo_lcc"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
{passbands}
[objects]
files = "objects*"
columns = {{object_id = "object_id", ra = "ra", dec = "dec"}}
[lightcurves]
files = "points*"
[lightcurves.columns]
object_id = "object_id"
passband = "passband"
obs_time = "obs_time"
mag = "mag"
mag_err = "mag_err"
flags = {{source = "flags", datatype = "short"}}
"""
CONE = """
SELECT o.object_id, l.passband, l.obs_time, l.mag, l.mag_err
FROM {name}.objects AS o JOIN {name}.lightcurves AS l USING (object_id)
WHERE point(ra, dec) <@ circle(point(%s, %s), 0.3)"""


@dataclass
class Reader:
    """Asks again and again, and knows how long each answer took (ms)."""

    database: Database
    name: str
    times: list[float] = field(default_factory=list)
    end: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until the end."""
        rng = np.random.default_rng(7)
        sql = CONE.format(name=self.name)
        while not self.end.is_set():
            place = float(rng.uniform(0, 360)), float(rng.uniform(-60, 60))
            start = time.perf_counter()
            self.database.fetch(sql, place)
            self.times.append(1000 * (time.perf_counter() - start))
            time.sleep(EVERY)

    def told(self) -> str:
        """Median, 95th percentile and the longest."""
        return " | ".join(f"{q:.1f}" for q in np.percentile(self.times, [50, 95, 100]))


def appends(subject: Subject) -> Iterator[str]:
    """Light curves in one passband and in two."""
    count = max(1000, round(SHARE * subject.objects))
    yield (
        f"{count:,} objects with {POINTS} points in each passband, all statistics;"
        f" each append brings {min(MORE, 2 * count):,} points to all of them, from"
        f" Parquet. The first one has to make room for changes. Goal: {GOAL} s.\n"
    )
    yield "| passbands | | s | p50 (ms) of a reader | p95 | longest |"
    yield "|---" * 6 + "|"
    for bands in ("g", "gr"):
        yield from measured(subject, f"nights{len(bands)}", bands, count)


def measured(subject: Subject, name: str, bands: str, count: int) -> Iterator[str]:
    """The lines of one collection."""
    database, folder = subject.database, subject.folder / name
    folder.mkdir(exist_ok=True)
    toml = folder / f"{name}.toml"
    passbands = "\n".join(f"{band} = {{}}" for band in bands)
    toml.write_text(TOML.format(name=name, passbands=passbands), encoding="utf-8")
    rng = np.random.default_rng(48)
    objects = folder / "objects.parquet"
    pq.write_table(stars(rng, count), objects)
    first = write_points(rng, folder, 0, bands, count, POINTS)
    ingest(database, toml, [objects, first])
    quiet = line_of(database, name, lambda: time.sleep(QUIET))
    yield f"| {len(bands)} | nothing else {quiet}"
    each = max(1, min(MORE // count, 2) // len(bands))
    for night in range(1, NIGHTS + 1):
        path = write_points(rng, folder, night, bands, count, each)
        line = line_of(database, name, lambda p=path: append(database, name, [p]))
        yield f"| {len(bands)} | append {night} {line}"
    for label in ("1", *(f"1.{night}" for night in range(1, NIGHTS))):
        withdraw(database, name, label)
    line = line_of(database, name, lambda: compact(database, name))
    yield f"| {len(bands)} | compaction {line}"
    ((size,),) = database.fetch(SIZE, (f"{name}_r1",))
    ((n_points,),) = database.fetch(f"SELECT sum(n_points) FROM {name}.objects")
    yield f"| {len(bands)} | bytes a point, all tables | {size / n_points:.1f} | | | |"


SIZE = """
SELECT sum(pg_total_relation_size(c.oid))::float8 FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = %s AND relkind = 'r'"""


def line_of(database: Database, name: str, work: Callable[[], object]) -> str:
    """Seconds of the work, and latencies of the reader meanwhile."""
    reader = Reader(database, name)
    thread = threading.Thread(target=reader.run)
    thread.start()
    start = time.perf_counter()
    try:
        work()
        seconds = time.perf_counter() - start
    finally:
        reader.end.set()
        thread.join()
    return f"| {seconds:.2f} | {reader.told()} |"


def stars(rng: np.random.Generator, count: int) -> pa.Table:
    """Objects all over the sky."""
    return pa.table(
        {
            "object_id": [f"n{i:07d}" for i in range(count)],
            "ra": rng.uniform(0, 360, count),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, count))),
        }
    )


def write_points(
    rng: np.random.Generator,
    folder: Path,
    night: int,
    bands: str,
    count: int,
    each: int,
) -> Path:
    """So many points of each object in each passband, as a file."""
    n = count * each
    ids = np.repeat([f"n{i:07d}" for i in range(count)], each)
    tables = [
        pa.table(
            {
                "object_id": ids,
                "passband": pa.array([band] * n),
                "obs_time": np.round(60000 + night + rng.random(n) * 0.9, 6)
                if night
                else np.round(rng.uniform(58000, 60000, n), 6),
                "mag": np.round(rng.normal(15, 1, n), 3).astype(np.float32),
                "mag_err": np.round(rng.uniform(0.001, 0.1, n), 4).astype(np.float32),
                "flags": (rng.random(n) < 0.01).astype(np.int16),
            }
        )
        for band in bands
    ]
    path = folder / f"points{night}.parquet"
    pq.write_table(pa.concat_tables(tables), path)
    return path
