"""Load files as a draft of a collection's next release."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vo_lcc.db import Database, Load, quote_name
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading.completing import (
    AFTERWARDS,
    drop_orphans,
    finish_statements,
    merge_parts,
    staged_statements,
    unite_positions,
)
from vo_lcc.lightcurves.loading.drafts import LoadReport as LoadReport
from vo_lcc.lightcurves.loading.drafts import (
    alone,
    find_loaded,
    find_units,
    give_up,
    open_draft,
)
from vo_lcc.lightcurves.loading.inputs import (
    LIGHTCURVES,
    OBJECTS,
    InputFile,
    check_unchanged,
    digest_of,
    sort_files,
    with_checksums,
)
from vo_lcc.lightcurves.loading.pieces import cut_files
from vo_lcc.lightcurves.loading.rejects import Losses, total
from vo_lcc.lightcurves.loading.tally import Tally
from vo_lcc.lightcurves.loading.units import Unit, units_of
from vo_lcc.lightcurves.loading.work import Done, Job, done_of
from vo_lcc.lightcurves.loading.workers import load_here, load_side_by_side
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress
from vo_lcc.lightcurves.releases.names import Kind
from vo_lcc.lightcurves.releases.records import Draft, complete_draft
from vo_lcc.lightcurves.releases.shown import history_statements

SMALL = 8 << 20  # bytes: less than this is loaded without other processes
STAGES = {OBJECTS: "objects", LIGHTCURVES: "light curves"}


def build(
    database: Database,
    file: CollectionFile,
    text: str,
    paths: Sequence[Path],
    progress: Progress,
    workers: int | None = None,
    kind: Kind = "full",
) -> LoadReport:
    """Load files as the draft of the next release.

    What was committed by a load of the same files that was killed stays, and the rest
    follows; what was loaded already changes nothing. `text` is that of the collection
    file. Raises UsageError for files and data that cannot be; then nothing is left.
    """
    inputs = with_checksums(sort_files(file, paths, whole=kind == "full"), progress)
    digest = digest_of(text, inputs)
    with alone(database, progress):
        before = find_loaded(database, file.name, digest, kind)
        if before is not None:
            return before
        draft = open_draft(database, file, text, kind, digest, inputs)
        try:
            return _go_on(database, file, draft, inputs, progress, workers)
        except UsageError:
            give_up(database, draft)
            raise


def _go_on(
    database: Database,
    file: CollectionFile,
    draft: Draft,
    inputs: Sequence[InputFile],
    progress: Progress,
    workers: int | None,
) -> LoadReport:
    schema = draft.staging or draft.schema
    live = draft.schema if draft.staging else None
    job = Job(database.url, file, schema, draft.release, live)
    tally = Tally(file)
    loading = Loading(database, job, draft, progress, tally)
    first = 0
    for part, count in ((OBJECTS, 1), (LIGHTCURVES, workers)):
        mine = tuple(one for one in inputs if one.part == part)
        if mine:
            first = loading.load_part(mine, first, count)
    return complete(database, file, draft, tally.losses, progress)


@dataclass(frozen=True, slots=True)
class Loading:
    """A load that is going on."""

    database: Database
    job: Job
    draft: Draft
    progress: Progress
    tally: Tally

    def load_part(
        self, inputs: tuple[InputFile, ...], first: int, workers: int | None
    ) -> int:
        """Load the files of one part; the number of the first unit after them."""
        part, file = inputs[0].part, self.job.file
        files = file.objects if part == OBJECTS else file.lightcurves
        size = sum(one.size for one in inputs)
        self.progress.stage(STAGES[part], size, "B")
        numbers = [first]
        with tempfile.TemporaryDirectory(prefix="vo-lcc-") as folder:
            cuttings = cut_files(inputs, files, self.tally.skip, Path(folder))
            units = self._missing(units_of(cuttings, part, first), numbers)
            for done in _loaded(self.job, units, _count(workers, size)):
                self.progress.advance(done.bytes_read)
                self.tally.add(done)
        check_unchanged(inputs)
        self.tally.check_taken(part)
        return max(numbers)

    def _missing(self, units: Iterator[Unit], numbers: list[int]) -> Iterator[Unit]:
        """The units that are not there yet; the others count as they are stored."""
        loaded = find_units(self.database, self.draft)
        for unit in units:
            numbers.append(unit.number + 1)
            there = loaded.get(unit.number)
            if there is None:
                yield unit
                continue
            self.progress.advance(unit.bytes_read)
            self.tally.add(done_of(unit, there.n_rows, there.n_taken, there.losses))


def _loaded(job: Job, units: Iterator[Unit], count: int) -> Iterator[Done]:
    return load_side_by_side(job, units, count) if count > 1 else load_here(job, units)


def _count(workers: int | None, size: int) -> int:
    """How many processes load: none beside this one where there is little to do."""
    if workers is None:
        workers = os.cpu_count() or 1
    return workers if size >= SMALL else 1


def complete(
    database: Database,
    file: CollectionFile,
    draft: Draft,
    losses: Losses,
    progress: Progress,
) -> LoadReport:
    """All units are there: make the tables of the release."""
    schema = draft.staging or draft.schema
    unite_positions(database, file, schema)
    drop_orphans(database, file, draft)
    merge_parts(database, file, draft, progress)
    stored = find_units(database, draft)
    losses = total([losses, *(stored[n].losses for n in AFTERWARDS if n in stored)])
    progress.stage("tables and indexes")
    with database.load() as load:
        if draft.staging is None:
            for statement in finish_statements(file, schema, draft.release):
                load.execute(statement)
            for statement in history_statements(schema):
                load.execute(statement)
        else:
            for statement in staged_statements(schema):
                load.execute(statement)
        complete_draft(load, file, draft, losses)
        counts = _counts(load, draft)
    return LoadReport(
        file.name, draft.release, draft.label, True, False, *counts, losses
    )


def _counts(load: Load, draft: Draft) -> tuple[int, int, int]:
    schema = quote_name(draft.staging or draft.schema)
    objects = "objects_in" if draft.staging else "objects"
    (row,) = load.query(
        f"SELECT (SELECT count(*) FROM {schema}.{objects}) AS n_objects,"  # noqa: S608
        " count(*) AS n_lightcurves, coalesce(sum(n_points), 0)::bigint AS n_points"
        f" FROM {schema}.lightcurves"
    ).to_pylist()
    return row["n_objects"], row["n_lightcurves"], row["n_points"]
