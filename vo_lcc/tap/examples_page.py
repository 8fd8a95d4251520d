"""/tap/examples: queries to begin with, for people and clients (DALI 1.1, 2.3).

TAP 1.1, 2.4 says which properties there are. The first page has the queries of all
collections together, then those of each collection: all of them where there are few
collections, those that need no upload where there are more. Each collection has a page
of its own too; `continuation` leads to it where the first page has no room for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from aiohttp import web
from lxml.builder import E

from vo_lcc.dali.capability import Element
from vo_lcc.dali.context import context_of
from vo_lcc.dali.examples import answer
from vo_lcc.dali.examples import page as make_page
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Catalog, Column
from vo_lcc.tap.examples import UPLOAD, Example, examples
from vo_lcc.tap.examples_general import general_examples

WHOLE = 10
"""Up to how many collections the first page has all that their own pages have."""

MOST = 50
"""How many collections it has room for: TOPCAT reads no other page."""


async def page(request: web.Request) -> web.Response:
    """The examples of the service."""
    context = context_of(request)
    published = await context.published()
    url = f"{context.base_url(request)}/tap"
    # takes 0.1 s where there are a thousand collections
    made = await context.compute(
        document, published.catalog, published.collections, url
    )
    return answer(made)


async def page_of_collection(request: web.Request) -> web.Response:
    """The examples of one collection."""
    context = context_of(request)
    name = request.match_info["collection"]
    collection = (await context.collections()).get(name)
    if collection is None:
        raise NotFoundError(f"no collection {name!r} is published here")
    url = f"{context.base_url(request)}/tap"
    return answer(document_of(collection, url))


def document(
    catalog: Catalog, collections: Mapping[str, Collection], url: str
) -> bytes:
    """The first page for a TAP service at `url`."""
    listed = list(collections.values())
    elements = [_preface(url), E.h2("All collections")]
    elements += [_element(each, url) for each in general_examples(catalog, listed)]
    for collection in listed[:MOST]:
        elements += _section(collection, url, whole=len(listed) <= WHOLE)
    if len(listed) > MOST:
        elements += [E.h2("More collections"), _continuations(listed[MOST:], url)]
    return make_page("Examples of queries", elements)


def document_of(collection: Collection, url: str) -> bytes:
    """The page of one collection for a TAP service at `url`."""
    back = E.p(E.a("Queries of all collections", href=f"{url}/examples"))
    elements = [_preface(url), *_section(collection, url, whole=True), back]
    return make_page(f"Examples of queries: {collection.name}", elements)


def _preface(url: str) -> Element:
    return E.p(
        f"These can be sent to {url} as they are. Those that read TAP_UPLOAD."
        f"{UPLOAD} need a table of that name sent along, with the columns that are"
        " told: TOPCAT calls the first table it has loaded so."
    )


def _section(collection: Collection, url: str, whole: bool) -> list[Element]:
    """A heading, and the examples of a collection; if not the `whole`, a link to it."""
    shown = [each for each in examples(collection) if whole or not each.uploads]
    section = [_element(each, url, collection.name) for each in shown]
    if not whole:
        href = _page_url(collection, url)
        section.append(E.p(E.a("More, with tables of your own", href=href)))
    return [E.h2(collection.title), *section]


def _continuations(collections: Iterable[Collection], url: str) -> Element:
    """Where more examples are: whole addresses, which no client has to complete.

    There is no `resource`, as the text of DALI 1.1 has it: its Erratum 1 takes it out.
    """
    links = E.ul()
    for each in collections:
        said = {"property": "continuation", "href": _page_url(each, url)}
        links.append(E.li(E.a(said, f"{each.title} ({each.name})")))
    return links


def _page_url(collection: Collection, url: str) -> str:
    return f"{url}/examples/{quote(collection.name, safe='')}"


def _element(example: Example, url: str, collection: str | None = None) -> Element:
    """One example: its name, what it is for, its query and the tables it reads.

    Clients run what is marked as an example just as it stands (pyvo, `execute()`), so
    those that need a table sent along are marked for people only. Clients list names
    without headings: a name has the collection in it.
    """
    name = f"{collection}: {example.name}" if collection else example.name
    element = E.div(
        {"id": example.id},
        E.h3({"property": "name"}, name),
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


routes = [
    web.get("/examples", page),
    web.get("/examples/{collection}", page_of_collection),
]
