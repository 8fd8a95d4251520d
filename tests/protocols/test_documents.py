"""HTML and text over HTTP: types, names to save under, overflow, failure midway."""

import pytest
import requests

QUERY = "SELECT object_id, ra FROM demo.objects WHERE 'a<b' <> 'c'"


def ask(server, **words) -> requests.Response:
    return requests.get(f"{server}/tap/sync", {"LANG": "ADQL", **words}, timeout=60)


@pytest.mark.parametrize(
    ("name", "media_type", "extension"),
    [("html", "text/html", "html"), ("text", "text/plain;charset=utf-8", "txt")],
)
def test_a_result_for_people_says_that_it_was_cut(server, name, media_type, extension):
    reply = ask(server, QUERY=QUERY, FORMAT=name, MAXREC="3")

    assert reply.headers["Content-Type"] == media_type
    assert f'filename="result.{extension}"' in reply.headers["Content-Disposition"]
    assert "cut after 3 rows" in reply.text[-400:]
    assert "demo" in reply.text
    assert ("a&lt;b" if name == "html" else "a<b") in reply.text


def test_a_page_has_as_many_rows_as_the_table(server):
    reply = ask(server, QUERY=QUERY, FORMAT="text/html", MAXREC="1000")

    assert reply.text.count("</td></tr>") == 1000
    assert ">1,000 rows<" in reply.text


@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_tap_gives_the_version_of_votable_that_is_asked_for(server, version):
    name = f'application/x-votable+xml;version="{version}";serialization=tabledata'

    reply = ask(server, QUERY=QUERY, RESPONSEFORMAT=name, MAXREC="1")

    assert reply.headers["Content-Type"] == (
        f"application/x-votable+xml;serialization=TABLEDATA;version={version}"
    )
    assert f'<VOTABLE version="{version}"' in reply.text


def test_fits_inside_a_votable_is_refused_with_what_there_is(server):
    name = "application/x-votable+xml;serialization=FITS"

    reply = ask(server, QUERY=QUERY, RESPONSEFORMAT=name)

    assert reply.status_code == 400
    assert "TABLEDATA, BINARY, BINARY2" in reply.text


@pytest.mark.parametrize("name", ["html", "text/html", "text", "text/plain"])
def test_who_asks_for_a_page_or_text_is_told_in_text_what_is_wrong(server, name):
    query = ask(server, QUERY="SELEC 1", FORMAT=name)
    curve = requests.get(f"{server}/lc/demo/none", {"format": name}, timeout=60)

    assert query.status_code == 400
    assert query.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert query.text.startswith("UsageFault: line 1, column 1")
    assert curve.status_code == 404
    assert curve.text == "NotFoundFault: no object 'none' in collection demo\n"


@pytest.mark.parametrize("name", ["votable", "csv", "fits", "json", "parquet", "nix"])
def test_who_asks_for_another_format_is_told_in_a_votable(server, name):
    reply = ask(server, QUERY="SELEC 1", FORMAT=name)

    assert reply.status_code == 400
    assert reply.headers["Content-Type"].startswith("application/x-votable+xml")
    assert '<INFO name="QUERY_STATUS" value="ERROR">UsageFault: ' in reply.text


def test_the_page_of_a_light_curve_is_headed_by_its_collection(server, demo_db):
    ((example, title),) = demo_db.fetch("SELECT example, title FROM vo_lcc.releases")

    page = requests.get(f"{server}/lc/demo/{example}", {"format": "html"}, timeout=60)

    assert f"<h1>{title}</h1>" in page.text
