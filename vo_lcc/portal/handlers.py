"""The pages: `/`, one for each collection, its map, and files of the pages."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from types import MappingProxyType

from aiohttp import web

from vo_lcc import __version__
from vo_lcc.dali.context import Context, context_of
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal import pages, pictures
from vo_lcc.portal.coverage import coverage
from vo_lcc.portal.finding import example_has_period, few_objects, find_collection
from vo_lcc.portal.object_page import object_page
from vo_lcc.portal.rendering import PAGE_HEADERS, page, page_faults
from vo_lcc.portal.sky import coverage_svg

__all__ = ["page_faults", "routes"]

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
    examples = await asyncio.gather(*(example_of(request, c) for c in collections))
    shown = next((c for c in collections if c.example), None) or next(
        iter(collections), None
    )
    return page(
        request,
        "index.html",
        cards=[
            pages.make_card(each, base_url, example)
            for each, example in zip(collections, examples, strict=True)
        ],
        total=pages.make_total(collections),
        recipes=pages.recipes(shown, base_url) if shown else (),
        services=pages.services(collections, base_url),
        publishing=pages.PUBLISHING,
    )


async def example_of(
    request: web.Request, collection: Collection
) -> list[pictures.Picture]:
    """The pictures of a collection's example: against time and, if known, folded."""
    name, example = collection.name, collection.example
    if example is None:
        return []
    found = [pictures.against_time(name, example)]
    if await example_has_period(request, collection):
        found.append(pictures.folded(name, example, "own"))
    return found


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
        card=pages.make_card(
            collection, base_url, await example_of(request, collection)
        ),
        thumbnails=[
            pictures.thumbnail(collection.name, *each)
            for each in await few_objects(request, collection)
        ],
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
    web.get("/objects/{name}/{object_id:.+}", object_page),
    web.get("/coverage/{name}", coverage),
    web.get("/static/{name}", static),
]
