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
