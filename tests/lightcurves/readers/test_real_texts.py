"""The real text files of surveys against an independent reading by pandas."""

import csv
import io
import tarfile
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.lightcurves.readers.pieces import ANY, SHARED, look, read, unpacked
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.known import find_reader
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.lightcurves.readers.text import TEXT

pytestmark = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared data are not beside the checkout"
)
AT_MOST = 15  # files of a survey; the tests of collections read all
FORMATS = "asassn_wasp_neowise_formats"
BARE = Files(columns={}, header=False)
AS_IT_IS = {"keep_default_na": False, "na_values": [""], "dtype": str}
BLANKS = {"sep": r"\s+", **AS_IT_IS}
OGLE = ["LMC-CEP-0002", "LMC-CEP-0005", "LMC-CEP-0227", "LMC-CEP-0674", "SMC-CEP-0668"]
OGLE += ["BLG-RRLYR-02924"]

FILES = {
    f"{FORMATS}/asassn_skypatrol_v1_betelgeuse.csv": (ANY, {}),
    f"{FORMATS}/asassn_skypatrol_v1_kic8462852.csv": (ANY, {}),
    f"{FORMATS}/asassn_skypatrol_v2_vxmen.csv": (ANY, {"skiprows": 1}),
    f"{FORMATS}/lco_photometry_binned.csv": (ANY, {}),
    f"{FORMATS}/neowise_irsa_kic8462852.csv": (ANY, {"skiprows": 1}),
    f"{FORMATS}/superwasp_kic8462852.csv": (BARE, {"header": None}),
    f"{FORMATS}/ztf_dr19_irsa_with_index_and_hex.csv": (ANY, {}),
    "linear_catalogue/LINEAR_11375941.csv": (ANY, {}),
    "linear_catalogue/LINEAR_14752041.csv": (ANY, {}),
    "stripe82_rrlyrae/table2.dat.gz": (ANY, BLANKS),
    "stripe82_rrlyrae/table3.dat.gz": (ANY, BLANKS),
    "stripe82_rrlyrae/objects.csv": (ANY, {}),
    "multisurvey_variables/objects.csv": (ANY, {}),
    "asas3_acvs/objects.csv": (ANY, {}),
    "panoptes_lco/panoptes/observations_sample.csv": (ANY, {}),
    "ogle_macho_lightcurves/ogle3_dat/catalog_rows.tsv": (ANY, {"sep": "\t"}),
    **{
        f"ogle_macho_lightcurves/ogle3_dat/OGLE-{name}.dat": (
            BARE,
            {"header": None, **BLANKS},
        )
        for name in OGLE
    },
}


def assert_same(piece: Piece, files: Files, other: pd.DataFrame) -> None:
    """All columns as texts, and those of numbers as numbers, are those of pandas."""
    reader = find_reader(files, piece.content[:65536], piece.file)
    sources = [i + 1 for i in range(len(other.columns))]
    texts = read(reader, piece, dict.fromkeys(sources, "string"), files)
    numbers = read(reader, piece, dict.fromkeys(sources, "double"), files)

    assert texts.complaints == []
    assert len(texts.lines) == len(other)
    for i, name in zip(sources, other.columns, strict=True):
        expected = other[name].fillna("").str.strip().to_list()
        values = np.array([number(text) for text in expected])
        assert [text.strip() for text in texts.columns[i]] == expected
        if numbers.types[i] == {"double"}:
            seen = np.array(numbers.columns[i], float)
            assert np.array_equal(seen, values, equal_nan=True)
        else:
            assert any(np.isnan(v) and t for v, t in zip(values, expected, strict=True))


def number(text: str) -> float:
    """To the last bit, which pandas does not give; NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return np.nan


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_pandas_reads_it(name):
    files, options = FILES[name]
    piece = unpacked(SHARED / name)
    other = pd.read_csv(io.BytesIO(piece.content), **{**AS_IT_IS, **options})

    assert_same(piece, files, other)


@cache
def members() -> dict[str, bytes]:
    with tarfile.open(SHARED / "multisurvey_variables" / "lightcurves.tar.gz") as tar:
        return {
            member.name: tar.extractfile(member).read()
            for member in tar
            if member.isfile()
        }


@pytest.mark.parametrize(
    ("folder", "count", "options"),
    [
        ("ztf", 134, {}),
        ("asassn", 15, {}),
        ("gaia_dr3", 50, {"header": None, **BLANKS}),
        ("crts", 5, {}),
        ("atlas", 3, BLANKS),
    ],
)
def test_the_survey_files_of_the_archive_are_as_pandas_reads_them(
    folder, count, options
):
    found = {n: c for n, c in members().items() if f"{folder}/" in n}
    assert len(found) == count
    for name, content in sorted(found.items())[:AT_MOST]:
        files = BARE if folder == "gaia_dr3" else ANY
        other = pd.read_csv(io.BytesIO(content), **{**AS_IT_IS, **options})
        assert_same(Piece(name, content), files, other)


MACHO = sorted((SHARED / "ogle_macho_lightcurves" / "macho").glob("*.tar.bz2"))


@pytest.mark.parametrize("path", MACHO, ids=lambda path: path.name)
def test_macho_files_tell_position_and_columns_in_comments(path):
    with tarfile.open(path) as tar:
        found = [(m.name, tar.extractfile(m).read()) for m in tar if m.isfile()]

    for name, content in found:
        other = np.loadtxt(io.BytesIO(content), ndmin=2)
        values = content.decode().splitlines()[1].lstrip("#").split()
        piece = Piece(name, content)
        reader = find_reader(ANY, content, name)
        wanted = {"MJD": "double", "Mag": "double", "Err": "double"}
        rows = read(reader, piece, wanted)
        assert np.array_equal(np.array(list(rows.columns.values())).T, other)
        assert rows.lines == list(range(4, 4 + len(other)))
        assert rows.header["RA(hour)"] == values[3]
        assert rows.header["Dec(deg)"] == values[4]
        assert rows.header["Filter"] == name.split(".")[-2]


def test_atlas_names_stand_behind_three_hashes():
    name, content = next((n, c) for n, c in members().items() if "atlas" in n)
    (seen,) = look(find_reader(ANY, content, name), Piece(name, content))

    assert [c.name for c in seen.columns][:5] == ["MJD", "m", "dm", "uJy", "duJy"]
    assert {c.datatype for c in seen.columns[:5]} == {"double", "long"}
    assert seen.options == {"delimiter": "blank"}


def test_sky_patrol_tells_its_star_in_a_comment():
    piece = unpacked(SHARED / FORMATS / "asassn_skypatrol_v2_vxmen.csv")
    (seen,) = look(find_reader(ANY, piece.content, piece.file), piece)

    assert seen.header["gaia_id"] == 5211052415435948544
    assert seen.header["name"] == "VX Men"
    assert [c.name for c in seen.columns][:4] == ["jd", "flux", "flux_err", "mag"]


def test_an_upper_limit_of_sky_patrol_stays_as_it_is_written():
    content = next(c for c in members().values() if b">14.211" in c)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    reader = find_reader(ANY, content, "x.csv")

    found = read(reader, Piece("x.csv", content), {"mag": "float", "HJD": "double"})

    assert found.columns["mag"] == [row["mag"] for row in rows]
    assert ">14.211" in found.columns["mag"]
    assert found.columns["HJD"] == [float(row["HJD"]) for row in rows]


@pytest.mark.parametrize(
    ("name", "rows", "first"),
    [
        ("allLINEARfinal_targets.dat.gz", 7010, "objectID"),
        ("LINEARattributesFinalApr2013.dat.gz", 6146, "ra"),
    ],
)
def test_the_catalogues_of_linear_are_read_by_names_in_comments(name, rows, first):
    piece = unpacked(SHARED / "linear_catalogue" / name)
    lines = piece.content.decode().splitlines()
    kept = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    reader = find_reader(ANY, piece.content[:65536], name)
    width = len(kept[0])

    found = read(reader, piece, {i + 1: "double" for i in range(width)})
    (seen,) = look(reader, piece)

    assert len(found.lines) == len(kept) == rows
    assert np.array_equal(
        np.array(list(found.columns.values())).T, np.array(kept, float)
    )
    assert seen.columns[0].name == first


def test_the_long_file_of_asas_is_as_pandas_reads_it():
    piece = unpacked(SHARED / "asas3_acvs" / "lightcurves.csv.gz")
    exact = {"float_precision": "round_trip", "dtype": {"source_id": str}}
    other = pd.read_csv(io.BytesIO(piece.content), **exact)
    wanted = {"source_id": pa.string(), "hjd": pa.float64(), "mag": pa.float64()}

    rows = list(TEXT.read(piece, wanted, ANY, lambda *told: pytest.fail(str(told))))

    lines = np.concatenate([part.lines for part in rows])
    assert np.array_equal(lines, np.arange(2, 898_213))
    for name in wanted:
        seen = pa.concat_arrays([part.columns[name] for part in rows])
        assert seen.equals(pa.array(other[name], wanted[name]))
