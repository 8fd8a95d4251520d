"""Pages of examples, for people and clients (DALI 1.1, section 2.3).

They are XHTML whose attributes (RDFa) tell clients what is what.
"""

from collections.abc import Iterable

from aiohttp import web
from lxml import etree
from lxml.builder import E

from vo_lcc.dali.capability import Element

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


def page(title: str, elements: Iterable[Element]) -> bytes:
    """A page of these elements."""
    body = E.body({"vocab": VOCABULARY}, E.h1(title), *elements)
    head = E.head(E.title(title), E.style(STYLE))
    found: bytes = etree.tostring(
        E.html({"xmlns": XHTML, "lang": "en"}, head, body),
        xml_declaration=True,
        encoding="utf-8",
        doctype="<!DOCTYPE html>",
    )
    return found


def answer(document: bytes) -> web.Response:
    """The page as an answer."""
    return web.Response(
        body=document,
        content_type=MEDIA_TYPE,
        charset="utf-8",
        headers={"Content-Security-Policy": POLICY},
    )
