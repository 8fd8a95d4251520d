"""The readers that there are, and which of them reads a file."""

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.aavso import AAVSO
from vo_lcc.lightcurves.readers.ecsv import ECSV
from vo_lcc.lightcurves.readers.fits import FITS
from vo_lcc.lightcurves.readers.fixed import CDS, FIXED, MRT
from vo_lcc.lightcurves.readers.hat import HAT
from vo_lcc.lightcurves.readers.hat_sqlite import HAT_SQLITE
from vo_lcc.lightcurves.readers.json_lines import JSON_LINES
from vo_lcc.lightcurves.readers.lcc import LCC
from vo_lcc.lightcurves.readers.lco_frames import LCO_FRAMES
from vo_lcc.lightcurves.readers.parquet import PARQUET
from vo_lcc.lightcurves.readers.reader import Reader
from vo_lcc.lightcurves.readers.skvo import SKVO
from vo_lcc.lightcurves.readers.text import TEXT
from vo_lcc.lightcurves.readers.votable import VOTABLE

READERS: tuple[Reader, ...] = (
    HAT_SQLITE,
    LCO_FRAMES,
    FITS,
    PARQUET,
    VOTABLE,
    LCC,
    HAT,
    SKVO,
    JSON_LINES,
    ECSV,
    AAVSO,
    MRT,
    CDS,
    FIXED,
    TEXT,
)
"""Asked in this order; what is only text comes last."""


def find_reader(files: Files, head: bytes, name: str) -> Reader:
    """Who reads a file: the reader that is declared, else by what the file is.

    `head` is its first 64 kB at most, unpacked, and `name` its name. Raises UsageError
    that says what is known.
    """
    known = ", ".join(reader.name for reader in READERS)
    if files.reader is not None:
        for reader in READERS:
            if reader.name == files.reader:
                return reader
        raise UsageError(f"no reader is called {files.reader!r}; there are {known}")
    for reader in READERS:
        if reader.knows(head, name):
            return reader
    raise UsageError(
        f"{name}: no reader knows this file; there are {known}"
        " (reader = ... says which)"
    )
