"""What comes out of a search, in any of its forms."""

from vo_lcc.dali.run import ResultTable, batches_of
from vo_lcc.periodograms.params import SPECTRUM
from vo_lcc.periodograms.search import Periodogram
from vo_lcc.periodograms.sources import Source
from vo_lcc.periodograms.tables import (
    peaks_batch,
    peaks_head,
    spectrum_batches,
    spectrum_head,
)


def table_of(
    output: str, source: Source, found: Periodogram, maxrec: int | None = None
) -> ResultTable:
    """The table of this name: "peaks" or "spectrum"."""
    if output == SPECTRUM:
        rows = batches_of(spectrum_batches(found))
        return ResultTable(spectrum_head(source, found), rows, maxrec)
    rows = batches_of([peaks_batch(source, found)])
    return ResultTable(peaks_head(source, found), rows, maxrec)


def extension_of(media_type: str) -> str:
    """How the name of a picture's file ends.

    >>> extension_of("image/svg+xml")
    'svg'
    """
    return {"image/png": "png", "image/svg+xml": "svg"}[media_type]
