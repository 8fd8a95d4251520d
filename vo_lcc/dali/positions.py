"""Which columns of a table from somewhere else hold positions on the sky."""

import re
from collections.abc import Sequence

from vo_lcc.tables import Column

Pair = tuple[str, str]

DEGREES = (None, "deg", "degree", "degrees", "Angle[deg]")
FLOATS = ("double", "float")
# UCD of right ascension and of declination: UCD1+, then UCD1; the main one first.
UCDS = (
    ("pos.eq.ra;meta.main", "pos.eq.dec;meta.main"),
    ("pos_eq_ra_main", "pos_eq_dec_main"),
    ("pos.eq.ra", "pos.eq.dec"),
    ("pos_eq_ra", "pos_eq_dec"),
)
# How catalogues call them, without `_` and in lower case.
NAMES = (
    ("ra", "dec"),
    ("ra", "de"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("raicrs", "deicrs"),
    ("raicrs", "decicrs"),
    ("radeg", "decdeg"),
    ("radeg", "dedeg"),
    ("sra", "sdec"),
    ("ramean", "decmean"),
    ("alpha", "delta"),
    ("rightascension", "declination"),
)
PLAIN = re.compile(r"[^a-z0-9]")


def find_position(columns: Sequence[Column], used: Sequence[Pair] = ()) -> Pair | None:
    """The names of the columns of longitude and latitude (deg), or None.

    First what a query takes for a position (`used`), then what UCDs say, then names.

    >>> find_position([Column("RAJ2000", "double"), Column("DEJ2000", "double")])
    ('RAJ2000', 'DEJ2000')
    """
    possible = [
        c
        for c in columns
        if c.datatype in FLOATS and c.arraysize is None and c.unit in DEGREES
    ]
    names = {c.name for c in possible}
    for lon, lat in used:
        if lon in names and lat in names:
            return lon, lat
    by_ucd = {(c.ucd or "").lower(): c.name for c in reversed(possible)}
    by_name = {PLAIN.sub("", c.name.lower()): c.name for c in reversed(possible)}
    for known, pairs in ((by_ucd, UCDS), (by_name, NAMES)):
        for lon, lat in pairs:
            if lon in known and lat in known:
                return known[lon], known[lat]
    return None
