"""The sample sets, and what their drafts must say: times, brightness, bands."""

from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).parents[4] / "shared" / "data"
FORMATS = "asassn_wasp_neowise_formats"
VARIABLES = "multisurvey_variables"
FITS = "mission_fits"
SNIPPETS = f"{FITS}/lightkurve_tests"
VOTABLES = "vo_timeseries_votables"


@dataclass(frozen=True)
class Sample:
    """Files by patterns; the zero of times, the columns, the passbands to be found."""

    name: str
    files: tuple[str, ...]
    time_origin: float
    columns: dict[str, object]
    bands: set[str]
    positions: bool = True

    @property
    def paths(self) -> list[Path]:
        return [path for one in self.files for path in sorted(SHARED.glob(one))]


def columns(obs_time, mag, err=None, flux=None, flux_err=None):
    said = {"obs_time": obs_time, "mag": mag, "mag_err": err}
    said |= {"flux": flux, "flux_err": flux_err}
    return {name: source for name, source in said.items() if source is not None}


PDCSAP = columns("TIME", None, None, "PDCSAP_FLUX", "PDCSAP_FLUX_ERR")
MJD = 2400000.5
SAMPLES = (
    Sample(
        "asas3",
        ("asas3_acvs/*.csv", "asas3_acvs/*.csv.gz"),
        0,
        columns("hjd", "mag", "mag_err"),
        {"V"},
    ),
    Sample(
        "stripe82",
        ("stripe82_rrlyrae/objects.csv", "stripe82_rrlyrae/table1.tar.gz"),
        MJD,
        columns([3, 6, 9, 12, 15], [4, 7, 10, 13, 16], [5, 8, 11, 14, 17]),
        set("ugriz"),
    ),
    Sample(VARIABLES, (VARIABLES,), 0, columns("hjd", "mag", "magerr"), set("gri")),
    Sample(
        "skypatrol1",
        (f"{FORMATS}/asassn_skypatrol_v1_*.csv",),
        0,
        columns("HJD", "mag", "mag_err", "flux(mJy)", "flux_err"),
        {"V", "g"},
        False,
    ),
    Sample(
        "skypatrol2",
        (f"{FORMATS}/asassn_skypatrol_v2_*.csv",),
        0,
        columns("jd", "mag", "mag_err", "flux", "flux_err"),
        {"band"},
        False,
    ),
    Sample(
        "lco_binned",
        (f"{FORMATS}/lco_*.csv",),
        0,
        columns("bjd", "mag", "magerr"),
        {"gp", "rp"},
        False,
    ),
    Sample(
        "neowise",
        (f"{FORMATS}/neowise_*.csv",),
        MJD,
        columns("mjd", ["w1mpro", "w2mpro"], ["w1sigmpro", "w2sigmpro"]),
        {"W1", "W2"},
    ),
    Sample(
        "superwasp", (f"{FORMATS}/superwasp_*.csv",), 0, columns(2, 3), {"WASP"}, False
    ),
    Sample(
        "ztf_index",
        (f"{FORMATS}/ztf_*.csv",),
        0,
        columns("hjd", "mag", "magerr"),
        {"g", "r"},
    ),
    Sample(
        "linear", ("linear_catalogue",), MJD, columns("t", "mag", "magerr"), {"white"}
    ),
    Sample(
        "ogle3", ("ogle_macho_lightcurves/ogle3_dat",), 2450000, columns(1, 2, 3), {"I"}
    ),
    Sample(
        "macho",
        ("ogle_macho_lightcurves/macho",),
        MJD,
        columns("MJD", "Mag", "Err"),
        {"B", "R"},
    ),
    Sample(
        "ogle2_fits",
        ("ogle_macho_lightcurves/float32_time_fits/LMC*",),
        0,
        columns("hjd", "magnitude", "error"),
        {"V"},
    ),
    Sample("kepler", (f"{FITS}/kplr*",), 2454833, PDCSAP, {"Kepler"}),
    Sample("tess", (f"{FITS}/hlsp_tess*",), 2457000, PDCSAP, {"TESS"}),
    Sample(
        "k2sff",
        (f"{FITS}/hlsp_k2sff*",),
        2454833,
        columns("T", None, None, "FCOR"),
        {"Kepler"},
    ),
    Sample(
        "cdips",
        (f"{FITS}/hlsp_cdips*",),
        0,
        columns("TMID_BJD", "IRM2", "IRE2"),
        {"TESS"},
    ),
    Sample(
        "eleanor",
        (f"{SNIPPETS}/*eleanor*",),
        2457000,
        columns("TIME", None, None, "CORR_FLUX", "FLUX_ERR"),
        {"TESS"},
    ),
    Sample(
        "sparcs",
        (f"{SNIPPETS}/*sparcs*",),
        MJD,
        columns("TIME", None, None, "FLUX", "FLUX_ERR"),
        {"NUV"},
    ),
    Sample(
        "lightkurve_k2",
        (f"{SNIPPETS}/test_K2*",),
        2454833,
        columns("TIME", None, None, "FLUX", "FLUX_ERR"),
        {"Kepler"},
    ),
    Sample(
        "hatp11",
        (f"{SNIPPETS}/HAT-P-11*",),
        0,
        columns("time", None, None, "pdcsap_flux", "pdcsap_flux_err"),
        {"Kepler"},
    ),
    Sample(
        "hatlc", ("hat_lcc/*csv.gz",), 0, columns("bjd", "atf_002", "aie_002"), {"r"}
    ),
    Sample(
        "hat_sqlite",
        ("hat_lcc/*sqlite*",),
        0,
        columns("bjd", "atf_002", "aie_002"),
        {"r"},
    ),
    Sample(
        "lcc",
        ("hat_lcc/constructed/*",),
        0,
        columns("bjd", "atf_002", "aie_002"),
        {"r"},
    ),
    Sample(
        "skvo",
        ("skvo_upload/data",),
        MJD,
        columns("ts.timestamp", "ts.magnitude", "ts.magnitude_error"),
        {"sloan_r"},
    ),
    Sample(
        "gavo",
        (f"{VOTABLES}/dm-usecases/raw_data/ts.vot",),
        0,
        columns("obs_time", "phot", None, "flux", "flux_error"),
        {"G"},
    ),
    Sample(
        "gaia_bands",
        (f"{VOTABLES}/dm-usecases/raw_data/gaia_multiband.xml",),
        2455197.5,
        columns("time", "mag", None, "flux", "flux_error"),
        {"G", "BP", "RP"},
        False,
    ),
    Sample(
        "irsa",
        (f"{VOTABLES}/dm-usecases/raw_data/TimeSeriesZTF.xml",),
        0,
        columns("hjd", "mag", "magerr"),
        {"g"},
    ),
    Sample(
        "tess_votable",
        (f"{VOTABLES}/skvo_upjs/lc_tess*",),
        0,
        columns("obs_time", None, None, "phot", "flux_error"),
        {"TESS"},
    ),
    Sample(
        "lco_frames",
        ("panoptes_lco/lco/lsc*_cat.fits",),
        MJD,
        columns("MJD-MID", "MAG_APER", "MAGERR_APER"),
        {"V"},
    ),
)
