"""HTML pages: whole, escaped, asking nothing of others, with all that is said."""

import re
import subprocess
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.documents import (
    DOCUMENT,
    LIGHT_CURVE,
    POINTS,
    ROWS,
    batch_of,
    document,
    light_curve,
)
from tests.formats.reading import Page
from vo_lcc.formats import find_format
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Column

URL = Column("access_url", "char", "*", ucd="meta.ref.url;meta.dataset")
EMPTY = {"meta", "br", "link", "img", "input", "hr"}
TAGS = {"html", "head", "meta", "style", "title", "body", "main", "section", "div"}
TAGS |= {"h1", "h2", "p", "span", "a", "details", "summary", "dl", "dt", "dd", "small"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


class Balance(HTMLParser):
    """Notes every element, and those that are not closed where they should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(columns, rows, **words) -> str:
    head = TableHead(tuple(columns), **words)
    return document("html", [(head, [batch_of(columns, rows)])]).decode()


def test_the_golden_page(golden):
    golden("formats/light_curve.html", light_curve("html"))


def test_all_that_is_said_of_a_light_curve_stands_in_its_page():
    page = light_curve("html").decode()
    seen = Page(page)

    for column in POINTS:
        for words in (column.name, column.unit, column.ucd, column.description):
            assert words is None or words in seen.heads[0]
    for info in DOCUMENT.infos:
        assert info.name in seen.text
        assert info.value in seen.text
    for words in (LIGHT_CURVE.name, LIGHT_CURVE.description, "Ján <Kováč>", "1.25 d"):
        assert words in seen.text
    assert "time scale TDB, reference position BARYCENTER" in seen.text
    assert "zeroPointFlux=3631.0 Jy" in seen.text


def test_a_null_is_an_empty_cell():
    assert Page(light_curve("html").decode()).tables[0][1] == ["2.5", "", "", ""]


def test_every_table_has_its_rows():
    page = document(
        "html",
        [
            (LIGHT_CURVE, [batch_of(POINTS, ROWS)] * 2),
            (LIGHT_CURVE, []),
            (TableHead(()), []),
        ],
    ).decode()

    assert [len(rows) for rows in Page(page).tables] == [6, 0, 0]
    assert page.count(">6 rows<") == 1
    assert page.count(">0 rows<") == 2
    assert not Balance(page).open


def test_only_urls_of_the_web_in_columns_of_urls_are_links():
    values = ["https://a.org/?x=1&y=\"'><b>", "javascript:alert(1)", "", None]
    values += ["http://b.org", " https://c.org", "https://d.org/ x", "data:text/html,x"]
    page = page_of(
        [URL, Column("note", "char", "*")], [(v, "https://n") for v in values]
    )

    links = [a["href"] for tag, a in Balance(page).elements if tag == "a"]

    assert links == [values[0], "http://b.org"]
    assert [row[0] for row in Page(page).tables[0]] == [v or "" for v in values]


def test_a_page_asks_nothing_of_others_and_runs_nothing():
    page = light_curve("html").decode()

    assert "default-src 'none'" in page
    assert not re.search(r"\b(src|srcset|action|onload|onclick)=|@import|url\(", page)
    assert {tag for tag, _ in Balance(page).elements}.isdisjoint(
        {"script", "img", "link", "iframe", "form", "object"}
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("OVERFLOW", "There are more rows than these: cut after 3 &lt; 4 rows"),
        ("ERROR", "This failed, and what is above is not all: cut after 3 &lt; 4 rows"),
    ],
)
def test_a_page_that_is_not_whole_says_so_at_its_end(status, words):
    page = document(
        "html", [(LIGHT_CURVE, [])], status, "cut after 3 < 4 rows"
    ).decode()

    assert words in page[page.rindex("</table>") :]
    assert 'class="status' not in light_curve("html").decode()


@settings(max_examples=60, deadline=None)
@given(words=st.text(st.sampled_from("<>&\"'/=` \n") | st.characters(codec="utf-8")))
def test_any_words_in_any_place_leave_the_page_whole(words):
    column = Column(words, "char", "*", words, words, words, words, words)
    url = Column("u", "unicodeChar", "*", ucd="meta.ref.url")
    head = TableHead((column, url), words, words, (Param(Column(words, "int"), words),))
    writer = find_format("html").open()
    page = writer.head(DocumentHead((Info(words, words, words),), words, words))
    page += writer.table(head) + writer.rows(batch_of(head.columns, [(words, words)]))
    page += writer.tail("ERROR", words)

    seen = Balance(page.decode())

    assert not seen.open
    tags = {tag for tag, _ in seen.elements}
    assert tags <= TAGS


@pytest.mark.browser
def test_chromium_shows_a_row_for_each_row(chromium, tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes(light_curve("html"))

    asked = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    asked += [f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
    seen = subprocess.run(
        asked, capture_output=True, text=True, timeout=60, check=True
    ).stdout

    assert seen.count("<tr>") == 1 + len(ROWS)
    assert "12.25</td>" in seen
