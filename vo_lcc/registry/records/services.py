"""Records of the server itself: its naming authority, publisher, registry, services."""

from collections.abc import Iterable

from vo_lcc.dali.capability import Element, Site, capability, child
from vo_lcc.registry.records.names import (
    NOBODY,
    contact_of,
    home,
    identifiers_of,
    publisher_of,
)
from vo_lcc.registry.records.offered import Offered
from vo_lcc.registry.store import PAGE
from vo_lcc.tables import Catalog, Schema
from vo_lcc.voresource.interfaces import interface
from vo_lcc.voresource.names import BASE_URL
from vo_lcc.voresource.resource import Named, Relation, Resource, resource_element
from vo_lcc.voresource.tables import NOT_COUNTED, RowCounts, schema_element

SUBJECTS = ("light-curves", "astronomy-databases", "virtual-observatories")
RELATED = 1000
"""Collections that a service lists; each of them names the service in any case."""


def authority(site: Site) -> Element:
    """Who may give identifiers that begin like ours (Registry Interfaces 1.1)."""
    ids = identifiers_of(site)
    told = _resource(
        site,
        ids.authority,
        f"Naming authority {ids.authority_id}",
        "The IVOA identifiers of the light curve collections and services of"
        f" {_whose(site)} begin with {ids.authority}.",
        ("Other",),
    )
    element = resource_element("vg:Authority", told)
    organisation = publisher_of(site)
    child(element, "managingOrg", organisation.name).set(
        "ivo-id", organisation.ivoid or ""
    )
    return element


def organisation(site: Site) -> Element:
    """Who publishes."""
    told = _resource(
        site,
        identifiers_of(site).service("org"),
        publisher_of(site).name,
        f"The publisher of the light curve collections of {_whose(site)}.",
        ("Organisation",),
    )
    return resource_element("vr:Organisation", told)


def registry(site: Site) -> Element:
    """The publishing registry at /oai: the record that is registered with the RofR."""
    ids = identifiers_of(site)
    told = _resource(
        site,
        ids.service("registry"),
        f"Publishing registry of {_whose(site)}",
        "A publishing registry: by OAI-PMH it gives the records of the light curve"
        f" collections and services of {_whose(site)}, which change with what is"
        " published there.",
        ("Registry",),
        "registry",
    )
    element = resource_element("vg:Registry", told)
    oai = interface("vg:OAIHTTP", f"{BASE_URL}/oai", use="base", version="1.0")
    harvest = capability("ivo://ivoa.net/std/Registry", oai, xsi_type="vg:Harvest")
    child(harvest, "maxRecords", PAGE)
    element.append(harvest)
    child(element, "full", "false")
    child(element, "managedAuthority", ids.authority_id)
    return element


def tap(site: Site, catalog: Catalog, offered: Offered) -> Element:
    """The TAP service, with the tables that belong to no collection."""
    told = _resource(
        site,
        identifiers_of(site).service("tap"),
        tap_name(site).name,
        "Queries in ADQL over all light curve collections and their objects, ObsCore"
        f" and its extension for time series, at the server of {_whose(site)}.",
        ("Catalog",),
        "TAP",
    )
    element = resource_element("vs:CatalogService", told)
    for service in offered.tap:
        element.extend(service(site))
    own = [s for s in catalog.schemas if _owner(s) not in site.collections]
    add_tableset(element, own)
    return element


def soda(site: Site, offered: Offered) -> Element:
    """What can be asked of light curves, whichever collection they are of."""
    ids = identifiers_of(site)
    served = tuple(Named(c.title, ids.of(c.name)) for c in site.collections.values())
    relation = Relation("IsServiceFor", served)
    told = _resource(
        site,
        ids.service("soda"),
        soda_name(site).name,
        "Links from light curves to what belongs to them, and parts of light curves:"
        f" by time, passband or place. For all collections at the server of"
        f" {_whose(site)}.",
        ("Catalog",),
        "SODA",
        (relation,) if 0 < len(served) <= RELATED else (),
    )
    element = resource_element("vs:DataService", told)
    for service in offered.shared:
        element.extend(service(site))
    add_product_type(element, site)
    return element


def tap_name(site: Site) -> Named:
    """The TAP service as others refer to it."""
    title = f"Light curves of {_whose(site)}: TAP"
    return Named(title, identifiers_of(site).service("tap"))


def soda_name(site: Site) -> Named:
    """Links and SODA as others refer to them."""
    title = f"Light curves of {_whose(site)}: links and extraction"
    return Named(title, identifiers_of(site).service("soda"))


def add_tableset(
    element: Element, schemas: Iterable[Schema], rows: RowCounts = NOT_COUNTED
) -> None:
    """Append the `tableset` of these schemas; none, if there are none."""
    found = [schema_element(schema, rows, detail=True) for schema in schemas]
    if found:
        child(element, "tableset").extend(found)


def add_product_type(element: Element, site: Site) -> None:
    """Append what VODataService 1.3 asks for: light curves are served."""
    if site.drafts:
        child(element, "productTypeServed", "light-curve")


def _owner(schema: Schema) -> str:
    """The collection that a schema is of, if it is of any."""
    return schema.release_of or schema.name


def _whose(site: Site) -> str:
    """Whose server it is, in a sentence."""
    name = site.publisher.name
    return name or (NOBODY[:1].lower() + NOBODY[1:])


def _resource(
    site: Site,
    identifier: str,
    title: str,
    description: str,
    types: tuple[str, ...],
    short_name: str | None = None,
    relations: tuple[Relation, ...] = (),
) -> Resource:
    """What is the same of all of these."""
    authority_id = site.publisher.authority or "lightcurves"
    publisher = publisher_of(site)
    return Resource(
        identifier=identifier,
        title=title,
        publisher=publisher,
        contact=contact_of(site.publisher),
        subjects=SUBJECTS,
        description=description,
        reference_url=home(site.publisher),
        short_name=short_name and _short(authority_id, short_name),
        types=types,
        relations=relations,
    )


def _short(authority_id: str, word: str) -> str:
    """The authority, as much of it as there is room for, and a word.

    >>> _short("lightcurves.example.org", "TAP")
    'lightcurves.TAP'
    """
    return f"{authority_id[: 15 - len(word)]} {word}".replace(". ", ".")
