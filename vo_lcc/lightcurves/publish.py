"""A loaded release becomes what users see, in the transaction of its load."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from mocpy import MOC

from vo_lcc.db import Load, quote_name, quote_text
from vo_lcc.db.catalog import store_schema
from vo_lcc.lightcurves.columns import JSON, collection_tables, point_columns
from vo_lcc.lightcurves.model import CollectionFile, Site
from vo_lcc.lightcurves.remake import remake_views
from vo_lcc.lightcurves.store import find_unicode
from vo_lcc.lightcurves.summaries import READER
from vo_lcc.lightcurves.views import TS_SSA as TS_SSA
from vo_lcc.tables import Column, Schema, Table

COVERAGE_ORDER = 6
MAX_ORDER = 29


def publish_release(
    load: Load, file: CollectionFile, schema: str, record: Mapping[str, Any]
) -> tuple[int, int, int]:
    """Make `schema` the release that the collection's views read.

    `record` is the row of vo_lcc.releases, without what is counted here: the
    numbers of objects, light curves and points, which come back.
    """
    tables = _described_tables(load, file, schema)
    for statement in _view_statements(file, schema):
        load.execute(statement)
    counted = _counted(load, file, schema)
    _store_release(load, file, {**record, **counted})
    store_schema(load, Schema(file.name, tables, file.description))
    remake_views(load)
    return counted["n_objects"], counted["n_lightcurves"], counted["n_points"]


def _described_tables(
    load: Load, file: CollectionFile, schema: str
) -> tuple[Table, ...]:
    """The tables, their text columns declared char where all values are ASCII."""
    beyond: set[str] = set()
    for table in collection_tables(file)[:2]:
        texts = [c.name for c in table.columns if c.is_text]
        (row,) = load.query(find_unicode(schema, table.name, texts)).to_pylist()
        beyond |= {name for name, found in row.items() if found}
    return collection_tables(file, frozenset(beyond))


def _view_statements(file: CollectionFile, schema: str) -> Iterator[str]:
    name, release = quote_name(file.name), quote_name(schema)
    points = [quote_name(c.name) for c in point_columns(file)]
    tables = {t.name: t for t in collection_tables(file)}
    yield f"CREATE SCHEMA IF NOT EXISTS {name}"
    for table in reversed(tables):
        yield f"DROP VIEW IF EXISTS {name}.{table}"
    for table in ("objects", "lightcurves"):
        listed = ", ".join(map(_as_published, tables[table].columns))
        yield f"CREATE VIEW {name}.{table} AS SELECT {listed} FROM {release}.{table}"  # noqa: S608
    # unnest in FROM: in the select list all points come twice as fast, but a join with
    # a few objects would then unnest every light curve
    yield (
        f"CREATE VIEW {name}.photometry AS"  # noqa: S608 (quoted)
        f" SELECT l.object_id, l.passband, {', '.join('p.' + c for c in points)}"
        f" FROM {release}.lightcurves AS l CROSS JOIN LATERAL"
        f" unnest({', '.join('l.' + c for c in points)}) AS p({', '.join(points)})"
    )
    for owned in (name, release):
        yield f"GRANT USAGE ON SCHEMA {owned} TO {READER}"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {owned} TO {READER}"


def _as_published(column: Column) -> str:
    """An array of texts, which no VOTable can hold, goes out as JSON."""
    name = quote_name(column.name)
    return f"array_to_json({name})::text AS {name}" if column.xtype == JSON else name


def _counted(load: Load, file: CollectionFile, schema: str) -> dict[str, Any]:
    """Counts, extent and an example, from the release's tables."""
    release = quote_name(schema)
    first = "period IS NULL, " if "period" in file.objects.columns else ""
    (row,) = load.query(
        f"""
SELECT (SELECT count(*) FROM {release}.objects) AS n_objects,
  count(*) AS n_lightcurves, coalesce(sum(n_points), 0)::bigint AS n_points,
  min(t_min) AS t_min, max(t_max) AS t_max,
  (SELECT object_id FROM {release}.objects WHERE n_points > 0
   ORDER BY {first}n_points DESC, object_id LIMIT 1) AS example
FROM {release}.lightcurves"""  # noqa: S608 (quoted)
    ).to_pylist()
    return {**row, "coverage": _coverage(load, release)}


def _coverage(load: Load, release: str) -> str:
    """The cells that hold objects, as an ASCII MOC (MOC 2.0 section 4.3.2)."""
    shift = 2 * (MAX_ORDER - COVERAGE_ORDER)
    cells = load.query(
        f"SELECT DISTINCT hpx >> {shift} AS cell FROM {release}.objects"  # noqa: S608
    )["cell"].to_numpy()
    if len(cells) == 0:
        return ""
    moc = MOC.from_healpix_cells(
        cells.astype("uint64"), COVERAGE_ORDER, max_depth=COVERAGE_ORDER
    )
    return str(moc.to_string(format="ascii"))


RELEASE_TYPES = {
    "release": pa.int32(),
    "base": pa.int32(),
    "upper_limits": pa.int64(),
    "published": pa.timestamp("us", "UTC"),
    **dict.fromkeys(("time_origin", "t_min", "t_max"), pa.float64()),
    **dict.fromkeys(("longitude", "latitude", "height", "aperture"), pa.float64()),
    **dict.fromkeys(
        ("n_objects", "n_lightcurves", "n_points", "n_missing"), pa.int64()
    ),
}
PASSBAND_TYPES = {
    "release": pa.int32(),
    "place": pa.int32(),
    "zero_point": pa.float64(),
    **dict.fromkeys(("effective_wavelength", "bandwidth", "softening"), pa.float64()),
}


def _store_release(load: Load, file: CollectionFile, record: dict[str, Any]) -> None:
    said = file.model_dump(
        include={
            *("title", "description", "creator", "bibcode", "rights"),
            *("source_url", "facility", "instrument", "aperture", "image_url"),
        }
    )
    site = file.observatory
    places = dict.fromkeys(Site.model_fields) if site is None else site.model_dump()
    row = {
        "collection": file.name,
        "label": str(record["release"]),
        "base": record["release"],
        **record,
        **said,
        **file.time.model_dump(),
        **places,
        "upper_limits": file.lightcurves.upper_limits or 0,
        "aliases": json.dumps(file.objects.aliases),
        "sky_system": "ICRS",
        "sky_epoch": file.epoch,
    }
    load.ingest("vo_lcc", "releases", _rows([row], RELEASE_TYPES))
    key = {"collection": file.name, "release": record["release"]}
    bands = [
        {**key, "place": i, "passband": name, **band.model_dump(exclude={"ucd"})}
        for i, (name, band) in enumerate(file.passbands.items())
    ]
    load.ingest("vo_lcc", "passbands", _rows(bands, PASSBAND_TYPES))
    name = quote_text(file.name)
    has_class = "class" in file.objects.columns
    load.execute(f"DELETE FROM vo_lcc.collections WHERE name = {name}")  # noqa: S608
    load.execute(
        "INSERT INTO vo_lcc.collections (name, release, has_class)"  # noqa: S608
        f" VALUES ({name}, {int(record['release'])}, {has_class})"
    )


def _rows(rows: list[dict[str, Any]], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows as Arrow; a column not named in `types` is text."""
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    return pa.Table.from_pylist(rows, schema=schema)
