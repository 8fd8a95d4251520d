"""/tap/examples: queries to begin with, for people and clients (DALI 1.1, 2.3).

TAP 1.1, 2.4 says which properties there are.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from aiohttp import web
from lxml.builder import E

from vo_lcc.dali.capability import Element
from vo_lcc.dali.context import context_of
from vo_lcc.dali.examples import answer
from vo_lcc.dali.examples import page as make_page
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column
from vo_lcc.tap.examples import UPLOAD, Example, examples


async def page(request: web.Request) -> web.Response:
    """The examples of every collection that is published."""
    context = context_of(request)
    collections = await context.collections()
    url = f"{context.base_url(request)}/tap"
    return answer(document(collections.values(), url))


def document(collections: Iterable[Collection], url: str) -> bytes:
    """The page for a TAP service at `url`."""
    elements: list[Element] = [
        E.p(
            f"These can be sent to {url} as they are. Those that read TAP_UPLOAD."
            f"{UPLOAD} need a table of that name sent along, with the columns that are"
            " told: TOPCAT calls the first table it has loaded so."
        )
    ]
    for collection in collections:
        elements.append(E.h2(collection.title))
        elements += [_element(each, url) for each in examples(collection)]
    return make_page("Examples of queries", elements)


def _element(example: Example, url: str) -> Element:
    """One example: its name, what it is for, its query and the tables it reads.

    Clients run what is marked as an example just as it stands (pyvo, `execute()`), so
    those that need a table sent along are marked for people only.
    """
    element = E.div(
        {"id": example.id},
        E.h3({"property": "name"}, example.name),
        E.p(example.description),
        E.pre({"property": "query"}, example.query),
        _tables(example.tables),
    )
    if example.uploads:
        for each in element.iterfind(".//*[@property]"):
            del each.attrib["property"]
        element.append(_upload(example.uploads))
        return element
    element.set("typeof", "example")
    element.set("resource", f"#{example.id}")
    asked = {"LANG": "ADQL", "QUERY": example.query, "RESPONSEFORMAT": "html"}
    element.append(E.p(E.a("Run it", href=f"{url}/sync?{urlencode(asked)}")))
    return element


def _tables(names: Iterable[str]) -> Element:
    """The tables that are read."""
    tables = E.p("Tables: ")
    for name in names:
        tables.append(E.code({"property": "table"}, name))
        tables[-1].tail = " "
    return tables


def _upload(columns: Sequence[Column]) -> Element:
    """The columns of the table that is sent along."""
    said = ", ".join(
        f"{column.name} ({column.unit or _kind(column)})" for column in columns
    )
    return E.p(f"TAP_UPLOAD.{UPLOAD} has the columns {said}.")


def _kind(column: Column) -> str:
    return "text" if column.is_text else column.datatype


routes = [web.get("/examples", page)]
