"""Kinds of values: what can stand beside what."""

from vo_lcc.tables import Column

UNKNOWN = Column("", "unknown")
NULL = Column("", "null")
CONDITION = Column("", "condition")
LONG = Column("", "long")

INTEGERS = ("unsignedByte", "short", "int", "long")
RANK = (*INTEGERS, "float", "double")
COMPLEX = ("floatComplex", "doubleComplex")
KINDS = {
    "unknown": "u",
    "null": "0",
    "condition": "c",
    "boolean": "b",
    "bit": "b",
    "char": "t",
    "unicodeChar": "t",
    **dict.fromkeys(RANK, "n"),
    **dict.fromkeys(COMPLEX, "z"),
}
ARRAY_KINDS = {"n": "a", "b": "v", "z": "y"}
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
    "v": "an array of truth values",
    "z": "a complex number",
    "y": "an array of complex numbers",
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
    >>> kind_of(Column("epochs", "char", "19x*", xtype="timestamp"))  # several
    't'
    >>> kind_of(Column("epoch", "char", "*", xtype="timestamp", opaque=True))
    't'
    >>> kind_of(Column("flags", "bit", "8")), kind_of(Column("z", "floatComplex"))
    ('v', 'z')
    """
    xtype, kind = column.xtype or "", KINDS[column.datatype]
    if kind == "t":
        is_plain = column.opaque or "x" in (column.arraysize or "")
        return kind if is_plain else TEXT_XTYPES.get(xtype, kind)
    if column.arraysize is None:
        return kind
    return ARRAY_XTYPES.get(xtype, "a") if kind == "n" else ARRAY_KINDS[kind]


def same_kind(left: str, right: str) -> bool:
    """True when two values can be compared."""
    return left == right or left in "u0" or right in "u0"
