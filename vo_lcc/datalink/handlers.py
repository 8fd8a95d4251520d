"""The endpoints of DataLink: `/datalink/links`, `/datalink/{collection}/links`."""

from dataclasses import replace
from functools import partial

from aiohttp import web

from vo_lcc.curves.reading import at_once
from vo_lcc.dali.context import context_of
from vo_lcc.dali.descriptors import LINKS, links_descriptor
from vo_lcc.dali.faults import WANTED
from vo_lcc.dali.params import read_params, shown
from vo_lcc.dali.provenance import collection_infos, document_head
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.datalink.answer import Linker
from vo_lcc.datalink.params import LinksParams, parse_id
from vo_lcc.datalink.rows import LinkRows
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import NotFoundError
from vo_lcc.heads import ServiceDescriptor, ServiceInput, TableHead
from vo_lcc.tables import Column

MOST_IDS = 1000
"""Identifiers that one request is answered for; it is told that there were more."""

FEW_IDS = 100
"""Up to so many the links are made sooner than handed to a thread."""

RESPONSEFORMAT = Column(
    "RESPONSEFORMAT",
    "char",
    "*",
    ucd="meta.code.mime",
    description="Format of the links; VOTable in TABLEDATA by default",
)

DESCRIPTION = "Links of light curves: data, pictures, documentation, services."


async def links(request: web.Request) -> web.StreamResponse:
    """Links of light curves of any collection."""
    return await answer(request, None)


async def links_of_collection(request: web.Request) -> web.StreamResponse:
    """Links of objects of one collection; raises NotFoundError for an unknown one."""
    collections = await context_of(request).collections()
    name = request.match_info["collection"]
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(f"no collection {shown(name)} here; there are: {known}")
    return await answer(request, name)


async def answer(request: web.Request, collection: str | None) -> web.StreamResponse:
    """The links of every identifier, as far as they are not too many."""
    context = context_of(request)
    params = await read_params(request)
    asked = LinksParams.parse(params, context.limits)
    request[WANTED] = asked.format.name
    linker = await linker_of(request)
    ids = [
        (text, parse_id(text, linker.authority, collection))
        for text in asked.ids[: MOST_IDS + 1]
    ]
    compute = context.compute if len(ids) > FEW_IDS else at_once
    known = await linker.known(ids)
    rows, services = await compute(linker.made, ids, known)
    table = await compute(table_of, rows, asked.maxrec)
    origin = [
        info for name in known for info in collection_infos(linker.collections[name])
    ]
    head = replace(
        document_head(request, LINKS, *origin, params=params),
        description=DESCRIPTION,
        services=(*services, this(linker.base_url, collection)),
    )
    return await send_table(request, asked.format, head, [table], "links")


async def linker_of(request: web.Request) -> Linker:
    """What makes the links for the client of a request."""
    context = context_of(request)
    published = await context.published()
    return Linker(
        context.base_url(request),
        context.publisher.authority,
        published.catalog,
        published.collections,
        partial(context.stream, request, pool=INTERACTIVE),
    )


def this(base_url: str, collection: str | None) -> ServiceDescriptor:
    """What the service says of itself (DataLink 1.1, section 4.4)."""
    links = links_descriptor(base_url, None, collection)
    inputs = (*links.inputs, ServiceInput(RESPONSEFORMAT))
    return replace(links, name="this", inputs=inputs, is_this=True)


def table_of(rows: LinkRows, maxrec: int) -> ResultTable:
    """The rows of as many whole identifiers as may be sent."""
    head = TableHead(rows.described(), "links", DESCRIPTION)
    limit = rows.ends[min(MOST_IDS, len(rows.ends) - 1)]
    most = rows.whole(min(maxrec, limit))
    table = rows.table()
    is_all = most == table.num_rows
    return ResultTable(head, batches_of(table), None if is_all else most)


routes = [
    web.get("/links", links),
    web.post("/links", links),
    web.get("/{collection}/links", links_of_collection),
    web.post("/{collection}/links", links_of_collection),
]
