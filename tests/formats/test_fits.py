"""FITS documents: headers, heaps, several tables, bounded memory."""

import io

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from tests.formats.documents import (
    FRAME,
    LIGHT_CURVE,
    POINTS,
    ROWS,
    batch_of,
    light_curve,
    spooled,
)
from vo_lcc.formats import find_format
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Column, TimeFrame


def headers(written: bytes) -> list[fits.Header]:
    with fits.open(io.BytesIO(written)) as hdus:
        hdus.verify("exception")
        return [hdu.header for hdu in hdus]


def header_of(head: TableHead) -> fits.Header:
    return headers(spooled([(head, [])]))[1]


def test_the_golden_document(golden):
    golden("formats/light_curve.fits", light_curve("fits"))


def test_one_hdu_for_each_table():
    points = batch_of(POINTS, ROWS)

    written = spooled(
        [(LIGHT_CURVE, [points]), (LIGHT_CURVE, []), (LIGHT_CURVE, [points] * 2)]
    )

    assert [h.get("NAXIS2") for h in headers(written)] == [None, 3, 0, 6]
    assert len(written) % 2880 == 0
    assert len(Table.read(io.BytesIO(written), hdu=3)) == 6


def test_columns_have_their_words():
    header = header_of(LIGHT_CURVE)

    assert header["EXTNAME"] == "demo-1 g"
    assert (header["TTYPE1"], header["TUNIT1"], header["TUCD1"]) == (
        "obs_time",
        "d",
        "time.epoch",
    )
    assert header["TCOMM3"] == "0 where a < b"


def test_times_have_their_frame():
    header = header_of(LIGHT_CURVE)

    assert header["MJDREF"] == FRAME.time_origin - 2400000.5
    assert (header["TIMESYS"], header["TREFPOS"]) == ("TDB", "BARYCENTER")
    assert (header["TCTYP1"], header["TRPOS1"]) == ("TDB", "BARYCENTER")
    assert header["TIMEUNIT"] == "d"


def test_an_unknown_time_scale_is_local_with_a_comment():
    column = Column("t", "double", annotation=TimeFrame(time_origin=0.0))

    header = header_of(TableHead((column,)))

    assert header["TIMESYS"] == "LOCAL"
    assert header["MJDREF"] == -2400000.5
    assert "TREFPOS" not in header
    assert "UNKNOWN" in str(header["COMMENT"])


def test_a_second_time_frame_is_told_in_a_comment():
    other = Column("t2", "double", annotation=TimeFrame("UTC", "TOPOCENTER", 0.0))

    header = header_of(TableHead((POINTS[0], other)))

    assert header["MJDREF"] == 49999.5
    assert "JD 0.0" in str(header["COMMENT"])
    assert header["TCTYP2"] == "UTC"


def test_parameters_are_keywords_where_they_can_be():
    names = ("ra", "epoch", "dataproduct_type", "ttype1", "big")
    values = (0.0, 5.5, "timeseries", "x", float("inf"))
    params = tuple(
        Param(Column(name, "char", "*"), value)
        for name, value in zip(names, values, strict=True)
    )

    header = header_of(TableHead(POINTS, params=params))

    assert header["RA"] == 0.0
    assert "EPOCH" not in header
    assert header["TTYPE1"] == "obs_time"
    assert str(header["COMMENT"]).splitlines()[-4:] == [
        "epoch = 5.5",
        "dataproduct_type = timeseries",
        "ttype1 = x",
        "big = inf",
    ]


def test_well_known_parameters_have_the_keywords_of_fits():
    words = {"object_id": "demo-1", "passband": "g", "bibcode": "2010ApJ...708..717S"}
    params = tuple(Param(Column(k, "char", "*"), v) for k, v in words.items())

    header = header_of(TableHead(POINTS, params=params))

    assert (header["OBJECT"], header["FILTER"]) == ("demo-1", "g")
    assert header["REFERENC"] == "2010ApJ...708..717S"


@pytest.mark.parametrize(
    "words", ["a word " * 30 + "end", "x" * 200, "", "y" * 72 + " z", "b " + "c" * 150]
)
def test_a_long_line_is_broken_between_words_and_is_whole(words):
    header = header_of(TableHead(POINTS, description=words))

    lines = str(header.get("COMMENT", "")).splitlines()
    assert "".join(lines).endswith(words)
    assert all(len(line) <= 72 for line in lines)
    assert "wo\nrd" not in "\n".join(lines)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", ["RRC", "x" * 30, "x" * 66, "it's", 0.25, 7])
def test_a_comment_too_long_is_cut_in_silence(value):
    param = Param(Column("class", "char", "*", description="many words " * 9), value)

    header = header_of(TableHead(POINTS, params=(param,)))

    assert header["CLASS"] == value
    assert "many words".startswith(header.comments["CLASS"][:10])


@pytest.mark.parametrize(
    "frame", [("UTC", 0.0), ("UTC", 2400000.5), ("TDB", 2450000.0)]
)
def test_astropy_reads_times_as_the_dates_they_are(frame):
    scale, origin = frame
    column = Column(
        "t", "double", unit="d", annotation=TimeFrame(scale, "HELIOCENTER", origin)
    )
    jd = 2451869.53043
    written = spooled([(TableHead((column,)), [batch_of([column], [(jd - origin,)])])])

    times = Table.read(io.BytesIO(written), hdu=1, astropy_native=True)["t"]

    assert times.scale == scale.lower()
    assert abs(times[0].jd - jd) < 1e-9


def test_provenance_and_status_stand_in_the_first_header():
    first = headers(light_curve("fits", "OVERFLOW"))[0]

    assert first["QSTATUS"] == "OVERFLOW"
    assert str(first["HISTORY"]).splitlines()[:2] == [
        "server_software: vo_lcc",
        "query: SELECT *",
    ]
    assert str(first["COMMENT"]) == "Light curves & more"


@pytest.mark.parametrize(
    "words", ["x" * 500, "it's 'quoted' " * 20, "é\n☉\x00", "a&b" * 90]
)
def test_any_words_make_a_valid_header(words):
    column = Column("c" * 80, "int", unit=words, ucd=words, description=words)
    params = (Param(Column("note", "char", "*", description=words), words),)
    head = TableHead((column,), words, words, params)
    with find_format("fits").open() as spooler:
        spooler.head(DocumentHead((Info("query", words),), words))
        spooler.table(head)
        spooler.finish()
        written = b"".join(spooler.chunks())

    header = headers(written)[1]

    plain = "".join(c if " " <= c <= "~" else "?" for c in words)
    assert header["NOTE"].rstrip() == plain.rstrip()


def test_a_heap_of_many_batches_is_in_order():
    column = Column("mags", "float", "*")
    rows = [([float(i)] * (i % 5),) for i in range(100)]
    whole = batch_of([column], rows)

    written = spooled(
        [(TableHead((column,)), [whole.slice(i, 7) for i in range(0, 100, 7)])]
    )

    with fits.open(io.BytesIO(written)) as hdus:
        assert [list(v) for v in hdus[1].data["mags"]] == [row[0] for row in rows]


def test_a_fixed_array_has_its_dimensions():
    column = Column("m", "int", "2x3")

    written = spooled(
        [(TableHead((column,)), [batch_of([column], [(list(range(6)),)])])]
    )

    assert headers(written)[1]["TDIM1"] == "(2,3)"
    assert Table.read(io.BytesIO(written), hdu=1)["m"][0].shape == (3, 2)


def test_a_table_without_columns_and_a_document_without_tables_are_valid():
    nothing = batch_of(POINTS, ROWS).select([])

    assert headers(spooled([(TableHead(()), [nothing])]))[1]["TFIELDS"] == 0
    assert len(headers(spooled([]))) == 1


def test_no_piece_is_much_larger_than_a_mebibyte():
    column = Column("x", "double")
    batch = batch_of([column], [(0.5,)] * 400_000)
    with find_format("fits").open() as spooler:
        spooler.table(TableHead((column,)))
        spooler.rows(batch)
        size = spooler.finish()
        lengths = [len(piece) for piece in spooler.chunks()]

    assert sum(lengths) == size
    assert max(lengths) <= 2**20


def test_a_column_of_bytes_with_nulls_keeps_every_byte():
    column = Column("u", "unsignedByte")
    rows = [(value,) for value in (*range(256), None)]

    table = Table.read(
        io.BytesIO(spooled([(TableHead((column,)), [batch_of([column], rows)])])), hdu=1
    )

    assert table["u"].tolist() == [row[0] for row in rows]
    assert np.issubdtype(table["u"].dtype, np.int16)


@pytest.mark.validator
def test_stilts_reads_the_same_rows(stilts, tmp_path):
    path = tmp_path / "light_curve.fits"
    path.write_bytes(light_curve("fits"))

    seen = stilts("tpipe", f"in={path}", "ifmt=fits", "ofmt=csv")

    assert seen.stdout.splitlines() == [
        "obs_time,mag,flags,note",
        "1.5,12.25,0,ok",
        "2.5,,,",
        "3.5,-1.0,7,a<b & ?",
    ]
