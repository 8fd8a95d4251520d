"""One unit from pieces to committed rows: what a worker does."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from astropy import units as u
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from vo_lcc.db.rows_in import Cursor, insert_rows
from vo_lcc.lightcurves.columns import HPX
from vo_lcc.lightcurves.loading.matching import Nearest
from vo_lcc.lightcurves.loading.packed import Packed
from vo_lcc.lightcurves.loading.reading import UnitRead
from vo_lcc.lightcurves.loading.rejects import Losses, Rejects
from vo_lcc.lightcurves.loading.staging import (
    LIGHTCURVES,
    OBJECTS_IN,
    PLACE,
    STATS,
    copy_rows,
    known_objects,
    store_unit,
    upsert_objects,
)
from vo_lcc.lightcurves.loading.summaries import statistics_of
from vo_lcc.lightcurves.loading.units import Unit
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.sky import ORDER

REJECT_COLUMNS = (
    *("collection", "release", "unit", "file", "line", "outcome", "reason"),
    *("column_name", "value", "line_text"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """What is loaded, and where to; the same for all units.

    The rows go to tables in `schema`; an append also knows the objects of `live`.
    """

    url: str
    file: CollectionFile
    schema: str
    release: int
    live: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A unit that is committed: rows read, rows or points taken, what was left out."""

    unit: int
    part: str
    n_rows: int
    n_taken: int
    n_files: int
    bytes_read: int
    losses: Losses


def done_of(unit: Unit, n_rows: int, n_taken: int, losses: Losses) -> Done:
    """What became of a unit."""
    n_files = len({cutting.piece.file for cutting in unit.cuttings})
    return Done(
        unit.number, unit.part, n_rows, n_taken, n_files, unit.bytes_read, losses
    )


@dataclass(frozen=True, slots=True)
class Keeping:
    """Stores what is read in the tables of a draft, inside one transaction."""

    job: Job
    cur: Cursor

    def keep_objects(self, objects: pa.RecordBatch) -> pa.Array:
        """Take objects; the places of those that were there by an earlier row."""
        return upsert_objects(self.cur, self.job.schema, with_hpx(objects))[PLACE]

    def keep_curves(self, curves: Packed, places: pa.Array) -> None:
        """Take light curves, and what is computed of them."""
        file, schema = self.job.file, self.job.schema
        added = pa.array(np.full(len(curves), self.job.release, np.int32))
        rows = curves.to_batch().append_column("added", added)
        stats = statistics_of(file, curves)
        for table, batch in ((LIGHTCURVES, rows), (STATS, stats)):
            copy_rows(self.cur, schema, table, batch.append_column(PLACE, places))

    def known(self, ids: Iterable[str]) -> set[str]:
        """Which of these are identifiers of objects, the published ones included."""
        places = [(self.job.schema, OBJECTS_IN)]
        if self.job.live is not None:
            places.append((self.job.live, "objects"))
        return known_objects(self.cur, places, ids)


def load_unit(job: Job, cur: Cursor, unit: Unit, nearest: Nearest | None) -> Done:
    """Read a unit and store it, and what was met."""
    reading = UnitRead(job.file, unit, Keeping(job, cur), nearest)
    reading.run()
    losses = reading.rejects.losses()
    done = done_of(unit, reading.n_rows, reading.n_taken, losses)
    _store(job, cur, done, reading.rejects)
    return done


def _store(job: Job, cur: Cursor, done: Done, rejects: Rejects) -> None:
    """What was met, and that this unit is there."""
    key = (job.file.name, job.release, done.unit)
    rows = [(*key, *reject) for reject in rejects.kept]
    insert_rows(cur, "vo_lcc.rejects", REJECT_COLUMNS, rows)
    store_unit(cur, key, done.n_rows, done.n_taken, done.losses)


def with_hpx(objects: pa.RecordBatch) -> pa.RecordBatch:
    """The objects with the HEALPix index of their position."""
    ra, dec = (objects.column(name).to_numpy() for name in ("ra", "dec"))
    cells = lonlat_to_healpix(Longitude(ra, u.deg), Latitude(dec, u.deg), ORDER)
    return objects.append_column(HPX.name, pa.array(cells.astype(np.int64)))
