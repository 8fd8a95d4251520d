"""The pages: `/`, one for each collection, its pictures, and the error page."""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from vo_lcc import __version__
from vo_lcc.adql import plan_query
from vo_lcc.dali.capability import Publisher
from vo_lcc.dali.context import Context, context_of
from vo_lcc.dali.faults import message
from vo_lcc.errors import NotFoundError, VOError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal import charts, pages, query
from vo_lcc.portal.sky import coverage_svg

TEMPLATES = Environment(
    loader=PackageLoader("vo_lcc.portal"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

SITE_NAME = "Light curves"

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "script-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

MEDIA_TYPES = {
    "portal.css": "text/css",
    "copy.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
STATIC: Mapping[str, tuple[bytes, str]] = MappingProxyType(
    {
        name: ((files("vo_lcc.portal") / "static" / name).read_bytes(), media_type)
        for name, media_type in MEDIA_TYPES.items()
    }
)


async def index(request: web.Request) -> web.Response:
    """What is served here."""
    context = context_of(request)
    base_url = context.base_url(request)
    collections = list((await context.collections()).values())
    shown = next((c for c in collections if c.example), None) or next(
        iter(collections), None
    )
    return page(
        request,
        "index.html",
        cards=[pages.make_card(c, base_url) for c in collections],
        total=pages.make_total(collections),
        recipes=pages.recipes(shown, base_url) if shown else (),
        services=pages.services(collections, base_url),
        publishing=pages.PUBLISHING,
    )


async def collection_page(request: web.Request) -> web.Response:
    """One collection: what it is, its tables and their columns."""
    context = context_of(request)
    base_url = context.base_url(request)
    collection = await find_collection(request)
    catalog = await context.catalog()
    schemas = [s for s in catalog.schemas if s.name == collection.name]
    return page(
        request,
        "collection.html",
        card=pages.make_card(collection, base_url),
        about=pages.about(collection),
        recipes=pages.recipes(collection, base_url),
        tables=[table for schema in schemas for table in schema.tables],
    )


async def sky(request: web.Request) -> web.Response:
    """The sky coverage of a collection."""
    context = context_of(request)
    collection = await find_collection(request)
    tag = await picture_tag(context)
    if is_known(request, tag):
        return unchanged(tag)
    drawn = await context.compute(coverage_svg, collection.coverage, collection.title)
    return picture(drawn, tag)


async def example(request: web.Request) -> web.Response:
    """The light curve of a collection's example object, and folded."""
    context = context_of(request)
    collection = await find_collection(request)
    roles = query.find_roles(collection)
    if not collection.example or roles is None:
        raise NotFoundError(f"collection {collection.name} has no light curve to plot")
    tag = await picture_tag(context)
    if is_known(request, tag):
        return unchanged(tag)
    plan = plan_query(query.select(collection, roles), await context.catalog())
    batches = [batch async for batch in context.stream(request, plan)]
    if not batches:
        raise NotFoundError(f"{collection.example} has no points")
    points = pa.Table.from_batches(batches)
    return picture(await context.compute(draw_example, collection, roles, points), tag)


def draw_example(collection: Collection, roles: query.Roles, points: pa.Table) -> str:
    """The picture of the example's points."""
    found = query.make_example(collection, roles, points)
    axis = charts.value_axis(roles.value.name, roles.value.unit)
    return charts.example_svg(
        found.series,
        f"Light curve of {collection.example}",
        pages.time_label(collection.time_frame),
        found.period,
        found.epoch,
        axis,
    )


async def static(request: web.Request) -> web.Response:
    """A file of the pages themselves."""
    name = request.match_info["name"]
    if name not in STATIC:
        raise NotFoundError(f"no file {name!r} here")
    body, media_type = STATIC[name]
    tag = f'"{sha256(body).hexdigest()[:16]}"'
    if is_known(request, tag):
        return unchanged(tag)
    headers = {"ETag": tag, "Cache-Control": "no-cache", **PAGE_HEADERS}
    return web.Response(body=body, content_type=media_type, headers=headers)


async def find_collection(request: web.Request) -> Collection:
    """The collection that the URL names; raises NotFoundError."""
    collections = await context_of(request).collections()
    name = request.match_info["name"]
    if name not in collections:
        known = ", ".join(collections) or "none"
        raise NotFoundError(
            f"There is no collection {name!r} here; there are: {known}."
        )
    return collections[name]


def page(request: web.Request, template: str, **values: Any) -> web.Response:
    """A page made from a template."""
    context = context_of(request)
    root = urlsplit(context.base_url(request)).path
    return html(template, root, context.publisher, HTTPStatus.OK, values)


def page_fault(error: VOError) -> web.Response:
    """The error as a page."""
    status = HTTPStatus(error.status)
    values = {
        "status": error.status,
        "headline": status.phrase,
        "message": message(str(error)),
    }
    return html("error.html", "", Publisher(), status, values)


def html(
    template: str,
    root: str,
    publisher: Publisher,
    status: HTTPStatus,
    values: Mapping[str, Any],
) -> web.Response:
    """An HTML answer under a policy that lets nothing in from elsewhere."""
    text = TEMPLATES.get_template(template).render(
        root=root,
        site_name=publisher.name or SITE_NAME,
        publisher=publisher,
        version=__version__,
        **values,
    )
    return web.Response(
        status=status, text=text, content_type="text/html", headers=PAGE_HEADERS
    )


async def picture_tag(context: Context) -> str:
    """An ETag that changes when what is published does."""
    return f'"{__version__}-{(await context.catalog()).version}"'


def is_known(request: web.Request, tag: str) -> bool:
    """Whether the client has this version already."""
    return tag in request.headers.get("If-None-Match", "")


def unchanged(tag: str) -> web.Response:
    """304, without a body."""
    return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})


def picture(svg: str, tag: str) -> web.Response:
    """An SVG answer."""
    headers = {"ETag": tag, **PICTURE_HEADERS}
    return web.Response(text=svg, content_type="image/svg+xml", headers=headers)


routes = [
    web.get("/", index),
    web.get("/collections/{name}", collection_page),
    web.get("/collections/{name}/sky.svg", sky),
    web.get("/collections/{name}/example.svg", example),
    web.get("/static/{name}", static),
]
