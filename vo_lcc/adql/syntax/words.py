"""The words of ADQL, and the kind each is to the grammar.

A keyword is `_` and itself, an operator has a name, a reserved word that ADQL gives no
meaning is RESERVED (ADQL 2.1 section 2.1.3).
"""

from typing import NamedTuple

from vo_lcc.tables import RESERVED_WORDS


class Word(NamedTuple):
    """A word of a query: its kind, its text, its offset."""

    kind: str
    text: str
    at: int


OPERATORS = {
    "(": "_LPAR",
    ")": "_RPAR",
    ",": "_COMMA",
    ".": "_DOT",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "%": "PERCENT",
    "&": "AMPERSAND",
    "^": "CARET",
    "|": "PIPE",
    "~": "TILDE",
    "||": "_CONCAT",
    **dict.fromkeys(("=", "<>", "!=", "<", "<=", ">", ">="), "COMPARE"),
}

KEYWORDS = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "ILIKE",
    "NATURAL",
    "NOT",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "PRECISION",
    "RIGHT",
    "SELECT",
    "THEN",
    "TOP",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
]
SET_OPERATIONS = ["UNION", "EXCEPT", "INTERSECT"]
AGGREGATES = ["AVG", "COUNT", "MAX", "MIN", "SUM"]
TYPES = [
    "BIGINT",
    "CHAR",
    "CHARACTER",
    "DOUBLE",
    "FLOAT",
    "INT",
    "INTEGER",
    "REAL",
    "SMALLINT",
    "TIMESTAMP",
    "VARCHAR",
]
FUNCTIONS = [
    "ABS",
    "ACOS",
    "AREA",
    "ASIN",
    "ATAN",
    "ATAN2",
    "BOX",
    "CEILING",
    "CENTROID",
    "CIRCLE",
    "COALESCE",
    "CONTAINS",
    "COORD1",
    "COORD2",
    "COORDSYS",
    "COS",
    "COT",
    "DEGREES",
    "DISTANCE",
    "EXP",
    "FLOOR",
    "INTERSECTS",
    "IN_UNIT",
    "LOG",
    "LOG10",
    "LOWER",
    "MOD",
    "NULLIF",
    "PI",
    "POINT",
    "POLYGON",
    "POWER",
    "RADIANS",
    "RAND",
    "REGION",
    "ROUND",
    "SIN",
    "SQRT",
    "TAN",
    "TRUNCATE",
    "UPPER",
]
# Words with a meaning inside OVER (...) and nowhere else.
WINDOW_WORDS = {
    "PARTITION": "_PARTITION",
    "ROWS": "FRAME",
    "RANGE": "FRAME",
    "UNBOUNDED": "UNBOUNDED",
    "PRECEDING": "DIRECTION",
    "FOLLOWING": "DIRECTION",
    "CURRENT": "_CURRENT",
    "ROW": "_ROW",
}
WORDS = {
    **dict.fromkeys(RESERVED_WORDS, "RESERVED"),
    **{word: "_" + word for word in KEYWORDS},
    **{word: word for word in ("NULL", *SET_OPERATIONS)},
    **dict.fromkeys(AGGREGATES, "AGGREGATE"),
    **dict.fromkeys(TYPES, "TYPE"),
    **dict.fromkeys(FUNCTIONS, "FUNCTION"),
    "OVER": "_OVER",
}
