"""The client portal reads our light curves, and what it reads is right."""

from pathlib import Path

import pytest

from tests.formats.curve import FRAME, G_BAND, ROWS, V_BAND, curve, one_band
from tests.formats.portal_reader import read_curve

VOTABLES = ("votable", "votable/td", "text/xml", "votable/b", "votable/mivot")


@pytest.mark.parametrize("name", VOTABLES)
def test_the_portal_reads_a_light_curve(name):
    seen = read_curve(one_band(name))

    assert seen.title.endswith(".g")
    assert seen.description.startswith("Light curve of RR-1 in passband g")
    assert (seen.columns("time.epoch"), seen.columns("phot.mag")) == (
        ["obs_time"],
        ["mag"],
    )
    assert seen.table["obs_time"].tolist() == [row[0] for row in ROWS["g"]]
    assert (seen.timescale, seen.refposition) == ("TDB", "BARYCENTER")
    assert seen.time_origin == FRAME.time_origin


def test_the_portal_finds_the_calibration():
    known = read_curve(one_band("votable")).calibrations["mag"]

    assert known["filter_identifier"] == G_BAND.filter_identifier
    assert float(known["zero_point"]) == G_BAND.zero_point
    assert known["magnitude_system"] == "AB"
    assert float(known["effective_wavelength"]) == G_BAND.effective_wavelength


def test_a_calibration_without_zero_point_tells_none():
    known = read_curve(one_band("votable", V_BAND)).calibrations["mag"]

    assert set(known) == {"filter_identifier", "magnitude_system"}


def test_the_portal_finds_period_epoch_and_bibcode():
    seen = read_curve(one_band("votable"))

    assert float(seen.params["period"]) == 0.5625
    assert float(seen.params["epoch"]) == 1.25
    assert seen.param_frames == {"epoch": "timesys-1"}
    assert seen.params["bibcode"] == "2026A&A...700A...1K"


def test_the_portal_wants_one_passband_at_a_time():
    with pytest.raises(ValueError, match="one light curve is one table"):
        read_curve(curve("votable"))


def test_our_reader_reads_what_the_portal_was_made_for(shared: Path):
    path = shared / "data/vo_timeseries_votables/dm-usecases/raw_data/ts.vot"

    seen = read_curve(path.read_bytes())

    assert seen.title == "instance_G"
    assert (seen.timescale, seen.time_origin) == ("TCB", 0.0)
    assert seen.calibrations["phot"]["zero_point"] == "2836.53"
