"""Tables of positions alone, uniform on the sky, of 10^4 objects and more.

They are indexed as every collection is: a unique object_id, the HEALPix index, and
SP-GiST over point(ra, dec).
"""

from collections.abc import Iterator

import astropy.units as u
import numpy as np
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from vo_lcc.db import Database
from vo_lcc.db.load import Load
from vo_lcc.sky import ORDER
from vo_lcc.tables import Catalog, Column, Position, Schema, Table

SCHEMA = "positions"
TARGETS = {"targets": 1_000, "many": 50_000}  # positions to be matched, by table
APART = 1.5 / 3600  # degrees at most from an object to its target
BATCH = 500_000
COLUMNS = (
    Column("object_id", "char", "*"),
    Column("ra", "double", unit="deg"),
    Column("dec", "double", unit="deg"),
    Column("hpx", "long"),
)
SETTINGS = (
    "SELECT set_config('maintenance_work_mem', '256MB', true),"
    " set_config('max_parallel_maintenance_workers', '1', true) AS workers"
)

LonLat = tuple[np.ndarray, np.ndarray]


def table_name(count: int) -> str:
    """The table of so many objects."""
    return f"objects_{count}"


def catalog(sizes: tuple[int, ...]) -> Catalog:
    """The tables as the compiler sees them."""
    names = [*map(table_name, sizes), *TARGETS]
    tables = (Table(SCHEMA, name, COLUMNS, position=Position()) for name in names)
    return Catalog((Schema(SCHEMA, tuple(tables)),))


def load_positions(database: Database, sizes: tuple[int, ...]) -> None:
    """One table of each size, and targets beside the objects of the largest.

    A larger table holds the objects of each smaller one, so that the targets have
    their objects in all tables that are as large as theirs. Done once for a database.
    """
    if database.fetch(f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'"):
        return
    ra, dec = random_positions(max(sizes))
    with database.load() as load:
        load.execute(f"CREATE SCHEMA {SCHEMA}")
        load.execute(SETTINGS)
        for count in sizes:
            load_table(load, table_name(count), (ra[:count], dec[:count]))
        for name, count in TARGETS.items():
            beside = np.arange(min(count, len(ra)))
            load_table(load, name, nearby((ra[beside], dec[beside])))
    vacuum(database, [*map(table_name, sizes), *TARGETS])


def vacuum(database: Database, tables: list[str]) -> None:
    """What PostgreSQL would do by itself within minutes, while others measure."""
    connection = psycopg2.connect(database.url)
    connection.autocommit = True
    with connection.cursor() as cur:
        for name in tables:
            cur.execute(f"VACUUM ANALYZE {SCHEMA}.{name}")
    connection.close()


def random_positions(count: int) -> LonLat:
    """Uniform on the sky."""
    rng = np.random.default_rng(44)
    places = rng.uniform(-1, 1, (count, 2))
    return 180 * (places[:, 0] + 1), np.degrees(np.arcsin(places[:, 1]))


def nearby(places: LonLat) -> LonLat:
    """A position within `APART` of each, in declination."""
    ra, dec = places
    shift = np.random.default_rng(45).uniform(-APART, APART, len(dec))
    return ra, np.clip(dec + shift, -90, 90)


def load_table(load: Load, name: str, places: LonLat) -> None:
    """In the order of the HEALPix index, as collections are."""
    where = f"{SCHEMA}.{name}"
    load.execute(
        f"CREATE TABLE {where} (object_id text, ra double precision,"
        " dec double precision, hpx bigint)"
    )
    rows = batches(places)
    first = next(rows)
    reader = pa.RecordBatchReader.from_batches(first.schema, chained(first, rows))
    load.ingest(SCHEMA, name, reader)
    load.execute(f"ALTER TABLE {where} ADD PRIMARY KEY (object_id)")
    load.execute(f"CREATE INDEX ON {where} (hpx)")
    load.execute(f"CREATE INDEX ON {where} USING spgist (point(ra, dec))")
    load.execute(f"ANALYZE {where}")


def chained(
    first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The first batch and the others."""
    yield first
    yield from rest


def batches(places: LonLat) -> Iterator[pa.RecordBatch]:
    """The rows of a table, batch by batch."""
    ra, dec = places
    hpx = healpix(ra, dec)
    order = np.argsort(hpx, kind="stable")
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        numbers = pc.utf8_lpad(pc.cast(pa.array(part), pa.string()), 8, "0")
        ids = pc.binary_join_element_wise("p", numbers, "")
        arrays = [ids, ra[part], dec[part], hpx[part]]
        yield pa.record_batch(arrays, names=[column.name for column in COLUMNS])


def healpix(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """HEALPix index of order 29, NESTED, a part at a time to save memory."""
    parts = [slice(start, start + BATCH) for start in range(0, len(ra), BATCH)]
    cells = [
        lonlat_to_healpix(Longitude(ra[p], u.deg), Latitude(dec[p], u.deg), ORDER)
        for p in parts
    ]
    return np.concatenate(cells).astype(np.int64)
