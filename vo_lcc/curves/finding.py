"""Whose light curves are wanted: by identifiers, by places on the sky, by a table."""

from collections import defaultdict
from collections.abc import Collection as Sized
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from vo_lcc.adql import plan_query
from vo_lcc.adql.nodes import (
    And,
    Comparison,
    Expr,
    Literal,
    Or,
    Select,
    SelectItem,
    TableName,
    call,
    column,
    point,
)
from vo_lcc.curves.curves import OBJECT_ID
from vo_lcc.curves.reading import FEW, Compute, Rows, at_once, no_object
from vo_lcc.curves.selection import one_of
from vo_lcc.errors import NotFoundError, UsageError, VOError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.tables import Catalog

Region = Expr
"""A region as a node of ADQL: CIRCLE, POLYGON, or a condition on ra and dec."""

Passbands = frozenset[str] | None
"""Those of an object that are wanted; None: all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An identifier that gives nothing, and why."""

    text: str
    error: VOError


@dataclass(frozen=True, slots=True)
class Wanted:
    """The objects of one collection that are wanted, and which passbands of each."""

    collection: Collection
    objects: Mapping[str, Passbands]

    @property
    def passbands(self) -> Passbands:
        """Those wanted of any of the objects; None: all."""
        named = [each for each in self.objects.values() if each is not None]
        if len(named) < len(self.objects):
            return None
        return frozenset().union(*named)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, by collection, and what was not."""

    wanted: tuple[Wanted, ...] = ()
    faults: tuple[Fault, ...] = field(default=())

    def __len__(self) -> int:
        return sum(len(each.objects) for each in self.wanted)


@dataclass(frozen=True, slots=True)
class Finder:
    """Asks the database for objects; at most `limit` of them.

    What is made of many names is made by `compute`.
    """

    rows: Rows
    catalog: Catalog
    collections: Mapping[str, Collection]
    limit: int
    compute: Compute = at_once

    async def by_ids(
        self, ids: Sequence[CurveId], regions: Sequence[Region] = ()
    ) -> Found:
        """The objects with these identifiers that lie in one of the regions, if any.

        Those outside are left out; those that do not exist are faults.
        """
        run = self._run(ids)
        asked, faults = await run(self.by_collection, ids)
        self.check(sum(map(len, asked.values())))
        wanted = []
        for name, objects in asked.items():
            collection = self.collections[name]
            there = await self._objects(collection, tuple(objects), regions)
            missing = await self._missing(collection, objects, there, bool(regions))
            faults += await run(missing_objects, name, missing)
            found = {each: objects[each] for each in objects if each in there}
            wanted += [Wanted(collection, found)] if found else []
        return Found(tuple(wanted), tuple(faults))

    def by_collection(
        self, ids: Iterable[CurveId]
    ) -> tuple[dict[str, dict[str, Passbands]], list[Fault]]:
        """What is wanted of each collection, and what there cannot be."""
        asked: dict[str, dict[str, Passbands]] = defaultdict(dict)
        faults = []
        for each in ids:
            error = self.wrong(each)
            if error is None:
                _add(asked[each.collection], each)
            else:
                faults.append(Fault(each.path, error))
        return asked, faults

    def wrong(self, curve: CurveId) -> NotFoundError | None:
        """Why there cannot be such a light curve, as far as that is known at once."""
        if curve.collection not in self.collections:
            known = ", ".join(self.collections) or "none"
            return NotFoundError(f"no collection {curve.collection!r} among {known}")
        collection = self.collections[curve.collection]
        passbands = [each.passband for each in collection.passbands]
        if curve.passband is not None and curve.passband not in passbands:
            return NotFoundError(
                f"no passband {curve.passband!r} in collection {collection.name};"
                f" it has {', '.join(passbands)}"
            )
        return None

    async def by_place(self, names: Sized[str], regions: Sequence[Region]) -> Found:
        """The objects of these collections that lie in one of the regions."""
        wanted, count = [], 0
        for name in names:
            collection = self.collections[name]
            there = await self._objects(collection, (), regions)
            count += len(there)
            self.check(count)
            if there:
                wanted.append(Wanted(collection, dict.fromkeys(there)))
        return Found(tuple(wanted))

    def check(self, count: int) -> None:
        """Raises UsageError for more objects than one request may ask for."""
        if count > self.limit:
            raise UsageError(
                f"more than {self.limit} objects; ask for fewer at a time, or get their"
                " light curves by TAP, which has no such limit"
            )

    async def _missing(
        self,
        collection: Collection,
        objects: Sized[str],
        there: Sized[str],
        elsewhere: bool,
    ) -> list[str]:
        """The names of those that do not exist; some may only lie `elsewhere`."""
        missing = [each for each in objects if each not in there]
        if not elsewhere:
            return missing
        known = set(await self._objects(collection, tuple(missing), ()))
        return [each for each in missing if each not in known]

    async def _objects(
        self, collection: Collection, ids: tuple[str, ...], regions: Sequence[Region]
    ) -> dict[str, None]:
        """The names of those of the objects that exist and lie in a region."""
        if not ids and not regions:
            return {}
        name = column(OBJECT_ID)
        conditions = [one_of(name, ids)] if ids else []
        conditions += [inside(regions)] if regions else []
        select = Select(
            items=(SelectItem(name),),
            source=TableName((collection.name, "objects")),
            where=And(tuple(conditions)) if len(conditions) > 1 else conditions[0],
        )
        plan = await self._run(ids)(plan_query, select, self.catalog, self.limit)
        found: dict[str, None] = {}
        async with aclosing(self.rows(plan)) as batches:
            async for batch in batches:
                found |= dict.fromkeys(batch.column(0).to_pylist())
        return found

    def _run(self, names: Sized[object]) -> Compute:
        return self.compute if len(names) > FEW else at_once


def missing_objects(collection: str, object_ids: Iterable[str]) -> list[Fault]:
    """The faults of objects that the collection does not have."""
    return [
        Fault(CurveId(collection, each).path, no_object(each, collection))
        for each in object_ids
    ]


def _add(objects: dict[str, Passbands], curve: CurveId) -> None:
    """Add the passband, or all of them, to what is wanted of an object."""
    if curve.passband is None:
        objects[curve.object_id] = None
        return
    known = objects.get(curve.object_id, frozenset())
    if known is not None:
        objects[curve.object_id] = known | {curve.passband}


def inside(regions: Sequence[Region]) -> Expr:
    """The position of an object lies in one of the regions."""
    tests = tuple(map(_inside, regions))
    return tests[0] if len(tests) == 1 else Or(tests)


def _inside(region: Region) -> Expr:
    if not is_shape(region):
        return region
    here = point(column("ra"), column("dec"))
    return Comparison("=", Literal(1), call("CONTAINS", here, region))


def is_shape(region: Region) -> bool:
    """Whether it is CIRCLE or POLYGON, and no condition."""
    return getattr(region, "name", None) in ("CIRCLE", "POLYGON")
