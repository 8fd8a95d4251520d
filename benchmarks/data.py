"""The collections that are measured, of random stars all over the sky.

`bench` has many objects of five or six points each and one, `LONG_OBJECT`, of 5,000:
six times as many points as objects. `curves` has 100 points for each of its objects,
which are the first 3 % of those of `bench`.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from vo_lcc.db import Database
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.loading.generated import build_generated
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.lightcurves.releases.publishing import publish

LONG_OBJECT = "b0000000"
LONG_POINTS = 5_000
POINTS = 6  # for each object, in the mean
CURVES, CURVE_POINTS = 0.03, 100
BATCH = 10_000
TOML = """
name = "{name}"
title = "Random stars"
description = "What the benchmark measures"
creator = "vo_lcc"

[time]
timescale = "TDB"
refposition = "BARYCENTER"

[passbands.g]
magnitude_system = "AB"

[objects]
files = "none"
columns = {{object_id = 1, ra = 2, dec = 3}}

[lightcurves]
files = "none"
columns = {{object_id = 1, passband = 2, obs_time = 3, mag = 4, mag_err = 5, flags = 6}}
"""


class RandomStars:
    """An input of a load: stars all over the sky.

    `points` are shared among `count` objects as evenly as can be, after
    `long_object` has had its own.
    """

    def __init__(self, count: int, points: int, long_object: str | None) -> None:
        self.count = count
        self.points_in_all = points
        self.long_object = long_object

    def objects(self, advance: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        rng = np.random.default_rng(42)
        for ids in self._ids():
            ra = rng.uniform(0, 360, len(ids))
            dec = np.degrees(np.arcsin(rng.uniform(-1, 1, len(ids))))
            yield pa.record_batch({"object_id": ids, "ra": ra, "dec": dec})

    def points(self, advance: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        rng = np.random.default_rng(43)
        each, more = divmod(self.points_in_all, self.count)
        if self.long_object is not None:
            yield light_curves(rng, [self.long_object], np.array([LONG_POINTS]))
            left = max(0, self.points_in_all - LONG_POINTS)
            each, more = divmod(left, self.count - 1)
        start = 0
        for ids in self._ids():
            others = [i for i in ids if i != self.long_object]
            numbers = np.arange(start, start + len(others))
            start += len(others)
            yield light_curves(rng, others, each + (numbers < more))

    def _ids(self) -> Iterator[list[str]]:
        for start in range(0, self.count, BATCH):
            stop = min(start + BATCH, self.count)
            yield [f"b{i:07d}" for i in range(start, stop)]


def light_curves(
    rng: np.random.Generator, ids: list[str], points: np.ndarray
) -> pa.RecordBatch:
    """So many points for each object."""
    count = int(points.sum())
    return pa.record_batch(
        {
            "object_id": np.repeat(np.array(ids, dtype=object), points),
            "passband": pa.array(["g"] * count),
            "obs_time": rng.uniform(58000, 60000, count),
            "mag": rng.normal(15, 1, count).astype(np.float32),
            "mag_err": rng.uniform(0.001, 0.1, count).astype(np.float32),
            "flags": (rng.random(count) < 0.01).astype(np.int32),
        }
    )


def load_bench(database: Database, objects: int) -> None:
    """Load both collections by the way every collection takes."""
    stars = RandomStars(objects, POINTS * objects, LONG_OBJECT)
    load(database, "bench", stars)
    curves = max(1, round(CURVES * objects))
    load(database, "curves", RandomStars(curves, CURVE_POINTS * curves, None))


def load(database: Database, name: str, stars: RandomStars) -> None:
    """Load one collection."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.toml")
        path.write_text(TOML.format(name=name), encoding="utf-8")
        file, text = read_collection_file(path)
        digest = f"{name} {stars.count}"
        build_generated(database, file, text, digest, stars, Silent())
        publish(database, name)
