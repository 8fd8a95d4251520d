"""Rows of a file become rows of a collection: roles for columns, bands for groups.

`Plan` says once for all files which columns of theirs are wanted, and what for;
`Gathered` collects rows of one make until there are enough to be checked together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.columns import (
    KEYS,
    OBJECT_COLUMNS,
    POINT_COLUMNS,
    object_columns,
    point_columns,
)
from vo_lcc.lightcurves.loading.matching import DEC, RA
from vo_lcc.lightcurves.loading.origins import ROW, Origin, Origins
from vo_lcc.lightcurves.model import CollectionFile, ColumnSpec, Files, SourceName
from vo_lcc.lightcurves.readers.reader import Header, Piece, Rows, Wanted
from vo_lcc.tables import Column, arrow_type

Constant = str | int | float | bool | None
LIMIT = "#limit"  # the column that has a limit where there is no magnitude


@dataclass(frozen=True, slots=True)
class Role:
    """What one column of a file is for; `source` is None for what is not of the rows.

    `needed` are those without which a table is not one of these.
    """

    name: str
    source: SourceName | None
    header: str | None = None
    constant: Constant = None
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The roles of one row: one for each passband where rows are wide."""

    roles: tuple[Role, ...]
    passband: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read of files, and what it becomes."""

    files: Files
    wanted: Wanted
    groups: tuple[Group, ...]


def plan_objects(file: CollectionFile, files: Files) -> Plan:
    """The objects, from files of their own or from those of light curves."""
    told = _told(files, file)
    columns = [
        (c, file.objects.columns[c.name])
        for c in object_columns(file)
        if not (c.name in told and is_bare(file.objects.columns[c.name]))
    ]
    own = files is file.objects
    group = Group(tuple(_role(c.name, s, needed=own) for c, s in columns))
    return Plan(files, _types([(columns, group)]), (group,))


def plan_points(file: CollectionFile) -> Plan:
    """The points, in long form; with `radius` their positions too."""
    files = file.lightcurves
    columns: list[tuple[Column, ColumnSpec]] = [
        (c, files.columns[c.name]) for c in point_columns(file)
    ]
    for name in KEYS:
        spec = _key(file, name)
        if spec is not None:
            columns.append((POINT_COLUMNS[name], spec))
    columns += _positions(file)
    by_time = {"obs_time", "mag", "flux", "object_id"}
    bands: Sequence[str | None] = [None]
    only = len(file.passbands) == 1 and not _has_passband(file)
    if files.layout == "wide" or _of_bands(columns) or only:
        bands = list(file.passbands)
    groups, typed = [], []
    for place, band in enumerate(bands):
        roles = []
        for column, spec in columns:
            mine = _of_band(spec, column.name, place, band)
            roles.append(_role(column.name, mine, needed=column.name in by_time))
            if mine.limit_source is not None:
                roles.append(Role(LIMIT, mine.limit_source))
        group = Group(tuple(roles), band)
        groups.append(group)
        typed.append((columns, group))
    return Plan(files, _types(typed), tuple(groups))


def _told(files: Files, file: CollectionFile) -> set[str]:
    """What names of files tell, and what positions do."""
    patterns = "".join((*(files.files or ()), *files.members))
    told = {name for name in KEYS if f"{{{name}}}" in patterns}
    by_position = file.objects.radius is not None and file.objects.files is None
    return told | {"object_id"} if by_position else told


def is_bare(spec: ColumnSpec) -> bool:
    """Does it not say where its values are?"""
    return spec.source is None and spec.header is None and spec.value is None


def _key(file: CollectionFile, name: str) -> ColumnSpec | None:
    """Where points have a key; that of their objects, if these have no files."""
    spec = file.lightcurves.columns.get(name)
    if spec is None and file.objects.files is None:
        spec = file.objects.columns.get(name)
    if spec is None or (name in _told(file.lightcurves, file) and is_bare(spec)):
        return None
    return None if name == "object_id" and file.objects.radius else spec


def _positions(file: CollectionFile) -> list[tuple[Column, ColumnSpec]]:
    """Where points have their positions, if these tell the object."""
    if file.objects.radius is None:
        return []
    given = {**file.objects.columns, **file.lightcurves.columns}
    if file.objects.files is not None:
        given = dict(file.lightcurves.columns)
    return [
        (
            replace(OBJECT_COLUMNS[name], name=role),
            given[name].model_copy(update={"source": name})
            if is_bare(given[name])
            else given[name],
        )
        for name, role in (("ra", RA), ("dec", DEC))
    ]


def _has_passband(file: CollectionFile) -> bool:
    """Do files or their names tell the passband?"""
    files = file.lightcurves
    return "passband" in files.columns or "passband" in _told(files, file)


def _of_bands(columns: Sequence[tuple[Column, ColumnSpec]]) -> bool:
    return any(isinstance(spec.source, tuple) for _, spec in columns)


def _of_band(spec: ColumnSpec, name: str, place: int, band: str | None) -> ColumnSpec:
    """A column as it is for one passband."""
    if band is None:
        return spec
    source = spec.source
    if isinstance(source, tuple):
        source = source[place]
    elif source is None and spec.header is None and spec.value is None:
        source = name
    if isinstance(source, str):
        source = source.replace("{passband}", band)
    return spec.model_copy(update={"source": source})


def _role(name: str, spec: ColumnSpec, needed: bool) -> Role:
    if spec.value is not None:
        return Role(name, None, constant=spec.value)
    if spec.header is not None:
        return Role(name, None, header=spec.header)
    source = name if spec.source is None else spec.source
    if isinstance(source, tuple):
        raise UsageError(f"{name}: a list of columns is for passbands")
    return Role(name, source, needed=needed)


def _types(
    parts: Sequence[tuple[Sequence[tuple[Column, ColumnSpec]], Group]],
) -> dict[SourceName, pa.DataType]:
    """The type in which each column of a file is wanted; text where it is spelled."""
    wanted: dict[SourceName, pa.DataType] = {}
    for columns, group in parts:
        known = {column.name: (column, spec) for column, spec in columns}
        for role in group.roles:
            if role.source is None:
                continue
            column, spec = known.get(role.name) or _brightness(columns)
            kind = arrow_type(column)
            words = any(isinstance(word, str) for word in spec.missing)
            spelled = spec.form is not None or spec.map or spec.limit in ("<", ">")
            if spelled or words:
                kind = pa.string()
            if wanted.setdefault(role.source, kind) != kind:
                wanted[role.source] = pa.string()
    return wanted


def _brightness(
    columns: Sequence[tuple[Column, ColumnSpec]],
) -> tuple[Column, ColumnSpec]:
    return next((c, s) for c, s in columns if c.name in ("mag", "flux"))


@dataclass(slots=True)
class Gathered:
    """Rows that wait to be checked, all of the same columns and types."""

    schema: pa.Schema | None = None
    batches: list[pa.RecordBatch] = field(default_factory=list)
    origins: Origins = field(default_factory=Origins)

    def fits(self, batch: pa.RecordBatch) -> bool:
        """Can the rows be one batch with those that wait?"""
        return self.schema is None or self.schema.equals(batch.schema)

    def add(self, batch: pa.RecordBatch, origin: Origin) -> None:
        """More rows."""
        self.schema = batch.schema
        self.batches.append(batch)
        self.origins.add(origin)

    def whole(self) -> pa.RecordBatch:
        """All of them, each with its number."""
        rows = pa.concat_batches(self.batches)
        return rows.append_column(ROW, self.origins.numbered())


def assign(
    plan: Plan, piece: Piece, rows: Rows
) -> Iterator[tuple[Group, pa.RecordBatch, Origin]]:
    """The rows of a file by what they are for, a batch for each group.

    Raises UsageError where a column is missing that all rows need.
    """
    for group in plan.groups:
        columns = {role.name: _values(role, piece, rows, group) for role in group.roles}
        for name, told in (*piece.told.items(), ("passband", group.passband)):
            if told is not None and columns.get(name) is None:
                columns[name] = _repeated(told, len(rows.lines))
        found = {name: values for name, values in columns.items() if values is not None}
        origin = Origin(piece.file, rows.lines, rows.texts)
        if any(map(_is_list, found.values())):
            found, origin = _flattened(found, origin)
        yield group, pa.RecordBatch.from_pydict(found), origin


def lacking(plan: Plan, rows: Rows) -> str | None:
    """Why a table is not one of these: what it has not that all rows need, or None."""
    for group in plan.groups:
        for role in group.roles:
            source = role.source
            if role.needed and source is not None and source not in rows.columns:
                return _no_column(source, rows)
    return None


def _no_column(source: SourceName, rows: Rows) -> str:
    names = f"; it has {', '.join(rows.names)}" if rows.names else ""
    return f"no column {source!r}{names}"


def _values(role: Role, piece: Piece, rows: Rows, group: Group) -> pa.Array | None:
    count = len(rows.lines)
    if role.source is not None:
        found = rows.columns.get(role.source)
        if found is None:
            raise UsageError(_no_column(role.source, rows))
        return found
    if role.header is not None:
        return _repeated(_keyword(rows.header, role.header), count)
    return _repeated(role.constant, count)


def _keyword(header: Header, name: str) -> Constant:
    if name in header:
        return header[name]
    folded = {key.lower(): value for key, value in header.items()}
    return folded.get(name.lower())


@lru_cache(maxsize=8, typed=True)
def _repeated(value: Constant, count: int) -> pa.Array:
    if isinstance(value, str):  # one word for all
        zeros = pa.array(np.zeros(count, np.int32))
        return pa.DictionaryArray.from_arrays(zeros, pa.array([value], pa.string()))
    if value is None:
        return pa.nulls(count, pa.string())
    return pa.array(np.full(count, value))


def _is_list(values: pa.Array) -> bool:
    kind = values.type
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
    )


def _flattened(
    columns: Mapping[str, pa.Array], origin: Origin
) -> tuple[dict[str, pa.Array], Origin]:
    """A row for each element of the lists, which are of one length in each row."""
    lists = {name: values for name, values in columns.items() if _is_list(values)}
    lengths = {
        name: pc.fill_null(pc.list_value_length(values), 0).to_numpy(
            zero_copy_only=False
        )
        for name, values in lists.items()
    }
    first, *others = lengths
    for name in others:
        wrong = np.flatnonzero(lengths[name] != lengths[first])
        if len(wrong):
            raise UsageError(
                f"row {origin.lines[wrong[0]]}: {first} has {lengths[first][wrong[0]]}"
                f" values, {name} {lengths[name][wrong[0]]}"
            )
    parents = np.repeat(np.arange(len(origin.lines)), lengths[first])
    taken = pa.array(parents)
    flat = {
        name: pc.list_flatten(values) if name in lists else values.take(taken)
        for name, values in columns.items()
    }
    return flat, Origin(origin.file, origin.lines[parents], origin.texts, parents)
