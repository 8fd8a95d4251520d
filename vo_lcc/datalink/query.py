"""What is asked of the database: which light curves there are of some objects."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from vo_lcc.adql import SelectPlan, plan_query
from vo_lcc.adql.nodes import (
    Comparison,
    In,
    Join,
    Literal,
    Select,
    SelectItem,
    TableName,
    column,
)
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Batch, Catalog

OBJECTS, CURVES = "o", "l"
Span = tuple[float, float]
Rows = Callable[[SelectPlan], AsyncGenerator[Batch, None]]


@dataclass(slots=True)
class Known:
    """The light curves of an object: for each passband its span, in its own times."""

    spans: dict[str, Span] = field(default_factory=dict)

    def add(self, passband: str, start: float, end: float) -> None:
        """Take one more segment of a light curve into account."""
        low, high = self.spans.get(passband, (start, end))
        self.spans[passband] = (min(low, start), max(high, end))

    def has(self, passband: str | None) -> bool:
        """Whether there is a light curve in this passband, or in any."""
        return bool(self.spans) if passband is None else passband in self.spans

    def span(self, passband: str | None) -> Span:
        """When one of the light curves begins and ends, or all of them."""
        spans = self.spans.values() if passband is None else [self.spans[passband]]
        return min(start for start, _ in spans), max(end for _, end in spans)


async def known_objects(
    rows: Rows,
    catalog: Catalog,
    collection: Collection,
    object_ids: Iterable[str],
) -> Mapping[str, Known]:
    """Those of the objects that the collection has, in one statement."""
    wanted = tuple(dict.fromkeys(object_ids))
    plan = plan_query(select(collection.name, wanted), catalog)
    found: dict[str, Known] = {}
    async with aclosing(rows(plan)) as batches:
        async for batch in batches:
            for name, passband, start, end in zip(
                *(c.to_pylist() for c in batch.columns), strict=True
            ):
                known = found.setdefault(name, Known())
                if passband is not None and start is not None:
                    known.add(passband, start, end)
    return found


def select(collection: str, object_ids: Sequence[str]) -> Select:
    """A row for each light curve of the objects; one for an object without any."""
    name = column(OBJECTS, "object_id")
    return Select(
        items=(
            SelectItem(name, "name"),
            *(SelectItem(column(CURVES, c)) for c in ("passband", "t_min", "t_max")),
        ),
        source=Join(
            "LEFT",
            TableName((collection, "objects"), OBJECTS),
            TableName((collection, "lightcurves"), CURVES),
            on=Comparison("=", column(CURVES, "object_id"), name),
        ),
        where=In(name, tuple(map(Literal, object_ids))),
    )
