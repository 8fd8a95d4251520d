"""Positions of a table that comes along, whatever numbers they are written as."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from vo_lcc.curves.curves import Array
from vo_lcc.curves.finding import Fault
from vo_lcc.dali.positions import Pair, find_position
from vo_lcc.errors import UsageError
from vo_lcc.parsers.reading import read_table
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.tables import Batch, Column, arrow_schema

WHOLE = ("short", "int", "long")
PLACE = (Column("ra", "double", unit="deg"), Column("dec", "double", unit="deg"))
SMALLEST = 1e-12
"""Degrees; what is less is 0, as an index of positions cannot hold it."""


def find_places(columns: Sequence[Column]) -> Pair | None:
    """The names of the columns of positions (deg), which may be whole numbers.

    >>> find_places([Column("ra", "long"), Column("dec", "double")])
    ('ra', 'dec')
    """
    numbers = (
        replace(c, datatype="double") if c.datatype in WHOLE else c for c in columns
    )
    return find_position(tuple(numbers))


@dataclass(slots=True)
class Places:
    """Reads only the positions of a table: 0 <= ra < 360, those without left out.

    `rows` and `missing` count the rows so far, and those without a position.
    """

    name: str
    rows: int = 0
    missing: int = 0

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was left out."""
        if not self.missing:
            return ()
        problem = f"{self.missing} of {self.rows} rows have no position"
        return (Fault(self.name, UsageError(problem)),)

    def read(
        self,
        file: BinaryIO,
        media_type: str | None,
        filename: str | None,
        limits: ReadLimits,
    ) -> ReadTable:
        """The table, as one of positions; raises UsageError where it has none."""
        table = read_table(file, media_type, filename, limits)
        pair = find_places(table.columns)
        if pair is None:
            return table
        names = [column.name for column in table.columns]
        lon, lat = (names.index(name) for name in pair)
        return ReadTable(PLACE, self._batches(table.batches, lon, lat))

    def _batches(self, batches: Iterator[Batch], lon: int, lat: int) -> Iterator[Batch]:
        for batch in batches:
            places = [numbers(batch.column(at)) for at in (lon, lat)]
            yield pa.RecordBatch.from_arrays(
                [pa.array(values) for values in self._there(*places)],
                schema=arrow_schema(PLACE),
            )

    def _there(self, lon: Array, lat: Array) -> tuple[Array, Array]:
        """The positions of the rows that have one; raises UsageError beyond a pole."""
        there = np.isfinite(lon) & np.isfinite(lat)
        beyond = there & (np.abs(lat) > 90)
        if beyond.any():
            at = int(np.argmax(beyond))
            raise UsageError(
                f"row {self.rows + at + 1}: a declination of {lat[at]:.10g} is not in"
                " -90 to 90 degrees"
            )
        self.rows += len(there)
        self.missing += len(there) - int(there.sum())
        return around(lon[there]), plain(lat[there])


def around(lon: Array) -> Array:
    """Longitudes from 0 up to 360.

    >>> around(np.array([-52.0, 360.0, 725.0, -1e-20])).tolist()
    [308.0, 0.0, 5.0, 0.0]
    """
    turned = plain(np.mod(lon, 360.0))
    return np.where(turned >= 360, 0.0, turned)


def plain(values: Array) -> Array:
    """The numbers, 0 where they are too small to matter."""
    return np.where(np.abs(values) < SMALLEST, 0.0, values)


def numbers(values: pa.Array) -> Array:
    """Doubles, NaN where there is none."""
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), float)
