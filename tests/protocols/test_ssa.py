import io

import astropy.units as u
import numpy as np
import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse, parse_single_table
from astropy.time import Time
from lxml import etree

from vo_lcc.config import Config, JobsSection, PublisherSection

NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}

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

    def search(path="/ssa", status=200, **params):
        reply = requests.get(f"{server}{path}", params=params, timeout=60)
        assert reply.status_code == status, reply.text
        return etree.fromstring(reply.content)

    return search


def keys(names, passbands):
    """Light curves; the passband of all together is empty."""
    return {(str(n), str(b or "")) for n, b in zip(names, passbands, strict=True)}


def found_keys(results):
    return keys(results["object_id"], results["passband"]) if len(results) else set()


def status_of(root):
    return [
        info.get("value")
        for info in root.iterfind(".//v:INFO[@name='QUERY_STATUS']", NS)
    ][-1]


def count_rows(root):
    return len(root.findall(".//v:TR", NS))


def column_of(root, name):
    """The cells of a column, as text."""
    names = [field.get("name") for field in root.iterfind(".//v:FIELD", NS)]
    place = names.index(name) + 1
    return [cell.text or "" for cell in root.iterfind(f".//v:TR/v:TD[{place}]", NS)]


@pytest.mark.parametrize("path", ["/ssa", "/ssa/demo"])
@pytest.mark.parametrize(
    ("ra", "dec", "diameter"),
    [
        (0, 0, 20),
        (359.99, 0, 10),
        (0, 90, 12),
        (77, -90, 12),
        (180, 30, 8),
        (90, 0, 360),
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


def test_a_record_leads_to_its_light_curve(server):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(0, 0), diameter=12)
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


def test_the_answer_comes_in_other_formats(server):
    params = {"POS": "0,0", "SIZE": "20", "RESPONSEFORMAT": "csv"}
    reply = requests.get(f"{server}/ssa", params=params, timeout=30)

    assert reply.headers["Content-Type"].startswith("text/csv")
    assert io.StringIO(reply.text).readline().startswith("access_url,access_format")


def test_an_empty_server_answers_without_rows(db, serving):
    with serving(Config(), db.url) as url:
        found = pyvo.dal.SSAService(f"{url}/ssa").search(pos=(0, 0), diameter=10)

    assert len(found) == 0
