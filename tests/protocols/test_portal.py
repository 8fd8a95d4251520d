import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
import requests

from vo_lcc.config import Config
from vo_lcc.formats.curves import CURVE_FORMATS

URL = re.compile(r'"url":"([^"]+)"')
SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """Links, pictures, headings and code of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.images, self.headings, self.code = [], [], [], []
        self.scripts, self.stack, self.styled = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"])
        elif tag == "img":
            self.images.append(found)
        elif tag == "script":
            self.scripts.append(found.get("src"))
        elif tag == "code":
            self.code.append("")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "style" in found or any(name.startswith("on") for name in found):
            self.styled.append(tag)
        if tag not in ("meta", "link", "img", "br", "input"):
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if "code" in self.stack:
            self.code[-1] += data


@pytest.fixture(params=["/", "/collections/demo", "/objects/demo/demo-0002"])
def page(request, server):
    """Each page, read."""
    reply = requests.get(server + request.param, timeout=30)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return Page(reply.text)


def test_tags_are_balanced_and_headings_nested(page):
    assert page.stack == []
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(
        b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False)
    )


def test_every_link_and_picture_of_our_own_is_there(page, server):
    own = [
        urljoin(server, link) for link in page.links if not link.startswith("mailto:")
    ]
    pictures = [urljoin(server, image["src"]) for image in page.images]

    for url in {*own, *pictures}:
        if url.startswith(server):
            reply = requests.get(url.partition("#")[0], timeout=30)
            assert reply.status_code == 200, url


def test_every_picture_has_words(page):
    assert page.images
    assert all("alt" in image for image in page.images)
    assert all(image["alt"] for image in page.images if "static" not in image["src"])


def test_nothing_is_loaded_from_elsewhere(page, server):
    assert all(src.startswith("/static/") for src in page.scripts)
    assert all(image["src"].startswith("/") for image in page.images)
    assert page.styled == []


@pytest.mark.parametrize(
    "path", ["/", "/collections/demo", "/objects/demo/demo-0002", "/nowhere"]
)
def test_the_policy_lets_nothing_in_from_elsewhere(server, path):
    policy = requests.get(server + path, timeout=30).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_counts_are_those_of_the_database(server, demo_db):
    counts = demo_db.fetch(
        "SELECT (SELECT count(*) FROM demo.objects), (SELECT count(*) FROM"
        " demo.lightcurves), (SELECT count(*) FROM demo.photometry)"
    )[0]
    text = requests.get(server, timeout=30).text

    for count in counts:
        assert f"<dd>{count:,}</dd>" in text


def test_the_map_stands_alone(server):
    url = f"{server}/collections/demo/sky.svg"
    reply = requests.get(url, timeout=30)
    root = ElementTree.fromstring(reply.content)

    assert reply.headers["Content-Type"].startswith("image/svg+xml")
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert list(root.iter(f"{SVG}path"))
    known = {"If-None-Match": reply.headers["ETag"]}
    assert requests.get(url, headers=known, timeout=30).status_code == 304


@pytest.mark.parametrize("path", ["/", "/collections/demo"])
def test_the_example_is_plotted_whole_and_folded(server, demo_db, path):
    ((name, points),) = demo_db.fetch(
        "SELECT object_id, o.n_points FROM demo.objects o JOIN vo_lcc.releases"
        " ON example = object_id WHERE collection = 'demo'"
    )
    page = Page(requests.get(server + path, timeout=30).text)
    plots = [
        image["src"]
        for image in page.images
        if image["src"].startswith(f"/plot/demo/{name}?") and "size" not in image["src"]
    ]
    words = [
        ElementTree.fromstring(requests.get(server + src, timeout=30).content)
        .find(f"{SVG}desc")
        .text
        for src in plots
    ]

    assert len(words) == 2
    assert "against MJD" in words[0]
    assert "against phase" in words[1]
    for each in words:
        assert sum(map(int, re.findall(r"(\d+) points in", each))) == points


def test_the_example_is_offered_in_every_format(server):
    page = Page(requests.get(f"{server}/collections/demo", timeout=30).text)

    offered = {link.partition("?format=")[2] for link in page.links if "/lc/" in link}

    names = {known.name for known in CURVE_FORMATS if known.name.isalpha()}
    assert offered - {""} == names


def test_every_column_is_documented(server, demo_db):
    text = requests.get(f"{server}/collections/demo", timeout=30).text
    columns = demo_db.fetch(
        "SELECT column_name FROM tap_schema.columns WHERE table_name LIKE 'demo.%%'"
    )

    assert columns
    for (name,) in columns:
        assert f"<code>{name.replace(chr(34), '&#34;')}</code>" in text


def recipe(server, start):
    found = Page(requests.get(server, timeout=30).text).code
    return next(code for code in found if code.startswith(start))


def test_the_pyvo_lines_run(server):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", recipe(server, "import pyvo")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert f"{server}/lc/demo/" in done.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_curl_lines_run(server):
    done = subprocess.run(
        ["bash", "-ec", recipe(server, "curl").replace("curl ", "curl -sSf ")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "passband,obs_time" in done.stdout
    assert "object_id,ra,dec" in done.stdout


@pytest.mark.validator
def test_the_stilts_line_runs(server, stilts):
    (line,) = [
        line
        for line in recipe(server, "topcat").splitlines()
        if line.startswith("stilts")
    ]
    found = re.fullmatch(
        r'stilts (tapquery) (sync=true) (tapurl=\S+) (adql)="(.*)" (ofmt=text)', line
    )
    done = stilts(*found.group(1, 2, 3), f"{found[4]}={found[5]}", found[6])

    assert done.returncode == 0, done.stderr
    assert "object_id" in done.stdout


def test_an_unknown_page_is_a_page(server):
    reply = requests.get(f"{server}/nowhere", timeout=30)

    assert reply.status_code == 404
    assert Page(reply.text).headings == [1]
    assert 'href="/"' in reply.text


def test_behind_a_path_an_unknown_page_leads_back_there(server):
    reply = requests.get(
        f"{server}/nowhere", headers={"X-Forwarded-Prefix": "/stars"}, timeout=30
    )

    links = re.findall(r'(?:href|src)="([^"#]+)', reply.text)
    assert "/stars/static/portal.css" in links
    assert [link for link in links if not link.startswith("/stars/")] == []


@pytest.mark.parametrize(
    "path",
    ["/collections/nowhere", "/collections/%3Cscript%3E", "/static/..%2Fpages.py",
     "/collections/nowhere/sky.svg", "/static/portal.py", "/objects/nowhere/1",
     "/objects/demo/nobody", "/objects/demo/%3Cscript%3E", "/objects/demo/a%00b"],
)  # fmt: skip
def test_what_is_not_there_says_so_without_echoing_markup(server, path):
    reply = requests.get(server + path, timeout=30)

    assert reply.status_code == 404
    assert "<script>" not in reply.text


def test_a_server_without_collections_says_how_to_publish_one(db, serving):
    with serving(Config(), db.url) as url:
        reply = requests.get(url, timeout=30)

    assert reply.status_code == 200
    assert "vo-lcc ingest" in reply.text
    assert Page(reply.text).stack == []


def asked_by(page, log):
    """What a page made the browser load; it has errands of its own as well."""
    return {
        found[1]
        for line in log.read_text().splitlines()
        if f'"initiator":"{page}"' in line and (found := URL.search(line))
    }


@pytest.mark.browser
def test_a_browser_shows_the_page_without_complaint(server, chromium, tmp_path):
    log = tmp_path / "net.json"
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-default-apps",
            f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}",
            "--net-log-capture-mode=Default", "--enable-logging=stderr", "--v=0",
            f"--screenshot={tmp_path / 'page.png'}", "--window-size=1280,2400", server,
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    asked = asked_by(server, log)

    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    assert (tmp_path / "page.png").stat().st_size > 20_000
    assert any(url.endswith("/sky.svg") for url in asked), asked
    assert any("/plot/demo/" in url for url in asked), asked
    assert not [url for url in asked if not url.startswith(server)], asked
