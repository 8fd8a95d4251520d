"""The cone search endpoint of each collection."""

from dataclasses import replace

from aiohttp import web

from vo_lcc.dali.context import context_of, pool_of_cone
from vo_lcc.dali.descriptors import links_of
from vo_lcc.dali.params import read_params, shown
from vo_lcc.dali.provenance import collection_infos, document_head
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.errors import NotFoundError
from vo_lcc.heads import TableHead
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.coverage import touches
from vo_lcc.scs.params import ConeParams
from vo_lcc.scs.query import plan

PROTOCOL = "ivo://ivoa.net/std/ConeSearch"


async def cone(request: web.Request) -> web.StreamResponse:
    """The objects of a collection inside a cone (Simple Cone Search 1.03)."""
    context = context_of(request)
    published = await context.published()
    collections, catalog = published.collections, published.catalog
    collection = collections.get(request.match_info["collection"])
    if collection is None:
        name = shown(request.match_info["collection"])
        there = ", ".join(sorted(collections)) or "none"
        raise NotFoundError(f"no collection {name}; there is: {there}")
    params = await read_params(request)
    asked = ConeParams.parse(params, context.limits)
    objects = catalog.tables[collection.name, "objects"]
    select = plan(asked, objects, catalog)
    rows = batches_of(())
    if asked.radius > 0 and asked.maxrec and may_find(asked, collection):
        pool = pool_of_cone(asked.radius)
        rows = context.stream(request, select, pool=pool)
    head = document_head(
        request,
        PROTOCOL,
        *collection_infos(collection),
        params=params,
        description=collection.title,
    )
    services = links_of(context.base_url(request), select.columns)
    told = TableHead(select.columns, objects.full_name, objects.description)
    return await send_table(
        request,
        asked.format,
        replace(head, services=services),
        [ResultTable(told, rows, asked.maxrec if asked.radius > 0 else None)],
        f"{collection.name}_cone",
    )


def may_find(asked: ConeParams, collection: Collection) -> bool:
    """Whether the cone touches the coverage; else it is empty, and nothing is asked."""
    return touches(collection.coverage, asked.ra, asked.dec, asked.radius)


routes = [web.get("/{collection}", cone), web.post("/{collection}", cone)]
