"""FIELD, COOSYS and TIMESYS of a VOTable become columns and frames (VOTable 1.5, 3)."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from vo_lcc.errors import UsageError
from vo_lcc.frames import SYNONYMS
from vo_lcc.parsers.checks import shown
from vo_lcc.tables import Column, SkyFrame, TimeFrame, arrow_type

DATATYPES = (
    *("boolean", "bit", "unsignedByte", "short", "int", "long", "char"),
    *("unicodeChar", "float", "double", "floatComplex", "doubleComplex"),
)
COMPLEX = ("floatComplex", "doubleComplex")

ORIGINS: Mapping[str, float] = {"MJD-origin": 2400000.5, "JD-origin": 0.0}

EQUINOXES: Mapping[str, float] = {"FK4": 1950.0, "FK5": 2000.0, "ECLIPTIC": 2000.0}
"""The equinox of frames that have one, which `SkyFrame` takes for granted."""

_EQUINOX = re.compile(r"[JB]?([0-9]+\.?[0-9]*)")
_ARRAYSIZE = re.compile(r"((?:[0-9]{1,10}x)*)([0-9]{0,10})(\*?)")


@dataclass(frozen=True, slots=True)
class Shape:
    """How many values a cell holds: `size`, or where that varies a multiple of `step`.

    `most` is the largest number of a cell that varies, None where it has no limit.
    """

    size: int | None = 1
    step: int = 1
    most: int | None = None

    def takes(self, count: int) -> bool:
        """Whether a cell may hold so many values.

        >>> shape = read_shape("2x3*")
        >>> [count for count in range(9) if shape.takes(count)]
        [0, 2, 4, 6]
        """
        if self.size is not None:
            return count == self.size
        if self.most is not None and count > self.most:
            return False
        return count % self.step == 0 if self.step else count == 0


def read_shape(arraysize: str | None) -> Shape:
    """The shape of cells from an arraysize (VOTable 1.5, 2.2).

    Raises ValueError for what is none.

    >>> read_shape("2x3"), read_shape("16*").most, read_shape("2x*").step
    (Shape(size=6, step=1, most=None), 16, 2)
    """
    if arraysize is None:
        return Shape()
    match = _ARRAYSIZE.fullmatch(arraysize)
    if match is None or not (match[2] or match[3]):
        raise ValueError(f"no arraysize: {arraysize}")
    inner = math.prod(int(size) for size in match[1].split("x")[:-1])
    outer = int(match[2]) if match[2] else None
    if match[3]:
        return Shape(None, inner, None if outer is None else inner * outer)
    return Shape(inner * (outer or 0))


@dataclass(frozen=True, slots=True)
class Field:
    """One FIELD: its column, the shape of its cells, and what stands for null.

    `ref` is the ID of the frame that it refers to.
    """

    column: Column
    shape: Shape
    ref: str | None = None
    null: str | None = None

    @property
    def type(self) -> pa.DataType:
        """The Arrow type of the column."""
        return arrow_type(self.column)

    @property
    def value_type(self) -> pa.DataType:
        """The Arrow type of its values, or of their elements."""
        return self.type.value_type if self.is_list else self.type

    @property
    def is_list(self) -> bool:
        """True for arrays of numbers or booleans, and for complex numbers."""
        return pa.types.is_list(self.type)  # type: ignore[no-any-return]

    @property
    def parts(self) -> int:
        """The numbers of one value: two for a complex one."""
        return 2 if self.column.datatype in COMPLEX else 1

    @property
    def is_text(self) -> bool:
        """True for characters."""
        return self.column.is_text

    def wrong_count(self, count: int) -> str:
        """What to say of a cell that holds so many values."""
        declared = self.column.arraysize or "1"
        what = "characters" if self.is_text else "values"
        return f"{count} {what}, but the arraysize of the FIELD is {declared}"


@dataclass(frozen=True, slots=True)
class TimeSystem:
    """A TIMESYS; `origin` is a Julian date, None where it tells none."""

    scale: str
    place: str
    origin: float | None

    def frame(self, column: Column) -> TimeFrame | None:
        """The time frame of this column.

        None for numbers without an origin, such as years: what they count is not
        known to `TimeFrame`. Times as text have none.
        """
        if column.is_text:
            return TimeFrame(self.scale, self.place)
        if self.origin is None:
            return None
        return TimeFrame(self.scale, self.place, self.origin)


Frame = TimeSystem | SkyFrame


def read_field(
    attributes: Mapping[str, str],
    position: int,
    description: str | None,
    null: str | None,
) -> Field:
    """The FIELD of these attributes, the one at `position` (from 1) in its TABLE.

    Raises UsageError where the name, datatype or arraysize is none.
    """
    name = _token(attributes.get("name", attributes.get("ID", "")))
    where = f"FIELD {position} ({shown(name)})" if name else f"FIELD {position}"
    if not name:
        raise UsageError(f"{where} has no name; give it one")
    datatype = _token(attributes.get("datatype", ""))
    if datatype not in DATATYPES:
        raise UsageError(
            f"{where}: the datatype is {shown(datatype)}; it must be one of"
            f' {", ".join(DATATYPES)} (text is char with arraysize="*")'
        )
    arraysize = _token(attributes.get("arraysize", "")) or None
    try:
        shape = read_shape(arraysize)
    except ValueError:
        raise UsageError(
            f"{where}: the arraysize is {shown(arraysize or '')}; it must be like"
            ' "8", "*", "16*", "2x3" or "2x*"'
        ) from None
    unit, ucd, utype, xtype = map(attributes.get, ("unit", "ucd", "utype", "xtype"))
    column = Column(name, datatype, arraysize, unit, ucd, utype, xtype, description)
    return Field(column, shape, attributes.get("ref"), null)


def check_fields(fields: Sequence[Field]) -> None:
    """Raise UsageError where two fields have exactly the same name."""
    seen: dict[str, int] = {}
    for position, field in enumerate(fields, 1):
        name = field.column.name
        if name in seen:
            raise UsageError(
                f"FIELD {seen[name]} and FIELD {position} are both called"
                f" {shown(name)}; rename one of them"
            )
        seen[name] = position


def with_frames(
    fields: Sequence[Field], frames: Mapping[str, Frame]
) -> tuple[Field, ...]:
    """The fields, their columns annotated with the frames they refer to."""
    return tuple(
        replace(field, column=replace(field.column, annotation=annotation))
        if (annotation := _annotation(field, frames)) is not None
        else field
        for field in fields
    )


def _annotation(
    field: Field, frames: Mapping[str, Frame]
) -> SkyFrame | TimeFrame | None:
    frame = frames.get(field.ref or "")
    return frame.frame(field.column) if isinstance(frame, TimeSystem) else frame


def read_timesys(attributes: Mapping[str, str]) -> TimeSystem:
    """A TIMESYS (VOTable 1.5, 3.4); an origin that is no number is as none.

    >>> attributes = {"timescale": "TDB", "timeorigin": "MJD-origin"}
    >>> read_timesys(attributes)
    TimeSystem(scale='TDB', place='UNKNOWN', origin=2400000.5)
    """
    return TimeSystem(
        _token(attributes.get("timescale", "")) or "UNKNOWN",
        _token(attributes.get("refposition", "")) or "UNKNOWN",
        _origin(_token(attributes.get("timeorigin", ""))),
    )


def _origin(text: str) -> float | None:
    try:
        origin = ORIGINS.get(text)
        origin = float(text) if origin is None else origin
    except ValueError:
        return None
    return origin if math.isfinite(origin) else None


def read_coosys(attributes: Mapping[str, str]) -> SkyFrame | None:
    """A COOSYS (VOTable 1.5, 3.3), by the term of the vocabulary for its system.

    None where the equinox is not that which `SkyFrame` takes for granted.

    >>> read_coosys({"system": "eq_FK5", "equinox": "J2000", "epoch": "J2015.5"})
    SkyFrame(system='FK5', epoch='J2015.5', refposition=None)
    >>> read_coosys({"system": "FK5", "equinox": "J1975"}) is None
    True
    """
    told = _token(attributes.get("system", "eq_FK5"))  # the default of the old schema
    system = SYNONYMS.get(told, told)
    equinox = _token(attributes.get("equinox", ""))
    if equinox and not _is_usual(equinox, system):
        return None
    return SkyFrame(system, attributes.get("epoch"), attributes.get("refposition"))


def _is_usual(equinox: str, system: str) -> bool:
    match = _EQUINOX.fullmatch(equinox)
    usual = EQUINOXES.get(system)
    return usual is None or (match is not None and float(match[1]) == usual)


def _token(text: str) -> str:
    """Text as XML Schema takes a token: without blanks around it or twice inside."""
    return " ".join(text.split())
