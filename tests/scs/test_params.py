import pytest

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.scs.params import ConeParams

CONE = {"RA": "10", "DEC": "20", "SR": "0.5"}


def parse(**given):
    return ConeParams.parse(Params(tuple((CONE | given).items())), Limits())


def test_a_cone_and_its_defaults():
    cone = parse()

    assert (cone.ra, cone.dec, cone.radius) == (10, 20, 0.5)
    assert (cone.verbosity, cone.maxrec) == (2, Limits().default_maxrec)
    assert cone.format.media_type == "text/xml"


@pytest.mark.parametrize(
    ("ra", "folded"),
    [("360", 0), ("-10", 350), ("725", 5), ("+1.5e1", 15), ("-0", 0), (" 7 ", 7)],
)
def test_right_ascension_is_an_angle(ra, folded):
    assert parse(RA=ra).ra == folded


@pytest.mark.parametrize("dec", [-90, 90, 0])
def test_the_poles_are_declinations(dec):
    assert parse(DEC=str(dec)).dec == dec


@pytest.mark.parametrize("radius", [0, 1e-9, 90, 180])
def test_a_radius_up_to_the_whole_sky(radius):
    assert parse(SR=str(radius)).radius == radius


def test_maxrec_is_cut_at_the_limit_of_the_server():
    hard = Limits().hard_maxrec

    assert parse(MAXREC=str(hard + 1)).maxrec == hard
    assert parse(MAXREC="0").maxrec == 0


@pytest.mark.parametrize("name", ["RA", "DEC", "SR"])
def test_each_of_the_three_is_required(name):
    with pytest.raises(ParameterError, match=f"{name}: missing"):
        parse(**{name: " "})
