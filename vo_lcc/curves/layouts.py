"""Light curves as tables: one for each, one row a point, one row a light curve."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import pyarrow as pa

from vo_lcc.curves.curves import OBJECT_ID, Array, Curves
from vo_lcc.curves.heads import (
    PASSBAND,
    BandHeads,
    calibrated,
    product_params,
    text_column,
)
from vo_lcc.curves.reading import SMALL, Compute, at_once
from vo_lcc.curves.selection import key_columns
from vo_lcc.curves.shared import as_columns, shared_columns
from vo_lcc.curves.steps.frames import key_columns_in
from vo_lcc.dali.run import Batches, ResultTable, batches_of
from vo_lcc.heads import TableHead
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.columns import JSON, N_POINTS
from vo_lcc.tables import Batch, Column, TimeFrame, arrow_schema

BANDS, LONG, ARRAYS, ZIP = "bands", "long", "arrays", "zip"
LAYOUTS = (BANDS, LONG, ARRAYS, ZIP)

COLLECTION = Column(
    "collection",
    "char",
    "*",
    ucd="meta.id;meta.dataset",
    description="Collection that the light curve belongs to",
)


@dataclass(frozen=True, slots=True)
class Part:
    """The light curves of one collection in an answer.

    `columns` are those of the points, after all steps, `passbands` those asked for.
    """

    collection: Collection
    columns: tuple[Column, ...]
    passbands: tuple[str, ...]
    pieces: AsyncGenerator[Curves, None]


async def band_tables(parts: Sequence[Part]) -> AsyncGenerator[ResultTable, None]:
    """A table for each light curve that has points."""
    for part in parts:
        async with aclosing(part.pieces):
            async for curves in part.pieces:
                for table in tables_of(curves):
                    yield table


def tables_of(curves: Curves) -> list[ResultTable]:
    """A table for each of the light curves that have points."""
    return [
        ResultTable(head, batches_of([batch])) for head, batch in single_curves(curves)
    ]


def single_curves(curves: Curves) -> list[tuple[TableHead, Batch]]:
    """The head and the points of each of the light curves that have points."""
    heads = BandHeads(curves.collection, curves.columns)
    points = one_batch(curves.points)
    starts = curves.offsets.tolist()
    return [
        (heads.head(values, values["passband"]), points.slice(start, end - start))
        for values, start, end in zip(
            curves.keys.to_pylist(), starts[:-1], starts[1:], strict=True
        )
        if end > start
    ]


def one_batch(table: pa.Table) -> Batch:
    """A table as one batch."""
    columns = [
        pa.concat_arrays(column.chunks)
        if column.num_chunks
        else pa.array([], column.type)
        for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def long_table(parts: Sequence[Part], compute: Compute = at_once) -> ResultTable:
    """One row for each point. Raises UsageError where no one table can hold all."""
    names = (COLLECTION.name, OBJECT_ID, PASSBAND.name)
    keys = tuple(c for c in keys_head(parts) if c.name in names)
    columns = (*keys, *points_head(parts))
    return ResultTable(
        table_head(parts, columns, "one row for each point"),
        shaped(parts, columns, as_rows, compute),
    )


def array_table(parts: Sequence[Part], compute: Compute = at_once) -> ResultTable:
    """One row for each light curve. Raises UsageError where no table can hold all."""
    arrays = tuple(map(as_array, points_head(parts)))
    taken = {column.name for column in arrays}
    keys = tuple(c for c in keys_head(parts) if c.name not in taken)
    columns = (*keys, N_POINTS, *arrays)
    return ResultTable(
        table_head(parts, columns, "one row for each light curve"),
        shaped(parts, columns, as_arrays, compute),
    )


def keys_head(parts: Sequence[Part]) -> tuple[Column, ...]:
    """The columns that tell whose a light curve is: of its object and passband.

    Epochs are in the time frame of their collection, so several have no column.
    """
    several = (COLLECTION,) if len(parts) > 1 else ()
    own = [
        (
            part.collection,
            tuple(
                column
                for column in key_columns_in(key_columns(part.collection), part.columns)
                if not (several and isinstance(column.annotation, TimeFrame))
            ),
        )
        for part in parts
    ]
    name, *others = shared_columns(own)
    passbands = [passband for part in parts for passband in part.passbands]
    return (*several, name, text_column(PASSBAND, *passbands), *others)


def points_head(parts: Sequence[Part]) -> tuple[Column, ...]:
    """The columns of the points of all parts; raises UsageError."""
    return shared_columns([(part.collection, part.columns) for part in parts])


def table_head(
    parts: Sequence[Part], columns: tuple[Column, ...], layout: str
) -> TableHead:
    """What is said of a table of light curves.

    Of one passband only, the columns of photometry refer to its calibration.
    """
    names = ", ".join(part.collection.name for part in parts)
    calibrations = tuple(
        calibration
        for part in parts
        for calibration in part.collection.passbands
        if calibration.passband in part.passbands
    )
    if len(calibrations) == 1:
        columns = tuple(calibrated(column, calibrations[0]) for column in columns)
    return TableHead(
        columns,
        "lightcurves",
        f"Light curves of {names}: {layout}",
        product_params(),
        calibrations=calibrations,
    )


def as_array(column: Column) -> Column:
    """The column of arrays of what this one holds; of texts: JSON."""
    if column.is_text:
        return replace(column, xtype=JSON, arraysize="*")
    return replace(column, arraysize="*")


Shape = Callable[[Curves, Sequence[Column]], Batch]


async def shaped(
    parts: Sequence[Part], columns: Sequence[Column], shape: Shape, compute: Compute
) -> Batches:
    """The rows of all parts; what is much is made in threads."""
    for part in parts:
        async with aclosing(part.pieces):
            async for curves in part.pieces:
                run = compute if curves.points.nbytes > SMALL else at_once
                yield await run(shape, curves, columns)


def as_rows(curves: Curves, columns: Sequence[Column]) -> Batch:
    """One row for each point, in these columns."""
    keys = with_collection(curves).take(pa.array(curves.parents))
    kept = [
        name for name in keys.column_names if name not in curves.points.schema.names
    ]
    table = keys.select(kept)
    for name in curves.points.column_names:
        table = table.append_column(name, curves.points.column(name))
    return as_batch(table, columns)


def as_arrays(curves: Curves, columns: Sequence[Column]) -> Batch:
    """One row for each light curve that has points, in these columns."""
    there = curves.only(curves.counts > 0)
    table = with_collection(there).append_column(N_POINTS.name, pa.array(there.counts))
    scalars = [replace(c, arraysize=None) if c.is_array else c for c in columns]
    listed = {c.name for c in columns if c.is_array or c.xtype == JSON}
    of_points = [c for c in scalars if c.name in listed]
    for column, values in zip(
        of_points, as_columns(there.points, of_points), strict=True
    ):
        lists = as_lists(values, there.offsets)
        at = table.schema.get_field_index(column.name)
        table = (
            table.append_column(column.name, lists)
            if at < 0
            else table.set_column(at, column.name, lists)
        )
    return as_batch(table, columns)


def as_lists(values: pa.Array, offsets: Array) -> pa.Array:
    """The values of each light curve as one list, or as JSON where they are texts."""
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), values)
    if pa.types.is_string(values.type):
        return pa.array(map(json.dumps, lists.to_pylist()), pa.string())
    return lists.cast(pa.list_(values.type))


def with_collection(curves: Curves) -> pa.Table:
    """What is known of each light curve, the name of its collection first."""
    name = pa.repeat(pa.scalar(curves.collection.name), len(curves))
    return curves.keys.add_column(0, COLLECTION.name, name)


def as_batch(table: pa.Table, columns: Sequence[Column]) -> Batch:
    """The columns of a table, by their names, as one batch."""
    return pa.RecordBatch.from_arrays(
        as_columns(table, columns), schema=arrow_schema(columns)
    )
