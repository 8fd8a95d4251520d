"""/soda/examples: requests to begin with (SODA 1.0, section 2.3)."""

import math
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from aiohttp import web
from lxml.builder import E

from vo_lcc.dali.capability import Element
from vo_lcc.dali.context import context_of
from vo_lcc.dali.examples import answer, page
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.times import MJD_ORIGIN

Asked = Mapping[str, str]


async def examples(request: web.Request) -> web.Response:
    """The examples of every collection that is published."""
    context = context_of(request)
    url = f"{context.base_url(request)}/soda/sync"
    elements: list[Element] = [E.p(f"These can be sent to {url} as they are.")]
    for collection in (await context.collections()).values():
        elements.append(E.h2(collection.title))
        elements += [
            _element(f"{collection.name}-{name}", title, words, asked, url)
            for name, title, words, asked in _made(
                collection, context.publisher.authority
            )
        ]
    return answer(page("Examples of light curves", elements))


def _made(
    collection: Collection, authority: str | None
) -> Iterator[tuple[str, str, str, Asked]]:
    """Name, title, what it is for, and parameters of each example of a collection."""
    if not collection.example:
        return
    given = {"ID": CurveId(collection.name, collection.example, None).did(authority)}
    if collection.t_min is not None and collection.t_max is not None:
        origin = collection.time_frame.time_origin - MJD_ORIGIN
        start, end = collection.t_min + origin - 1, collection.t_max + origin + 1
        asked = {"TIME": f"{math.floor(start)} {math.ceil(end)}", "QUALITY": "good"}
        words = "The good points of an object in an interval of MJD (UTC)."
        yield "cutout", "Cut out an interval of time", words, given | asked
    asked = {"TIMEFORMAT": "iso", "LAYOUT": "long"}
    words = "All points of an object in one table, their times as dates."
    yield "dates", "Tell times as dates", words, given | asked


def _element(name: str, title: str, words: str, asked: Asked, url: str) -> Element:
    """One example: what is asked, as parameters that clients know, and a link."""
    href = f"{url}?{urlencode({**asked, 'RESPONSEFORMAT': 'html'})}"
    return E.div(
        {"id": name, "typeof": "example", "resource": f"#{name}"},
        E.h3({"property": "name"}, title),
        E.p(words),
        E.ul(*(_parameter(key, value) for key, value in asked.items())),
        E.p(E.a("Run it", href=href)),
    )


def _parameter(key: str, value: str) -> Element:
    """A parameter and its value (DALI 1.1, section 2.3.3)."""
    return E.li(
        {"property": "generic-parameter", "typeof": "keyval"},
        E.code({"property": "key"}, key),
        " ",
        E.code({"property": "value"}, value),
    )


routes = [web.get("/examples", examples)]
