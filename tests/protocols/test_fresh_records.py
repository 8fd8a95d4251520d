"""What harvesters are told while collections come, change and go."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
import requests
from lxml import etree

from tests.conftest import copied_database
from tests.protocols.stars import TOML, publish
from vo_lcc.config import Config, JobsSection, PublisherSection
from vo_lcc.dali.context import CHECK_INTERVAL
from vo_lcc.db import Database
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.releases.describing import publish_file
from vo_lcc.lightcurves.releases.withdrawing import withdraw

CONFIG = Config(
    publisher=PublisherSection(authority="example.org"), jobs=JobsSection(workers=False)
)
STARS = "ivo://example.org/stars"
DELETED = "deleted"
NAMESPACES = {"oai": "http://www.openarchives.org/OAI/2.0/"}

Serving = Callable[[Config, str], AbstractContextManager[str]]


@pytest.fixture(scope="module")
def published_db(cluster_url: str, template_db: str) -> Iterator[Database]:
    yield from copied_database(cluster_url, template_db)


@pytest.fixture(scope="module")
def urls(
    published_db: Database, serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """Two processes, as it were, that serve one collection."""
    publish(published_db, tmp_path_factory.mktemp("first"))
    with ExitStack() as stack:
        yield [stack.enter_context(serving(CONFIG, published_db.url)) for _ in range(2)]


def headers(url: str) -> dict[str, tuple[str | None, str]]:
    """Status and datestamp of each record."""
    asked = {"verb": "ListIdentifiers", "metadataPrefix": "ivo_vor"}
    tree = etree.fromstring(requests.get(f"{url}/oai", asked, timeout=60).content)
    return {
        header.findtext("oai:identifier", namespaces=NAMESPACES): (
            header.get("status"),
            header.findtext("oai:datestamp", namespaces=NAMESPACES),
        )
        for header in tree.iter(f"{{{NAMESPACES['oai']}}}header")
    }


def record(url: str, identifier: str = STARS) -> str:
    asked = {"verb": "GetRecord", "metadataPrefix": "ivo_vor", "identifier": identifier}
    return requests.get(f"{url}/oai", asked, timeout=60).text


def changed_by(
    database: Database, url: str, change: Callable[[], object]
) -> set[str | None]:
    """The records that have another datestamp after a change."""
    database.fetch(
        "UPDATE vo_lcc.records SET datestamp = datestamp - interval '1 hour'"
    )
    before = headers(url)
    change()
    threading.Event().wait(CHECK_INTERVAL + 0.1)
    after = headers(url)
    assert all(after[i][1] >= before[i][1] for i in before)
    return {i for i in after if after[i] != before.get(i)}


def test_the_first_answer_has_all_records(urls: list[str]) -> None:
    assert set(headers(urls[0])) == {
        "ivo://example.org",
        STARS,
        *(f"ivo://example.org/{name}" for name in ("org", "registry", "tap", "~")),
    }


def test_each_process_tells_the_same_under_its_own_address(urls: list[str]) -> None:
    first, second = (
        re.sub("<responseDate>.*?</responseDate>", "", record(url)).replace(url, "URL")
        for url in urls
    )

    assert first == second
    assert "URL/scs/stars?" in first
    assert "base-url" not in first


def test_a_release_changes_the_record_of_its_collection_alone(
    urls: list[str], published_db: Database, tmp_path: Path
) -> None:
    changed = changed_by(
        published_db, urls[0], lambda: publish(published_db, tmp_path, mag=16)
    )

    assert changed == {STARS}
    assert "<version>2</version>" in record(urls[1])
    assert "(stars_dr1)" in record(urls[1])


def test_new_words_change_the_record_of_their_collection(
    urls: list[str], published_db: Database, tmp_path: Path
) -> None:
    path = tmp_path / "stars.toml"
    path.write_text(TOML.replace("Stars for a test", "Stars in other words"))
    file, text = read_collection_file(path)
    changed = changed_by(
        published_db, urls[1], lambda: publish_file(published_db, file, text)
    )

    assert changed == {STARS}
    assert "Stars in other words" in record(urls[0])


def test_a_collection_that_is_withdrawn_is_told_as_deleted(
    urls: list[str], published_db: Database
) -> None:
    changed = changed_by(published_db, urls[0], lambda: withdraw_all(published_db))

    assert changed == {STARS, "ivo://example.org/~"}
    assert [headers(url)[STARS][0] for url in urls] == [DELETED, DELETED]


def test_records_follow_within_a_second_of_any_request(
    urls: list[str], published_db: Database, tmp_path: Path
) -> None:
    """RegTAP is fresh though nobody asks for records."""
    publish(published_db, tmp_path, TOML.replace('"stars"', '"later"'))
    threading.Event().wait(CHECK_INTERVAL + 0.1)
    requests.get(f"{urls[0]}/tables", timeout=60)
    told = "SELECT count(*) FROM rr.resource WHERE ivoid = 'ivo://example.org/later'"

    assert wait_for(lambda: published_db.fetch(told) == [(1,)])


def test_a_refresh_that_fails_is_logged_and_tried_again(
    db: Database,
    serving: Serving,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    publish(db, tmp_path)
    db.fetch("ALTER TABLE vo_lcc.records RENAME TO elsewhere")
    with caplog.at_level(logging.WARNING), serving(CONFIG, db.url) as url:
        wait_for(lambda: "of the registry are not refreshed" in caplog.text)
        assert requests.get(f"{url}/tables", timeout=60).status_code == 200
        db.fetch("ALTER TABLE vo_lcc.elsewhere RENAME TO records")
        wait_for(lambda: db.fetch("SELECT count(*) FROM vo_lcc.records") == [(6,)])
        assert STARS in headers(url)


def wait_for(condition: Callable[[], bool]) -> bool:
    """True as soon as it holds; an error where it never does."""
    for _ in range(300):
        if condition():
            return True
        threading.Event().wait(0.1)
    raise AssertionError("it takes more than 30 seconds")


def withdraw_all(database: Database) -> None:
    labels = database.fetch(
        "SELECT label FROM vo_lcc.releases WHERE collection = 'stars'"
        " AND state = 'published' ORDER BY release DESC"
    )
    for (label,) in labels:
        withdraw(database, "stars", label)
