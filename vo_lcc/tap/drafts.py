"""What only the draft of TAPRegExt 1.1 knows: limits by mode, and DALI's interface.

Schemas of today refuse it, so it is said where it is asked for. `vo-models` has models
of version 1.0, so lxml writes what is added to them.
"""

from lxml import etree

from vo_lcc.dali.capability import EXTENSIONS, XSI, Element, Limits, Site, child

ENDPOINTS = ("sync", "async", "tables", "availability", "examples")
"""What lies below the URL of TAP. The capabilities have a capability of their own
(section 2.9 of the draft)."""


def add_drafts(access: Element, site: Site) -> Element:
    """The capability of TAP, with an interface and limits of the draft."""
    first = access.find("interface")
    assert first is not None
    first.addnext(dali_interface(site))
    for name in ("retentionPeriod", "executionDuration"):
        for known in access.findall(name):
            known.set("forMode", "async")
    async_duration = access.find("executionDuration")
    assert async_duration is not None
    async_duration.addprevious(sync_duration(site.limits))
    return access


def dali_interface(site: Site) -> Element:
    """The endpoints of TAP by name (the draft, section 2.8)."""
    nsmap = {"xsi": XSI, "tr": EXTENSIONS["tr"]}
    interface = etree.Element("interface", {"role": "std", "version": "1.1"}, nsmap)
    interface.set(f"{{{XSI}}}type", "tr:DALIInterface")
    child(interface, "accessURL", f"{site.base_url}/tap").set("use", "base")
    for name in ENDPOINTS:
        child(child(interface, "endpoint"), "name", name)
    return interface


def sync_duration(limits: Limits) -> Element:
    """How long a query may take that somebody waits for.

    The first row has to come within the default, the last within the hard limit.
    """
    element = etree.Element("executionDuration", {"forMode": "sync"})
    child(element, "default", min(limits.statement_timeout, limits.stream_timeout))
    child(element, "hard", limits.stream_timeout)
    return element
