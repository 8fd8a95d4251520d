"""The collections of FITS files and VOTables, end to end, beside astropy's reading."""

import gzip
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cdshealpix
import numpy as np
import pytest
from astropy.io import fits, votable

from tests.conftest import COLLECTIONS, copied_database
from tests.tap.running import rows_of_examples
from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.ingest import LoadReport, ingest

Curve = tuple[np.ndarray, np.ndarray]
"""Times and values, of all rows that have a time."""

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared samples are not beside the checkout"
)


@dataclass(frozen=True)
class Case:
    """A collection, its files, and how another reads their times and values."""

    name: str
    files: tuple[str, ...]
    value: str
    read: Callable[[Path], tuple[str, Curve]]
    position: tuple[str, str] = ("RA_OBJ", "DEC_OBJ")


def by_fits(key: str, time: str, value: str, extension: int = 1):
    def read(path: Path) -> tuple[str, Curve]:
        with fits.open(path, memmap=False) as hdus:
            head = {**hdus[0].header, **hdus[extension].header}
            data = hdus[extension].data
            times = np.asarray(data[time], float)
            if times.ndim == 2:
                times = times.sum(axis=1)
            return str(head[key]), (times, np.asarray(data[value], float))

    return read


def document_of(path: Path):
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return votable.parse(io.BytesIO(content), verify="ignore")


def by_votable(key: str | None, time: str, value: str):
    def read(path: Path) -> tuple[str, Curve]:
        (table,) = (t for t in document_of(path).iter_tables() if t.array.size)
        params = {param.name: param.value for param in table.params}
        times, values = (
            np.ma.filled(table.array[name].astype(float), np.nan)
            for name in (time, value)
        )
        return str(params[key] if key else table.name), (times, values)

    return read


FITS = "mission_fits/"
SNIPPETS = FITS + "lightkurve_tests/"
OGLE = "ogle_macho_lightcurves/float32_time_fits/"
VOTABLES = "vo_timeseries_votables/"
NONE = ("", "")

CASES = (
    Case(
        "kepler",
        (f"{FITS}kplr*.fits",),
        "flux",
        by_fits("KEPLERID", "TIME", "PDCSAP_FLUX"),
    ),
    Case(
        "tess",
        (f"{FITS}hlsp_tess-data*.fits", f"{SNIPPETS}test-lc-tess-pimen-100-*.fits"),
        "flux",
        by_fits("TICID", "TIME", "PDCSAP_FLUX"),
    ),
    Case("k2sff", (f"{FITS}*k2sff*.fits",), "flux", by_fits("KEPLERID", "T", "FCOR")),
    Case(
        "cdips", (f"{FITS}*cdips*.fits",), "mag", by_fits("OBJECT", "TMID_BJD", "IRM1")
    ),
    Case(
        "eleanor",
        (f"{SNIPPETS}*eleanor*.fits",),
        "flux",
        by_fits("TIC_ID", "TIME", "CORR_FLUX"),
    ),
    Case(
        "sparcs",
        (f"{SNIPPETS}*sparcs*.fits",),
        "flux",
        by_fits("OBJECT", "TIME", "FLUX"),
        ("RA_TARG", "DEC_TARG"),
    ),
    Case(
        "hatp11",
        (f"{SNIPPETS}HAT-P-11*.fits",),
        "flux",
        by_fits("KEPLERID", "time", "flux"),
        NONE,
    ),
    Case(
        "lightkurve_k2",
        (f"{SNIPPETS}test_K2_*.fits",),
        "flux",
        by_fits("OBJECT", "TIME", "FLUX"),
    ),
    Case(
        "lightkurve_tess",
        (f"{SNIPPETS}test_TESS_*.fits",),
        "flux",
        by_fits("OBJECT", "TIME", "FLUX"),
    ),
    Case(
        "ogle2_fits",
        (f"{OGLE}LMC_SC*.fits",),
        "mag",
        by_fits("IDENT", "hjd", "magnitude"),
        ("RA", "DEC"),
    ),
    Case(
        "gavo_gaia",
        (f"{VOTABLES}dm-usecases/raw_data/ts.vot",),
        "mag",
        by_votable("source_id", "obs_time", "phot"),
        NONE,
    ),
    Case(
        "tess_votable",
        (f"{VOTABLES}skvo_upjs/lc_tess_*.vot.gz",),
        "flux",
        by_votable(None, "obs_time", "phot"),
        NONE,
    ),
)
NAMES = [case.name for case in CASES]


@pytest.fixture(scope="module")
def database(cluster_url, template_db):
    yield from copied_database(cluster_url, template_db)


@pytest.fixture(scope="module")
def reports(database) -> dict[str, LoadReport]:
    """All of these collections, loaded."""
    return {
        case.name: ingest(database, COLLECTIONS / f"{case.name}.toml", paths_of(case))
        for case in CASES
    }


def paths_of(case: Case) -> list[Path]:
    return sorted(path for pattern in case.files for path in DATA.glob(pattern))


def expected(case: Case) -> dict[str, Curve]:
    """The light curves of a case by astropy: rows with a time, ordered by it."""
    found: dict[str, list[Curve]] = {}
    for path in paths_of(case):
        name, curve = case.read(path)
        found.setdefault(name, []).append(curve)
    joined = {}
    for name, curves in found.items():
        times, values = (np.concatenate(part) for part in zip(*curves, strict=True))
        kept = np.isfinite(times)
        times, values = times[kept], values[kept]
        order = np.lexsort((values, times))
        joined[name] = (times[order], values[order])
    return joined


def stored(database: Database, case: Case) -> dict[str, Curve]:
    rows = database.fetch(
        f"SELECT object_id, array_agg(obs_time ORDER BY obs_time, {case.value}),"
        f" array_agg({case.value}::float8 ORDER BY obs_time, {case.value})"
        f" FROM {case.name}.photometry GROUP BY object_id"
    )
    return {
        name: (np.array(times), np.array(values, float)) for name, times, values in rows
    }


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_point_is_that_of_astropy(database, reports, case):
    found, wanted = stored(database, case), expected(case)
    assert found.keys() == wanted.keys()
    for name, (times, values) in wanted.items():
        assert np.array_equal(found[name][0], times)
        assert np.allclose(found[name][1], values, rtol=1e-7, equal_nan=True)
    report = reports[case.name]
    assert report.n_objects == len(wanted)
    assert report.n_points == sum(len(times) for times, _ in wanted.values())


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_rows_without_a_time_are_told_and_nothing_else_is_lost(reports, case):
    untimed = sum(int(np.isnan(case.read(path)[1][0]).sum()) for path in paths_of(case))
    rejected = reports[case.name].losses.rejected
    assert rejected == ({"obs_time is missing": untimed} if untimed else {})


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.position != NONE], ids=lambda case: case.name
)
def test_positions_are_those_of_the_primary_header(database, reports, case):
    told = {}
    for path in paths_of(case):
        with fits.open(path) as hdus:
            head = {**hdus[1].header, **hdus[0].header}
            told[case.read(path)[0]] = tuple(head[key] for key in case.position)
    rows = database.fetch(f"SELECT object_id, ra, dec FROM {case.name}.objects")
    assert {name: (ra, dec) for name, ra, dec in rows} == told


def test_times_of_32_bits_are_told_of_by_file(reports):
    notes = reports["ogle2_fits"].losses.notes
    files = {note.partition(":")[0] for note in notes if "32-bit" in note}
    assert files == {"LMC_SC1_1.fits", "LMC_SC1_124845.fits", "LMC_SC2_158712.fits"}


def test_quality_and_cadence_of_kepler_are_kept(database, reports):
    rows = database.fetch(
        "SELECT object_id, count(*) FILTER (WHERE flags <> 0),"
        " min(cadence), min(quarter) FROM kepler.photometry"
        " GROUP BY object_id ORDER BY object_id"
    )
    told = []
    for path in paths_of(CASES[0]):
        with fits.open(path, memmap=False) as hdus:
            data, head = hdus[1].data, hdus[1].header
            bad = (data["SAP_QUALITY"] != 0) & np.isfinite(data["TIME"])
            quarter = hdus[0].header["QUARTER"]
            told.append((int(bad.sum()), np.float32(head["TIMEDEL"]), quarter))
    assert [row[1:] for row in rows] == [
        (bad, pytest.approx(float(step), rel=1e-6), quarter)
        for bad, step, quarter in told
    ]


def test_letters_for_quality_become_flags(database, reports):
    ((flags, points),) = database.fetch(
        "SELECT array_agg(DISTINCT flags), count(*) FROM cdips.photometry"
    )
    assert (flags, points) == ([0], 985)


def test_the_photometry_of_gaia_dr2_is_that_of_astropy_band_by_band(database, tmp_path):
    path = DATA / VOTABLES / "dm-usecases/raw_data/gaia_multiband.xml"
    (table,) = document_of(path).iter_tables()
    source = int(table.array["source_id"][0])
    pixel = np.array([source // 2**35], np.uint64)  # HEALPix of order 12, says Gaia
    ra, dec = cdshealpix.nested.healpix_to_lonlat(pixel, 12)
    objects = tmp_path / "gaia_source.csv"
    objects.write_text(f"source_id,ra,dec\n{source},{ra.deg[0]},{dec.deg[0]}\n")

    report = ingest(database, COLLECTIONS / "gaiadr2.toml", [objects, path])

    rows = database.fetch(
        "SELECT passband, count(*), sum(obs_time), sum(mag::float8), sum(flux::float8),"
        " sum(flags), sum(rejected_by_variability) FROM gaiadr2.photometry GROUP BY 1"
    )
    found = {band: tuple(map(float, sums)) for band, *sums in rows}
    for band in ("G", "BP", "RP"):
        of_band = table.array[table.array["band"] == band]
        sums = [
            np.ma.filled(of_band[name].astype("f8"), 0).sum()
            for name in ("time", "mag", "flux")
        ]
        flags = [
            np.ma.filled(of_band[f"rejected_by_{what}"].astype(int), 0).sum()
            for what in ("photometry", "variability")
        ]
        assert found[band] == pytest.approx((len(of_band), *sums, *flags), rel=1e-9)
    assert report.n_points == len(table.array)


def test_a_damaged_file_among_good_ones_is_never_loaded_in_part(database, tmp_path):
    good = DATA / SNIPPETS / "test-lc-tess-pimen-100-cadences.fits"
    bad = DATA / FITS / "corrupted" / "test-lc-tess-pimen-corrupted.fits"
    text = (COLLECTIONS / "tess.toml").read_text()
    toml = tmp_path / "damaged.toml"
    toml.write_text(text.replace('name = "tess"', 'name = "damaged"'))
    for path, name in ((good, "tess1_lc.fits"), (bad, "tess2_lc.fits")):
        (tmp_path / name).write_bytes(path.read_bytes())

    try:
        report = ingest(database, toml, sorted(tmp_path.glob("*_lc.fits")))
    except UsageError as error:
        assert "tess2_lc.fits: the FITS file is cut short" in str(error)  # noqa: PT017
    else:
        assert any("tess2_lc.fits" in file for file in report.losses.unread)
        assert report.n_points == 100


GAIA_DR3 = {
    "transit_id": "long",
    "g_transit_time": "double",
    "g_transit_flux": "double",
    "g_transit_flux_error": "double",
    "g_transit_mag": "double",
    "bp_obs_time": "double",
    "bp_flux": "double",
    "bp_flux_error": "double",
    "bp_mag": "double",
    "rp_obs_time": "double",
    "rp_flux": "double",
    "rp_flux_error": "double",
    "rp_mag": "double",
    "variability_flag_g_reject": "boolean",
    "variability_flag_bp_reject": "boolean",
    "variability_flag_rp_reject": "boolean",
}


def gaia_dr3(source: int, columns: dict[str, list], in_arrays: bool) -> str:
    """The document of one source: RAW has arrays, INDIVIDUAL a row a transit."""
    size = ' arraysize="*"' if in_arrays else ""
    fields = "".join(
        f'<FIELD name="{name}" datatype="{kind}"{size}/>'
        for name, kind in GAIA_DR3.items()
    )
    transits = list(zip(*columns.values(), strict=True))
    if in_arrays:
        cells = [[" ".join(map(str, values)) for values in columns.values()]]
    else:
        cells = [["" if v == "NaN" else v for v in transit] for transit in transits]
    rows = "".join(
        f"<TR><TD>{source}</TD>" + "".join(f"<TD>{cell}</TD>" for cell in row) + "</TR>"
        for row in cells
    )
    return (
        '<VOTABLE><RESOURCE type="results"><TABLE>'
        f'<FIELD name="source_id" datatype="long"/>{fields}'
        f"<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )


def test_both_forms_of_gaia_dr3_give_the_same_light_curves(database, tmp_path):
    rng = np.random.default_rng(7)
    columns = {
        name: (100 * rng.random(6)).tolist() if kind == "double" else [1, 2, 3, 4, 5, 6]
        for name, kind in GAIA_DR3.items()
    }
    for band in ("g", "bp", "rp"):
        columns[f"variability_flag_{band}_reject"] = ["F", "F", "T", "F", "F", "F"]
    for name in columns:
        if name.startswith("bp_"):
            columns[name][2] = "NaN"  # a transit without BP
    found = {}
    for name, source, in_arrays in (("raw", 17, True), ("individual", 18, False)):
        toml = tmp_path / f"{name}.toml"
        text = (COLLECTIONS / "gaiadr3.toml").read_text()
        toml.write_text(text.replace('name = "gaiadr3"', f'name = "{name}"'))
        objects = tmp_path / f"gaia_source_{name}.csv"
        objects.write_text(f"source_id,ra,dec\n{source},10,20\n")
        points = tmp_path / f"EPOCH_PHOTOMETRY-{name}.xml"
        points.write_text(gaia_dr3(source, columns, in_arrays))

        report = ingest(database, toml, [objects, points])

        assert (report.n_points, report.losses.rejected) == (17, {})
        found[name] = database.fetch(
            "SELECT passband, obs_time, mag, flux, flux_err, flags, transit_id"
            f" FROM {name}.photometry ORDER BY passband, transit_id"
        )
    assert found["raw"] == found["individual"]
    assert [row[1] for row in found["raw"] if row[0] == "G"] == columns[
        "g_transit_time"
    ]
    assert sum(row[5] for row in found["raw"]) == 2


def test_examples_of_these_collections_find_something(database, reports):
    found = rows_of_examples(database)

    assert {f"{name}-cone" for name in reports} | {"kepler-query-1"} <= set(found)
    nothing = {id_ for id_, count in found.items() if not count}
    assert all(id_.endswith("-class") for id_ in nothing)  # no class may be known
