"""A catalog with a table of generated positions, and the same positions as arrays."""

from dataclasses import dataclass

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.tables import Catalog, Column, Position, Schema, Table, arrow_schema

COUNT = 20_000

OBJECTS = Table(
    "sky",
    "objects",
    (
        Column("object_id", "char", "*", ucd="meta.id;meta.main", description="Name"),
        Column("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main", principal=True),
        Column("dec", "double", unit="deg", ucd="pos.eq.dec;meta.main"),
        Column("hpx", "long", indexed=True),
        Column("n_points", "int", description="Number of points"),
        Column("period", "double", unit="d", ucd="src.var.period"),
        Column("g_median", "float", unit="mag", ucd="phot.mag;em.opt.V"),
        Column("size", "double", unit="arcsec"),
        Column("class", "char", "*"),
    ),
    position=Position(),
)
TARGETS = Table(
    "sky",
    "targets",
    (
        Column("name", "char", "*"),
        Column("lon", "double", unit="deg"),
        Column("lat", "double", unit="deg"),
        Column("radius", "double", unit="deg"),
        Column("observed", "char", "*", xtype="timestamp"),
    ),
)
CURVES = Table(
    "sky",
    "lightcurves",
    (
        Column("object_id", "char", "*"),
        Column("passband", "char", "*"),
        Column("obs_time", "double", "*", unit="d"),
        Column("n_points", "int"),
    ),
)
CATALOG = Catalog((Schema("sky", (OBJECTS, TARGETS, CURVES)),))


@dataclass(frozen=True)
class Sky:
    """The loaded database and the positions in it."""

    db: Database
    ra: np.ndarray
    dec: np.ndarray

    def rows(self, query: str) -> list[tuple]:
        return self.db.fetch(compile_query(query, CATALOG).sql)

    def ids(self, query: str) -> list[int]:
        """The numbers in the object_id of each row, in order."""
        return sorted(int(row[0][1:]) for row in self.rows(query))

    def plan(self, query: str) -> str:
        sql = "EXPLAIN " + compile_query(query, CATALOG).sql
        return "\n".join(row[0] for row in self.db.fetch(sql))


def positions() -> tuple[np.ndarray, np.ndarray]:
    """Over the whole sky, denser at the poles and at RA 0, where they also stand."""
    rng = np.random.default_rng(20)
    ra = rng.uniform(0, 360, COUNT)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, COUNT)))
    dec[:1000] = 90 - rng.exponential(0.5, 1000) ** 2
    dec[1000:2000] = rng.exponential(0.5, 1000) ** 2 - 90
    ra[2000:3000] = rng.normal(0, 0.2, 1000) % 360
    dec[2000:3000] = rng.normal(0, 0.2, 1000)
    ra[:8] = [0, 0, 0, 180, 0, 359.9999999, 90, 10]
    dec[:8] = [0, 90, -90, 0, 45, 0, 0, 20]
    # companions at known small distances of object 7
    for i, arcsec in enumerate([1e-4, 1e-3, 0.1, 1, 1.9999, 2.0001, 3600], start=8):
        ra[i], dec[i] = 10, 20 + arcsec / 3600
    return ra, dec


def healpix(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    lon, lat = Longitude(ra, u.deg), Latitude(dec, u.deg)
    return lonlat_to_healpix(lon, lat, 29).astype(np.int64)


@pytest.fixture(scope="session")
def sky(session_db: Database) -> Sky:
    ra, dec = positions()
    numbers = np.arange(COUNT)
    period: list[float | None] = [None, float("nan"), *(0.1 + numbers[2:] / COUNT)]
    rows = pa.table(
        [
            pa.array([f"o{i}" for i in numbers]),
            pa.array(ra),
            pa.array(dec),
            pa.array(healpix(ra, dec)),
            pa.array(numbers % 10, pa.int32()),
            pa.array(period, pa.float64()),
            pa.array(15 + numbers % 7 / 2, pa.float32()),
            pa.array(numbers / 3600),
            pa.array(["RRab" if i % 3 else None for i in numbers]),
        ],
        schema=arrow_schema(OBJECTS.columns),
    )
    with session_db.transaction() as cur:
        cur.execute(SETUP)
    with session_db.load() as load:
        load.ingest("sky", "objects", rows.to_reader())
    with session_db.transaction() as cur:
        cur.execute(INDEXES)
    return Sky(session_db, ra, dec)


SETUP = """
    CREATE SCHEMA sky;
    CREATE TABLE sky.objects (
        object_id text, ra float8, dec float8, hpx bigint, n_points int,
        period float8, g_median float4, size float8, class text);
    CREATE TABLE sky.targets (
        name text, lon float8, lat float8, radius float8, observed timestamp);
    INSERT INTO sky.targets VALUES
        ('north', 0, 90, 1, '2020-01-02 03:04:05.678'), ('south', 0, -90, 0.5, NULL),
        ('zero', 0, 0, 0.3, NULL), ('wrap', 359.95, 0, 0.2, NULL),
        ('ten', 10, 20, 0.0006, NULL), ('outside', 370, 20, 1.5, NULL),
        ('negative', -0.05, 0.01, 0.2, NULL), ('near pole', 123, 89.8, 0.4, NULL),
        ('nothing', NULL, 20, 1, NULL), ('nan', 'NaN', 20, 1, NULL),
        ('infinite', 'Infinity', 20, 1, NULL), ('beyond', 10, 100, 1, NULL),
        ('everything', 50, 50, 180, NULL), ('point', 10, 20, 0, NULL);
    CREATE TABLE sky.lightcurves (
        object_id text, passband text, obs_time float8[], n_points int);
    INSERT INTO sky.lightcurves
        SELECT 'o' || i, b, ARRAY[i, i + 0.5], 2
        FROM generate_series(0, 99) AS i, unnest(ARRAY['g', 'r']) AS b;
"""
INDEXES = """
    CREATE INDEX ON sky.objects (hpx);
    CREATE INDEX ON sky.objects USING spgist (point(ra, dec));
    CREATE UNIQUE INDEX ON sky.objects (object_id);
    ANALYZE sky.objects; ANALYZE sky.targets;
"""
