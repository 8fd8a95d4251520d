"""The endpoints of SSA: `/ssa` over all collections, `/ssa/{collection}` over one."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from aiohttp import web

from vo_lcc.adql import plan_query
from vo_lcc.dali.context import context_of, pool_of_cone
from vo_lcc.dali.params import read_params
from vo_lcc.dali.provenance import collection_infos, document_head
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.errors import NotFoundError
from vo_lcc.heads import Info, TableHead
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa.capability import STANDARD_ID
from vo_lcc.ssa.columns import output_columns, output_rows
from vo_lcc.ssa.documents import metadata_document
from vo_lcc.ssa.params import SsaParams
from vo_lcc.ssa.query import CATALOG, select
from vo_lcc.ssa.rows import Service
from vo_lcc.tables import Batch

PROTOCOL = Info("SERVICE_PROTOCOL", "1.1", "SSAP")
DESCRIPTION = "Light curves: one row for each object and passband."
VOTABLE = "application/x-votable+xml"


async def search_all(request: web.Request) -> web.StreamResponse:
    """Light curves of every collection."""
    collections = await context_of(request).collections()
    return await search(request, collections, None)


async def search_one(request: web.Request) -> web.StreamResponse:
    """Light curves of one collection; raises NotFoundError for an unknown one."""
    collections = await context_of(request).collections()
    name = request.match_info["collection"]
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(f"no collection {name!r} here; there are: {known}")
    return await search(request, {name: collections[name]}, name)


async def search(
    request: web.Request, collections: Mapping[str, Collection], only: str | None
) -> web.StreamResponse:
    """The rows that the parameters select, or the description of the service."""
    context = context_of(request)
    sent = await read_params(request)
    params = SsaParams.parse(sent, context.limits)
    columns = output_columns(collections.values())
    origin = [info for c in collections.values() for info in collection_infos(c)]
    head = document_head(
        request, STANDARD_ID, PROTOCOL, *origin, params=sent, description=DESCRIPTION
    )
    if params.metadata:
        document = metadata_document(
            columns, head.infos, context.limits.default_maxrec, DESCRIPTION
        )
        return web.Response(body=document, content_type=VOTABLE)
    rows = batches_of([])
    if params.data_format is not None:
        service = make_service(request, params, collections)
        plan = plan_query(
            select(params, only, context.publisher.authority), CATALOG, params.maxrec
        )
        pool = pool_of_cone(params.cone.radius) if params.cone else None
        rows = converted(context.stream(request, plan, pool=pool), service)
    table = ResultTable(TableHead(columns, "results", DESCRIPTION), rows, params.maxrec)
    return await send_table(request, params.response_format, head, [table], "ssa")


def make_service(
    request: web.Request, params: SsaParams, collections: Mapping[str, Collection]
) -> Service:
    """What the rows of this answer have in common."""
    context = context_of(request)
    assert params.data_format is not None
    base_url = context.base_url(request)
    return Service(
        lc_url=f"{base_url}/lc",
        data_format=params.data_format,
        collections=collections,
        publisher=context.publisher.name or base_url,
        authority=context.publisher.authority,
    )


async def converted(
    batches: AsyncGenerator[Batch, None], service: Service
) -> AsyncGenerator[Batch, None]:
    """Light curves as rows of the answer."""
    async with aclosing(batches):
        async for batch in batches:
            yield output_rows(batch, service)


routes = [
    web.get("", search_all),
    web.post("", search_all),
    web.get("/", search_all),
    web.post("/", search_all),
    web.get("/{collection}", search_one),
    web.post("/{collection}", search_one),
]
