"""SQL words: names, texts, numbers, types, functions.

The only functions and types a query can reach are those of the tables here.
"""

import zlib

MAX_NAME = 63  # bytes; PostgreSQL cuts longer names

SQL_TYPES = {
    "boolean": "boolean",
    "unsignedByte": "int2",
    "short": "int2",
    "int": "int4",
    "long": "int8",
    "float": "float4",
    "double": "float8",
}
CAST_TYPES = {
    "SMALLINT": "int2",
    "INTEGER": "int4",
    "INT": "int4",
    "BIGINT": "int8",
    "REAL": "float4",
    "FLOAT": "float8",
    "DOUBLE PRECISION": "float8",
    "CHAR": "char",
    "CHARACTER": "char",
    "VARCHAR": "varchar",
    "TIMESTAMP": "timestamp",
}
FUNCTIONS_SQL = {
    "ABS": "abs({0})::float8",
    "CEILING": "ceil({0}::float8)",
    "FLOOR": "floor({0}::float8)",
    "PI": "pi()",
    "RAND": "random()",
    "ATAN": "atan({0}::float8)",
    "ATAN2": "atan2({0}::float8, {1}::float8)",
    "LOG": "vo_lcc.ln({0})",
    "LOWER": "lower({0})",
    "UPPER": "upper({0})",
    "COORDSYS": "'ICRS'::text",
    **{
        name: f"vo_lcc.{name.lower()}({{0}})"
        for name in [
            "ACOS",
            "ASIN",
            "COS",
            "COT",
            "DEGREES",
            "EXP",
            "LOG10",
            "RADIANS",
            "SIN",
            "SQRT",
            "TAN",
        ]
    },
    **{name: f"vo_lcc.{name.lower()}({{0}}, {{1}})" for name in ("MOD", "POWER")},
}


def name(identifier: str) -> str:
    """An identifier as SQL; longer ones than PostgreSQL keeps get a short form.

    >>> name('a"b')
    '"a""b"'
    """
    if len(raw := identifier.encode()) > MAX_NAME:
        short = raw[: MAX_NAME - 10].decode(errors="ignore")
        identifier = f"{short}~{zlib.crc32(raw):08x}"
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    r"""A text as SQL, whatever standard_conforming_strings says.

    >>> print(text("O'Brien"), text("\\"))
    'O''Brien'  E'\\'
    """
    quoted = "'" + value.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in quoted else quoted


def number(value: int | float) -> str:
    """A number as SQL: int4, int8 or float8, and never numeric."""
    if isinstance(value, float):
        return f"'{value!r}'::float8"
    if -(2**31) < value < 2**31:
        return str(value) if value >= 0 else f"({value})"
    return f"'{value}'::int8"
