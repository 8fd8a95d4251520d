import math

import pytest

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.ssa.params import DEFAULT_SIZE, SsaParams, magnitudes


def parse(**given):
    pairs = tuple((name, str(value)) for name, value in given.items())
    return SsaParams.parse(Params(pairs), Limits())


def test_nothing_asked_sets_no_condition():
    params = parse()

    assert params.cone is params.modified is params.top is None
    assert params.times == params.targets == params.bands == ()
    assert [form.name for form in params.forms] == ["votable"]


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
        ({"POS": "10,,20"}, "POS: .* write it like"),
        ({"POS": "10,20;J2000"}, "POS: unknown frame 'J2000'"),
        ({"BAND": "V;MOON"}, "BAND: the qualifier 'MOON' is unknown; ;source or ;obs"),
        ({"BAND": "V;source;observer"}, "BAND: .* more than one ';'"),
        ({"TIME": "yesterday"}, "TIME: .* is not an ISO 8601 date"),
        ({"TIME": "2005-02-30"}, "TIME: .* is not an ISO 8601 date"),
        ({"TIME": "2004/2005/2006"}, "TIME: .* is not a range"),
        ({"TIME": "2004;TDB"}, "TIME: the qualifier 'TDB' is unknown; ;utc may follow"),
        ({"TIME": "2000," * 101}, "TIME: more than 100 ranges; give fewer"),
        ({"TIME": "53000"}, "TIME: '53000' is not an ISO 8601 date"),
        ({"MTIME": "2004,2005"}, "MTIME: more than one range"),
        ({"MTIME": "then"}, "MTIME: .* is not an ISO 8601 date"),
        ({"FORMAT": "jpeg"}, "FORMAT: 'jpeg' is unknown; use one of votable"),
        ({"REQUEST": "getData"}, "REQUEST: .* use REQUEST=queryData"),
        ({"TOP": "-1"}, "TOP: "),
        ({"MAXREC": "-1"}, "MAXREC: "),
        ({"TOP": "1.5"}, "TOP: "),
        ({"VARAMPL": "a/b"}, "VARAMPL: 'a' is not a number"),
        ({"VARAMPL": "0.5/2"}, "VARAMPL: the amplitude is a fraction"),
        ({"VARAMPL": "-0.5/"}, "VARAMPL: the amplitude is a fraction"),
        ({"SPECRP": "many"}, "SPECRP: 'many' is not a number"),
        ({"FLUXCALIB": "good"}, "FLUXCALIB: 'good' is not one of any, norm"),
        ({"COMPRESS": "zip"}, "COMPRESS: 'zip' is not true or false"),
        ({"RESPONSEFORMAT": "jpeg"}, "RESPONSEFORMAT: "),
        ({"VERSION": "9"}, "VERSION: "),
        ({"VERSION": "1.2"}, "VERSION: "),
        ({"VERSION": "2.0", "FORMAT": "METADATA"}, "VERSION: "),
    ],
)
def test_a_bad_value_names_its_parameter(given, problem):
    with pytest.raises(ParameterError, match=problem):
        parse(**given)


def test_a_repeated_parameter_is_refused():
    with pytest.raises(ParameterError, match="POS: given 2 times"):
        SsaParams.parse(Params((("POS", "1,2"), ("pos", "3,4"))), Limits())


def test_a_band_keeps_its_items_without_empty_ones_and_frame():
    assert parse(BAND="4e-7/7e-7,,V;source").bands == ("4e-7/7e-7", "V")


@pytest.mark.parametrize("version", ["1", "1.0", "1.04", "1.1"])
def test_versions_are_told_apart_at_their_second_level(version):
    assert parse(VERSION=version) == parse()


@pytest.mark.parametrize(
    ("text", "mag"), [("0/1", (0, math.inf)), ("0.5/", (1.19280, math.inf))]
)
def test_an_amplitude_is_a_fraction_of_the_flux(text, mag):
    (interval,) = parse(VARAMPL=text).amplitudes

    assert (interval.low, interval.high) == pytest.approx(mag, abs=1e-5)


def test_a_star_as_bright_as_three_of_itself_at_most_varies_by_a_half():
    # fluxes 3 and 1: (3 - 1) / (3 + 1) = 0.5, and 2.5 log10(3) = 1.19 mag
    assert magnitudes(0.5) == pytest.approx(2.5 * math.log10(3))


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
        ("2000-01-02/2000-01-01", 51544, 51546),
        ("2000-01-01;UTC", 51544, 51545),
        ("/", -math.inf, math.inf),
    ],
)
def test_a_date_of_less_precision_means_the_whole_of_it(text, low, high):
    (interval,) = parse(TIME=text).times

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", ["votable"]),
        ("Compliant", ["votable"]),
        ("native", ["votable"]),
        ("fits", ["fits"]),
        ("csv,votable", ["csv", "votable"]),
        ("votable,all", ["votable"]),
        ("graphic,fits", ["png", "fits"]),
        ("image/svg+xml", ["svg"]),
        ("image/png,IMAGE/PNG,text/csv", ["png", "csv"]),
        ("image/jpeg,text/csv", ["csv"]),
        ("xml", ["text/xml"]),
        ("application/xml", ["text/xml"]),
        ("image/jpeg", []),
        (" , ", ["votable"]),
        ("application/fits;convention=STScI-STIS", []),
    ],
)
def test_every_format_that_is_served_is_linked_once(text, names):
    assert [form.name for form in parse(FORMAT=text).forms] == names


@pytest.mark.parametrize("text", ["metadata", "METADATA", "votable,Metadata"])
def test_metadata_is_recognised(text):
    assert parse(FORMAT=text).metadata


def test_metadata_ignores_what_else_is_asked():
    assert parse(FORMAT="METADATA", POS="x", TIME="y", MAXREC="z").metadata


def test_a_name_with_a_comma_counts_as_a_whole_too():
    assert parse(TARGETNAME="RR Lyr, AB").targets == ("RR Lyr, AB", "RR Lyr", "AB")


@pytest.mark.parametrize(
    "name", ["APERTURE", "SPATRES", "TIMERES", "SNR", "REDSHIFT", "WAVECALIB", "TASTE"]
)
def test_what_is_not_supported_is_ignored_whatever_its_value(name):
    assert parse(**{name: "x"}) == parse()
