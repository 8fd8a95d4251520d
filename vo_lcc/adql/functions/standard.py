"""The functions of ADQL: what each takes and what it gives.

A new function is one row here and one in sql.py, or in shapes.py for geometries.
Kinds of arguments: `n` a number, `t` text, `p` a point, `g` a geometry, `x` any value;
`?` may be left out, `+` may be repeated.
"""

from dataclasses import dataclass

from vo_lcc.tables import Column

DOUBLE = Column("", "double")
INT = Column("", "int")
TEXT = Column("", "char", "*")
ANGLE = Column("", "double", unit="deg")
POINT = Column("", "double", "2", unit="deg", xtype="point")
CIRCLE = Column("", "double", "3", unit="deg", xtype="circle")
POLYGON = Column("", "double", "*", unit="deg", xtype="polygon")


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its signatures and its result.

    `keeps` is "unit" when the result has the unit of the first argument, "all"
    when it is of the type that holds all arguments, "text" when it is text with the
    characters of its arguments.
    """

    signatures: tuple[str, ...]
    result: Column = DOUBLE
    keeps: str = ""

    def accepts(self, kinds: str) -> bool:
        """True when arguments of these kinds can be given."""
        return any(fits(signature, kinds) for signature in self.signatures)


def fits(signature: str, kinds: str) -> bool:
    """True when kinds of arguments fit one signature.

    `u` (unknown) and `0` (NULL) fit anything; a point is a geometry.

    >>> fits("n n?", "n"), fits("nn", "nt"), fits("p+", "ppp"), fits("n", "u")
    (True, False, True, True)
    """
    places = signature.replace(" ", "")
    at, seen = 0, 0
    while at < len(places):
        kind, mark = places[at], places[at + 1 : at + 2]
        mark = mark if mark in ("?", "+") else ""
        at += 1 + len(mark)
        most = len(kinds) - seen if mark == "+" else 1
        start = seen
        while (
            seen < len(kinds) and seen - start < most and fits_kind(kind, kinds[seen])
        ):
            seen += 1
        if seen == start and mark != "?":
            return False
    return seen == len(kinds)


def fits_kind(wanted: str, kind: str) -> bool:
    """True when a value of this kind can stand where that one is wanted."""
    return (
        wanted in ("x", kind) or kind in ("u", "0") or (wanted == "g" and kind == "p")
    )


KIND_NAMES = {
    "n": "a number",
    "t": "text",
    "d": "a timestamp",
    "p": "a point",
    "g": "a geometry",
    "a": "an array",
    "b": "true or false",
    "c": "a condition",
    "x": "a value",
    "0": "NULL",
    "u": "a value",
}


def describe(name: str, function: Function) -> str:
    """How to call a function, for messages.

    >>> describe("LOG", FUNCTIONS["LOG"])
    'LOG(number)'
    """
    words = {"n": "number", "t": "text", "p": "point", "g": "geometry", "x": "value"}
    forms = []
    for signature in function.signatures:
        args = [
            f"[{words[a[0]]}]"
            if a.endswith("?")
            else words[a[0]] + a[1:].replace("+", ", ...")
            for a in signature.split()
        ]
        forms.append(f"{name}({', '.join(args)})")
    return " or ".join(forms)


def _mathematical() -> dict[str, Function]:
    one = [
        "ACOS",
        "ASIN",
        "ATAN",
        "COS",
        "COT",
        "EXP",
        "LOG",
        "LOG10",
        "SIN",
        "SQRT",
        "TAN",
        "DEGREES",
        "RADIANS",
    ]
    return {
        **{name: Function(("n",)) for name in one},
        **{
            name: Function(("n",), keeps="unit") for name in ("ABS", "CEILING", "FLOOR")
        },
        "ROUND": Function(("n n?",), keeps="unit"),
        "TRUNCATE": Function(("n n?",), keeps="unit"),
        "ATAN2": Function(("n n",)),
        "MOD": Function(("n n",), keeps="unit"),
        "POWER": Function(("n n",)),
        "PI": Function(("",)),
        "RAND": Function(("n?",)),
    }


FUNCTIONS: dict[str, Function] = {
    **_mathematical(),
    "LOWER": Function(("t",), TEXT, keeps="text"),
    "UPPER": Function(("t",), TEXT, keeps="text"),
    "COALESCE": Function(("x+",), keeps="all"),
    "NULLIF": Function(("x x",), keeps="all"),
    "POINT": Function(("n n",), POINT),
    "CIRCLE": Function(("n n n", "p n"), CIRCLE),
    "BOX": Function(("n n n n", "p n n"), POLYGON),
    "POLYGON": Function(("n n n n n n n+", "n n n n n n", "p p p+"), POLYGON),
    "CONTAINS": Function(("g g",), INT),
    "INTERSECTS": Function(("g g",), INT),
    "DISTANCE": Function(("p p", "n n n n"), ANGLE),
    "AREA": Function(("g",), Column("", "double", unit="deg**2")),
    "CENTROID": Function(("g",), POINT),
    "COORD1": Function(("p",), ANGLE),
    "COORD2": Function(("p",), ANGLE),
    "COORDSYS": Function(("g",), TEXT),
    "REGION": Function(("t",), POLYGON),
    "IN_UNIT": Function(("n t",)),
}

# Names that parse, because the standard has them, and that no one answers here yet.
NOT_SERVED = frozenset({"REGION", "IN_UNIT"})

# The first words of a coordinate system; those that are ICRS within a few 0.01 arcsec.
ICRS_LIKE = frozenset({"", "ICRS", "FK5", "J2000", "UNKNOWN", "UNKNOWNFRAME"})
OTHER_SYSTEMS = frozenset(
    {"FK4", "B1950", "GALACTIC", "GALACTIC_II", "SUPER_GALACTIC", "ECLIPTIC", "GEO_C"}
)
