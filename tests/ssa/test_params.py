import math

import pytest

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.ssa.params import DEFAULT_SIZE, SsaParams
from vo_lcc.ssa.ranges import Interval


def parse(**given):
    pairs = tuple((name, str(value)) for name, value in given.items())
    return SsaParams.parse(Params(pairs), Limits())


def test_nothing_asked_sets_no_condition():
    params = parse()

    assert params.cone is params.band is params.top is None
    assert params.times == params.targets == ()
    assert params.data_format.name == "votable"


@pytest.mark.parametrize(
    ("pos", "ra", "dec"),
    [
        ("0,0", 0, 0),
        ("0,90", 0, 90),
        ("12.5,-90", 12.5, -90),
        ("360,0", 0, 0),
        ("-10,5;ICRS", 350, 5),
        (" 10 , +20 ; icrs", 10, 20),
    ],
)
def test_a_position(pos, ra, dec):
    cone = parse(POS=pos, SIZE=0.5).cone

    assert (cone.ra, cone.dec, cone.radius) == (ra, dec, 0.25)


def test_the_galactic_pole_is_where_it_is():
    cone = parse(POS="0,90;GALACTIC").cone

    assert (cone.ra, cone.dec) == pytest.approx((192.85948, 27.12825), abs=1e-4)


def test_a_position_alone_has_a_size():
    assert parse(POS="10,20").cone.radius == DEFAULT_SIZE / 2


def test_size_zero_is_a_size():
    assert parse(POS="10,20", SIZE=0).cone.radius == 0


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"POS": "10"}, "POS: .* write it like"),
        ({"POS": "10,20,30"}, "POS: .* write it like"),
        ({"POS": "10,91"}, "POS: 91 is not a latitude"),
        ({"POS": "x,0"}, "POS: 'x' is not a number"),
        ({"POS": "10,20;MARS"}, "POS: unknown frame 'MARS'; known are ICRS"),
        ({"POS": "10,20;a;b"}, "POS: .* more than one ';'"),
        ({"POS": "10,nan"}, "POS: 'nan' is not a number"),
        ({"POS": "10,20", "SIZE": "-1"}, "SIZE: -1 is not a diameter"),
        ({"SIZE": "361"}, "SIZE: 361 is not a diameter"),
        ({"SIZE": "big"}, "SIZE: 'big' is not a number"),
        ({"BAND": "1e-7/2e-7/3e-7"}, "BAND: .* is not a range"),
        ({"BAND": "7e-7/4e-7"}, "BAND: .* lower end comes second"),
        ({"BAND": "-1/1"}, "BAND: a wavelength is negative"),
        ({"BAND": "/"}, "BAND: .* is not a range"),
        ({"BAND": "V,,I"}, "BAND: .* empty item"),
        ({"TIME": "yesterday"}, "TIME: .* is not an ISO 8601 date"),
        ({"TIME": "2005-02-30"}, "TIME: .* is not an ISO 8601 date"),
        ({"TIME": "2006/2004"}, "TIME: .* lower end comes second"),
        ({"FORMAT": "jpeg"}, "FORMAT: 'jpeg' is unknown; use one of all"),
        ({"REQUEST": "getData"}, "REQUEST: .* use REQUEST=queryData"),
        ({"TOP": "-1"}, "TOP: "),
        ({"MAXREC": "-1"}, "MAXREC: "),
        ({"VARAMPL": "a/b"}, "VARAMPL: 'a' is not a number"),
        ({"RESPONSEFORMAT": "jpeg"}, "RESPONSEFORMAT: "),
        ({"VERSION": "9"}, "VERSION: "),
    ],
)
def test_a_bad_value_names_its_parameter(given, problem):
    with pytest.raises(ParameterError, match=problem):
        parse(**given)


def test_a_repeated_parameter_is_refused():
    with pytest.raises(ParameterError, match="POS: given 2 times"):
        SsaParams.parse(Params((("POS", "1,2"), ("pos", "3,4"))), Limits())


def test_bands_by_wavelength_and_by_name():
    band = parse(BAND="4e-7/7e-7,/3e-7,1e-6/,V;source").band

    assert band.wavelengths == (
        Interval(4e-7, 7e-7),
        Interval(-math.inf, 3e-7),
        Interval(1e-6, math.inf),
    )
    assert band.names == ("V",)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2000", 51544, 51910),
        ("2000-02", 51575, 51604),
        ("2000-01-01", 51544, 51545),
        ("2000-01-01/2000-01-02", 51544, 51546),
        ("2000-01-01T12:00:00/2001", 51544.5, 52275),
        ("2000-01-01T12:00:00Z/", 51544.5, math.inf),
        ("/1999-12-31", -math.inf, 51544),
    ],
)
def test_a_date_of_less_precision_means_the_whole_of_it(text, low, high):
    (interval,) = parse(TIME=text).times

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("all", "votable"),
        ("Compliant", "votable"),
        ("native", "votable"),
        ("fits", "fits"),
        ("csv,votable", "csv"),
        ("graphic,fits", "fits"),
        ("image/png,text/csv", "csv"),
        ("xml", "text/xml"),
    ],
)
def test_the_first_format_that_is_served_is_linked(text, name):
    assert parse(FORMAT=text).data_format.name == name


@pytest.mark.parametrize("text", ["graphic", "image/png"])
def test_formats_not_served_match_nothing(text):
    assert parse(FORMAT=text).data_format is None


@pytest.mark.parametrize("text", ["metadata", "METADATA", "votable,Metadata"])
def test_metadata_is_recognised(text):
    assert parse(FORMAT=text).metadata


def test_a_name_with_a_comma_counts_as_a_whole_too():
    assert parse(TARGETNAME="RR Lyr, AB").targets == ("RR Lyr, AB", "RR Lyr", "AB")


def test_unknown_parameters_are_ignored():
    assert parse(APERTURE="wide", REDSHIFT="x") == parse()
