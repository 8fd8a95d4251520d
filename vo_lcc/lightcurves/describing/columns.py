"""A column of a file as a collection file declares it."""

import re
import warnings
from typing import Any

import pyarrow as pa
from astropy import units
from astropy.io.votable.ucd import parse_ucd

from vo_lcc.lightcurves.describing.oddities import NOTHING, sentinels
from vo_lcc.lightcurves.describing.tables import Group, Values
from vo_lcc.lightcurves.describing.words import OTHERS, UNITS, folded, unit_in_name
from vo_lcc.tables import RESERVED_WORDS

DATATYPES = {
    pa.int8(): "short",
    pa.uint8(): "short",
    pa.int16(): "short",
    pa.int32(): "int",
    pa.int64(): "long",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "short",
}


def source_of(group: Group, values: Values) -> str | int:
    """Where the column is: its name, or its number where it has none."""
    return values.name if group.has_names else values.number


def spec_of(group: Group, values: Values, **more: Any) -> Any:
    """The column as a TOML value: a name, or a table of keys if more is to be said."""
    keys = {
        key: value for key, value in more.items() if value not in (None, [], {}, "")
    }
    source = source_of(group, values)
    return {"source": source, **keys} if keys else source


def missing_of(values: Values) -> Any:
    """What stands for "no value": one or a list."""
    found = sentinels(values)
    return found[0] if len(found) == 1 else found


def unit_of(values: Values) -> str | None:
    """The unit as VOUnits writes it, if it can be said so.

    >>> from vo_lcc.tables import Column
    >>> unit_of(Values(Column("flux", "float", unit="e-/s"), 1, pa.array([1.0])))
    "'electron'.s**-1"
    """
    said = (values.column.unit or unit_in_name(values.name) or "").strip()
    unit = UNITS.get(said.lower(), said)
    if not unit or not is_unit(unit):
        return None
    return unit


def is_unit(text: str) -> bool:
    """Whether VOUnits knows it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", units.UnitsWarning)  # deprecated is known
        try:
            units.Unit(text, format="vounit", parse_strict="raise")
        except ValueError:
            return False
    return True


def is_ucd(text: str) -> bool:
    """Whether it is a UCD of the IVOA's list."""
    try:
        parse_ucd(text, check_controlled_vocabulary=True)
    except ValueError:
        return False
    return True


def other_column(group: Group, values: Values) -> tuple[str, dict[str, Any]] | None:
    """A column that is none of the well-known: our name for it, and what is said."""
    name = re.sub(r"_+", "_", folded(values.name))
    if not name[:1].isalpha() or values.is_list or values.array.type == pa.null():
        return None
    if name.upper() in RESERVED_WORDS:
        name = f"{name}_"
    known = OTHERS.get(name, {})
    column = values.column
    datatype = known.get("datatype") or datatype_of(values)
    said: dict[str, Any] = {
        "datatype": datatype,
        "unit": unit_of(values) or known.get("unit"),
        "ucd": column.ucd if column.ucd and is_ucd(column.ucd) else known.get("ucd"),
        "description": column.description or known.get("description"),
    }
    if datatype != "char":
        said["missing"] = missing_of(values)
    spec: dict[str, Any] = {}
    if source_of(group, values) != name:
        spec["source"] = source_of(group, values)
    return name, spec | {k: v for k, v in said.items() if v not in (None, [], "")}


def datatype_of(values: Values) -> str:
    """The datatype that the values need."""
    if values.is_text and values.is_numeric and NOTHING.issuperset(values.words):
        return "double"
    return DATATYPES.get(values.array.type, "char")
