"""What is published: each collection as the services need to know it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from vo_lcc.db import Database
from vo_lcc.db.catalog import read_catalog, snapshot
from vo_lcc.lightcurves.about import About, read_about
from vo_lcc.lightcurves.columns import KEYS
from vo_lcc.lightcurves.releases.names import Kind
from vo_lcc.tables import Catalog, Column, Observatory, PhotCal, SkyFrame, TimeFrame


@dataclass(frozen=True, slots=True)
class BandRange:
    """The lowest and the highest median brightness of objects in a passband.

    None where no object has one. The unit is that of `mag`, or of `flux`.
    """

    passband: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """A release that can be queried, and the schema of its tables."""

    label: str
    kind: Kind
    published: datetime
    n_objects: int
    n_lightcurves: int
    n_points: int
    schema: str


@dataclass(frozen=True, slots=True)
class Collection:
    """One published collection, at its latest release.

    `t_min` and `t_max` are in `time_frame`; `coverage` is an ASCII MOC, "" when
    there are no objects; `example` is an object worth plotting. `object_columns`
    are all columns of `<name>.objects`, `point_columns` those of one point, without
    object_id and passband. `release` is its label, `published` when it came,
    `first_published` when the first one did; `releases` are all that can be queried,
    the latest last.

    `observatory` is None where it is not known, or there are several. The bits of
    `upper_limits` in a point's flags say that its magnitude is an upper limit; every
    other bit says that the point is bad. `aperture` is a diameter in degrees, the
    `alias_columns` are columns of objects that hold other names of it, `image_url` is
    the address of the image behind the light curves, with {object_id} in it.

    `st_coverage` is an ASCII MOC of space and time, `ranges` how bright the
    objects are; both are empty for what older versions have loaded. `about` is what
    the registry is told; its creators are those of `creator` unless listed.
    """

    name: str
    title: str
    description: str
    creator: str
    bibcode: str | None
    rights: str | None
    source_url: str | None
    facility: str | None
    instrument: str | None
    passbands: tuple[PhotCal, ...]
    time_frame: TimeFrame
    sky_frame: SkyFrame
    object_columns: tuple[Column, ...]
    point_columns: tuple[Column, ...]
    release: str
    published: datetime
    first_published: datetime
    n_objects: int
    n_lightcurves: int
    n_points: int
    t_min: float | None
    t_max: float | None
    coverage: str
    example: str | None
    period_column: str | None
    epoch_column: str | None
    class_column: str | None
    observatory: Observatory | None = None
    upper_limits: int = 0
    aperture: float | None = None
    alias_columns: tuple[str, ...] = ()
    image_url: str | None = None
    st_coverage: str = ""
    ranges: tuple[BandRange, ...] = ()
    releases: tuple[PublishedRelease, ...] = ()
    about: About = field(default_factory=About)


def load_collections(database: Database) -> dict[str, Collection]:
    """Every published collection, by name."""
    return load_published(database)[1]


def load_published(database: Database) -> tuple[Catalog, dict[str, Collection]]:
    """The catalog and every published collection, as they are at one moment."""
    with snapshot(database) as fetch:
        published = fetch(QUERY)
        passbands: dict[str, list[PhotCal]] = {}
        for collection, *words in fetch(PASSBANDS):
            passbands.setdefault(collection, []).append(PhotCal(*words))
        releases: dict[str, list[PublishedRelease]] = {}
        for collection, *words in fetch(RELEASES):
            releases.setdefault(collection, []).append(PublishedRelease(*words))
        catalog = read_catalog(fetch)
    collections = {}
    for row in published:
        said = dict(zip(SAID, row, strict=True))
        name = said["name"]
        objects, points = (
            catalog.tables[name, table].columns for table in ("objects", "photometry")
        )
        collections[name] = Collection(
            passbands=tuple(passbands[name]),
            time_frame=TimeFrame(*(said.pop(word) for word in TIME)),
            sky_frame=SkyFrame(*(said.pop(word) for word in SKY)),
            object_columns=objects,
            point_columns=tuple(c for c in points if c.name not in KEYS),
            release=said.pop("label"),
            published=said.pop("published").astimezone(UTC),
            first_published=said.pop("first_published").astimezone(UTC),
            period_column=_mapped(objects, "period"),
            epoch_column=_mapped(objects, "epoch"),
            class_column=_mapped(objects, "class"),
            observatory=_observatory(*(said.pop(word) for word in SITE)),
            releases=tuple(releases[name]),
            alias_columns=tuple(json.loads(said.pop("aliases"))),
            st_coverage=said.pop("st_coverage") or "",
            ranges=_ranges(json.loads(said.pop("ranges"))),
            about=read_about(said.pop("about"), said["creator"]),
            **said,
        )
    return catalog, collections


TIME = ("timescale", "refposition", "time_origin")
SKY = ("sky_system", "sky_epoch")
SITE = ("longitude", "latitude", "height")
SAID = (
    *("name", "title", "description", "creator", "bibcode", "rights", "source_url"),
    *("facility", "instrument", *TIME, *SKY, "label"),
    *("n_objects", "n_lightcurves", "n_points", "t_min", "t_max", "coverage"),
    *("published", "first_published", "example"),
    *(*SITE, "upper_limits", "aperture", "aliases", "image_url"),
    *("st_coverage", "ranges", "about"),
)
QUERY = (
    f"SELECT {', '.join(SAID)}"  # noqa: S608 (names of our own)
    + """
FROM vo_lcc.collections c
JOIN vo_lcc.releases r USING (release)
JOIN (SELECT collection AS first_of, min(published) AS first_published
      FROM vo_lcc.releases GROUP BY collection) f ON first_of = r.collection
WHERE r.collection = c.name
ORDER BY name"""
)

RELEASES = """
SELECT collection, label, kind, published, n_objects, n_lightcurves, n_points,
    collection || '_dr' || replace(label, '.', '_')
FROM vo_lcc.releases WHERE state = 'published' ORDER BY collection, release"""
PASSBANDS = """
SELECT collection, passband, filter_identifier, zero_point, magnitude_system,
    effective_wavelength, bandwidth, softening
FROM vo_lcc.passbands JOIN vo_lcc.collections c
    ON c.name = collection AND c.release = passbands.release
ORDER BY collection, place"""


def _observatory(
    longitude: float | None, latitude: float | None, height: float | None
) -> Observatory | None:
    if longitude is None or latitude is None or height is None:
        return None
    return Observatory(longitude, latitude, height)


def _ranges(measured: Mapping[str, Any]) -> tuple[BandRange, ...]:
    """Of what `coverage.measure` has found, or of nothing."""
    bands = measured.get("passbands", {})
    return tuple(
        BandRange(name, said["low"], said["high"]) for name, said in bands.items()
    )


def _mapped(columns: tuple[Column, ...], name: str) -> str | None:
    return name if any(c.name == name for c in columns) else None
