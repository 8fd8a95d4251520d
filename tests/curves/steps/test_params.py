import math

import pytest
from astropy.io.votable.ucd import parse_ucd

from vo_lcc.curves.steps.binning import Bin
from vo_lcc.curves.steps.brightness import InQuantity
from vo_lcc.curves.steps.cuts import Cut
from vo_lcc.curves.steps.folding import Fold
from vo_lcc.curves.steps.frames import InFrame, IsoTimes
from vo_lcc.curves.steps.inputs import INPUTS
from vo_lcc.curves.steps.params import parse_steps
from vo_lcc.curves.steps.quality import ALL_BITS, Quality
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.times.frames import JD_ORIGIN, MJD_ORIGIN

INF = math.inf


def steps(*pairs, alone=False):
    return parse_steps(Params(pairs), alone)


def test_nothing_asked_is_nothing_done():
    assert steps(("MAXREC", "5"), ("TIME", " ")) == ()


def test_steps_come_in_their_order_whatever_that_of_the_parameters():
    found = steps(
        ("bin", "0.01"),
        ("PERIOD", "0.5"),
        ("quantity", "FLUX"),
        ("timeformat", "ISO"),
        ("QUALITY", "good"),
        ("TIME", "58000 59000"),
    )

    assert [type(step) for step in found] == [
        *(Cut, Quality, InFrame, InQuantity, Fold, Bin, IsoTimes)
    ]


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("58000 58100.5", (58000, 58100.5)),
        ("58000/58100", (58000, 58100)),
        (" 58000 / 58100 ", (58000, 58100)),
        ("-Inf 58100", (-INF, 58100)),
        ("58000 +Inf", (58000, INF)),
        ("58000/", (58000, INF)),
        ("/58000", (-INF, 58000)),
        ("/", (-INF, INF)),
        ("58000 58000", (58000, 58000)),
    ],
)
def test_intervals_have_two_ends_which_may_be_open(text, interval):
    assert steps(("TIME", text)) == (Cut((interval,)),)


def test_time_may_be_repeated():
    (cut,) = steps(("TIME", "1 2"), ("time", "3 4"))

    assert cut.intervals == ((1, 2), (3, 4))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("58100 58000", "the earlier time comes second"),
        ("NaN 58000", "'NaN' is not a number"),
        ("58000 nan", "'nan' is not a number"),
        ("58000", "is not an interval"),
        ("1 2 3", "is not an interval"),
        ("1/2/3", "is not an interval"),
        ("today tomorrow", "'today' is not a number"),
        ("2020-01-01 2020-01-02", "is not a number"),
        ("+Inf +Inf", "holds no time"),
        ("1e999 +Inf", "is not a number"),
    ],
)
def test_what_is_no_interval_is_refused(text, reason):
    with pytest.raises(ParameterError, match=reason) as raised:
        steps(("TIME", text))

    assert raised.value.name == "TIME"


def test_a_thousand_intervals_are_enough():
    with pytest.raises(ParameterError, match="more than 1000"):
        steps(*[("TIME", f"{i} {i}") for i in range(1001)])


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        ("all", Quality()),
        ("GOOD", Quality(ALL_BITS, None, True)),
        ("0", Quality(0)),
        ("6", Quality(6)),
        ("good,limits", Quality(ALL_BITS, "limits", True)),
        ("nolimits", Quality(0, "nolimits")),
        ("4, onlylimits", Quality(4, "onlylimits")),
    ],
)
def test_quality_is_a_word_or_a_mask_and_what_to_do_with_limits(text, quality):
    assert steps(("QUALITY", text)) == (quality,)


@pytest.mark.parametrize(
    "text", ["bad", "-1", "1.5", "good,6", "limits,nolimits", str(1 << 63), "6;", "NaN"]
)
def test_other_qualities_are_refused(text):
    with pytest.raises(ParameterError, match="QUALITY: "):
        steps(("QUALITY", text))


@pytest.mark.parametrize(
    ("pair", "frame"),
    [
        (("TIMESCALE", "tdb"), InFrame("TDB")),
        (("REFPOSITION", "Barycenter"), InFrame(None, "BARYCENTER")),
        (("TIMEFORMAT", "jd"), InFrame(None, None, JD_ORIGIN)),
        (("TIMEFORMAT", "MJD"), InFrame(None, None, MJD_ORIGIN)),
    ],
)
def test_frames_are_told_by_the_terms_of_the_ivoa(pair, frame):
    assert steps(pair) == (frame,)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("TIMESCALE", "UT"), ("TIMESCALE", "UNKNOWN"), ("TIMESCALE", "local")),
        *(("REFPOSITION", "EMBARYCENTER"), ("REFPOSITION", "MOON")),
        *(("TIMEFORMAT", "unix"), ("QUANTITY", "luminosity")),
    ],
)
def test_unknown_words_are_refused_with_the_known_ones(name, text):
    with pytest.raises(ParameterError, match="is not one of") as raised:
        steps((name, text))

    assert raised.value.name == name


@pytest.mark.parametrize("name", ["PERIOD", "BIN"])
@pytest.mark.parametrize("text", ["0", "-1", "NaN", "inf", "1e-9", "a day", "1e999"])
def test_days_are_above_zero_and_finite(name, text):
    with pytest.raises(ParameterError) as raised:
        steps((name, text))

    assert raised.value.name == name


def test_a_period_is_a_number_or_the_objects_own():
    assert steps(("PERIOD", "0.5"), ("EPOCH", "0")) == (Fold(0.5, 0.0),)
    assert steps(("PERIOD", "OWN"), alone=True) == (Fold(None, None, True),)


def test_an_epoch_is_written_as_the_times_are():
    found = steps(("PERIOD", "1"), ("EPOCH", "2000-01-01T12:00"), ("TIMEFORMAT", "iso"))

    assert Fold(1.0, 51544.5) in found
    with pytest.raises(ParameterError, match="EPOCH: '2000-01-01' is not a number"):
        steps(("PERIOD", "1"), ("EPOCH", "2000-01-01"))
    with pytest.raises(ParameterError, match="is not a time like 2020"):
        steps(("PERIOD", "1"), ("EPOCH", "51544.5"), ("TIMEFORMAT", "iso"))


def test_an_epoch_alone_is_refused():
    with pytest.raises(ParameterError, match="give a PERIOD with it"):
        steps(("EPOCH", "51544.5"))


def test_different_values_of_one_parameter_are_refused():
    with pytest.raises(ParameterError, match="BIN: given 2 times"):
        steps(("BIN", "1"), ("BIN", "2"))


def test_every_input_is_described_and_read():
    names = [each.column.name for each in INPUTS]

    assert names == [
        *("TIME", "QUALITY", "TIMESCALE", "REFPOSITION", "TIMEFORMAT"),
        *("QUANTITY", "PERIOD", "EPOCH", "BIN"),
    ]
    for each in INPUTS:
        assert each.column.description
        if each.column.ucd:
            parse_ucd(each.column.ucd, check_controlled_vocabulary=True)
        for option in each.options:
            assert steps((each.column.name, option))
