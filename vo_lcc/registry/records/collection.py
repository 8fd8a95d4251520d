"""The record of a published collection: one, whatever its releases."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from lxml import etree

from vo_lcc.dali.capability import Element, Site, child
from vo_lcc.dali.security import secured
from vo_lcc.lightcurves.about import creators_in, names_in
from vo_lcc.lightcurves.collection import Collection, PublishedRelease
from vo_lcc.registry.capability import auxiliary_tap
from vo_lcc.registry.records.names import contact_of, identifiers_of, publisher_of
from vo_lcc.registry.records.offered import Offered
from vo_lcc.registry.records.services import (
    add_product_type,
    add_tableset,
    soda_name,
    tap_name,
)
from vo_lcc.tables import Schema
from vo_lcc.voresource import coverage
from vo_lcc.voresource.interfaces import interface
from vo_lcc.voresource.names import BASE_URL
from vo_lcc.voresource.resource import (
    Relation,
    Resource,
    children,
    resource_element,
)
from vo_lcc.voresource.tables import row_counts

SUBJECTS = ("light-curves",)
"""What a collection is about that does not say."""

NAMED = 10
"""Releases that a description names, at most."""


def collection_record(
    site: Site, collection: Collection, schemas: Sequence[Schema], offered: Offered
) -> Element:
    """The record of a collection whose tables are in these schemas."""
    element = resource_element("vs:CatalogService", _resource(site, collection))
    _rights(element, collection)
    for service in offered.collection:
        element.extend(service(site.narrowed(collection.name)))
    element.append(auxiliary_tap(site))
    element.extend(secured([_page(collection)], site.publisher.security))
    for word in ("facility", "instrument"):
        children(element, word, names_in(getattr(collection, word)))
    coverage.add_coverage(element, coverage_of(collection))
    add_product_type(element, site)
    add_tableset(element, schemas, row_counts([collection]))
    return element


def _resource(site: Site, collection: Collection) -> Resource:
    ids, about = identifiers_of(site), collection.about
    return Resource(
        identifier=ids.of(collection.name),
        title=collection.title,
        publisher=publisher_of(site),
        contact=contact_of(site.publisher),
        subjects=about.subjects or SUBJECTS,
        description=description_of(collection),
        reference_url=_page_url(collection),
        short_name=about.short_name or collection.name,
        alt_identifiers=(f"doi:{about.doi}",) if about.doi else (),
        creators=about.creators or creators_in(collection.creator),
        dates=dates_of(collection),
        version=collection.release,
        bibcode=collection.bibcode,
        types=("Catalog",),
        relations=(Relation("IsServedBy", (tap_name(site), soda_name(site))),),
        newest=site.drafts,
    )


def dates_of(collection: Collection) -> tuple[tuple[str, datetime], ...]:
    """When it came, when its data were loaded anew, and when it last changed.

    Roles are those of the vocabulary voresource/date_role.
    """
    first = collection.first_published
    later = {r.published for r in collection.releases if r.kind == "full"}
    later |= {collection.published}
    updates = sorted(moment for moment in later if moment > first)
    return (("Created", first), *(("Updated", moment) for moment in updates))


def description_of(collection: Collection) -> str:
    """Its description; and which other releases can be queried, the newest first."""
    others = [r for r in collection.releases if r.label != collection.release]
    if not others:
        return collection.description
    more = ", ..." if len(others) > NAMED else ""
    listed = ", ".join(map(_release, reversed(others[-NAMED:])))
    return (
        f"{collection.description}\n\nThis is release {collection.release}. Others can"
        f" be queried by TAP in schemas of their own: {listed}{more}."
    )


def _release(release: PublishedRelease) -> str:
    return f"{release.label} of {release.published:%Y-%m-%d} ({release.schema})"


def coverage_of(collection: Collection) -> coverage.Coverage:
    """Where on the sky, when and at which energies its light curves are."""
    return coverage.Coverage(
        coverage.spatial(collection.coverage),
        coverage.temporal(
            collection.time_frame,
            collection.t_min,
            collection.t_max,
            collection.st_coverage,
        ),
        coverage.spectral(collection.passbands),
        coverage.wavebands(
            collection.passbands, collection.object_columns + collection.point_columns
        ),
        f"{BASE_URL}/coverage/{quote(collection.name)}"
        if collection.coverage
        else None,
    )


def _rights(element: Element, collection: Collection) -> None:
    uri = collection.about.rights_uri
    if collection.rights or uri:
        rights = child(element, "rights", collection.rights or uri)
        if uri:
            rights.set("rightsURI", uri)


def _page(collection: Collection) -> Element:
    """The page for people, which follows no standard."""
    element = etree.Element("capability")
    url = _page_url(collection)
    element.append(interface("vr:WebBrowser", url, standard=False))
    return element


def _page_url(collection: Collection) -> str:
    return f"{BASE_URL}/collections/{quote(collection.name)}"
