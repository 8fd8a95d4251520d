"""The file of a piece, open; and its name in what is wrong with it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.parsers.gzipped import unzipped
from vo_lcc.parsers.reading import unpacked
from vo_lcc.parsers.table import ReadLimits

NO_LIMITS = ReadLimits(2**62, 10_000, 2**30, 2**62)
"""An archive is as large as it is; what one cell takes must fit in memory."""


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Names the file in what is wrong with it, and in what the system refuses."""
    try:
        yield
    except UsageError as error:
        raise type(error)(f"{file}: {error}") from error
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error


@contextmanager
def opened(piece: Piece) -> Iterator[BinaryIO]:
    """The bytes of a piece that is a whole file; one on disk is unpacked if gzipped."""
    if piece.path is None:
        yield BytesIO(piece.content)
        return
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(piece.path.open("rb"))
        source = unzipped(file, NO_LIMITS)
        if source is not file:
            file = stack.enter_context(unpacked(source))
        yield file
