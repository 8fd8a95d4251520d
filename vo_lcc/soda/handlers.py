"""The endpoint of SODA that answers at once: `/soda/sync` (SODA 1.0, section 2.1)."""

from aiohttp import web

from vo_lcc.adql import SelectPlan
from vo_lcc.curves.bundles import MEDIA_TYPE, Bundle
from vo_lcc.curves.layouts import ZIP
from vo_lcc.curves.reading import FEW, Rows, at_once
from vo_lcc.dali.context import Context, context_of
from vo_lcc.dali.params import Params, read_params
from vo_lcc.dali.provenance import document_head
from vo_lcc.dali.record import record_of
from vo_lcc.dali.respond import disposition, send_pieces, send_table
from vo_lcc.dali.run import Batches
from vo_lcc.db import TempTable
from vo_lcc.soda.capability import SYNC_ID
from vo_lcc.soda.extraction import Extracted, Extraction, begun, tables_of
from vo_lcc.soda.params import SodaParams

FILENAME = "lightcurves"


async def sync(request: web.Request) -> web.StreamResponse:
    """The light curves that are asked for; 204 where no point of them is left."""
    context = context_of(request)
    params = await read_params(request, context.limits.upload_size)
    try:
        collections = await context.collections()
        asked = await parsed(params, context, list(collections))
        extraction = Extraction(
            context,
            rows_for(request, context),
            await context.catalog(),
            collections,
            asked,
        )
        extracted = await begun(await extraction.extract(params))
        if not extracted.parts:
            return web.Response(status=204)
        return await send(request, asked, extracted, params)
    finally:
        params.close()


async def parsed(
    params: Params, context: Context, collections: list[str]
) -> SodaParams:
    """What is asked; raises ParameterError. Many identifiers are read in a thread."""
    run = context.compute if len(params.pairs) > FEW else at_once
    authority = context.publisher.authority
    asked: SodaParams = await run(SodaParams.parse, params, authority, collections)
    return asked


def rows_for(request: web.Request, context: Context) -> Rows:
    """Runs plans for the client of a request."""

    def rows(plan: SelectPlan, tables: tuple[TempTable, ...] = ()) -> Batches:
        return context.stream(request, plan, tables=tables)

    return rows


async def send(
    request: web.Request, asked: SodaParams, extracted: Extracted, params: Params
) -> web.StreamResponse:
    """Answer with the light curves, in the layout and format asked for."""
    context = context_of(request)
    head = document_head(request, SYNC_ID, *extracted.infos, params=params)
    if asked.layout != ZIP:
        tables = tables_of(extracted, asked.layout, context)
        return await send_table(request, asked.format, head, tables, FILENAME)
    bundle = Bundle(asked.format, head, context.publisher.authority, extracted.faults)
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Disposition": disposition(FILENAME, "zip"),
    }
    record_of(request).format = ZIP
    pieces = bundle.pieces(extracted.parts, context.compute)
    return await send_pieces(request, headers, pieces)


routes = [
    web.get("/sync", sync),
    web.post("/sync", sync),
]
