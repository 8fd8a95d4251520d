"""Tables of any format: which one it is, by its content, its media type, its name."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO, cast

from vo_lcc.errors import UsageError
from vo_lcc.parsers.fits import read_fits
from vo_lcc.parsers.gzipped import Source, Unzipped, unzipped
from vo_lcc.parsers.parquet import read_parquet
from vo_lcc.parsers.table import ReadLimits, ReadTable
from vo_lcc.parsers.text import read_delimited
from vo_lcc.parsers.votable import read_votable
from vo_lcc.tables import Batch

Read = Callable[[BinaryIO, ReadLimits], ReadTable]

HEAD = 4096
"""Bytes by which a format is known."""

PIECE = 2**20
IN_MEMORY = 8 * 2**20
"""Bytes of an unpacked file that stay in memory."""


def read_csv(file: BinaryIO, limits: ReadLimits) -> ReadTable:
    """Text whose separator its line of names shows."""
    return read_delimited(file, limits)


def read_tsv(file: BinaryIO, limits: ReadLimits) -> ReadTable:
    """Tab-separated values, which have no quotes."""
    return read_delimited(file, limits, "\t")


MAGIC: tuple[tuple[re.Pattern[bytes], Read], ...] = (
    (re.compile(rb"PAR1"), read_parquet),
    (re.compile(rb"SIMPLE  ="), read_fits),
    (re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<\0?[?!V\w]"), read_votable),
)
"""How files begin. XML may be UTF-16, and have a name before its `VOTABLE`."""

KNOWN: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"ARROW1|\xff\xff\xff\xff"), "an Arrow file"),
    (re.compile(rb"PK\x03\x04"), "a zip archive or a spreadsheet"),
    (re.compile(rb"\x89HDF"), "an HDF5 file"),
    (re.compile(rb"\x1f\x9d|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd"), "a compressed file"),
    (re.compile(rb"%PDF"), "a PDF"),
    (re.compile(rb"\s*[\[{]"), "JSON"),
)
"""What is no table that is taken, though it may be called so."""

TAKEN = "VOTable, CSV, TSV, ECSV, FITS and Parquet (each also as gzip) are taken"

MEDIA_TYPES: Mapping[str, Read] = {
    "application/x-votable+xml": read_votable,
    "text/xml": read_votable,
    "application/xml": read_votable,
    "text/csv": read_csv,
    "text/tab-separated-values": read_tsv,
    "application/fits": read_fits,
    "image/fits": read_fits,
    "application/vnd.apache.parquet": read_parquet,
    "application/parquet": read_parquet,
    "application/x-parquet": read_parquet,
}

EXTENSIONS: Mapping[str, Read] = {
    "vot": read_votable,
    "votable": read_votable,
    "xml": read_votable,
    "csv": read_csv,
    "ecsv": read_csv,
    "tsv": read_tsv,
    "tab": read_tsv,
    "fits": read_fits,
    "fit": read_fits,
    "parquet": read_parquet,
}


def read_table(
    file: BinaryIO, media_type: str | None, filename: str | None, limits: ReadLimits
) -> ReadTable:
    """Read a table of any format that is taken; the file must be able to seek.

    What it is, its first bytes tell; of text without any, its media type or name, else
    it is CSV or the like. The file is to stay open while batches are taken.

    >>> import io
    >>> file = io.BytesIO(b"id,ra\\na,1\\n")
    >>> [c.name for c in read_table(file, None, None, ReadLimits()).columns]
    ['id', 'ra']

    Raises UsageError for what is wrong, TooLargeError over a limit.
    """
    source = unzipped(file, limits)
    head = source.read(HEAD)
    if not head:
        raise UsageError("the file is empty")
    read = _reader(head, media_type, filename)
    if read is read_votable or not isinstance(source, Unzipped):
        return read(file, limits)
    with ExitStack() as stack:
        file = stack.enter_context(unpacked(source))
        table = read(file, limits)
        return replace(table, batches=_then_close(table.batches, stack.pop_all()))


def _reader(head: bytes, media_type: str | None, filename: str | None) -> Read:
    for start, read in MAGIC:
        if start.match(head):
            return read
    for start, what in KNOWN:
        if start.match(head):
            raise UsageError(f"this is {what}; {TAKEN}")
    essence, *parameters = (media_type or "").lower().replace(" ", "").split(";")
    if "header=absent" in parameters:
        raise UsageError("header=absent: CSV must have a line of column names")
    name = (filename or "").lower().removesuffix(".gz")
    told = MEDIA_TYPES.get(essence) or EXTENSIONS.get(name.rpartition(".")[2])
    if told is None or (b"\0" in head and told in (read_csv, read_tsv)):
        told = read_csv
    if told is read_csv and b"\0" in head:
        raise UsageError(f"the format of this file is not known; {TAKEN}")
    return told


def _then_close(batches: Iterator[Batch], files: ExitStack) -> Iterator[Batch]:
    with files:
        yield from batches


def unpacked(packed: Source) -> BinaryIO:
    """What a gzip file holds, as an unnamed temporary file."""
    found = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (it is returned)
    packed.seek(0)
    while piece := packed.read(PIECE):
        found.write(piece)
    return cast(BinaryIO, found)
