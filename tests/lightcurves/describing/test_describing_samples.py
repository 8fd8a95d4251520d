"""Drafts for real files: each parses, is short, is fine, and says what is in them."""

import re
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

from vo_lcc.db import Database
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import parse_collection, problems_of
from vo_lcc.lightcurves.describing.describe import describe
from vo_lcc.lightcurves.describing.fitting import fit_files
from vo_lcc.lightcurves.ingest import ingest

sys.path.insert(0, str(Path(__file__).parent))
from samples import SAMPLES, SHARED

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared sample data are not beside this checkout"
)


def source(spec):
    """Where a column is, whatever else is said of it."""
    if isinstance(spec, dict):
        return spec.get("source", spec.get("header"))
    return spec


@pytest.fixture(scope="module")
def drafts():
    """Each sample is described once."""
    return {sample.name: describe(sample.paths) for sample in SAMPLES}


@pytest.fixture(scope="module")
def said(drafts):
    return {name: tomllib.loads(text) for name, text in drafts.items()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_a_draft_is_short_and_fine(drafts, sample):
    assert len(drafts[sample.name].splitlines()) <= 40
    assert problems_of(drafts[sample.name]) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_a_draft_names_the_zero_of_times_the_columns_and_the_passbands(said, sample):
    draft = said[sample.name]
    columns = draft["lightcurves"]["columns"]

    assert draft["time"]["time_origin"] == sample.time_origin
    assert {k: source(columns.get(k)) for k in sample.columns} == sample.columns
    assert set(draft["passbands"]) == sample.bands
    assert ("flux" in columns) == ("flux" in sample.columns)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_a_draft_fits_the_files_it_is_of(drafts, sample, tmp_path):
    if not sample.positions:
        assert "to be made" in drafts[sample.name]
        return
    path = tmp_path / "draft.toml"
    path.write_text(drafts[sample.name])

    told = [text for _, text in fit_files(parse_collection(path), sample.paths)]

    # what cannot be read is no fault of the draft
    assert [text for text in told if "FITS file holds no binary" not in text] == []


QUESTIONS = {
    "stripe82": ["five groups of columns without names are taken for u g r i z"],
    "ogle2_fits": ["hjd is of 32 bits: its steps are 0.25 d"],
    "tess_votable": ["says that the zero of obs_time is JD 2457000, but values like"],
    "irsa": [
        "the file says BARYCENTER, but hjd sounds of HELIOCENTER",
        "timeorigin is",
    ],
    "asas3": ["the time scale is not stated", "the zero point of V is not known"],
    "k2sff": ["of 21 tables alike in a file the first is taken: BESTAPER"],
    "multisurvey_variables": ["50 like 18abwvvvw-gdr3.dat"],
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_is_odd_is_asked(drafts, name):
    for words in QUESTIONS[name]:
        assert words in drafts[name]


def test_sentinels_limits_forms_and_maps_are_found(said):
    stripe82 = said["stripe82"]["lightcurves"]["columns"]
    assert stripe82["mag"]["missing"] == [-99.99, 99.99]
    assert said["stripe82"]["objects"]["columns"]["ra"]["wrap"] is True
    assert said["ogle3"]["objects"]["columns"]["ra"]["form"] == "hours"
    assert said["macho"]["objects"]["columns"]["ra"]["form"] == "hours"
    assert said["linear"]["objects"]["columns"]["period"]["form"] == "log10"
    assert said["skvo"]["lightcurves"]["columns"]["obs_time"]["form"] == "iso"
    assert said["hatlc"]["lightcurves"]["columns"]["flags"]["map"]["G"] == 0
    assert (
        said["kepler"]["lightcurves"]["columns"]["flux"]["unit"] == "'electron'.s**-1"
    )
    assert said["gavo"]["passbands"]["G"]["zero_point"] == 2836.53
    assert said["lco_frames"]["objects"]["radius"] == 2


def test_upper_limits_of_texts_and_of_signs_are_found(tmp_path):
    with tarfile.open(SHARED / "multisurvey_variables" / "lightcurves.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    objects = SHARED / "multisurvey_variables" / "objects.csv"

    asassn = tomllib.loads(describe([tmp_path / "asassn", objects]))["lightcurves"]
    assert asassn["columns"]["mag"] == {"source": "mag", "missing": 99.99, "limit": ">"}
    assert asassn["upper_limits"] == 1
    assert asassn["files"] == "{object_id}-asas.csv"
    atlas = tomllib.loads(describe([tmp_path / "atlas", objects]))["lightcurves"]
    assert atlas["columns"]["mag"]["limit"] == "negative"
    gaia = tomllib.loads(describe([tmp_path / "gaia_dr3", objects]))
    assert gaia["time"]["time_origin"] == 2455197.5
    assert gaia["passbands"] == {"G": "GAIA/GAIA3.G"}


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("mission_fits/corrupted", "is cut short"),
        ("panoptes_lco/panoptes", "observations_sample.csv has camera_id"),
    ],
)
def test_files_without_light_curves_are_refused_with_what_they_hold(folder, words):
    with pytest.raises(UsageError, match=re.escape(words)):
        describe([SHARED / folder])


POINTS = {"neowise": 200, "ogle3": 2615, "sparcs": 4253, "irsa": 297, "lco_frames": 242}


@pytest.mark.db
def test_drafts_load_as_they_are(db: Database, drafts, tmp_path):
    for sample in SAMPLES:
        if sample.name in POINTS:
            path = tmp_path / f"{sample.name}.toml"
            path.write_text(drafts[sample.name])
            report = ingest(db, path, sample.paths)
            assert report.n_points == POINTS[sample.name], sample.name
