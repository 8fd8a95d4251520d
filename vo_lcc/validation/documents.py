"""XML of a stranger: read without entities, DTDs and network; and VOTables."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from vo_lcc.validation.asking import Reply
from vo_lcc.validation.findings import UnfitError, legible

Element = Any
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
HTML = ("text/html", "application/xhtml+xml")


def parse_xml(reply: Reply) -> Element:
    """The root element of an answer; raises UnfitError where it is no XML."""
    if reply.cut:
        raise UnfitError(f"{reply.about}: larger than {len(reply.body):,} bytes")
    if reply.headers.get("Content-Encoding", "identity") != "identity":
        raise UnfitError(f"{reply.about}: compressed, which was not asked for")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(reply.body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        kind = "an HTML page" if is_html(reply) else "not well-formed XML"
        why = "" if is_html(reply) else f" ({legible(str(error), 120)})"
        raise UnfitError(f"{reply.about}: {kind}{why}{excerpt(reply)}") from error


def is_html(reply: Reply) -> bool:
    """Is it a web page, whatever its type?"""
    start = reply.body[:200].lstrip().lower()
    return reply.media_type in HTML or start.startswith((b"<!doctype html", b"<html"))


def excerpt(reply: Reply) -> str:
    """The first words of an answer, where it has any."""
    start = legible(reply.text, 80)
    return f": {start!r}" if start else ": empty"


def local(element: Element) -> str:
    """The name of an element without its namespace; "" of comments."""
    if not isinstance(element.tag, str):
        return ""
    return str(etree.QName(element).localname)


def namespace(element: Element) -> str:
    """The namespace of an element, "" for none."""
    return etree.QName(element).namespace or ""


def named(root: Element, name: str) -> Iterator[Element]:
    """All elements with a local name, whatever their namespace."""
    return (each for each in root.iter() if local(each) == name)


def text_of(element: Element | None) -> str:
    """The text directly in an element."""
    return "" if element is None else (element.text or "").strip()


def child_text(element: Element, name: str) -> str:
    """The text of the first child with a local name, "" without one."""
    return next((text_of(each) for each in element if local(each) == name), "")


def read_votable(reply: Reply) -> Element:
    """The root of an answer that must be a VOTable."""
    root = parse_xml(reply)
    if local(root) != "VOTABLE":
        raise UnfitError(f"{reply.about}: <{legible(local(root), 60)}>, not a VOTable")
    return root


def query_status(root: Element) -> tuple[str, str]:
    """The last QUERY_STATUS of a VOTable and its message (DALI 1.1, section 4.4)."""
    found = [
        (each.get("value", "").upper(), text_of(each))
        for each in named(root, "INFO")
        if each.get("name", "").upper() == "QUERY_STATUS"
    ]
    return found[-1] if found else ("", "")


def cone_error(root: Element) -> str | None:
    """The message of an INFO or PARAM named Error (SCS 1.03, section 2.3)."""
    for each in root.iter():
        if local(each) in ("INFO", "PARAM") and each.get("name", "").lower() == "error":
            return str(each.get("value", "")) or text_of(each)
    return None


def row_count(root: Element) -> int | None:
    """How many rows a VOTable has; None where they are not written as text."""
    data = [local(each) for each in root.iter()]
    if any(name in ("BINARY", "BINARY2", "FITS", "PARQUET") for name in data):
        return None
    return data.count("TR")


def field_names(root: Element) -> list[str]:
    """The names of the columns."""
    return [str(each.get("name", "")) for each in named(root, "FIELD")]
