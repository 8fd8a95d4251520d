"""The same is drawn in both forms, at the same places."""

import io
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from vo_lcc.drawing.canvas import Look, Shape
from vo_lcc.drawing.palette import PALETTE
from vo_lcc.drawing.png import PngCanvas, png
from vo_lcc.drawing.svg import SvgCanvas

SVG = "{http://www.w3.org/2000/svg}"
WILD = '<script>alert("&")</script> \x00\x1b \ud800 \uffff $\\alpha$ 中'


def pixels(document):
    return np.asarray(Image.open(io.BytesIO(document)).convert("RGB")).astype(int)


def rgb(index):
    colour = PALETTE[index][0]
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def draw(canvas):
    canvas.ground(10, 10, 80, 40)
    canvas.lines(np.array([[10.0, 20.0, 90.0, 20.0]]))
    canvas.lines(np.array([[30.0, 15.0, 30.0, 45.0]]), 3)
    canvas.curve(np.array([10.0, 90.0]), np.array([50.0, 10.0]), 2)
    for look, x in zip(Look, (20.0, 50.0, 80.0), strict=True):
        for number, shape in enumerate(Shape):
            y = np.array([12.0 + 8 * number])
            canvas.marks(np.array([x]), y, shape, 3, look, number)
    canvas.text(50, 55, WILD, "middle strong")
    return canvas.finish(WILD, "in words")


@pytest.mark.parametrize("canvas", [SvgCanvas, PngCanvas])
@pytest.mark.parametrize("magnified", [1.0, 2.0])
def test_the_same_picture_is_the_same_bytes(canvas, magnified):
    assert draw(canvas((100, 60), magnified)) == draw(canvas((100, 60), magnified))


def test_a_magnified_png_has_more_pixels():
    assert pixels(draw(PngCanvas((100, 60), 2.5))).shape == (150, 250, 3)


def test_a_magnified_svg_says_its_size():
    root = ElementTree.fromstring(draw(SvgCanvas((100, 60), 2.5)))

    assert root.get("viewBox") == "0 0 100 60"
    assert (root.get("width"), root.get("height")) == ("250", "150")


def test_text_of_users_is_no_markup():
    document = draw(SvgCanvas((100, 60))).decode()
    root = ElementTree.fromstring(document)

    assert "<script" not in document
    assert [e.tag for e in root.iter() if "script" in e.tag] == []
    assert root.find(f"{SVG}title").text.startswith('<script>alert("&")')


@pytest.mark.parametrize("canvas", [SvgCanvas, PngCanvas])
def test_nothing_at_all_can_be_drawn(canvas):
    drawn = canvas((100, 60))
    none = np.array([])
    drawn.lines(np.zeros((0, 4)))
    drawn.curve(none, none, 0)
    drawn.marks(none, none, Shape.DOT, 2, Look.GOOD, 0)
    drawn.text(1, 1, "")

    assert drawn.finish("", "")


@pytest.mark.parametrize("shape", list(Shape))
def test_a_mark_is_where_it_should_be_in_its_colour(shape):
    canvas = PngCanvas((100, 60))
    canvas.marks(np.array([70.0]), np.array([20.0]), shape, 5, Look.GOOD, 3)
    drawn = pixels(canvas.finish("", ""))

    assert drawn[20, 70].tolist() == rgb(3)
    y, x = np.nonzero((drawn != 255).any(axis=2))
    assert abs(x.mean() - 69.5) < 0.6
    assert 12 <= y.min() <= y.max() <= 28


def test_a_limit_points_down():
    canvas = PngCanvas((100, 60))
    canvas.marks(
        np.array([50.0]), np.array([30.0]), Shape.DOWN, 8, Look.LIMIT, 1
    )  # fmt: skip
    marked = (pixels(canvas.finish("", "")) != 255).any(axis=2)

    widths = marked.sum(axis=1)
    assert widths[24] > widths[30] > widths[38] > 0


def test_a_bad_point_is_hollow():
    canvas = PngCanvas((100, 60))
    canvas.marks(np.array([50.0]), np.array([30.0]), Shape.DOT, 8, Look.BAD, 1)
    drawn = pixels(canvas.finish("", ""))

    assert drawn[30, 50].tolist() == [255, 255, 255]
    assert (drawn[30, 41:44] != 255).any()


def test_words_travel_with_the_png():
    found = Image.open(io.BytesIO(draw(PngCanvas((100, 60)))))
    found.load()

    assert found.info["Title"].startswith("<script>")
    assert found.info["Description"] == "in words"


def test_only_pixels_make_a_png():
    with pytest.raises(ValueError, match="RGB"):
        png(np.zeros((3, 3)), {})


def test_pictures_drawn_at_the_same_time_are_those_drawn_one_by_one():
    def drawn(number):
        canvas = PngCanvas((300, 100), 1 + number % 3)
        canvas.text(10, 50, f"picture number {number}", "strong")
        canvas.marks(
            np.linspace(10, 290, 500), np.full(500, 70.0), Shape.DOT, 2, Look.GOOD, 1
        )
        return canvas.finish(str(number), "")

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(drawn, range(64)))

    assert together == [drawn(number) for number in range(64)]
