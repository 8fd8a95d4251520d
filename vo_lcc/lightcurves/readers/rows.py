"""Rows of text to rows of values: every value that cannot be one is reported.

Whole columns are cast at once; only a column that fails is looked at value by value.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.model import ColumnSpec
from vo_lcc.lightcurves.rejects import FILE, LINE, TEXT, Rejects
from vo_lcc.tables import Column, arrow_type

FLOAT_TEXT = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|(?i)^[+-]?(nan|inf|infinity)$"
INTEGER_TEXT = r"^[+-]?\d{1,18}$"


@dataclass(frozen=True, slots=True)
class Field:
    """A column to be read: what it is, and which values stand for "no value"."""

    column: Column
    missing: tuple[str | float, ...] = ()
    valid: tuple[float, float] | None = None

    @classmethod
    def declared(cls, column: Column, spec: ColumnSpec) -> "Field":
        """A column as the collection file declares it."""
        return cls(column, spec.missing, spec.valid)


class Sieve:
    """A batch of rows that shrinks as bad rows are found; reports each of them."""

    def __init__(self, rows: pa.RecordBatch, rejects: Rejects) -> None:
        self.rows = rows
        self._rejects = rejects

    def __getitem__(self, name: str) -> Any:
        """A column as it is now."""
        return self.rows.column(name)

    def replace(self, name: str, values: pa.Array) -> None:
        """A column gets new values."""
        index = self.rows.schema.get_field_index(name)
        self.rows = self.rows.set_column(index, name, values)

    def drop(self, bad: pa.BooleanArray, reason: str) -> None:
        """The rows where `bad` is true go to the report."""
        bad = pc.fill_null(bad, False)
        if bad.true_count:
            self._rejects.reject(self.rows.filter(bad), reason)
            self.rows = self.rows.filter(pc.invert(bad))

    def leave_out(self, name: str) -> int:
        """Rows without a value go, not being rows at all; how many."""
        present = self[name].is_valid()
        count: int = len(present) - present.true_count
        if count:
            self.rows = self.rows.filter(present)
        return count

    def set_null(self, name: str, bad: pa.BooleanArray, reason: str) -> None:
        """The values where `bad` is true become NULL and go to the report."""
        bad = pc.fill_null(bad, False)
        if bad.true_count:
            self._rejects.set_null(self.rows.filter(bad), reason)
            values = self[name]
            empty = pa.scalar(None, values.type)
            self.replace(name, pc.if_else(bad, empty, values))

    def take(self, columns: pa.Schema) -> pa.RecordBatch:
        """The rows that are left, with these columns only."""
        return self.rows.select(columns.names).cast(columns)


def read_field(sieve: Sieve, field: Field) -> None:
    """Turn one column of texts into values; see `Field`."""
    name = field.column.name
    text = pc.ascii_trim_whitespace(sieve[name])
    words = ["", *(str(word) for word in field.missing if isinstance(word, str))]
    absent = pc.is_in(text, value_set=pa.array(words, pa.string()))
    sieve.replace(name, pc.if_else(absent, pa.scalar(None, pa.string()), text))
    if not field.column.is_text:
        READERS[field.column.datatype](sieve, field)
        _remove_sentinels(sieve, field)


def check_range(sieve: Sieve, field: Field) -> None:
    """Values outside the declared range become NULL."""
    if field.valid is not None:
        low, high = field.valid
        values, name = sieve[field.column.name], field.column.name
        outside = pc.or_(pc.less(values, low), pc.greater(values, high))
        sieve.set_null(name, outside, f"{name} is not within {low:g} to {high:g}")


def _read_float(sieve: Sieve, field: Field) -> None:
    name, kind = field.column.name, arrow_type(field.column)
    values = _cast(sieve, name, kind, FLOAT_TEXT)
    nothing = pa.scalar(None, kind)
    sieve.replace(name, pc.if_else(pc.is_nan(values), nothing, values))
    sieve.drop(pc.is_inf(sieve[name]), f"{name} is infinite")


def _read_integer(sieve: Sieve, field: Field) -> None:
    name, kind = field.column.name, arrow_type(field.column)
    values = _cast(sieve, name, pa.int64(), INTEGER_TEXT)
    sieve.replace(name, values)
    limit = 1 << (kind.bit_width - 1)
    if kind.bit_width < 64:
        outside = pc.or_(pc.less(values, -limit), pc.greater_equal(values, limit))
        sieve.drop(outside, f"{name} does not fit {field.column.datatype}")
    sieve.replace(name, sieve[name].cast(kind))


def _cast(sieve: Sieve, name: str, kind: pa.DataType, pattern: str) -> pa.Array:
    try:
        return sieve[name].cast(kind)
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(sieve[name], pattern)
        sieve.drop(pc.invert(good), f"{name} is not a number")
        return pc.replace_substring_regex(sieve[name], r"^\+", "").cast(kind)


def _remove_sentinels(sieve: Sieve, field: Field) -> None:
    numbers = [word for word in field.missing if not isinstance(word, str)]
    if numbers:
        name = field.column.name
        values = sieve[name]
        sentinels = pa.array(numbers).cast(values.type)
        absent = pc.is_in(values, value_set=sentinels)
        nothing = pa.scalar(None, values.type)
        sieve.replace(name, pc.if_else(absent, nothing, values))


READERS: dict[str, Callable[[Sieve, Field], None]] = {
    "short": _read_integer,
    "int": _read_integer,
    "long": _read_integer,
    "float": _read_float,
    "double": _read_float,
}

REPORTED = (FILE, LINE, TEXT)
