"""What stands at a place of a resource record, whatever its namespaces are.

Elements of records have no namespace; some registries give them one. So only their
local names are looked at. Types (`xsi:type`) get the prefix that everybody uses for
their namespace, of whatever minor version (RegTAP 1.2, section 5).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from vo_lcc.dali.capability import XSI, Element
from vo_lcc.voresource.names import CANONICAL

XSI_TYPE = f"{{{XSI}}}type"
BLANKS = re.compile(r"[ \t\r\n]+")
TO_TIDY = re.compile(r"[\t\r\n]|  ")
MINOR_VERSION = re.compile(r"(/v\d+)\.[\w.]*$")
STRING = etree.XPath("string()", smart_strings=False)


def unversioned(uri: str) -> str:
    """A namespace without its minor version.

    >>> unversioned("http://www.ivoa.net/xml/SIA/v1.1")
    'http://www.ivoa.net/xml/SIA/v1'
    """
    return MINOR_VERSION.sub(r"\1", uri.strip().rstrip("/#"))


PREFIXES = {unversioned(uri): prefix for prefix, uri in CANONICAL.items()} | {
    "http://purl.org/dc/elements/1.1": "dc",
    "http://www.openarchives.org/OAI/2.0": "oai",
    "http://www.ivoa.net/xml/SIA/v1": "sia",
    "http://www.ivoa.net/xml/SLAP/v1": "slap",
    "http://www.ivoa.net/xml/StandardsRegExt/v1": "vstd",
    "http://www.ivoa.net/xml/DocRegExt/v1": "doc",
}


Inside: TypeAlias = dict[str, list[Element]]
"""What is directly in an element, by local name; the element itself is there as "."."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where values are, seen from an element: elements below it, or their attribute."""

    steps: tuple[str, ...]
    attribute: str | None = None

    def find(self, inside: Inside) -> list[str]:
        """The values there, with single blanks; an attribute that is missing is ""."""
        found = descend(inside, self.steps)
        if not found:
            return []
        if self.attribute is None:
            return [text_of(e) for e in found]
        if self.attribute == "xsi:type":
            return [type_of(e) for e in found]
        return [tidy(e.get(self.attribute)) for e in found]


def place(path: str) -> Place:
    """The place of a short XPath.

    >>> place("accessURL/@use")
    Place(steps=('accessURL',), attribute='use')
    >>> place("@role")
    Place(steps=('.',), attribute='role')
    """
    names, _, attribute = path.partition("@")
    return Place(
        tuple(names.strip("/").split("/")) if names else (".",), attribute or None
    )


def look_inside(element: Element) -> Inside:
    """What is directly in an element, found once for all places."""
    inside: Inside = {".": [element]}
    for each in element:
        inside.setdefault(local_name(each), []).append(each)
    return inside


def descend(inside: Inside, steps: tuple[str, ...]) -> Sequence[Element]:
    """The elements that a chain of names leads to."""
    found: Sequence[Element] = inside.get(steps[0], ())
    for step in steps[1:]:
        found = [c for e in found for c in e.iterchildren(f"{{*}}{step}")]
    return found


def local_name(element: Element) -> str:
    """The name without a namespace; of comments and the like it is empty."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2] if tag[0] == "{" else tag


def text_of(element: Element) -> str:
    """All text in an element, without comments."""
    return tidy(STRING(element) if len(element) else element.text)


def own_text(element: Element) -> str:
    """The text of an element that has no others in it."""
    return "" if any(True for _ in children(element)) else text_of(element)


def children(element: Element) -> Iterator[Element]:
    """The elements in an element."""
    return element.iterchildren(etree.Element)  # type: ignore[no-any-return]


def tidy(text: str | None) -> str:
    r"""Text as XML Schema has tokens: blanks around it gone, others single.

    >>> tidy("  Optical\n Astronomy "), tidy(None)
    ('Optical Astronomy', '')
    """
    if not text:
        return ""
    bare = text.strip(" \t\r\n")
    return BLANKS.sub(" ", bare) if TO_TIDY.search(bare) else bare


def type_of(element: Element) -> str:
    """The type of an element as a QName with the prefix that everybody uses."""
    prefix, _, name = tidy(element.get(XSI_TYPE)).rpartition(":")
    if not name:
        return ""
    uri = element.nsmap.get(prefix or None)
    known = PREFIXES.get(unversioned(uri), prefix) if uri else prefix
    return f"{known}:{name}" if known else name
