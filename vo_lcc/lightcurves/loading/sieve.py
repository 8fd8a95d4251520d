"""A batch of rows that shrinks as bad rows are found, each of which is reported.

Whole columns are converted at once; only one that fails is looked at value by value.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.loading.origins import Origins
from vo_lcc.lightcurves.loading.rejects import Rejects
from vo_lcc.lightcurves.loading.spellings import FORMS
from vo_lcc.lightcurves.model import ColumnSpec
from vo_lcc.tables import Column, arrow_type

FLOAT_TEXT = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|(?i)^[+-]?(nan|inf|infinity)$"
INTEGER_TEXT = r"^[+-]?0*\d{1,19}$"
LARGEST = str(2**63 - 1)


@dataclass(frozen=True, slots=True)
class Field:
    """A column to be read, what stands for "no value", and how values are written."""

    column: Column
    spec: ColumnSpec
    valid: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def kind(self) -> pa.DataType:
        """The type that its values are to have."""
        return arrow_type(self.column)


class Sieve:
    """A batch of rows; what is dropped from it is told to `rejects`."""

    def __init__(
        self, rows: pa.RecordBatch, origins: Origins, rejects: Rejects
    ) -> None:
        self.rows = rows
        self._origins = origins
        self._rejects = rejects

    def __getitem__(self, name: str) -> Any:
        """A column as it is now."""
        return self.rows.column(name)

    def __contains__(self, name: str) -> bool:
        return name in self.rows.schema.names

    def replace(self, name: str, values: pa.Array) -> None:
        """A column gets new values, or is new."""
        index = self.rows.schema.get_field_index(name)
        if index < 0:
            self.rows = self.rows.append_column(name, values)
        else:
            self.rows = self.rows.set_column(index, name, values)

    def drop(self, bad: pa.BooleanArray, reason: str, column: str | None) -> None:
        """The rows where `bad` is true go to the report, for what is in `column`."""
        if pc.any(bad).as_py():
            bad = pc.fill_null(bad, False)
            self._rejects.reject(self.rows.filter(bad), self._origins, reason, column)
            self.rows = self.rows.filter(pc.invert(bad))

    def leave_out(self, name: str) -> int:
        """Rows without a value go, not being rows at all; how many."""
        count: int = self[name].null_count
        if count:
            self.rows = self.rows.filter(self[name].is_valid())
        return count

    def set_null(self, name: str, bad: pa.BooleanArray, reason: str) -> None:
        """The values where `bad` is true become NULL and go to the report."""
        if pc.any(bad).as_py():
            bad = pc.fill_null(bad, False)
            rows = self.rows.filter(bad)
            self._rejects.set_null(rows, self._origins, reason, name)
            values = self[name]
            self.replace(name, pc.if_else(bad, pa.scalar(None, values.type), values))


def read_field(sieve: Sieve, field: Field) -> None:
    """Turn one column, as the reader gave it, into values; see `Field`."""
    values = sieve[field.name]
    if pa.types.is_dictionary(values.type) and not field.column.is_text:
        sieve.replace(field.name, values.dictionary_decode())
    if field.column.is_text:
        _read_text(sieve, field)
    elif pa.types.is_string(sieve[field.name].type):
        _read_spelled(sieve, field)
    else:
        _read_typed(sieve, field)
    if not field.column.is_text:
        _remove_sentinels(sieve, field)


def check_range(sieve: Sieve, field: Field) -> None:
    """Values outside the declared range become NULL."""
    if field.valid is not None:
        low, high = field.valid
        values, name = sieve[field.name], field.name
        outside = pc.or_(pc.less(values, low), pc.greater(values, high))
        sieve.set_null(name, outside, f"{name} is not within {low:g} to {high:g}")


def _read_text(sieve: Sieve, field: Field) -> None:
    values = sieve[field.name]
    if pa.types.is_dictionary(values.type):  # each word once
        values = pa.DictionaryArray.from_arrays(
            values.indices, _words(values.dictionary, field)
        )
        if values.dictionary.null_count:
            values = values.dictionary_decode()
        sieve.replace(field.name, values)
        return
    if not pa.types.is_string(values.type):
        values = _as_text(values)
    sieve.replace(field.name, _words(values, field))


def _as_text(values: pa.Array) -> pa.Array:
    """Numbers as the identifiers they are: 17.0 is written 17, NaN is none."""
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if pa.types.is_floating(values.type) and values.null_count < len(values):
        whole = pc.all(pc.equal(values, pc.floor(values))).as_py()
        if whole and pc.max(pc.abs(values)).as_py() < 2**53:
            values = values.cast(pa.int64())
    return values.cast(pa.string())


def _words(values: pa.Array, field: Field) -> pa.Array:
    """Texts trimmed, the ones for "no value" as null, mapped to what they stand for."""
    text = _present(values.cast(pa.string()), field.spec)
    return _mapped(text, field.spec).cast(pa.string())


def _present(values: pa.Array, spec: ColumnSpec) -> pa.Array:
    text = pc.ascii_trim_whitespace(values)
    words = ["", *(str(word) for word in spec.missing if isinstance(word, str))]
    absent = pc.is_in(text, value_set=pa.array(words, pa.string()))
    if not pc.any(absent).as_py():
        return text
    return pc.if_else(absent, pa.scalar(None, pa.string()), text)


def _mapped(text: pa.Array, spec: ColumnSpec) -> pa.Array:
    """What stands in `map`, by what it stands for; other words as they are."""
    if not spec.map:
        return text
    places = pc.index_in(text, value_set=pa.array(list(spec.map), pa.string()))
    meant = pa.array([str(value) for value in spec.map.values()], pa.string())
    return pc.coalesce(meant.take(places), text)


def _read_spelled(sieve: Sieve, field: Field) -> None:
    """Texts that spell numbers."""
    name = field.name
    text = _mapped(_present(sieve[name], field.spec), field.spec)
    sieve.replace(name, text)
    if field.spec.form is not None:
        form = FORMS[field.spec.form]
        values, wrong = form.read(text, field.column)
        sieve.replace(name, text)
        dropped = pa.array(wrong)
        kept = values.filter(pc.invert(dropped))
        sieve.drop(dropped, f"{name} is not {form.words}", name)
        sieve.replace(name, kept.cast(field.kind))
        return
    SPELLED[field.column.datatype](sieve, field)


def _read_typed(sieve: Sieve, field: Field) -> None:
    """Values of the file's own type."""
    name, kind = field.name, field.kind
    if field.spec.map:
        sieve.replace(name, _as_text(sieve[name]))
        _read_spelled(sieve, field)
        return
    if field.spec.form is not None:
        values, wrong = FORMS[field.spec.form].read(sieve[name], field.column)
        sieve.replace(name, values)
        sieve.drop(
            pa.array(wrong), f"{name} is not {FORMS[field.spec.form].words}", name
        )
    values = sieve[name]
    if pa.types.is_floating(kind):
        sieve.replace(name, values.cast(kind, safe=False))
        _check_float(sieve, field)
        return
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        sieve.replace(name, values)
        fraction = pc.not_equal(values, pc.floor(values))
        sieve.drop(fraction, f"{name} is not a whole number", name)
        beyond = pc.greater_equal(pc.abs(sieve[name]), float(2**63))
        sieve.drop(beyond, f"{name} does not fit {field.column.datatype}", name)
    sieve.replace(name, sieve[name].cast(pa.int64()))
    _check_integer(sieve, field)


def _spelled_float(sieve: Sieve, field: Field) -> None:
    sieve.replace(field.name, _cast(sieve, field.name, field.kind, FLOAT_TEXT))
    _check_float(sieve, field)


def _spelled_integer(sieve: Sieve, field: Field) -> None:
    sieve.replace(field.name, _cast(sieve, field.name, pa.int64(), INTEGER_TEXT))
    _check_integer(sieve, field)


def _too_long(texts: pa.Array) -> pa.Array:
    """Which whole numbers, as INTEGER_TEXT has them, do not fit 64 bits."""
    digits = pc.ascii_ltrim(pc.ascii_ltrim(texts, "+-"), "0")
    return pc.greater(pc.ascii_lpad(digits, len(LARGEST), "0"), LARGEST)


def _check_float(sieve: Sieve, field: Field) -> None:
    name = field.name
    finite = pc.is_finite(sieve[name])
    if pc.all(finite).as_py() is not False:
        return
    values = sieve[name]
    nothing = pa.scalar(None, values.type)
    sieve.replace(name, pc.if_else(pc.is_nan(values), nothing, values))
    sieve.drop(pc.is_inf(sieve[name]), f"{name} is infinite", name)


def _check_integer(sieve: Sieve, field: Field) -> None:
    name, kind = field.name, field.kind
    limit = 1 << (kind.bit_width - 1)
    if kind.bit_width < 64:
        values = sieve[name]
        outside = pc.or_(pc.less(values, -limit), pc.greater_equal(values, limit))
        sieve.drop(outside, f"{name} does not fit {field.column.datatype}", name)
    sieve.replace(name, sieve[name].cast(kind))


def _cast(sieve: Sieve, name: str, kind: pa.DataType, pattern: str) -> pa.Array:
    try:
        return sieve[name].cast(kind)
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(sieve[name], pattern)
        sieve.drop(pc.invert(good), f"{name} is not a number", name)
        if pa.types.is_integer(kind):
            sieve.drop(_too_long(sieve[name]), f"{name} does not fit long", name)
        return pc.replace_substring_regex(sieve[name], r"^\+", "").cast(kind)


def _remove_sentinels(sieve: Sieve, field: Field) -> None:
    words = [word for word in field.spec.missing if not isinstance(word, str)]
    if words:
        values = sieve[field.name]
        absent = pc.is_in(values, value_set=pa.array(words).cast(values.type))
        if pc.any(absent).as_py():
            nothing = pa.scalar(None, values.type)
            sieve.replace(field.name, pc.if_else(absent, nothing, values))


SPELLED: dict[str, Callable[[Sieve, Field], None]] = {
    "short": _spelled_integer,
    "int": _spelled_integer,
    "long": _spelled_integer,
    "float": _spelled_float,
    "double": _spelled_float,
}
