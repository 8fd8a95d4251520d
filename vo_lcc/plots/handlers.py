"""The endpoint of pictures: `/plot/{collection}/{object_id}`."""

import asyncio
from functools import partial
from http import HTTPStatus

import matplotlib as mpl
from aiohttp import web

from vo_lcc import __version__
from vo_lcc.curves.curves import Curves
from vo_lcc.curves.reading import no_object, read_object
from vo_lcc.curves.selection import Selection
from vo_lcc.dali.context import context_of
from vo_lcc.dali.params import read_params
from vo_lcc.db.pools import INTERACTIVE
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.plots.cache import PictureCache, tag_of
from vo_lcc.plots.charts import draw_chart, draw_thumbnail
from vo_lcc.plots.params import THUMBNAIL, PlotParams
from vo_lcc.plots.points import make_chart

DRAWN_AT_ONCE = 2
HEADERS = {
    "Cache-Control": "public, max-age=60",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


class Pictures:
    """What requests for pictures share: those drawn before, and turns to draw."""

    def __init__(self) -> None:
        self.cache = PictureCache()
        self.turns = asyncio.Semaphore(DRAWN_AT_ONCE)


PICTURES: web.AppKey[Pictures] = web.AppKey("pictures", Pictures)


async def plot(request: web.Request) -> web.Response:
    """The picture of one object's light curve; raises NotFoundError and UsageError."""
    context = context_of(request)
    published = await context.published()
    collection = await find_collection(request)
    object_id = request.match_info["object_id"]
    if "\0" in object_id:  # which PostgreSQL cannot be asked about
        raise no_object(object_id, collection.name)
    params = PlotParams.parse(
        await read_params(request), request.headers.get("Accept", ""), collection
    )
    version = (__version__, mpl.__version__, published.catalog.version)
    tag = tag_of(*version, collection.name, object_id, params)
    if is_known(request, tag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers_of(tag))
    pictures: Pictures = request.config_dict[PICTURES]
    picture = pictures.cache.find(tag)
    if picture is None:
        curves = await read_object(
            partial(context.stream, request, pool=INTERACTIVE),
            published.catalog,
            Selection(collection, (object_id,), params.passbands),
            params.steps,
            context.compute,
        )
        async with pictures.turns:
            picture = await context.compute(draw, curves, params)
        pictures.cache.keep(tag, picture)
    return web.Response(
        body=picture, content_type=params.form.media_type, headers=headers_of(tag)
    )


def draw(curves: Curves, params: PlotParams) -> bytes:
    """The picture of the light curves of one object."""
    chart = make_chart(curves, params.steps)
    drawing = draw_thumbnail if params.size == THUMBNAIL else draw_chart
    return drawing(chart, params.canvas)


async def find_collection(request: web.Request) -> Collection:
    """The collection that the URL names; raises NotFoundError."""
    collections = await context_of(request).collections()
    name = request.match_info["collection"]
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(f"no collection {name!r} here; there are: {known}")
    return collections[name]


def is_known(request: web.Request, tag: str) -> bool:
    """Whether the client has this picture already (RFC 9110, 13.1.2)."""
    return any(each.value in (tag, "*") for each in request.if_none_match or ())


def headers_of(tag: str) -> dict[str, str]:
    """The headers of an answer with this tag."""
    return {"ETag": f'"{tag}"', **HEADERS}


routes = [web.get("/{collection}/{object_id:.+}", plot)]
