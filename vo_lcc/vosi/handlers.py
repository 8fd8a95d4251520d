"""The VOSI endpoints: of one service, or at the root for the whole server."""

import asyncio
import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from aiohttp import web

from vo_lcc.dali.accept import preferred
from vo_lcc.dali.capability import Site
from vo_lcc.dali.context import Published, context_of
from vo_lcc.dali.params import Params, read_params, shown
from vo_lcc.errors import NotFoundError, ParameterError, VOError
from vo_lcc.tables import Catalog, Schema, Table, adql_identifier
from vo_lcc.voresource.tables import row_counts
from vo_lcc.vosi import documents
from vo_lcc.vosi.kept import XML, Document, Documents
from vo_lcc.vosi.sending import send_document
from vo_lcc.vosi.service import Service

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 5.0  # seconds within which a database that is well answers
VOTABLE = "application/x-votable+xml"
DETAILS: Mapping[str, bool] = MappingProxyType({"min": False, "max": True})
TRUTHS: Mapping[str, bool] = MappingProxyType(
    {"true": True, "false": False, "1": True, "0": False}
)

CAPABILITY_BYTES, TABLE_BYTES = 8 * 2**20, 64 * 2**20


class Kept:
    """What requests for VOSI documents share.

    Capabilities are of a URL, which who asks may invent by X-Forwarded-Host: they
    have room of their own, so that nobody drives the large documents out.
    """

    def __init__(self) -> None:
        self.capabilities = Documents(CAPABILITY_BYTES)
        self.tables = Documents(TABLE_BYTES)


KEPT: web.AppKey[Kept] = web.AppKey("vosi", Kept)


def routes(service: Service, mount: str = "") -> list[web.RouteDef]:
    """The endpoints of a service, in the application that is mounted at `mount`."""
    endpoints = Endpoints(service)
    path = service.path.removeprefix(mount)
    found = [
        web.get(f"{path}/capabilities", endpoints.capabilities),
        web.get(f"{path}/availability", endpoints.availability),
    ]
    if service.tables is None:
        return found
    return [
        *found,
        web.get(f"{path}/tables", endpoints.all_tables),
        web.get(f"{path}/tables/{{name:.+}}", endpoints.one_table),
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request sees: what is published, the service's path and the server."""

    published: Published
    path: str
    site: Site


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What answers for one service."""

    service: Service

    async def capabilities(self, request: web.Request) -> web.StreamResponse:
        """What the service offers; `drafts=true`: as drafts of standards have it."""
        seen = await self._seen(request)
        params = await read_params(request)
        drafts = choice(params, "DRAFTS", TRUTHS, seen.site.drafts)
        site = replace(seen.site, drafts=drafts)

        def make() -> bytes:
            return documents.capabilities(self.service.capabilities(seen.path, site))

        kept = kept_of(request).capabilities
        key = (seen.path, site.base_url, drafts)
        return await send(request, kept, seen.published, key, make)

    async def availability(self, request: web.Request) -> web.Response:
        """Whether the database answers now."""
        context = context_of(request)
        try:
            await asyncio.wait_for(context.check_database(), PATIENCE)
        except (VOError, TimeoutError) as error:
            logger.warning("not available: %s", error)
            note = "the database does not answer"
            return unkept(documents.availability(False, context.started, note))
        await self._seen(request)
        return unkept(documents.availability(True, context.started))

    async def all_tables(self, request: web.Request) -> web.StreamResponse:
        """All tables; `detail=min` leaves out their columns (VOSI 1.1, section 3.3)."""
        seen = await self._seen(request)
        detail = choice(await read_params(request), "DETAIL", DETAILS, True)

        def make() -> bytes:
            rows = row_counts(seen.site.collections.values())
            return documents.tableset(self._tables(seen), rows, detail=detail)

        kept = kept_of(request).tables
        return await send(request, kept, seen.published, (seen.path, detail), make)

    async def one_table(self, request: web.Request) -> web.StreamResponse:
        """A table whole, or a schema (the draft of VOSI 1.2, section 3.3.2)."""
        seen = await self._seen(request)
        detail = choice(await read_params(request), "DETAIL", DETAILS, True)
        found = find_named(self._tables(seen), request.match_info["name"])
        rows = row_counts(seen.site.collections.values())
        kept, media_type = kept_of(request).tables, XML
        key: tuple[Hashable, ...]
        if isinstance(found, Schema):
            make = partial(documents.single_schema, found, rows, detail=detail)
            key = ("schema", seen.path, found.name, detail)
        elif wants_votable(request):
            make, media_type = partial(documents.empty_votable, found), VOTABLE
            key = ("votable", seen.path, found.full_name)
        else:
            make = partial(documents.single_table, found, rows)
            key = ("table", seen.path, found.full_name)
        return await send(request, kept, seen.published, key, make, media_type)

    async def _seen(self, request: web.Request) -> Seen:
        context = context_of(request)
        site = await context.site(request)
        return Seen(await context.published(), *self.service.seen(request, site))

    def _tables(self, seen: Seen) -> Catalog:
        assert self.service.tables is not None
        return self.service.tables(seen.site, seen.published.catalog)


def kept_of(request: web.Request) -> Kept:
    """What is kept, from any of the applications of the server."""
    found: Kept = request.config_dict[KEPT]
    return found


async def send(
    request: web.Request,
    kept: Documents,
    published: Published,
    key: Hashable,
    make: Callable[[], bytes],
    media_type: str = XML,
) -> web.StreamResponse:
    """Answer with the document of this key, which `make` makes if it is not kept."""

    async def made() -> Document:
        return await context_of(request).compute(
            lambda: Document.of(make(), media_type)
        )

    document = await kept.get(published.catalog.version, key, made)
    return await send_document(request, document, published.changed)


def find_named(catalog: Catalog, name: str) -> Table | Schema:
    """The table or else the schema of this name; raises NotFoundError."""
    found = catalog.find_table(name)
    if found is not None:
        return found
    for schema in catalog.schemas:
        if adql_identifier(schema.name).lower() == name.lower():
            return schema
    raise NotFoundError(f"no table {shown(name)}; tables are listed one level up")


def wants_votable(request: web.Request) -> bool:
    """Whether a VOTable would be better than the XML of VOSI."""
    for wanted in preferred(request.headers.get("Accept", "")):
        media_type = wanted.partition(";")[0].strip().lower()
        if media_type in (VOTABLE, "text/xml", "application/xml"):
            return media_type == VOTABLE
    return False


def choice(params: Params, name: str, known: Mapping[str, T], default: T) -> T:
    """What a parameter chooses, whatever its case; raises ParameterError."""
    value = params.one(name)
    if value is None:
        return default
    if value.lower() not in known:
        words = " nor ".join(list(known)[:2])
        raise ParameterError(name.lower(), f"{value!r:.40} is neither {words}")
    return known[value.lower()]


def unkept(document: bytes) -> web.Response:
    """An answer that is true now only."""
    headers = {"Content-Type": XML, "Cache-Control": "no-store"}
    return web.Response(body=document, headers=headers)
