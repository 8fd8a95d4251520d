"""Two servers that harvest each other: what one publishes is found at the other."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pyvo
import requests

from tests.conftest import copied_database
from vo_lcc.cli import main
from vo_lcc.config import Config, JobsSection, PublisherSection, RegistrySection
from vo_lcc.db import Database
from vo_lcc.lightcurves.ingest import ingest

COLLECTION = """\
name = "{name}"
title = "Variable stars of {name}"
description = "Stars seen by {name}, for a test of two servers that know each other."
creator = "Doe, J."
[time]
timescale = "UTC"
refposition = "TOPOCENTER"
time_origin = 2400000.5
[passbands]
V = {{ effective_wavelength = 5.5e-7 }}
[objects]
files = "objects.csv"
[objects.columns]
object_id = "id"
ra = {{}}
dec = {{}}
[lightcurves]
files = "points.csv"
[lightcurves.columns]
object_id = "id"
passband = "band"
obs_time = "t"
mag = "m"
"""
SECONDS = 30
ELSEWHERE = "http://reg.g-vo.org/tap"  # where pyvo looks otherwise
LISTED = "?verb=ListIdentifiers&metadataPrefix=ivo_vor"


@dataclass(frozen=True)
class Site:
    """A server of a data centre, and its database."""

    url: str
    database: Database

    @property
    def oai(self) -> str:
        return f"{self.url}/oai"


def config_of(name: str, *peers: str) -> Config:
    return Config(
        jobs=JobsSection(workers=False),
        publisher=PublisherSection(authority=f"{name}.example", name=name),
        registry=RegistrySection(peers=peers),
    )


def publish(database: Database, name: str, folder: Path) -> None:
    """A collection of one star."""
    folder.mkdir()
    (folder / "collection.toml").write_text(COLLECTION.format(name=name))
    (folder / "objects.csv").write_text("id,ra,dec\na,10,20\n")
    (folder / "points.csv").write_text(
        "id,band,t,m\na,V,58000.5,12.5\na,V,58001,12.6\n"
    )
    ingest(database, folder / "collection.toml", [folder])


@pytest.fixture(scope="module")
def sites(
    cluster_url: str, template_db: str, serving, tmp_path_factory
) -> Iterator[dict[str, Site]]:
    """South harvests when it is told to, north when it is due."""
    folder = tmp_path_factory.mktemp("federation")
    sites: dict[str, Site] = {}
    with ExitStack() as opened:
        for name in ("south", "north"):
            new = contextmanager(copied_database)(cluster_url, template_db)
            database = opened.enter_context(new)
            publish(database, name, folder / name)
            peers = [site.oai for site in sites.values()]
            url = opened.enter_context(serving(config_of(name, *peers), database.url))
            sites[name] = Site(url, database)
        yield sites


@pytest.fixture
def south(sites, monkeypatch) -> Site:
    """The environment is that of commands at south."""
    monkeypatch.setenv("VO_LCC_DATABASE_URL", sites["south"].database.url)
    monkeypatch.setenv("VO_LCC_PUBLISHER_AUTHORITY", "south.example")
    monkeypatch.setenv("VO_LCC_REGISTRY_PEERS", sites["north"].oai)
    return sites["south"]


def harvested(site: Site) -> Site:
    """The site, once the task in its server has harvested."""
    end = time.monotonic() + SECONDS
    seen = "SELECT complete_at IS NOT NULL, error FROM vo_lcc.harvests"
    while (found := site.database.fetch(seen)) != [(True, None)]:
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return site


def check_found(here: Site, there: Site, name: str) -> None:
    pyvo.registry.choose_RegTAP_service(f"{here.url}/tap")
    try:
        (record,) = pyvo.registry.search(
            keywords=f"Variable stars of {name}", servicetype="conesearch"
        )
        service = record.get_service("conesearch")
    finally:
        pyvo.registry.choose_RegTAP_service(ELSEWHERE)
    assert record.ivoid == f"ivo://{name}.example/{name}"
    assert service.baseurl.startswith(there.url)
    assert list(service.search(pos=(10, 20), radius=0.1)["object_id"]) == ["a"]


def test_what_south_publishes_is_found_and_opened_at_north(sites):
    check_found(harvested(sites["north"]), sites["south"], "south")


def test_the_command_harvests_and_tells(sites, south, capsys):
    assert main(["harvest"]) == 0
    north = sites["north"]
    told = capsys.readouterr().out
    assert told.startswith(f"{north.oai} (")
    assert "6 records taken, 0 unchanged, 0 deleted, 0 vanished" in told

    check_found(south, north, "north")
    check_found(south, south, "south")
    assert main(["harvest", "--list"]) == 0
    words = capsys.readouterr().out.splitlines()[1].split()
    assert words[:2] == [north.oai, "6"]
    assert words[-1] == "complete"


def test_a_server_gives_out_its_own_records_only(sites):
    north = harvested(sites["north"])

    text = requests.get(north.oai + LISTED, timeout=30).text

    assert "ivo://north.example/north" in text
    assert "south.example" not in text


def test_the_metrics_tell_of_harvests(sites):
    north, peer = harvested(sites["north"]), sites["south"].oai

    text = requests.get(f"{north.url}/metrics", timeout=30).text

    assert f'vo_lcc_harvests_total{{outcome="complete",peer="{peer}"}} 1.0' in text
    assert f'vo_lcc_harvested_records_total{{outcome="taken",peer="{peer}"}}' in text


def test_a_collection_that_is_withdrawn_leaves_the_other_servers_too(
    sites, south, capsys
):
    assert main(["harvest"]) == 0
    north = sites["north"]
    change = (
        "UPDATE vo_lcc.records SET status = %s, datestamp = date_trunc('second', now())"
        " WHERE ivoid = 'ivo://north.example/north'"
    )
    north.database.fetch(change, ("deleted",))
    try:
        assert main(["harvest"]) == 0
    finally:
        north.database.fetch(change, ("active",))

    assert " 1 deleted" in capsys.readouterr().out
    found = south.database.fetch(
        "SELECT ivoid FROM rr.resource WHERE ivoid LIKE '%north'"
    )
    assert ("ivo://north.example/north",) not in found


def test_the_command_takes_no_peer_that_is_not_in_the_settings(south, capsys):
    assert main(["harvest", "http://127.0.0.1:1/oai"]) == 1
    assert "is none of the peers of [registry]" in capsys.readouterr().err


def test_the_command_tells_of_a_registry_that_knows_no_publishers(sites, capsys):
    assert main(["harvest", "--publishers", sites["south"].oai]) == 1
    assert "it lists no registries but itself" in capsys.readouterr().err


def test_the_command_fails_when_a_peer_does(south, monkeypatch, capsys):
    assert main(["harvest", "--full"]) == 0
    monkeypatch.setenv("VO_LCC_REGISTRY_PEERS", f"{south.url}/scs")

    assert main(["harvest"]) == 1
    told = capsys.readouterr().out
    assert "is no peer any more: 6 records given up" in told
    assert f"{south.url}/scs" in told
    assert "FAILED: it answers 404" in told
