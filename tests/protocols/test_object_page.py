"""The page of an object."""

import re
import subprocess
from html import unescape

import pytest
import requests

STAR = "demo-0002"  # with upper limits and a period


def get(server, path, **more):
    return requests.get(f"{server}/objects/{path}", timeout=30, **more)


def plots(text):
    return [unescape(src) for src in re.findall(r'<img src="(/plot/[^"]+)"', text)]


def test_it_says_who_and_where_the_object_is(server, demo_db):
    ((ra, dec, period, kind),) = demo_db.fetch(
        "SELECT ra, dec, period, class FROM demo.objects WHERE object_id = %s", (STAR,)
    )
    text = get(server, f"demo/{STAR}").text

    assert f"<h1>{STAR}</h1>" in text
    assert f"{ra:.6f}, {dec:.6f} deg" in text
    assert f"<dd>{period!r} d</dd>" in text
    assert f"<dd>{kind}</dd>" in text


def test_every_passband_is_summed_up(server, demo_db):
    rows = demo_db.fetch(
        "SELECT passband, count(*), count(*) FILTER (WHERE flags & 2 = 2),"
        " count(*) FILTER (WHERE flags & 1 = 1) FROM demo.photometry"
        " WHERE object_id = %s GROUP BY passband",
        (STAR,),
    )
    text = get(server, f"demo/{STAR}").text

    assert len(rows) == 2
    for passband, count, limits, _ in rows:
        found = re.search(
            rf'<th scope="row">{passband}</th><td class="number">(\d+)</td>'
            r'<td class="number">(\d+)</td>',
            text,
        )
        assert found.groups() == (str(count), str(limits))


def test_the_light_curve_is_shown_against_time_and_folded(server):
    shown = plots(get(server, f"demo/{STAR}").text)

    assert len(shown) == 2
    assert "period=own" in shown[1]
    for src in shown:
        assert requests.get(server + src, timeout=30).status_code == 200


def test_an_object_without_a_period_is_not_folded(server, demo_db):
    ((name,),) = demo_db.fetch(
        "SELECT object_id FROM demo.objects WHERE period IS NULL LIMIT 1"
    )

    assert len(plots(get(server, f"demo/{name}").text)) == 1


def test_the_form_begins_with_the_known_period(server, demo_db):
    ((period,),) = demo_db.fetch(
        "SELECT period FROM demo.objects WHERE object_id = %s", (STAR,)
    )

    assert f'required value="{period!r}"' in get(server, f"demo/{STAR}").text


def test_the_form_folds_with_any_period(server):
    text = get(server, f"demo/{STAR}?period=0.25&epoch=58000.5").text
    shown = plots(text)

    assert "period=0.25&epoch=58000.5" in shown[1]
    assert requests.get(server + shown[1], timeout=30).status_code == 200
    assert 'name="period"' in text
    assert 'value="0.25"' in text
    assert 'value="58000.5"' in text


@pytest.mark.parametrize("query", ["period=x", "period=-1", "period=0", "epoch=x"])
def test_a_period_that_is_none_is_a_page_that_says_so(server, query):
    reply = get(server, f"demo/{STAR}?{query}")

    assert reply.status_code == 400
    assert reply.headers["Content-Type"].startswith("text/html")
    assert query.partition("=")[0].upper() in reply.text


def test_the_collection_leads_to_its_objects(server):
    text = requests.get(f"{server}/collections/demo", timeout=30).text
    thumbs = re.findall(r'href="(/objects/demo/[^"]+)"><img src="([^"]+)"', text)

    assert len(thumbs) == 12
    for page, picture in thumbs:
        assert "size=thumbnail" in picture
        assert requests.get(server + page, timeout=30).status_code == 200


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 420])
def test_a_browser_shows_it_without_complaint(server, chromium, tmp_path, width):
    picture = tmp_path / "page.png"
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-default-apps",
            f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr",
            "--v=0", f"--screenshot={picture}", f"--window-size={width},1600",
            f"{server}/objects/demo/{STAR}?period=0.25",
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    assert picture.stat().st_size > 20_000
