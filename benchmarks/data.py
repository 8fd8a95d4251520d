"""The collection that is measured: random positions, three points an object.

One object, `LONG_OBJECT`, has a light curve of 5,000 points.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from vo_lcc.db import Database
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.ingest import load_release
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.lightcurves.rejects import Losses

LONG_OBJECT = "b0000000"
LONG_POINTS = 5_000
POINTS = 3
BATCH = 50_000
TOML = """
name = "bench"
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
columns = {object_id = 1, ra = 2, dec = 3}

[lightcurves]
files = "none"
columns = {object_id = 1, passband = 2, obs_time = 3, mag = 4, mag_err = 5}
"""


class RandomStars:
    """An input of a load: stars all over the sky."""

    def __init__(self, count: int) -> None:
        self.count = count

    def losses(self) -> Losses:
        return Losses()

    def objects(self, advance: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        rng = np.random.default_rng(42)
        for ids in self._ids():
            ra = rng.uniform(0, 360, len(ids))
            dec = np.degrees(np.arcsin(rng.uniform(-1, 1, len(ids))))
            yield pa.record_batch({"object_id": ids, "ra": ra, "dec": dec})

    def points(self, advance: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
        rng = np.random.default_rng(43)
        yield light_curves(rng, [LONG_OBJECT], LONG_POINTS)
        for ids in self._ids():
            yield light_curves(rng, [i for i in ids if i != LONG_OBJECT], POINTS)

    def _ids(self) -> Iterator[list[str]]:
        for start in range(0, self.count, BATCH):
            stop = min(start + BATCH, self.count)
            yield [f"b{i:07d}" for i in range(start, stop)]


def light_curves(
    rng: np.random.Generator, ids: list[str], points: int
) -> pa.RecordBatch:
    """So many points for each object."""
    count = len(ids) * points
    return pa.record_batch(
        {
            "object_id": np.repeat(np.array(ids, dtype=object), points),
            "passband": pa.array(["g"] * count),
            "obs_time": rng.uniform(58000, 60000, count),
            "mag": rng.normal(15, 1, count).astype(np.float32),
            "mag_err": rng.uniform(0.001, 0.1, count).astype(np.float32),
        }
    )


def load_bench(database: Database, objects: int) -> None:
    """Load the collection by the way every collection takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.toml")
        path.write_text(TOML, encoding="utf-8")
        file, text = read_collection_file(path)
        stars = RandomStars(objects)
        load_release(database, file, text, f"bench {objects}", stars, Silent())
