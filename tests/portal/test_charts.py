import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.portal import charts
from vo_lcc.portal.axes import padded_range, ticks

SVG = "{http://www.w3.org/2000/svg}"


def series(passband="V", **changes):
    one = charts.Series(
        passband,
        time=np.array([0.0, 1.0, 2.0, 3.0]),
        value=np.array([10.0, 11.0, 12.0, 13.0]),
        error=np.array([0.1, np.nan, 0.1, 0.1]),
        limit=np.array([False, False, False, True]),
        bad=np.zeros(4, dtype=bool),
    )
    return replace(one, **changes)


def marks(svg, name):
    root = ElementTree.fromstring(svg)
    found = [
        path.get("d")
        for path in root.iter(f"{SVG}path")
        if name in path.get("class", "").split() and "sample" not in path.get("class")
    ]
    return "".join(d for d in found if len(found) == 1 or d)


def dots(svg):
    """Dots in the plot, without those of the legend."""
    found = re.findall(r"M(\S+?)[ ](\S+?)h0", marks(svg, "dots"))
    return np.array([p for p in found if p != ("0", "-4.5")], dtype=float)


def test_bright_points_are_above_faint_ones():
    at = dots(charts.light_curve_svg([series()], "a star", "MJD"))

    assert (np.diff(at[:, 0]) > 0).all()
    assert (np.diff(at[:, 1]) > 0).all()


def test_flux_grows_upwards():
    axis = charts.value_axis("flux", "Jy")
    at = dots(charts.light_curve_svg([series()], "a star", "MJD", axis))

    assert (np.diff(at[:, 1]) < 0).all()


def test_an_upper_limit_is_a_triangle_and_no_dot():
    svg = charts.light_curve_svg([series()], "a star", "MJD")

    assert len(dots(svg)) == 3
    assert marks(svg, "limits").count("z") == 1


def test_a_bad_point_is_hollow_and_sets_no_range():
    wild = series(
        value=np.array([10.0, 11.0, 12.0, 99.0]),
        limit=np.zeros(4, dtype=bool),
        bad=np.array([True, False, False, True]),
    )
    svg = charts.light_curve_svg([wild], "a star", "MJD")

    assert len(dots(svg)) == 2
    assert ">95<" not in svg
    assert "2 flagged as bad" in svg


def test_a_point_without_error_has_no_bar():
    assert (
        marks(charts.light_curve_svg([series()], "a star", "MJD"), "bars").count("V")
        == 2
    )


def test_a_missing_magnitude_is_not_drawn():
    gap = series(value=np.array([10.0, np.nan, 12.0, 13.0]))

    assert len(dots(charts.light_curve_svg([gap], "a star", "MJD"))) == 2


def test_a_folded_curve_shows_every_point_twice():
    svg = charts.folded_svg([series()], 0.7, "a star")
    at = dots(svg)

    assert len(at) == 6
    width = charts.RIGHT - charts.LEFT
    x = np.sort(at[:, 0])
    shifted = np.sort(at[:, 0] + width / 2)
    assert np.isin(np.round(x[3:]), np.round(shifted)).all()
    assert "4 points in passband V" in svg


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e3), st.integers(-1000, 1000))
def test_whole_cycles_do_not_change_the_phase(time, period, cycles):
    phases = charts.phase(np.array([time, time + cycles * period]), period, 0.0)
    apart = abs(phases[1] - phases[0])

    assert (phases >= 0).all()
    assert (phases <= 1).all()
    assert min(apart, 1 - apart) < 1e-6 + 1e-11 * abs(time) / period


@pytest.mark.parametrize("period", [0.0, -1.0, float("nan")])
def test_a_period_must_be_positive(period):
    with pytest.raises(ValueError, match="period"):
        charts.folded_svg([series()], period, "a star")


def test_no_points_at_all_is_still_a_picture():
    picture = ElementTree.fromstring(charts.light_curve_svg([], "nothing", "MJD"))

    assert picture.tag.endswith("svg")


def test_each_passband_has_its_own_colour():
    svg = charts.light_curve_svg([series("g"), series("r")], "a star", "MJD")

    assert marks(svg, "c0")
    assert marks(svg, "c2")


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6), st.integers(2, 9))
def test_ticks_are_round_and_inside(low, width, most):
    values, decimals = ticks(low, low + width, most)

    assert len(values) <= most + 1
    slack = 1e-6 * width
    assert all(low - slack <= value <= low + width + slack for value in values)
    assert len({f"{value:.{decimals}f}" for value in values}) == len(values)


@given(st.lists(st.floats(-1e9, 1e9)), st.floats(0, 1))
def test_a_range_is_never_empty(values, share):
    low, high = padded_range(np.array(values), share)

    assert low < high
