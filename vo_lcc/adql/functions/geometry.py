"""Geometries: the functions of ADQL 2.1 section 4.2, and MOCs.

How they are written in SQL is told in postgres/shapes.py, since it depends on what
their arguments are made of.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vo_lcc.adql.functions.function import (
    ANGLE,
    INT,
    TEXT,
    Form,
    Function,
    argument_kinds,
)
from vo_lcc.adql.problems import Problems
from vo_lcc.tables import Column

POINT = Column("", "double", "2", unit="deg", xtype="point")
CIRCLE = Column("", "double", "3", unit="deg", xtype="circle")
POLYGON = Column("", "double", "*", unit="deg", xtype="polygon")
REGION = Column("", "char", "*", xtype="adql:REGION")
MOC = Column("", "char", "*", xtype="moc")

# The first words of a coordinate system; those that are ICRS within a few 0.01 arcsec.
ICRS_LIKE = frozenset({"", "ICRS", "FK5", "J2000", "UNKNOWN", "UNKNOWNFRAME"})
OTHER_SYSTEMS = frozenset(
    {"FK4", "B1950", "GALACTIC", "GALACTIC_II", "SUPER_GALACTIC", "ECLIPTIC", "GEO_C"}
)


def polygon(call: Any, columns: Sequence[Column], problems: Problems) -> Column:
    """A polygon; its numbers come in pairs."""
    if len(columns) % 2 and {*argument_kinds(columns)} & {"n", "i"}:
        problems.add("the numbers of POLYGON(number, ...) come in pairs", call.at)
    return POLYGON


GEOMETRY: Mapping[str, Function] = MappingProxyType(
    {
        "POINT": Function((Form("nn"),), POINT),
        "CIRCLE": Function((Form("nnn"), Form("pn")), CIRCLE),
        "BOX": Function((Form("nnnn"), Form("pnn")), POLYGON),
        "POLYGON": Function((Form("nnnnnn+"), Form("ppp+")), polygon),
        "REGION": Function((Form("t"),), REGION),
        "MOC": Function(
            (
                Form("t", declared="MOC(moc VARCHAR) -> MOC"),
                Form("g", declared="MOC(region GEOMETRY) -> MOC"),
                Form("ig", declared="MOC(maxOrder INTEGER, region GEOMETRY) -> MOC"),
            ),
            MOC,
            "The HEALPix cells of an ASCII MOC, or those that cover a region.",
        ),
        "CONTAINS": Function((Form("rr"),), INT),
        "INTERSECTS": Function((Form("rr"),), INT),
        "DISTANCE": Function((Form("pp"), Form("nnnn")), ANGLE),
        "AREA": Function((Form("r"),), Column("", "double", unit="deg**2")),
        "CENTROID": Function((Form("g"),), POINT),
        "COORD1": Function((Form("p"),), ANGLE),
        "COORD2": Function((Form("p"),), ANGLE),
        "COORDSYS": Function((Form("r"),), TEXT),
    }
)
