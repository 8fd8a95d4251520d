"""FITS as a reader gives it, and as astropy reads it."""

import gzip
import io
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lightcurves.readers.binary import (
    ANY,
    CHANGES,
    DATA,
    DOUBLE,
    FLOAT,
    INT,
    TEXT,
    column,
    damaged,
    needs_samples,
    piece_of,
    read,
    same,
    samples,
    survives,
)
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.fits import FITS
from vo_lcc.lightcurves.readers.reader import Piece

MISSIONS = DATA / "mission_fits"
FLOAT32 = DATA / "ogle_macho_lightcurves" / "float32_time_fits"
WHOLE = samples(
    "mission_fits/*.fits",
    "mission_fits/lightkurve_tests/*.fits",
    "ogle_macho_lightcurves/float32_time_fits/*.fits",
)
DAMAGED = samples("mission_fits/corrupted/*.fits")


def by_astropy(path: Path) -> list[fits.BinTableHDU]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdus = fits.open(path, memmap=False)
        tables = [hdu for hdu in hdus if isinstance(hdu, fits.BinTableHDU)]
        for table in tables:
            assert table.data is not None
    return tables


def file_of(*hdus: fits.BinTableHDU | fits.ImageHDU, primary=None) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.HDUList([fits.PrimaryHDU(header=primary), *hdus]).writeto(out)
    return out.getvalue()


def table_of(**columns: fits.Column) -> fits.BinTableHDU:
    return fits.BinTableHDU.from_columns(list(columns.values()))


@needs_samples
@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_every_number_of_the_samples_is_that_of_astropy(path):
    tables = by_astropy(path)
    for number, table in enumerate(tables, 1):
        numbers = [c for c in table.columns if c.format in "DEIJK"]
        wanted = {c.name: DOUBLE for c in numbers}
        files = Files(columns={}, table=number)
        rows = read(FITS, piece_of(path), wanted, files)
        assert sum(len(part.lines) for part in rows) == len(table.data)
        for one in numbers:
            expected = table.data[one.name].astype(float)
            if one.null is not None:
                expected[table.data[one.name] == one.null] = np.nan
            assert same(column(rows, one.name), expected)
    assert {part.table for part in read(FITS, piece_of(path), {}, ANY)} == {
        table.name for table in tables
    }


@needs_samples
@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_every_keyword_of_the_samples_is_that_of_astropy(path):
    with fits.open(path, memmap=False) as hdus:
        first = next(h for h in hdus if isinstance(h, fits.BinTableHDU))
        found = read(FITS, piece_of(path), {}, ANY)[0].header
        for keyword, value in {**hdus[0].header, **first.header}.items():
            if keyword in ("COMMENT", "HISTORY", ""):
                continue
            expected = None if isinstance(value, fits.card.Undefined) else value
            assert found.get(keyword) == expected, keyword
        for keyword in ("RA_OBJ", "NAXIS"):
            assert found.get(f"PRIMARY.{keyword}") == hdus[0].header.get(keyword)


@needs_samples
@pytest.mark.parametrize("path", DAMAGED, ids=lambda path: path.name)
def test_a_damaged_file_is_refused_by_name_before_any_row(path):
    with pytest.raises(UsageError, match=f"^{path.name}: .* cut short"):
        next(FITS.read(piece_of(path), {"TIME": DOUBLE}, ANY, lambda *_: None))


@needs_samples
def test_a_file_cut_anywhere_is_refused_or_told_of():
    path = MISSIONS / "lightkurve_tests" / "test-lc-tess-pimen-100-cadences.fits"
    content = path.read_bytes()
    last = content.rstrip(b"\0")
    for end in range(1, len(last), 997):
        try:
            rows = read(FITS, Piece(path.name, content[:end]), {"TIME": DOUBLE})
        except UsageError as error:
            assert "cut short" in str(error)  # noqa: PT017 (or is told of below)
        else:  # it ends behind the table
            assert len(column(rows, "TIME")) == 100
            assert any("cut short" in note for note in rows[0].notes)


@needs_samples
def test_times_of_32_bits_are_told_of():
    told = {
        path.name: {
            note
            for part in read(FITS, piece_of(path), {1: DOUBLE}, ANY)
            for note in part.notes
        }
        for path in samples("ogle_macho_lightcurves/float32_time_fits/*.fits")
    }
    coarse = {name for name, notes in told.items() if notes}
    assert coarse == {"LMC_SC1_1.fits", "LMC_SC1_124845.fits", "LMC_SC2_158712.fits"}
    (note,) = told["LMC_SC1_1.fits"]
    assert "32-bit" in note
    assert "0.25 days" in note


def test_times_that_were_once_of_32_bits_are_told_of():
    short = np.array([2450455.8, 2450456.3, 2450457.4], "f4")
    late = fits.Column("hjd", "D", array=short.astype("f8"))
    good = fits.Column("t", "D", array=np.array([2450455.8, 2450456.3, 2450457.4]))
    whole = fits.Column("n", "D", array=np.array([2450455.0, 2450456, 2450457]))
    content = file_of(table_of(late=late, good=good, whole=whole))
    (rows,) = read(FITS, Piece("x", content), {"hjd": DOUBLE, "t": DOUBLE, "n": DOUBLE})
    assert [("hjd" in note) for note in rows.notes] == [True]


@needs_samples
def test_the_two_parts_of_a_time_are_added():
    path = MISSIONS / "lightkurve_tests" / "HAT-P-11_Kepler_Q0_snippet.fits"
    rows = read(FITS, piece_of(path), {"time": DOUBLE, "TIME": DOUBLE})
    assert same(column(rows, "time"), fits.getdata(path, 1)["time"].sum(axis=1))
    assert column(rows, "TIME") == column(rows, "time")


def test_a_pair_of_numbers_that_is_no_time_stays_a_list():
    table = Table(
        {"xy": np.array([[1.0, 2.0], [3.0, 4.0]]), "t": Time([1.0, 2.0], format="jd")}
    )
    out = io.BytesIO()
    table.write(out, format="fits")
    rows = read(FITS, Piece("x", out.getvalue()), {"xy": DOUBLE, "t": DOUBLE})
    assert column(rows, "xy") == [[1.0, 2.0], [3.0, 4.0]]
    assert column(rows, "t") == [1.0, 2.0]


def test_names_are_found_in_any_case_the_exact_one_first():
    columns = {
        name: fits.Column(name, "J", array=np.array([value]))
        for name, value in (("FLUX", 1), ("flux", 2), ("Time", 3))
    }
    content = file_of(table_of(**columns))
    wanted = {"flux": INT, "FLUX": INT, "Flux": INT, "TIME": INT, 3: INT, 9: INT}
    (rows,) = read(FITS, Piece("x", content), wanted)
    assert {k: v.to_pylist() for k, v in rows.columns.items()} == {
        "flux": [2],
        "FLUX": [1],
        "TIME": [3],
        3: [3],
    }


def test_scaled_unsigned_and_missing_numbers_are_what_they_stand_for():
    columns = [
        fits.Column("scaled", "I", array=np.array([2, 5], "i2")),
        fits.Column("unsigned", "J", bzero=2**31, array=np.array([1, 2**32 - 1], "u4")),
        fits.Column("missing", "J", null=-9, array=np.array([-9, 5], "i4")),
        fits.Column("nan", "E", array=np.array([np.nan, 1.5], "f4")),
        fits.Column("word", "4A", array=np.array(["G", "X "])),
        fits.Column("bad", "L", array=np.array([True, False])),
    ]
    table = fits.BinTableHDU.from_columns(columns)
    table.header["TSCAL1"], table.header["TZERO1"] = 0.5, 10
    content = file_of(table)
    wanted = {c.name: DOUBLE for c in columns[:4]} | {"word": TEXT, "bad": INT}
    (rows,) = read(FITS, Piece("x", content), wanted)
    assert {name: values.to_pylist() for name, values in rows.columns.items()} == {
        "scaled": [11.0, 12.5],
        "unsigned": [1.0, 2.0**32 - 1],
        "missing": [None, 5.0],
        "nan": [None, 1.5],
        "word": ["G", "X"],
        "bad": [1, 0],
    }


def test_numbers_that_do_not_fit_stay_what_they_are():
    columns = [
        fits.Column("flags", "K", array=np.array([1, 2**40])),
        fits.Column("half", "D", array=np.array([1.0, 1.5])),
        fits.Column("mixed", "8A", array=np.array([">14.2", "15"])),
        fits.Column("id", "K", array=np.array([4827527233363019776, 7])),
    ]
    content = file_of(fits.BinTableHDU.from_columns(columns))
    wanted = {"flags": INT, "half": INT, "mixed": FLOAT, "id": TEXT}
    (rows,) = read(FITS, Piece("x", content), wanted)
    assert {k: v.to_pylist() for k, v in rows.columns.items()} == {
        "flags": [1, 2**40],
        "half": [1.0, 1.5],
        "mixed": [">14.2", "15"],
        "id": ["4827527233363019776", "7"],
    }
    assert pa.types.is_dictionary(rows.columns["id"].type)
    assert rows.texts().to_pylist()[1] == (
        b"flags=1099511627776, half=1.5, mixed=15, id=7"
    )


def test_arrays_of_any_length_are_lists():
    ragged = np.empty(2, object)
    ragged[:] = [np.array([1.0, 2.0, 3.0]), np.array([])]
    columns = [
        fits.Column("t", "PD()", array=ragged),
        fits.Column("m", "3E", array=np.array([[1, 2, 3], [4, 5, 6]], "f4")),
    ]
    content = file_of(fits.BinTableHDU.from_columns(columns))
    (rows,) = read(FITS, Piece("x", content), {"t": DOUBLE, "m": FLOAT})
    assert rows.columns["t"].to_pylist() == [[1.0, 2.0, 3.0], []]
    assert rows.columns["m"].to_pylist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def two_tables() -> bytes:
    tables = [
        table_of(t=fits.Column("t", "D", array=np.array([x]))) for x in (1.0, 2.0)
    ]
    for table, name, band in zip(tables, ("BEST", "OTHER"), "VR", strict=True):
        table.name, table.header["FILTER"] = name, band
    image = fits.CompImageHDU(np.zeros((8, 8), "i2"))
    return file_of(image, *tables, primary=fits.Header({"RA": 10.5, "FILTER": "none"}))


def test_all_tables_are_read_each_with_its_keywords():
    rows = read(FITS, Piece("x", two_tables()), {"t": DOUBLE})
    told = [(part.table, part.header["FILTER"], part.header["RA"]) for part in rows]
    assert told == [("BEST", "V", 10.5), ("OTHER", "R", 10.5)]
    assert rows[0].header["PRIMARY.FILTER"] == "none"
    assert column(rows, "t") == [1.0, 2.0]


@pytest.mark.parametrize("table", ["other", "OTHER", 2])
def test_one_table_is_chosen_by_name_or_number(table):
    files = Files(columns={}, table=table)
    rows = read(FITS, Piece("x", two_tables()), {"t": DOUBLE}, files)
    assert column(rows, "t") == [2.0]


def test_a_table_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(UsageError, match="no table 'WORST'; the file has BEST, OTHER"):
        read(FITS, Piece("x", two_tables()), {}, Files(columns={}, table="WORST"))


def test_a_file_without_tables_says_what_it_holds():
    image = fits.ImageHDU(np.zeros((4, 4)))
    with pytest.raises(UsageError, match=r"no binary table .* PRIMARY, IMAGE"):
        read(FITS, Piece("x", file_of(image)), {})


def test_long_keywords_and_long_texts_are_read_whole():
    header = fits.Header()
    header["OBJECT"] = "x" * 150 + "'s"
    header["HIERARCH Gaia-ID"] = 4827527233363019776
    header["HIERARCH PM_RA[mas/yr]"] = 34.25
    header["EMPTY"] = None
    content = file_of(table_of(t=fits.Column("t", "D", array=[1.0])), primary=header)
    (rows,) = read(FITS, Piece("x", content), {"t": DOUBLE})
    assert rows.header["OBJECT"] == "x" * 150 + "'s"
    assert rows.header["Gaia-ID"] == 4827527233363019776
    assert rows.header["PM_RA[mas/yr]"] == 34.25
    assert "EMPTY" not in rows.header
    assert len(list(rows.header)) == len(rows.header)


def test_a_packed_file_is_read_from_disk(tmp_path):
    path = tmp_path / "x.fits.gz"
    path.write_bytes(gzip.compress(two_tables()))
    rows = read(FITS, Piece("x.fits.gz", path=path), {"t": DOUBLE})
    assert column(rows, "t") == [1.0, 2.0]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"^x\.fits: cannot be read: No such file"):
        read(FITS, Piece("x.fits", path=tmp_path / "x.fits"), {})


@needs_samples
def test_a_look_tells_of_columns_rows_and_frames():
    path = MISSIONS / "lightkurve_tests" / "test-sparcs-jdref.fits"
    (look,) = FITS.look(piece_of(path), ANY)
    assert look.table == "LIGHT CURVES"
    assert look.columns[2].unit == "electron/s"
    assert look.rows.num_rows == 100
    assert look.rows.schema.names == [c.name for c in look.columns]
    assert look.header["RA_TARG"] == 154.9011700755108
    assert look.frames == {
        "timescale": "TDB",
        "refposition": "BARYCENTER",
        "time_origin": 2400000.5,
        "system": "ICRS",
        "notes": (),
    }


def test_a_long_file_is_read_in_parts_each_row_once(tmp_path, monkeypatch):
    monkeypatch.setattr("vo_lcc.lightcurves.readers.fits.PART", 2400)
    tables = [
        table_of(t=fits.Column("t", "D", array=np.arange(n) + 0.5)) for n in (1000, 7)
    ]
    path = tmp_path / "long.fits"
    path.write_bytes(file_of(*tables))
    count = FITS.parts(path, ANY)
    parts = [
        read(FITS, Piece("x", path=path, part=part), {"t": DOUBLE})
        for part in range(count)
    ]
    assert [sum(len(r.lines) for r in p) for p in parts] == [300, 300, 300, 100, 7]
    assert [p[0].lines[0] for p in parts] == [1, 301, 601, 901, 1]
    found = [t for part in parts for t in column(part, "t")]
    assert found == [*(np.arange(1000) + 0.5), *(np.arange(7) + 0.5)]
    assert (
        column(read(FITS, Piece("x", path.read_bytes()), {"t": DOUBLE}), "t") == found
    )


NUMBERS = {
    "f8": st.floats(allow_nan=True, allow_infinity=True),
    "f4": st.floats(width=32, allow_nan=True),
    "i2": st.integers(-(2**15), 2**15 - 1),
    "i4": st.integers(-(2**31), 2**31 - 1),
    "i8": st.integers(-(2**53), 2**53),
    "u2": st.integers(0, 2**16 - 1),
    "u4": st.integers(0, 2**32 - 1),
}


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 8))
    kinds = draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=1, max_size=6))
    return {
        f"c{i}": np.array(draw(st.lists(NUMBERS[k], min_size=rows, max_size=rows)), k)
        for i, k in enumerate(kinds)
    }


@settings(max_examples=60, deadline=None)
@given(tables(), st.data())
def test_any_table_that_astropy_writes_comes_back(columns, data):
    out = io.BytesIO()
    Table(columns).write(out, format="fits")
    names = data.draw(
        st.lists(st.sampled_from(sorted(columns)), min_size=1, unique=True)
    )
    rows = read(FITS, Piece("x", out.getvalue()), dict.fromkeys(names, DOUBLE))
    for name in names:
        assert same(column(rows, name), columns[name])


TWO_TABLES = two_tables()


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_damage_is_told_of_and_never_crashes(changes):
    assert survives(FITS, damaged(TWO_TABLES, changes), {"t": DOUBLE})
