"""The TAP endpoints."""

from aiohttp import web

from vo_lcc.adql import SelectPlan
from vo_lcc.dali.context import Context, context_of
from vo_lcc.dali.faults import WANTED, json_fault, reporting
from vo_lcc.dali.params import read_params
from vo_lcc.dali.provenance import collections_infos, document_head
from vo_lcc.dali.record import Record, record_of
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.errors import NotFoundError
from vo_lcc.tables import Info, TableHead
from vo_lcc.tap.explain import explained
from vo_lcc.tap.params import TapParams, explanation_format, table_format
from vo_lcc.tap.query import advice, plan, plan_key

SHORT = 1000  # characters of a query that is compiled sooner than handed to a thread
PROTOCOL = "ivo://ivoa.net/std/TAP"


async def sync(request: web.Request) -> web.StreamResponse:
    """Run a query and stream its result (TAP 1.1, section 2.1)."""
    context = context_of(request)
    params = await read_params(request)
    form = table_format(params)
    request[WANTED] = form.name
    asked = TapParams.parse(params, context.limits)
    record = record_of(request)
    with record.timed("plan"):
        select = await planned(context, asked, record)
    if select.maxrec:
        advised = advice(context.base_url(request))
        rows = context.stream(request, select, advised)
    else:
        rows = batches_of(())
    origin = collections_infos(await context.collections(), select.tables)
    query = Info("query", asked.query)
    return await send_table(
        request,
        form,
        document_head(request, PROTOCOL, query, *origin, params=params),
        [ResultTable(TableHead(select.columns), rows, select.maxrec)],
    )


async def planned(context: Context, asked: TapParams, record: Record) -> SelectPlan:
    """The plan of a query: one that was kept, or a new one.

    A long text, or one with a name to be looked up, is left to a thread.
    """
    catalog = await context.catalog()
    key = plan_key(asked, catalog, context.limits)
    kept = context.plans.find(key)
    record.plan = "made" if kept is None else "kept"
    if kept is not None:
        return kept
    wanted = (asked, catalog, context.limits, context.resolver)
    if len(asked.query) <= SHORT and context.resolver is None:
        made = plan(*wanted)
    else:
        made = await context.compute(plan, *wanted)
    context.plans.keep(key, made)
    return made


async def explain(request: web.Request) -> web.Response:
    """Tell what a query would do, as JSON or text, without running it."""
    context = context_of(request)
    params = await read_params(request)
    media_type = explanation_format(params, request.headers.get("Accept", ""))
    asked = TapParams.parse(params, context.limits)
    text = await explained(context, asked, media_type)
    return web.Response(text=text, content_type=media_type)


async def no_jobs(request: web.Request) -> web.StreamResponse:
    """Say that there are no jobs, in words rather than as a bare 404."""
    raise NotFoundError(
        "asynchronous jobs are not offered by this server yet; use /tap/sync"
    )


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
    web.route("*", "/async{rest:(/.*)?}", no_jobs),
]
