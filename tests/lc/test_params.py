import pytest

from tests.curves.steps import making
from vo_lcc.dali.accept import preferred
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.lc.params import LcParams
from vo_lcc.tables import PhotCal

COLLECTION = making.collection(passbands=tuple(map(PhotCal, ("V", "I", "g,r"))))
KNOWN = [each.passband for each in COLLECTION.passbands]


def parse(accept="", **given):
    return LcParams.parse(Params(tuple(given.items())), accept, COLLECTION)


def test_without_parameters_everything_comes_as_votable():
    params = parse()

    assert params.format.name == "votable"
    assert params.passbands == tuple(KNOWN)
    assert params.steps == ()
    assert params.layout == "bands"


def test_accept_chooses_the_format():
    assert parse("text/html, text/csv;q=0.8, application/fits;q=0.9").format.name == (
        "fits"
    )


def test_format_wins_over_accept():
    assert parse("text/csv", format="tsv").format.name == "tsv"


@pytest.mark.parametrize("accept", ["*/*", "text/html", "", "x", "text/csv;q=0", ";;,"])
def test_an_accept_that_names_nothing_served_means_votable(accept):
    assert parse(accept).format.name == "votable"


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(ParameterError, match=r"votable.*fits.*csv|votable.*csv.*fits"):
        parse(format="jpeg")


def test_passbands_come_in_the_order_of_the_collection():
    assert parse(band="I,V").passbands == ("V", "I")


def test_a_passband_may_hold_a_comma():
    assert parse(band="g,r").passbands == ("g,r",)


def test_passbands_may_be_repeated():
    params = Params((("band", "I"), ("BAND", "V")))

    assert LcParams.parse(params, "", COLLECTION).passbands == ("V", "I")


def test_an_unknown_passband_lists_the_known_ones():
    with pytest.raises(ParameterError, match=r"BAND: no passband 'K'.* V, I, g,r"):
        parse(band="K")


def test_a_wavelength_that_no_passband_has_is_told_with_those_there_are():
    with pytest.raises(ParameterError, match=r"BAND: no passband of made.* V, I, g,r"):
        parse(band="1e-6 2e-6")


@pytest.mark.parametrize(
    "text", ["58000", "1 2 3", "58100 58000", "a b", "nan 1", "1/2/3"]
)
def test_a_bad_time_interval_says_so(text):
    with pytest.raises(ParameterError, match="TIME"):
        parse(time=text)


def test_csv_has_one_table_only():
    assert parse(format="csv").layout == "long"
    with pytest.raises(ParameterError, match="use layout=long"):
        parse(format="csv", layout="bands")


def test_votable_may_have_one_table():
    assert parse(layout="LONG").layout == "long"


def test_an_unknown_layout_lists_the_known_ones():
    with pytest.raises(ParameterError, match="bands or long"):
        parse(layout="wide")


def test_types_are_taken_by_weight_and_then_in_order():
    assert preferred("a/b;q=0.1,c/d, e/f;q=1.0,g/h;q=x") == ["c/d", "e/f", "a/b"]
