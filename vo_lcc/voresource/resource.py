"""Resource records: what VOResource 1.2 says of each resource, whatever its kind.

`vo-models` has models of these types, but its Source takes no bibcode, its Date no day
alone, it has no capability with elements of its own and quietly writes URLs in another
way than they were given. So lxml writes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from vo_lcc.dali.capability import XSI, Element, child
from vo_lcc.lightcurves.about import Creator
from vo_lcc.voresource.names import CANONICAL, REGISTRY_INTERFACE

ORCID = "https://orcid.org/"
SHORT = 16
"""Letters of a short name."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name, and the identifier of the resource that has it (vr:ResourceName)."""

    name: str
    ivoid: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about a resource."""

    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """What other resources are to one: a term of voresource/relationship_type."""

    kind: str
    resources: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """What a record says whatever its kind: VOResource 1.2, section 3.1.

    `dates` are pairs of a role of voresource/date_role and a moment; `subjects` terms
    of the UAT, `types` of voresource/content_type; `bibcode` is that of the source.
    With `newest`, ORCIDs are also where only the schema of VOResource 1.2 has them.
    """

    identifier: str
    title: str
    publisher: Named
    contact: Contact
    subjects: tuple[str, ...]
    description: str
    reference_url: str
    short_name: str | None = None
    alt_identifiers: tuple[str, ...] = ()
    creators: tuple[Creator, ...] = ()
    dates: tuple[tuple[str, datetime], ...] = ()
    version: str | None = None
    bibcode: str | None = None
    types: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    newest: bool = False


def resource_element(kind: str, resource: Resource) -> Element:
    """A `ri:Resource` of this type ("vs:CatalogService") with what all have.

    What the type adds is to be appended. It has no dates of its own yet: see `stamp`.
    """
    element = etree.Element(f"{{{REGISTRY_INTERFACE}}}Resource", nsmap=dict(CANONICAL))
    element.set(f"{{{XSI}}}type", kind)
    element.set("status", "active")
    child(element, "title", resource.title)
    if resource.short_name:
        child(element, "shortName", resource.short_name[:SHORT].strip())
    child(element, "identifier", resource.identifier)
    children(element, "altIdentifier", resource.alt_identifiers)
    _curation(element, resource)
    _content(element, resource)
    return element


def stamp(element: Element, created: datetime, updated: datetime) -> Element:
    """The record with the moments when it came to be and when it last changed."""
    element.set("created", utc(created))
    element.set("updated", utc(updated))
    return element


def utc(moment: datetime) -> str:
    """A moment as VOResource and OAI-PMH write it, in whole seconds.

    >>> utc(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def children(parent: Element, tag: str, texts: Iterable[str]) -> None:
    """An element for each of the texts."""
    for text in texts:
        child(parent, tag, text)


def named(parent: Element, tag: str, what: Named) -> Element:
    """A `vr:ResourceName`."""
    element = child(parent, tag, what.name)
    if what.ivoid is not None:
        element.set("ivo-id", what.ivoid)
    return element


def _curation(parent: Element, resource: Resource) -> None:
    """VOResource 1.2, section 3.1.2."""
    element = child(parent, "curation")
    named(element, "publisher", resource.publisher)
    for author in resource.creators:
        creator = child(element, "creator")
        name = child(creator, "name", author.name)
        if author.orcid is not None:
            child(creator, "altIdentifier", ORCID + author.orcid)
            if resource.newest:
                name.set("altIdentifier", ORCID + author.orcid)
    for role, moment in resource.dates:
        child(element, "date", utc(moment)).set("role", role)
    if resource.version is not None:
        child(element, "version", resource.version)
    contact = child(element, "contact")
    child(contact, "name", resource.contact.name)
    if resource.contact.email is not None:
        child(contact, "email", resource.contact.email)


def _content(parent: Element, resource: Resource) -> None:
    """VOResource 1.2, section 3.1.3."""
    element = child(parent, "content")
    children(element, "subject", resource.subjects)
    child(element, "description", resource.description)
    if resource.bibcode is not None:
        child(element, "source", resource.bibcode).set("format", "bibcode")
    child(element, "referenceURL", resource.reference_url)
    children(element, "type", resource.types)
    child(element, "contentLevel", "Research")
    for relation in resource.relations:
        related = child(element, "relationship")
        child(related, "relationshipType", relation.kind)
        for each in relation.resources:
            named(related, "relatedResource", each)
