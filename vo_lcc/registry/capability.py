"""How the registry itself is advertised (Registry Interfaces 1.1, section 3)."""

from dataclasses import replace

from vo_lcc.dali.capability import Element, Site, capability, child
from vo_lcc.dali.security import secured
from vo_lcc.db.regtap_schema import REGTAP
from vo_lcc.registry.store import PAGE
from vo_lcc.tables import Catalog
from vo_lcc.voresource.interfaces import interface

STANDARD_ID = "ivo://ivoa.net/std/Registry"
TAP_AUXILIARY = "ivo://ivoa.net/std/TAP#aux"


def capabilities(site: Site) -> list[Element]:
    """To be harvested; and, with all that the VO knows, to be searched.

    Others are not to look for the whole VO in a registry that has only what is its
    own (RegTAP 1.2, section 7), so that says nothing of its tables.
    """
    return [harvest(site), *([auxiliary_tap(site)] if is_full(site) else [])]


def is_full(site: Site) -> bool:
    """Whether the registry has all resources of the VO."""
    return site.publisher.full_registry


def harvest(site: Site) -> Element:
    """OAI-PMH at /oai."""
    oai = interface("vg:OAIHTTP", f"{site.base_url}/oai", use="base", version="1.0")
    element = capability(STANDARD_ID, oai, xsi_type="vg:Harvest")
    child(element, "maxRecords", PAGE)
    return element


def auxiliary_tap(site: Site) -> Element:
    """The TAP service, which is described in a record of its own."""
    url = f"{site.base_url}/tap"
    address = interface("vs:ParamHTTP", url, use="base", version="1.1")
    (element,) = secured([capability(TAP_AUXILIARY, address)], site.publisher.security)
    return element


def tables(site: Site, catalog: Catalog) -> Catalog:
    """The tables of the Registry."""
    found = tuple(s for s in catalog.schemas if s.name == REGTAP.name)
    return replace(catalog, schemas=found)
