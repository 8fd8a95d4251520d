"""What people ask for, as queries of a collection that can be sent as they are.

Those that a collection file suggests come first, then TEMPLATES with its own words.
Queries of all collections together are in `examples_general`.

They keep to ADQL 2.0, which every client knows: so points name their frame, and what
rows are ordered by is a name of the result.

Those that read `TAP_UPLOAD.t1` want a table sent along: its columns are told. TOPCAT
calls the first table it has loaded so.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import cdshealpix
import numpy as np

from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, adql_identifier

UPLOAD = "t1"
"""The name of the uploaded table, in TAP_UPLOAD."""

CELLS_ORDER = 6
"""The HEALPix order of the largest cells that are looked at: about a degree wide."""

WINDOW = 100
"""Days of the window of time."""

CELL = re.compile(r"(\d+)/(\d+)")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """A query that works, and the columns of the table it uploads, if it does."""

    id: str
    name: str
    description: str
    query: str
    tables: tuple[str, ...]
    uploads: tuple[Column, ...] = ()


NAME = Column("name", "char", "*", description="what you call it")
RA = Column("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main")
DEC = Column("dec", "double", unit="deg", ucd="pos.eq.dec;meta.main")
OBJECT_ID = Column("object_id", "char", "*", ucd="meta.id")
TIME = Column("t0", "double", unit="d", ucd="time.epoch")

POSITIONS = (NAME, RA, DEC)
WITH_ERRORS = (NAME, RA, DEC, Column("err", "double", unit="arcsec"))
NAMED_OTHERWISE = (
    Column("Star", "char", "*"),
    Column("RA (J2000)", "double", unit="deg"),
    Column("DEC (J2000)", "double", unit="deg"),
)
MOVING = (
    *POSITIONS,
    Column("parallax", "double", unit="mas"),
    Column("pmra", "double", unit="mas/yr"),
    Column("pmdec", "double", unit="mas/yr"),
)
IDS = (OBJECT_ID,)
MOMENTS = (OBJECT_ID, TIME)
PERIODS = (OBJECT_ID, Column("period", "double", unit="d"), TIME)


@dataclass(frozen=True, slots=True)
class Template:
    """An example to be filled in: what stands in braces are words for `example`.

    Where a word is not known, there is no such example.
    """

    id: str
    name: str
    description: str
    query: str
    uploads: tuple[Column, ...] = ()

    def example(
        self, prefix: str, words: Mapping[str, str], tables: Iterable[str]
    ) -> Example:
        """The example with these words, which reads those of the tables it names."""
        query = PLACEHOLDER.sub(lambda found: words[found[1]], self.query)
        return Example(
            id=f"{prefix}-{self.id}",
            name=self.name,
            description=self.description,
            query=query,
            tables=tuple(name for name in tables if name in query),
            uploads=self.uploads,
        )


TEMPLATES = (
    Template(
        "cone",
        "Objects in a cone",
        "All objects within a degree of a position, the nearest first.",
        """\
SELECT object_id, ra, dec,
  DISTANCE(POINT('ICRS', ra, dec), POINT('ICRS', {ra}, {dec})) AS away
FROM {c}.objects
WHERE DISTANCE(POINT('ICRS', ra, dec), POINT('ICRS', {ra}, {dec})) < 1
ORDER BY away""",
    ),
    Template(
        "class",
        "Objects in a cone, with their classes and light curves",
        "A cone and a condition on another column; one row for each light curve, its"
        " points in arrays.",
        """\
SELECT object_id, o.{class}, l.passband, l.n_points, l.obs_time, l.{value}
FROM {c}.objects AS o JOIN {c}.lightcurves AS l USING (object_id)
WHERE DISTANCE(POINT('ICRS', o.ra, o.dec), POINT('ICRS', {ra}, {dec})) < 5
  AND o.{class} IS NOT NULL
ORDER BY object_id, passband""",
    ),
    Template(
        "match",
        "Crossmatch: every object within 2 arcseconds of your positions",
        "One row for each pair; a position without an object has none.",
        """\
SELECT m.name, o.object_id, {apart} * 3600 AS arcsec
FROM TAP_UPLOAD.t1 AS m
JOIN {c}.objects AS o ON {apart} < 2 / 3600.
ORDER BY name, arcsec""",
        POSITIONS,
    ),
    Template(
        "nearest",
        "Crossmatch: the nearest object only",
        "Where several objects are within 2 arcseconds, the nearest.",
        """\
SELECT m.name, o.object_id, near.away * 3600 AS arcsec
FROM TAP_UPLOAD.t1 AS m
JOIN {c}.objects AS o ON {apart} < 2 / 3600.
JOIN (
  SELECT m.name, MIN({apart}) AS away
  FROM TAP_UPLOAD.t1 AS m
  JOIN {c}.objects AS o ON {apart} < 2 / 3600.
  GROUP BY m.name
) AS near ON near.name = m.name AND {apart} <= near.away
ORDER BY name""",
        POSITIONS,
    ),
    Template(
        "unmatched",
        "Crossmatch: keep the positions without an object",
        "LEFT JOIN keeps every row of yours; what was not found is null.",
        """\
SELECT m.name, o.object_id, {apart} * 3600 AS arcsec
FROM TAP_UPLOAD.t1 AS m
LEFT JOIN {c}.objects AS o ON {apart} < 2 / 3600.
ORDER BY name, arcsec""",
        POSITIONS,
    ),
    Template(
        "errors",
        "Crossmatch: a radius of its own for each position",
        "Three times the error of each position (err, in arcseconds), 5 at most.",
        """\
SELECT m.name, m.err, o.object_id, {apart} * 3600 AS arcsec
FROM TAP_UPLOAD.t1 AS m
JOIN {c}.objects AS o
  ON {apart} < 5 / 3600. AND {apart} < 3 * m.err / 3600
ORDER BY name, arcsec""",
        WITH_ERRORS,
    ),
    Template(
        "quoted",
        "Crossmatch: column names that need quotes",
        "A name with blanks or brackets, or a word of ADQL, stands in double quotes,"
        " in the letter case of your file.",
        """\
SELECT m."Star", o.object_id
FROM TAP_UPLOAD.t1 AS m JOIN {c}.objects AS o
  ON DISTANCE(
    POINT('ICRS', m."RA (J2000)", m."DEC (J2000)"), POINT('ICRS', o.ra, o.dec)
  ) < 2 / 3600.
ORDER BY "Star\"""",
        NAMED_OTHERWISE,
    ),
    Template(
        "moved",
        "Crossmatch: stars that move",
        "Positions of 2016.0 with parallaxes and proper motions (as of Gaia), moved to"
        " 2003.0, when the objects were observed.",
        """\
SELECT moved.name, o.object_id, DISTANCE(
    POINT('ICRS', moved.ra, moved.dec), POINT('ICRS', o.ra, o.dec)) * 3600 AS arcsec
FROM (
  SELECT n.name, COORD1(n.place) AS ra, COORD2(n.place) AS dec
  FROM (
    SELECT m.name, ivo_epoch_prop_pos(
      m.ra, m.dec, m.parallax, m.pmra, m.pmdec, 0, 2016, 2003) AS place
    FROM TAP_UPLOAD.t1 AS m
  ) AS n
) AS moved
JOIN {c}.objects AS o ON DISTANCE(
    POINT('ICRS', moved.ra, moved.dec), POINT('ICRS', o.ra, o.dec)) < 2 / 3600.
ORDER BY name, arcsec""",
        MOVING,
    ),
    Template(
        "ids",
        "What is known of a list of objects",
        "By their ids, however many; an id that is not there has a row of nulls.",
        """\
SELECT m.object_id AS asked, o.*
FROM TAP_UPLOAD.t1 AS m LEFT JOIN {c}.objects AS o ON o.object_id = m.object_id
ORDER BY asked""",
        IDS,
    ),
    Template(
        "lightcurves",
        "Thousands of light curves in one call, one row each",
        "The points of a light curve are arrays, in order of time.",
        """\
SELECT object_id, l.passband, l.n_points, l.obs_time, {points of l}
FROM TAP_UPLOAD.t1 AS m JOIN {c}.lightcurves AS l USING (object_id)
ORDER BY object_id, passband""",
        IDS,
    ),
    Template(
        "lightcurves-at",
        "The light curves of all objects at your positions",
        "From a position to the objects within 2 arcseconds and on to their light"
        " curves, one row each.",
        """\
SELECT m.name, {apart} * 3600 AS arcsec,
  object_id, l.passband, l.n_points, l.obs_time, {points of l}
FROM TAP_UPLOAD.t1 AS m
JOIN {c}.objects AS o ON {apart} < 2 / 3600.
JOIN {c}.lightcurves AS l USING (object_id)
ORDER BY name, object_id, passband""",
        POSITIONS,
    ),
    Template(
        "points",
        "Thousands of light curves as points",
        "One row for each point of one passband within a window of time.",
        """\
SELECT object_id, p.obs_time, {points of p}
FROM TAP_UPLOAD.t1 AS m JOIN {c}.photometry AS p USING (object_id)
WHERE p.passband = '{band}' AND p.obs_time BETWEEN {start} AND {end}
ORDER BY object_id, obs_time""",
        IDS,
    ),
    Template(
        "around",
        "Points around a moment of each object",
        "Those within ten days of t0, such as the time of an alert; objects without"
        " such points stay, with nulls.",
        """\
SELECT m.object_id AS asked, p.passband, p.obs_time - m.t0 AS days, p.{value}
FROM TAP_UPLOAD.t1 AS m LEFT JOIN {c}.photometry AS p
  ON p.object_id = m.object_id AND p.obs_time BETWEEN m.t0 - 10 AND m.t0 + 10
ORDER BY asked, passband, days""",
        MOMENTS,
    ),
    Template(
        "folded",
        "Light curves folded by your periods",
        "The phases of the points, from 0 to 1; it is 0 at t0.",
        """\
SELECT object_id, l.passband,
  LC_FOLD(l.obs_time, m.period, m.t0) AS phase, l.{value}
FROM TAP_UPLOAD.t1 AS m JOIN {c}.lightcurves AS l USING (object_id)
ORDER BY object_id, passband""",
        PERIODS,
    ),
    Template(
        "fold-column",
        "A light curve folded by the period of the collection",
        "Points of one object in order of phase, which is 0 at its first point.",
        """\
SELECT p.passband, MOD((p.obs_time - o.t_min) / o.{period}, 1) AS phase,
  p.obs_time, p.{value}
FROM {c}.photometry AS p JOIN {c}.objects AS o USING (object_id)
WHERE object_id = '{an object}'
ORDER BY passband, phase""",
    ),
    Template(
        "statistics",
        "Statistics of the light curves of your objects",
        "One row for each light curve, without its points.",
        """\
SELECT object_id, l.passband, l.n_points, LC_MEDIAN(l.{value}) AS median,
  LC_AMPLITUDE(l.{value}) AS amplitude, LC_SPAN(l.obs_time) AS days
FROM TAP_UPLOAD.t1 AS m JOIN {c}.lightcurves AS l USING (object_id)
ORDER BY object_id, passband""",
        IDS,
    ),
)
TABLES = ("objects", "lightcurves", "photometry")
TABLE = re.compile(r"\b(?:ivoa|tap_schema)\.\w+", re.IGNORECASE)


def examples(collection: Collection) -> tuple[Example, ...]:
    """The examples of a collection, with its own columns, passband and times."""
    made = _made(collection, _words(collection))
    return (*_suggested(collection), *made)


def _suggested(collection: Collection) -> Iterator[Example]:
    """Those of its file: they read its tables, and the standards'."""
    own = [f"{adql_identifier(collection.name)}.{table}" for table in TABLES]
    for number, each in enumerate(collection.about.examples, 1):
        folded = each.query.lower()
        read = [name for name in own if name.lower() in folded]
        yield Example(
            id=f"{collection.name}-query-{number}",
            name=each.name,
            description=each.description,
            query=each.query,
            tables=(*read, *dict.fromkeys(TABLE.findall(folded))),
        )


def _made(collection: Collection, words: Mapping[str, str]) -> Iterator[Example]:
    for template in TEMPLATES:
        if set(PLACEHOLDER.findall(template.query)) <= set(words):
            names = [f"{words['c']}.{table}" for table in TABLES]
            yield template.example(collection.name, words, names)


def _words(collection: Collection) -> dict[str, str]:
    """What stands for the words in braces; those that are not known are left out."""
    values = [c.adql_name for c in collection.point_columns[1:]][:2]
    place = position(collection)
    start = None if collection.t_min is None else math.floor(collection.t_min)
    words = {
        "c": adql_identifier(collection.name),
        "apart": "DISTANCE(POINT('ICRS', m.ra, m.dec), POINT('ICRS', o.ra, o.dec))",
        "value": values[0] if values else None,
        "points of l": ", ".join(f"l.{name}" for name in values) or None,
        "points of p": ", ".join(f"p.{name}" for name in values) or None,
        "class": _named(collection.class_column),
        "period": _named(collection.period_column),
        "band": next((_quoted(band.passband) for band in collection.passbands), None),
        "an object": collection.example and _quoted(collection.example),
        "ra": place and f"{place[0]:g}",
        "dec": place and f"{place[1]:g}",
        "start": None if start is None else str(start),
        "end": None if start is None else str(start + WINDOW),
    }
    return {word: text for word, text in words.items() if text is not None}


def position(collection: Collection) -> tuple[float, float] | None:
    """A position within the coverage, and with objects within a degree."""
    first = _first_cell(collection.coverage)
    if first is None:
        return None
    order, cell = first
    cells = np.array([cell], np.uint64)
    lon, lat = cdshealpix.healpix_to_lonlat(cells, np.uint8(order))
    return round(float(lon.deg[0]), 2), round(float(lat.deg[0]), 2)


def _first_cell(coverage: str) -> tuple[int, int] | None:
    """The order and number of the first cell of an ASCII MOC, of CELLS_ORDER or finer.

    The rest is not read: it may be long.

    >>> _first_cell("5/3 8-9 10/323")
    (6, 12)
    >>> _first_cell("6/ 10/323-324")
    (10, 323)
    """
    found = CELL.search(coverage)
    if found is None:
        return None
    order, cell = int(found[1]), int(found[2])
    coarser = max(CELLS_ORDER - order, 0)
    return order + coarser, cell << 2 * coarser


def _named(column: str | None) -> str | None:
    return None if column is None else adql_identifier(column)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
