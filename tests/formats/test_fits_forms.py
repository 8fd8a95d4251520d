"""Rows of a FITS file are the same however their form grows while they come."""

import io
from itertools import pairwise

import numpy as np
import psutil
import pytest
from astropy.io import fits

from tests.formats.documents import batch_of, spooled
from vo_lcc.formats import fits as spooling
from vo_lcc.formats import fits_columns
from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Column

COLUMNS = (
    Column("id", "char", "*"),
    Column("byte", "unsignedByte"),
    Column("n", "int"),
    Column("mags", "float", "*"),
    Column("bytes", "unsignedByte", "*"),
    Column("fixed", "int", "2"),
    Column("flag", "boolean"),
)

NARROW = ("b1", 7, 1, [1.0, 2.0], [255], [1, 2], True)
NULL = (None,) * 7
EMPTY = ("", 0, 0, [], [], [0, 0], False)
WIDE = ("a longer name", 255, 2, [0.5] * 5, [1, None], [3, None], None)
ROWS = [NARROW, NARROW, EMPTY, NARROW, NULL, NARROW, WIDE, EMPTY, NULL, NARROW]

CUTS = ([10], [2, 10], [0, 1, 4, 4, 7, 10], list(range(1, 11)))


def written(cuts: list[int], heads: int = 1) -> bytes:
    whole = batch_of(COLUMNS, ROWS)
    batches = [whole[a:b] for a, b in pairwise([0, *cuts])]
    return spooled([(TableHead(COLUMNS), batches)] * heads)


@pytest.mark.filterwarnings("ignore:Column .flag. contains NULL")
@pytest.mark.parametrize("cuts", CUTS)
def test_any_cut_makes_the_same_rows(cuts):
    seen, whole = written(cuts), written([10])

    with fits.open(io.BytesIO(seen)) as a, fits.open(io.BytesIO(whole)) as b:
        assert str(a[1].header) == str(b[1].header)
        for name in a[1].columns.names:
            for one, other in zip(a[1].data[name], b[1].data[name], strict=True):
                assert np.array_equal(one, other, equal_nan=name == "mags")


def test_text_that_was_stored_narrow_is_padded_and_null_text_all_nul():
    with fits.open(io.BytesIO(written([1, 5, 10]))) as hdus:
        width, start = hdus[1].header["NAXIS1"], hdus[1].fileinfo()["datLoc"]

    data = written([1, 5, 10])[start : start + 10 * width]
    cells = [data[i : i + len(WIDE[0])] for i in range(0, len(data), width)]

    expected = [(row[0] or "").ljust(len(WIDE[0])).encode() for row in ROWS]
    nul = bytes(len(WIDE[0]))
    assert cells == [
        nul if row[0] is None else cell
        for row, cell in zip(ROWS, expected, strict=True)
    ]


def test_bytes_take_two_only_where_some_are_null():
    with fits.open(io.BytesIO(written([1, 10]))) as hdus:
        assert (hdus[1].header["TFORM2"], hdus[1].header["TNULL2"]) == ("I", -(2**15))
    head = TableHead(COLUMNS)
    with fits.open(
        io.BytesIO(spooled([(head, [batch_of(COLUMNS, [NARROW, EMPTY])])]))
    ) as hdus:
        assert hdus[1].header["TFORM2"] == "B"
        assert hdus[1].data["byte"].tolist() == [7, 0]


def test_a_heap_that_grows_large_has_wide_places_for_all_rows(monkeypatch):
    monkeypatch.setattr(fits_columns, "MOST_32_BIT", 20)

    with fits.open(io.BytesIO(written(list(range(1, 11))))) as hdus:
        assert hdus[1].header["TFORM4"] == "1QE(5)"
        seen = [cell.tolist() for cell in hdus[1].data["mags"]]

    assert seen == [row[3] or [] for row in ROWS]


def test_several_tables_keep_their_own_rows_and_heaps():
    with fits.open(io.BytesIO(written([1, 4, 10], heads=3))) as hdus:
        tables = [[cell.tolist() for cell in hdu.data["mags"]] for hdu in hdus[1:]]

    assert tables == [[row[3] or [] for row in ROWS]] * 3


def test_few_rows_stay_in_memory_and_many_go_to_disk():
    column = Column("x", "double")
    few, many = (batch_of([column], [(0.5,)] * n) for n in (5_000, 600_000))

    for batch, on_disk in ((few, False), (many, True)):
        with FitsSpooler() as spooler:
            spooler.head(DocumentHead())
            spooler.table(TableHead((column,)))
            before = open_files()
            spooler.rows(batch)
            assert (open_files() > before) is on_disk
            size = spooler.finish()
            assert sum(map(len, spooler.chunks())) == size
    assert spooling.MEMORY < 600_000 * 8


def open_files() -> int:
    return psutil.Process().num_fds()
