"""The collections of survey texts, end to end, beside what pandas reads of them."""

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import COLLECTIONS, copied_database
from tests.tap.running import rows_of_examples
from vo_lcc.db import Database
from vo_lcc.lightcurves.ingest import LoadReport, ingest

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared samples are not beside the checkout"
)
MULTI = "multisurvey_variables"
FORMATS = "asassn_wasp_neowise_formats"
OGLE = "ogle_macho_lightcurves"
KEYS = ["object_id", "passband", "obs_time"]
STARS = "name,ra,dec\nkic8462852,301.5644,44.4569\nbetelgeuse,88.7929,7.4071\n"


@dataclass(frozen=True)
class Case:
    """A collection, its files, its points as pandas reads them, and what is lost."""

    name: str
    files: tuple[str, ...]
    read: Callable[[], pd.DataFrame]
    objects: int
    rejected: dict[str, int] = field(default_factory=dict)
    unread: int = 0


def texts_of(content: bytes, **options) -> pd.DataFrame:
    """All as texts; an empty one is no value."""
    settings = {"dtype": str, "keep_default_na": False, "na_values": [""]}
    return pd.read_csv(io.BytesIO(content), **{**settings, **options})


def numbers(texts: pd.Series, *missing: str) -> pd.Series:
    """Values to the last bit; what is missing is NaN."""
    return texts.map(
        lambda text: np.nan if pd.isna(text) or text in missing else float(text)
    )


def members(folder: str) -> Iterator[tuple[str, bytes]]:
    """The star and the content of each file of a survey in the archive."""
    with tarfile.open(DATA / MULTI / "lightcurves.tar.gz") as tar:
        for member in tar:
            if member.isfile() and f"/{folder}/" in f"/{member.name}":
                name = member.name.rpartition("/")[2].rpartition("-")[0]
                yield name, tar.extractfile(member).read()


def put_together(parts: list[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    return pd.concat([part.assign(object_id=name) for name, part in parts])


def ztf_columns(texts: pd.DataFrame) -> pd.DataFrame:
    values = {
        "passband": texts.filtercode,
        "obs_time": numbers(texts.hjd),
        "mag": numbers(texts.mag),
        "mag_err": numbers(texts.magerr),
        "flags": texts.catflags.astype(int),
        "oid": texts.oid.astype("int64"),
    }
    return pd.DataFrame(values)


def read_ztf() -> pd.DataFrame:
    parts = [(name, texts_of(content)) for name, content in members("ztf")]
    return put_together(
        [
            (name, ztf_columns(texts).assign(limitmag=numbers(texts.limitmag)))
            for name, texts in parts
        ]
    )


def asassn_columns(texts: pd.DataFrame) -> pd.DataFrame:
    values = {
        "passband": texts.Filter,
        "obs_time": numbers(texts.HJD),
        "mag": numbers(texts.mag.str.lstrip(">"), "99.990"),
        "mag_err": numbers(texts.mag_err, "99.990"),
        "flags": texts.mag.str.startswith(">").astype(int),
        "flux": numbers(texts["flux(mJy)"], "99.990"),
        "flux_err": numbers(texts.flux_err, "99.990"),
        "camera": texts.Camera,
    }
    return pd.DataFrame(values)


def read_asassn() -> pd.DataFrame:
    parts = [(name, texts_of(content)) for name, content in members("asassn")]
    return put_together(
        [(name, asassn_columns(t)) for name, t in parts if "Filter" in t.columns]
    )


def read_gaia() -> pd.DataFrame:
    columns = {"sep": r"\s+", "header": None, "names": ["obs_time", "mag"]}
    return put_together(
        [
            (name, texts_of(content, **columns).map(float).assign(passband="G"))
            for name, content in members("gaia_dr3")
        ]
    )


def read_crts() -> pd.DataFrame:
    def columns(texts: pd.DataFrame) -> pd.DataFrame:
        values = {
            "passband": "CV",
            "obs_time": numbers(texts.MJD),
            "mag": numbers(texts.Mag),
            "mag_err": numbers(texts.Magerr),
            "flags": texts.Blend.astype(int),
            "master_id": texts.MasterID,
        }
        return pd.DataFrame(values)

    return put_together([(n, columns(texts_of(c))) for n, c in members("crts")])


def read_atlas() -> pd.DataFrame:
    def columns(texts: pd.DataFrame) -> pd.DataFrame:
        mag = numbers(texts.m)
        values = {
            "passband": texts.F,
            "obs_time": numbers(texts["###MJD"]),
            "mag": mag.abs(),
            "mag_err": numbers(texts.dm),
            "flags": texts.err.astype(int) | np.where(mag < 0, 1024, 0),
            "flux": numbers(texts.uJy),
            "flux_err": numbers(texts.duJy),
        }
        return pd.DataFrame(values)[texts.F.isin(["c", "o"])]

    return put_together(
        [(n, columns(texts_of(c, sep=r"\s+"))) for n, c in members("atlas")]
    )


def plain_columns(band: str, places: dict[str, int], **options):
    """Columns by their numbers, all of them numbers, in one passband."""

    def columns(content: bytes) -> pd.DataFrame:
        texts = texts_of(content, header=None, **options)
        values = {name: numbers(texts[place - 1]) for name, place in places.items()}
        return pd.DataFrame(values).assign(passband=band)

    return columns


def read_ogle() -> pd.DataFrame:
    columns = plain_columns("I", {"obs_time": 1, "mag": 2, "mag_err": 3}, sep=r"\s+")
    paths = (DATA / OGLE / "ogle3_dat").glob("*.dat")
    return put_together([(path.stem, columns(path.read_bytes())) for path in paths])


def read_macho() -> pd.DataFrame:
    places = {"obs_time": 1, "mag": 2, "mag_err": 3}
    parts = []
    for path in (DATA / OGLE / "macho").glob("*.tar.bz2"):
        with tarfile.open(path) as tar:
            for member in filter(tarfile.TarInfo.isfile, tar):
                star, band = member.name.removesuffix(".mjd").rsplit(".", 1)
                columns = plain_columns(band, places, sep=r"\s+", comment="#")
                content = tar.extractfile(member).read()
                parts.append((star.removeprefix("lc_"), columns(content)))
    return put_together(parts)


def read_skypatrol_v1() -> pd.DataFrame:
    parts = []
    for path in (DATA / FORMATS).glob("asassn_skypatrol_v1_*.csv"):
        texts = texts_of(path.read_bytes())
        more = {
            "fwhm": numbers(texts.FWHM, "99.990"),
            "limit_mag": numbers(texts.Limit, "99.990"),
        }
        name = path.stem.rpartition("_")[2]
        parts.append((name, asassn_columns(texts).assign(**more)))
    return put_together(parts)


def read_one(file: str, **options) -> pd.DataFrame:
    return texts_of((DATA / file).read_bytes(), **options)


def read_skypatrol_v2() -> pd.DataFrame:
    texts = read_one(f"{FORMATS}/asassn_skypatrol_v2_vxmen.csv", skiprows=1)
    names = ["mag", "mag_err", "flux", "flux_err", "fwhm"]
    values = {name: numbers(texts[name]) for name in names}
    return pd.DataFrame(
        {
            "object_id": texts.asas_sn_id,
            "passband": "unnamed",
            "obs_time": numbers(texts.jd),
            "limit_mag": numbers(texts.limit),
            "camera": texts.cam,
            **values,
        }
    )


def read_superwasp() -> pd.DataFrame:
    columns = plain_columns("WASP", {"flags": 1, "obs_time": 2, "mag": 3})
    content = (DATA / FORMATS / "superwasp_kic8462852.csv").read_bytes()
    return columns(content).assign(object_id="kic8462852")


def read_neowise() -> pd.DataFrame:
    texts = read_one(f"{FORMATS}/neowise_irsa_kic8462852.csv", skiprows=1)
    parts = []
    for band in ("W1", "W2"):
        low = band.lower()
        values = {
            "object_id": texts.allwise_cntr,
            "passband": band,
            "obs_time": numbers(texts.mjd),
            "mag": numbers(texts[f"{low}mpro"], "null"),
            "mag_err": numbers(texts[f"{low}sigmpro"], "null"),
            "flags": (texts.qual_frame == "0").astype(int),
            "cc_flags": texts.cc_flags,
            "ph_qual": texts.ph_qual,
        }
        parts.append(pd.DataFrame(values))
    return pd.concat(parts).dropna(subset=["mag"])


def read_ztf_dr19() -> pd.DataFrame:
    texts = read_one(f"{FORMATS}/ztf_dr19_irsa_with_index_and_hex.csv")
    more = {
        "field": texts.field.astype(int),
        "ccdid": texts.ccdid.map(lambda text: int(text, 16)),
        "qid": texts.qid.map(lambda text: int(text, 16)),
    }
    return ztf_columns(texts).assign(object_id="J013906.389+524537.13", **more)


def read_lco() -> pd.DataFrame:
    texts = read_one(f"{FORMATS}/lco_photometry_binned.csv")
    values = {
        "object_id": "star",
        "passband": texts["filter"],
        "obs_time": numbers(texts.bjd),
        "mag": numbers(texts.mag),
        "mag_err": numbers(texts.magerr),
        "sn": numbers(texts.sn),
        "site": texts.site_id,
        "n_binned": numbers(texts.Nbin),
    }
    return pd.DataFrame(values)


def read_linear() -> pd.DataFrame:
    parts = []
    for path in (DATA / "linear_catalogue").glob("LINEAR_*.csv"):
        texts = texts_of(path.read_bytes())
        values = {
            "passband": "white",
            "obs_time": numbers(texts.t),
            "mag": numbers(texts.mag),
            "mag_err": numbers(texts.magerr),
        }
        parts.append((path.stem.removeprefix("LINEAR_"), pd.DataFrame(values)))
    return put_together(parts)


ARCHIVE = (f"{MULTI}/objects.csv", f"{MULTI}/lightcurves.tar.gz")
OTHER_BAND = "passband is not one of the collection"
CASES = (
    Case("ztf_variables", ARCHIVE, read_ztf, 59),
    Case("asassn_variables", ARCHIVE, read_asassn, 59, unread=1),
    Case("gaia_variables", ARCHIVE, read_gaia, 59),
    Case("crts_variables", ARCHIVE, read_crts, 59),
    Case("atlas_variables", ARCHIVE, read_atlas, 59, {OTHER_BAND: 9}),
    Case("ogle3", (f"{OGLE}/ogle3_dat",), read_ogle, 6),
    Case("macho", (f"{OGLE}/macho",), read_macho, 10),
    Case("skypatrol_v1", (FORMATS,), read_skypatrol_v1, 2),
    Case("skypatrol_v2", (FORMATS,), read_skypatrol_v2, 1),
    Case("superwasp", (FORMATS,), read_superwasp, 1),
    Case("neowise", (FORMATS,), read_neowise, 1),
    Case("ztfdr19", (FORMATS,), read_ztf_dr19, 1),
    Case("lco_binned", (FORMATS,), read_lco, 1),
    Case("linear", ("linear_catalogue",), read_linear, 6146),
)


@pytest.fixture(scope="module")
def database(cluster_url, template_db):
    yield from copied_database(cluster_url, template_db)


@pytest.fixture(scope="module")
def reports(database, tmp_path_factory) -> dict[str, LoadReport]:
    """All of these collections, loaded."""
    stars = tmp_path_factory.mktemp("stars") / "skypatrol_v1_objects.csv"
    stars.write_text(STARS)
    reports = {}
    for case in CASES:
        paths = [DATA / file for file in case.files]
        paths += [stars] if case.name == "skypatrol_v1" else []
        reports[case.name] = ingest(database, COLLECTIONS / f"{case.name}.toml", paths)
    return reports


@cache
def by_pandas(case_name: str) -> pd.DataFrame:
    (case,) = (case for case in CASES if case.name == case_name)
    return case.read()


def stored(database: Database, name: str, columns: list[str]) -> pd.DataFrame:
    rows = database.fetch(f"SELECT {', '.join(columns)} FROM {name}.photometry")
    return pd.DataFrame(rows, columns=columns)


def ordered(points: pd.DataFrame) -> pd.DataFrame:
    """Each point once, in an order that both sides have."""
    single = [c for c in points if c != "obs_time" and points[c].dtype == float]
    points = points.astype(dict.fromkeys(single, np.float32))
    points = points.drop_duplicates()
    return points.sort_values(list(points.columns)).reset_index(drop=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_point_is_that_of_pandas(database, reports, case):
    wanted = ordered(by_pandas(case.name))
    found = stored(database, case.name, list(wanted.columns))
    kinds = {name: wanted[name].dtype for name in wanted}

    assert len(found) == len(wanted) == reports[case.name].n_points
    for name, values in ordered(found.astype(kinds)).items():
        pd.testing.assert_series_equal(values, wanted[name], check_exact=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_lost_is_told(reports, case):
    report = reports[case.name]
    every = by_pandas(case.name)

    assert report.n_objects == case.objects
    assert report.losses.rejected == case.rejected
    assert report.losses.nulled == {}
    assert len(report.losses.unread) == case.unread
    assert report.losses.duplicates == len(every) - report.n_points
    assert report.n_lightcurves == len(every.drop_duplicates(KEYS[:2]))


def test_a_file_without_bands_is_told_with_its_reason(reports):
    ((said),) = reports["asassn_variables"].losses.unread

    assert "u170-asas.csv" in said
    assert "no column" in said


def test_positions_of_ogle_and_macho_come_from_hours(database, reports):
    table = texts_of(
        (DATA / OGLE / "ogle3_dat/catalog_rows.tsv").read_bytes(), sep="\t"
    )
    rows = database.fetch("SELECT object_id, ra, dec, period, epoch FROM ogle3.objects")

    assert {row[0]: row[1:] for row in rows} == {
        star["# ID"]: (
            15 * float(star.RA),
            float(star.DECL),
            float(star.P_1),
            float(star.T0_1),
        )
        for _, star in table.iterrows()
    }
    ((ra, dec),) = database.fetch(
        "SELECT ra, dec FROM macho.objects WHERE object_id = '1.4418.1930'"
    )
    assert (ra, dec) == (15 * 5.12678, -68.798)


def test_stars_of_the_archive_have_what_vsx_says(database, reports):
    listed = texts_of((DATA / MULTI / "objects.csv").read_bytes())
    rows = database.fetch(
        "SELECT object_id, ra, dec, period, epoch, class, name"
        " FROM ztf_variables.objects"
    )

    assert {row[0]: row[1:] for row in rows} == {
        star.nick: (
            *map(float, (star.ra, star.dec, star.period_d, star.epoch_hjd)),
            *(star.var_type, None if pd.isna(star["name"]) else star["name"]),
        )
        for _, star in listed.iterrows()
    }


def test_the_catalogue_of_linear_gives_types_and_periods(database, reports):
    path = DATA / "linear_catalogue" / "LINEARattributesFinalApr2013.dat.gz"
    table = np.loadtxt(io.BytesIO(gzip.decompress(path.read_bytes())))
    rows = database.fetch(
        "SELECT class, count(*), sum(log(period)) FROM linear.objects GROUP BY 1"
    )
    words = {
        1: "RRab",
        2: "RRc",
        4: "Algol",
        5: "contact binary",
        6: "delta Sct/SX Phe",
    }

    assert {word: count for word, count, _ in rows} == {
        word: int((table[:, 12] == code).sum()) for code, word in words.items()
    }
    assert sum(total for *_, total in rows) == pytest.approx(
        table[:, 6].sum(), rel=1e-9
    )


def test_upper_limits_are_points_that_say_so(database, reports):
    ((count, low),) = database.fetch(
        "SELECT count(*), min(mag) FROM skypatrol_v1.photometry WHERE flags = 1"
    )
    ((limits,),) = database.fetch(
        "SELECT count(*) FROM asassn_variables.photometry WHERE flags = 1"
    )
    written = sum(c.count(b",>") for n, c in members("asassn") if n != "u170")

    assert (count, low) == (0, None)
    assert limits == written > 0


def test_the_star_of_sky_patrol_is_told_by_its_comment(database, reports):
    rows = database.fetch("SELECT object_id, name, gaia_id FROM skypatrol_v2.objects")

    assert rows == [("12702", "VX Men", 5211052415435948544)]


def test_examples_of_these_collections_find_something(database, reports):
    found = rows_of_examples(database)

    assert {f"{name}-cone" for name in reports} | {"ogle3-query-1"} <= set(found)
    nothing = {id_ for id_, count in found.items() if not count}
    assert all(id_.endswith("-class") for id_ in nothing)  # no class may be known
