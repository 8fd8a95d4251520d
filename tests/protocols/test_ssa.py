import io
from functools import partial

import astropy.units as u
import numpy as np
import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from astropy.time import Time
from lxml import etree

from tests.protocols.ssa_answers import (
    NS,
    answer,
    column_of,
    count_rows,
    found_keys,
    keys,
    status_of,
)
from vo_lcc.config import Config

COLUMNS = ("object_id", "passband", "ra", "dec", "t_min", "t_max", "em_min", "em_max")


@pytest.fixture(scope="module")
def curves(demo_db):
    """Every light curve of the demo: object, passband, position, times."""
    rows = demo_db.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM vo_lcc.ts_ssa WHERE collection = 'demo'"
    )
    columns = zip(*rows, strict=True)
    return {name: np.array(c) for name, c in zip(COLUMNS, columns, strict=True)}


@pytest.fixture
def ask(server):
    """The root of the answer to a query of /ssa."""
    return partial(answer, server)


@pytest.mark.parametrize(
    ("path", "ra", "dec", "diameter"),
    [
        ("/ssa", 0, 0, 20),
        ("/ssa", 359.99, 0, 10),
        ("/ssa", 0, 90, 12),
        ("/ssa", 77, -90, 12),
        ("/ssa/demo", 180, 30, 8),
        ("/ssa/demo", 90, 0, 360),
    ],
)
def test_a_position_finds_what_spherical_trigonometry_says(
    server, curves, path, ra, dec, diameter
):
    sky = SkyCoord(curves["ra"], curves["dec"], unit="deg")
    inside = sky.separation(SkyCoord(ra, dec, unit="deg")) <= diameter / 2 * u.deg
    expected = keys(curves["object_id"][inside], curves["passband"][inside])
    found = pyvo.dal.SSAService(f"{server}{path}").search(
        pos=(ra, dec), diameter=diameter
    )

    assert expected
    assert found_keys(found) == expected


def test_pyvo_reads_the_words_of_each_record(server):
    record = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(0, 0), diameter=20)[0]

    assert record.title
    assert record.format == "application/x-votable+xml"
    assert (
        SkyCoord(record.ra, record.dec, unit="deg").separation(
            SkyCoord(0, 0, unit="deg")
        )
        <= 10 * u.deg
    )
    assert record.dateobs is None
    assert record["dataset_type"] == "TimeSeries"
    assert record.getdataformat() == record.format


def test_time_finds_light_curves_that_overlap(server, curves):
    middle = float(np.median(curves["t_min"]))
    inside = (curves["t_min"] <= middle + 1 / 86400) & (curves["t_max"] >= middle - 20)
    interval = Time([middle - 20, middle], format="mjd")
    found = pyvo.dal.SSAService(f"{server}/ssa/demo").search(time=interval)

    # pyvo drops fractions of a second
    near = (np.abs(curves["t_min"] - middle) < 2 / 86400) | (
        np.abs(curves["t_max"] - middle + 20) < 2 / 86400
    )
    unsure = keys(curves["object_id"][near], curves["passband"][near])
    assert found_keys(found) - unsure == (
        keys(curves["object_id"][inside], curves["passband"][inside]) - unsure
    )


@pytest.mark.parametrize("name", ["g", "r"])
def test_band_by_wavelength_and_by_name(server, curves, name):
    service = pyvo.dal.SSAService(f"{server}/ssa/demo")
    (low, *_), (high, *_) = (
        curves[end][curves["passband"] == name] for end in ("em_min", "em_max")
    )
    covered = (curves["em_min"] <= high) & (curves["em_max"] >= low)
    wanted = (curves["passband"] == name) | ((curves["passband"] == None) & covered)  # noqa: E711
    sky = SkyCoord(curves["ra"], curves["dec"], unit="deg")
    near = sky.separation(SkyCoord(0, 0, unit="deg")) <= 10 * u.deg
    expected = keys(*(curves[c][wanted & near] for c in ("object_id", "passband")))

    by_name = service.search(pos=(0, 0), diameter=20, BAND=name)
    by_range = service.search(pos=(0, 0), diameter=20, band=(low * 1.2, high * 0.9))

    assert {band for _, band in expected} == {name, ""}
    assert found_keys(by_name) == found_keys(by_range) == expected


def test_a_band_where_nothing_was_observed_is_empty(ask):
    root = ask(BAND="1e-12/1e-11")

    assert (status_of(root), count_rows(root)) == ("OK", 0)


@pytest.mark.parametrize("form", ["{}", " {} ", "no such star,{}", "DEMO - 0007"])
def test_a_name_finds_every_passband_of_its_object(server, curves, form):
    name = "demo-0007"
    found = pyvo.dal.SSAService(f"{server}/ssa").search(TARGETNAME=form.format(name))
    its = curves["object_id"] == name

    assert found_keys(found) == keys(curves["object_id"][its], curves["passband"][its])
    assert ("demo-0007", "") in found_keys(found)


def test_a_name_and_a_position_must_both_match(ask):
    assert count_rows(ask(TARGETNAME="demo-0007", POS="180,0")) == 3
    assert count_rows(ask(TARGETNAME="demo-0007", POS="90,0")) == 0


def test_classes_are_found_in_any_case(ask, demo_db):
    ((expected,),) = demo_db.fetch(
        "SELECT count(*) FROM vo_lcc.ts_ssa WHERE lower(target_class) IN ('rrab', 'm')"
    )

    assert expected
    assert count_rows(ask(TARGETCLASS="rrAB,m")) == expected


def test_another_collection_has_nothing(ask):
    assert count_rows(ask(COLLECTION="nowhere")) == 0
    assert count_rows(ask(COLLECTION="nowhere,demo", TOP="3")) == 3


def test_an_amplitude_selects(ask, demo_db):
    ((expected,),) = demo_db.fetch(
        "SELECT count(*) FROM vo_lcc.ts_ssa"
        " WHERE amplitude BETWEEN 2.5 * log(1.6 / 0.4) AND 2.5 * log(1.7 / 0.3)"
    )
    root = ask(VARAMPL="0.6/0.7")

    assert expected
    assert count_rows(root) == expected
    fractions = column_of(root, "var_ampl")
    assert all(0.6 <= float(value) <= 0.7 for value in fractions)


def test_rows_come_in_the_order_of_their_score(server):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(180, 0), diameter=20)
    distance = SkyCoord(found["ra"], found["dec"], unit="deg").separation(
        SkyCoord(180, 0, unit="deg")
    )

    assert len(set(found["score"])) > 1
    assert list(found["score"]) == sorted(found["score"], reverse=True)
    np.testing.assert_allclose(found["score"], 1 - distance.deg / 10, atol=1e-6)


@pytest.mark.parametrize(
    ("params", "score"), [({"POS": "0,0", "SIZE": "0"}, "1"), ({"MAXREC": "1"}, "1")]
)
def test_without_a_distance_every_row_matches_as_well(ask, params, score):
    assert set(column_of(ask(**params), "score")) == {score}


def test_top_gives_the_nearest(server):
    service = pyvo.dal.SSAService(f"{server}/ssa/demo")
    everything = service.search(pos=(0, 0), diameter=20)
    separation = SkyCoord(everything["ra"], everything["dec"], unit="deg").separation(
        SkyCoord(0, 0, unit="deg")
    )
    nearest = service.search(pos=(0, 0), diameter=20, TOP=1)

    assert len(nearest) == 1
    assert nearest[0]["object_id"] == everything["object_id"][np.argmin(separation)]


def test_overflow_is_said_only_when_rows_are_left_out(ask):
    whole = count_rows(ask(POS="0,0", SIZE="20"))

    assert status_of(ask(POS="0,0", SIZE="20", MAXREC=str(whole))) == "OK"
    cut = ask(POS="0,0", SIZE="20", MAXREC=str(whole - 1))
    assert (status_of(cut), count_rows(cut)) == ("OVERFLOW", whole - 1)


def test_top_is_no_overflow_and_counts_every_row(ask):
    root = ask(POS="180,0", FORMAT="votable,fits,csv", TOP="4")

    assert (status_of(root), count_rows(root)) == ("OK", 4)
    assert count_rows(ask(TOP="0")) == 0


def test_maxrec_counts_every_row_too(ask):
    root = ask(POS="180,0", FORMAT="votable,fits,csv", MAXREC="4")

    assert (status_of(root), count_rows(root)) == ("OVERFLOW", 4)


def test_overflow_says_what_the_limit_was(ask):
    root = ask(MAXREC="2")

    assert "cut after 2 rows" in root.findall(".//v:INFO", NS)[-1].text


def test_size_zero_is_a_point(ask, curves):
    there = np.count_nonzero((curves["ra"] == 0) & (curves["dec"] == 0))

    assert there
    assert count_rows(ask(POS="0,0", SIZE="0")) == there
    assert count_rows(ask(POS="0,0.001", SIZE="0")) == 0


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"REQUEST": "getCapabilities"}, "REQUEST"),
        ({"POS": "10"}, "POS"),
        ({"POS": "10,95"}, "POS"),
        ({"POS": "ten,5"}, "POS"),
        ({"POS": "10,5;AZ_EL"}, "POS"),
        ({"POS": "1,2", "SIZE": "-3"}, "SIZE"),
        ({"TIME": "now"}, "TIME"),
        ({"BAND": "-2/-1"}, "BAND"),
        ({"BAND": "Z"}, "BAND"),
        ({"VARAMPL": "3"}, "VARAMPL"),
        ({"VERSION": "2.0"}, "VERSION"),
        ({"MAXREC": "-1"}, "MAXREC"),
        ({"FORMAT": "painting"}, "FORMAT"),
        ({"RESPONSEFORMAT": "painting"}, "RESPONSEFORMAT"),
    ],
)
def test_a_bad_value_is_an_error_document(ask, params, problem):
    root = ask(status=400, **params)
    info = root.find(".//v:RESOURCE[@type='results']/v:INFO[@name='QUERY_STATUS']", NS)

    assert info.get("value") == "ERROR"
    assert f"{problem}:" in info.text


def test_pyvo_shows_the_message(server):
    with pytest.raises(pyvo.dal.DALQueryError, match="POS: unknown frame"):
        pyvo.dal.SSAService(f"{server}/ssa").search(POS="1,2;AZ_EL")


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"MTIME": "1999"}, 0),
        ({"MTIME": "2020/"}, 3),
        ({"SPECRP": "2000"}, 0),
        ({"SPECRP": "5"}, 1),
        ({"FLUXCALIB": "absolute"}, 3),
        ({"CREATORDID": "ivo://nrao.edu/vla#1"}, 0),
        ({"COLLECTION": "DEM"}, 3),
        ({"TIME": "2021/2018"}, 3),
        ({"TIME": "/"}, 3),
        ({"TIME": "1990"}, 0),
        ({"BAND": "/"}, 3),
        ({"BAND": "optical"}, 3),
        ({"APERTURE": "1", "SNR": "99", "REDSHIFT": "3/", "COMPRESS": "true"}, 3),
    ],
)
def test_every_parameter_selects_as_the_standard_says(ask, params, count):
    assert count_rows(ask(POS="180,0", **params)) == count


def test_an_unknown_collection_is_not_found(ask):
    root = ask("/ssa/nowhere", status=404)

    assert "no collection 'nowhere'" in root.find(".//v:INFO", NS).text


def test_post_works_as_get(server, ask):
    params = {"POS": "0,0", "SIZE": "20"}
    reply = requests.post(f"{server}/ssa/demo", data=params, timeout=30)

    assert count_rows(etree.fromstring(reply.content)) == count_rows(ask(**params))


def test_the_answer_comes_in_other_formats(server):
    params = {"POS": "0,0", "SIZE": "20", "RESPONSEFORMAT": "csv"}
    reply = requests.get(f"{server}/ssa", params=params, timeout=30)

    assert reply.headers["Content-Type"].startswith("text/csv")
    assert io.StringIO(reply.text).readline().startswith("access_url,access_format")


def test_an_empty_server_answers_without_rows(db, serving):
    with serving(Config(), db.url) as url:
        found = pyvo.dal.SSAService(f"{url}/ssa").search(pos=(0, 0), diameter=10)

    assert len(found) == 0
