"""Kinds of values: what can stand beside what."""

from vo_lcc.tables import Column

UNKNOWN = Column("", "unknown")
NULL = Column("", "null")
CONDITION = Column("", "condition")
LONG = Column("", "long")

INTEGERS = ("unsignedByte", "short", "int", "long")
RANK = (*INTEGERS, "float", "double")
KINDS = {
    "unknown": "u",
    "null": "0",
    "condition": "c",
    "boolean": "b",
    "char": "t",
    "unicodeChar": "t",
    **dict.fromkeys(RANK, "n"),
}
# Text that is held as something else in the database (ADQL 2.1 section 3, DALI 1.2).
TEXT_XTYPES = {
    "timestamp": "d",
    "adql:TIMESTAMP": "d",
    "moc": "m",
    "adql:REGION": "g",
}
ARRAY_XTYPES = {"point": "p", "circle": "g", "polygon": "g"}

KIND_NAMES = {
    "n": "a number",
    "t": "text",
    "d": "a timestamp",
    "p": "a point",
    "g": "a geometry",
    "m": "a MOC",
    "a": "an array",
    "b": "true or false",
    "c": "a condition",
    "x": "a value",
    "0": "NULL",
    "u": "a value",
}


def kind_of(column: Column) -> str:
    """The kind of a value, a letter of `KIND_NAMES`.

    >>> kind_of(Column("s_region", "char", "*", xtype="adql:REGION"))
    'g'
    """
    xtype = column.xtype or ""
    if column.arraysize is not None and column.datatype in RANK:
        return ARRAY_XTYPES.get(xtype, "a")
    kind = KINDS[column.datatype]
    return TEXT_XTYPES.get(xtype, kind) if kind == "t" else kind


def same_kind(left: str, right: str) -> bool:
    """True when two values can be compared."""
    return left == right or left in "u0" or right in "u0"
