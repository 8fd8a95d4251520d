"""Opening files to see what is in them: the first of each, some rows of it.

Of a folder or archive of very many files only some are opened; the names of all count.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import pyarrow as pa

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading.inputs import LIGHTCURVES, InputFile
from vo_lcc.lightcurves.loading.pieces import TAR, Cutting, cut_files
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import (
    Look,
    Piece,
    Reader,
    Rows,
    Wanted,
    unheard,
)
from vo_lcc.tables import Column, arrow_type

MOST_FILES = 100_000  # whose names are taken
MOST_OPENED = 200  # of a folder, and of an archive
MOST_TRIED = 20  # of an archive, where a collection file is tried
MOST_ROWS = 20_000  # read of one file
ANY = Files(files=("*",), columns={})


@dataclass(frozen=True, slots=True)
class Name:
    """A file by its name: in an archive if `archive` is that of one."""

    name: str
    folders: tuple[str, ...]
    archive: str | None = None

    @property
    def base(self) -> str:
        """The last part of its name."""
        return PurePath(self.name).name


@dataclass(frozen=True, slots=True)
class Seen:
    """One table of one file: what its reader says of it, and some of its rows."""

    name: Name
    reader: Reader
    look: Look
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class Found:
    """All that was looked at; `problems` are files that cannot be read, and why."""

    seen: tuple[Seen, ...]
    names: tuple[Name, ...]
    problems: tuple[str, ...]


def look_at(paths: Iterable[Path]) -> Found:
    """What is in the files; raises UsageError when there is none."""
    seen: list[Seen] = []
    names: list[Name] = []
    problems: list[str] = []
    given = [item for path in paths for item in _files_of(path)]
    opened = set(_spread(given))
    with tempfile.TemporaryDirectory(prefix="vo-lcc-describe-") as folder:
        for path in given:
            if path not in opened:
                names.append(_name_of(path, path.name))
                continue
            for cutting in _first_pieces(path, ANY, Path(folder)):
                name = _name_of(path, cutting.piece.file)
                names.append(name)
                try:
                    seen += _looks(cutting, name, ANY)
                except UsageError as error:
                    problems.append(str(error))
    if not given:
        raise UsageError("there is no file to look at")
    return Found(tuple(seen), tuple(names), tuple(problems))


def look_at_files(
    inputs: Iterable[InputFile], files: Files, folder: Path
) -> tuple[list[Seen], list[str]]:
    """The tables of files that are declared, and why some cannot be read."""
    seen: list[Seen] = []
    problems: list[str] = []
    for given in inputs:
        for cutting in _first_pieces(given.path, files, folder, MOST_TRIED):
            try:
                seen += _looks(cutting, _name_of(given.path, cutting.piece.file), files)
            except UsageError as error:
                problems.append(str(error))
    return seen, problems


def _files_of(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            path.stat()
            return [path]
        found = sorted(item for item in path.rglob("*") if item.is_file())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    return [item for item in found if not item.name.startswith(".")][:MOST_FILES]


def _spread(files: list[Path]) -> list[Path]:
    """Some of many files, those of each folder and kind of name evenly."""
    kinds: dict[tuple[Path, str], list[Path]] = {}
    for file in files:
        kinds.setdefault((file.parent, "".join(file.suffixes[-2:])), []).append(file)
    most = max(2, MOST_OPENED // max(1, len(kinds)))
    return [item for kind in kinds.values() for item in _evenly(kind, most)]


def _evenly(items: list[Path], count: int) -> list[Path]:
    if len(items) <= count:
        return items
    return [items[i * (len(items) - 1) // (count - 1)] for i in range(count)]


def _first_pieces(
    path: Path, files: Files, folder: Path, most: int = MOST_OPENED
) -> Iterator[Cutting]:
    """The first piece of a file, or of each of the first files of an archive."""
    last = None
    pieces = cut_files((InputFile(path, LIGHTCURVES, 0),), files, _ignore, folder)
    for count, cutting in enumerate(pieces):
        if cutting.piece.file == last:
            continue
        last = cutting.piece.file
        yield cutting
        if not path.name.endswith(TAR) or count >= most:
            break


def _name_of(path: Path, file: str) -> Name:
    folders = path.parent.parts
    if path.name.endswith(TAR):
        inner = file.removeprefix(f"{path.name}/")
        return Name(inner, (*folders, path.name), path.name)
    return Name(path.name, folders)


def _looks(cutting: Cutting, name: Name, files: Files) -> list[Seen]:
    if cutting.reader is None:
        raise UsageError(f"{cutting.piece.file}: {cutting.problem}")
    piece, reader = cutting.piece, cutting.reader
    start = _with_head(piece)
    return [
        Seen(name, reader, look, _rows_of(piece, reader, look, files))
        for look in reader.look(start, files)
    ]


def _with_head(piece: Piece) -> Piece:
    """The piece as it stands in the file: who looks wants to see how it begins."""
    if not piece.head:
        return piece
    return Piece(
        piece.file, piece.head + piece.content, piece.path, piece.told, part=piece.part
    )


def _rows_of(piece: Piece, reader: Reader, look: Look, files: Files) -> pa.Table:
    """Some thousand rows of a table; those of the look where no more are to be had."""
    first = pa.Table.from_batches([look.rows])
    files = files.model_copy(update=dict(_options(look)))
    wanted = wanted_of(look)
    batches, count = [], 0
    try:
        for rows in reader.read(_with_head(piece), wanted, files, unheard):
            if rows.table == look.table:
                batches.append(_table(rows, look, wanted))
                count += len(rows.lines)
            if count >= MOST_ROWS:
                break
    except UsageError:
        return first
    read = pa.concat_tables(batches, promote_options="permissive") if batches else first
    return read.slice(0, MOST_ROWS) if read.num_rows >= first.num_rows else first


def wanted_of(look: Look) -> Wanted:
    """All columns of a table, by name, or by number where they have none."""
    named = _options(look).get("header", True)
    return {
        column.name if named else number: _type_of(column)
        for number, column in enumerate(look.columns, 1)
    }


def _type_of(column: Column) -> pa.DataType:
    """The type of the values; that of the sum where a time is in two parts."""
    if column.arraysize == "2" and column.datatype == "double":
        return pa.float64()
    return arrow_type(column)


def _table(rows: Rows, look: Look, wanted: Wanted) -> pa.Table:
    columns = {
        column.name: rows.columns[source]
        for column, source in zip(look.columns, wanted, strict=True)
        if source in rows.columns
    }
    return pa.table(columns)


def _options(look: Look) -> Mapping[str, str | bool]:
    return look.options


def _ignore(name: str) -> None:
    """Members that match nothing: there are none."""
