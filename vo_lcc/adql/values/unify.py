"""One column for several values: UNION and its kin, COALESCE, NULLIF, CASE."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vo_lcc.adql.problems import Problems
from vo_lcc.adql.values.kinds import (
    COMPLEX,
    KIND_NAMES,
    NULL,
    RANK,
    kind_of,
    same_kind,
)
from vo_lcc.tables import Column

ANY_REGION = Column("", "char", "*", xtype="adql:REGION")
SHARED = ("unit", "ucd", "utype", "description", "annotation")


def unify_columns(problems: Problems, columns: list[Column], at: int) -> Column:
    """The type that holds them all, with the metadata they do not differ in."""
    known = [c for c in columns if c.datatype not in ("null", "condition")]
    if not known:
        return NULL
    first = known[0]
    shapes = [other_shape(first, other) for other in known]
    for other, is_shape in zip(known, shapes, strict=True):
        if not is_shape and not same_kind(kind_of(first), kind_of(other)):
            problems.add(
                f"{KIND_NAMES[kind_of(first)]} and {KIND_NAMES[kind_of(other)]}"
                " cannot be values of one column",
                at,
            )
            return first
    if any(shapes):
        return ANY_REGION
    if len(known) == 1:
        return first
    described = [c for c in known if c.unit or c.ucd or c.description] or known
    return replace(
        first,
        datatype=widest([c.datatype for c in known]),
        arraysize=first.arraysize and (agreed(c.arraysize for c in known) or "*"),
        indexed=False,
        principal=False,
        std=False,
        identifies=agreed(c.identifies for c in known),
        **{name: agreed(getattr(c, name) for c in described) for name in SHARED},
    )


def agreed(values: Iterable[Any]) -> Any:
    """What all say; None where they differ.

    >>> agreed(["mag", "mag"]), agreed(["deg", "arcsec"])
    ('mag', None)
    """
    said = set(values)
    return said.pop() if len(said) == 1 else None


def widest(datatypes: list[str]) -> str:
    """The datatype that holds values of all: a float no int or long.

    >>> widest(["int", "float"]), widest(["short", "float"]), widest(["int", "long"])
    ('double', 'float', 'long')
    """
    if "unicodeChar" in datatypes:
        return "unicodeChar"
    if all(d in COMPLEX for d in datatypes):
        return max(datatypes, key=COMPLEX.index)
    if not all(d in RANK for d in datatypes):
        return datatypes[0]
    most = max(datatypes, key=RANK.index)
    return "double" if most == "float" and {"int", "long"} & {*datatypes} else most


def other_shape(one: Column, other: Column) -> bool:
    """True for a circle and a polygon, a point and a region."""
    kinds = {kind_of(one), kind_of(other)}
    return kinds <= {"p", "g"} and one.xtype != other.xtype


def as_text(columns: Iterable[Column]) -> Column:
    """Text that can hold what the texts among these columns hold."""
    wide = any(c.datatype == "unicodeChar" for c in columns)
    return Column("", "unicodeChar" if wide else "char", "*")
