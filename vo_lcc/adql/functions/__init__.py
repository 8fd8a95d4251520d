"""The functions of ADQL and of this server: nothing else reaches the database.

A new function is a row in one of the tables here, with its SQL where a template can
say it; one that is written in a way of its own has a row in `postgres` too.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vo_lcc.adql.functions.function import Function
from vo_lcc.adql.functions.geometry import GEOMETRY
from vo_lcc.adql.functions.ivo import IVO
from vo_lcc.adql.functions.lightcurve import LIGHTCURVE
from vo_lcc.adql.functions.standard import STANDARD
from vo_lcc.adql.functions.window import WINDOW

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {**STANDARD, **GEOMETRY, **WINDOW, **IVO, **LIGHTCURVE}
)

# The aggregates of the standard, and those that are user-defined functions.
SET_FUNCTIONS = ("AVG", "COUNT", "MAX", "MIN", "SUM")
AGGREGATES = frozenset(SET_FUNCTIONS) | {
    name
    for name, function in FUNCTIONS.items()
    if function.role in ("aggregate", "grouping")
}
