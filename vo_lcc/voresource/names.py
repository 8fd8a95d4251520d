"""The namespaces of resource records, and the URL that stands for the server's own."""

from collections.abc import Mapping
from types import MappingProxyType

from vo_lcc.dali.capability import EXTENSIONS, VODATASERVICE, XSI

VORESOURCE = "http://www.ivoa.net/xml/VOResource/v1.0"
VOREGISTRY = "http://www.ivoa.net/xml/VORegistry/v1.0"
REGISTRY_INTERFACE = "http://www.ivoa.net/xml/RegistryInterface/v1.0"

NSMAP = {"vr": VORESOURCE, "vs": VODATASERVICE, "xsi": XSI}

CANONICAL: Mapping[str, str] = MappingProxyType(
    {
        "ri": REGISTRY_INTERFACE,
        "vg": VOREGISTRY,
        **NSMAP,
        **EXTENSIONS,
    }
)
"""The prefixes that everyone uses for them (RegTAP 1.2, section 5)."""

BASE_URL = "https://base-url.invalid"
"""What stands in stored records for the URL of this server.

Records are kept for a server that may be seen under several URLs, behind proxies; the
one of the request takes its place when a record is sent. No host has this name (RFC
2606).
"""
