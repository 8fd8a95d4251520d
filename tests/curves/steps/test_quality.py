import pytest

from tests.curves.steps.making import collection, curves, listed, run
from vo_lcc.curves.steps.params import parse_steps
from vo_lcc.curves.steps.step import apply_all
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.tables import Column

BAD, LIMIT, OTHER = 1, 2, 4
FLAGS = [0, BAD, LIMIT, OTHER, BAD | LIMIT, None, 0]
MAGS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, None]
"""The last has no magnitude, the one before no flags."""


def kept(text, **said):
    of = collection(**{"upper_limits": LIMIT, **said})
    given = curves(of, {"obs_time": list(range(7)), "mag": MAGS, "flags": FLAGS})
    (step,) = parse_steps(Params((("QUALITY", text),)))
    return [int(t) for t in listed(run(step, given), "obs_time")[0]]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("all", [0, 1, 2, 3, 4, 5, 6]),
        ("0", [0, 1, 2, 3, 4, 5, 6]),
        ("good", [0, 5]),
        ("good,limits", [0, 2, 5]),
        ("good,nolimits", [0, 5]),
        ("good,onlylimits", [2]),
        ("1", [0, 2, 3, 5, 6]),
        ("5", [0, 2, 5, 6]),
        ("1,nolimits", [0, 3, 5, 6]),
        ("3,limits", [0, 2, 3, 5, 6]),
        ("nolimits", [0, 1, 3, 5, 6]),
        ("all,limits", [0, 1, 2, 3, 4, 5, 6]),
        ("onlylimits", [2, 4]),
        ("1,onlylimits", [2]),
    ],
)
def test_points_are_kept_by_their_flags(text, points):
    assert kept(text) == points


def test_without_a_mask_of_limits_no_point_is_one():
    assert kept("good,limits", upper_limits=0) == [0, 5]
    assert kept("nolimits", upper_limits=0) == [0, 1, 2, 3, 4, 5, 6]
    with pytest.raises(ParameterError, match="does not tell which points are limits"):
        kept("onlylimits", upper_limits=0)


def test_points_without_flags_have_nothing_against_them():
    points = ("obs_time", "mag")

    assert kept("good", points=points) == [0, 1, 2, 3, 4, 5]
    assert kept("nolimits", points=points) == [0, 1, 2, 3, 4, 5, 6]
    with pytest.raises(ParameterError, match="the points of made have no flags"):
        kept("6", points=points)
    with pytest.raises(ParameterError, match="does not tell which points are limits"):
        kept("onlylimits", points=points)


def test_good_points_are_measured_in_the_quantity_that_is_asked():
    """A flux below zero has no magnitude, and is good."""
    flux = Column("flux", "float", unit="Jy", ucd="phot.flux.density")
    of = collection(points=("obs_time", "mag", flux))
    given = curves(
        of, {"obs_time": [1.0, 2.0], "mag": [None, 20.0], "flux": [-1e-6, None]}
    )

    for quantity, points in (("flux", [1.0]), ("mag", [2.0])):
        steps = parse_steps(Params((("QUALITY", "good"), ("QUANTITY", quantity))))
        assert listed(apply_all(steps, given), "obs_time") == [points]
