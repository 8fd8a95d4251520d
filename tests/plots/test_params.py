import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.plots.params import PNG, SVG, PlotParams

spec = importlib.util.spec_from_file_location(
    "stars", Path(__file__).with_name("stars.py")
)
stars = importlib.util.module_from_spec(spec)
spec.loader.exec_module(stars)


def parse(accept="", **asked):
    return PlotParams.parse(Params(tuple(asked.items())), accept, stars.COLLECTION)


def test_a_bare_request_is_a_png_of_the_usual_size():
    found = parse()

    assert found.form is PNG
    assert (found.width, found.height) == (800, 420)
    assert found.steps == ()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("image/svg+xml,image/*;q=0.8", SVG),
        ("image/avif,image/webp,image/png,image/svg+xml;q=0.5", PNG),
        ("IMAGE/SVG+XML", SVG),
        ("*/*", PNG),
        ("text/html", PNG),
    ],
)
def test_accept_chooses_the_form(accept, form):
    assert parse(accept).form is form


@pytest.mark.parametrize("name", ["svg", "SVG", "image/svg+xml"])
def test_format_goes_before_accept(name):
    assert parse("image/png", format=name).form is SVG


def test_only_the_passbands_that_are_drawn_need_a_zero_point():
    red, green = stars.COLLECTION.passbands
    some = replace(stars.COLLECTION, passbands=(red, replace(green, zero_point=None)))
    asked = (("QUANTITY", "flux"),)

    assert PlotParams.parse(Params((*asked, ("BAND", "r"))), "", some).steps
    with pytest.raises(ParameterError, match="no zero point is known of g in stars"):
        PlotParams.parse(Params(asked), "", some)


def test_thumbnails_are_small():
    found = parse(size="Thumbnail")

    assert (found.width, found.height) == (200, 120)


def test_a_larger_picture_is_magnified():
    canvas = parse(width="1600", height="1000").canvas

    assert canvas.magnified == 2
    assert canvas.size == (800, 500)


def test_the_order_of_parameters_does_not_matter():
    one, other = (
        Params((("PERIOD", "0.5"), ("BAND", "g"))),
        Params((("band", "g"), ("period", "0.50"))),
    )
    first, second = (PlotParams.parse(p, "", stars.COLLECTION) for p in (one, other))

    assert repr(first) == repr(second)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"format": "gif"}, "FORMAT: 'gif' is not one of png, svg"),
        ({"size": "huge"}, "SIZE: 'huge' is not one of full, thumbnail"),
        ({"width": "100"}, "WIDTH: '100' is not between 320 and 3200 pixels; smaller"),
        ({"width": "1e9"}, "WIDTH: '1e9' is not an integer"),
        ({"width": "9" * 30}, "WIDTH"),
        ({"size": "thumbnail", "height": "5000"}, "HEIGHT: '5000' is not between 30"),
        ({"band": "Q"}, "BAND: no passband 'Q'"),
        ({"band": "1e-9"}, "BAND: no passband lies there"),
        ({"timeformat": "iso"}, "TIMEFORMAT: an axis has numbers"),
        ({"refposition": "TOPOCENTER"}, "REFPOSITION: "),
        ({"period": "-1"}, "PERIOD: "),
        ({"period": "0"}, "PERIOD: "),
        ({"period": "nan"}, "PERIOD: "),
        ({"epoch": "5"}, "EPOCH: "),
        ({"time": "6 5"}, "TIME: "),
        ({"bin": "1000"}, "BIN: "),
    ],
)
def test_what_cannot_be_drawn_is_told(asked, said):
    with pytest.raises(ParameterError) as told:
        parse(**asked)

    assert str(told.value).startswith(said)
