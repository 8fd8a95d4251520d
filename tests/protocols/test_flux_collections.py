"""Collections that have fluxes and no magnitudes, as every service gives them."""

import csv
import gzip
import io
import json
import warnings

import lightkurve
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pyvo
import requests
from astropy.io import fits
from astropy.io.votable import parse_single_table
from astropy.table import Table
from lxml import etree

from tests.conftest import copied_database
from vo_lcc.config import Config
from vo_lcc.formats.curves import CURVE_FORMATS
from vo_lcc.lightcurves.ingest import ingest

PERIOD = 1.75
COUNTS = """\
name = "counts"
title = "Counts of a satellite"
description = "Fluxes that are not calibrated"
creator = "Nobody"
[time]
timescale = "TDB"
refposition = "BARYCENTER"
[passbands]
T = { effective_wavelength = 7.9e-7, bandwidth = 4e-7, ucd = "em.opt.I" }
[objects]
files = "objects.csv"
[objects.columns]
object_id = "id"
ra = {}
dec = {}
period = {}
[lightcurves]
files = "counts.csv"
[lightcurves.columns]
object_id = "id"
obs_time = "t"
flux = { unit = "'electron'/s" }
flux_err = { source = "error", unit = "'electron'/s" }
flags = {}
"""
JANSKY = """\
name = "jansky"
title = "Flux densities of a survey"
description = "Fluxes in millijansky, calibrated"
creator = "Nobody"
[time]
timescale = "UTC"
refposition = "TOPOCENTER"
[passbands]
g = { zero_point = 3631, magnitude_system = "AB", effective_wavelength = 4.7e-7 }
r = { zero_point = 3631, magnitude_system = "AB", effective_wavelength = 6.2e-7 }
[objects]
files = "objects.csv"
[objects.columns]
object_id = "id"
ra = {}
dec = {}
[lightcurves]
files = "jansky.csv"
[lightcurves.columns]
object_id = "id"
passband = "band"
obs_time = "t"
flux = { unit = "mJy", ucd = "phot.flux.density", datatype = "double" }
flux_err = { source = "error", unit = "mJy", ucd = "stat.error;phot.flux.density" }
flags = {}
"""
N = 120
TIMES = 58000 + np.sort(np.random.default_rng(5).uniform(0, 60, N)).round(5)
WAVE = np.round(1000 + 200 * np.sin(2 * np.pi * TIMES / PERIOD), 3)


def made_points(bands: list[str], scale: float) -> str:
    lines = ["id,band,t,flux,error,flags"]
    for name, factor in (("a", 1.0), ("b", 3.0)):
        for band in bands:
            for i, (time, flux) in enumerate(zip(TIMES, WAVE, strict=True)):
                value = float(np.round(flux * factor * scale, 6))
                lines.append(f"{name},{band},{time},{value},{scale:g},{i == 7:d}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def database(cluster_url, template_db, tmp_path_factory):
    folder = tmp_path_factory.mktemp("flux")
    objects = f"id,ra,dec,period\na,10,0,{PERIOD}\nb,10.001,0.001,{PERIOD}\n"
    contents = {
        "objects.csv": objects,
        "counts.csv": made_points(["T"], 1.0),
        "jansky.csv": made_points(["g", "r"], 0.001),
        "counts.toml": COUNTS,
        "jansky.toml": JANSKY,
    }
    for name, content in contents.items():
        (folder / name).write_text(content)
    for database in copied_database(cluster_url, template_db):
        for name in ("counts", "jansky"):
            files = [folder / "objects.csv", folder / f"{name}.csv"]
            ingest(database, folder / f"{name}.toml", files)
        yield database


@pytest.fixture(scope="module")
def flux_server(database, serving):
    with serving(Config(), database.url) as url:
        yield url


@pytest.fixture
def get(flux_server):
    def fetch(path, **params):
        return requests.get(flux_server + path, params=params, timeout=60)

    return fetch


@pytest.fixture
def ask(get):
    """ADQL to rows."""

    def fetch(query):
        asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "json"}
        found = get("/tap/sync", **asked)
        assert found.status_code == 200, found.text
        return found.json()["data"]

    return fetch


def table_of(answer):
    assert answer.status_code == 200, answer.text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return parse_single_table(io.BytesIO(answer.content))


# --- light curves ------------------------------------------------------------------


def fluxes_of(name: str, content: bytes) -> list[float]:
    """The fluxes in a light curve, of any format."""
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    if name.startswith("votable") or name == "text/xml":
        table = parse_single_table(io.BytesIO(content))
        return table.array["flux"].tolist()
    if name in ("parquet", "arrow"):
        stream = io.BytesIO(content)
        table = (
            pq.read_table(stream)
            if name == "parquet"
            else pa.ipc.open_stream(stream).read_all()
        )
        return table["flux"].to_pylist()
    if name == "fits":
        return fits.getdata(io.BytesIO(content), 1)["flux"].tolist()
    if name == "ecsv":
        return Table.read(io.BytesIO(content), format="ascii.ecsv")["flux"].tolist()
    if name == "json":
        found = json.loads(content)
        at = [c["name"] for c in found["columns"]].index("flux")
        return [row[at] for row in found["data"]]
    lines = content.decode().splitlines()
    if name.startswith("lcc"):
        rows = lines[lines.index("# LIGHTCURVE") + 1 :]
        head = json.loads(
            "".join(
                line[1:]
                for line in lines[
                    lines.index("# COLUMN DEFINITIONS") + 1 : lines.index(
                        "# LIGHTCURVE"
                    )
                    - 1
                ]
            )
        )
        return [float(row.split(",")[head["flux"]["colnum"]]) for row in rows]
    rows = [line for line in lines if line and not line.startswith("#")]
    found = csv.DictReader(rows, delimiter="\t" if name == "tsv" else ",")
    return [float(row["flux"]) for row in found]


READABLE = [
    f.name
    for f in CURVE_FORMATS
    if f.name not in ("html", "text", "text/csv;header=absent")
]


@pytest.mark.parametrize("name", READABLE)
def test_light_curves_have_fluxes_in_every_format(get, name):
    answer = get("/lc/counts/a", format=name)

    assert answer.status_code == 200
    assert np.allclose(fluxes_of(name, answer.content), WAVE, rtol=1e-6)


@pytest.mark.parametrize(
    "name", [f.name for f in CURVE_FORMATS if "absent" not in f.name]
)
def test_no_format_speaks_of_magnitudes(get, name):
    content = get("/lc/counts/a", format=name).content
    if name.endswith(".gz"):
        content = gzip.decompress(content)

    assert b"mag_err" not in content
    assert b"phot.mag" not in content
    assert b"electron" in content or name in ("parquet", "arrow")


def test_a_votable_tells_the_unit_and_the_meaning_of_fluxes(get):
    table = table_of(get("/lc/counts/a", format="votable"))
    fields = {field.name: field for field in table.fields}

    assert fields["flux"].unit.to_string("vounit") == "'electron'.s**-1"
    assert fields["flux"].ucd == "phot.flux;em.opt.I"
    assert fields["flux_err"].ucd == "stat.error;phot.flux;em.opt.I"


def test_mivot_maps_fluxes_with_their_errors(get):
    document = etree.fromstring(get("/lc/counts/a", format="votable/mivot").content)
    fields = {
        field.get("ID"): field.get("name")
        for field in document.iter("{*}FIELD")
        if field.get("ID")
    }
    (brightness,) = [
        one
        for one in document.iter("{*}INSTANCE")
        if one.get("dmtype") == "mango:Brightness"
    ]
    refs = {
        each.get("dmrole"): fields[each.get("ref")]
        for each in brightness.iter("{*}ATTRIBUTE")
    }

    assert refs == {
        "mango:PhotometricProperty.value": "flux",
        "mango:error.PErrorSym1D.sigma": "flux_err",
    }


def test_lightkurve_reads_the_fluxes_of_our_fits(get, tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(get("/lc/counts/a", format="fits").content)

    curve = lightkurve.read(path, time_column="obs_time", flux_column="flux")

    assert np.allclose(curve.flux.value, WAVE, rtol=1e-6)
    assert curve.flux.unit.to_string() == "electron/s"


# --- steps -------------------------------------------------------------------------


def test_flux_densities_become_magnitudes_by_the_zero_points(get):
    table = table_of(get("/lc/jansky/a", band="g", QUANTITY="mag"))

    asked = -2.5 * np.log10(WAVE * 1e-6 / 3631)
    assert np.allclose(table.array["mag"], asked, atol=1e-6)
    fields = {field.name: field for field in table.fields}
    assert fields["mag"].unit == "mag"
    assert "flux" not in fields


def test_flux_densities_stay_where_fluxes_are_asked_for(get):
    found = table_of(get("/lc/jansky/a", band="g", QUANTITY="flux"))

    assert np.allclose(found.array["flux"], WAVE * 1e-3)


def test_counts_become_no_magnitudes(get):
    answer = get("/lc/counts/a", QUANTITY="mag")

    assert answer.status_code == 400
    assert "QUANTITY: the fluxes of counts are in electron/s, not Jy" in answer.text


def test_bins_and_good_points_are_of_fluxes(get):
    good = table_of(get("/lc/counts/a", QUALITY="good"))
    binned = table_of(get("/lc/counts/a", QUALITY="good", BIN="20"))

    assert len(good.array) == N - 1
    assert len(binned.array) <= 4
    assert np.average(good.array["flux"]) == pytest.approx(
        np.mean(binned.array["flux"]), rel=0.05
    )
    names = [field.name for field in binned.fields]
    assert "flux_err" in names
    assert not [name for name in names if name.startswith("mag")]


# --- finding -----------------------------------------------------------------------


def test_ssa_tells_what_was_measured(flux_server):
    found = pyvo.dal.SSAService(f"{flux_server}/ssa").search(pos=(10, 0), diameter=1)
    assert {row["flux_ucd"] for row in found} == {
        "phot.flux;em.opt.I",
        "phot.flux.density",
    }
    calibrations = {
        (row["flux_ucd"].startswith("phot.flux.density"), row["flux_calibration"])
        for row in found
    }
    assert calibrations == {(False, "relative"), (True, "absolute")}
    for name in ("amplitude", "var_ampl"):
        assert (
            np.ma.getmaskarray(found.getcolumn(name)).all()
            or np.isnan(found.getcolumn(name)).all()
        )


def test_ssa_selects_by_calibration_and_finds_no_amplitudes(get):
    def count(**params):
        answer = get(
            "/ssa", REQUEST="queryData", POS="10,0", SIZE="1", FORMAT="fits", **params
        )
        return len(table_of(answer).array)

    everything = count()
    assert everything == 2 + 2 * 3  # of jansky also both passbands together
    assert count(FLUXCALIB="absolute") == 6
    assert count(VARAMPL="0/1") == 0


def test_obscore_has_fluxes(ask):
    rows = ask(
        "SELECT obs_collection, o_ucd, count(*) FROM ivoa.obscore"
        " GROUP BY obs_collection, o_ucd ORDER BY 1"
    )

    assert rows == [["counts", "phot.flux", 2], ["jansky", "phot.flux.density", 4]]


def test_summaries_of_objects_are_in_the_unit_of_the_fluxes(ask, get):
    ((median, amplitude),) = ask(
        "SELECT T_median, T_amplitude FROM counts.objects WHERE object_id = 'a'"
    )
    good = np.delete(WAVE, 7)

    assert median == pytest.approx(np.median(good), rel=1e-6)
    assert amplitude == pytest.approx(np.ptp(good), rel=1e-6)
    described = ask(
        "SELECT column_name, unit, ucd FROM tap_schema.columns"
        " WHERE table_name = 'counts.objects' AND column_name IN"
        " ('T_median', 'T_amplitude') ORDER BY 1"
    )
    assert described == [
        ["T_amplitude", "'electron'/s", "src.var.amplitude;phot.flux;em.opt.I"],
        ["T_median", "'electron'/s", "phot.flux;stat.median;em.opt.I"],
    ]


# --- what is shown -----------------------------------------------------------------


def test_a_plot_has_an_axis_of_fluxes_that_grows_upwards(get):
    answer = get("/plot/counts/a", format="svg")

    assert answer.status_code == 200
    assert "flux (electron/s)" in answer.text
    assert "growing downwards" not in answer.text
    assert "magnitude" not in answer.text


def test_the_page_of_an_object_shows_fluxes(get):
    answer = get("/objects/counts/a")

    assert answer.status_code == 200
    assert "electron/s" in answer.text
    assert "phot.mag" not in answer.text
    good = np.delete(WAVE, 7)
    assert f"{np.median(good):.5g}" in answer.text


@pytest.mark.parametrize("path", ["/", "/collections/counts", "/collections/jansky"])
def test_pages_of_collections_are_there(get, path):
    assert get(path).status_code == 200


@pytest.mark.parametrize("method", ["ls", "bls", "pdm"])
def test_periods_are_found_in_fluxes(get, method):
    asked = {"ID": "counts/a", "METHOD": method, "RESPONSEFORMAT": "csv"}
    asked |= {"MINPERIOD": "1", "MAXPERIOD": "3"}
    answer = get("/periodogram/sync", **asked)

    assert answer.status_code == 200, answer.text
    best = next(csv.DictReader(io.StringIO(answer.text)))
    assert float(best["period"]) == pytest.approx(PERIOD, rel=0.02)


# --- in bulk -----------------------------------------------------------------------


def test_soda_gives_fluxes_of_several_objects(get, flux_server):
    asked = [("ID", "counts/a"), ("ID", "counts/b"), ("RESPONSEFORMAT", "parquet")]
    answer = requests.get(f"{flux_server}/soda/sync", params=asked, timeout=60)

    table = pq.read_table(io.BytesIO(answer.content))
    assert np.allclose(table["flux"].to_pylist(), [*WAVE, *(WAVE * 3)], rtol=1e-6)
    assert "mag" not in table.column_names


@pytest.mark.parametrize(
    ("collection", "quantities"), [("counts", ["flux"]), ("jansky", ["mag", "flux"])]
)
def test_services_offer_what_can_be_made_of_fluxes(get, collection, quantities):
    document = etree.fromstring(get("/datalink/links", ID=f"{collection}/a").content)
    params = document.xpath('//*[local-name()="PARAM" and @name="QUANTITY"]')

    offered = [
        [option.get("value") for option in param.iter("{*}OPTION")] for param in params
    ]
    assert offered
    assert all(each == quantities for each in offered)


def test_datalink_links_the_light_curve_and_its_services(get):
    table = table_of(get("/datalink/links", ID="counts/a"))
    semantics = table.array["semantics"].tolist()

    assert "#this" in semantics
    assert not [text for text in table.array["error_message"].tolist() if text]
