"""From a request to light curves: found, read, changed; shared by sync and async."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import numpy as np

from vo_lcc.curves.curves import Curves
from vo_lcc.curves.finding import Fault, Finder, Found, Wanted
from vo_lcc.curves.layouts import (
    ARRAYS,
    BANDS,
    LONG,
    Part,
    array_table,
    band_tables,
    long_table,
    points_head,
)
from vo_lcc.curves.reading import Rows, read_curves
from vo_lcc.curves.selection import Selection
from vo_lcc.curves.steps.cuts import wanted_interval
from vo_lcc.curves.steps.step import all_columns
from vo_lcc.dali.context import Context
from vo_lcc.dali.params import Params
from vo_lcc.dali.provenance import collection_infos
from vo_lcc.dali.run import Tables
from vo_lcc.errors import NotFoundError, UsageError
from vo_lcc.heads import Info
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.soda.params import SodaParams
from vo_lcc.soda.tables import by_table
from vo_lcc.tables import Catalog

TOLD = 100
"""Faults that are told one by one in a document; the manifest of a zip has all."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The light curves of an answer, by collection, and what there is none of.

    `objects` is how many they are of.
    """

    parts: tuple[Part, ...]
    faults: tuple[Fault, ...]
    objects: int

    @property
    def infos(self) -> tuple[Info, ...]:
        """Where the light curves come from, and what is missing."""
        origin = [i for part in self.parts for i in collection_infos(part.collection)]
        told = [
            Info("fault", fault.text, f"{fault.error.fault}: {fault.error}")
            for fault in self.faults[:TOLD]
        ]
        if len(self.faults) > TOLD:
            told.append(Info("faults", str(len(self.faults)), "all that were found"))
        return (*origin, *told)


@dataclass(frozen=True, slots=True)
class Extraction:
    """One request, on its way to its light curves."""

    context: Context
    rows: Rows
    catalog: Catalog
    collections: Mapping[str, Collection]
    asked: SodaParams

    async def extract(self, params: Params) -> Extracted:
        """The light curves that are asked for; nothing of them is read yet.

        Raises UsageError for what cannot be done to them, and NotFoundError where
        there are none of those that were named.
        """
        asked = self.asked
        found = await self._found(params)
        faults = (*asked.faults, *found.faults)
        if not found.wanted and faults:
            raise none_of(faults)
        asked.band.check([wanted.collection for wanted in found.wanted])
        parts = (self._part(wanted) for wanted in found.wanted)
        there = tuple(part for part in parts if part is not None)
        if asked.layout in (LONG, ARRAYS):
            points_head(there)  # one table must hold them, before any is read
        return Extracted(there, faults, len(found))

    async def _found(self, params: Params) -> Found:
        asked = self.asked
        names = asked.collections or tuple(self.collections)
        finder = Finder(
            self.rows,
            self.catalog,
            {name: self.collections[name] for name in names},
            self.context.limits.objects,
            self.context.compute,
        )
        if asked.upload is not None:
            return await by_table(finder, self.context, asked, params)
        if asked.ids or asked.faults:
            return await finder.by_ids(asked.ids, asked.regions)
        return await finder.by_place(names, asked.regions)

    def _part(self, wanted: Wanted) -> Part | None:
        """The light curves of one collection; None where it has no such passband."""
        collection = wanted.collection
        named = wanted.passbands
        passbands = tuple(
            passband
            for passband in self.asked.band.passbands(collection)
            if named is None or passband in named
        )
        if not passbands:
            return None
        columns = all_columns(
            self.asked.steps, collection.point_columns, collection, passbands
        )
        interval = wanted_interval(self.asked.steps, collection.time_frame)
        selection = Selection(collection, tuple(wanted.objects), passbands, interval)
        return Part(collection, columns, passbands, self._pieces(selection, wanted))

    async def _pieces(
        self, selection: Selection, wanted: Wanted
    ) -> AsyncGenerator[Curves, None]:
        """The light curves, less those of passbands that nobody asked for."""
        compute = self.context.compute
        reading = read_curves(
            self.rows, self.catalog, selection, self.asked.steps, compute
        )
        some = any(passbands is not None for passbands in wanted.objects.values())
        async with aclosing(reading) as pieces:
            async for curves in pieces:
                yield only_wanted(curves, wanted) if some else curves


def only_wanted(curves: Curves, wanted: Wanted) -> Curves:
    """The light curves of the passbands that are wanted of each object."""
    names = zip(
        curves.keys.column("object_id").to_pylist(),
        curves.keys.column("passband").to_pylist(),
        strict=True,
    )
    objects = wanted.objects
    return curves.only(
        np.array([(own := objects[a]) is None or b in own for a, b in names])
    )


def none_of(faults: Sequence[Fault]) -> UsageError | NotFoundError:
    """The error where none of what was named is there."""
    text = "; ".join(str(fault.error) for fault in faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
    missing = any(isinstance(fault.error, NotFoundError) for fault in faults)
    return NotFoundError(text + more) if missing else UsageError(text + more)


async def begun(extracted: Extracted) -> Extracted:
    """The same, read up to the first light curve that has points.

    What comes without any part has none.
    """
    parts = list(extracted.parts)
    while parts:
        pieces = parts[0].pieces
        async for curves in pieces:
            if curves.points.num_rows:
                first = replace(parts[0], pieces=after(curves, pieces))
                return replace(extracted, parts=(first, *parts[1:]))
        del parts[0]
    return replace(extracted, parts=())


async def after(
    first: Curves, pieces: AsyncGenerator[Curves, None]
) -> AsyncGenerator[Curves, None]:
    """A piece that was read, and those that follow."""
    async with aclosing(pieces):
        yield first
        async for curves in pieces:
            yield curves


def tables_of(extracted: Extracted, layout: str, context: Context) -> Tables:
    """The light curves as tables of this layout."""
    if layout == BANDS:
        return band_tables(extracted.parts)
    table = array_table if layout == ARRAYS else long_table
    return [table(extracted.parts, context.compute)]
