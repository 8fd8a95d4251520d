"""The endpoint of light curves: `/lc/{collection}/{object_id}`."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from aiohttp import web

from vo_lcc.adql import plan_query
from vo_lcc.dali.context import context_of
from vo_lcc.dali.faults import WANTED
from vo_lcc.dali.params import read_params
from vo_lcc.dali.provenance import collection_infos, document_head
from vo_lcc.dali.respond import send_table
from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import NotFoundError
from vo_lcc.lc import points
from vo_lcc.lc.document import band_head, long_head, object_columns
from vo_lcc.lc.params import BANDS, LcParams
from vo_lcc.lc.query import own_interval, select
from vo_lcc.lightcurves.collection import Collection

NO_STANDARD = ""  # no protocol of the VO describes this endpoint


async def light_curve(request: web.Request) -> web.StreamResponse:
    """One object's light curve; raises NotFoundError for an unknown object."""
    context = context_of(request)
    collection = find_collection(
        await context.collections(), request.match_info["collection"]
    )
    object_id = request.match_info["object_id"]
    if "\0" in object_id:  # which PostgreSQL cannot be asked about
        raise no_object(object_id, collection)
    params = LcParams.parse(
        await read_params(request),
        request.headers.get("Accept", ""),
        [calibration.passband for calibration in collection.passbands],
    )
    request[WANTED] = params.format.name
    plan = plan_query(select(collection, object_id, params), await context.catalog())
    batches = [batch async for batch in context.stream(request, plan, pool=INTERACTIVE)]
    curves = pa.Table.from_batches(batches) if batches else None
    if curves is None or curves.num_rows == 0:
        raise no_object(object_id, collection)
    return await send_table(
        request,
        params.format,
        document_head(
            request,
            NO_STANDARD,
            *collection_infos(collection),
            description=collection.title,
        ),
        make_tables(collection, params, curves),
        saved_name(collection, object_id, params),
    )


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


def no_object(object_id: str, collection: Collection) -> NotFoundError:
    """The error for an object that the collection does not have."""
    return NotFoundError(f"no object {object_id!r} in collection {collection.name}")


def make_tables(
    collection: Collection, params: LcParams, curves: pa.Table
) -> list[ResultTable]:
    """One table for each passband, or one for all, as `params` say."""
    names = [c.name for c in object_columns(collection)]
    values: dict[str, Any] = curves.select(names).slice(0, 1).to_pylist()[0]
    found = points.explode(
        curves.filter(curves.column(points.PASSBAND).is_valid()),
        [c.name for c in collection.point_columns],
    )
    if params.time is not None:
        found = points.within(found, *own_interval(collection, params))
    calibrations = tuple(
        c for c in collection.passbands if c.passband in params.passbands
    )
    if params.layout == BANDS:
        return [
            ResultTable(
                band_head(collection, values, calibration),
                batches_of(points.of_passband(found, calibration.passband)),
            )
            for calibration in calibrations
        ]
    head = long_head(collection, values, calibrations)
    return [ResultTable(head, batches_of(points.in_order(found)))]


routes = [web.get("/{collection}/{object_id:.+}", light_curve)]
