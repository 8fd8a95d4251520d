"""Pages out of templates, under a policy that lets nothing in from elsewhere."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from vo_lcc import __version__
from vo_lcc.dali.capability import Publisher
from vo_lcc.dali.context import context_of
from vo_lcc.dali.faults import message
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
    """An HTML answer."""
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
