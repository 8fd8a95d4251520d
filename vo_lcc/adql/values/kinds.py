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
REGION_XTYPES = ("circle", "polygon")


def kind_of(column: Column) -> str:
    """The kind of a value, a letter of `functions.KIND_NAMES`."""
    if column.xtype == "timestamp":
        return "d"
    if column.arraysize is not None and column.datatype in RANK:
        if column.xtype == "point":
            return "p"
        return "g" if column.xtype in REGION_XTYPES else "a"
    return KINDS[column.datatype]


def same_kind(left: str, right: str) -> bool:
    """True when two values can be compared."""
    return left == right or left in "u0" or right in "u0"
