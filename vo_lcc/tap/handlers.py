"""The TAP endpoints."""

from contextlib import nullcontext
from dataclasses import replace

from aiohttp import web

from vo_lcc.dali.context import context_of
from vo_lcc.dali.descriptors import links_of
from vo_lcc.dali.faults import WANTED, json_fault, reporting
from vo_lcc.dali.params import Params, read_params
from vo_lcc.dali.provenance import (
    collections_calibrations,
    collections_infos,
    document_head,
)
from vo_lcc.dali.record import record_of
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.dali.upload_tables import temp_table
from vo_lcc.dali.uploads import Uploaded
from vo_lcc.db.pools import BULK_BYTES
from vo_lcc.heads import Info, TableHead
from vo_lcc.tap import examples_page
from vo_lcc.tap.explain import explained
from vo_lcc.tap.params import TapParams, explanation_format, table_format
from vo_lcc.tap.planning import PROTOCOL, planned
from vo_lcc.tap.query import advice
from vo_lcc.tap.tables import receive_uploads


async def sync(request: web.Request) -> web.StreamResponse:
    """Run a query and stream its result (TAP 1.1, section 2.1)."""
    context = context_of(request)
    params = await read_params(request, context.limits.upload_size)
    form = table_format(params)
    request[WANTED] = form.name
    asked = TapParams.parse(params, context.limits)
    record = record_of(request)
    uploaded = await received(request, asked, params)
    with record.timed("plan"):
        select = await planned(context, asked, record, uploaded)
    if select.maxrec:
        advised = advice(context.base_url(request))
        tables = tuple(map(temp_table, uploaded))
        rows = context.stream(request, select, advised, tables=tables)
    else:
        rows = batches_of(())
    collections = await context.collections()
    origin = collections_infos(collections, select.tables)
    photcals = collections_calibrations(collections, select.tables, select.columns)
    query = Info("query", asked.query)
    head = document_head(request, PROTOCOL, query, *origin, params=params)
    services = links_of(context.base_url(request), select.columns)
    return await send_table(
        request,
        form,
        replace(head, services=services),
        [
            ResultTable(
                TableHead(select.columns, calibrations=photcals), rows, select.maxrec
            )
        ],
    )


async def explain(request: web.Request) -> web.Response:
    """Tell what a query would do, as JSON or text, without running it."""
    context = context_of(request)
    params = await read_params(request, context.limits.upload_size)
    media_type = explanation_format(params, request.headers.get("Accept", ""))
    asked = TapParams.parse(params, context.limits)
    uploaded = await received(request, asked, params)
    text = await explained(context, asked, media_type, uploaded)
    return web.Response(text=text, content_type=media_type)


async def received(
    request: web.Request, asked: TapParams, params: Params
) -> tuple[Uploaded, ...]:
    """The tables that came with a request, which nobody needs afterwards as files.

    To read much is a bulk work, of which a client may have so many at once.
    """
    context, record = context_of(request), record_of(request)
    is_large = sum(part.size for part in params.files.values()) >= BULK_BYTES
    admitted = context.clients.stream(record.client) if is_large else nullcontext()
    try:
        with admitted, record.timed("upload"):
            return await receive_uploads(context, asked, params)
    finally:
        params.close()


async def about(request: web.Request) -> web.StreamResponse:
    """Lead a browser that opens the bare TAP URL to what the service can do."""
    base = context_of(request).base_url(request)
    raise web.HTTPSeeOther(f"{base}/tap/capabilities")


routes = [
    web.get("", about),
    web.get("/", about),
    web.get("/sync", sync),
    web.post("/sync", sync),
    web.get("/explain", reporting(explain, json_fault)),
    web.post("/explain", reporting(explain, json_fault)),
    *examples_page.routes,
]
