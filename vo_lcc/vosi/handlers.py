"""The VOSI endpoints: of one service, or at the root for the whole server."""

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from vo_lcc.dali.capability import Capabilities, Element, Site, capability, param_http
from vo_lcc.dali.context import context_of
from vo_lcc.dali.params import Params, read_params
from vo_lcc.errors import NotFoundError, ParameterError, VOError
from vo_lcc.vosi import documents

logger = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds within which a database that is well answers
STANDARD = "ivo://ivoa.net/std/VOSI"

# The VOSI resources of a service: standardID after "#", path. Clients look for the
# tables under both names.
RESOURCES = (
    ("capabilities", "capabilities"),
    ("availability", "availability"),
    ("tables-1.1", "tables"),
    ("tables", "tables"),
)


def routes(
    prefix: str, services: Sequence[Capabilities], *, has_tables: bool = True
) -> list[web.RouteDef]:
    """The endpoints of the service at `prefix`, which offers these capabilities.

    A service that `has_tables` lists them too.
    """

    async def capabilities(request: web.Request) -> web.Response:
        context = context_of(request)
        site = await context.site(request)
        elements = [element for service in services for element in service(site)]
        document = documents.capabilities(
            elements + resources(site, prefix, has_tables)
        )
        return _xml(document, await context.last_modified())

    found = [
        web.get("/capabilities", capabilities),
        web.get("/availability", availability),
    ]
    of_tables = [web.get("/tables", tables), web.get("/tables/{name}", table)]
    return found + of_tables if has_tables else found


def resources(site: Site, prefix: str, has_tables: bool) -> list[Element]:
    """The VOSI capabilities themselves."""
    return [
        capability(f"{STANDARD}#{name}", param_http(f"{site.base_url}{prefix}/{path}"))
        for name, path in RESOURCES
        if has_tables or path != "tables"
    ]


async def availability(request: web.Request) -> web.Response:
    """Whether the database answers now."""
    context = context_of(request)
    try:
        await asyncio.wait_for(context.check_database(), PATIENCE)
    except (VOError, TimeoutError) as error:
        logger.warning("not available: %s", error)
        note = "the database does not answer"
        return _xml(documents.availability(False, context.started, note))
    return _xml(documents.availability(True, context.started))


async def tables(request: web.Request) -> web.Response:
    """All tables; `detail=min` leaves out their columns."""
    params = await read_params(request)
    context = context_of(request)
    document = documents.tableset(await context.catalog(), detail=_detail(params))
    return _xml(document, await context.last_modified())


async def table(request: web.Request) -> web.Response:
    """One table whole (VOSI 1.1, section 2.3)."""
    name = request.match_info["name"]
    context = context_of(request)
    found = (await context.catalog()).find_table(name)
    if found is None:
        raise NotFoundError(f"no table {name!r:.200}; /tables lists them all")
    return _xml(documents.single_table(found), await context.last_modified())


def _detail(params: Params) -> bool:
    value = params.one("DETAIL") or "max"
    if value not in ("min", "max"):
        raise ParameterError("detail", f"{value!r:.40} is neither min nor max")
    return value == "max"


def _xml(document: bytes, modified: float | None = None) -> web.Response:
    response = web.Response(body=document, content_type="text/xml", charset="utf-8")
    response.last_modified = modified
    response.enable_compression()
    return response
