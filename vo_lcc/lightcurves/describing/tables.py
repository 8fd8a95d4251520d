"""Tables alike, in one file or thousands, and the values of their columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.describing.looking import Name, Seen
from vo_lcc.lightcurves.describing.words import folded
from vo_lcc.lightcurves.readers.reader import Look, Reader
from vo_lcc.tables import Column

NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
MOST_VALUES = 100_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Values:
    """A column of a table, as far as it was read."""

    column: Column
    number: int
    array: pa.Array
    is_narrow: bool = False
    """Whether there are numbers of 32 bits in any of the files."""

    @property
    def name(self) -> str:
        """Its name, or its number as a text where it has none."""
        return self.column.name

    @cached_property
    def is_text(self) -> bool:
        """Whether the values are texts."""
        return bool(pa.types.is_string(self.array.type))

    @cached_property
    def is_list(self) -> bool:
        """Whether each value is many: a row is a light curve."""
        return bool(pa.types.is_nested(self.array.type))

    @cached_property
    def numbers(self) -> Floats:
        """The values that are numbers; texts that are none, and NaN, left out."""
        values = self.array.flatten() if self.is_list else self.array
        if pa.types.is_boolean(values.type) or values.type == pa.null():
            return np.array([])
        if pa.types.is_string(values.type):
            values = values.filter(pc.match_substring_regex(values, NUMBER))
            values = pc.utf8_trim_whitespace(values)
            values = pc.replace_substring_regex(values, r"^\+", "")
        found = values.drop_null().cast(pa.float64(), safe=False)
        floats = found.to_numpy(zero_copy_only=False)
        finite: Floats = floats[np.isfinite(floats)]
        return finite

    @cached_property
    def words(self) -> Mapping[str, int]:
        """The texts that are no numbers, and how often each is there."""
        if not self.is_text:
            return {}
        filled = pc.fill_null(pc.match_substring_regex(self.array, NUMBER), True)
        counts = self.array.filter(pc.invert(filled)).value_counts()
        return {c["values"].as_py(): c["counts"].as_py() for c in counts}

    @property
    def is_numeric(self) -> bool:
        """Whether most of the values are numbers."""
        values = len(self.array) - self.array.null_count
        return len(self.numbers) > 0 and (
            self.is_list or 2 * len(self.numbers) >= values
        )

    def distinct(self, most: int = 20) -> list[str]:
        """The values that are there as texts, the commoner first, if not too many."""
        if self.is_list:
            return []
        counts = self.array.drop_null().value_counts()
        found = sorted(counts, key=lambda c: -c["counts"].as_py())
        return [str(c["values"].as_py()) for c in found] if len(found) <= most else []


@dataclass(frozen=True)
class Group:
    """Tables of one layout: same reader, same columns.

    `names` are the files in which they are, `tables` the tables of the first of these,
    and `heads` what the header says in each file that was opened.
    """

    reader: Reader
    look: Look
    names: tuple[Name, ...]
    tables: tuple[str, ...]
    heads: tuple[Mapping[str, Any], ...]
    values: tuple[Values, ...]
    rows: int
    firsts: tuple[pa.Table, ...]

    @property
    def has_names(self) -> bool:
        """Whether the columns have names."""
        return bool(self.look.options.get("header", True))

    @property
    def per_file(self) -> float:
        """Rows in a file."""
        return self.rows / max(1, len(self.firsts))

    @property
    def path(self) -> str:
        """The last parts of where the first file is."""
        first = self.names[0]
        return "/".join((*first.folders[-3:], first.name))

    def by_name(self, names: Sequence[str]) -> list[Values]:
        """The columns with one of these names, in the order of the names."""
        found = {folded(v.name): v for v in reversed(self.values)}
        return [found[name] for name in names if name in found]

    def by_ucd(self, start: str) -> list[Values]:
        """The columns whose UCD begins so."""
        return [
            v for v in self.values if (v.column.ucd or "").lower().startswith(start)
        ]


def group_tables(seen: Iterable[Seen]) -> list[Group]:
    """Tables by their layout, those of most files first."""
    kinds: dict[tuple[Any, ...], list[Seen]] = {}
    for one in seen:
        if one.look.columns:
            kinds.setdefault(_layout(one), []).append(one)
    return sorted((_group(k) for k in kinds.values()), key=lambda g: -len(g.names))


def _layout(one: Seen) -> tuple[Any, ...]:
    names = tuple(folded(c.name) for c in one.look.columns)
    family = re.sub(r"\d+", "", one.name.base.lower()).rpartition(".")[2]
    folder = one.name.folders[-1:] if not one.look.options.get("header", True) else ()
    return one.reader.name, names, folder, family if folder else ""


def _group(seen: Sequence[Seen]) -> Group:
    first = seen[0]
    tables = [s.look.table for s in seen if s.name == first.name]
    columns = tuple(
        Values(
            _typed(seen, place),
            place + 1,
            _joined(seen, column.name),
            any(_kind(s, column.name) == pa.float32() for s in seen),
        )
        for place, column in enumerate(first.look.columns)
    )
    return Group(
        first.reader,
        first.look,
        tuple(dict.fromkeys(s.name for s in seen)),
        tuple(tables),
        tuple(s.look.header for s in seen),
        columns,
        sum(s.rows.num_rows for s in seen),
        tuple(s.rows for s in seen),
    )


def _typed(seen: Sequence[Seen], place: int) -> Column:
    """The column, of the widest type that it has in any of the files."""
    columns = [s.look.columns[place] for s in seen if len(s.look.columns) > place]
    return max(columns, key=lambda column: WIDTHS.get(column.datatype, 9))


WIDTHS = {"short": 0, "int": 1, "long": 2, "float": 3, "double": 4, "char": 5}


def _kind(seen: Seen, name: str) -> pa.DataType | None:
    column = _column(seen, name)
    return None if column is None else column.type


def _column(seen: Seen, name: str) -> pa.ChunkedArray | None:
    """The first column of that name: texts may use a name twice, even an empty one."""
    names = seen.rows.column_names
    return seen.rows.column(names.index(name)) if name in names else None


def _joined(seen: Sequence[Seen], name: str) -> pa.Array:
    """The values of a column in all files, as texts if they are texts in one."""
    found = (_column(one, name) for one in seen)
    parts = [column for column in found if column is not None]
    if not parts:
        return pa.nulls(0)
    chunks = [chunk for part in parts for chunk in part.chunks]
    kinds = {chunk.type for chunk in chunks}
    if len(kinds) > 1:
        kind = pa.string() if pa.string() in kinds else pa.float64()
        chunks = [chunk.cast(kind, safe=False) for chunk in chunks]
    values = pa.chunked_array(chunks, chunks[0].type if chunks else pa.null())
    return values.slice(0, MOST_VALUES).combine_chunks()
