"""Load a collection: files in, a published release out, or nothing at all."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from astropy import units as u
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from vo_lcc.db import Database, Load, quote_name
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.readers.archive import Advance, Archive, sort_files
from vo_lcc.lightcurves.rejects import Losses, Rejects
from vo_lcc.lightcurves.releases.counting import MAX_ORDER
from vo_lcc.lightcurves.releases.publishing import publish
from vo_lcc.lightcurves.releases.records import complete_draft, new_draft, store_draft
from vo_lcc.lightcurves.store import (
    OBJECTS_IN,
    POINTS_IN,
    SETTINGS,
    after_copy,
    before_copy,
)

LOCK = 7_652_003  # an advisory lock: one publication at a time
HASH_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. `changed` is False when the same was loaded before."""

    collection: str
    release: int
    changed: bool
    n_objects: int
    n_lightcurves: int
    n_points: int
    losses: Losses


class Input(Protocol):
    """Where a load takes its rows from: files, or a generator."""

    def objects(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The objects; read to the end before the points."""
        ...

    def points(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The points, in long form."""
        ...

    def losses(self) -> Losses:
        """What was left out so far."""
        ...


def ingest(
    database: Database,
    toml_path: Path,
    files: Sequence[Path],
    progress: Progress | None = None,
    report: Path | None = None,
) -> LoadReport:
    """Load and publish the collection of a TOML file from `files`.

    Everything is one transaction. `report` is where rejected rows are listed; by
    default `<collection>.rejected.csv` in the working folder. Raises ConfigError for
    the TOML, UsageError for files that cannot be read.
    """
    progress = progress or Silent()
    file, text = read_collection_file(toml_path)
    objects, points = sort_files(file, files)
    sizes = {path: path.stat().st_size for path in (*objects, *points)}
    progress.stage("checksums", sum(sizes.values()), "B")
    digest = digest_of(text, (*objects, *points), progress.advance)
    before = find_release(database, file.name, digest)
    if before is not None:
        return before
    with Rejects(report or Path(f"{file.name}.rejected.csv")) as rejects:
        archive = Archive(file, objects, points, rejects)
        totals = sum(map(sizes.get, objects)), sum(map(sizes.get, points))  # type: ignore[arg-type]
        return load_release(database, file, text, digest, archive, progress, totals)


def digest_of(text: str, paths: Sequence[Path], advance: Callable[[int], None]) -> str:
    """SHA-256 over the collection file and the name and content of every input."""
    whole = hashlib.sha256(text.encode())
    for path in sorted(paths, key=lambda p: p.name):
        part = hashlib.sha256(path.name.encode() + b"\0")
        for block in _blocks(path):
            part.update(block)
            advance(len(block))
        whole.update(part.digest())
    return whole.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while block := stream.read(HASH_BLOCK):
                yield block
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def find_release(database: Database, name: str, digest: str) -> LoadReport | None:
    """The report of the published release that was made from the same, or None."""
    rows = database.fetch(
        "SELECT release, n_objects, n_lightcurves, n_points, n_missing, rejected"
        " FROM vo_lcc.releases r JOIN vo_lcc.collections c USING (release)"
        " WHERE c.name = %s AND r.collection = c.name AND digest = %s",
        (name, digest),
    )
    for release, *counts, rejected in rows:
        n_objects, n_lightcurves, n_points, missing = counts
        losses = Losses(missing, **json.loads(rejected))
        return LoadReport(
            name, release, False, n_objects, n_lightcurves, n_points, losses
        )
    return None


def load_release(
    database: Database,
    file: CollectionFile,
    text: str,
    digest: str,
    source: Input,
    progress: Progress,
    totals: tuple[int | None, int | None] = (None, None),
) -> LoadReport:
    """Load the next release, in one transaction, and publish it."""
    with database.load() as load:
        load.query(f"SELECT pg_advisory_xact_lock({LOCK})::text")
        load.query(SETTINGS)
        draft = new_draft(load, file, "full", digest)
        store_draft(load, file, text, draft)
        schema = draft.schema
        for statement in before_copy(file, schema):
            load.execute(statement)
        _copy(load, file, schema, source, progress, totals)
        progress.stage("tables and indexes")
        for statement in after_copy(file, schema):
            load.execute(statement)
        for table in ("objects", "lightcurves"):
            load.execute(
                f"ALTER TABLE {quote_name(schema)}.{table}"
                f" ADD COLUMN added integer NOT NULL DEFAULT {draft.release}"
            )
        complete_draft(load, file, draft, source.losses())
    made = publish(database, file.name, progress)
    counts = made.n_objects, made.n_lightcurves, made.n_points
    return LoadReport(file.name, made.release, True, *counts, source.losses())


def _copy(
    load: Load,
    file: CollectionFile,
    schema: str,
    source: Input,
    progress: Progress,
    totals: tuple[int | None, int | None],
) -> None:
    """Objects, then points, by COPY, a batch at a time."""
    progress.stage("objects", totals[0], unit_of(totals[0]))
    n_objects = 0
    for batch in source.objects(progress.advance):
        if batch.num_rows:
            load.ingest(schema, OBJECTS_IN, with_hpx(batch))
            n_objects += batch.num_rows
    _check_taken("object", n_objects, source.losses())
    progress.stage("light curves", totals[1], unit_of(totals[1]))
    n_points = 0
    for batch in source.points(progress.advance):
        if batch.num_rows:
            ordinal = pa.array(np.arange(n_points, n_points + batch.num_rows))
            load.ingest(schema, POINTS_IN, batch.append_column("ordinal", ordinal))
            n_points += batch.num_rows
    _check_taken("point", n_points, source.losses())


def _check_taken(what: str, count: int, losses: Losses) -> None:
    """When every row is bad, it is the description that is wrong."""
    if count == 0 and losses.rejected:
        reason = max(losses.rejected, key=lambda reason: losses.rejected[reason])
        raise UsageError(
            f"not one {what} could be read; the most common reason: {reason}."
            f" All are listed in {losses.report}"
        )


def unit_of(total: int | None) -> str:
    """Files tell their size in bytes; what is generated is counted in rows."""
    return " rows" if total is None else "B"


def with_hpx(objects: pa.RecordBatch) -> pa.RecordBatch:
    """The objects with the HEALPix index of their position."""
    ra, dec = (objects.column(name).to_numpy() for name in ("ra", "dec"))
    cells = lonlat_to_healpix(Longitude(ra, u.deg), Latitude(dec, u.deg), MAX_ORDER)
    return objects.append_column("hpx", pa.array(cells.astype(np.int64)))
