"""Jobs as the clients of a chaos test know them: what was asked, seen and promised."""

import csv
import io
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet
from astropy.io import votable
from astropy.table import Table as AstropyTable

from vo_lcc.db import Database
from vo_lcc.db.catalog import store_schema
from vo_lcc.tables import Column, Schema, Table

STARS = 20_000
NAPS = 1000
PAD = 10_000  # bytes of a row of naps, so that results are written while they sleep
BREAK = 60  # the row of naps whose last column cannot be computed
LONG_NAPS = "chaos.long_naps"
# Rows that take their time without taking the processor's; one table looks cheap to
# PostgreSQL and one dear, so that jobs are interactive and bulk.
TABLES = f"""
CREATE SCHEMA chaos;
CREATE TABLE chaos.stars AS
    SELECT n, 'star ' || n AS name, n * 0.015625 AS ra, n / 3.0::float8 AS mag
    FROM generate_series(1, {STARS}) AS n;
ALTER TABLE chaos.stars ALTER ra TYPE float8, ADD PRIMARY KEY (n);
ANALYZE chaos.stars;
CREATE FUNCTION chaos.nap(seconds float8) RETURNS boolean LANGUAGE plpgsql
    COST 1000000 AS 'BEGIN PERFORM pg_sleep(seconds); RETURN true; END';
CREATE VIEW chaos.naps AS SELECT n, repeat(chr(97 + n % 26), {PAD}) AS filler,
    pg_sleep(0.02) IS NULL AS woken, 1 / ({BREAK} - n) AS broken
    FROM generate_series(1, {NAPS}) AS n;
CREATE VIEW chaos.long_naps AS SELECT n, repeat(chr(97 + n % 26), {PAD}) AS filler,
    chaos.nap(0.02) AS woken, 1 / ({BREAK} - n) AS broken
    FROM generate_series(1, {NAPS}) AS n;
GRANT USAGE ON SCHEMA chaos TO vo_lcc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA chaos TO vo_lcc_reader;
"""
NAP = (
    Column("n", "int"),
    Column("filler", "char", "*"),
    Column("woken", "boolean"),
    Column("broken", "int"),
)
SCHEMA = Schema(
    "chaos",
    (
        Table(
            "chaos",
            "stars",
            (
                Column("n", "int"),
                Column("name", "char", "*"),
                Column("ra", "double"),
                Column("mag", "double"),
            ),
        ),
        Table("chaos", "naps", NAP),
        Table("chaos", "long_naps", NAP),
    ),
)

Rows = list[tuple[Any, ...]]
FORMATS = {
    "csv": "text/csv;header=present",
    "votable": "application/x-votable+xml",
    "votable/td": "application/x-votable+xml;serialization=TABLEDATA",
    "fits": "application/fits",
    "parquet": "application/vnd.apache.parquet",
}
FINAL = ("COMPLETED", "ERROR", "ABORTED", "ARCHIVED")
RANKS = {"PENDING": 0, "HELD": 1, "QUEUED": 1, "EXECUTING": 2, "SUSPENDED": 2}
GONE = "404"  # how the phase of a job is written that is not there any more


def make_tables(database: Database) -> None:
    """The tables that the jobs ask."""
    database.fetch(TABLES)
    with database.load() as load:
        store_schema(load, SCHEMA)


def star(n: int) -> tuple[Any, ...]:
    """A row of chaos.stars."""
    return n, f"star {n}", n * 0.015625, n / 3.0


def nap(n: int) -> tuple[Any, ...]:
    """The number and text of a row of the naps."""
    return n, chr(97 + n % 26) * PAD


@dataclass(frozen=True)
class Wanted:
    """What is asked, and what must come of it: `rows`, or an error that tells `fault`.

    `upload` is a VOTable that goes with the query, `seconds` how long it takes at
    least, `more` other parameters.
    """

    kind: str
    query: str
    rows: Rows = field(default_factory=list)
    fault: str | None = None
    upload: bytes | None = None
    seconds: float = 0.0


def small(rnd: random.Random) -> Wanted:
    first = rnd.randrange(1, STARS - 50)
    query = f"SELECT TOP 50 n, name, ra FROM chaos.stars WHERE n >= {first} ORDER BY n"
    return Wanted("small", query, [star(n)[:3] for n in range(first, first + 50)])


def large(rnd: random.Random) -> Wanted:
    last = rnd.randrange(STARS // 2, STARS)
    query = f"SELECT n, name, ra, mag FROM chaos.stars WHERE n <= {last} ORDER BY n"
    return Wanted("large", query, [star(n) for n in range(1, last + 1)])


def long(rnd: random.Random) -> Wanted:
    count = rnd.randrange(20, 200)
    table = rnd.choice(("chaos.naps", LONG_NAPS))
    query = f"SELECT TOP {count} n, filler FROM {table}"
    rows = [nap(n) for n in range(1, count + 1)]
    return Wanted("long", query, rows, seconds=0.02 * count)


def wrong(rnd: random.Random) -> Wanted:
    return Wanted("wrong", "SELECT nowhere FROM chaos.stars", fault="nowhere")


def breaking(rnd: random.Random) -> Wanted:
    """A query that fails after its first rows have been written."""
    table = rnd.choice(("chaos.naps", LONG_NAPS))
    query = f"SELECT TOP 200 n, filler, broken FROM {table}"
    return Wanted("breaking", query, fault="divides by zero", seconds=0.02 * BREAK)


def joined(rnd: random.Random) -> Wanted:
    count = rnd.choice((10, 100, 2000))
    chosen = sorted(rnd.sample(range(1, STARS + 1), count))
    query = (
        "SELECT s.n, s.name FROM chaos.stars AS s JOIN TAP_UPLOAD.mine AS u"
        " ON s.n = u.n ORDER BY s.n"
    )
    rows = [star(n)[:2] for n in chosen]
    return Wanted("joined", query, rows, upload=numbers(chosen))


def summed(rnd: random.Random) -> Wanted:
    """A large upload, which takes its time to come in and to load."""
    count = rnd.randrange(20_000, 60_000)
    query = "SELECT COUNT(*) AS k, MAX(n) AS most FROM TAP_UPLOAD.mine"
    upload = numbers(range(1, count + 1))
    return Wanted("summed", query, [(count, count)], upload=upload)


KINDS: Sequence[tuple[Callable[[random.Random], Wanted], int]] = (
    (small, 8),
    (large, 2),
    (long, 6),
    (wrong, 1),
    (breaking, 2),
    (joined, 4),
    (summed, 1),
)


def numbers(given: Iterable[int]) -> bytes:
    """A VOTable of one column."""
    cells = "".join(f"<TR><TD>{n}</TD></TR>" for n in given)
    return (
        '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        '<RESOURCE><TABLE><FIELD name="n" datatype="int"/><DATA><TABLEDATA>'
        f"{cells}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


def read_rows(form: str, body: bytes, like: Rows) -> Rows:
    """The rows of a result; the cells of CSV get the types of those of `like`.

    >>> read_rows("csv", b"n,name\\r\\n1,star 1\\r\\n", [(2, "star 2")])
    [(1, 'star 1')]
    """
    file = io.BytesIO(body)
    if form == "csv":
        _, *lines = csv.reader(io.StringIO(body.decode(), newline=""))
        types = [type(cell) for cell in like[0]] if like else []
        return [
            tuple(kind(x) for kind, x in zip(types, line, strict=True))
            for line in lines
        ]
    if form == "parquet":
        columns = pyarrow.parquet.read_table(file).to_pydict().values()
        return list(zip(*columns, strict=True))
    if form == "fits":
        table = AstropyTable.read(file, format="fits", character_as_bytes=False)
    else:
        table = votable.parse_single_table(file).to_table()
    return list(zip(*(table[name].tolist() for name in table.colnames), strict=True))


def fault_of(wanted: Wanted, form: str, body: bytes) -> str | None:
    """What is wrong with the bytes of a result; None: it is whole and right."""
    try:
        rows = read_rows(form, body, wanted.rows)
    except Exception as error:
        return f"{len(body)} bytes that cannot be read: {type(error).__name__} {error}"
    if rows == wanted.rows:
        return None
    pairs = zip(rows, wanted.rows, strict=False)
    other = next((pair for pair in pairs if pair[0] != pair[1]), None)
    return f"{len(rows)} of {len(wanted.rows)} rows, first other: {other!s:.200}"


@dataclass
class Errand:
    """One job of a client: what was asked, what the server promised, what was seen.

    What was `sent` may have been done; what was `granted` (answered so) must be.
    """

    run_id: str
    wanted: Wanted
    form: str
    url: str | None = None  # from the 303 that created it
    sent: set[str] = field(default_factory=set)  # RUN, ABORT, DELETE
    granted: set[str] = field(default_factory=set)
    duration: int | None = None  # s
    destruction: float | None = None  # seconds since 1970
    seen: dict[str, str] = field(default_factory=dict)  # last phase, by observer
    etag: str | None = None  # of the result that was read

    def see(self, observer: str, phase: str) -> str | None:
        """Note a phase; what is wrong with it after the one seen before."""
        last = self.seen.get(observer)
        self.seen[observer] = phase
        if last is None or last == phase or phase == GONE:
            return None
        if last in RANKS and RANKS.get(phase, 3) >= RANKS[last]:
            return None
        return f"{self}: went from {last} to {phase}, as {observer} saw"

    def may_be_gone(self, now: float) -> bool:
        """May there be no such job?"""
        due = self.destruction is not None and self.destruction <= now
        return "DELETE" in self.sent or due

    def must_be_gone(self, now: float, patience: float) -> bool:
        """Ought it to have gone? `patience` is that for destruction, in seconds."""
        due = self.destruction is not None and self.destruction + patience <= now
        return "DELETE" in self.granted or due

    def __str__(self) -> str:
        job_id = "?" if self.url is None else self.url.rsplit("/", 1)[1]
        return f"job {job_id} ({self.run_id}, {self.wanted.kind}, {self.form})"
