"""The endpoints of SSA: `/ssa` over all collections, `/ssa/{collection}` over one."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

from aiohttp import web

from vo_lcc.adql import SelectPlan, plan_query
from vo_lcc.curves.reading import FEW, at_once
from vo_lcc.dali.context import context_of, pool_of_cone
from vo_lcc.dali.descriptors import links_of
from vo_lcc.dali.params import read_params, shown
from vo_lcc.dali.provenance import collection_infos, document_head
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.errors import NotFoundError
from vo_lcc.heads import Info, TableHead
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa.capability import STANDARD_ID
from vo_lcc.ssa.choice import Choice, choose, near
from vo_lcc.ssa.columns import output_columns, output_rows
from vo_lcc.ssa.documents import metadata_document, options_of
from vo_lcc.ssa.params import SsaParams
from vo_lcc.ssa.query import CATALOG, select
from vo_lcc.ssa.rows import Service
from vo_lcc.tables import Batch

PROTOCOL = Info("SERVICE_PROTOCOL", "1.1", "SSAP")
DESCRIPTION = (
    "Light curves: one row for each object and passband, and one for all passbands."
)


async def search_all(request: web.Request) -> web.StreamResponse:
    """Light curves of every collection."""
    collections = await context_of(request).collections()
    return await search(request, collections)


async def search_one(request: web.Request) -> web.StreamResponse:
    """Light curves of one collection; raises NotFoundError for an unknown one."""
    collections = await context_of(request).collections()
    name = request.match_info["collection"]
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(f"no collection {shown(name)} here; there are: {known}")
    return await search(request, {name: collections[name]})


async def search(
    request: web.Request, collections: Mapping[str, Collection]
) -> web.StreamResponse:
    """The rows that the parameters select, or the description of the service."""
    context = context_of(request)
    sent = await read_params(request)
    params = SsaParams.parse(sent, context.limits)
    columns = output_columns(collections.values())
    origin = [info for c in collections.values() for info in collection_infos(c)]
    head = replace(
        document_head(
            request,
            STANDARD_ID,
            PROTOCOL,
            *origin,
            params=sent,
            description=DESCRIPTION,
        ),
        services=links_of(context.base_url(request), columns),
    )
    if params.metadata:
        defaults = {"MAXREC": str(context.limits.default_maxrec)}
        options = options_of(collections)
        document = metadata_document(
            columns, head.infos, defaults, options, DESCRIPTION
        )
        return web.Response(body=document, content_type="text/xml")
    choice = choose(params, collections, context.publisher.authority)
    if params.cone is not None:
        choice = near(choice, params.cone, collections)
    rows = batches_of([])
    if choice and params.forms:
        rows = await found(request, params, choice, collections)
    table = ResultTable(TableHead(columns, "results", DESCRIPTION), rows, params.maxrec)
    return await send_table(request, params.response_format, head, [table], "ssa")


async def found(
    request: web.Request,
    params: SsaParams,
    choice: Choice,
    collections: Mapping[str, Collection],
) -> AsyncGenerator[Batch, None]:
    """The rows of the answer."""
    context = context_of(request)
    base_url = context.base_url(request)
    service = Service(
        base_url,
        params.forms,
        collections,
        context.publisher.name or base_url,
        context.publisher.authority,
        params.cone.radius if params.cone else None,
    )
    run = context.compute if len(params.publisher_dids) > FEW else at_once
    plan = await run(planned, params, choice, context.publisher.authority)
    pool = pool_of_cone(params.cone.radius) if params.cone else None
    return converted(context.stream(request, plan, pool=pool), service, params.top)


def planned(params: SsaParams, choice: Choice, authority: str | None) -> SelectPlan:
    """What the database is asked for."""
    return plan_query(select(params, choice, authority), CATALOG, params.maxrec)


async def converted(
    batches: AsyncGenerator[Batch, None], service: Service, top: int | None
) -> AsyncGenerator[Batch, None]:
    """Light curves as rows of the answer, `top` at most."""
    async with aclosing(batches):
        async for batch in batches:
            rows = output_rows(batch, service)
            if top is not None:
                rows = rows[:top]
                top -= rows.num_rows
            yield rows


routes = [
    web.get("", search_all),
    web.post("", search_all),
    web.get("/", search_all),
    web.post("/", search_all),
    web.get("/{collection}", search_one),
    web.post("/{collection}", search_one),
]
