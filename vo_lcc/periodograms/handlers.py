"""The endpoint of periodograms that answers at once: `/periodogram/sync`."""

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from aiohttp import web

from vo_lcc.adql import SelectPlan
from vo_lcc.curves.reading import Rows
from vo_lcc.dali.context import Context, context_of
from vo_lcc.dali.faults import WANTED
from vo_lcc.dali.params import Params, parse_count, read_params
from vo_lcc.dali.provenance import document_head
from vo_lcc.dali.record import record_of
from vo_lcc.dali.respond import disposition, send_table
from vo_lcc.dali.run import Batches
from vo_lcc.db import TempTable
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.heads import DocumentHead
from vo_lcc.periodograms.computing import computed
from vo_lcc.periodograms.output import extension_of, table_of
from vo_lcc.periodograms.params import PLOT, PeriodogramParams
from vo_lcc.periodograms.picture import draw_periodogram
from vo_lcc.periodograms.search import AT_ONCE, Periodogram, plan_search, search
from vo_lcc.periodograms.sources import Reader, Source

NO_STANDARD = ""  # no protocol of the VO describes this endpoint

SEARCHERS = 2
"""Searches at once that somebody waits for."""

SEARCHES: web.AppKey[Executor] = web.AppKey("searches", Executor)


def make_searchers() -> Executor:
    """The threads in which periods are looked for."""
    return ThreadPoolExecutor(SEARCHERS, "periods")


async def sync(request: web.Request) -> web.StreamResponse:
    """The best periods, the power spectrum or its picture, as OUTPUT says."""
    context = context_of(request)
    params = await read_params(request, context.limits.upload_size)
    try:
        asked = PeriodogramParams.parse(params, context.publisher.authority)
        if asked.output != PLOT:
            request[WANTED] = asked.format.name
        reader = Reader(
            context,
            rows_for(request, context),
            await context.catalog(),
            await context.collections(),
        )
        source = await reader.read(asked, params)
    finally:
        params.close()
    grid = plan_search(source.target, asked.asked, AT_ONCE)
    executor: Executor = request.config_dict[SEARCHES]
    with record_of(request).timed("search"):
        work = partial(search, source.target, grid, asked.asked)
        found = await computed(executor, work)
    if asked.output == PLOT:
        return await send_picture(context, asked, source, found)
    head = document_head(request, NO_STANDARD, *source.infos, params=params)
    return await send_rows(request, asked, params, source, found, head)


def rows_for(request: web.Request, context: Context) -> Rows:
    """Runs plans for the client of a request."""

    def rows(plan: SelectPlan, tables: tuple[TempTable, ...] = ()) -> Batches:
        return context.stream(request, plan, pool=INTERACTIVE, tables=tables)

    return rows


async def send_rows(
    request: web.Request,
    asked: PeriodogramParams,
    params: Params,
    source: Source,
    found: Periodogram,
    head: DocumentHead,
) -> web.StreamResponse:
    """Answer with a table, in the format asked for."""
    text = params.one("MAXREC")
    maxrec = None if text is None else parse_count("MAXREC", text)
    table = table_of(asked.output, source, found, maxrec)
    return await send_table(request, asked.format, head, [table], asked.output)


async def send_picture(
    context: Context, asked: PeriodogramParams, source: Source, found: Periodogram
) -> web.Response:
    """Answer with the picture."""
    picture = await context.compute(draw_periodogram, source, found, asked.picture)
    name = disposition("periodogram", extension_of(asked.picture))
    return web.Response(
        body=picture,
        content_type=asked.picture,
        headers={
            "Content-Disposition": name,
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


routes = [
    web.get("/sync", sync),
    web.post("/sync", sync),
]
