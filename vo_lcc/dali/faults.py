"""Errors to error documents: VOTable, cone-search VOTable, plain text, JSON."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from vo_lcc.dali.agreement import agreed
from vo_lcc.errors import (
    FatalError,
    NotFoundError,
    QueryError,
    TooLargeError,
    UsageError,
    VOError,
)

logger = logging.getLogger(__name__)

Document = Callable[[VOError], web.Response]

WANTED: web.RequestKey[str] = web.RequestKey("wanted", str)
"""The name of the format that is asked for, once it is known."""

FOR_PEOPLE = ("html", "text")

VOTABLE = "application/x-votable+xml"
RETRY_AFTER = "10"
MESSAGE_LIMIT = 4000
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def faults(document: Document) -> Middleware:
    """Middleware that answers every error of a service with its `document`."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await agreed(request, handler)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _with_status(document(http_fault(request, error)), error)
        except VOError as error:
            return answer(document_for(request, document), error)
        except ConnectionError:
            raise  # the client has gone; there is nobody to tell
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return document_for(request, document)(FatalError("internal error"))

    return middleware


def document_for(request: web.Request, document: Document) -> Document:
    """`document`, or plain text where a page or text for people was asked for.

    An error document should match the format asked for where that can be (TAP 1.1,
    3.3), and is a VOTable or plain text (DALI 1.1, 4.2): a browser would save the
    VOTable instead of showing what is wrong.
    """
    return text_fault if request.get(WANTED) in FOR_PEOPLE else document


def reporting(handler: Handler, document: Document) -> Handler:
    """`handler`, with a document of its own for errors inside a service."""
    middleware = faults(document)

    async def reports(request: web.Request) -> web.StreamResponse:
        return await middleware(request, handler)

    return reports


def answer(document: Document, error: VOError) -> web.Response:
    """The document of `error`; a FatalError is logged whole and not shown."""
    if isinstance(error, FatalError):
        logger.error("%s", error, exc_info=error)
        error = FatalError("internal error")
    response = document(error)
    if error.transient:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def http_fault(request: web.Request, error: web.HTTPException) -> VOError:
    """What aiohttp refuses (404, 405, 413 ...), as one of our errors."""
    kind = HTTP_FAULTS.get(error.status, UsageError)
    text = f"{error.status} {error.reason}: {request.method} {request.path}"
    if isinstance(error, web.HTTPMethodNotAllowed):
        text += f"; use {', '.join(sorted(error.allowed_methods))}"
    return kind(text)


HTTP_FAULTS: Mapping[int, type[VOError]] = MappingProxyType(
    {404: NotFoundError, 413: TooLargeError, 500: FatalError, 503: FatalError}
)


def votable_fault(error: VOError) -> web.Response:
    """The DALI error document: no table, QUERY_STATUS=ERROR (DALI 1.1, 4.4)."""
    return _votable(error.status, votable_text(f"{error.fault}: {error}"))


def votable_text(problem: str) -> str:
    """The DALI error document that tells a problem."""
    return _document(
        '<RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">'
        f"{escape(message(problem))}</INFO></RESOURCE>"
    )


def cone_fault(error: VOError) -> web.Response:
    """The Simple Cone Search 1.03 error document: an INFO named Error."""
    value = quoteattr(message(str(error)))
    text = f'<INFO ID="Error" name="Error" value={value}/><RESOURCE type="results"/>'
    return _votable(error.status, _document(text), "text/xml")


def text_fault(error: VOError) -> web.Response:
    """The error as plain text: its DALI word, then the message."""
    return web.Response(
        status=error.status, text=message(f"{error.fault}: {error}") + "\n"
    )


def json_fault(error: VOError) -> web.Response:
    """The error as JSON: its DALI word, the message, and the places in a query.

    Lines and columns are counted from 1.
    """
    found = error.problems if isinstance(error, QueryError) else ()
    problems = [
        {"line": line, "column": column, "message": message(text)}
        for text, line, column in found
    ]
    body = {"error": error.fault, "message": message(str(error)), "problems": problems}
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return web.Response(status=error.status, text=text, content_type="application/json")


def message(text: str) -> str:
    """`text` fit for an XML document: no forbidden characters, not too long.

    >>> message("a" + chr(0) + "b")
    'a?b'
    """
    clean = NOT_XML.sub("?", text)
    return clean if len(clean) <= MESSAGE_LIMIT else clean[:MESSAGE_LIMIT] + " ..."


def _votable(status: int, text: str, media_type: str = VOTABLE) -> web.Response:
    return web.Response(status=status, content_type=media_type, text=text)


def _document(content: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f"{content}</VOTABLE>\n"
    )


def _with_status(response: web.Response, error: web.HTTPException) -> web.Response:
    response.set_status(error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response
