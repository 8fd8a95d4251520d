"""The endpoint of light curves: `/lc/{collection}/{object_id}`."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from vo_lcc.adql import SelectPlan
from vo_lcc.curves.curves import Curves
from vo_lcc.curves.reading import SMALL, at_once, no_object, read_object
from vo_lcc.curves.selection import Selection
from vo_lcc.curves.steps.cuts import wanted_interval
from vo_lcc.curves.steps.step import all_columns
from vo_lcc.dali.context import context_of
from vo_lcc.dali.descriptors import links_descriptor
from vo_lcc.dali.faults import WANTED
from vo_lcc.dali.params import read_params
from vo_lcc.dali.provenance import collection_infos, document_head
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import Batches
from vo_lcc.db import TempTable
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import NotFoundError
from vo_lcc.heads import ServiceDescriptor
from vo_lcc.lc.params import LcParams
from vo_lcc.lc.tables import make_tables
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId

NO_STANDARD = ""  # no protocol of the VO describes this endpoint


async def light_curve(request: web.Request) -> web.StreamResponse:
    """One object's light curve; raises NotFoundError for an unknown object."""
    collections = await context_of(request).collections()
    collection = find_collection(collections, request.match_info["collection"])
    object_id = request.match_info["object_id"]
    if "\0" in object_id:  # which PostgreSQL cannot be asked about
        raise no_object(object_id, collection.name)
    asked = await read_params(request)
    params = LcParams.parse(asked, request.headers.get("Accept", ""), collection)
    request[WANTED] = params.format.name
    columns = all_columns(
        params.steps, collection.point_columns, collection, params.passbands
    )
    curves = await find_curves(request, collection, object_id, params)
    head = document_head(
        request,
        NO_STANDARD,
        *collection_infos(collection),
        description=collection.title,
    )
    links = links_of_curve(request, collection, object_id, params)
    run = context_of(request).compute if curves.points.nbytes > SMALL else at_once
    return await send_table(
        request,
        params.format,
        replace(head, services=(links,)),
        await run(make_tables, curves, columns, params),
        saved_name(collection, object_id, params),
    )


async def find_curves(
    request: web.Request, collection: Collection, object_id: str, params: LcParams
) -> Curves:
    """The light curves of an object, after what is asked to be done to them."""
    context = context_of(request)

    def rows(plan: SelectPlan, tables: tuple[TempTable, ...] = ()) -> Batches:
        return context.stream(request, plan, pool=INTERACTIVE, tables=tables)

    return await read_object(
        rows,
        await context.catalog(),
        Selection(
            collection,
            (object_id,),
            params.passbands,
            wanted_interval(params.steps, collection.time_frame),
        ),
        params.steps,
        context.compute,
    )


def links_of_curve(
    request: web.Request, collection: Collection, object_id: str, params: LcParams
) -> ServiceDescriptor:
    """Where to find what belongs to a light curve: one passband, or all of them."""
    context = context_of(request)
    alone = len(params.passbands) == 1 < len(collection.passbands)
    curve = CurveId(collection.name, object_id, params.passbands[0] if alone else None)
    did = curve.did(context.publisher.authority)
    return links_descriptor(context.base_url(request), None, value=did)


def saved_name(collection: Collection, object_id: str, params: LcParams) -> str:
    """The name to save a light curve under; it tells the passbands if not all."""
    some = params.passbands if len(params.passbands) < len(collection.passbands) else ()
    return "_".join([collection.name, object_id, *some])


def find_collection(collections: Mapping[str, Collection], name: str) -> Collection:
    """The collection called `name`; raises NotFoundError."""
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(f"no collection {name!r} here; there are: {known}")
    return collections[name]


routes = [web.get("/{collection}/{object_id:.+}", light_curve)]
