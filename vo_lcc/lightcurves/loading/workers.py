"""Units to workers: in this process, or in others side by side."""

import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import wait as wait_for

import numpy as np
import pyarrow as pa

from vo_lcc.db import Database, quote_name
from vo_lcc.errors import LockedError, TransientError
from vo_lcc.lightcurves.loading.inputs import LIGHTCURVES
from vo_lcc.lightcurves.loading.matching import Nearest
from vo_lcc.lightcurves.loading.staging import OBJECTS_IN, wait_for_reading
from vo_lcc.lightcurves.loading.units import Unit
from vo_lcc.lightcurves.loading.work import Done, Job, load_unit

WAITING = 2  # units that wait for each worker
KILLED = (
    "a process that reads files was killed (was memory short? --workers 1 needs less);"
    " what was loaded stays, and the same command goes on with the rest"
)
TRIES = 10  # for one that met another


class Worker:
    """Loads units, each in a transaction of its own; close it when done."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._database = Database(job.url)
        self._nearest: Nearest | None = None

    def load(self, unit: Unit) -> Done:
        """Read, check and commit a unit."""
        if unit.part == LIGHTCURVES and self._nearest is None:
            self._nearest = _nearest(self._database, self._job)
        for _ in range(TRIES - 1):
            # two units that name the same objects can wait for each other
            with suppress(LockedError):
                return self._load(unit)
        return self._load(unit)

    def _load(self, unit: Unit) -> Done:
        with self._database.transaction() as cur:
            wait_for_reading(cur)
            return load_unit(self._job, cur, unit, self._nearest)

    def close(self) -> None:
        """Close its connection."""
        self._database.close()


def _nearest(database: Database, job: Job) -> Nearest | None:
    """What finds objects by position, if that is wanted and there is a list of them."""
    objects = job.file.objects
    if objects.radius is None or objects.files is None:
        return None
    tables = [(job.schema, OBJECTS_IN)]
    if job.live is not None:
        tables.append((job.live, "objects"))
    rows = [
        row
        for schema, table in tables
        for row in database.fetch(
            "SELECT object_id, ra, dec"  # noqa: S608 (quoted)
            f" FROM {quote_name(schema)}.{quote_name(table)} ORDER BY object_id"
        )
    ]
    ids, ra, dec = ([row[i] for row in rows] for i in range(3))
    return Nearest.among(
        pa.array(ids, pa.string()), np.array(ra), np.array(dec), objects.radius
    )


def load_here(job: Job, units: Iterable[Unit]) -> Iterator[Done]:
    """Load the units in this process, one after the other."""
    worker = Worker(job)
    try:
        for unit in units:
            yield worker.load(unit)
    finally:
        worker.close()


def load_side_by_side(job: Job, units: Iterable[Unit], count: int) -> Iterator[Done]:
    """Load the units in `count` processes; in any order.

    They are started anew, and end when this process does, however it ends. Raises
    TransientError where one of them was ended by another hand.
    """
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_start, initargs=(job,))
    running: set[Future[Done]] = set()
    try:
        for unit in units:
            running.add(pool.submit(_load, unit))
            if len(running) >= count * WAITING:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    except BrokenProcessPool as error:
        raise TransientError(KILLED) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_worker: list[Worker] = []  # of a process: its one worker


def _start(job: Job) -> None:
    """What a new process does first."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pa.set_cpu_count(1)
    _worker.append(Worker(job))


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for units for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _load(unit: Unit) -> Done:
    return _worker[0].load(unit)
