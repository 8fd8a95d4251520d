import numpy as np
import pytest
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from vo_lcc.times.text import iso_texts, read_iso


@given(st.lists(st.floats(30000, 70000), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_texts_are_those_of_astropy(values):
    mjd = np.array(values)

    texts = iso_texts(mjd, "TT").to_pylist()

    theirs = Time(mjd, format="mjd", scale="tt", precision=6).isot
    lost = [
        abs((Time(a, scale="tt") - Time(b, scale="tt")).sec)
        for a, b in zip(texts, theirs, strict=True)
    ]
    assert max(lost) < 1.5e-6  # a digit of the last place: halves go either way


@given(st.floats(41500, 60000), st.sampled_from(["UTC", "TT", "TDB"]))
def test_what_is_written_is_read_back(mjd, scale):
    (text,) = iso_texts(np.array([mjd]), scale).to_pylist()

    assert read_iso(text, scale) == pytest.approx(mjd, abs=1e-11)


def test_a_leap_second_is_second_sixty():
    mjd = np.array([57753 + 86400.25 / 86401, 57754.0])

    texts = iso_texts(mjd, "UTC").to_pylist()

    assert texts == ["2016-12-31T23:59:60.250000", "2017-01-01T00:00:00.000000"]
    assert read_iso(texts[0], "UTC") == pytest.approx(mjd[0], abs=1e-11)
    assert read_iso(texts[0], "TT") is None


@pytest.mark.parametrize(
    ("text", "mjd"),
    [
        ("2000-01-01", 51544.0),
        ("2000-01-01 12:00", 51544.5),
        ("2000-01-01T12:00:00.5Z", 51544.5 + 0.5 / 86400),
        ("1858-11-17T00:00:00", 0.0),
    ],
)
def test_shorter_texts_are_read_too(text, mjd):
    assert read_iso(text) == mjd


@pytest.mark.parametrize(
    "text",
    [
        *("", "58000", "2000-13-01", "2001-02-29", "0000-01-01", "2000-01-01T24:00:00"),
        *("2000-01-01T12:60", "2000-01-01T12:00:60", "2000-01-01T12:00:00+01:00"),
    ],
)
def test_what_is_no_time_is_none(text):
    assert read_iso(text) is None


def test_a_text_of_utc_is_none_in_another_scale():
    assert read_iso("2000-01-01T00:00:00Z", "TDB") is None
