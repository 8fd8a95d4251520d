"""What users see of a release: its tables, and the views that are behind them.

The bare name of a collection reads the tables of the latest release as they are. The
name of one release reads them through a filter, so that it stays what it was when
later appends add rows to the same tables, or replace some: what is replaced goes to
`objects_history` and `lightcurves_history`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from vo_lcc.db import Load, quote_name, quote_text
from vo_lcc.lightcurves.columns import JSON, RELEASE, collection_tables, point_columns
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.releases.counting import columns_of
from vo_lcc.lightcurves.releases.names import own_schema
from vo_lcc.lightcurves.releases.records import Draft
from vo_lcc.lightcurves.summaries import READER
from vo_lcc.tables import Column, Schema, Table, adql_identifier

NEVER = 2**31 - 1  # stands for the release that replaced a row, where none has
HISTORY = {  # the indexes of the tables of rows that were replaced
    "objects": ("(object_id)", "(hpx)", "USING spgist (point(ra, dec))"),
    "lightcurves": ("(object_id, passband)",),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A release as it is shown: by the collection's name, and by its own.

    `stored` are the columns that its tables in the database have: releases of older
    versions have fewer than their collection file would give them now.
    """

    file: CollectionFile
    schema: str
    release: int
    label: str
    unicode_columns: frozenset[str]
    stored: Mapping[str, frozenset[str]]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables under the name of the collection."""
        return tuple(
            replace(
                table,
                columns=tuple(
                    column
                    for column in table.columns
                    if column is RELEASE or column.name in self.stored[table.name]
                ),
            )
            for table in collection_tables(self.file, self.unicode_columns)
        )

    @property
    def latest(self) -> Schema:
        """The schema of the collection."""
        return Schema(self.file.name, self.tables, self.file.description)

    @property
    def own(self) -> Schema:
        """The schema of this release."""
        name = own_schema(self.file.name, self.label)
        return Schema(
            name,
            tuple(self._renamed(table, name) for table in self.tables),
            f"Release {self.label} of {self.file.name}. {self.file.description}",
        )

    def _renamed(self, table: Table, schema: str) -> Table:
        target = f"{adql_identifier(schema)}.objects"
        return replace(
            table,
            schema=schema,
            description=f"{table.description}. Release {self.label}: later ones do not"
            f" change it; the latest is {self.file.name}.{table.name}",
            keys=tuple(replace(key, target=target) for key in table.keys),
        )

    def view_statements(self) -> Iterator[str]:
        """The schema of the collection with its views."""
        yield from self._views(self.latest, latest=True)

    def own_view_statements(self) -> Iterator[str]:
        """The schema of this release with its views."""
        yield from self._views(self.own, latest=False)

    def _views(self, schema: Schema, latest: bool) -> Iterator[str]:
        name = quote_name(schema.name)
        yield f"CREATE SCHEMA {name}"
        for table in schema.tables:
            select = self._points if table.name == "photometry" else self._rows
            yield f"CREATE VIEW {name}.{table.name} AS {select(table, latest)}"
        yield f"GRANT USAGE ON SCHEMA {name} TO {READER}"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {READER}"

    def _rows(self, table: Table, latest: bool) -> str:
        listed = ", ".join(map(self._as_published, table.columns))
        return f"SELECT {listed} FROM {self._source(table.name, latest)}"  # noqa: S608

    def _points(self, table: Table, latest: bool) -> str:
        """One row per point.

        Unnested in FROM: in the select list all points come twice as fast, but a join
        with a few objects would then unnest every light curve.
        """
        points = [quote_name(c.name) for c in point_columns(self.file)]
        given = ", ".join(f"p.{name}" for name in points)
        came = f", {self._label_of_row()}" if self.file.releases.column else ""
        source = f"{self._from('lightcurves', latest)} CROSS JOIN LATERAL"
        arrays = ", ".join(f"l.{name}" for name in points)
        return (
            f"SELECT l.object_id, l.passband, {given}{came} FROM {source}"  # noqa: S608
            f" unnest({arrays}) AS p({', '.join(points)}){self._where(latest)}"
        )

    def _source(self, table: str, latest: bool) -> str:
        return self._from(table, latest) + self._where(latest)

    def _from(self, table: str, latest: bool) -> str:
        """The table, with what was replaced in it where that may be asked for.

        The branches have no conditions: PostgreSQL then sees through the UNION ALL to
        the indexes of both, in joins too.
        """
        now = f"{quote_name(self.schema)}.{table}"
        if latest:
            return f"{now} AS l"
        names = sorted(self._stored_in(table))
        listed = ", ".join(map(quote_name, names))
        return (
            f"(SELECT {listed}, {NEVER} AS removed FROM {now} UNION ALL"  # noqa: S608
            f" SELECT {listed}, removed FROM {now}_history) AS l"
        )

    def _where(self, latest: bool) -> str:
        if latest:
            return ""
        return f" WHERE l.added <= {self.release} AND l.removed > {self.release}"

    def _stored_in(self, table: str) -> set[str]:
        columns = next(t.columns for t in self.tables if t.name == table)
        return {c.name for c in columns if c is not RELEASE} | {"added"}

    def _as_published(self, column: Column) -> str:
        """An array of texts, which no VOTable can hold, goes out as JSON."""
        name = quote_name(column.name)
        if column.xtype == JSON:
            return f"array_to_json({name})::text AS {name}"
        return self._label_of_row() if column is RELEASE else name

    def _label_of_row(self) -> str:
        """The label of the release that a row came with; looked up once a query."""
        name = quote_text(self.file.name)
        return (
            "(ARRAY(SELECT r.label FROM"  # noqa: S608 (quoted)
            " generate_series(1, (SELECT max(release) FROM vo_lcc.releases"
            f" WHERE collection = {name})) AS n LEFT JOIN vo_lcc.releases AS r"
            f" ON r.release = n AND r.collection = {name} ORDER BY n))[l.added]"
            " AS release"
        )


def find_shown(
    load: Load, file: CollectionFile, release: Draft, unicode_columns: Iterable[str]
) -> Shown:
    """A release as it is shown, from what its tables in the database have."""
    stored = {name: columns_of(load, release.schema, name) for name in HISTORY}
    stored["photometry"] = stored["lightcurves"]
    return Shown(
        file,
        release.schema,
        release.release,
        release.label,
        frozenset(unicode_columns),
        stored,
    )


def history_statements(schema: str) -> Iterator[str]:
    """The tables of rows that appends replaced, empty, where they are not there."""
    for table, indexes in HISTORY.items():
        now = f"{quote_name(schema)}.{table}"
        yield f"CREATE TABLE IF NOT EXISTS {now}_history (LIKE {now})"
        yield (
            f"ALTER TABLE {now}_history"
            " ADD COLUMN IF NOT EXISTS removed integer NOT NULL"
        )
        for number, index in enumerate(indexes, 1):
            name = quote_name(f"{table}_history_{number}")
            yield f"CREATE INDEX IF NOT EXISTS {name} ON {now}_history {index}"
