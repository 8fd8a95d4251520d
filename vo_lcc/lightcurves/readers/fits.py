"""FITS: every binary table of a file, with the keywords of its header and the file's.

Cells are those of FITS 4.0, section 7.3: TSCAL, TZERO and TNULL are heeded, NaN is no
value. A time in two parts (JD1 and JD2, as astropy writes it) is their sum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.columnar import (
    LOOK_ROWS,
    find_columns,
    fitted,
    notes_of,
    texts_of,
)
from vo_lcc.lightcurves.readers.fits_hdus import (
    HDU,
    Cards,
    Keywords,
    oddities,
    read_hdus,
)
from vo_lcc.lightcurves.readers.opening import NO_LIMITS, naming, opened
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Cut,
    Header,
    Look,
    Piece,
    Rows,
    Wanted,
    WholeFiles,
)
from vo_lcc.parsers.fits.columns import Field, read_field
from vo_lcc.parsers.fits.header import TableHeader
from vo_lcc.parsers.fits.read import BinaryTable
from vo_lcc.tables import arrow_type

MAGIC = b"SIMPLE  ="
PART = 64 * 2**20
"""Bytes of the rows of a part; a file of no more than that is read at once."""

MJD = 2400000.5
ORIGINS = (("JDREF", 0.0), ("BJDREF", 0.0), ("MJDREF", MJD))
"""Keywords for the zero of times: one number, or whole days (I) and the rest (F)."""

PLACES = {"SOLARSYSTEM": "BARYCENTER"}
"""Words of OGIP for places, by those of the IVOA."""


class FITSReader(WholeFiles):
    """FITS files with binary tables; see `Reader`. Long tables are read in parts."""

    name = "fits"
    cut: Cut = "parts"

    def knows(self, head: bytes, name: str) -> bool:
        """By how it starts."""
        return head.startswith(MAGIC)

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of all tables, or of the one that `files` names."""
        with naming(piece.file), opened(piece) as file:
            is_part = piece.path is not None and file.seek(0, 2) > PART
            for number, part in enumerate(_parts(find_tables(file, files.table))):
                if not is_part or number == piece.part:
                    yield from part.table.read(wanted, part.start, part.stop)

    def parts(self, path: Path, files: Files) -> int:
        """How many parts the file has: one, unless it is long."""
        with naming(path.name):
            if path.stat().st_size <= PART:
                return 1
            with opened(Piece(path.name, path=path)) as file:
                return len(list(_parts(find_tables(file, files.table))))

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """What each table has."""
        with naming(piece.file), opened(piece) as file:
            for table in find_tables(file, files.table):
                yield table.look()


class FITSTable:
    """One binary table of a file that is open."""

    def __init__(
        self, file: BinaryIO, primary: Cards, hdu: HDU, notes: tuple[str, ...]
    ) -> None:
        if "ZTABLE" in hdu.cards:
            raise UsageError("the FITS table is compressed (ZTABLE); unpack it")
        self._file = file
        self._header = TableHeader(hdu.cards, hdu.start, hdu.size)
        self._fields = _read_fields(hdu.cards.columns, self._header.count("TFIELDS"))
        self._keywords: Header = Keywords(primary, hdu.cards)
        self._name = hdu.name
        self._notes = notes

    @property
    def step(self) -> int:
        """The rows of a part."""
        return max(1, PART // max(self._header.count("NAXIS1"), 1))

    @property
    def count(self) -> int:
        """The rows there are."""
        return self._header.count("NAXIS2")

    def read(self, wanted: Wanted, start: int, stop: int) -> Iterator[Rows]:
        """The wanted columns of the rows from `start` (of 0) to before `stop`."""
        names = [field.column.name for field in self._fields]
        found = find_columns(names, wanted)
        units = {source: self._fields[at].column.unit for source, at in found.items()}
        places = list(dict.fromkeys(found.values()))
        first = start + 1
        for batch in self._batches(places, start, stop):
            stored = {s: batch.column(places.index(at)) for s, at in found.items()}
            columns = {
                source: fitted(self._whole(values, found[source], kind), kind)
                for source, values in stored.items()
                for kind in (wanted[source],)
            }
            notes = (*self._notes, *notes_of(stored, wanted, units))
            lines = np.arange(first, first + batch.num_rows)
            first += batch.num_rows
            yield Rows(
                columns, lines, self._keywords, self._name, texts_of(columns), notes
            )
        if not found:
            lines = np.arange(start + 1, stop + 1)
            yield Rows({}, lines, self._keywords, self._name, notes=self._notes)

    def look(self) -> Look:
        """The columns, the keywords, the first rows, the frames."""
        names = [field.column.name for field in self._fields]
        rows = next(self._batches(range(len(names)), 0, LOOK_ROWS), None)
        if rows is None:
            empty = [pa.array([], arrow_type(field.column)) for field in self._fields]
            rows = pa.record_batch(empty, names=names)
        columns = tuple(field.column for field in self._fields)
        frames = {**frames_of(self._keywords), "notes": self._notes}
        return Look(self._name, columns, dict(self._keywords), rows, frames)

    def _batches(
        self, places: Sequence[int], start: int, stop: int
    ) -> Iterator[pa.RecordBatch]:
        if not places:
            return iter(())
        table = BinaryTable(self._file, self._header, self._fields, places)
        return table.batches(start, stop)

    def _whole(self, values: pa.Array, place: int, kind: pa.DataType) -> pa.Array:
        """The sum of a time in two parts; other values as they are."""
        field = self._fields[place]
        is_pair = (field.code, field.repeat, field.pointer) == ("D", 2, None)
        if not is_pair or not pa.types.is_floating(kind):
            return values
        if f"TCTYP{place + 1}" not in self._header.cards:
            return values
        return pc.add(pc.list_element(values, 0), pc.list_element(values, 1))


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table, from `start` (of 0) to before `stop`."""

    table: FITSTable
    start: int
    stop: int


def _parts(tables: Iterator[FITSTable]) -> Iterator[Part]:
    """The tables, each in parts of which there is one at least."""
    for table in tables:
        for start in range(0, max(table.count, 1), table.step):
            yield Part(table, start, min(start + table.step, table.count))


def find_tables(file: BinaryIO, wanted: str | int | None) -> Iterator[FITSTable]:
    """The tables of a file, or the one of this name or number (from 1).

    Raises UsageError where there is none, and where the file is not whole.
    """
    hdus = read_hdus(file)
    tables = [hdu for hdu in hdus if hdu.is_table]
    chosen = [
        hdu
        for number, hdu in enumerate(tables, 1)
        if wanted in (None, number) or hdu.name.lower() == str(wanted).lower()
    ]
    if not tables:
        raise UsageError(
            "the FITS file holds no binary table (BINTABLE) but "
            + ", ".join(hdu.kind or "PRIMARY" for hdu in hdus)
        )
    if not chosen:
        known = ", ".join(hdu.name or str(n) for n, hdu in enumerate(tables, 1))
        raise UsageError(f"there is no table {wanted!r}; the file has {known}")
    notes = oddities(hdus, file.seek(0, 2))
    return (FITSTable(file, hdus[0].cards, hdu, notes) for hdu in chosen)


@lru_cache(maxsize=256)
def _read_fields(cards: tuple[str, ...], count: int) -> tuple[Field, ...]:
    """The columns; files of one make have the same cards, which are read once."""
    header = TableHeader(Cards("".join(cards)), 0, 0)
    return tuple(read_field(header, n, NO_LIMITS) for n in range(1, count + 1))


def frames_of(keywords: Header) -> dict[str, Any]:
    """What a header says of its times and positions, in the words of `tables`.

    >>> frames_of({"TIMESYS": "TDB", "BJDREFI": 2457000, "TIMEREF": "SOLARSYSTEM"})
    {'timescale': 'TDB', 'refposition': 'BARYCENTER', 'time_origin': 2457000.0}
    """
    place = keywords.get("TREFPOS") or keywords.get("TIMEREF")
    found = {
        "timescale": keywords.get("TIMESYS"),
        "refposition": PLACES.get(str(place), place),
        "time_origin": _origin(keywords),
        "time_unit": keywords.get("TIMEUNIT"),
        "system": keywords.get("RADESYS"),
        "equinox": keywords.get("EQUINOX"),
    }
    return {word: value for word, value in found.items() if value is not None}


def _origin(keywords: Header) -> float | None:
    for keyword, zero in ORIGINS:
        parts = [keywords.get(keyword + part) for part in ("", "I", "F")]
        numbers = [float(part) for part in parts if isinstance(part, int | float)]
        if numbers:
            return zero + sum(numbers)
    return None


FITS = FITSReader()
