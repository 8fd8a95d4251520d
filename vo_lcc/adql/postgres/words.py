"""SQL words: names, texts, numbers, types, functions, limits.

The only functions and types a query can reach are those of the tables here.
"""

import zlib
from collections.abc import Sequence

from vo_lcc.adql.values.kinds import kind_of
from vo_lcc.tables import Column

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
    "ABS": "abs({0})",
    "CEILING": "ceil({0})",
    "FLOOR": "floor({0})",
    "PI": "pi()",
    "RAND": "random()",
    "ATAN": "atan({0})",
    "ATAN2": "atan2({0}, {1})",
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


def limited(limit: int | None) -> str:
    """LIMIT or nothing."""
    return "" if limit is None else f" LIMIT {limit}"


def offset(rows: int | None) -> str:
    """OFFSET or nothing."""
    return "" if rows is None else f" OFFSET {rows}"


def cast(sql: str, column: Column) -> str:
    """A result value as exactly the type its column travels in."""
    if column.is_text:
        if kind_of(column) == "d":
            return f"vo_lcc.timestamp_text({sql})"
        return f"{sql}::text"
    array = "[]" if column.arraysize is not None else ""
    wanted = f"::{SQL_TYPES[column.datatype]}{array}"
    return sql if sql.endswith(wanted) else sql + wanted


def balanced(parts: Sequence[str], op: str) -> str:
    """A long chain of an associative operator, halved again and again.

    >>> balanced(["a", "b", "c"], "||")
    '(a || (b || c))'
    """
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({balanced(parts[:half], op)} {op} {balanced(parts[half:], op)})"
