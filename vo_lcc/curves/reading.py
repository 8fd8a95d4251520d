"""Light curves out of the database: whole ones, in pieces of bounded size."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.adql import SelectPlan, plan_query
from vo_lcc.curves.curves import (
    OBJECT_ID,
    OBS_TIME,
    PASSBAND,
    Array,
    Curves,
    offsets_of,
)
from vo_lcc.curves.selection import Selection, key_columns, select
from vo_lcc.curves.steps.step import Step, apply_all
from vo_lcc.db import TempTable
from vo_lcc.errors import NotFoundError
from vo_lcc.tables import Batch, Catalog

SMALL = 192 * 1024
"""Bytes of a piece that is made sooner than handed to a thread."""

FEW = 100
"""The same of names of objects."""


class Rows(Protocol):
    """Runs a plan: `context.stream` for a client's request, other streams for a job."""

    def __call__(
        self, plan: SelectPlan, tables: tuple[TempTable, ...] = ()
    ) -> AsyncGenerator[Batch, None]:
        """The rows of the plan, for which `tables` are loaded first."""
        ...


class Compute(Protocol):
    """Runs much work in a thread: `context.compute`."""

    async def __call__(self, call: Callable[..., Any], *args: Any) -> Any:
        """What `call(*args)` gives."""
        ...


async def at_once(call: Callable[..., Any], *args: Any) -> Any:
    """No thread at all: for what is small."""
    return call(*args)


async def read_object(
    rows: Rows,
    catalog: Catalog,
    selection: Selection,
    steps: Sequence[Step] = (),
    compute: Compute = at_once,
) -> Curves:
    """The light curves of one object, after `steps`, by passband.

    Raises NotFoundError where the collection has no such object; one without light
    curves gives none.
    """
    reading = read_curves(rows, catalog, selection, steps, compute)
    async with aclosing(reading) as pieces:
        curves = await anext(pieces, None)
    if curves is None:
        (object_id,) = selection.object_ids
        raise no_object(object_id, selection.collection.name)
    return curves


async def read_curves(
    rows: Rows,
    catalog: Catalog,
    selection: Selection,
    steps: Sequence[Step] = (),
    compute: Compute = at_once,
) -> AsyncGenerator[Curves, None]:
    """Light curves after `steps`, in pieces that hold whole objects.

    Objects come by their names, the light curves of each in the order of the
    collection's passbands. Objects that the collection does not have are left out;
    those without light curves have one of no points and a null passband.
    """
    run = compute if len(selection.object_ids) > FEW else at_once
    plan = await run(plan_query, select(selection), catalog)
    async with aclosing(whole_objects(rows(plan))) as tables:
        async for table in tables:
            run = compute if table.nbytes > SMALL else at_once
            yield await run(make_curves, table, selection, steps)


async def whole_objects(
    batches: AsyncGenerator[Batch, None],
) -> AsyncGenerator[pa.Table, None]:
    """The rows in pieces, none of which ends within an object."""
    kept: pa.Table | None = None
    async with aclosing(batches):
        async for batch in batches:
            table = pa.Table.from_batches([batch])
            known = table if kept is None else pa.concat_tables([kept, table])
            whole, kept = split_last_object(known)
            if whole.num_rows:
                yield whole
    if kept is not None and kept.num_rows:
        yield kept


def make_curves(table: pa.Table, selection: Selection, steps: Sequence[Step]) -> Curves:
    """Rows of `select` as light curves, after `steps`."""
    return apply_all(steps, curves_of(table, selection))


def no_object(object_id: str, collection: str) -> NotFoundError:
    """The error for an object that the collection does not have."""
    return NotFoundError(f"no object {object_id!r} in collection {collection}")


def split_last_object(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows before those of the last object, of which more may come; and those.

    >>> whole, last = split_last_object(pa.table({"c0": ["a", "b", "b"]}))
    >>> whole.num_rows, last.num_rows
    (1, 2)
    """
    names = table.column(0)
    is_last = pc.equal(names, names[-1]).to_numpy()
    start = len(is_last) - int(np.argmin(is_last[::-1])) if not is_last.all() else 0
    return table.slice(0, start), table.slice(start)


def curves_of(table: pa.Table, selection: Selection) -> Curves:
    """Whole objects, from rows of `select`."""
    collection = selection.collection
    own = [c.name for c in key_columns(collection)]
    rows = in_order(table, len(own), [c.passband for c in collection.passbands])
    keys = rows.select(range(len(own) + 1)).rename_columns([*own, PASSBAND])
    first = starts(keys)
    lists = rows.select(range(len(own) + 2, rows.num_columns))
    names = [c.name for c in collection.point_columns]
    counts = _lengths(lists.column(names.index(OBS_TIME)))
    ends = offsets_of(counts)
    curves = Curves(
        collection,
        keys.take(pa.array(first)),
        ends[np.append(first, len(counts))],
        pa.table([_flat(c, counts) for c in lists.columns], names=names),
        collection.point_columns,
    )
    return by_time(curves)


def in_order(table: pa.Table, at: int, passbands: Sequence[str]) -> pa.Table:
    """The rows of each object by passband (in column `at`), then by segment."""
    table = table.combine_chunks()
    places = pc.fill_null(pc.index_in(table.column(at), pa.array(passbands)), -1)
    segments = pc.fill_null(table.column(at + 1), 0)
    runs = np.cumsum(changes(table.column(0)))
    order = np.lexsort((segments.to_numpy(), places.to_numpy(), runs))
    if np.array_equal(order, np.arange(len(order))):
        return table
    return table.take(pa.array(order))


def starts(keys: pa.Table) -> Array:
    """The rows where another light curve begins: another object or passband."""
    changed = changes(keys.column(OBJECT_ID)) | changes(keys.column(PASSBAND))
    return np.flatnonzero(changed)


def changes(names: pa.ChunkedArray) -> Array:
    """For each row whether it is the first, or other than the one before.

    >>> changes(pa.chunked_array([["a", "a", None, "b"]])).tolist()
    [True, False, True, True]
    """
    codes = names.combine_chunks().dictionary_encode().indices
    numbers = pc.fill_null(codes, -1).to_numpy()
    return np.append(True, numbers[1:] != numbers[:-1])


def by_time(curves: Curves) -> Curves:
    """Each light curve's points by time; those of one time stay as they were."""
    times = curves.points.column(OBS_TIME).to_numpy()
    parents = curves.parents
    back = (times[1:] < times[:-1]) & (parents[1:] == parents[:-1])
    if not back.any():
        return curves
    return curves.taken(np.lexsort((times, parents)))


def _lengths(lists: pa.ChunkedArray) -> Array:
    """How many elements each list has; a null one has none."""
    return np.asarray(pc.fill_null(pc.list_value_length(lists), 0).to_numpy())


def _flat(lists: pa.ChunkedArray, counts: Array) -> pa.Array:
    """The elements of all lists, with as many nulls as points where one is null.

    Arrays of texts come as JSON.
    """
    if pa.types.is_string(lists.type):
        texts = [None if one is None else json.loads(one) for one in lists.to_pylist()]
        lists = pa.chunked_array([pa.array(texts, pa.list_(pa.string()))])
    values = pc.list_flatten(lists.combine_chunks())
    missing = lists.is_null().to_numpy() & (counts > 0)
    if not missing.any():
        return values
    there = np.repeat(~missing, counts)
    return values.take(pa.array(np.cumsum(there) - 1, mask=~there))
