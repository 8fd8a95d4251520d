"""One unit from pieces to objects and light curves that passed the checks."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.columns import KEYS
from vo_lcc.lightcurves.loading.checking import ObjectChecks, PointChecks
from vo_lcc.lightcurves.loading.fields import (
    Gathered,
    Group,
    Plan,
    assign,
    lacking,
    plan_objects,
    plan_points,
)
from vo_lcc.lightcurves.loading.inputs import OBJECTS
from vo_lcc.lightcurves.loading.matching import Nearest
from vo_lcc.lightcurves.loading.origins import Origin
from vo_lcc.lightcurves.loading.packed import Packed, pack
from vo_lcc.lightcurves.loading.pieces import Cutting, newlines
from vo_lcc.lightcurves.loading.rejects import Rejects
from vo_lcc.lightcurves.loading.sieve import Sieve
from vo_lcc.lightcurves.loading.units import Unit
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.readers.reader import Piece, Reader

CHECKED = 1 << 18  # rows that are checked together
PACKED = 1 << 19  # points that become light curves together
PLACES = 1 << 24  # of a unit
PLACE = "place"  # the order in which rows came: unit, then row


class Keeper(Protocol):
    """Takes what was read."""

    def keep_objects(self, objects: pa.RecordBatch) -> pa.Array:
        """Take objects; the places of those that were there by an earlier row."""
        ...

    def keep_curves(self, curves: Packed, places: pa.Array) -> None:
        """Take light curves."""
        ...

    def known(self, ids: Iterable[str]) -> set[str]:
        """Which of these are identifiers of objects."""
        ...


class UnitRead:
    """Reads one unit; what it has goes to a `Keeper`."""

    def __init__(
        self,
        file: CollectionFile,
        unit: Unit,
        keeper: Keeper,
        nearest: Nearest | None = None,
    ) -> None:
        self._file = file
        self._unit = unit
        self._keeper = keeper
        self._nearest = nearest
        self.rejects = Rejects()
        self.n_rows = 0
        self.n_taken = 0
        self._place = unit.number * PLACES
        self._with_objects = file.objects.files is None
        self._points: list[pa.RecordBatch] = []

    def run(self) -> None:
        """Read and check all of it."""
        if self._unit.part == OBJECTS:
            self._read_objects()
        else:
            self._read_points()

    def _read_objects(self) -> None:
        file = self._file
        plan = plan_objects(file, file.objects)
        for _, rows, gathered in _gathered(self._rows(plan)):
            self._take_objects(rows, gathered, tell=True)

    def _read_points(self) -> None:
        file = self._file
        plans = [plan_points(file)]
        if self._with_objects:
            plans.insert(0, plan_objects(file, file.lightcurves))
        checks = PointChecks(file, self.rejects, self._keeper.known, self._nearest)
        for plan, rows, gathered in _gathered(self._rows(*plans)):
            if plan is not plans[-1]:
                self._take_objects(rows, gathered, tell=False)
                continue
            sieve = Sieve(rows, gathered.origins, self.rejects)
            checks.run(sieve)
            self._points.append(sieve.rows.select(checks.names))
            if sum(batch.num_rows for batch in self._points) >= PACKED:
                self._store_points()
        self._store_points()

    def _rows(
        self, *plans: Plan
    ) -> Iterator[tuple[Plan, Group, pa.RecordBatch, Origin]]:
        """The rows of all pieces, for what they are wanted."""
        for cutting in self._unit.cuttings:
            if cutting.reader is None:
                self._set_aside(cutting)
                continue
            try:
                found = self._read(cutting.piece, cutting.reader, plans)
            except UsageError as error:
                if cutting.reader.cut != "whole" and cutting.piece.part:
                    raise UsageError(f"{cutting.piece.file}: {error}") from error
                self.rejects.reject_file(cutting.piece.file, str(error))
                continue
            yield from found

    def _set_aside(self, cutting: Cutting) -> None:
        if cutting.partly:
            raise UsageError(f"{cutting.piece.file}: {cutting.problem}")
        self.rejects.reject_file(cutting.piece.file, cutting.problem or "")

    def _read(
        self, piece: Piece, reader: Reader, plans: tuple[Plan, ...]
    ) -> list[tuple[Plan, Group, pa.RecordBatch, Origin]]:
        """All of a piece or, by an error, nothing of it."""
        found = []
        problems = []
        wanted = {name: kind for plan in plans for name, kind in plan.wanted.items()}
        bad: list[tuple[int, str, bytes]] = []
        files = plans[-1].files

        def complain(line: int, reason: str, text: bytes) -> None:
            bad.append((line, reason, text))

        n_tables = n_rows = 0
        for rows in reader.read(piece, wanted, files, complain):
            for note in rows.notes:
                self.rejects.note(piece.file, note)
            problem = lacking(plans[-1], rows)
            if problem:
                problems.append(problem)
                continue
            n_tables += 1
            n_rows += len(rows.lines)
            for plan in plans:
                found += [(plan, *one) for one in assign(plan, piece, rows)]
        if problems and not n_tables:
            raise UsageError(problems[0])
        if not n_tables and not bad and _is_first(piece):
            self.rejects.note(piece.file, "there are no rows in it")
        for line, reason, text in bad:
            self.rejects.reject_line(piece.file, line, reason, text)
        self.n_rows += n_rows + len(bad)
        return found

    def _take_objects(
        self, rows: pa.RecordBatch, gathered: Gathered, tell: bool
    ) -> None:
        file = self._file
        checks = ObjectChecks(file, self.rejects)
        if not tell:
            rows = _first_of_each(rows)
        sieve = Sieve(rows, gathered.origins, self.rejects)
        checks.run(sieve)
        placed = self._place + np.arange(sieve.rows.num_rows)
        self._place += sieve.rows.num_rows
        sieve.replace(PLACE, pa.array(placed))
        taken = sieve.rows.select(checks.schema.names).cast(checks.schema)
        left = self._keeper.keep_objects(taken.append_column(PLACE, sieve[PLACE]))
        self.n_taken += (taken.num_rows - len(left)) if tell else 0
        if tell and len(left):
            again = pc.is_in(sieve[PLACE], value_set=left)
            sieve.drop(again, "object_id was seen before", "object_id")

    def _store_points(self) -> None:
        """Points that passed the checks become light curves."""
        if not self._points:
            return
        points = pa.concat_batches(self._points)
        self._points = []
        names = [name for name in points.schema.names if name not in KEYS]
        packed, count = pack(points, names, self._file.lightcurves.duplicates)
        self.rejects.duplicates += count
        if len(packed):
            places = pa.array(self._place + np.arange(len(packed)))
            self._place += len(packed)
            self._keeper.keep_curves(packed, places)
            self.n_taken += packed.n_points


def _is_first(piece: Piece) -> bool:
    """Does the file begin with it?"""
    return piece.part == 0 and piece.first_line <= 1 + newlines(piece.head)


def _gathered(
    rows: Iterable[tuple[Plan, Group, pa.RecordBatch, Origin]],
) -> Iterator[tuple[Plan, pa.RecordBatch, Gathered]]:
    """Rows for the same use together, until there are enough."""
    waiting: dict[int, tuple[Plan, Gathered]] = {}
    for plan, _, batch, origin in rows:
        found = waiting.get(id(plan))
        if found is not None and not found[1].fits(batch):
            yield from _released(waiting)  # objects go before their points
            found = None
        if found is None:
            found = waiting.setdefault(id(plan), (plan, Gathered()))
        found[1].add(batch, origin)
        if found[1].origins.count >= CHECKED:
            yield from _released(waiting)
    yield from _released(waiting)


def _released(
    waiting: dict[int, tuple[Plan, Gathered]],
) -> Iterator[tuple[Plan, pa.RecordBatch, Gathered]]:
    for plan, gathered in waiting.values():
        yield plan, gathered.whole(), gathered
    waiting.clear()


def _first_of_each(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The first row of each object."""
    if "object_id" not in rows.schema.names:
        return rows
    ids = rows["object_id"]
    if not pa.types.is_dictionary(ids.type):
        ids = ids.dictionary_encode()
    codes = ids.indices.to_numpy(zero_copy_only=False)
    first = np.sort(np.unique(codes, return_index=True)[1])
    return rows.take(pa.array(first))
