"""Send documents that are kept: coded, with validators, not at all where known."""

from collections.abc import AsyncGenerator
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web

from vo_lcc.dali.coding import find_coding
from vo_lcc.dali.respond import send_pieces
from vo_lcc.vosi.kept import IDENTITY, Document

PIECE = 256 * 1024  # bytes


async def send_document(
    request: web.Request, document: Document, modified: float
) -> web.StreamResponse:
    """Answer with the document, or say that the client has it (RFC 9110, section 13).

    `modified` is in Unix seconds.
    """
    coding = find_coding(request.headers.get("Accept-Encoding", "")) or IDENTITY
    headers = {
        "ETag": f'"{document.tag(coding)}"',
        "Last-Modified": formatdate(int(modified), usegmt=True),
        "Cache-Control": "no-cache",
    }
    if is_known(request, document, modified):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Type"] = document.media_type
    if coding != IDENTITY:
        headers["Content-Encoding"] = coding
    body = document.codings[coding]
    if len(body) <= PIECE:
        return web.Response(body=body, headers=headers)
    headers["Content-Length"] = str(len(body))
    return await send_pieces(request, headers, pieces_of(body))


def is_known(request: web.Request, document: Document, modified: float) -> bool:
    """Whether the client has it; If-None-Match says so better than times do."""
    tags = request.if_none_match
    if tags is not None:
        known = ("*", *document.tags())
        return any(tag.value in known for tag in tags)
    since = request.if_modified_since
    return since is not None and int(modified) <= since.timestamp()


async def pieces_of(body: bytes) -> AsyncGenerator[bytes, None]:
    """The body in pieces, so that who reads slowly holds back what is sent."""
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]
