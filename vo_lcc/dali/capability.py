"""What services say of themselves: limits, publisher, VOResource capabilities.

Each service package has a function `capabilities(site)` that gives a list of
`capability` elements (VOResource 1.1); `vosi` gathers them into documents.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self, TypeAlias

from lxml import etree

from vo_lcc.dali.fetch import FetchLimits
from vo_lcc.errors import NotFoundError
from vo_lcc.formats.markup import FORBIDDEN
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Catalog

XSI = "http://www.w3.org/2001/XMLSchema-instance"
VODATASERVICE = "http://www.ivoa.net/xml/VODataService/v1.1"

NOT_XML = re.compile(FORBIDDEN)

Element: TypeAlias = etree._Element


FETCHING = FetchLimits(size=100_000_000, seconds=60)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for: rows, objects, bytes, seconds.

    `upload_size` is of all tables that come with one, as they come, `upload_unpacked`
    of the same as they are held in memory or on disk, `upload_rows` of each of them,
    `fetching` of those that are read from URLs. `execution_duration`
    and `retention` are of jobs.
    """

    default_maxrec: int = 100_000
    hard_maxrec: int = 10_000_000
    objects: int = 50_000
    body_size: int = 20_000_000
    upload_size: int = 100_000_000
    upload_rows: int = 10_000_000
    upload_unpacked: int = 2 * 2**30
    fetching: FetchLimits = FETCHING
    statement_timeout: int = 60
    stream_timeout: int = 3600
    execution_duration: int = 3600
    hard_execution_duration: int = 86_400
    retention: int = 604_800
    hard_retention: int = 2_592_000


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who runs this server; None where the configuration does not say.

    With `drafts` it says of itself what only drafts of standards know, too. `security`
    are the methods of `dali.security` by which users can log in. The `full_registry`
    has all resources that the VO knows (RegTAP 1.2, section 7).
    """

    authority: str | None = None
    name: str | None = None
    contact: str | None = None
    email: str | None = None
    reference_url: str | None = None
    drafts: bool = False
    security: tuple[str | None, ...] = ()
    full_registry: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """The server as it describes itself now; `base_url` has no slash at the end.

    `finds_names` tells whether it looks up names of objects, `drafts` whether it also
    says what only drafts of standards know (TAPRegExt 1.1, VODataService 1.3): schemas
    of today refuse it.
    """

    base_url: str
    limits: Limits = field(default_factory=Limits)
    publisher: Publisher = field(default_factory=Publisher)
    collections: Mapping[str, Collection] = field(default_factory=dict)
    finds_names: bool = False
    drafts: bool = False

    def narrowed(self, name: str) -> Self:
        """The same server as if it had this collection alone.

        Raises NotFoundError where there is no such collection.
        """
        found = self.collections.get(name)
        if found is None:
            there = ", ".join(sorted(self.collections)) or "none"
            raise NotFoundError(f"no collection {name!r:.80}; there is: {there}")
        return replace(self, collections={name: found})


Capabilities = Callable[[Site], list[Element]]
Tables = Callable[[Site, Catalog], Catalog]
"""Of all tables those that a service has, or describes."""


def capability(
    standard_id: str, *interfaces: Element, xsi_type: str | None = None
) -> Element:
    """A `capability` element; `xsi_type` is like "cs:ConeSearch".

    The namespace of the prefix must be one of `EXTENSIONS`. Elements of the
    extension are appended by the caller, after the interfaces.
    """
    prefix = xsi_type.partition(":")[0] if xsi_type else None
    nsmap = {"xsi": XSI, "vs": VODATASERVICE}
    if prefix is not None:
        nsmap[prefix] = EXTENSIONS[prefix]
    element = etree.Element("capability", {"standardID": standard_id}, nsmap)
    if xsi_type is not None:
        element.set(f"{{{XSI}}}type", xsi_type)
    element.extend(interfaces)
    return element


EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "cs": "http://www.ivoa.net/xml/ConeSearch/v1.0",
        "ssap": "http://www.ivoa.net/xml/SSA/v1.1",
        "tr": "http://www.ivoa.net/xml/TAPRegExt/v1.0",
        "vg": "http://www.ivoa.net/xml/VORegistry/v1.0",
    }
)


def param_http(
    access_url: str,
    *,
    use: str = "full",
    version: str = "1.0",
    query_types: Iterable[str] = ("GET",),
    result_type: str | None = None,
) -> Element:
    """A `vs:ParamHTTP` interface in the standard role, open to everyone."""
    nsmap = {"xsi": XSI, "vs": VODATASERVICE}
    interface = etree.Element("interface", {"role": "std", "version": version}, nsmap)
    interface.set(f"{{{XSI}}}type", "vs:ParamHTTP")
    child(interface, "accessURL", access_url).set("use", use)
    for query_type in query_types:
        child(interface, "queryType", query_type)
    if result_type is not None:
        child(interface, "resultType", result_type)
    return interface


def standard_params(
    interface: Element, params: Iterable[tuple[str, str, str]]
) -> Element:
    """The interface with these parameters of a standard: name, use, what it is.

    The use is "required" or "optional". All are text to VOTable, whose types services
    of DALI are to have (VODataService 1.2, section 3.5).
    """
    for name, use, description in params:
        element = child(interface, "param")
        element.set("std", "true")
        element.set("use", use)
        child(element, "name", name)
        child(element, "description", description)
        datatype = child(element, "dataType", "char")
        datatype.set(f"{{{XSI}}}type", "vs:VOTableType")
        datatype.set("arraysize", "*")
    return interface


def child(parent: Element, tag: str, text: str | float | None = None) -> Element:
    """A new last child of `parent`, with `text`; "?" for what XML cannot hold."""
    element = etree.SubElement(parent, tag)
    if text is not None:
        element.text = NOT_XML.sub("?", str(text))
    return element
