"""What the rows of SSA lead to: light curves, pictures, links."""

import io
from functools import partial

import numpy as np
import pytest
import pyvo
import requests
from astropy.io.votable import parse, parse_single_table

from tests.protocols.ssa_answers import (
    NS,
    answer,
    column_of,
    count_rows,
    found_keys,
    status_of,
)
from vo_lcc.config import Config, JobsSection, PublisherSection


@pytest.fixture
def ask(server):
    """The root of the answer to a query of /ssa."""
    return partial(answer, server)


def points_of(record):
    """The points that a row of SSA or of DataLink leads to."""
    tables = parse(io.BytesIO(record.getdataset().read())).iter_tables()
    return [row for table in tables for row in table.array.tolist()]


def test_a_record_leads_to_its_light_curve(server):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(0, 0), diameter=12, TOP=9)
    for record in found:
        tables = parse(io.BytesIO(record.getdataset().read())).iter_tables()
        points = [table.to_table() for table in tables]
        times = np.concatenate([table["obs_time"] for table in points])

        assert len(times) == record["n_points"]
        assert len(points) == 1 or not record["passband"]
        assert np.nanmax(times) - np.nanmin(times) == (
            pytest.approx(record["t_max"] - record["t_min"], abs=1e-6)
        )
    assert {bool(record["passband"]) for record in found} == {True, False}


def test_a_light_curve_can_be_saved(server, tmp_path):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(
        pos=(0, 0), diameter=12, BAND="g"
    )
    record = next(record for record in found if record["passband"] == "g")
    path = record.make_dataset_filename(dir=str(tmp_path))
    record.cachedataset(filename=path)

    assert len(parse_single_table(path).array) == record["n_points"]


@pytest.mark.parametrize("fmt", ["fits", "csv", "votable", "application/fits", "xml"])
def test_the_link_gives_the_format_asked_for(server, fmt):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(
        pos=(0, 0), diameter=20, format=fmt, TOP=1
    )
    reply = requests.get(found[0].getdataurl(), timeout=30)

    assert reply.headers["Content-Type"] == found[0].format


def test_each_format_asked_for_is_a_row_associated_with_the_others(ask):
    root = ask(PUBDID="ivo://x-unregistered/~?demo/demo-0007/g", FORMAT="fits,graphic")

    assert column_of(root, "access_format") == ["application/fits", "image/png"]
    assert column_of(root, "association_type") == ["MultiFormat"] * 2
    assert column_of(root, "association_key") == ["@Access.Format"] * 2
    assert len(set(column_of(root, "association_id"))) == 1
    assert len(set(column_of(root, "publisher_did"))) == 1


def test_one_format_needs_no_association(ask):
    assert set(column_of(ask(POS="180,0"), "association_type")) == {""}


def test_pictures_are_linked_where_they_are_drawn(server, ask):
    root = ask(POS="180,0", FORMAT="graphic", BAND="g")

    assert set(column_of(root, "access_format")) == {"image/png"}
    assert sorted(column_of(root, "access_url")) == [
        f"{server}/plot/demo/demo-0007?band=g&format=png",
        f"{server}/plot/demo/demo-0007?format=png",
    ]


@pytest.mark.parametrize("fmt", ["image/jpeg", "application/x-no-such-type"])
def test_a_format_that_is_not_served_has_no_rows(ask, fmt):
    root = ask(FORMAT=fmt)

    assert (status_of(root), count_rows(root)) == ("OK", 0)


@pytest.mark.parametrize("authority", ["example.org", None])
def test_identifiers_lead_back_to_their_light_curve(demo_db, serving, authority):
    config = Config(
        publisher=PublisherSection(authority=authority),
        jobs=JobsSection(workers=False),
    )
    with serving(config, demo_db.url) as url:
        service = pyvo.dal.SSAService(f"{url}/ssa")
        several = service.search(pos=(180, 0), diameter=0)
        found = [service.search(PUBDID=one["publisher_did"]) for one in several]
        stranger = service.search(PUBDID="ivo://example.com/~?demo/demo-0007/g")

    prefix = f"ivo://{authority or 'x-unregistered'}/~?demo/"
    assert all(one["publisher_did"].startswith(prefix) for one in several)
    assert [found_keys(one) for one in found] == [
        {(one["object_id"], str(one["passband"]))} for one in several
    ]
    assert len(several) == 3
    assert len(stranger) == 0


def test_each_row_has_its_links(server, ask):
    root = ask(PUBDID="demo/demo-0007/g")

    (url,) = column_of(root, "datalink")
    did = "ivo%3A%2F%2Fx-unregistered%2F~%3Fdemo%2Fdemo-0007%2Fg"
    assert url == f"{server}/datalink/links?ID={did}"


def test_a_descriptor_takes_the_identifiers(server, ask):
    root = ask(MAXREC="1")
    (service,) = root.iterfind(".//v:RESOURCE[@utype='adhoc:service']", NS)
    said = {p.get("name"): p for p in service.iterfind(".//v:PARAM", NS)}

    assert said["accessURL"].get("value") == f"{server}/datalink/links"
    field = root.find(f".//v:FIELD[@ID='{said['ID'].get('ref')}']", NS)
    assert field.get("utype") == "ssa:Curation.PublisherDID"


@pytest.mark.parametrize("name", ["/ssa", "/ssa/demo"])
def test_pyvo_follows_the_links_of_each_row(server, name):
    found = pyvo.dal.SSAService(f"{server}{name}").search(pos=(180, 0), diameter=1)
    records = {record["publisher_did"]: record for record in found}
    for links in found.iter_datalinks():  # in no order
        (did,) = set(links["ID"])
        record = records.pop(did)
        same = {link.content_type: link for link in links.bysemantics("#this")}

        expected = points_of(record)
        assert expected
        assert points_of(same[record.format]) == expected
    assert not records


def test_pyvo_cuts_out_a_light_curve_that_ssa_found(server):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(
        pos=(180, 0), diameter=0, BAND="g"
    )
    links = next(found.iter_datalinks())
    (soda,) = (s for s in links.iter_adhocservices() if s.ID == "cutout-demo")
    params = {p.name: p for p in soda.groups[0].entries}

    assert {"ID", "TIME", "BAND"} <= set(params)


@pytest.mark.validator
def test_stilts_finds_light_curves_around_its_positions(server, stilts, tmp_path):
    centres = tmp_path / "centres.csv"
    centres.write_text("ra,dec\n180,0\n0,90\n90.5,-33\n")
    run = stilts(
        "coneskymatch", "servicetype=ssa", f"serviceurl={server}/ssa?",
        f"in={centres}", "ifmt=csv", "ra=ra", "dec=dec", "sr=0.1", "find=all",
        "usefoot=false", "dataformat=votable", "ofmt=csv", "out=-",
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert run.stdout.count("/lc/demo/demo-0007?") == 3
