"""Pictures of light curves over HTTP."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import requests
from PIL import Image

from vo_lcc.drawing.palette import PALETTE

IMAGE = Path(__file__).parents[2] / "docs" / "images" / "demo-0002.svg"
SVG = "{http://www.w3.org/2000/svg}"
STAR = "demo-0002"  # with upper limits and a period


def get(server, path, **more):
    return requests.get(f"{server}/plot/{path}", timeout=30, **more)


def read_png(reply):
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "image/png"
    return Image.open(io.BytesIO(reply.content))


def read_svg(reply):
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"].startswith("image/svg+xml")
    return ElementTree.fromstring(reply.content)


def words(root):
    return root.find(f"{SVG}desc").text


def test_a_png_has_the_size_asked_for_and_the_colours_of_its_passbands(server):
    image = read_png(get(server, f"demo/{STAR}", params={"width": 700, "height": 300}))
    seen = {tuple(colour) for colour in np.asarray(image).reshape(-1, 3).tolist()}

    assert image.size == (700, 300)
    for place in (1, 3):  # g, r
        colour = PALETTE[place][0]
        assert tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) in seen


def test_every_point_of_the_database_is_in_the_picture(server, demo_db):
    root = read_svg(get(server, f"demo/{STAR}?format=svg"))
    rows = demo_db.fetch(
        "SELECT passband, count(*) FROM demo.photometry WHERE object_id = %s"
        " GROUP BY passband",
        (STAR,),
    )
    told = re.findall(r"(\d+) points in passband (\w+)", words(root))

    assert {band: int(count) for count, band in told} == dict(rows)


def test_upper_limits_are_marked_down_and_counted(server, demo_db):
    ((limits,),) = demo_db.fetch(
        "SELECT count(*) FROM demo.photometry WHERE object_id = %s AND flags & 2 = 2",
        (STAR,),
    )
    root = read_svg(get(server, f"demo/{STAR}?format=svg"))
    drawn = sum(
        path.get("d").count("z")
        for path in root.iter(f"{SVG}path")
        if path.get("class") in ("c1 limits", "c3 limits")
    )

    assert limits > 0
    assert drawn == limits
    assert sum(map(int, re.findall(r"(\d+) upper limits", words(root)))) == limits


def test_its_own_period_folds_over_two_phases(server, demo_db):
    ((period,),) = demo_db.fetch(
        "SELECT period FROM demo.objects WHERE object_id = %s", (STAR,)
    )
    root = read_svg(get(server, f"demo/{STAR}?format=svg&PERIOD=own"))
    texts = [text.text for text in root.iter(f"{SVG}text")]

    assert f"{STAR}, period {period:.10g} d" in texts
    assert {"0.0", "1.0", "2.0"} <= set(texts)


def test_passbands_times_and_quality_choose_points(server):
    whole = words(read_svg(get(server, f"demo/{STAR}?format=svg")))
    some = words(
        read_svg(
            get(
                server,
                f"demo/{STAR}?format=svg&BAND=g&TIME=-Inf 59500&QUALITY=good,nolimits",
            )
        )
    )
    first, second = (int(re.search(r"(\d+) points", each)[1]) for each in (whole, some))

    assert second < first
    assert "passband r" not in some
    assert "upper limits" not in some


def test_an_interval_without_points_is_a_picture_that_says_so(server):
    root = read_svg(get(server, f"demo/{STAR}?format=svg&TIME=40000/40001"))

    assert "no points to show" in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("demo/nobody", 404, "NotFoundFault: no object 'nobody'"),
        ("nowhere/1", 404, "NotFoundFault: no collection 'nowhere'"),
        ("demo/a%00b", 404, "NotFoundFault: no object"),
        (f"demo/{STAR}?period=0", 400, "UsageFault: PERIOD"),
        (f"demo/{STAR}?width=100000", 400, "UsageFault: WIDTH"),
        (f"demo/{STAR}?format=gif", 400, "UsageFault: FORMAT"),
        ("demo/..%2F..%2Fetc%2Fpasswd", 404, "NotFoundFault: no object"),
    ],
)
def test_what_is_wrong_is_told_as_text(server, path, status, said):
    reply = get(server, path)

    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.text.startswith(said)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_picture_known_already_is_not_sent_again(server, form):
    url = f"demo/{STAR}?format={form}&width=500"
    reply = get(server, url)
    tag = reply.headers["ETag"]
    again = get(server, url, headers={"If-None-Match": f'W/"other", {tag}'})

    assert not tag.startswith("W/")
    assert "max-age" in reply.headers["Cache-Control"]
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == tag
    assert get(server, url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_same_question_in_other_words_has_the_same_tag(server):
    one = get(server, f"demo/{STAR}?period=0.50&format=png&band=g")
    other = get(server, f"demo/{STAR}?BAND=g&PERIOD=0.5", headers={"Accept": "*/*"})

    assert one.headers["ETag"] == other.headers["ETag"]
    assert one.content == other.content


@pytest.mark.parametrize("change", ["width=801", "size=thumbnail", "format=svg"])
def test_another_picture_has_another_tag(server, change):
    one, other = get(server, f"demo/{STAR}"), get(server, f"demo/{STAR}?{change}")

    assert one.headers["ETag"] != other.headers["ETag"]


def test_a_picture_cannot_load_or_run_anything(server):
    reply = get(server, f"demo/{STAR}?format=svg")

    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script" not in reply.content
    assert b"http" not in reply.content.replace(b"http://www.w3.org/2000/svg", b"")


def test_the_picture_in_the_documentation_is_what_is_drawn(server):
    reply = get(server, f"demo/{STAR}?format=svg")

    assert IMAGE.read_bytes() == reply.content, f"write this answer to {IMAGE}"


def test_fifty_thumbnails_at_once_are_fifty_pictures(server, demo_db):
    names = [
        name
        for (name,) in demo_db.fetch(
            "SELECT object_id FROM demo.objects ORDER BY object_id LIMIT 50"
        )
    ]
    with ThreadPoolExecutor(8) as threads:
        replies = list(
            threads.map(lambda n: get(server, f"demo/{n}?size=thumbnail"), names)
        )

    assert {read_png(reply).size for reply in replies} == {(200, 120)}
    assert len({reply.content for reply in replies}) == 50
