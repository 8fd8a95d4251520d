"""The files of a collection to batches of objects and of points.

This is where the collection file, the reader of the text and the checks meet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.columns import POINT_COLUMNS, object_columns, point_columns
from vo_lcc.lightcurves.model import CollectionFile, ColumnSpec, Files, SourceName
from vo_lcc.lightcurves.readers.delimited import dialect_of, read_text
from vo_lcc.lightcurves.readers.rows import Field, Sieve, check_range, read_field
from vo_lcc.lightcurves.readers.sources import (
    match_any,
    open_sources,
)
from vo_lcc.lightcurves.rejects import Losses, Rejects
from vo_lcc.tables import arrow_schema

BATCH = 65_536  # rows checked together: many small files make one batch
MAX_ID = 200  # an index entry holds 2.7 kB at most
MAGNITUDES = (-1e30, 1e30)  # beyond, their squares and sums are no numbers
Advance = Callable[[int], None]


@dataclass
class Archive:
    """The files of one load, and what was met in them.

    `objects` must be read to its end before `points`, which looks its objects up.
    """

    file: CollectionFile
    object_files: tuple[Path, ...]
    point_files: tuple[Path, ...]
    rejects: Rejects
    missing: int = 0
    skipped: list[str] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def objects(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The objects: the columns of `object_columns`."""
        columns = object_columns(self.file)
        specs = self.file.objects.columns
        schema = arrow_schema(columns)
        wanted = {c.name: _sources(c.name, specs, 1)[0] for c in columns}
        for rows in self._rows(self.object_files, self.file.objects, wanted, advance):
            sieve = Sieve(rows, self.rejects)
            for column in columns:
                known = Field.declared(column, specs[column.name])
                read_field(sieve, known)
                check_range(sieve, known)
            self._check_objects(sieve)
            yield sieve.take(schema)

    def points(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The points in long form: object_id, passband, the `point_columns`."""
        columns = point_columns(self.file)
        keys = [POINT_COLUMNS["object_id"], POINT_COLUMNS["passband"]]
        schema = arrow_schema([*keys, *columns])
        files = self.file.lightcurves
        for rows in self._rows(self.point_files, files, self._wanted(), advance):
            for group in self._groups(rows):
                sieve = Sieve(group, self.rejects)
                self._check_points(sieve)
                yield sieve.take(schema)

    def losses(self) -> Losses:
        """What was left out so far."""
        rejects = self.rejects
        return Losses(
            self.missing,
            dict(rejects.rejected),
            dict(rejects.nulled),
            tuple(self.skipped),
            rejects.path if rejects.rejected or rejects.nulled else None,
        )

    def _rows(
        self,
        paths: Iterable[Path],
        files: Files,
        wanted: dict[str, SourceName],
        advance: Advance,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of text, with what file names tell, in batches of a good size."""
        patterns = "".join((*(files.files or ()), *files.members))
        told_names = [
            name
            for name in ("object_id", "passband")
            if name not in wanted and f"{{{name}}}" in patterns
        ]
        dialect = dialect_of(files)

        def read() -> Iterator[pa.RecordBatch]:
            sources = open_sources(
                paths, files.files or (), files.members, advance, self.skipped.append
            )
            for source in sources:
                for rows in read_text(source, wanted, dialect, self.rejects):
                    told = {name: source.told.get(name) for name in told_names}
                    yield _with_constants(rows, told)

        return _gathered(read())

    def _wanted(self) -> dict[str, SourceName]:
        """Which columns of the text are needed, under the names of `_groups`."""
        files = self.file.lightcurves
        n_bands = len(self.file.passbands) if files.layout == "wide" else 1
        wanted: dict[str, SourceName] = {}
        for name in files.columns:
            sources = _sources(name, files.columns, n_bands)
            if files.layout == "long" or name == "object_id":
                wanted[name] = sources[0]
            else:
                bands = self.file.passbands
                for band, source in zip(bands, sources, strict=True):
                    wanted[f"{band}/{name}"] = _of_band(source, band)
        return wanted

    def _groups(self, rows: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Rows of one point each: a wide row has one for each passband."""
        if self.file.lightcurves.layout == "long":
            if "passband" not in rows.schema.names:
                (band,) = self.file.passbands
                rows = _with_constants(rows, {"passband": band})
            yield rows
            return
        for band in self.file.passbands:
            prefix = f"{band}/"
            names = [
                n for n in rows.schema.names if "/" not in n or n.startswith(prefix)
            ]
            group = rows.select(names).rename_columns(
                [name.removeprefix(prefix) for name in names]
            )
            yield _with_constants(group, {"passband": band})

    def _check_points(self, sieve: Sieve) -> None:
        specs = self.file.lightcurves.columns
        fields = {
            c.name: Field.declared(c, specs[c.name]) for c in point_columns(self.file)
        }
        mag = fields.pop("mag")
        mag = replace(mag, valid=mag.valid or MAGNITUDES)
        read_field(sieve, mag)
        if self.file.lightcurves.layout == "wide":
            self.missing += sieve.leave_out("mag")
        check_range(sieve, mag)
        for known in fields.values():
            read_field(sieve, known)
            check_range(sieve, known)
        sieve.drop(sieve["obs_time"].is_null(), "obs_time is missing")
        for name in ("object_id", "passband"):
            key = Field(POINT_COLUMNS[name], specs.get(name, ColumnSpec()).missing)
            read_field(sieve, key)
            sieve.drop(sieve[name].is_null(), f"{name} is missing")
        self._check_passbands(sieve)
        self._check_known(sieve)

    def _check_passbands(self, sieve: Sieve) -> None:
        bands = pa.array(list(self.file.passbands), pa.string())
        unknown = pc.invert(pc.is_in(sieve["passband"], value_set=bands))
        sieve.drop(unknown, "passband is not one of the collection")

    def _check_known(self, sieve: Sieve) -> None:
        ids = sieve["object_id"].unique().to_pylist()
        unknown = [object_id for object_id in ids if object_id not in self._known]
        if unknown:
            values = pa.array(unknown, pa.string())
            bad = pc.is_in(sieve["object_id"], value_set=values)
            sieve.drop(bad, "object_id is not among the objects")

    def _check_objects(self, sieve: Sieve) -> None:
        sieve.drop(sieve["object_id"].is_null(), "object_id is missing")
        too_long = pc.greater(pc.utf8_length(sieve["object_id"]), MAX_ID)
        sieve.drop(too_long, f"object_id is longer than {MAX_ID} characters")
        for name in ("ra", "dec"):
            sieve.drop(sieve[name].is_null(), f"{name} is missing")
        self._check_ra(sieve)
        bad = pc.greater(pc.abs(sieve["dec"]), 90.0)
        sieve.drop(bad, "dec is not within -90 to 90")
        ids = sieve["object_id"].to_pylist()
        repeated = np.zeros(len(ids), bool)
        for i, object_id in enumerate(ids):
            repeated[i] = object_id in self._known
            self._known.add(object_id)
        sieve.drop(pa.array(repeated), "object_id was seen before")

    def _check_ra(self, sieve: Sieve) -> None:
        low, high = 0.0, 360.0
        if self.file.objects.columns["ra"].wrap:
            low, high = -180.0, 180.0
        bad = pc.or_(pc.less(sieve["ra"], low), pc.greater(sieve["ra"], high))
        sieve.drop(bad, f"ra is not within {low:g} to {high:g}")
        ra = sieve["ra"]
        sieve.replace("ra", pc.if_else(pc.less(ra, 0.0), pc.add(ra, 360.0), ra))


def sort_files(
    file: CollectionFile, paths: Iterable[Path]
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Which of the given files hold objects, and which light curves.

    A folder stands for the files in it that match; a file that is met twice is read
    once. Raises UsageError for a file that matches neither pattern, a folder of which
    no file does, and when there is none of either kind.
    """
    parts = {"objects": file.objects, "lightcurves": file.lightcurves}
    patterns = {part: files.files or () for part, files in parts.items()}
    found: dict[str, dict[Path, Path]] = {part: {} for part in parts}
    for path in paths:
        matched = [(_part_of(item, patterns), item) for item in _files_of(path)]
        for part, item in matched:
            if part is not None:
                found[part].setdefault(item.parent.resolve() / item.name, item)
        if all(part is None for part, _ in matched):
            told = " or ".join(f"{_or(f)} ({p})" for p, f in parts.items())
            what = "no file in this folder is" if path.is_dir() else "this file is not"
            raise UsageError(f"{path}: {what} named like {told}")
    for part, files in parts.items():
        if not found[part]:
            raise UsageError(f"no file of {part}: none is named like {_or(files)}")
    return tuple(found["objects"].values()), tuple(found["lightcurves"].values())


def _files_of(path: Path) -> list[Path]:
    """The file itself, or the files in the folder; raises UsageError."""
    try:
        if path.is_dir():
            return sorted(item for item in path.iterdir() if item.is_file())
        path.stat()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return [path]


def _or(files: Files) -> str:
    return " or ".join(map(repr, files.files or ()))


def _part_of(path: Path, patterns: Mapping[str, tuple[str, ...]]) -> str | None:
    """What the file holds by its name: the first pattern that it matches."""
    for part, several in patterns.items():
        if match_any(several, path.name) is not None:
            return part
    return None


def _sources(
    name: str, specs: dict[str, ColumnSpec], count: int
) -> tuple[SourceName, ...]:
    """Where a column is in the text: once, or for each of `count` passbands."""
    source = specs[name].source
    if source is None:
        source = name
    return source if isinstance(source, tuple) else (source,) * count


def _of_band(source: SourceName, band: str) -> SourceName:
    """`{passband}_mag` as the name of one passband's column."""
    return source.replace("{passband}", band) if isinstance(source, str) else source


def _with_constants(
    rows: pa.RecordBatch, values: Mapping[str, str | None]
) -> pa.RecordBatch:
    for name, value in values.items():
        column = pa.repeat(pa.scalar(value, pa.string()), rows.num_rows)
        rows = rows.append_column(name, column)
    return rows


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at least BATCH rows (the last may have fewer)."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count >= BATCH:
            yield pa.concat_batches(waiting)
            waiting, count = [], 0
    if waiting:
        yield pa.concat_batches(waiting)
