"""Where a result comes from, as INFOs of its head: the IVOA note Data Origin."""

from datetime import UTC, datetime

from aiohttp import web

from vo_lcc import __version__
from vo_lcc.dali.context import context_of
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import DocumentHead, Info

SOFTWARE = f"vo_lcc/{__version__}"


def document_head(
    request: web.Request, standard_id: str, *infos: Info, description: str | None = None
) -> DocumentHead:
    """The head of a result: where it comes from (the Data Origin note), then `infos`.

    `standard_id` is the IVOA identifier of the protocol that was spoken. The request
    is told with its query, so that it can be made again.
    """
    context = context_of(request)
    publisher = context.publisher
    origin = {
        "standardID": standard_id,
        "server_software": SOFTWARE,
        "request_date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "request": context.base_url(request) + request.path_qs,
        "publisher": publisher.name,
        "contact": publisher.email,
        "landing_page": publisher.reference_url,
    }
    known = tuple(Info(name, value) for name, value in origin.items() if value)
    return DocumentHead((*known, *infos), description)


def collection_infos(collection: Collection) -> tuple[Info, ...]:
    """Where the rows of a collection come from, in the words of Data Origin."""
    origin = {
        "creator": collection.creator,
        "article": collection.bibcode,
        "rights": collection.rights,
        "reference_url": collection.source_url,
        "resource_version": collection.release,
        "publication_date": collection.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return tuple(Info(name, value) for name, value in origin.items() if value)
