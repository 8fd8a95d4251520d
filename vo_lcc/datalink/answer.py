"""From identifiers to the rows of their links, and the services these lead to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vo_lcc.curves.descriptors import services_of
from vo_lcc.curves.inputs import Dataset
from vo_lcc.datalink.links import Link, Sources, links_of
from vo_lcc.datalink.params import Identified
from vo_lcc.datalink.query import Known, Rows, known_objects
from vo_lcc.datalink.rows import DATASET, LinkRows
from vo_lcc.errors import NotFoundError, VOError
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.heads import ServiceDescriptor
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.tables import Catalog

OFFERED = ("votable", "fits", "parquet", "csv", "ecsv", "json", "lcc")
"""The formats of a light curve that have a link, the usual one first."""

FORMATS = tuple(map(find_curve_format, OFFERED))


Asked = tuple[str, Identified]
"""An identifier as it was sent, and what it means."""


@dataclass(frozen=True, slots=True)
class Linker:
    """Makes the links of light curves: what is published, and at which addresses."""

    base_url: str
    authority: str | None
    catalog: Catalog
    collections: Mapping[str, Collection]
    rows: Rows

    async def known(self, ids: Iterable[Asked]) -> dict[str, Mapping[str, Known]]:
        """The objects that exist, by collection: one statement for each of these."""
        wanted: dict[str, list[str]] = {}
        for _, meant in ids:
            if isinstance(meant, CurveId) and meant.collection in self.collections:
                wanted.setdefault(meant.collection, []).append(meant.object_id)
        return {
            name: await known_objects(
                self.rows, self.catalog, self.collections[name], names
            )
            for name, names in wanted.items()
        }

    def made(
        self, ids: Sequence[Asked], known: Mapping[str, Mapping[str, Known]]
    ) -> tuple[LinkRows, tuple[ServiceDescriptor, ...]]:
        """The links of all identifiers, in their order, and the services they name."""
        services = {
            name: services_of(self.base_url, DATASET, self._dataset(name, ids, found))
            for name, found in known.items()
            if found
        }
        making = Making(self, known, services)
        for text, meant in ids:
            making.add(text, meant)
        used = [each for found in services.values() for each in found]
        return making.rows, tuple(used)

    def _dataset(
        self,
        name: str,
        ids: Sequence[Asked],
        known: Mapping[str, Known],
    ) -> Dataset:
        """What the services of a collection work on: one light curve, or any."""
        collection = self.collections[name]
        here = {m for _, m in ids if isinstance(m, CurveId) and m.collection == name}
        if len(here) != 1:
            return Dataset(collection)
        (curve,) = here
        found = known.get(curve.object_id, Known())
        if not found.has(curve.passband):
            return Dataset(collection)
        passbands = tuple(found.spans) if curve.passband is None else (curve.passband,)
        return Dataset(collection, passbands, found.span(curve.passband))


@dataclass(frozen=True, slots=True)
class Making:
    """The rows of one answer while they are made.

    Light curves with the same passbands have the same links, which are made once.
    """

    linker: Linker
    known: Mapping[str, Mapping[str, Known]]
    services: Mapping[str, tuple[ServiceDescriptor, ...]]
    rows: LinkRows = field(default_factory=LinkRows)
    made: dict[tuple[str, str | None, tuple[str, ...]], tuple[Link, ...]] = field(
        default_factory=dict
    )

    def add(self, text: str, meant: Identified) -> None:
        """The rows of one identifier: its links, or why there are none."""
        if isinstance(meant, VOError):
            self.rows.add_fault(text, meant)
        else:
            problem = self.problem(meant)
            if problem is not None:
                self.rows.add_fault(text, problem)
            if problem is None or self.exists(meant):
                self.add_links(text, meant)
        self.rows.end()

    def exists(self, curve: CurveId) -> bool:
        """Whether there is such an object, if not the light curve that is asked for."""
        return curve.object_id in self.known.get(curve.collection, {})

    def problem(self, curve: CurveId) -> NotFoundError | None:
        """Why there is no such light curve."""
        if curve.collection not in self.linker.collections:
            there = ", ".join(self.linker.collections) or "none"
            return NotFoundError(
                f"no collection {curve.collection!r} here; there are: {there}"
            )
        known = self.known[curve.collection].get(curve.object_id)
        if known is None:
            return NotFoundError(
                f"no object {curve.object_id!r} in collection {curve.collection}"
            )
        if known.has(curve.passband):
            return None
        which = f" in passband {curve.passband!r}" if curve.passband else ""
        there = ", ".join(known.spans)
        has = f"; there are: {there}" if there else ""
        return NotFoundError(f"no light curve of {curve.object_id!r}{which}{has}")

    def add_links(self, text: str, curve: CurveId) -> None:
        """The links of a light curve, or of an object that has none such."""
        spans = self.known[curve.collection][curve.object_id].spans
        order = [
            c.passband for c in self.linker.collections[curve.collection].passbands
        ]
        there = tuple(name for name in order if name in spans)
        if curve.passband is not None and curve.passband not in spans:
            there = ()
        key = (curve.collection, curve.passband, there)
        if key not in self.made:
            self.made[key] = links_of(self.sources(curve.collection), *key[1:])
        did = curve.did(self.linker.authority)
        self.rows.add(text, did, curve.object_id, self.made[key])

    def sources(self, name: str) -> Sources:
        """What the links of a collection are made of."""
        collection = self.linker.collections[name]
        return Sources(self.linker.base_url, collection, FORMATS, self.services[name])
