"""Where a result comes from, as INFOs of its head: the IVOA note Data Origin.

First what was asked, then for each collection the rows come from what it is and whom
to cite. The names are those of Data Origin 1.2, tables 1 and 2, and of DALI 1.1,
section 4.4 (standardID, citation).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from vo_lcc import __version__
from vo_lcc.dali.capability import Publisher
from vo_lcc.dali.context import context_of
from vo_lcc.dali.params import Params
from vo_lcc.heads import DocumentHead, Info
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, PhotCal

SOFTWARE = f"vo_lcc/{__version__}"

BIBCODE = re.compile(r"\d{4}\S{14}[A-Za-z]\Z")
WEB = re.compile(r"https?://\S+\Z")
CREATIVE_COMMONS = re.compile(r"(CC0|CC-BY(-NC)?(-ND|-SA)?)-\d\.\d\Z")
LONGEST = 4000
SPDX = "https://spdx.org/licenses/"


def document_head(
    request: web.Request,
    standard_id: str,
    *infos: Info,
    params: Params | None = None,
    description: str | None = None,
) -> DocumentHead:
    """The head of the answer to a request: what was asked of whom, then `infos`.

    `standard_id` is the IVOA identifier of the protocol that was spoken, `params`
    are what was asked where a form in the body may have said so.
    """
    context = context_of(request)
    asked = cut(context.base_url(request) + asked_path(request, params))
    return origin_head(context.publisher, standard_id, asked, *infos, text=description)


def origin_head(
    publisher: Publisher,
    standard_id: str,
    asked: str,
    *infos: Info,
    text: str | None = None,
) -> DocumentHead:
    """The head of a result that was asked for by the URL `asked`."""
    origin = {
        "standardID": standard_id,
        "service_protocol": standard_id,
        "server_software": SOFTWARE,
        "request_date": timestamp(datetime.now(UTC)),
        "request": asked,
        "publisher": publisher.name,
        "contact": publisher.email,
        "landing_page": publisher.reference_url,
    }
    return DocumentHead((*known(origin), *infos), text)


def cut(url: str) -> str:
    """The URL, or the beginning of one that nobody would read to its end.

    >>> len(cut("x" * 100_000))
    4004
    """
    return url if len(url) <= LONGEST else f"{url[:LONGEST]} ..."


def asked_path(request: web.Request, params: Params | None) -> str:
    """The path and query of a request, as of a GET where it was a POST."""
    if request.method != "POST" or params is None:
        return request.path_qs
    return f"{request.rel_url.raw_path}?{query_of(params)}"


def query_of(params: Params) -> str:
    """The parameters as the query of a URL, as many as `cut` leaves anything of."""
    return urlencode(params.pairs[:LONGEST])


def collections_infos(
    collections: Mapping[str, Collection], tables: Iterable[tuple[str, str]]
) -> tuple[Info, ...]:
    """Where the rows of these tables, as (schema, name), come from.

    One group of INFOs after the other, each led by the name of its collection;
    tables that belong to none have none. Tables of a release by its own name tell that
    release.
    """
    schemas = {schema for schema, _ in tables}
    read = releases_read(collections, schemas)
    return tuple(info for c in read for info in collection_infos(c))


def releases_read(
    collections: Mapping[str, Collection], schemas: Set[str]
) -> Iterator[Collection]:
    """The collections whose schemas these are, each at the release that is read."""
    for name, collection in collections.items():
        if name in schemas:
            yield collection
        for release in collection.releases:
            if release.schema in schemas:
                yield replace(
                    collection,
                    release=release.label,
                    published=release.published,
                )


def collections_calibrations(
    collections: Mapping[str, Collection],
    tables: Iterable[tuple[str, str]],
    columns: Iterable[Column],
) -> tuple[PhotCal, ...]:
    """The calibrations of columns of photometry that have none of their own.

    The rows may be of any passband of the collections that are read, so all of them
    are told; none where the columns are no photometry.
    """
    if not any(is_uncalibrated(column) for column in columns):
        return ()
    schemas = {schema for schema, _ in tables}
    read = releases_read(collections, schemas)
    return tuple(dict.fromkeys(each for c in read for each in c.passbands))


def is_uncalibrated(column: Column) -> bool:
    """Whether a column is photometry of no passband in particular.

    >>> is_uncalibrated(Column("mag", "double", ucd="phot.mag"))
    True
    """
    return column.annotation is None and (column.ucd or "").startswith("phot.")


def collection_infos(collection: Collection) -> tuple[Info, ...]:
    """What a collection is, who made it and what to cite."""
    origin = {
        "creator": collection.creator,
        "citation": collection.bibcode,
        "article": collection.bibcode,
        "rights": collection.rights,
        "rights_uri": rights_uri(collection.rights or ""),
        "reference_url": collection.source_url,
        "resource_version": collection.release,
        "publication_date": timestamp(collection.first_published),
        "last_update_date": timestamp(collection.published),
    }
    name = Info("collection", collection.name, collection.title)
    return (name, *map(with_ucd, known(origin)))


def with_ucd(info: Info) -> Info:
    """A citation with the UCD that tells what it is written in (DALI 1.1, 4.4.3).

    >>> with_ucd(Info("citation", "2010ApJ...708..717S")).ucd
    'meta.bib.bibcode'
    """
    if info.name != "citation":
        return info
    is_bibcode = BIBCODE.match(info.value)
    return replace(info, ucd="meta.bib.bibcode" if is_bibcode else "meta.bib")


def rights_uri(rights: str) -> str | None:
    """The URI of a licence: a URL, or what SPDX has under a name of Creative Commons.

    >>> rights_uri("CC BY 4.0"), rights_uri("cite us")
    ('https://spdx.org/licenses/CC-BY-4.0', None)
    """
    if WEB.match(rights):
        return rights
    name = rights.strip().replace(" ", "-")
    return f"{SPDX}{name}" if CREATIVE_COMMONS.match(name) else None


def timestamp(moment: datetime) -> str:
    """A time as DALI 1.1 (3.3.3) writes it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def known(words: Mapping[str, str | None]) -> tuple[Info, ...]:
    """INFOs of what there is."""
    return tuple(Info(name, value) for name, value in words.items() if value)
