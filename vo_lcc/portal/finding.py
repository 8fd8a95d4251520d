"""What a page is about: the collection of its URL, and some of its objects."""

from contextlib import aclosing

from aiohttp import web

from vo_lcc.adql import plan_query
from vo_lcc.adql.nodes import Select
from vo_lcc.curves.curves import OBJECT_ID
from vo_lcc.dali.context import context_of
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal import query

FEW = 12


async def find_collection(request: web.Request) -> Collection:
    """The collection that the URL names; raises NotFoundError."""
    collections = await context_of(request).collections()
    name = request.match_info["name"]
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(
            f"There is no collection {name!r} here; there are: {known}."
        )
    return collections[name]


async def few_objects(
    request: web.Request, collection: Collection
) -> list[tuple[str, bool]]:
    """The first objects of a collection, and whether their periods are known."""
    return await _named(request, query.select_few(collection, FEW))


async def example_has_period(request: web.Request, collection: Collection) -> bool:
    """Whether the period of the collection's example is known."""
    if collection.example is None or collection.period_column is None:
        return False
    select = query.select_periods(collection, [collection.example])
    return any(known for _, known in await _named(request, select))


async def _named(request: web.Request, select: Select) -> list[tuple[str, bool]]:
    context = context_of(request)
    plan = plan_query(select, await context.catalog())
    found = []
    async with aclosing(context.stream(request, plan, pool=INTERACTIVE)) as batches:
        async for batch in batches:
            for row in batch.to_pylist():
                period = row.get(query.PERIOD)
                found.append((row[OBJECT_ID], bool(period and period > 0)))
    return found
