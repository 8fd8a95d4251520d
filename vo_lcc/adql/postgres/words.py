"""SQL words: names, texts, numbers, types, functions, limits.

The only types a query can name are those of the tables here.
"""

import zlib
from collections.abc import Sequence

from vo_lcc.adql.values.kinds import kind_of
from vo_lcc.tables import Column

MAX_NAME = 63  # bytes; PostgreSQL cuts longer names
# What every table has, so that no column of an upload can be called so.
SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")

SQL_TYPES = {
    "boolean": "boolean",
    "bit": "boolean",
    "unsignedByte": "int2",
    "short": "int2",
    "int": "int4",
    "long": "int8",
    "float": "float4",
    "double": "float8",
    "floatComplex": "float4",
    "doubleComplex": "float8",
}
# What is text in a result and something else in the database, by kind.
TEXT_TYPES = {
    "t": "text",
    "d": "timestamp",
    "g": "float8[]",
    "m": "int8multirange",
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
# What an argument is cast to, by its letter in functions/function.py.
ARGUMENT_TYPES = {
    "t": "::text",
    "d": "::timestamp",
    "p": "::float8[]",
    "g": "::float8[]",
    "r": "::float8[]",
    "m": "::int8multirange",
}
SECONDS = "19"  # the length of a timestamp without fractions of a second
# How what is text in a result is made from what it is in the database, by kind.
TEXT_FORMS = {
    "t": "{0}::text",
    "d": "vo_lcc.timestamp_text({0})",
    "g": "vo_lcc.region_text({0})",
    "m": "vo_lcc.moc_text({0})",
}


def name(identifier: str) -> str:
    """An identifier as SQL; what PostgreSQL cannot keep gets another, short form.

    >>> name('a"b')
    '"a""b"'
    >>> name("xmin") == name("XMIN")
    False
    """
    raw = identifier.encode()
    if len(raw) > MAX_NAME or identifier in SYSTEM_COLUMNS:
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


def multirange(ranges: Sequence[tuple[int, int]]) -> str:
    """Inclusive ranges of cells as a MOC.

    >>> multirange([(0, 1), (7, 7)])
    "'{[0,1],[7,7]}'::int8multirange"
    """
    return "'{" + ",".join([f"[{a},{b}]" for a, b in ranges]) + "}'::int8multirange"


def cell_range(ends: tuple[int, int]) -> str:
    """An inclusive range of cells.

    >>> cell_range((0, 3))
    "'[0,3]'::int8range"
    """
    return f"'[{ends[0]},{ends[1]}]'::int8range"


def limited(limit: int | None) -> str:
    """LIMIT or nothing."""
    return "" if limit is None else f" LIMIT {limit}"


def offset(rows: int | None) -> str:
    """OFFSET or nothing."""
    return "" if rows is None else f" OFFSET {rows}"


def column_type(column: Column) -> str:
    """The type that the database holds a column in.

    >>> column_type(Column("name", "char", "16*")), column_type(Column("n", "short"))
    ('text', 'int2')
    >>> column_type(Column("t", "char", "*", xtype="timestamp"))
    'timestamp'
    >>> column_type(Column("s_region", "char", "*", xtype="adql:REGION"))
    'float8[]'
    >>> column_type(Column("coverage", "char", "*", xtype="moc"))
    'int8multirange'
    >>> column_type(Column("pos", "double", "2", xtype="point"))
    'float8[]'
    >>> column_type(Column("flags", "bit", "2x8")), column_type(Column("b", "bit"))
    ('boolean[]', 'boolean')
    >>> column_type(Column("z", "floatComplex"))  # a real and an imaginary part
    'float4[]'
    """
    if column.is_text:
        return TEXT_TYPES[kind_of(column)]
    return SQL_TYPES[column.datatype] + ("[]" if column.is_list else "")


def cast(sql: str, column: Column) -> str:
    """A result value as exactly the type its column travels in."""
    if column.is_text:
        written = TEXT_FORMS[kind_of(column)].format(sql)
        short = column.xtype == "timestamp" and column.arraysize == SECONDS
        return f"left({written}, {SECONDS})" if short else written
    wanted = f"::{column_type(column)}"
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
