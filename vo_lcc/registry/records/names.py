"""How our resources are called: identifiers, publisher, contact, reference URL."""

from dataclasses import dataclass

from vo_lcc.dali.capability import Publisher, Site
from vo_lcc.lightcurves.identifiers import DATASETS, UNREGISTERED
from vo_lcc.voresource.names import BASE_URL
from vo_lcc.voresource.resource import Contact, Named

NOBODY = "Operator of this server (name not given)"
"""Who stands for a publisher and a contact that the configuration does not name."""

SERVICES = ("registry", "org", "tap", DATASETS)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """The identifiers of our records, all under one authority (IVOA Identifiers 2.0).

    >>> Identifiers("example.org").of("demo"), Identifiers("example.org").of("tap")
    ('ivo://example.org/demo', 'ivo://example.org/tap.collection')
    """

    authority_id: str

    @property
    def authority(self) -> str:
        """Of the authority itself."""
        return f"ivo://{self.authority_id}"

    def service(self, name: str) -> str:
        """Of one of `SERVICES`."""
        return f"{self.authority}/{name}"

    def of(self, collection: str) -> str:
        """Of a collection; its name has no full stop."""
        apart = ".collection" if collection in SERVICES else ""
        return f"{self.authority}/{collection}{apart}"


def identifiers_of(site: Site) -> Identifiers:
    """The identifiers of a site; without an authority nobody else can use them."""
    return Identifiers(site.publisher.authority or UNREGISTERED)


def publisher_of(site: Site) -> Named:
    """Who publishes, with the identifier of the record about them."""
    name = site.publisher.name or NOBODY
    return Named(name, identifiers_of(site).service("org"))


def contact_of(publisher: Publisher) -> Contact:
    """Whom to ask."""
    name = publisher.contact or publisher.name or NOBODY
    return Contact(name, publisher.email)


def server_title(site: Site) -> str:
    """The server in the titles of its services.

    >>> server_title(Site("", publisher=Publisher(name="Example Observatory")))
    'Light curves at Example Observatory'
    """
    name = site.publisher.name
    return "Light curves" if name is None else f"Light curves at {name}"


def home(publisher: Publisher) -> str:
    """Where to read more: the publisher's page, else ours."""
    return publisher.reference_url or f"{BASE_URL}/"


def missing(publisher: Publisher, base_url: str | None) -> list[str]:
    """What is to be configured before the records can be registered, as warnings.

    >>> publisher = Publisher("example.org", "Example", "VO team", "vo@example.org")
    >>> missing(publisher, "https://vo.example.org")
    []
    >>> missing(publisher, None)
    ['[server] base_url: missing; ...']
    """
    given = {
        "authority": publisher.authority,
        "name": publisher.name,
        "contact": publisher.contact,
        "email": publisher.email,
    }
    lacking = [word for word, value in given.items() if value is None]
    if not lacking and base_url is None:
        return [
            "[server] base_url: missing; whoever harvests by another address"
            " registers another one (docs/register.md)"
        ]
    if not lacking:
        return []
    return [
        f"[publisher] {', '.join(lacking)}: missing; the records of this server"
        " cannot be registered without (docs/register.md)"
    ]
