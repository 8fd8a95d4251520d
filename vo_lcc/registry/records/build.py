"""All records of this server, each built when it is asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from vo_lcc.dali.capability import Element, Site
from vo_lcc.lightcurves.identifiers import DATASETS
from vo_lcc.registry.records import services
from vo_lcc.registry.records.collection import collection_record
from vo_lcc.registry.records.names import identifiers_of
from vo_lcc.registry.records.offered import Offered
from vo_lcc.tables import Catalog


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to build one record; where `inputs` are the same, so is the record.

    None: that of one that is not worth comparing.
    """

    identifier: str
    inputs: tuple[Any, ...] | None
    build: Callable[[], Element]


def recipes(site: Site, catalog: Catalog, offered: Offered) -> Iterator[Recipe]:
    """Every record there is to be. `site.base_url` must be `BASE_URL`.

    Clients of the Registry expect one interface of each service: it is that for
    everybody, if there is one.
    """
    security = site.publisher.security[:1]
    site = replace(site, publisher=replace(site.publisher, security=security))
    ids = identifiers_of(site)
    for identifier, build in (
        (ids.authority, partial(services.authority, site)),
        (ids.service("registry"), partial(services.registry, site, catalog, offered)),
        (ids.service("org"), partial(services.organisation, site)),
        (ids.service("tap"), partial(services.tap, site, catalog, offered)),
        (ids.service(DATASETS), partial(services.soda, site, offered)),
    ):
        yield Recipe(identifier, None, build)
    schemas = {schema.name: schema for schema in catalog.schemas}
    same = (site.publisher, site.limits, site.drafts, site.base_url)
    for collection in site.collections.values():
        found = schemas.get(collection.name)
        own = () if found is None else (found,)
        yield Recipe(
            ids.of(collection.name),
            (*same, collection, own),
            partial(collection_record, site, collection, own, offered),
        )


def build_records(
    site: Site, catalog: Catalog, offered: Offered
) -> Iterator[tuple[str, Element]]:
    """The identifier and the `ri:Resource` of every record.

    They have no dates (`voresource.resource.stamp`): those are of what is stored.
    """
    for recipe in recipes(site, catalog, offered):
        yield recipe.identifier, recipe.build()
