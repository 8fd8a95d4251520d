"""Collections to make records of."""

from dataclasses import replace
from datetime import UTC, datetime

from vo_lcc.dali.capability import Publisher, Site
from vo_lcc.datalink import capability as datalink
from vo_lcc.lightcurves.about import About, Creator
from vo_lcc.lightcurves.collection import Collection, PublishedRelease
from vo_lcc.registry import capability as registry
from vo_lcc.registry.records import Offered
from vo_lcc.scs import capability as scs
from vo_lcc.soda import capability as soda
from vo_lcc.ssa import capability as ssa
from vo_lcc.tables import (
    Catalog,
    Column,
    PhotCal,
    Position,
    Schema,
    SkyFrame,
    Table,
    TimeFrame,
)
from vo_lcc.tap import capability as tap
from vo_lcc.voresource.names import BASE_URL

FIRST = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECOND = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

OBJECTS = (
    Column("object_id", "char", "*", ucd="meta.id;meta.main"),
    Column("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main"),
    Column("dec", "double", unit="deg", ucd="pos.eq.dec;meta.main"),
)
POINTS = (
    Column("obs_time", "double", unit="d", ucd="time.epoch"),
    Column("mag", "float", unit="mag", ucd="phot.mag"),
)

PLAIN = Collection(
    name="stars",
    title="Stars",
    description="Some stars.",
    creator="Doe, J.; Roe, R.; et al.",
    bibcode=None,
    rights=None,
    source_url=None,
    facility=None,
    instrument=None,
    passbands=(PhotCal("V"),),
    time_frame=TimeFrame(),
    sky_frame=SkyFrame(),
    object_columns=OBJECTS,
    point_columns=POINTS,
    release="1",
    published=FIRST,
    first_published=FIRST,
    n_objects=1,
    n_lightcurves=1,
    n_points=1,
    t_min=None,
    t_max=None,
    coverage="",
    example=None,
    period_column=None,
    epoch_column=None,
    class_column=None,
)
"""As little as can be said."""

FULL = replace(
    PLAIN,
    bibcode="2010ApJ...708..717S",
    rights="Creative Commons Attribution 4.0",
    source_url="https://example.org/data?a=1&b=2",
    facility="Apache Point Observatory; Sloan Foundation 2.5m",
    instrument="SDSS imager",
    passbands=(
        PhotCal("g", effective_wavelength=4.686e-7, bandwidth=1.263e-7),
        PhotCal("r", effective_wavelength=6.166e-7, bandwidth=1.15e-7),
        PhotCal("K", effective_wavelength=2.2e-6),
        PhotCal("?"),
    ),
    t_min=51075.0,
    t_max=54406.0,
    coverage="6/1-3 7/20",
    example="s-1",
    release="2",
    published=SECOND,
    releases=(
        PublishedRelease("1", "full", FIRST, 1, 1, 1, "stars_dr1"),
        PublishedRelease("2", "full", SECOND, 2, 2, 2, "stars_dr2"),
    ),
    about=About(
        creators=(Creator("Doe, J.", "0000-0001-2345-6789"), Creator("Roe, R.")),
        subjects=("rr-lyrae-variable-stars", "light-curves"),
        short_name="Stars",
        doi="10.5281/zenodo.1234567",
        rights_uri="https://spdx.org/licenses/CC-BY-4.0.html",
    ),
)
"""As much as can be said."""

PUBLISHER = Publisher(
    "example.org",
    "Example Observatory",
    "VO team",
    "vo@example.org",
    "https://example.org/lightcurves?a=1&b=2",
)


def as_schema(collection: Collection, name: str | None = None) -> Schema:
    """The tables of a collection, or of a release of it."""
    schema = name or collection.name
    table = Table(schema, "objects", collection.object_columns, position=Position())
    release_of = None if name is None else collection.name
    return Schema(schema, (table,), collection.description, release_of=release_of)


def site_of(*collections: Collection, publisher: Publisher = PUBLISHER) -> Site:
    """A site with these collections."""
    found = {each.name: each for each in collections}
    return Site(BASE_URL, publisher=publisher, collections=found)


def catalog_of(*collections: Collection) -> Catalog:
    """A catalog with these collections, and tables that belong to none."""
    own = Table("ivoa", "obscore", (Column("obs_id", "char", "*"),))
    releases = (as_schema(c, r.schema) for c in collections for r in c.releases)
    return Catalog((Schema("ivoa", (own,)), *map(as_schema, collections), *releases))


OFFERED = Offered(
    registry=[registry.capabilities],
    tap=[tap.capabilities],
    shared=[datalink.capabilities, soda.capabilities],
    collection=[scs.capabilities, ssa.of_collections],
)
