"""What a table is: columns, tables, the catalog; in the words of VOTable.

A `Column` is what VOTable calls a FIELD. What several columns share (the time
frame, the celestial frame, the photometric calibration) is an annotation the
column points at, as a FIELD refers to a TIMESYS, COOSYS or GROUP.
Rows in flight are `Batch`, an Arrow record batch.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

import pyarrow as pa

Batch = pa.RecordBatch

REGULAR_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """A time system: VOTable 1.4 TIMESYS.

    `timescale` and `refposition` are terms of the IVOA vocabularies ("UNKNOWN"
    where the source does not say). `time_origin` is the Julian date (days) of
    the zero of the values, such as 2400000.5 for MJD and 0 for JD.
    """

    timescale: str = "UNKNOWN"
    refposition: str = "UNKNOWN"
    time_origin: float = 2400000.5


@dataclass(frozen=True, slots=True)
class Observatory:
    """Where the observations were made: geodetic (WGS84), in degrees and metres."""

    longitude: float
    latitude: float
    height: float


@dataclass(frozen=True, slots=True)
class SkyFrame:
    """A celestial frame: VOTable COOSYS; `epoch` is like "J2000.0".

    `system` and `refposition` are terms of the IVOA vocabularies refframe and
    refposition.
    """

    system: str = "ICRS"
    epoch: str | None = None
    refposition: str | None = None


@dataclass(frozen=True, slots=True)
class PhotCal:
    """The photometric calibration of one passband (PhotDM 1.1, PhotCal).

    `zero_point` is the flux density of magnitude zero in Jy, `effective_wavelength` and
    `bandwidth` (full width at half maximum) are in metres. None means: the source does
    not say. Magnitudes with a `softening` b are asinh magnitudes (Lupton, Gunn & Szalay
    1999), those without are Pogson's.
    """

    passband: str
    filter_identifier: str | None = None
    zero_point: float | None = None
    magnitude_system: str | None = None
    effective_wavelength: float | None = None
    bandwidth: float | None = None
    softening: float | None = None


Annotation = TimeFrame | SkyFrame | PhotCal


ANY_COLLECTION = "*"
"""What a column identifies that holds publisher's dataset identifiers."""


COLUMN_WORDS = (
    "datatype",
    "arraysize",
    "unit",
    "ucd",
    "utype",
    "xtype",
    "description",
)
"""What VOTable says of a column beside its name, as attributes of `Column`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a VOTable FIELD and a row of TAP_SCHEMA.columns.

    `datatype` is a VOTable primitive (boolean, bit, short, int, long, float, double,
    char, unicodeChar ...), `arraysize` as VOTable writes it ("*", "2", "16*", "2x3"),
    None for a scalar. `name` is bare, never quoted. Several strings ("4x3") are one
    text of all of them, an array of several dimensions one list of its elements.
    Text that is `opaque` is only handed on: it may be other than its xtype says. What
    `identifies` names a collection holds the names of its objects.

    >>> Column("ra", "double", unit="deg", ucd="pos.eq.ra;meta.main").adql_name
    'ra'
    >>> Column("2mass id", "char", "*").adql_name
    '"2mass id"'
    """

    name: str
    datatype: str
    arraysize: str | None = None
    unit: str | None = None
    ucd: str | None = None
    utype: str | None = None
    xtype: str | None = None
    description: str | None = None
    annotation: Annotation | None = None
    indexed: bool = False
    principal: bool = False
    std: bool = False
    opaque: bool = False
    identifies: str | None = None

    @property
    def adql_name(self) -> str:
        """The name as ADQL text, in double quotes where it needs them."""
        return adql_identifier(self.name)

    @property
    def words(self) -> dict[str, str]:
        """What is known of it beside its name, by VOTable's attributes.

        >>> Column("ra", "double", unit="deg").words
        {'datatype': 'double', 'unit': 'deg'}
        """
        told = ((word, getattr(self, word)) for word in COLUMN_WORDS)
        return {word: value for word, value in told if value is not None}

    @property
    def plain_unit(self) -> str | None:
        """The unit without the quotes around what VOUnits does not know.

        >>> Column("flux", "float", unit="'electron'/s").plain_unit
        'electron/s'
        """
        return self.unit and self.unit.replace("'", "")

    @property
    def is_text(self) -> bool:
        """True for strings: char or unicodeChar with an arraysize."""
        return self.datatype in ("char", "unicodeChar")

    @property
    def is_array(self) -> bool:
        """True for arrays of numbers or booleans."""
        return self.arraysize is not None and not self.is_text

    @property
    def is_complex(self) -> bool:
        """True for complex numbers: a real and an imaginary part each."""
        return self.datatype in COMPLEX

    @property
    def is_list(self) -> bool:
        """True where a cell is a list of numbers: arrays, and parts of a complex one.

        >>> Column("z", "doubleComplex").is_list, Column("s", "char", "*").is_list
        (True, False)
        """
        return self.is_array or self.is_complex

    @property
    def is_number(self) -> bool:
        """True for single numbers (and bits)."""
        return self.arraysize is None and self.datatype in NUMBERS


@dataclass(frozen=True, slots=True)
class Position:
    """Which columns of a table hold its sky position and its index.

    `ra` and `dec` are in degrees, ICRS; `hpx` is the HEALPix index of order 29,
    NESTED, with a btree; `point(ra, dec)` has an SP-GiST index.
    """

    ra: str = "ra"
    dec: str = "dec"
    hpx: str = "hpx"


@dataclass(frozen=True, slots=True)
class Coverage:
    """A column of regions, and the MOC column (with a GiST index) that covers each.

    A MOC column covers itself. `moc` need not be a column that users see.
    """

    region: str
    moc: str


@dataclass(frozen=True, slots=True)
class Discs:
    """A column of circles around the position of the table, of this radius at most.

    `radius` is in degrees. So they are found by the index of the position.
    """

    region: str
    radius: float


@dataclass(frozen=True, slots=True)
class Path:
    """A text column that is made of others, by which its rows are found.

    What follows the first `after` (all of it, where that is empty) is the values of
    `parts`, percent-encoded, with slashes between them. The parts need not be columns
    that users see.
    """

    column: str
    after: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A join users can make: `columns` pairs of (here, there)."""

    target: str
    columns: tuple[tuple[str, str], ...]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view that users can query. `name` is without the schema.

    `held_in` is the schema in the database, where that has another name.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    description: str | None = None
    table_type: str = "table"
    utype: str | None = None
    position: Position | None = None
    keys: tuple[ForeignKey, ...] = ()
    coverages: tuple[Coverage, ...] = ()
    held_in: str | None = None
    discs: tuple[Discs, ...] = ()
    paths: tuple[Path, ...] = ()

    @property
    def full_name(self) -> str:
        """`schema.table` as ADQL text."""
        return f"{adql_identifier(self.schema)}.{adql_identifier(self.name)}"

    def find_column(self, name: str) -> Column | None:
        """The column of exactly this name, or None."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """A named set of tables: one collection, or one of the standards'.

    `release_of` is the schema of which this is one release, under its own name; None
    for all others. A table that is named without its schema is never one of these.
    """

    name: str
    tables: tuple[Table, ...]
    description: str | None = None
    utype: str | None = None
    release_of: str | None = None


@dataclass(frozen=True)
class Catalog:
    """All that can be queried. `version` changes whenever the content does.

    `changed` is when it last did, None where nobody has noted it.
    """

    schemas: tuple[Schema, ...] = ()
    version: str = "0"
    changed: datetime | None = None

    @cached_property
    def tables(self) -> Mapping[tuple[str, str], Table]:
        """Tables by (schema, name), both as they are written in the database."""
        return MappingProxyType(
            {(t.schema, t.name): t for s in self.schemas for t in s.tables}
        )

    @cached_property
    def by_bare_name(self) -> Mapping[str, tuple[Table, ...]]:
        """Tables by lower-cased name without a schema, those of releases left out."""
        found: dict[str, tuple[Table, ...]] = {}
        for schema in self.schemas:
            for table in schema.tables if schema.release_of is None else ():
                key = table.name.lower()
                found[key] = (*found.get(key, ()), table)
        return MappingProxyType(found)

    @cached_property
    def folded(self) -> Mapping[tuple[str, str], tuple[Table, ...]]:
        """Tables by lower-cased (schema, name), for regular identifiers."""
        found: dict[tuple[str, str], tuple[Table, ...]] = {}
        for (schema, name), table in self.tables.items():
            key = (schema.lower(), name.lower())
            found[key] = (*found.get(key, ()), table)
        return MappingProxyType(found)

    @cached_property
    def by_full_name(self) -> Mapping[str, tuple[Table, ...]]:
        """Tables by lower-cased full name, as ADQL text."""
        found: dict[str, tuple[Table, ...]] = {}
        for table in self.tables.values():
            key = table.full_name.lower()
            found[key] = (*found.get(key, ()), table)
        return MappingProxyType(found)

    def find_table(self, full_name: str) -> Table | None:
        """The table called `full_name` (as in TAP_SCHEMA, any case), or None.

        Of names that differ in case alone it is the one that is spelt so.
        """
        found = self.by_full_name.get(full_name.lower(), ())
        exact = (table for table in found if table.full_name == full_name)
        return next(exact, found[0] if found else None)


def adql_identifier(name: str) -> str:
    """`name` as ADQL text: bare when regular and not reserved, else quoted.

    >>> adql_identifier("demo"), adql_identifier("size"), adql_identifier('a"b')
    ('demo', '"size"', '"a""b"')
    """
    if REGULAR_IDENTIFIER.match(name) and name.upper() not in RESERVED_WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema in which batches of these columns travel.

    >>> arrow_schema([Column("n", "int"), Column("t", "double", "*")]).types
    [DataType(int32), ListType(list<item: double>)]
    """
    return pa.schema([(c.name, arrow_type(c)) for c in columns])


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of one column: scalars, strings, or a list of scalars.

    Complex numbers are lists of their parts, real and imaginary in turn.

    >>> arrow_type(Column("z", "floatComplex"))
    ListType(list<item: float>)
    """
    if column.is_text:
        return pa.string()
    scalar = ARROW_TYPES[column.datatype]
    return pa.list_(scalar) if column.is_list else scalar


ARROW_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "boolean": pa.bool_(),
        "bit": pa.bool_(),
        "unsignedByte": pa.int16(),
        "short": pa.int16(),
        "int": pa.int32(),
        "long": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "floatComplex": pa.float32(),
        "doubleComplex": pa.float64(),
    }
)

COMPLEX = frozenset({"floatComplex", "doubleComplex"})
NUMBERS = frozenset(ARROW_TYPES) - COMPLEX - {"boolean"}

# ADQL 2.1 section 2.1.3: the reserved words of SQL-92, then those of ADQL.
RESERVED_WORDS = frozenset(
    """
    ABSOLUTE ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT
    AUTHORIZATION AVG BEGIN BETWEEN BIT BIT_LENGTH BOTH BY CASCADE CASCADED CASE
    CAST CATALOG CHAR CHARACTER CHARACTER_LENGTH CHAR_LENGTH CHECK CLOSE COALESCE
    COLLATE COLLATION COLUMN COMMIT CONNECT CONNECTION CONSTRAINT CONSTRAINTS
    CONTINUE CONVERT CORRESPONDING COUNT CREATE CROSS CURRENT CURRENT_DATE
    CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY DEALLOCATE DECIMAL
    DECLARE DEFAULT DEFERRABLE DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS
    DISCONNECT DISTINCT DOMAIN DOUBLE DROP ELSE END END-EXEC ESCAPE EXCEPT EXCEPTION
    EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT FOR FOREIGN FOUND
    FROM FULL GET GLOBAL GO GOTO GRANT GROUP HAVING HOUR IDENTITY IMMEDIATE IN
    INDICATOR INITIALLY INNER INPUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL
    INTO IS ISOLATION JOIN KEY LANGUAGE LAST LEADING LEFT LEVEL LIKE LOCAL LOWER MATCH
    MAX MIN MINUTE MODULE MONTH NAMES NATIONAL NATURAL NCHAR NEXT NO NOT NULL NULLIF
    NUMERIC OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER OUTER OUTPUT OVERLAPS PAD
    PARTIAL POSITION PRECISION PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE
    PUBLIC READ REAL REFERENCES RELATIVE RESTRICT REVOKE RIGHT ROLLBACK ROWS SCHEMA
    SCROLL SECOND SECTION SELECT SESSION SESSION_USER SET SIZE SMALLINT SOME SPACE SQL
    SQLCODE SQLERROR SQLSTATE SUBSTRING SUM SYSTEM_USER TABLE TEMPORARY THEN TIME
    TIMESTAMP TIMEZONE_HOUR TIMEZONE_MINUTE TO TRAILING TRANSACTION TRANSLATE
    TRANSLATION TRIM TRUE UNION UNIQUE UNKNOWN UPDATE UPPER USAGE USER USING VALUE
    VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE YEAR ZONE

    ABS ACOS AREA ASIN ATAN ATAN2 BIGINT BOX CEILING CENTROID CIRCLE CONTAINS COORD1
    COORD2 COORDSYS COS COT DEGREES DISTANCE EXP FLOOR ILIKE INTERSECTS IN_UNIT LOG
    LOG10 MOD OFFSET PI POINT POLYGON POWER RADIANS RAND REGION ROUND SIN SQRT TAN TOP
    TRUNCATE
    """.split()  # noqa: SIM905 (a list of 300 literals reads worse)
)
