"""Units that are loaded side by side and name the same objects."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from vo_lcc.lightcurves.loading import load, reading, units
from vo_lcc.lightcurves.loading.work import Keeping
from vo_lcc.lightcurves.loading.workers import Worker

SECONDS = 30


@pytest.fixture
def side_by_side(monkeypatch):
    """Two units at once, each of which goes on when the other has its first object."""
    monkeypatch.setattr(reading, "CHECKED", 1)
    monkeypatch.setattr(units, "UNIT_PIECES", 2)
    keep, barrier, met = Keeping.keep_objects, Barrier(2), set()

    def keeps(keeping, objects):
        left = keep(keeping, objects)
        if id(keeping) not in met and len(met) < 2:
            met.add(id(keeping))
            barrier.wait(SECONDS)
        return left

    def loaded(job, units, _):
        with ThreadPoolExecutor(2) as pool:
            yield from pool.map(lambda unit: Worker(job).load(unit), units)

    monkeypatch.setattr(Keeping, "keep_objects", keeps)
    monkeypatch.setattr(load, "_loaded", loaded)
    return met


def test_units_that_wait_for_each_other_are_both_loaded(db, folder, side_by_side):
    head = folder.head.replace('files = "objects.csv"\n', "")
    folder.write("stars.toml", head + folder.long)
    names = [f"points_{i}.csv" for i in range(4)]
    for time, (name, star) in enumerate(zip(names, "abba", strict=True)):
        point = f"{star},1,2,g,{time},10,0.1\n"
        folder.write(name, "id,ra,dec,band,t,m,e\n" + point)

    folder.load(db, *names)

    assert len(side_by_side) == 2
    assert db.fetch("SELECT object_id, obs_time FROM stars.lightcurves ORDER BY 1") == [
        ("a", [0, 3]),
        ("b", [1, 2]),
    ]
