"""How the SSA service is advertised (SimpleDALRegExt 1.2, SimpleSpectralAccess)."""

from urllib.parse import urlencode

from vo_lcc.dali.capability import Element, Site, capability, child, param_http
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa.params import FRAMES

STANDARD_ID = "ivo://ivoa.net/std/SSA"

# A light curve is not a spectrum of the Spectrum data model: "query", not "minimal".
COMPLIANCE = "query"

# The terms of the schema; POS also takes GALACTIC, as everyone writes it.
ADVERTISED_FRAMES = tuple(frame for frame in FRAMES if frame != "GALACTIC")


def capabilities(site: Site) -> list[Element]:
    """The service over all collections."""
    interface = param_http(
        f"{site.base_url}/ssa?",
        use="base",
        version="1.1",
        query_types=("GET", "POST"),
        result_type="text/xml",
    )
    element = capability(STANDARD_ID, interface, xsi_type="ssap:SimpleSpectralAccess")
    child(element, "complianceLevel", COMPLIANCE)
    child(element, "dataSource", "survey")
    child(element, "creationType", "archival")
    for frame in ADVERTISED_FRAMES:
        child(element, "supportedFrame", frame)
    child(element, "maxSearchRadius", 180)
    child(element, "maxRecords", site.limits.hard_maxrec)
    child(element, "defaultMaxRecords", site.limits.default_maxrec)
    for collection in site.collections.values():
        if collection.example:
            query = child(element, "testQuery")
            child(query, "queryDataCmd", example_query(collection))
            break
    return [element]


def example_query(collection: Collection) -> str:
    """A query that finds the light curves of the collection's example object."""
    return urlencode(
        {"COLLECTION": collection.name, "TARGETNAME": collection.example or ""}
    )
