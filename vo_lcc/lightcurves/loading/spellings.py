"""How values can be written that are no plain numbers; see `model.ColumnSpec.form`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.tables import Column, TimeFrame

Mask = npt.NDArray[np.bool_]
Read = Callable[[pa.Array, Column], tuple[pa.Array, Mask]]

SEXAGESIMAL = re.compile(
    r"([+-]?)\s*(\d{1,3})(?:[\s:hd°]+)(\d{1,2})(?:[\s:m']+(\d{1,2}(?:\.\d*)?)?[s\"]?)?\s*\Z"
)
MOMENT = re.compile(
    r"\s*(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d*)?)?)?)"
    r" *(?:Z|UTC|[+-]00:?00)?\s*\Z"
)
DEGREES_PER_HOUR = 15.0
UNIX_EPOCH = 2440587.5  # Julian date
MICROSECONDS = 86_400_000_000  # of a day


@dataclass(frozen=True, slots=True)
class Spelling:
    """A way to write values: `read` gives them as floats, and where they are wrong."""

    words: str
    read: Read


def _hours(values: pa.Array, column: Column) -> tuple[pa.Array, Mask]:
    """
    >>> _hours(pa.array(["4.5"]), Column("ra", "double"))[0].to_pylist()
    [67.5]
    """
    found, wrong = _floats(values)
    return pc.multiply(found, DEGREES_PER_HOUR), wrong


def _sexagesimal(values: pa.Array, column: Column) -> tuple[pa.Array, Mask]:
    """Hours for a right ascension, degrees else; -0 degrees are negative.

    >>> _sexagesimal(pa.array(["-00:30:00"]), Column("dec", "double"))[0].to_pylist()
    [-0.5]
    """
    scale = DEGREES_PER_HOUR if column.name == "ra" else 1.0
    found = [_angle(text, scale) for text in values.to_pylist()]
    return _with_wrong(values, found)


def _angle(text: str | None, scale: float) -> float | None:
    told = SEXAGESIMAL.match(text or "")
    if told is None:
        return None
    sign, whole, minutes, seconds = told.groups()
    if int(minutes) >= 60 or float(seconds or 0) >= 60:
        return None
    value = (int(whole) + int(minutes) / 60 + float(seconds or 0) / 3600) * scale
    return -value if sign == "-" else value


def _iso(values: pa.Array, column: Column) -> tuple[pa.Array, Mask]:
    """Days from the origin of the column's time frame, without another time scale.

    >>> column = Column("obs_time", "double", annotation=TimeFrame())
    >>> _iso(pa.array(["2012-08-01 12:00:00"]), column)[0].to_pylist()
    [56140.5]

    A time zone other than that of UTC is wrong.
    """
    frame = column.annotation
    origin = frame.time_origin if isinstance(frame, TimeFrame) else 0.0
    found = [_moment(text) for text in values.cast(pa.string()).to_pylist()]
    moments = np.array(found, "M8[us]")
    days = moments.astype("M8[D]")
    whole = days.astype(np.int64) + (UNIX_EPOCH - origin)
    part = (moments - days).astype(np.int64) / MICROSECONDS
    absent = np.isnat(moments)
    wrong = absent & values.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.where(absent, np.nan, whole + part), mask=absent), wrong


def _moment(text: str | None) -> np.datetime64:
    told = MOMENT.match(text or "")
    try:
        return np.datetime64(told[1] if told else "NaT", "us")
    except ValueError:
        return np.datetime64("NaT", "us")


def _hexadecimal(values: pa.Array, column: Column) -> tuple[pa.Array, Mask]:
    """
    >>> _hexadecimal(pa.array(["0x1F", "10"]), Column("id", "int"))[0].to_pylist()
    [31, 16]
    """
    found: list[int | None] = []
    for text in values.cast(pa.string()).to_pylist():
        try:
            found.append(None if text is None else int(text, 16))
        except ValueError:
            found.append(None)
    return _with_wrong(values, found)


def _log10(values: pa.Array, column: Column) -> tuple[pa.Array, Mask]:
    """
    >>> _log10(pa.array([-1.0]), Column("period", "double"))[0].to_pylist()
    [0.1]
    """
    found, wrong = _floats(values)
    return pc.power(10.0, found), wrong


def _floats(values: pa.Array) -> tuple[pa.Array, Mask]:
    if not pa.types.is_string(values.type):
        return values.cast(pa.float64()), np.zeros(len(values), bool)
    found: list[float | None] = []
    for text in values.to_pylist():
        try:
            found.append(None if text is None else float(text))
        except ValueError:
            found.append(None)
    return _with_wrong(values, found)


def _with_wrong(values: pa.Array, found: list[Any]) -> tuple[pa.Array, Mask]:
    """Wrong is what was there and could not be read."""
    read = pa.array(found, pa.int64() if _whole(found) else pa.float64())
    wrong = pc.and_(values.is_valid(), read.is_null())
    return read, wrong.to_numpy(zero_copy_only=False)


def _whole(found: list[Any]) -> bool:
    return any(isinstance(value, int) for value in found)


FORMS: Mapping[str, Spelling] = MappingProxyType(
    {
        "hours": Spelling("a number of hours", _hours),
        "sexagesimal": Spelling("an angle like 12:34:56.7", _sexagesimal),
        "iso": Spelling("a time like 2012-08-01 12:34:56", _iso),
        "hex": Spelling("a hexadecimal number", _hexadecimal),
        "log10": Spelling("the logarithm of a number", _log10),
    }
)
