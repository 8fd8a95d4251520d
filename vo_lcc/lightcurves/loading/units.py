"""Pieces in groups: what is loaded in one transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vo_lcc.lightcurves.loading.pieces import Cutting
from vo_lcc.lightcurves.readers.reader import Piece

UNIT_BYTES = 16 << 20
UNIT_PIECES = 1000
PART_BYTES = 16 << 20  # what a part of a file on disk counts
SMALL = 4096  # what a piece counts at least


@dataclass(frozen=True, slots=True)
class Unit:
    """Pieces that are loaded together; always the same for the same files.

    `part` is "objects" or "lightcurves", `bytes_read` what was read of the disk.
    """

    number: int
    part: str
    cuttings: tuple[Cutting, ...]
    bytes_read: int


def units_of(cuttings: Iterable[Cutting], part: str, first: int = 0) -> Iterator[Unit]:
    """Units of about `UNIT_BYTES`, numbered from `first`."""
    waiting: list[Cutting] = []
    size = 0
    for cutting in cuttings:
        waiting.append(cutting)
        size += _weight(cutting.piece)
        if size >= UNIT_BYTES or len(waiting) >= UNIT_PIECES:
            yield _unit(first, part, waiting)
            first, waiting, size = first + 1, [], 0
    if waiting:
        yield _unit(first, part, waiting)


def _unit(number: int, part: str, cuttings: list[Cutting]) -> Unit:
    return Unit(number, part, tuple(cuttings), sum(c.bytes_read for c in cuttings))


def _weight(piece: Piece) -> int:
    return PART_BYTES if piece.path is not None else max(len(piece.content), SMALL)
