"""What is seen: read back from the coordinates of the SVG."""

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from vo_lcc.curves.steps.params import parse_steps
from vo_lcc.curves.steps.step import apply_all
from vo_lcc.dali.params import Params
from vo_lcc.plots.charts import draw_chart, draw_thumbnail
from vo_lcc.plots.params import PNG, SVG, THUMBNAIL, PlotParams
from vo_lcc.plots.points import MOST_POINTS, make_chart

spec = importlib.util.spec_from_file_location(
    "stars", Path(__file__).with_name("stars.py")
)
stars = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stars)
BAD, LIMIT = stars.BAD, stars.LIMIT

NS = "{http://www.w3.org/2000/svg}"


def svg(curves, size="full", **asked):
    steps = parse_steps(Params(tuple(asked.items())), alone=True)
    chart = make_chart(apply_all(steps, curves), steps)
    draw = draw_thumbnail if size == THUMBNAIL else draw_chart
    wide = (200, 120) if size == THUMBNAIL else (800, 420)
    document = draw(chart, PlotParams(SVG, size, *wide, ()).canvas)
    return ElementTree.fromstring(document)


def marks(root, kind):
    """Where marks of a class are, those of the legend left out."""
    found = [
        pair
        for path in root.iter(f"{NS}path")
        if kind in path.get("class").split()
        for pair in re.findall(r"M(-?[\d.]+)[ ]?(-?[\d.]+)", path.get("d"))
    ]
    at = np.array(found, dtype=float).reshape(-1, 2)
    return at[at[:, 1] > 50] if root.get("width") == "800" else at


def texts(root):
    return [text.text for text in root.iter(f"{NS}text")]


def words(root):
    return root.find(f"{NS}desc").text


def test_bright_points_are_above_faint_ones():
    at = marks(svg(stars.fading()), "dots")

    assert len(at) == 4
    assert (np.diff(at[:, 0]) > 0).all()
    assert (np.diff(at[:, 1]) > 0).all()


def test_a_fading_star_sinks_in_flux_too():
    root = svg(stars.fading(), QUANTITY="flux")
    at = marks(root, "dots")

    assert len(at) == 4
    assert (np.diff(at[:, 0]) > 0).all()
    assert (np.diff(at[:, 1]) > 0).all()
    assert (np.diff(at[:, 1], n=2) < 0).all()  # each magnitude is a factor
    assert any("Jy" in text for text in texts(root))


@pytest.mark.parametrize("quantity", ["mag", "flux"])
def test_an_upper_limit_points_down_to_where_the_star_may_be(quantity):
    curves = stars.star({"g": [(58000.0, 15.0, 0.1, 0), (58001.0, 16.0, None, LIMIT)]})
    root = svg(curves, QUANTITY=quantity)
    (path,) = [
        p
        for p in root.iter(f"{NS}path")
        if p.get("class") == "c1 limits"
    ]  # fmt: skip
    corners = re.match(r"M\S+ \S+m(\S+?)-(\S+?)l(\S+) 0l-(\S+) (\S+)z", path.get("d"))

    assert len(marks(root, "limits")) == 1
    assert float(corners[5]) > 0  # the last corner is the lowest one
    assert "upper limit" in texts(root)
    assert "1 upper limits" in words(root)


def test_a_bad_point_is_hollow_and_sets_no_range():
    rows = [(58000.0 + n, 10.0 + n, 0.1, 0) for n in range(3)]
    wild = stars.star(
        {"g": [*rows, (58003.0, 11.0, 0.1, BAD), (58004.0, 99.0, 0, BAD)]}
    )
    root = svg(wild)

    assert len(marks(root, "hollow")) == 1
    assert "flagged" in texts(root)
    assert "1 flagged point outside the plot" in texts(root)
    assert not any(text.startswith("9") for text in texts(root))


def test_a_light_curve_of_bad_points_only_is_shown():
    root = svg(
        stars.star({"g": [(58000.0, 15.0, 0.1, BAD), (58001.0, 16.0, 0.1, BAD)]})
    )

    assert len(marks(root, "hollow")) == 2


def test_only_good_points_with_an_error_have_bars():
    rows = [(58000.0, 15.0, 0.1, 0), (58001.0, 15.5, None, 0), (58002.0, 15.2, 0.2, 1)]

    assert len(marks(svg(stars.star({"g": rows})), "bars")) == 1


def test_a_missing_magnitude_is_told_and_not_drawn():
    root = svg(stars.star({"g": [(58000.0, 15.0, 0.1, 0), (58001.0, None, None, 0)]}))

    assert len(marks(root, "dots")) == 1
    assert "1 without a value" in words(root)


def test_a_folded_curve_shows_every_point_twice_a_period_apart():
    root = svg(stars.fading(), PERIOD="0.7")
    at = marks(root, "dots")
    ground = root.find(f"{NS}rect")
    width = float(ground.get("width"))

    assert len(at) == 8
    x = np.sort(at[:, 0])
    assert x[4:] - x[:4] == pytest.approx([width / 2] * 4, abs=0.2)
    assert "4 points in passband g" in words(root)
    assert "star-1, period 0.7 d" in texts(root)


def test_phase_zero_is_at_the_epoch():
    root = svg(stars.fading(), PERIOD="10", EPOCH="58001")
    at = marks(root, "dots")
    left = float(root.find(f"{NS}rect").get("x"))

    assert at[:, 0].min() == pytest.approx(left, abs=0.2)
    assert "phase from MJD 58001 (TDB, barycentre)" in texts(root)


def test_the_period_of_the_object_itself_folds():
    root = svg(stars.fading(), PERIOD="own")

    assert "star-1, period 0.5 d" in texts(root)


def test_each_passband_has_the_colour_of_its_wavelength():
    red = [(58000.0, 14.0, 0.1, 0)]
    both = svg(stars.fading(r=red))
    alone = svg(stars.star({"r": red}))

    assert len(marks(both, "c3")) >= 1
    assert len(marks(alone, "c3")) >= 1
    assert len(marks(alone, "c1")) == 0


def test_axes_say_unit_frame_and_system():
    found = texts(svg(stars.fading()))

    assert "MJD (TDB, barycentre)" in found
    assert "magnitude (mag, AB)" in found
    assert {"g", "star-1"} <= set(found)


def test_a_converted_time_frame_is_told():
    found = texts(svg(stars.fading(), TIMESCALE="TT", TIMEFORMAT="jd"))

    assert "JD (TT, barycentre)" in found


@pytest.mark.parametrize(
    "asked",
    [{}, {"PERIOD": "own"}, {"QUANTITY": "flux"}, {"BIN": "1"}, {"TIME": "1 2"}],
)
@pytest.mark.parametrize("size", ["full", THUMBNAIL])
def test_an_object_without_points_is_a_picture_that_says_so(size, asked):
    root = svg(stars.star({}), size, **asked)

    assert "no points to show" in texts(root)
    assert "no points" in words(root)


def test_a_thumbnail_is_points_and_nothing_else():
    root = svg(stars.fading(), THUMBNAIL)

    assert texts(root) == []
    assert len(marks(root, "dots")) == 4


def test_a_very_long_light_curve_is_thinned_and_says_so():
    root = svg(stars.many(3 * MOST_POINTS))
    drawn = len(marks(root, "dots"))

    assert 0.98 * MOST_POINTS < drawn < 1.02 * MOST_POINTS
    assert any("of 60,000 points drawn" in text for text in texts(root))
    assert "60000 points" in words(root)


def test_binned_points_are_drawn():
    root = svg(stars.fading(), BIN="2")

    assert "points in passband g" in words(root)
    assert 2 <= len(marks(root, "dots")) <= 3


def test_a_name_is_no_markup():
    root = svg(stars.star({"g": [(58000.0, 15.0, 0.1, 0)]}, name="<b>&\x00"))

    assert texts(root)[0].startswith("<b>&")


def test_a_period_of_any_length_does_not_break_the_title():
    curves = stars.star({"g": [(58000.0, 15.0, 0.1, 0)]}, name="x" * 500)

    assert max(map(len, texts(svg(curves)))) < 120


@pytest.mark.parametrize("form", [PNG, SVG])
def test_drawing_is_deterministic(form):
    chart = make_chart(stars.fading(), ())
    first, second = (
        draw_chart(chart, PlotParams(form, "full", 800, 420, ()).canvas)
        for _ in range(2)
    )

    assert first == second
