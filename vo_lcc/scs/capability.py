"""How cone searches are advertised (SimpleDALRegExt 1.2, ConeSearch)."""

import re
from dataclasses import replace
from urllib.parse import quote

import numpy as np
from cdshealpix.nested import healpix_to_lonlat

from vo_lcc.dali.capability import Element, Site, capability, child, param_http
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.scs.params import MAX_RADIUS
from vo_lcc.tables import Catalog

STANDARD_ID = "ivo://ivoa.net/std/ConeSearch"

CELL = re.compile(r"(\d+)/(\d+)")  # the first cell of an ASCII MOC
CELL_RADIUS = 64.0  # degrees, order 0: more than from the centre to any corner


def capabilities(site: Site) -> list[Element]:
    """One capability for each collection that is published."""
    return [collection_capability(site, each) for each in site.collections.values()]


def collection_capability(site: Site, collection: Collection) -> Element:
    """The cone search of one collection."""
    interface = param_http(
        f"{site.base_url}/scs/{quote(collection.name)}?",
        use="base",
        query_types=("GET", "POST"),
        result_type="text/xml",
    )
    element = capability(STANDARD_ID, interface, xsi_type="cs:ConeSearch")
    child(element, "maxSR", MAX_RADIUS)
    child(element, "maxRecords", site.limits.hard_maxrec)
    child(element, "verbosity", "true")
    query = child(element, "testQuery")
    for word, value in zip(("ra", "dec", "sr"), covered_cone(collection), strict=True):
        child(query, word, value)
    return element


def tables(site: Site, catalog: Catalog) -> Catalog:
    """What is searched: the objects of each collection."""
    schemas = (
        replace(schema, tables=tuple(t for t in schema.tables if t.name == "objects"))
        for schema in catalog.schemas
        if schema.name in site.collections
    )
    return replace(catalog, schemas=tuple(schemas))


def covered_cone(collection: Collection) -> tuple[float, float, float]:
    """A cone (degrees) around a cell of the coverage, so that it holds objects."""
    cell = CELL.search(collection.coverage)
    if cell is None:
        return 0.0, 0.0, MAX_RADIUS
    order, index = int(cell[1]), int(cell[2])
    lon, lat = healpix_to_lonlat(np.array([index], np.uint64), order)
    radius = min(MAX_RADIUS, CELL_RADIUS / 2**order)
    return round(float(lon[0].deg), 4), round(float(lat[0].deg), 4), radius
