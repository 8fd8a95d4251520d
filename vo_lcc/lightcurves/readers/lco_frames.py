"""Photometry of LCO frames: a FITS file per frame, its catalogue a table in it.

The time of all sources of a frame is the middle of its exposure: the keyword MJD-MID
(UTC) is made of MJD-OBS or DATE-OBS, the start, and EXPTIME (s). The keywords are those
of all parts of the file, as the image has its own beside the primary header.
"""

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.fits import FITS
from vo_lcc.lightcurves.readers.fits_hdus import read_hdus
from vo_lcc.lightcurves.readers.opening import naming, opened
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
from vo_lcc.times import MJD_ORIGIN

MIDDLE = "MJD-MID"
UNIX_EPOCH = 2440587.5 - MJD_ORIGIN  # MJD
DAY = 86_400  # s
ORIGIN = b"ORIGIN  = 'LCO"  # or LCOGT


class LCOFrames(WholeFiles):
    """FITS files of Las Cumbres Observatory that hold a catalogue."""

    name = "lco-frames"
    cut: Cut = "parts"

    def parts(self, path: Path, files: Files) -> int:
        """Those of its tables."""
        return FITS.parts(path, files)

    def knows(self, head: bytes, name: str) -> bool:
        """By the keyword ORIGIN."""
        return head.startswith(b"SIMPLE  =") and ORIGIN in head

    def read(
        self, piece: Piece, wanted: Wanted, files: Files, complain: Complain
    ) -> Iterator[Rows]:
        """The sources of the frame."""
        told = _told(piece)
        for rows in FITS.read(piece, wanted, files, complain):
            yield replace(rows, header=ChainMap(dict(rows.header), told))

    def look(self, piece: Piece, files: Files) -> Iterator[Look]:
        """The tables of the frame."""
        told = _told(piece)
        for found in FITS.look(piece, files):
            yield replace(found, header=ChainMap(dict(found.header), told))


def _told(piece: Piece) -> dict[str, Any]:
    """The keywords of all parts of the file, with the middle of the exposure."""
    with naming(piece.file), opened(piece) as file:
        told = dict(ChainMap(*(dict(hdu.cards) for hdu in read_hdus(file))))
        middle = middle_of(told)
    return told if middle is None else {**told, MIDDLE: middle}


def middle_of(header: Header) -> float | None:
    """The middle of the exposure (MJD, UTC); None where it is not told.

    >>> middle_of({"DATE-OBS": "2015-11-10T12:00:00", "EXPTIME": 8640.0})
    57336.55

    Raises UsageError for a DATE-OBS that is no time.
    """
    length, start = header.get("EXPTIME"), header.get("MJD-OBS")
    if not isinstance(length, int | float):
        return None
    if not isinstance(start, int | float):
        start = _mjd(header.get("DATE-OBS"))
    return None if start is None else start + length / 2 / DAY


def _mjd(text: object) -> float | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        moment = np.datetime64(text.strip().removesuffix("Z"), "us")
    except ValueError:
        raise UsageError(f"DATE-OBS is {text!r}, not a time") from None
    return float(UNIX_EPOCH + moment.astype(np.int64) / (DAY * 1e6))


LCO_FRAMES = LCOFrames()
