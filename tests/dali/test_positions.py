"""Which columns of an uploaded table are taken for positions."""

import pytest

from vo_lcc.dali.positions import find_position
from vo_lcc.tables import Column


def columns(*names, **words):
    return [Column(name, "double", **words) for name in names]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("ra", "dec"), ("RAJ2000", "DEJ2000"), ("ra_deg", "dec_deg"), ("s_ra", "s_dec")],
)
def test_usual_names_are_known_in_any_case(lon, lat):
    assert find_position(columns("x", lon, lat)) == (lon, lat)
    assert find_position(columns(lon.upper(), lat.upper()))


def test_ucds_come_before_names():
    ucds = [
        Column("a", "double", ucd="pos.eq.ra"),
        Column("b", "double", ucd="pos.eq.dec"),
    ]

    assert find_position(columns("ra", "dec") + ucds) == ("a", "b")


def test_the_main_position_comes_before_others():
    found = find_position(
        [
            Column("a", "double", ucd="pos.eq.ra"),
            Column("b", "double", ucd="pos.eq.dec"),
            Column("c", "double", ucd="POS_EQ_RA_MAIN"),
            Column("d", "double", ucd="POS_EQ_DEC_MAIN"),
        ]
    )

    assert found == ("c", "d")


def test_what_the_query_uses_comes_first():
    all_columns = columns("ra", "dec", "l", "b")

    assert find_position(all_columns, [("l", "b")]) == ("l", "b")
    assert find_position(all_columns, [("u", "v")]) == ("ra", "dec")


def test_what_is_not_in_degrees_or_no_number_is_no_position():
    assert find_position(columns("ra", "dec", unit="rad")) is None
    assert find_position(columns("ra", "dec", unit="deg")) == ("ra", "dec")
    assert (
        find_position([Column("ra", "char", "*"), Column("dec", "char", "*")]) is None
    )
    assert find_position([Column("ra", "double", "2"), Column("dec", "double")]) is None
