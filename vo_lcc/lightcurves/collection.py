"""What is published: each collection as the services need to know it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.lightcurves.columns import KEYS
from vo_lcc.tables import Catalog, Column, PhotCal, SkyFrame, TimeFrame


@dataclass(frozen=True, slots=True)
class Collection:
    """One published collection, at its latest release.

    `t_min` and `t_max` are in `time_frame`; `coverage` is an ASCII MOC, "" when
    there are no objects; `example` is an object worth plotting. `object_columns`
    are all columns of `<name>.objects`, `point_columns` those of one point, without
    object_id and passband.
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


def load_collections(database: Database) -> dict[str, Collection]:
    """Every published collection, by name."""
    catalog = load_catalog(database)
    passbands: dict[str, list[PhotCal]] = {}
    for name, *said in database.fetch(PASSBANDS):
        passbands.setdefault(name, []).append(PhotCal(*said))
    collections = {}
    for row in database.fetch(COLLECTIONS):
        words, frames, rest = row[:9], row[9:14], row[14:]
        name = words[0]
        objects = _columns(catalog, name, "objects")
        release, published, *counts = rest
        collections[name] = Collection(
            *words,
            tuple(passbands[name]),
            TimeFrame(*frames[:3]),
            SkyFrame(*frames[3:]),
            objects,
            tuple(
                c for c in _columns(catalog, name, "photometry") if c.name not in KEYS
            ),
            str(release),
            published.astimezone(UTC),
            *counts,
            *(_mapped(objects, name) for name in ("period", "epoch", "class")),
        )
    return collections


COLLECTIONS = """
SELECT name, title, description, creator, bibcode, rights, source_url, facility, instrument,
    timescale, refposition, time_origin, sky_system, sky_epoch,
    r.release, published, n_objects, n_lightcurves, n_points, t_min, t_max, coverage, example
FROM vo_lcc.collections c
JOIN vo_lcc.releases r ON r.collection = c.name AND r.release = c.release
ORDER BY name"""

PASSBANDS = """
SELECT collection, passband, filter_identifier, zero_point, magnitude_system,
    effective_wavelength
FROM vo_lcc.passbands JOIN vo_lcc.collections c
    ON c.name = collection AND c.release = passbands.release
ORDER BY collection, place"""


def _columns(catalog: Catalog, schema: str, table: str) -> tuple[Column, ...]:
    return catalog.tables[schema, table].columns


def _mapped(columns: tuple[Column, ...], name: str) -> str | None:
    return name if any(c.name == name for c in columns) else None
