"""One table for light curves of several collections: the columns they share.

A column that only some have is null in the rows of the others. Times of different
frames, and values of different units, are never put into one column.
"""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.columns import time_words
from vo_lcc.tables import Annotation, Column, TimeFrame, arrow_schema

WIDER = ("short", "int", "long", "float", "double")
TEXTS = ("char", "unicodeChar")
UNKNOWN = "UNKNOWN"
APART = "or in tables of their own (LAYOUT=bands or LAYOUT=zip)"

Described = tuple[Collection, tuple[Column, ...]]


def shared_columns(parts: Sequence[Described]) -> tuple[Column, ...]:
    """The columns of a table for all of them, in the order in which they come.

    Raises UsageError where one column would hold what cannot be compared.
    """
    found: dict[str, tuple[Collection, Column]] = {}
    for collection, columns in parts:
        for column in columns:
            known = found.get(column.name)
            both = column if known is None else joined(*known, collection, column)
            found[column.name] = (collection, both)
    return tuple(column for _, column in found.values())


def joined(
    first: Collection, column: Column, second: Collection, other: Column
) -> Column:
    """A column that holds the values of both; raises UsageError."""
    check_frames(first, column, second, other)
    kind = wider(column.datatype, other.datatype)
    if kind is None or (column.unit or "") != (other.unit or ""):
        raise UsageError(
            f"{column.name} is {kind_of(column)} in {first.name} and {kind_of(other)}"
            f" in {second.name}; ask for one collection at a time, {APART}"
        )
    same = column.annotation == other.annotation
    return replace(
        column, datatype=kind, annotation=column.annotation if same else None
    )


def check_frames(
    first: Collection, column: Column, second: Collection, other: Column
) -> None:
    """Raises UsageError for times in different frames, or in unknown ones."""
    one, two = column.annotation, other.annotation
    if not isinstance(one, TimeFrame) and not isinstance(two, TimeFrame):
        return
    if one != two:
        raise UsageError(
            f"{column.name} is {frame_words(column)} in {first.name} and"
            f" {frame_words(other)} in {second.name}; ask for one frame with TIMESCALE,"
            f" REFPOSITION and TIMEFORMAT, for one collection at a time, {APART}"
        )
    if is_unknown(one):
        raise UsageError(
            f"nobody knows whether {column.name} is the same in {first.name} and"
            f" {second.name}: {frame_words(column)} in both; ask for one collection at"
            f" a time, {APART}"
        )


def is_unknown(frame: Annotation | None) -> bool:
    """Whether a time frame leaves open what its times are."""
    return isinstance(frame, TimeFrame) and UNKNOWN in (
        frame.timescale,
        frame.refposition,
    )


def frame_words(column: Column) -> str:
    """The time frame of a column in words."""
    frame = column.annotation
    return time_words(frame) if isinstance(frame, TimeFrame) else "in another frame"


def kind_of(column: Column) -> str:
    """What a column holds, in words."""
    return f"{column.datatype} in {column.unit}" if column.unit else column.datatype


def wider(one: str, two: str) -> str | None:
    """The datatype that holds the values of both, or None.

    >>> wider("short", "int"), wider("long", "float"), wider("char", "double")
    ('int', 'double', None)
    """
    if one == two:
        return one
    if one in TEXTS and two in TEXTS:
        return "unicodeChar"
    if one not in WIDER or two not in WIDER:
        return None
    widest = max(one, two, key=WIDER.index)
    exact = widest != "float" or {one, two} <= {"float", "short"}
    return widest if exact else "double"


def as_columns(table: pa.Table, columns: Sequence[Column]) -> list[pa.Array]:
    """The columns of `table` by their names, in these types; null where it has none."""
    arrays = []
    for column, kind in zip(columns, arrow_schema(columns).types, strict=True):
        if column.name not in table.column_names:
            arrays.append(pa.nulls(table.num_rows, kind))
            continue
        values = table.column(column.name).combine_chunks()
        arrays.append(values if values.type == kind else pc.cast(values, kind))
    return arrays
