"""Pages out of templates, under a policy that lets nothing in from elsewhere."""

from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import Environment, PackageLoader, StrictUndefined

from vo_lcc import __version__
from vo_lcc.dali.context import context_of
from vo_lcc.dali.faults import message, reporting
from vo_lcc.errors import VOError

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
    "script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def page(
    request: web.Request,
    template: str,
    status: HTTPStatus = HTTPStatus.OK,
    **values: Any,
) -> web.Response:
    """A page made from a template."""
    context = context_of(request)
    text = TEMPLATES.get_template(template).render(
        root=urlsplit(context.base_url(request)).path,
        site_name=context.publisher.name or SITE_NAME,
        publisher=context.publisher,
        version=__version__,
        status=status,
        **values,
    )
    return web.Response(
        status=status, text=text, content_type="text/html", headers=PAGE_HEADERS
    )


@web.middleware
async def page_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Middleware that answers every error with a page."""
    return await reporting(handler, partial(page_fault, request))(request)


def page_fault(request: web.Request, error: VOError) -> web.Response:
    """The error as a page."""
    said = message(str(error))
    return page(request, "error.html", HTTPStatus(error.status), message=said)
