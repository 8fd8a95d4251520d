"""A service as VOSI sees it: where it is, what it offers, which tables it has."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from vo_lcc.dali.capability import (
    Capabilities,
    Element,
    Site,
    Tables,
    capability,
    param_http,
)
from vo_lcc.dali.security import secured
from vo_lcc.tables import Catalog

COLLECTION = "collection"
STANDARD = "ivo://ivoa.net/std/VOSI"

# The VOSI resources of a service: standardID after "#", path. Clients look for the
# tables under both names.
RESOURCES = (
    ("capabilities", "capabilities"),
    ("availability", "availability"),
    ("tables-1.1", "tables"),
    ("tables", "tables"),
)


def every_table(site: Site, catalog: Catalog) -> Catalog:
    """All that there is: the tables of TAP."""
    return catalog


@dataclass(frozen=True, slots=True)
class Service:
    """What is told of one service; without `tables` it has none.

    A `path` with `{collection}` in it is a service for each collection, which tells of
    that collection alone. A `public` one answers everybody in a closed server, too.
    """

    path: str
    offers: Sequence[Capabilities]
    tables: Tables | None = every_table
    public: bool = False

    def seen(self, request: web.Request, site: Site) -> tuple[str, Site]:
        """The path of the service that is asked, and the server as that sees it.

        Raises NotFoundError where there is no such collection.
        """
        name = request.match_info.get(COLLECTION)
        if name is None:
            return self.path, site
        return self.path.replace(f"{{{COLLECTION}}}", name), site.narrowed(name)

    def capabilities(self, path: str, site: Site) -> list[Element]:
        """What it offers, and where it tells of itself."""
        offered = [element for offers in self.offers for element in offers(site)]
        offered += [
            capability(
                f"{STANDARD}#{name}", param_http(f"{site.base_url}{path}/{last}")
            )
            for name, last in RESOURCES
            if self.tables is not None or last != "tables"
        ]
        return offered if self.public else secured(offered, site.publisher.security)
