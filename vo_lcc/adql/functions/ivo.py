"""The functions of the Catalogue of ADQL User Defined Functions (IVOA EN 1.2).

Their SQL functions and what they are tested with are of db/sql/0004 and 0008.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from vo_lcc import frames
from vo_lcc.adql.functions.function import ARRAY, INT, LONG, Form, Function
from vo_lcc.adql.functions.geometry import POINT
from vo_lcc.adql.functions.standard import same_unit, text
from vo_lcc.adql.nodes import Literal
from vo_lcc.adql.problems import Problems
from vo_lcc.sky import ORDER
from vo_lcc.tables import Column

DAYS = Column("", "double", unit="d")
DEGREES = Column("", "double", unit="deg")
COUNTS = replace(ARRAY, datatype="int", ucd="meta.number")
NEEDED = {0: "ra", 1: "dec", 6: "ref_epoch", 7: "out_epoch"}


def propagated(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A point; what is needed to know where a star was cannot be left out."""
    for place, name in NEEDED.items():
        if columns[place].datatype == "null":
            problems.add(
                f"ivo_epoch_prop_pos needs {name}, not NULL", call.args[place].at
            )
    return POINT


def healpix_index(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A cell; an order that is a constant is one there is."""
    order = call.args[0].value if isinstance(call.args[0], Literal) else None
    if isinstance(order, int) and not 0 <= order <= ORDER:
        problems.add(f"HEALPix has orders from 0 to {ORDER}", call.args[0].at)
    return LONG


def transformed(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A geometry of the kind that was given; the frames are constants."""
    names = [x.value if isinstance(x, Literal) else None for x in call.args[:2]]
    if not all(isinstance(name, str) for name in names):
        problems.add("ivo_geom_transform needs the names of frames in quotes", call.at)
        return POINT
    try:
        frames.rotation(str(names[0]), str(names[1]))
    except ValueError as error:
        problems.add(str(error), call.at)
    return replace(columns[2], name="", annotation=None, ucd=None, utype=None)


IVO: Mapping[str, Function] = MappingProxyType(
    {
        "IVO_HEALPIX_INDEX": Function(
            (
                Form(
                    "inn",
                    "vo_lcc.healpix_index({0}::int4, {1}, {2})",
                    "ivo_healpix_index(hpxOrder INTEGER, long DOUBLE, lat DOUBLE) ->"
                    " BIGINT",
                ),
                Form(
                    "ip", "", "ivo_healpix_index(hpxOrder INTEGER, p POINT) -> BIGINT"
                ),
            ),
            healpix_index,
            "The index of the HEALPix cell, NESTED, that holds a position.",
        ),
        "IVO_HEALPIX_CENTER": Function(
            (
                Form(
                    "ii",
                    "vo_lcc.healpix_center({0}::int4, {1})",
                    "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT",
                ),
            ),
            POINT,
            "The centre of a HEALPix cell, NESTED.",
        ),
        "IVO_SIMBADPOINT": Function(
            (Form("t", "", "ivo_simbadpoint(identifier VARCHAR) -> POINT"),),
            POINT,
            "The position that a name resolver gives for a name, which is a literal.",
        ),
        "IVO_EPOCH_PROP_POS": Function(
            (
                Form(
                    "nnnnnnnn",
                    "vo_lcc.epoch_prop_pos({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7})",
                    "ivo_epoch_prop_pos(ra DOUBLE, dec DOUBLE, parallax DOUBLE, pmra"
                    " DOUBLE, pmdec DOUBLE, radial_velocity DOUBLE, ref_epoch DOUBLE,"
                    " out_epoch DOUBLE) -> POINT",
                ),
            ),
            propagated,
            "The position of a star at another epoch by its motion in space: degrees,"
            " mas, mas/yr (pmra with cos(dec)), km/s, Julian years. NULL for"
            " parallax, proper motion or radial velocity is 0.",
        ),
        "IVO_GEOM_TRANSFORM": Function(
            (
                Form(
                    "ttg",
                    "",
                    "ivo_geom_transform(from_sys VARCHAR, to_sys VARCHAR, geo"
                    " GEOMETRY) -> GEOMETRY",
                ),
            ),
            transformed,
            "A geometry of one frame in another: ICRS, FK5 (J2000), FK4 (B1950,"
            " without E-terms), GALACTIC, SUPER_GALACTIC, ECLIPTIC (J2000); frames"
            " are literals.",
        ),
        "IVO_TO_JD": Function(
            (
                Form(
                    "d",
                    "vo_lcc.to_jd({0})",
                    "ivo_to_jd(d TIMESTAMP) -> DOUBLE",
                ),
                Form(
                    "t",
                    "vo_lcc.to_jd({0})",
                    "ivo_to_jd(d VARCHAR) -> DOUBLE",
                ),
            ),
            DAYS,
            "The Julian Date of a timestamp, or of text as DALI writes it; NULL for"
            " other text. Time scale and zone are left as they are.",
        ),
        "IVO_TO_MJD": Function(
            (
                Form(
                    "d",
                    "vo_lcc.to_mjd({0})",
                    "ivo_to_mjd(d TIMESTAMP) -> DOUBLE",
                ),
                Form(
                    "t",
                    "vo_lcc.to_mjd({0})",
                    "ivo_to_mjd(d VARCHAR) -> DOUBLE",
                ),
            ),
            DAYS,
            "The Modified Julian Date of a timestamp, or of text as DALI writes it;"
            " NULL for other text. Time scale and zone are left as they are.",
        ),
        "IVO_STRING_AGG": Function(
            (
                Form(
                    "tt",
                    "coalesce(string_agg({0}, {1}){over}, '')",
                    "ivo_string_agg(expression VARCHAR, delimiter VARCHAR) -> VARCHAR",
                ),
            ),
            text,
            "All texts of a group put together, with the delimiter between them;"
            " NULLs leave no trace, and of none the text is empty.",
            role="aggregate",
        ),
        "IVO_NOCASEMATCH": Function(
            (
                Form(
                    "tt",
                    "vo_lcc.nocasematch({0}, {1})",
                    "ivo_nocasematch(value VARCHAR, pattern VARCHAR) -> INTEGER",
                    "({0} ILIKE {1} ESCAPE '')",
                ),
            ),
            INT,
            "1 when a text is like a pattern whatever the case, 0 otherwise.",
        ),
        "IVO_HASWORD": Function(
            (
                Form(
                    "tt",
                    "vo_lcc.hasword({0}, {1})",
                    "ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER",
                    "vo_lcc.has_words({0}, {1})",
                ),
            ),
            INT,
            "1 when all words of needle are in haystack, 0 otherwise: in any order"
            " and case, by their English stems.",
        ),
        "IVO_HASHLIST_HAS": Function(
            (
                Form(
                    "tt",
                    "vo_lcc.hashlist_has({0}, {1})",
                    "ivo_hashlist_has(hashlist VARCHAR, item VARCHAR) -> INTEGER",
                ),
            ),
            INT,
            "1 when item is one of the words that # separates, whatever the case.",
        ),
        "IVO_HISTOGRAM": Function(
            (
                Form(
                    "nnni",
                    "vo_lcc.histogram_counts(sum(vo_lcc.histogram_term({0}, {1}, {2},"
                    " {3}::int4)), max({3}::int4))",
                    "ivo_histogram(val DOUBLE, lower DOUBLE, upper DOUBLE, nbins"
                    " INTEGER) -> INTEGER[]",
                ),
            ),
            COUNTS,
            "How many values are below lower (or NULL), in each of nbins equal bins,"
            " and above upper; nbins is 10,000 at most, and NULL is the answer"
            " beyond.",
            role="grouping",
        ),
        "IVO_NORMAL_RANDOM": Function(
            (
                Form(
                    "nn",
                    "vo_lcc.normal_random({0}, {1})",
                    "ivo_normal_random(mu DOUBLE, sigma DOUBLE) -> DOUBLE",
                ),
            ),
            same_unit,
            "A random number of the normal distribution with mean mu and deviation"
            " sigma.",
        ),
        "IVO_INTERVAL_OVERLAPS": Function(
            (
                Form(
                    "iiii",
                    "vo_lcc.interval_overlaps({0}::int8, {1}::int8, {2}::int8,"
                    " {3}::int8)",
                    "",
                ),
                Form(
                    "nnnn",
                    "vo_lcc.interval_overlaps({0}::float8, {1}::float8, {2}::float8,"
                    " {3}::float8)",
                    "ivo_interval_overlaps(a1 DOUBLE, b1 DOUBLE, a2 DOUBLE, b2"
                    " DOUBLE) -> INTEGER",
                ),
            ),
            INT,
            "1 when [a1, b1] and [a2, b2] have a point in common, 0 otherwise; an"
            " interval that ends before it begins has none.",
        ),
        "IVO_HMS_TO_DEGREES": Function(
            (
                Form(
                    "t",
                    "vo_lcc.hms_to_degrees({0})",
                    "ivo_hms_to_degrees(hms VARCHAR) -> DOUBLE",
                ),
            ),
            DEGREES,
            "The degrees of h:m:s, h m s, hhmmss or 3h34m45.4s; NULL for other text.",
        ),
        "IVO_DMS_TO_DEGREES": Function(
            (
                Form(
                    "t",
                    "vo_lcc.dms_to_degrees({0})",
                    "ivo_dms_to_degrees(dms VARCHAR) -> DOUBLE",
                ),
            ),
            DEGREES,
            "The degrees of d:m:s, d m s, ddmmss or 42d9m6.8s, with or without a"
            " sign; NULL for other text.",
        ),
    }
)
