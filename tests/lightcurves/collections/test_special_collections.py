"""Collections of HAT, LCC-Server, SKVO, PANOPTES and LCO, as their files have them."""

import csv
import gzip
import shutil
import sqlite3
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.time import Time

from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.ingest import LoadReport, ingest

CONFIGS = Path(__file__).parents[3] / "configs" / "collections"
HAT = "HAT-772-0554686"


def load(db: Database, name: str, *paths: Path) -> LoadReport:
    return ingest(db, CONFIGS / f"{name}.toml", list(paths))


def points(db: Database, name: str, *columns: str) -> dict[str, list]:
    """Columns of all points, by time."""
    listed = ", ".join(columns)
    rows = db.fetch(f"SELECT {listed} FROM {name}.photometry ORDER BY obs_time, 2")
    return dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))


def expect(found: dict[str, list], expected: pd.DataFrame) -> None:
    """The same values, in the order of time."""
    ordered = expected.sort_values([expected.columns[0], expected.columns[1]])
    for name, values in found.items():
        seen = np.array(values, float)
        np.testing.assert_array_equal(seen, ordered[name].to_numpy(float), name)


def assert_whole(report: LoadReport, objects: int, curves: int, count: int) -> None:
    counts = (report.n_objects, report.n_lightcurves, report.n_points)
    assert counts == (objects, curves, count)
    assert report.losses.rejected == {}
    assert report.losses.unread == ()


# --- HAT ---------------------------------------------------------------------------


def test_hatlc_has_the_points_that_pandas_reads(session_db, shared):
    (path,) = (shared / "data" / "hat_lcc").glob("HAT-579-*-hatlc.csv.gz")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    start = lines.index("# LIGHTCURVE") + 1
    heads = lines[lines.index("# COLUMNS") + 1 : start - 2]
    names = [line.split(" - ")[1] for line in heads]
    read = pd.read_csv(StringIO("\n".join(lines[start:])), names=names)
    expected = pd.DataFrame(
        {
            "obs_time": read["bjd"],
            "mag": read["atf_002"],
            "mag_err": read["aie_002"],
            "mag_raw": read["aim_002"],
            "station": read["stf"],
            "flags": (read["aiq_002"] == "X").astype(int),
        }
    )

    report = load(session_db, "hatlc", path)

    assert_whole(report, 1, 1, 10_564)
    expect(points(session_db, "hatlc", *expected.columns), expected)
    assert session_db.fetch(
        "SELECT object_id, ra, dec, twomass, jmag, r_n_points FROM hatlc.objects"
    ) == [
        (
            *("HAT-579-0051858", 294.941746, -25.748318, "19394601-2544539"),
            *(pytest.approx(13.098), 10_564),
        )
    ]


@pytest.fixture(scope="module")
def hat_sqlite(shared, tmp_path_factory) -> Path:
    packed = shared / "data" / "hat_lcc" / f"{HAT}-V0-DR0-hatlc.sqlite.gz"
    path = tmp_path_factory.mktemp("hat") / "plain.sqlite"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def hat_points(path: Path) -> pd.DataFrame:
    query = (
        "SELECT bjd AS obs_time, atf_002 AS mag, aie_002 AS mag_err,"
        " aim_002 AS mag_raw, stf AS station, CAST(aiq_002 AS int) AS flags"
        " FROM lightcurve"
    )
    return pd.read_sql_query(query, sqlite3.connect(path))


def test_the_database_of_hat_has_the_points_that_sqlite_finds(
    session_db, shared, hat_sqlite
):
    packed = shared / "data" / "hat_lcc" / f"{HAT}-V0-DR0-hatlc.sqlite.gz"
    expected = hat_points(hat_sqlite)

    report = load(session_db, "hat_sqlite", packed)

    assert_whole(report, 1, 1, 11_261)
    expect(points(session_db, "hat_sqlite", *expected.columns), expected)
    assert session_db.fetch("SELECT object_id, ra, dec FROM hat_sqlite.objects") == [
        (HAT, 219.450491, -56.816551)
    ]


def test_a_damaged_packed_database_is_told_of_with_its_name(db, shared, tmp_path):
    packed = shared / "data" / "hat_lcc" / f"{HAT}-V0-DR0-hatlc.sqlite.gz"
    content = packed.read_bytes()
    (tmp_path / "cut-hatlc.sqlite.gz").write_bytes(content[: len(content) // 2])
    (tmp_path / "other-hatlc.sqlite.gz").write_bytes(content[:5000] + content[7000:])

    with pytest.raises(UsageError, match="2 of 2 files could not be taken") as told:
        load(db, "hat_sqlite", tmp_path)

    assert "cut-hatlc.sqlite.gz" in str(told.value)
    assert db.fetch("SELECT count(*) FROM vo_lcc.collections") == [(0,)]


def test_the_file_of_lcc_server_has_the_same_points(session_db, shared, hat_sqlite):
    path = shared / "data" / "hat_lcc" / "constructed" / f"{HAT}-csvlc.gz"
    columns = ["obs_time", "mag", "mag_err", "mag_raw", "station", "flags"]

    report = load(session_db, "lcc_csvlc", path)

    assert_whole(report, 1, 1, 11_261)
    found = points(session_db, "lcc_csvlc", *columns)
    asked = hat_points(hat_sqlite).sort_values(["obs_time", "mag"])
    for name, tolerance in dict.fromkeys(columns, 5.1e-6).items():  # as it was printed
        seen = np.array(found[name], float)
        close = np.isclose(seen, asked[name].to_numpy(float), 0, tolerance, True)
        assert close.all(), name


# --- SKVO --------------------------------------------------------------------------


def skvo_points(tree: Path) -> list[tuple[float, float, str]]:
    found = []
    for path in sorted(tree.rglob("*_data.csv")):
        beside = path.with_name(path.name.replace("_data.", "_meta."))
        with path.open(newline="") as data, beside.open(newline="") as meta:
            (told,) = csv.DictReader(meta)
            for row in csv.DictReader(data):
                time = Time(row["ts.timestamp"], scale="utc").mjd
                magnitude = float(row["ts.magnitude"])
                found.append((time, magnitude, told["facility.facility_uid"]))
    return sorted(found)


def test_the_upload_tree_has_the_points_of_its_tables(session_db, shared):
    tree = shared / "data" / "skvo_upload" / "data"
    expected = skvo_points(tree)

    report = load(session_db, "skvo_hatsouth", tree)

    assert_whole(report, 1, 1, len(expected))
    found = points(session_db, "skvo_hatsouth", "obs_time", "mag", "station")
    np.testing.assert_allclose(
        found["obs_time"], [t for t, _, _ in expected], atol=1e-9, rtol=0
    )
    assert found["mag"] == [magnitude for _, magnitude, _ in expected]
    assert found["station"] == [s for _, _, s in expected]


def test_two_stations_of_one_night_are_both_kept(db, shared, tmp_path):
    night = "dtables/201208/HAT_772_0554686_20120801/sloan.r"
    source = shared / "data" / "skvo_upload" / "data" / "hatsouth" / "photometry"
    for station in ("hatsouth.4", "hatsouth.6"):
        folder = tmp_path / station / night
        shutil.copytree(source / night, folder)
        for path in folder.glob("*_meta.csv"):
            path.chmod(0o644)
            path.write_text(path.read_text().replace("hatsouth.4", station))

    report = load(db, "skvo_hatsouth", tmp_path)

    counts = db.fetch(
        "SELECT station, count(*) FROM skvo_hatsouth.photometry GROUP BY 1 ORDER BY 1"
    )
    assert counts == [("hatsouth.4", 26), ("hatsouth.6", 26)]
    assert report.n_points == 52


def test_points_without_a_description_are_told_of(db, shared, tmp_path):
    tree = shared / "data" / "skvo_upload" / "data"
    shutil.copytree(tree, tmp_path / "tree")
    alone = next((tmp_path / "tree").rglob("*20120801_meta.csv"))
    alone.parent.chmod(0o755)
    alone.unlink()

    report = load(db, "skvo_hatsouth", tmp_path / "tree")

    assert report.n_points == 149 - 26
    (told,) = report.losses.unread
    assert "HAT_772_0554686_20120801_data.csv" in told
    assert "HAT_772_0554686_20120801_meta.csv" in told


# --- PANOPTES ----------------------------------------------------------------------


TIMES = pd.date_range("2018-01-13 05:23:25.5", periods=6, freq="125s", tz="UTC")


def panoptes_rows() -> pd.DataFrame:
    """Three sources in some images, with the columns of matched_sources."""
    times = [*TIMES, pd.Timestamp("2000-01-02 00:00:01", tz="UTC")]
    rows = [
        {
            "picid": picid,
            "image_time": time,
            "catalog_ra": ra,
            "catalog_dec": dec,
            "catalog_vmag": 9.5,
            "gaia": f"31{picid}",
            "photutils_segment_flux": 1000.0 * (i + 1) + n,
            "photutils_segment_fluxerr": 10.0,
            "image_exptime": 120.0,
            "image_airmass": 1.2,
            "unit_name": "PAN001",
        }
        for i, (picid, ra, dec) in enumerate(
            [(7, 0.0, 0.0), (8, 76.1, -6.2), (9, 359.9, 90)]
        )
        for n, time in enumerate(times)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_sources_of_panoptes_are_read_in_each_form(db, tmp_path, form):
    rows = panoptes_rows()
    path = tmp_path / f"PAN001_14d3bd_20180113T052325-sources.{form}"
    if form == "parquet":
        rows.to_parquet(path)
    elif form == "csv":
        rows.to_csv(path, index=False)
    else:
        path.write_text(
            rows.assign(image_time=rows["image_time"].astype(str)).to_json(
                orient="records", lines=True
            )
        )

    report = load(db, "panoptes", path)

    assert (report.n_objects, report.n_points) == (3, 18)
    assert report.losses.n_rejected == 3  # the clock that was never set
    found = points(db, "panoptes", "obs_time", "flux", "object_id", "unit_name")
    mjd = np.repeat(Time(TIMES.to_pydatetime()).mjd, 3)
    np.testing.assert_allclose(found["obs_time"], mjd, atol=1e-9, rtol=0)
    rows = panoptes_rows()
    asked = rows[rows["image_time"] > TIMES[0] - pd.Timedelta("1D")]
    assert sorted(found["flux"]) == sorted(asked["photutils_segment_flux"])
    assert sorted(set(found["object_id"])) == ["7", "8", "9"]
    columns = [c.name for c in load_collections(db)["panoptes"].point_columns]
    assert columns[:3] == ["obs_time", "flux", "flux_err"]


# --- LCO ---------------------------------------------------------------------------

FRAME = "lsc1m005-kb78-20151109-0179-e90_cat.fits"


def test_a_frame_of_lco_has_the_sources_that_astropy_reads(db, shared, tmp_path):
    path = shared / "data" / "panoptes_lco" / "lco" / FRAME
    first = fits.getdata(path, 1)
    later = tmp_path / "lsc1m005-kb78-20151109-0180-e90_cat.fits"
    with fits.open(path) as hdus:
        hdus[0].header["MJD-OBS"] += 0.01
        hdus[1].data["ALPHA_J2000"] += 0.2 / 3600
        hdus[1].data = hdus[1].data[:100]
        hdus.writeto(later)

    report = load(db, "lco_frames", path, later)

    assert_whole(report, 242, 242, 342)
    found = points(db, "lco_frames", "obs_time", "flux", "flux_err", "to_tdb", "site")
    middle = 57336.33410903935 + 20 / 86400
    np.testing.assert_allclose(sorted(set(found["obs_time"])), [middle, middle + 0.01])
    for name, column in (("flux", "FLUX_AUTO"), ("flux_err", "FLUXERR_AUTO")):
        asked = np.concatenate([first[column], first[column][:100]])
        assert sorted(np.array(found[name], "f4")) == sorted(asked)
    assert set(found["site"]) == {"lsc"}
    ((ra_sum, dec_sum),) = db.fetch("SELECT sum(ra), sum(dec) FROM lco_frames.objects")
    assert ra_sum == pytest.approx(first["ALPHA_J2000"].sum(), abs=1e-2)
    assert dec_sum == pytest.approx(first["DELTA_J2000"].sum(), abs=1e-6)


def test_too_many_frames_without_a_catalogue_stop_a_load(db, shared, tmp_path):
    folder = shared / "data" / "panoptes_lco"
    for name in (
        "lco/coj1m011-kb05-20150219-0125-e90",
        "panoptes/tiny",
        "panoptes/noheader",
    ):
        source = folder / f"{name}.fits"
        shutil.copy(source, tmp_path / f"{source.stem}_cat.fits")
    shutil.copy(folder / "lco" / FRAME, tmp_path)

    with pytest.raises(UsageError, match="3 of 4 files could not be taken") as told:
        load(db, "lco_frames", tmp_path)

    assert "no binary table" in str(told.value)
    assert str(told.value).count("coj1m011-kb05-20150219-0125-e90_cat.fits: ") == 1


def test_right_ascensions_below_zero_are_wrapped(session_db, shared):
    name = "ogg2m001-ep04-20201006-0097-matched-cat.fits"
    path = shared / "data" / "panoptes_lco" / "lco" / name
    expected = fits.getdata(path, 1)

    report = load(session_db, "lco_matched", path)

    assert_whole(report, 140, 140, 140)
    rows = session_db.fetch(
        "SELECT ra, dec, rmag FROM lco_matched.objects ORDER BY dec"
    )
    order = np.argsort(expected["dec"])
    found = np.array(rows)
    np.testing.assert_allclose(found[:, 0], expected["ra"][order] + 360, atol=1e-11)
    np.testing.assert_array_equal(found[:, 1], expected["dec"][order])
    np.testing.assert_allclose(found[:, 2], expected["rmag"][order], rtol=1e-6)
    fluxes = points(session_db, "lco_matched", "flux", "flux_err")["flux"]
    assert sum(fluxes) == pytest.approx(expected["flux"].sum(), rel=1e-12)
