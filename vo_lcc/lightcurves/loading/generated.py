"""A release of rows that are made, not read: those of the demo."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa

from vo_lcc.db import Database
from vo_lcc.db.rows_in import Cursor
from vo_lcc.lightcurves.columns import KEYS
from vo_lcc.lightcurves.loading.drafts import (
    LoadReport,
    alone,
    find_loaded,
    open_draft,
)
from vo_lcc.lightcurves.loading.load import complete
from vo_lcc.lightcurves.loading.packed import pack
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.loading.staging import (
    LIGHTCURVES,
    PLACE,
    STATS,
    copy_rows,
    upsert_objects,
)
from vo_lcc.lightcurves.loading.summaries import statistics_of
from vo_lcc.lightcurves.loading.work import with_hpx
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress
from vo_lcc.lightcurves.releases.records import Draft, drop_draft, find_draft

Advance = Callable[[int], None]


class Generator(Protocol):
    """Makes the rows of a release."""

    def objects(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The objects: the columns of `object_columns`; read before the points."""
        ...

    def points(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The points in long form: keys, then the `point_columns`."""
        ...


def build_generated(
    database: Database,
    file: CollectionFile,
    text: str,
    digest: str,
    source: Generator,
    progress: Progress,
) -> LoadReport:
    """Load what `source` makes as the draft of a release; all of it is in memory."""
    with alone(database, progress):
        before = find_loaded(database, file.name, digest, "full")
        if before is not None:
            return before
        left = find_draft(database, file.name)
        if left is not None and not left.complete:  # its rows may be there already
            with database.load() as load:
                drop_draft(load, left)
        draft = open_draft(database, file, text, "full", digest, ())
        with database.transaction() as cur:
            _store(cur, file, draft, source, progress)
        return complete(database, file, draft, Losses(), progress)


def _store(
    cur: Cursor,
    file: CollectionFile,
    draft: Draft,
    source: Generator,
    progress: Progress,
) -> None:
    progress.stage("objects", None, " rows")
    objects = pa.concat_batches(list(source.objects(progress.advance)))
    placed = with_hpx(objects).append_column(PLACE, _places(len(objects)))
    upsert_objects(cur, draft.schema, placed)
    progress.stage("light curves", None, " rows")
    points = pa.concat_batches(list(source.points(progress.advance)))
    names = [name for name in points.schema.names if name not in KEYS]
    packed, _ = pack(points, names, file.lightcurves.duplicates)
    added = pa.array(np.full(len(packed), draft.release, np.int32))
    curves = packed.to_batch().append_column("added", added)
    for table, rows in ((LIGHTCURVES, curves), (STATS, statistics_of(file, packed))):
        row = rows.append_column(PLACE, _places(len(packed)))
        copy_rows(cur, draft.schema, table, row)


def _places(count: int) -> pa.Array:
    return pa.array(np.arange(count))
