import re

import pytest
from astropy import units
from astropy.coordinates import Angle
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.portal.objects import position, sexagesimal


@given(st.floats(0, 90))
def test_degrees_read_back_by_astropy_are_the_same(value):
    text = sexagesimal(value, 2, 360)

    assert re.fullmatch(r"\d\d:[0-5]\d:[0-5]\d\.\d\d", text)
    assert Angle(text, units.deg).deg == pytest.approx(value, abs=0.006 / 3600)


@given(st.floats(0, 24, exclude_max=True))
def test_hours_are_rounded_and_are_never_24_nor_their_seconds_60(value):
    text = sexagesimal(value, 3, 24)
    apart = abs(Angle(text, units.hourangle).hour - value)

    assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}", text)
    assert min(apart, 24 - apart) < 6e-4 / 3600


@pytest.mark.parametrize(
    ("dec", "text"), [(-0.001, "-00:00:03.60"), (0.0, "+00:00:00.00")]
)
def test_a_declination_always_has_its_sign(dec, text):
    assert text in position(0.0, dec)


def test_an_object_without_a_position_has_none():
    assert position(None, None) == ""
