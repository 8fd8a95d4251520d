"""How the SSA service is advertised (SimpleDALRegExt 1.2, SimpleSpectralAccess)."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from vo_lcc.dali.capability import Element, Site, capability, child, param_http
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa.columns import output_columns
from vo_lcc.ssa.params import FRAMES
from vo_lcc.tables import Catalog, Schema, Table

STANDARD_ID = "ivo://ivoa.net/std/SSA"

# A light curve is not a spectrum of the Spectrum data model: "query", not "minimal".
COMPLIANCE = "query"

# The terms of the schema; POS also takes GALACTIC, as everyone writes it.
ADVERTISED_FRAMES = tuple(frame for frame in FRAMES if frame != "GALACTIC")


def capabilities(site: Site) -> list[Element]:
    """The service over all collections."""
    tests = (
        {"COLLECTION": each.name, "TARGETNAME": each.example}
        for each in site.collections.values()
        if each.example
    )
    return [_capability(site, "/ssa", next(tests, None))]


def collection_capability(site: Site, collection: Collection) -> Element:
    """The service over one collection."""
    example = collection.example
    test = {"TARGETNAME": example} if example else None
    return _capability(site, f"/ssa/{quote(collection.name)}", test)


def of_collections(site: Site) -> list[Element]:
    """The service over each collection by itself."""
    return [collection_capability(site, each) for each in site.collections.values()]


def tables(site: Site, catalog: Catalog) -> Catalog:
    """What the answers to queries are: one table, of no schema in the database."""
    columns = output_columns(site.collections.values())
    results = Table("ssa", "results", columns, table_type="output")
    return replace(catalog, schemas=(Schema("ssa", (results,)),))


def _capability(site: Site, path: str, test: Mapping[str, str] | None) -> Element:
    """The service at `path`; `test` is a query that finds light curves there."""
    interface = param_http(
        f"{site.base_url}{path}?",
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
    if site.limits.default_maxrec:  # the schema takes no 0
        child(element, "defaultMaxRecords", site.limits.default_maxrec)
    if test is not None:
        child(child(element, "testQuery"), "queryDataCmd", urlencode(test))
    return element
