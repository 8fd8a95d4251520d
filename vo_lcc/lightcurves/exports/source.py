"""What is exported: one release of a collection, all of it or some objects."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from vo_lcc import __version__
from vo_lcc.db import Database, quote_name
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import NotFoundError
from vo_lcc.heads import DocumentHead, Info
from vo_lcc.lightcurves.columns import KEYS, calibrations
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.releases.names import own_schema
from vo_lcc.lightcurves.releases.publishing import parse_definition
from vo_lcc.sky import ORDER
from vo_lcc.tables import Catalog, Column, PhotCal, Table

PLACE = Column("place", "long")
"""The number of the object of a light curve, from 0, in the order of the export."""

RELEASES = """
SELECT release, label, definition, published FROM vo_lcc.releases
WHERE collection = %s AND state = 'published' ORDER BY release"""


@dataclass(frozen=True, slots=True)
class Source:
    """One release, as its views show it.

    `selected` is SQL that gives the objects to export, None for all. `adql` is the
    query it was made of.
    """

    file: CollectionFile
    label: str
    published: datetime
    objects: Table
    lightcurves: Table
    photometry: Table
    selected: str | None = None
    adql: str | None = None

    @property
    def calibrations(self) -> tuple[PhotCal, ...]:
        """The photometric calibration of each passband."""
        return calibrations(self.file)

    @property
    def point_columns(self) -> tuple[Column, ...]:
        """The columns of a point, without its keys."""
        return tuple(c for c in self.photometry.columns if c.name not in KEYS)

    @property
    def curve_columns(self) -> tuple[Column, ...]:
        """What is read of a light curve: passband, then its points."""
        columns = {c.name: c for c in self.lightcurves.columns}
        names = ("passband", *(c.name for c in self.point_columns))
        return tuple(columns[name] for name in names)

    @property
    def head(self) -> DocumentHead:
        """What every file says of where it comes from."""
        file = self.file
        said = {
            "collection": file.name,
            "server_software": f"vo_lcc/{__version__}",
            "creator": file.creator,
            "citation": file.bibcode,
            "rights": file.rights,
            "reference_url": file.source_url,
            "resource_version": self.label,
            "last_update_date": f"{self.published:%Y-%m-%dT%H:%M:%SZ}",
            "query": self.adql,
        }
        infos = (Info(name, value) for name, value in said.items() if value)
        return DocumentHead(tuple(infos), file.description, file.name)

    @property
    def objects_sql(self) -> str:
        """All that is known of the objects, in the order of the export."""
        return (
            f"SELECT {_listed(self.objects.columns)} FROM {self._chosen()}"  # noqa: S608 (quoted)
            " ORDER BY hpx, object_id"
        )

    @property
    def curves_sql(self) -> str:
        """The light curves in the order of the objects, then by passband.

        OFFSET 0 has PostgreSQL look the light curves of each object up, one object
        after another: nothing is sorted but those of one object.
        """
        listed = _listed(self.curve_columns, "l.")
        return (
            f"SELECT place, {listed}"  # noqa: S608 (quoted)
            " FROM (SELECT hpx, object_id, row_number() OVER (ORDER BY hpx, object_id)"
            f" - 1 AS place FROM {self._chosen()}) AS o"
            f" CROSS JOIN LATERAL (SELECT * FROM {_name(self.lightcurves)} AS c"
            " WHERE c.object_id = o.object_id OFFSET 0) AS l"
            " ORDER BY o.hpx, o.object_id, l.passband, l.segment"
        )

    @property
    def size_sql(self) -> str:
        """The numbers of objects and points."""
        return (
            "SELECT count(*) AS objects,"  # noqa: S608 (quoted)
            " coalesce(sum(n_points), 0)::bigint AS points"
            f" FROM {self._chosen()}"
        )

    def cells_sql(self, order: int, first: int, end: int) -> str:
        """How many objects and points are in each HEALPix cell, among cells of 29."""
        return (
            f"SELECT hpx >> {2 * (ORDER - order)} AS cell, count(*) AS objects,"  # noqa: S608 (quoted)
            f" sum(n_points)::bigint AS points FROM {self._chosen()}"
            f" WHERE hpx >= {first} AND hpx < {end} GROUP BY 1 ORDER BY 1"
        )

    def _chosen(self) -> str:
        name = _name(self.objects)
        if self.selected is None:
            return f"{name} AS chosen"
        return (
            f"(SELECT * FROM {name}"  # noqa: S608 (quoted, compiled)
            f" WHERE object_id IN ({self.selected})) AS chosen"
        )


def _name(table: Table) -> str:
    schema = table.held_in or table.schema
    return f"{quote_name(schema)}.{quote_name(table.name)}"


def _listed(columns: Iterable[Column], prefix: str = "") -> str:
    return ", ".join(prefix + quote_name(c.name) for c in columns)


def find_source(database: Database, name: str, label: str | None = None) -> Source:
    """A published release, by default the latest; raises NotFoundError."""
    releases = {row[1]: row for row in database.fetch(RELEASES, (name,))}
    if not releases:
        known = database.fetch("SELECT name FROM vo_lcc.collections ORDER BY 1")
        names = ", ".join(row[0] for row in known) or "none"
        raise NotFoundError(f"no collection {name!r} is published; known are: {names}")
    latest = list(releases)[-1]
    if label is not None and label not in releases:
        raise NotFoundError(
            f"{name} has no published release {label!r}; it has {', '.join(releases)}"
        )
    _, label, definition, published = releases[label or latest]
    file = parse_definition(definition)
    tables = _tables(load_catalog(database), name, label)
    return Source(file, label, published.astimezone(UTC), *tables)


def _tables(catalog: Catalog, name: str, label: str) -> tuple[Table, Table, Table]:
    """The views of a release under its own name: they stay as they are."""
    schema = own_schema(name, label)
    objects, lightcurves, photometry = (
        catalog.tables[schema, table]
        for table in ("objects", "lightcurves", "photometry")
    )
    return objects, lightcurves, photometry
