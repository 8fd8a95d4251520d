"""HAT light curves as SQLite databases (sqlitecurves), and any SQLite database.

A database from elsewhere is a program: its schema has views, triggers, expressions.
So it is held in memory (or read as a file that cannot change), and SQLite is told to
refuse all but the reading of stored tables. There is no SQL in it but ours.

The points are in `lightcurve`; tables of one row, such as `objectinfo`, are keywords.
The column `filter` is the name that the table `filters` has for the number in `flt`:
the numbers are not the same in all files.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import (
    Complain,
    Header,
    Look,
    Piece,
    Rows,
    Wanted,
    WholeFiles,
)
from vo_lcc.lightcurves.readers.typed import guessed, header_of, joined, typed

MAGIC = b"SQLite format 3\0"
ROLLBACK = b"\1\1"
"""Bytes 18 and 19 of a database without a write-ahead log, which memory cannot have."""

MOST_BYTES = 2**30
MOST_ROW = 2**14
MOST_SCHEMA = 2**20
BATCH = 8192
"""Limits: the database, a row, the definition of a table (bytes); rows read at once."""

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MOST_SCHEMA,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MOST_SCHEMA,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20,
}
SETTINGS = ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0")
ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)

FILTER = "filter"
LOOK_ROWS = 100


@dataclass(frozen=True, slots=True)
class Stored:
    """A table that is stored in the database."""

    name: str
    columns: tuple[str, ...]

    def select(self, columns: Sequence[str]) -> str:
        """The query for some of its columns, in the order in which they are stored."""
        listed = ", ".join(map(quoted, columns))
        return f"SELECT {listed} FROM {quoted(self.name)}"  # noqa: S608 (quoted)


def quoted(name: str) -> str:
    """A name as SQLite quotes it.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _opened(piece: Piece) -> Iterator[sqlite3.Connection]:
    """The database; raises UsageError for whatever SQLite finds wrong with it."""
    try:
        with closing(_connect(piece)) as database:
            _harden(database)
            yield database
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{piece.file}: this SQLite database cannot be read: {error}"
        ) from error


def _connect(piece: Piece) -> sqlite3.Connection:
    if piece.path is not None:
        _check(piece.file, _first_bytes(piece.path), piece.path.stat().st_size)
        uri = f"{piece.path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, cached_statements=0)
    content = piece.content
    _check(piece.file, content[: len(MAGIC)], len(content))
    database = sqlite3.connect(":memory:", cached_statements=0)
    database.deserialize(content[:18] + ROLLBACK + content[20:])
    return database


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(len(MAGIC))


def _check(file: str, head: bytes, size: int) -> None:
    if head != MAGIC:
        raise UsageError(f"{file}: this is not an SQLite database")
    if size > MOST_BYTES:
        raise TooLargeError(
            f"{file}: a database of {size} bytes; at most {MOST_BYTES} are taken"
        )


def _harden(database: sqlite3.Connection) -> None:
    for category, limit in LIMITS.items():
        database.setlimit(category, limit)
    for setting in SETTINGS:
        database.execute(f"PRAGMA {setting}")
    database.text_factory = lambda text: text.decode(errors="backslashreplace")
    database.set_authorizer(_authorize)


def _authorize(action: int, *about: str | None) -> int:
    return sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY


def _stored(database: sqlite3.Connection) -> dict[str, Stored]:
    """The tables that are stored: neither views nor virtual tables."""
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    ).fetchall()
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ROW)
    found = {}
    for (name,) in names:
        query = f"SELECT * FROM {quoted(name)} LIMIT 0"  # noqa: S608 (quoted)
        described = database.execute(query)
        found[name] = Stored(name, tuple(entry[0] for entry in described.description))
    return found


def _single_rows(
    database: sqlite3.Connection, tables: Mapping[str, Stored], but: str
) -> Header:
    """What the tables of one row say, those that tell of the object first."""
    found = []
    for table in tables.values():
        query = f"{table.select(table.columns)} LIMIT 2"
        rows = database.execute(query).fetchall() if table.name != but else []
        if len(rows) == 1:
            found.append(dict(zip(table.columns, rows[0], strict=True)))
    return header_of(*found)


def _filters(
    database: sqlite3.Connection, tables: Mapping[str, Stored]
) -> dict[Any, Any]:
    """The names of the filters by their numbers."""
    table = tables.get("filters")
    if table is None or not {"filterid", "filtername"} <= set(table.columns):
        return {}
    return dict(database.execute(table.select(("filterid", "filtername"))).fetchall())


def chosen(file: str, tables: Mapping[str, Stored], files: Files) -> list[Stored]:
    """The tables that `files` means: the one it names, otherwise all."""
    listed = list(tables.values())
    match files.table:
        case None:
            return listed
        case str() as name if name in tables:
            return [tables[name]]
        case int() as number if 0 < number <= len(listed):
            return [listed[number - 1]]
    known = ", ".join(tables) or "none"
    raise UsageError(f"{file}: no stored table {files.table!r}; there are: {known}")


class HatSqlite(WholeFiles):
    """Reads SQLite databases, such as those of the HAT surveys."""

    name = "hat-sqlite"

    def knows(self, head: bytes, name: str) -> bool:
        """By the first sixteen bytes."""
        return head.startswith(MAGIC)

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The rows of the tables that have the wanted columns."""
        with _opened(piece) as database:
            tables = _stored(database)
            names = _filters(database, tables)
            for table in _with_columns(chosen(piece.file, tables, files), wanted):
                header = _single_rows(database, tables, table.name)
                yield from _read(piece, database, table, wanted, names, header)

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """Each stored table, by its first rows."""
        with _opened(piece) as database:
            tables = _stored(database)
            for table in chosen(piece.file, tables, files):
                header = _single_rows(database, tables, table.name)
                yield _looked_at(database, table, header)


def _with_columns(tables: Sequence[Stored], wanted: Wanted) -> list[Stored]:
    """The tables that have all wanted columns; without one, that which has the most."""
    counts = [len(_sources(table, wanted)) for table in tables]
    if len(wanted) in counts:
        return [t for t, n in zip(tables, counts, strict=True) if n == len(wanted)]
    return [tables[counts.index(max(counts))]] if counts else []


def _sources(table: Stored, wanted: Wanted) -> dict[str | int, str]:
    """The column of the table that holds what each wanted one shows."""
    found: dict[str | int, str] = {}
    for source in wanted:
        if isinstance(source, int) and source <= len(table.columns):
            found[source] = table.columns[source - 1]
        elif source in table.columns:
            found[source] = str(source)
        elif source == FILTER and "flt" in table.columns:
            found[FILTER] = "flt"
    return found


def _read(
    piece: Piece,
    database: sqlite3.Connection,
    table: Stored,
    wanted: Wanted,
    names: Mapping[Any, Any],
    header: Header,
) -> Iterator[Rows]:
    sources = _sources(table, wanted)
    taken = list(dict.fromkeys(sources.values())) or list(table.columns[:1])
    cursor = database.execute(table.select(taken))
    count, most = 0, (len(piece.content) or MOST_BYTES) // 2
    while rows := cursor.fetchmany(BATCH):
        first, count = count + 1, count + len(rows)
        if count > most:
            raise UsageError(f"{piece.file}: this database is damaged: endless rows")
        values = dict(zip(taken, zip(*rows, strict=True), strict=True))
        yield Rows(
            columns={
                source: typed(
                    _named(values[column], names if source == FILTER else {}),
                    wanted[source],
                )
                for source, column in sources.items()
            },
            lines=np.arange(first, count + 1, dtype=np.int64),
            header=header,
            table=table.name,
            texts=lambda rows=rows: joined(rows),  # type: ignore[misc]
        )


def _named(values: Sequence[Any], names: Mapping[Any, Any]) -> Sequence[Any]:
    """The names that numbers stand for; the number, where there is none."""
    return [names.get(value, value) for value in values] if names else values


def _looked_at(database: sqlite3.Connection, table: Stored, header: Header) -> Look:
    query = f"{table.select(table.columns)} LIMIT {LOOK_ROWS}"
    rows = database.execute(query).fetchall()
    values = list(zip(*rows, strict=True)) or [() for _ in table.columns]
    columns, batch = guessed(dict(zip(table.columns, values, strict=True)))
    return Look(table.name, columns, header, batch)


HAT_SQLITE = HatSqlite()
