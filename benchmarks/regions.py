"""What regions cost inside the database, by the SQL that the compiler gives.

Each figure is the median time to execute a statement and fetch its rows over one
connection, after a first run of each; beside it stand the rows that it found.
"""

import math
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg2
from psycopg2.extensions import cursor

from benchmarks.positions import (
    SCHEMA,
    TARGETS,
    catalog,
    load_positions,
    random_positions,
    table_name,
)
from benchmarks.subject import Subject
from vo_lcc.adql import compile_query
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.session import PLANNER
from vo_lcc.tables import Catalog

PLACES, ROUNDS = 20, 5
MILLION = 1_000_000
SOME = "SELECT object_id, ra, dec FROM {objects}"
INSIDE = "CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, {radius}))"


@dataclass(frozen=True)
class Region:
    """A query to be measured, at `places` on the sky.

    `radius` in degrees is for a cone; with `holds`, it is such that it holds so many
    objects, however many there are. With `counted` its rows are counted, not fetched.
    """

    title: str
    query: str
    radius: float = 1.0
    holds: int | None = None
    places: int = PLACES
    counted: bool = False

    def queries(self, count: int) -> list[str]:
        """Its texts over the table of so many objects; none where they are too few."""
        radius = self.radius
        if self.holds is not None:
            if self.holds > count / 2:
                return []
            radius = math.degrees(2 * math.asin(math.sqrt(self.holds / count)))
        return [
            self.query.format(
                objects=f"{SCHEMA}.{table_name(count)}",
                targets=f"{SCHEMA}.targets",
                ra=f"{ra:.6f}",
                dec=f"{dec:.6f}",
                radius=f"{radius:.8f}",
                convex=corners(CONVEX, ra, dec),
                concave=corners(CONCAVE, ra, dec),
            )
            for ra, dec in middles(self.places)
        ]


# corners in degrees around the middle, of about one square degree
CONVEX = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
CONCAVE = (
    (-0.577, -0.577),
    (0.577, -0.577),
    (0.577, 0.0),
    (0.0, 0.0),
    (0.0, 0.577),
    (-0.577, 0.577),
)

REGIONS = (
    Region("cone of 0.1 deg", f"{SOME} WHERE 1={INSIDE}", 0.1),
    Region("cone of 1 deg", f"{SOME} WHERE 1={INSIDE}"),
    Region("cone of 100 objects", f"{SOME} WHERE 1={INSIDE}", holds=100),
    Region("cone of 1,000 objects", f"{SOME} WHERE 1={INSIDE}", holds=1000),
    Region("polygon, convex", f"{SOME} WHERE 1=CONTAINS(POINT(ra, dec), {{convex}})"),
    Region("polygon, concave", f"{SOME} WHERE 1=CONTAINS(POINT(ra, dec), {{concave}})"),
    Region("1 deg: NOT 0=CONTAINS", f"{SOME} WHERE NOT 0={INSIDE}"),
    Region(
        "1 deg: NOT DISTANCE > r",
        f"{SOME} WHERE NOT {{radius}} < DISTANCE(ra, dec, {{ra}}, {{dec}})",
    ),
    Region(
        "1 deg: cone OR cone inside it",
        f"{SOME} WHERE 1={INSIDE} OR DISTANCE(ra, dec, {{ra}}, {{dec}}) < 0.1",
    ),
    Region(
        "1 deg: IN (SELECT of a cone)",
        f"{SOME} WHERE object_id IN"
        f" (SELECT object_id FROM {{objects}} WHERE 1={INSIDE})",
    ),
    Region(
        "self-join, 5 arcsec in 1 deg",
        "SELECT a.object_id, b.object_id AS other FROM {objects} AS a JOIN {objects}"
        " AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 5/3600."
        " WHERE DISTANCE(a.ra, a.dec, {ra}, {dec}) < {radius}"
        " AND a.object_id <= b.object_id",
    ),
    Region(
        "1,000 positions, 2 arcsec",
        "SELECT t.object_id, o.object_id AS other FROM {targets} AS t JOIN {objects}"
        " AS o ON DISTANCE(t.ra, t.dec, o.ra, o.dec) < 2/3600.",
        places=1,
    ),
    Region(
        "1,000 positions, the other way",
        "SELECT t.object_id, o.object_id AS other FROM {objects} AS o, {targets} AS t"
        " WHERE 1=CONTAINS(POINT(o.ra, o.dec), CIRCLE(t.ra, t.dec, 2/3600.))",
        places=1,
    ),
    Region(
        "1,000 positions: EXISTS",
        "SELECT t.object_id FROM {targets} AS t WHERE EXISTS (SELECT 1 FROM {objects}"
        " AS o WHERE DISTANCE(t.ra, t.dec, o.ra, o.dec) < 2/3600.)",
        places=1,
    ),
    Region(
        "outside of 1 deg, counted",
        f"SELECT COUNT(*) FROM {{objects}} WHERE 0={INSIDE}",
        places=1,
        counted=True,
    ),
)


def middles(count: int) -> list[tuple[float, float]]:
    """Where cones and polygons are: around objects of every table, not at the poles."""
    ra, dec = random_positions(4 * count)
    clear = np.abs(dec) < 70
    return list(zip(ra[clear], dec[clear], strict=True))[:count]


def corners(shape: tuple[tuple[float, float], ...], ra: float, dec: float) -> str:
    """A polygon as ADQL."""
    wide = 1 / math.cos(math.radians(dec))
    numbers = (f"{ra + x * wide:.6f}, {dec + y:.6f}" for x, y in shape)
    return f"POLYGON({', '.join(numbers)})"


def regions(subject: Subject) -> Iterator[str]:
    """Milliseconds and rows found, for tables that grow tenfold."""
    start = time.perf_counter()
    load_positions(subject.database, subject.sizes)
    loaded = time.perf_counter() - start
    known = catalog(subject.sizes)
    yield (
        f"{sum(subject.sizes):,} objects made, loaded and indexed in {loaded:.0f} s;"
        " ms (rows found)\n"
    )
    yield f"| | {' | '.join(f'{size:,}' for size in subject.sizes)} |"
    yield "|---" * (1 + len(subject.sizes)) + "|"
    with reading(subject) as cur:
        for region in REGIONS:
            cells = [cell(cur, region, size, known) for size in subject.sizes]
            yield f"| {region.title} | {' | '.join(cells)} |"


def cell(cur: cursor, region: Region, size: int, known: Catalog) -> str:
    """Milliseconds and rows of one query over one table."""
    times, found = [], []
    for text in region.queries(size):
        spent, rows = timed(cur, compile_query(text, known).sql)
        times += spent
        found.append(rows[0][0] if region.counted else len(rows))
    if not times:
        return ""
    return f"{1000 * statistics.median(times):.2f} ({statistics.mean(found):,.4g})"


def timed(cur: cursor, sql: str) -> tuple[list[float], list[tuple[Any, ...]]]:
    """Seconds of each round after the first, and the rows."""
    times = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        cur.execute(sql)
        rows = cur.fetchall()
        times.append(time.perf_counter() - start)
    return times[1:], rows


@contextmanager
def reading(subject: Subject) -> Iterator[cursor]:
    """A connection with the settings that readers have."""
    connection = psycopg2.connect(subject.dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cur:
            for name, value in PLANNER.items():
                cur.execute(f"SET {name} = '{value}'")
            yield cur
    finally:
        connection.close()


PAIRS = (
    "SELECT a.object_id, b.object_id AS other FROM {a} AS a JOIN {b} AS b"
    " ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 2/3600.0"
)
COUNT = PAIRS.replace("a.object_id, b.object_id AS other", "COUNT(*)")


def crossmatch(subject: Subject) -> Iterator[str]:
    """Seconds to match many positions with a million, in the database."""
    load_positions(subject.database, subject.sizes)
    published = load_catalog(subject.database)
    known = Catalog((*published.schemas, *catalog(subject.sizes).schemas))
    count, most = TARGETS["many"], max(subject.sizes)
    many = f"{SCHEMA}.many"
    million, largest = (f"{SCHEMA}.{table_name(n)}" for n in (MILLION, most))
    matches = {
        f"{count:,} x {MILLION:,} positions": (many, million),
        f"{MILLION:,} x {count:,} positions": (million, many),
        f"{count:,} x {most:,} positions": (many, largest),
        "the collections `curves` x `bench`": ("curves.objects", "bench.objects"),
    }
    yield "| within 2 arcsec | COUNT(*) (s) | both names, counted (s) | pairs |"
    yield "|---|---|---|---|"
    with reading(subject) as cur:
        for title, (a, b) in matches.items():
            pairs = compile_query(PAIRS.format(a=a, b=b), known).sql
            counted = f"SELECT count(object_id), count(other) FROM ({pairs}) AS q"
            one, rows = timed(cur, compile_query(COUNT.format(a=a, b=b), known).sql)
            both, _ = timed(cur, counted)
            yield (
                f"| {title} | {statistics.median(one):.2f} |"
                f" {statistics.median(both):.2f} | {rows[0][0]:,} |"
            )
