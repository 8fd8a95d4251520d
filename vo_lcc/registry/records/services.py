"""Records of the server itself: its naming authority, publisher, registry, services."""

from collections.abc import Iterable

from vo_lcc.dali.capability import Element, Site, child
from vo_lcc.lightcurves.identifiers import DATASETS
from vo_lcc.registry.capability import is_full, tables
from vo_lcc.registry.records.names import (
    contact_of,
    home,
    identifiers_of,
    publisher_of,
    server_title,
)
from vo_lcc.registry.records.offered import Offered
from vo_lcc.tables import Catalog, Schema
from vo_lcc.voresource.resource import (
    Named,
    Relation,
    Resource,
    named,
    resource_element,
)
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
        "The IVOA identifiers of light curve collections and their services that are"
        f" published at this server begin with {ids.authority}.",
        ("Other",),
    )
    element = resource_element("vg:Authority", told)
    named(element, "managingOrg", publisher_of(site))
    return element


def organisation(site: Site) -> Element:
    """Who publishes."""
    name = publisher_of(site).name
    told = _resource(
        site,
        identifiers_of(site).service("org"),
        name,
        f"{name}: publisher of light curves and of services to find them.",
        ("Organisation",),
    )
    return resource_element("vr:Organisation", told)


def registry(site: Site, catalog: Catalog, offered: Offered) -> Element:
    """The publishing registry at /oai: the record that is registered with the RofR.

    One that has all that the VO knows says so, and how it is searched (Registry
    Interfaces 1.1, section 5.2).
    """
    ids, full = identifiers_of(site), is_full(site)
    told = _resource(
        site,
        ids.service("registry"),
        f"{server_title(site)}: publishing registry",
        "A publishing registry: by OAI-PMH it gives the resource records of the light"
        " curve collections and services of this server, which change with what is"
        " published here.",
        ("Registry",),
        "registry",
        (Relation("IsServedBy", (tap_name(site),)),) if full else (),
    )
    element = resource_element("vg:Registry", told)
    for capabilities in offered.registry:
        element.extend(capabilities(site))
    child(element, "full", str(full).lower())
    child(element, "managedAuthority", ids.authority_id)
    if full:
        add_tableset(element, tables(site, catalog).schemas)
    return element


def tap(site: Site, catalog: Catalog, offered: Offered) -> Element:
    """The TAP service, with the tables that belong to no collection."""
    told = _resource(
        site,
        identifiers_of(site).service("tap"),
        tap_name(site).name,
        "Queries in ADQL over the light curves and objects of all collections of this"
        " server, over ObsCore and its extension for time series.",
        ("Catalog",),
        "TAP",
    )
    element = resource_element("vs:CatalogService", told)
    for capabilities in offered.tap:
        element.extend(capabilities(site))
    own = [s for s in catalog.schemas if _owner(s) not in site.collections]
    add_product_type(element, site)
    add_tableset(element, own)
    return element


def soda(site: Site, offered: Offered) -> Element:
    """What can be asked of light curves, whichever collection they are of.

    Their identifiers begin with that of this record, which tells where to send them
    (IVOA Identifiers 2.0, section 4.1).
    """
    ids = identifiers_of(site)
    served = tuple(Named(c.title, ids.of(c.name)) for c in site.collections.values())
    told = _resource(
        site,
        ids.service(DATASETS),
        soda_name(site).name,
        "Links from light curves to what belongs to them, and parts of light curves,"
        " by time, passband or place: for all collections of this server, whose light"
        f" curves have identifiers that begin with {ids.service(DATASETS)}?",
        ("Catalog",),
        "SODA",
        (Relation("IsServiceFor", served),) if 0 < len(served) <= RELATED else (),
    )
    element = resource_element("vs:DataService", told)
    for capabilities in offered.shared:
        element.extend(capabilities(site))
    add_product_type(element, site)
    return element


def tap_name(site: Site) -> Named:
    """The TAP service as others refer to it."""
    ivoid = identifiers_of(site).service("tap")
    return Named(f"{server_title(site)}: queries by TAP", ivoid)


def soda_name(site: Site) -> Named:
    """Links and SODA as others refer to them."""
    ivoid = identifiers_of(site).service(DATASETS)
    return Named(f"{server_title(site)}: links and parts", ivoid)


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
