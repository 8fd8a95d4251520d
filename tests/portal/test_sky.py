import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocpy import MOC

from vo_lcc.portal import sky

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg, classes):
    root = ElementTree.fromstring(svg)
    return "".join(
        path.get("d")
        for path in root.iter(f"{SVG}path")
        if path.get("class") == classes
    )


def inside_ellipse(x, y, slack=0.2):
    dx = (np.asarray(x) - sky.CENTRE[0]) / (sky.HALF_WIDTH + slack)
    dy = (np.asarray(y) - sky.CENTRE[1]) / (sky.HALF_HEIGHT + slack)
    return dx**2 + dy**2 <= 1


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_position_falls_inside_the_map(lon, lat):
    x, y = sky.project(np.array([lon]), np.array([lat]))

    assert inside_ellipse(x, y).all()


@given(st.floats(-179, 179), st.floats(-89, 89))
def test_the_map_keeps_areas(lon, lat):
    step = 1e-4
    x, y = sky.project(
        np.array([lon, lon + step, lon]), np.array([lat, lat, lat + step])
    )
    area = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
    on_the_sky = step**2 * np.cos(np.radians(lat + step / 2))
    whole = np.pi * sky.HALF_WIDTH * sky.HALF_HEIGHT
    whole_sky = 4 * np.pi * np.degrees(1) ** 2

    assert area / on_the_sky == pytest.approx(whole / whole_sky, rel=0.02)


def test_right_ascension_increases_to_the_left():
    x, _ = sky.project(sky.centred(np.array([10.0, 350.0])), np.zeros(2))

    assert x[0] < sky.CENTRE[0] < x[1]


def test_one_small_cell_is_one_dot_at_its_place():
    moc = MOC.from_string("6/0")
    svg = sky.coverage_svg(moc.to_string(), "one cell")
    x, y = map(
        float, re.fullmatch(r"M(\S+) (\S+)h0", drawn(svg, "cells fine")).groups()
    )
    expected = sky.project(np.array([45.0]), np.array([0.6]))

    assert (x, y) == pytest.approx([e[0] for e in expected], abs=0.2)


@pytest.mark.parametrize("coverage", ["0/0-11", "0/6", "1/0-47", "3/300 301"])
def test_cells_across_the_rim_and_the_poles_stay_inside(coverage):
    data = drawn(sky.coverage_svg(coverage, "large cells"), "cells area")
    numbers = np.array(re.findall(r"-?\d+(?:\.\d+)?", data), dtype=float).reshape(-1, 2)

    assert inside_ellipse(numbers[:, 0], numbers[:, 1]).all()


def test_a_cell_across_the_rim_is_drawn_on_both_sides():
    data = drawn(sky.coverage_svg("0/6", "base cell around RA 180"), "cells area")
    x = [float(n) for n in re.findall(r"[ML](\d+(?:\.\d+)?)", data)]

    assert data.count("M") == 2
    assert min(x) < 100 < 500 < max(x)


def test_no_coverage_is_a_map_without_cells():
    svg = sky.coverage_svg("", "nothing")

    assert drawn(svg, "cells fine") == drawn(svg, "cells area") == ""
    assert "0 % of the sky" in svg


def test_titles_are_text_and_never_markup():
    svg = sky.coverage_svg("", '<script>"&\x00')

    assert (
        ElementTree.fromstring(svg)
        .find(f"{SVG}title")
        .text.endswith('Sky coverage of <script>"&\ufffd')
    )
