"""/tap/examples: queries to begin with, for people and clients (DALI 1.1, 2.3).

The page is XHTML whose attributes (RDFa) tell clients what is what; TAP 1.1, 2.4 says
which properties there are.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from aiohttp import web
from lxml import etree
from lxml.builder import E

from vo_lcc.dali.context import context_of
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column
from vo_lcc.tap.examples import UPLOAD, Example, examples

XHTML = "http://www.w3.org/1999/xhtml"
VOCABULARY = "http://www.ivoa.net/rdf/examples#"
MEDIA_TYPE = "application/xhtml+xml"

STYLE = """
:root { color-scheme: light dark }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem;
       font: 1rem/1.5 system-ui, sans-serif }
pre { overflow-x: auto; padding: .75rem; border: 1px solid; border-radius: .25rem }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def page(request: web.Request) -> web.Response:
    """The examples of every collection that is published."""
    context = context_of(request)
    collections = await context.collections()
    url = f"{context.base_url(request)}/tap"
    return web.Response(
        body=document(collections.values(), url),
        content_type=MEDIA_TYPE,
        charset="utf-8",
        headers={"Content-Security-Policy": POLICY},
    )


def document(collections: Iterable[Collection], url: str) -> bytes:
    """The page for a TAP service at `url`."""
    body = E.body({"vocab": VOCABULARY}, E.h1("Examples of queries"))
    body.append(
        E.p(
            f"These can be sent to {url} as they are. Those that read TAP_UPLOAD."
            f"{UPLOAD} need a table of that name sent along, with the columns that are"
            " told: TOPCAT calls the first table it has loaded so."
        )
    )
    for collection in collections:
        body.append(E.h2(collection.title))
        body.extend(_element(each, url) for each in examples(collection))
    head = E.head(E.title("Examples of queries"), E.style(STYLE))
    page = E.html({"xmlns": XHTML, "lang": "en"}, head, body)
    found: bytes = etree.tostring(
        page, xml_declaration=True, encoding="utf-8", doctype="<!DOCTYPE html>"
    )
    return found


def _element(example: Example, url: str) -> etree._Element:
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


def _tables(names: Iterable[str]) -> etree._Element:
    """The tables that are read."""
    tables = E.p("Tables: ")
    for name in names:
        tables.append(E.code({"property": "table"}, name))
        tables[-1].tail = " "
    return tables


def _upload(columns: Sequence[Column]) -> etree._Element:
    """The columns of the table that is sent along."""
    said = ", ".join(
        f"{column.name} ({column.unit or _kind(column)})" for column in columns
    )
    return E.p(f"TAP_UPLOAD.{UPLOAD} has the columns {said}.")


def _kind(column: Column) -> str:
    return "text" if column.is_text else column.datatype


routes = [web.get("/examples", page)]
