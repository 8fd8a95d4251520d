"""Releases as clients see them, while others come."""

import io
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from astropy.io.votable import parse

from tests.protocols import stars
from vo_lcc.config import Config
from vo_lcc.db import Database
from vo_lcc.lightcurves.releases.withdrawing import withdraw

Publish = Callable[[int], None]


@pytest.fixture
def publish(db: Database, tmp_path: Path) -> Publish:
    """Publish a release whose only magnitude is its label."""

    def published(label: int) -> None:
        stars.publish(db, tmp_path, mag=label)

    published(1)
    return published


def asked(url: str, query: str) -> tuple[str, list[float]]:
    """The release that an answer says it is of, and its magnitudes."""
    answer = requests.post(f"{url}/tap/sync", {"LANG": "ADQL", "QUERY": query})
    assert answer.status_code == 200, answer.text
    votable = parse(io.BytesIO(answer.content))
    infos = {info.name: info.value for info in votable.resources[0].infos}
    table = votable.get_first_table().to_table()
    return infos["resource_version"], [float(row[0]) for row in table]


def test_an_answer_has_the_rows_of_the_release_that_it_tells(
    db: Database,
    publish: Publish,
    serving: Callable[[Config, str], AbstractContextManager[str]],
):
    stop, seen, wrong = threading.Event(), set(), []

    def reader(url: str) -> None:
        while not stop.is_set():
            try:
                label, mags = asked(url, "SELECT mag FROM stars.photometry")
                seen.add((label, *mags))
            except BaseException as error:
                wrong.append(error)

    with serving(Config(), db.url) as url:
        threads = [threading.Thread(target=reader, args=(url,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for label in (2, 3, 4):
            publish(label)
        withdraw(db, "stars", "4")
        stop.set()
        for thread in threads:
            thread.join()

        assert wrong == []
        assert seen <= {(str(label), float(label)) for label in (1, 2, 3, 4)}
        assert len(seen) > 1
        assert asked(url, "SELECT mag FROM stars.photometry") == ("3", [3])
        for label in (1, 2, 3):
            query = f"SELECT mag FROM stars_dr{label}.photometry"
            assert asked(url, query) == (str(label), [label])

        page = requests.get(f"{url}/collections/stars").text
        links = re.findall(r'href="([^"]*stars_dr[0-9]+\.objects)"', page)
        assert [link.rpartition("/")[2] for link in links] == [
            f"stars_dr{label}.objects" for label in (3, 2, 1)
        ]
        for link in links:
            assert requests.get(urljoin(f"{url}/collections/", link)).ok
