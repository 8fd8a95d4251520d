"""The page of an object: `/objects/{collection}/{object_id}`."""

from contextlib import aclosing
from functools import partial

from aiohttp import web

from vo_lcc.adql import plan_query
from vo_lcc.curves.reading import no_object, read_object
from vo_lcc.curves.selection import Selection
from vo_lcc.dali.context import context_of
from vo_lcc.dali.params import read_params
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.drawing.labels import time_label
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal import objects, query
from vo_lcc.portal.finding import find_collection
from vo_lcc.portal.pages import make_card
from vo_lcc.portal.rendering import page


async def object_page(request: web.Request) -> web.Response:
    """Who the object is, its light curve in pictures and numbers, and where it leads.

    Raises NotFoundError for an unknown one, ParameterError for a period that is none.
    """
    context = context_of(request)
    collection = await find_collection(request)
    object_id = request.match_info["object_id"]
    folding = objects.parse_folding(await read_params(request))
    row = await read_row(request, collection, object_id)
    curves = await read_object(
        partial(context.stream, request, pool=INTERACTIVE),
        await context.catalog(),
        Selection(collection, (object_id,)),
        compute=context.compute,
    )
    base_url = context.base_url(request)
    return page(
        request,
        "object.html",
        card=make_card(collection, base_url),
        object_id=object_id,
        facts=objects.facts(collection, row),
        pictures=objects.shown_pictures(collection, object_id, row, folding),
        form=folding if folding.period else objects.own_folding(collection, row),
        bands=objects.summaries(curves),
        time_label=time_label(collection.time_frame),
        details=objects.details(collection.object_columns, row),
        formats=objects.light_curve_links(collection, object_id, base_url),
        links=objects.links(
            collection, object_id, base_url, context.publisher.authority
        ),
    )


async def read_row(
    request: web.Request, collection: Collection, object_id: str
) -> objects.Row:
    """What the collection says of the object; raises NotFoundError."""
    context = context_of(request)
    if "\0" in object_id:  # which PostgreSQL cannot be asked about
        raise no_object(object_id, collection.name)
    select = query.select_object(collection, object_id)
    plan = plan_query(select, await context.catalog())
    names = [c.name for c in collection.object_columns]
    async with aclosing(context.stream(request, plan, pool=INTERACTIVE)) as batches:
        async for batch in batches:
            for row in batch.to_pylist():
                return dict(zip(names, row.values(), strict=True))
    raise no_object(object_id, collection.name)
