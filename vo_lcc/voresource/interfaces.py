"""Interfaces that have an address and nothing else."""

from lxml import etree

from vo_lcc.dali.capability import XSI, Element, child
from vo_lcc.voresource.names import CANONICAL


def interface(
    kind: str,
    access_url: str,
    *,
    use: str = "full",
    version: str | None = None,
    standard: bool = True,
) -> Element:
    """An `interface` of this type ("vr:WebBrowser"), for everyone.

    `standard` says that it is the one that the standard of its capability describes.
    """
    element = etree.Element("interface", nsmap=dict(CANONICAL))
    element.set(f"{{{XSI}}}type", kind)
    if standard:
        element.set("role", "std")
    if version is not None:
        element.set("version", version)
    child(element, "accessURL", access_url).set("use", use)
    return element
