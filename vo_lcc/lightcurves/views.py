"""The views over all published collections, made anew at each publication.

`vo_lcc.ts_ssa` has the light curves as SSA finds them, `vo_lcc.ts_names` the names of
objects. What is in them is here, when they are made in `releases` and `upgrade`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from vo_lcc.db import Load, quote_name, quote_text
from vo_lcc.lightcurves.summaries import PATH, READER
from vo_lcc.tables import Column, PhotCal, Position, Table
from vo_lcc.times import MJD_ORIGIN

# Every light curve of every published collection, and all passbands of an object
# together (passband null) where the collection has several.
TS_SSA = Table(
    "vo_lcc",
    "ts_ssa",
    (
        Column("collection", "char", "*"),
        Column("object_id", "unicodeChar", "*"),
        Column("passband", "char", "*"),
        Column("ra", "double", unit="deg", indexed=True),
        Column("dec", "double", unit="deg", indexed=True),
        Column("hpx", "long", indexed=True),
        Column("object_path", "char", "*"),
        Column("title", "unicodeChar", "*"),
        Column("target_class", "unicodeChar", "*"),
        Column("n_points", "int"),
        Column("t_min", "double", unit="d"),
        Column("t_max", "double", unit="d"),
        Column("wavelength", "double", unit="m"),
        Column("mag_median", "double", unit="mag"),
        Column(
            "amplitude",
            "double",
            unit="mag",
            description="The largest of all passbands; null without magnitudes",
        ),
        Column("em_min", "double", unit="m"),
        Column("em_max", "double", unit="m"),
        Column("curve_path", "char", "*", description="As `CurveId.path`"),
        Column("aperture", "double", unit="deg", description="Diameter"),
    ),
    table_type="view",
    position=Position(),
)

# What an object is called: its identifier, and the other names of it. `folded` is
# without blanks and in lower case.
TS_NAMES = Table(
    "vo_lcc",
    "ts_names",
    (
        Column("collection", "char", "*"),
        Column("object_id", "unicodeChar", "*"),
        Column("name", "unicodeChar", "*", indexed=True),
        Column("folded", "unicodeChar", "*", indexed=True),
    ),
    table_type="view",
)


@dataclass(frozen=True, slots=True)
class Release:
    """A published collection, as the views need to know it.

    `brightness` is the column of its points that says how bright the object was: mag,
    or flux where there are no magnitudes.
    """

    name: str
    schema: str
    title: str
    creator: str
    bibcode: str | None
    facility: str | None
    instrument: str | None
    published: str
    timescale: str
    refposition: str
    time_origin: float
    has_class: bool
    aperture: float | None
    aliases: tuple[str, ...]
    n_columns: int
    brightness: str
    brightness_ucd: str | None
    passbands: tuple[PhotCal, ...]

    @property
    def has_magnitudes(self) -> bool:
        """Are medians and amplitudes magnitudes? Else they are in a unit of its own."""
        return self.brightness == "mag"

    @property
    def shift(self) -> float:
        """Days to add to a time for a Modified Julian Date."""
        return self.time_origin - MJD_ORIGIN

    def table(self, name: str) -> str:
        """A table of the release, as SQL."""
        return f"{quote_name(self.schema)}.{quote_name(name)}"


def read_releases(load: Load) -> list[Release]:
    """What is published, by name."""
    bands: dict[str, list[PhotCal]] = {}
    for row in load.query(PASSBANDS).to_pylist():
        bands.setdefault(row.pop("collection"), []).append(PhotCal(**row))
    return [
        Release(
            **row | {"aliases": tuple(json.loads(row["aliases"]))},
            passbands=tuple(bands[row["name"]]),
        )
        for row in load.query(RELEASES).to_pylist()
    ]


RELEASES = """
SELECT c.name, r.schema_name AS schema, r.title, r.creator, r.bibcode, r.facility,
  r.instrument, to_char(r.published AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    AS published,
  r.timescale, r.refposition, r.time_origin, c.has_class, r.aperture, r.aliases,
  (SELECT count(*) FROM tap_schema.columns
   WHERE table_name = c.name || '.photometry')::int AS n_columns,
  b.column_name AS brightness, b.ucd AS brightness_ucd
FROM vo_lcc.collections c
JOIN vo_lcc.releases r ON r.collection = c.name AND r.release = c.release
JOIN LATERAL (
  SELECT column_name, ucd FROM tap_schema.columns
  WHERE table_name = c.name || '.photometry' AND column_name IN ('mag', 'flux')
  ORDER BY column_name DESC LIMIT 1
) b ON true
ORDER BY c.name"""
PASSBANDS = """
SELECT p.collection, p.passband, p.effective_wavelength, p.bandwidth
FROM vo_lcc.passbands p JOIN vo_lcc.collections c
  ON c.name = p.collection AND c.release = p.release
ORDER BY p.collection, p.place"""


def view_statements(
    table: Table, selects: Sequence[str], hidden: Sequence[Column] = ()
) -> Iterator[str]:
    """A view made anew, of all rows of all selects; without any it is empty.

    Beside the columns of the table it has those that are `hidden` from queries.
    """
    columns = (*table.columns, *hidden)
    name = f"{quote_name(table.schema)}.{quote_name(table.name)}"
    yield f"DROP VIEW IF EXISTS {name}"
    yield f"CREATE VIEW {name} AS " + "\nUNION ALL\n".join(selects or [_empty(columns)])
    yield f"GRANT SELECT ON {name} TO {READER}"


def _empty(columns: Sequence[Column]) -> str:
    nulls = (f"NULL::{_sql_type(c)} AS {quote_name(c.name)}" for c in columns)
    return f"SELECT {', '.join(nulls)} WHERE false"


def _sql_type(column: Column) -> str:
    if column.xtype in STORED:
        return STORED[column.xtype]
    return "text" if column.is_text else SQL_TYPES[column.datatype]


STORED = {"adql:REGION": "double precision[]", "timestamp": "timestamp"}
SQL_TYPES = {"int": "integer", "long": "bigint", "double": "double precision"}


# --- light curves ------------------------------------------------------------------


def ts_ssa_selects(release: Release) -> Iterator[str]:
    """The light curves of a release, each by itself and all of an object together."""
    name, title = quote_text(release.name), quote_text(release.title)
    times = ", ".join(
        f"{t} + {number(release.shift)} AS {t}" for t in ("t_min", "t_max")
    )
    path = f"{text(quote(release.name) + '/')} || {PATH}"
    said = {band.passband: spectral_range(band) for band in release.passbands}
    low, high = (
        of_passband({band: ends[i] for band, ends in said.items()}) for i in (0, 1)
    )
    wavelengths = {b.passband: b.effective_wavelength for b in release.passbands}
    of_magnitudes = ("mag_median", "amplitude")
    median, amplitude = (
        of_magnitudes if release.has_magnitudes else (number(None), number(None))
    )
    yield f"""
SELECT {name}::text AS collection, object_id, passband, ra, dec, hpx,
  {path} AS object_path,
  object_id || ' in ' || passband || ', ' || {title} AS title, target_class, n_points,
  {times},
  {of_passband(wavelengths)} AS wavelength, {median} AS mag_median,
  {amplitude} AS amplitude,
  {low} AS em_min, {high} AS em_max,
  {path} || '/' || passband AS curve_path,
  {number(release.aperture)} AS aperture
FROM {release.table("summaries")}"""  # noqa: S608 (quoted)
    if len(release.passbands) == 1:
        return
    seen = {
        band: f"CASE WHEN {quote_name(f'{band}_n_points')} > 0 THEN {{}} END"
        for band in said
    }
    low = ", ".join(seen[b].format(number(ends[0])) for b, ends in said.items())
    high = ", ".join(seen[b].format(number(ends[1])) for b, ends in said.items())
    path = f"{text(quote(release.name) + '/')} || vo_lcc.quote_path(object_id)"
    amplitudes = ", ".join(quote_name(f"{band}_amplitude") for band in said)
    largest = f"greatest({amplitudes})::double precision"
    yield f"""
SELECT {name}::text AS collection, object_id, NULL::text AS passband, ra, dec, hpx,
  {path} AS object_path, object_id || ', ' || {title} AS title,
  {"class" if release.has_class else "NULL::text"} AS target_class, n_points,
  {times},
  {number(None)} AS wavelength, {number(None)} AS mag_median,
  {largest if release.has_magnitudes else number(None)} AS amplitude,
  least({low}) AS em_min, greatest({high}) AS em_max,
  {path} AS curve_path, {number(release.aperture)} AS aperture
FROM {release.table("objects")} WHERE n_points > 0"""  # noqa: S608 (quoted)


def spectral_range(band: PhotCal) -> tuple[float | None, float | None]:
    """Half a bandwidth to either side; without one both ends are the wavelength.

    >>> spectral_range(PhotCal("V", effective_wavelength=5e-7, bandwidth=1e-7))
    (4.5e-07, 5.5e-07)
    """
    middle, half = band.effective_wavelength, (band.bandwidth or 0) / 2
    if middle is None:
        return None, None
    return shortest(middle - half), shortest(middle + half)


def shortest(value: float) -> float:
    """A difference of decimal numbers without the dust of their last bits.

    >>> shortest(4.686e-7 - 0.6315e-7)
    4.0545e-07
    """
    return float(f"{value:.14g}")


def of_passband(values: Mapping[str, float | None]) -> str:
    """A CASE that gives each passband its value.

    >>> of_passband({"g": 1.5, "r": None})
    "CASE passband WHEN 'g' THEN '1.5'::float8 WHEN 'r' THEN NULL::float8 END"
    """
    choices = (
        f"WHEN {quote_text(band)} THEN {number(value)}"
        for band, value in values.items()
    )
    return "CASE passband " + " ".join(choices) + " END"


def number(value: float | None) -> str:
    """A double as SQL, to its last bit."""
    return "NULL::float8" if value is None else f"'{value!r}'::float8"


def text(value: str | None) -> str:
    """A text as SQL."""
    return "NULL::text" if value is None else f"{quote_text(value)}::text"


# --- names -------------------------------------------------------------------------


def ts_names_selects(release: Release) -> Iterator[str]:
    """The identifiers and other names of a release's objects."""
    for name in ("object_id", *release.aliases):
        column = quote_name(name)
        given = "" if name == "object_id" else f" WHERE {column} IS NOT NULL"
        yield f"""
SELECT {quote_text(release.name)}::text AS collection, object_id, {column} AS name,
  vo_lcc.folded_name({column}) AS folded
FROM {release.table("objects")}{given}"""  # noqa: S608 (quoted)


def name_indexes(schema: str, aliases: Iterable[str]) -> Iterator[str]:
    """The indexes by which objects are found by name; object_id has its own."""
    table = f"{quote_name(schema)}.objects"
    for name in ("object_id", *aliases):
        column = quote_name(name)
        if name != "object_id":
            index = quote_name(f"{name}_names")
            yield f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({column})"
        yield (
            f"CREATE INDEX IF NOT EXISTS {quote_name(f'{name}_folded')} ON {table}"
            f" (vo_lcc.folded_name({column}))"
        )
