"""Functions of other languages, and what ADQL has instead."""

from collections.abc import Mapping
from types import MappingProxyType

ONLY_CASE = "of texts ADQL has LOWER, UPPER and || only"

INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "MEAN": "write AVG(x) for rows, LC_MEAN(x) for the arrays of a light curve",
        "MEDIAN": "there is none for rows; LC_MEDIAN(x) takes arrays of lightcurves",
        **dict.fromkeys(
            ("STDDEV", "STDEV", "STD", "VARIANCE"),
            "there is none for rows; LC_STD(x) takes the arrays of lightcurves",
        ),
        "LN": "write LOG(x)",
        "CEIL": "write CEILING(x)",
        "POW": "write POWER(x, y)",
        "RANDOM": "write RAND()",
        "TRUNC": "write TRUNCATE(x)",
        **dict.fromkeys(("IF", "IIF"), "write CASE WHEN ... THEN ... ELSE ... END"),
        **dict.fromkeys(
            ("GREATEST", "LEAST"), "write CASE WHEN a > b THEN a ELSE b END"
        ),
        **dict.fromkeys(("IFNULL", "NVL", "ISNULL"), "write COALESCE(x, y)"),
        **dict.fromkeys(
            ("SUBSTR", "SUBSTRING", "LENGTH", "TRIM", "REPLACE", "CONCAT"), ONLY_CASE
        ),
        **dict.fromkeys(
            ("STRING_AGG", "GROUP_CONCAT", "LISTAGG"), "write ivo_string_agg(x, ', ')"
        ),
        "Q3C_RADIAL_QUERY": "write DISTANCE(ra, dec, 10, 20) < 1",
        "NOW": "times are numbers here: write the date as one, by ivo_to_mjd('...')",
    }
)
