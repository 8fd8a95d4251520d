"""What of COPY BINARY is read as one record: the fields between those that differ."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vo_lcc.db.copy_arrays import (
    Bytes,
    Mask,
    Places,
    build_equal_text,
    build_lists,
    build_text,
    build_values,
)
from vo_lcc.db.copy_tuples import Field

Records = npt.NDArray[Any]


class UnexpectedNullError(ValueError):
    """A column that had no nulls so far has one."""

    def __init__(self, column: int) -> None:
        super().__init__(f"a null in column {column + 1}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that are read as one record: all but the last have one width, no nulls.

    `last` is a field whose length differs, if any: its value is part of the record
    when it has a `width`, else it follows the record. The record of the first part
    begins with the number of fields, which is `number`.
    """

    dtype: np.dtype[Any]
    number: int | None
    fixed: tuple[Field, ...]
    last: Field | None


@dataclass(frozen=True, slots=True)
class Found:
    """A column: values read, or places and lengths of its bytes; which are null."""

    field: Field
    values: Records | None = None
    begin: Places | None = None
    length: Places | None = None
    valid: Mask | None = None

    def select(self, keep: Mask) -> "Found":
        """The rows where `keep` is true."""
        names = ("values", "begin", "length", "valid")
        arrays = {name: getattr(self, name) for name in names}
        return replace(
            self, **{name: a[keep] for name, a in arrays.items() if a is not None}
        )

    def build(self, raw: Bytes) -> pa.Array:
        """The Arrow array; raises ValueError for malformed arrays."""
        field = self.field
        if self.values is not None:
            build_all = build_equal_text if field.width is None else build_values
            return build_all(field, self.values, self.valid)
        assert self.begin is not None and self.length is not None  # noqa: PT018
        build = build_lists if field.is_list else build_text
        return build(field, raw, self.begin, self.length, self.valid)


def make_parts(fields: tuple[Field, ...], nullable: AbstractSet[int]) -> list[Part]:
    """Parts that end at each field whose length differs."""
    return list(_parts(fields, nullable))


def _parts(fields: tuple[Field, ...], nullable: AbstractSet[int]) -> Iterator[Part]:
    names: list[tuple[str, Any]] = [("count", ">i2")]
    number: int | None = len(fields)
    fixed: list[Field] = []
    for field in fields:
        names.append((f"length{field.index}", ">i4"))
        if field.width is not None and field.scalar is not None:
            names.append((f"value{field.index}", field.scalar.dtype))
            if field.index not in nullable:
                fixed.append(field)
                continue
        yield Part(np.dtype(names), number, tuple(fixed), field)
        names, number, fixed = [], None, []
    if names:
        yield Part(np.dtype(names), number, tuple(fixed), None)


@dataclass(frozen=True, slots=True)
class Known:
    """A byte of every tuple but the first, by its place from where the tuple begins.

    It has this value, or else the byte at `null` is 255, as in the length of a null.
    """

    place: int
    value: int
    null: int | None = None


def known_bytes(
    fields: tuple[Field, ...], nullable: AbstractSet[int]
) -> Iterator[Known]:
    """Bytes of the number of fields and of the lengths around it.

    The highest byte of the first length (less than 2**24), and the lowest bytes of
    the first length and of the last one of the tuple before.
    """
    first, last = fields[0], fields[-1]
    yield Known(1, len(fields) & 0xFF)
    yield Known(2, 0, 2 if first.index in nullable else None)
    if first.width is not None:
        yield Known(5, first.width, 5 if first.index in nullable else None)
    if last.width is not None:
        yield Known(-1 - last.width, last.width, -1 if last.index in nullable else None)


def check_lengths(part: Part, records: Records) -> Mask | None:
    """Which records have the right number of fields and lengths; None for all.

    Raises UnexpectedNullError for a null where none is expected.
    """
    checks: list[Mask] = []
    if part.number is not None:
        _add_unless_all(checks, records["count"] == part.number)
    for field in part.fixed:
        lengths = records[f"length{field.index}"]
        if _add_unless_all(checks, lengths == field.width):
            nulls = lengths == -1
            checks[-1] |= nulls
            if (nulls & np.logical_and.reduce(checks)).any():
                raise UnexpectedNullError(field.index)
    if part.last is not None:
        lengths = records[f"length{part.last.index}"]
        if part.last.width is None:
            _add_unless_all(checks, lengths >= -1)
        elif _add_unless_all(checks, lengths == part.last.width):
            checks[-1] |= lengths == -1
    return np.logical_and.reduce(checks) if checks else None


def _add_unless_all(checks: list[Mask], fits: Mask) -> bool:
    if np.count_nonzero(fits) == len(fits):
        return False
    checks.append(fits)
    return True


def read_fixed(part: Part, records: Records) -> Iterable[Found]:
    """The columns of a part that have one width and no nulls."""
    return (Found(field, records[f"value{field.index}"]) for field in part.fixed)


def read_last(field: Field, records: Records, at: Places) -> tuple[Found, Places]:
    """The last column of a part, whose records end at `at`; where the next begins."""
    length = records[f"length{field.index}"].astype(np.int64)
    there = length >= 0
    valid = None if np.count_nonzero(there) == len(there) else there
    if valid is not None:
        length *= there
    if field.width is None:
        return Found(field, None, at, length, valid), at + length
    if valid is not None:
        at = at - field.width + length
    return Found(field, records[f"value{field.index}"], valid=valid), at


def read_equal(
    field: Field, records: Records, raw: Bytes, at: int
) -> tuple[Found, int] | None:
    """The last column of a part whose records are a fixed distance apart.

    Also the bytes that follow each record; None if there are nulls or these differ.
    """
    lengths = records[f"length{field.index}"]
    length = int(lengths[0])
    if length < 0 or np.count_nonzero(lengths == length) < len(lengths):
        return None
    if field.width is not None:
        return Found(field, records[f"value{field.index}"]), 0
    texts = np.ndarray(records.shape, f"V{length}", raw, at, records.strides)
    return Found(field, texts), length
