import io
import re

import astropy.units as u
import numpy as np
import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse_single_table
from astropy.io.votable.ucd import parse_ucd
from astropy.time import Time
from lxml import etree

from vo_lcc.config import Config, PublisherSection

NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}

COLUMNS = ("object_id", "passband", "ra", "dec", "t_min", "t_max", "wavelength")

MANDATORY = {
    "ssa:Access.Reference",
    "ssa:Access.Format",
    "ssa:Dataset.DataModel",
    "ssa:Dataset.Length",
    "ssa:DataID.Title",
    "ssa:Curation.Publisher",
    "ssa:Char.SpatialAxis.Coverage.Location.Value",
    "ssa:Char.SpatialAxis.Coverage.Bounds.Extent",
    "ssa:Char.SpectralAxis.Coverage.Location.Value",
    "ssa:Char.SpectralAxis.Coverage.Bounds.Extent",
    "ssa:Char.TimeAxis.Coverage.Location.Value",
    "ssa:Char.TimeAxis.Coverage.Bounds.Extent",
}


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
    return set(zip(map(str, names), map(str, passbands), strict=True))


def found_keys(results):
    return keys(results["object_id"], results["passband"]) if len(results) else set()


def status_of(root):
    return [
        info.get("value")
        for info in root.iterfind(".//v:INFO[@name='QUERY_STATUS']", NS)
    ][-1]


def count_rows(root):
    return len(root.findall(".//v:TR", NS))


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
    for record in pyvo.dal.SSAService(f"{server}/ssa").search(pos=(0, 0), diameter=12):
        table = parse_single_table(io.BytesIO(record.getdataset().read()))
        points = table.to_table()

        assert len(points) == record["n_points"]
        shift = table.get_field_by_id_or_name("obs_time")
        assert shift.ref is not None
        assert str(record["passband"]) in table.name
        assert np.nanmax(points["obs_time"]) - np.nanmin(points["obs_time"]) == (
            pytest.approx(record["t_max"] - record["t_min"], abs=1e-6)
        )


def test_a_light_curve_can_be_saved(server, tmp_path):
    record = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(0, 0), diameter=12)[0]
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


def test_band_by_wavelength_and_by_name(server, curves):
    service = pyvo.dal.SSAService(f"{server}/ssa/demo")
    passbands = sorted(set(curves["passband"]))
    known = {b: curves["wavelength"][curves["passband"] == b][0] for b in passbands}

    for name, wavelength in known.items():
        by_name = service.search(pos=(0, 0), diameter=20, BAND=name)
        assert set(by_name["passband"]) == {name}
        if wavelength is not None:
            by_wavelength = service.search(
                pos=(0, 0), diameter=20, band=(wavelength * 0.99, wavelength * 1.01)
            )
            assert found_keys(by_wavelength) == found_keys(by_name)


def test_a_band_where_nothing_was_observed_is_empty(ask):
    root = ask(BAND="1e-12/1e-11")

    assert (status_of(root), count_rows(root)) == ("OK", 0)


def test_a_name_finds_every_passband_of_its_object(server, curves):
    name = str(curves["object_id"][0])
    found = pyvo.dal.SSAService(f"{server}/ssa").search(TARGETNAME=name)

    assert found_keys(found) == {
        (name, str(b)) for b in curves["passband"][curves["object_id"] == name]
    }


def test_another_collection_has_nothing(ask):
    assert count_rows(ask(COLLECTION="nowhere")) == 0
    assert count_rows(ask(COLLECTION="nowhere,demo", TOP="3")) == 3


def test_an_amplitude_selects(ask, demo_db):
    ((expected,),) = demo_db.fetch(
        "SELECT count(*) FROM vo_lcc.ts_ssa WHERE amplitude BETWEEN 1.5 AND 2"
    )

    assert expected
    assert count_rows(ask(VARAMPL="1.5/2")) == expected


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


def test_size_zero_is_a_point(ask, curves):
    there = np.count_nonzero((curves["ra"] == 0) & (curves["dec"] == 0))

    assert there
    assert count_rows(ask(POS="0,0", SIZE="0")) == there
    assert count_rows(ask(POS="0,0.001", SIZE="0")) == 0


def test_every_mandatory_column_is_there(ask):
    root = ask(MAXREC="1")
    utypes = {field.get("utype") for field in root.iterfind(".//v:FIELD", NS)}

    assert utypes >= MANDATORY


def test_columns_have_words_of_the_vocabularies(ask):
    for field in ask(MAXREC="0").iterfind(".//v:FIELD", NS):
        assert not field.get("ucd") or parse_ucd(field.get("ucd"), True)
        assert not field.get("unit") or u.Unit(field.get("unit"), format="vounit")


def test_addresses_and_sizes_are_plain(ask):
    field = {f.get("name"): f for f in ask(MAXREC="0").iterfind(".//v:FIELD", NS)}

    assert field["access_url"].get("datatype") == "char"
    assert field["access_format"].get("datatype") == "char"
    assert field["access_size"].get("unit") == "byte"


def test_the_protocol_is_stated(ask):
    (info,) = ask(MAXREC="1").findall(".//v:INFO[@name='SERVICE_PROTOCOL']", NS)

    assert (info.get("value"), info.text) == ("1.1", "SSAP")


def test_times_are_mjd_in_a_declared_frame(ask):
    root = ask("/ssa/demo", MAXREC="1")
    field = root.find(".//v:FIELD[@name='t_min']", NS)
    frame = root.find(f".//v:TIMESYS[@ID='{field.get('ref')}']", NS)

    assert float(frame.get("timeorigin")) == 2400000.5


@pytest.mark.parametrize("path", ["/ssa", "/ssa/demo"])
def test_metadata_lists_inputs_and_outputs_and_no_rows(ask, path):
    root = ask(path, FORMAT="METADATA", REQUEST="queryData")
    resource = root.find("v:RESOURCE[@type='results']", NS)
    params = {p.get("name"): p for p in resource.findall("v:PARAM", NS)}

    assert {f"INPUT:{n}" for n in ("POS", "SIZE", "BAND", "TIME", "FORMAT")} <= set(
        params
    )
    assert {p.get("utype") for p in params.values()} >= MANDATORY
    assert params["OUTPUT:access_url"].get("ucd") == "meta.ref.url;meta.dataset"
    assert root.find(".//v:TABLE", NS) is None


def test_outputs_of_the_metadata_are_the_columns_of_an_answer(ask):
    described = [
        p.get("name").removeprefix("OUTPUT:")
        for p in ask(FORMAT="METADATA").iterfind(".//v:PARAM", NS)
        if p.get("name").startswith("OUTPUT:")
    ]

    assert described == [
        f.get("name") for f in ask(MAXREC="0").iterfind(".//v:FIELD", NS)
    ]


def test_pyvo_describes_the_service(server):
    service = pyvo.dal.SSAService(f"{server}/ssa")

    assert "OUTPUT:access_url" in [column.name for column in service.columns]


@pytest.mark.parametrize("fmt", ["fits", "csv", "votable", "application/fits"])
def test_the_link_gives_the_format_asked_for(server, fmt):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(
        pos=(0, 0), diameter=20, format=fmt, MAXREC=1
    )
    reply = requests.get(found[0].getdataurl(), timeout=30)

    assert reply.headers["Content-Type"] == found[0].format


def test_pictures_are_not_served(ask):
    root = ask(FORMAT="graphic")

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
        ({"BAND": "2/1"}, "BAND"),
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


def test_an_unknown_collection_is_not_found(ask):
    root = ask("/ssa/nowhere", status=404)

    assert "no collection 'nowhere'" in root.find(".//v:INFO", NS).text


def test_post_works_as_get(server, ask):
    params = {"POS": "0,0", "SIZE": "20"}
    reply = requests.post(f"{server}/ssa/demo", data=params, timeout=30)

    assert count_rows(etree.fromstring(reply.content)) == count_rows(ask(**params))


@pytest.mark.parametrize(
    "params",
    [
        {"POS": "0,0", "SIZE": "20"},
        {"FORMAT": "METADATA"},
        {"MAXREC": "0"},
        {"POS": "x"},
    ],
)
def test_answers_follow_the_schema(server, validate, params):
    reply = requests.get(f"{server}/ssa", params=params, timeout=30)

    assert validate(reply.content) == []


@pytest.mark.validator
@pytest.mark.parametrize("query", ["POS=0,0&SIZE=20", "FORMAT=METADATA", "MAXREC=0"])
def test_votlint_has_nothing_to_say(server, stilts, tmp_path, query):
    path = tmp_path / "answer.vot"
    path.write_bytes(requests.get(f"{server}/ssa?{query}", timeout=30).content)
    done = stilts("votlint", f"votable={path}")

    assert done.returncode == 0, done.stderr
    assert not re.findall("ERROR|WARNING", done.stdout + done.stderr)


def test_identifiers_lead_back_to_their_light_curve(demo_db, serving):
    config = Config(publisher=PublisherSection(authority="example.org"))
    with serving(config, demo_db.url) as url:
        service = pyvo.dal.SSAService(f"{url}/ssa")
        one = service.search(pos=(0, 0), diameter=20)[0]
        found = service.search(PUBDID=one["publisher_did"])
        stranger = service.search(PUBDID="ivo://example.com/~?demo/x/V")

    assert one["publisher_did"].startswith("ivo://example.org/~?demo/")
    assert found_keys(found) == {(one["object_id"], one["passband"])}
    assert len(stranger) == 0


def test_the_answer_comes_in_other_formats(server):
    params = {"POS": "0,0", "SIZE": "20", "RESPONSEFORMAT": "csv"}
    reply = requests.get(f"{server}/ssa", params=params, timeout=30)

    assert reply.headers["Content-Type"].startswith("text/csv")
    assert io.StringIO(reply.text).readline().startswith("access_url,access_format")


def test_an_empty_server_answers_without_rows(db, serving):
    with serving(Config(), db.url) as url:
        found = pyvo.dal.SSAService(f"{url}/ssa").search(pos=(0, 0), diameter=10)

    assert len(found) == 0
