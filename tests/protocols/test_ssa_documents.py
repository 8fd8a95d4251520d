import re

import astropy.units as u
import pytest
import pyvo
import requests
from astropy.io.votable.ucd import parse_ucd
from lxml import etree

NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}

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
RECOMMENDED = {
    "ssa:Query.Score",
    "ssa:Access.Size",
    "ssa:DataID.Creator",
    "ssa:DataID.Collection",
    "ssa:DataID.DataSource",
    "ssa:DataID.CreationType",
    "ssa:Curation.Reference",
    "ssa:Curation.PublisherDID",
    "ssa:CoordSys.SpaceFrame.Name",
    "ssa:Char.FluxAxis.Ucd",
    "ssa:Char.FluxAxis.Calibration",
    "ssa:Char.SpectralAxis.Ucd",
    "ssa:Char.SpectralAxis.Coverage.Bounds.Start",
    "ssa:Char.SpectralAxis.Coverage.Bounds.Stop",
    "ssa:Char.SpectralAxis.Calibration",
    "ssa:Char.SpectralAxis.Resolution",
    "ssa:Char.SpatialAxis.Accuracy.StatError",
    "ssa:Char.SpatialAxis.Calibration",
    "ssa:Char.SpatialAxis.Resolution",
}
# but for CreatorDID: "otherwise it should be omitted" (4.2.5.5), no creator has any
PARAMETERS = (
    *("REQUEST", "VERSION", "POS", "SIZE", "BAND", "TIME", "FORMAT"),
    *("SPECRP", "PUBDID", "CREATORDID", "COLLECTION", "TOP", "MAXREC", "MTIME"),
    *("COMPRESS", "RUNID", "TARGETNAME", "TARGETCLASS", "VARAMPL", "FLUXCALIB"),
)


@pytest.fixture
def ask(server):
    """The root of the answer to a query of /ssa."""

    def search(path="/ssa", **params):
        reply = requests.get(f"{server}{path}", params=params, timeout=60)
        assert reply.status_code == 200, reply.text
        assert reply.headers["Content-Type"].partition(";")[0] == "text/xml"
        return etree.fromstring(reply.content)

    return search


def test_every_mandatory_and_recommended_column_is_there(ask):
    root = ask(MAXREC="1")
    utypes = {field.get("utype") for field in root.iterfind(".//v:FIELD", NS)}

    assert utypes >= MANDATORY | RECOMMENDED


def test_columns_have_words_of_the_vocabularies(ask):
    for field in ask(MAXREC="0").iterfind(".//v:FIELD", NS):
        assert not field.get("ucd") or parse_ucd(field.get("ucd"), True)
        assert not field.get("unit") or u.Unit(field.get("unit"), format="vounit")


def test_addresses_and_sizes_are_plain(ask):
    field = {f.get("name"): f for f in ask(MAXREC="0").iterfind(".//v:FIELD", NS)}

    assert field["access_url"].get("datatype") == "char"
    assert field["access_format"].get("datatype") == "char"
    assert field["access_size"].get("unit") == "kbyte"


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

    assert {f"INPUT:{name}" for name in PARAMETERS} <= set(params)
    assert all(p.get("value") is not None for p in params.values())
    assert {p.get("utype") for p in params.values()} >= MANDATORY
    assert params["OUTPUT:access_url"].get("ucd") == "meta.ref.url;meta.dataset"
    assert root.find(".//v:TABLE", NS) is None


def test_metadata_lists_what_can_be_chosen(ask):
    params = {
        p.get("name"): p for p in ask(FORMAT="METADATA").iterfind(".//v:PARAM", NS)
    }

    def options(name):
        found = params[f"INPUT:{name}"].iterfind(".//v:OPTION", NS)
        return [option.get("value") for option in found]

    assert {"g", "r", "optical"} <= set(options("BAND"))
    assert {"votable", "fits", "image/png"} <= set(options("FORMAT"))
    assert options("COLLECTION") == ["demo"]
    assert params["INPUT:SIZE"].get("value") == "0.1"
    assert params["INPUT:SIZE"].find(".//v:MAX", NS).get("value") == "360"
    assert params["INPUT:MAXREC"].get("value") == "100000"


def test_metadata_comes_whatever_else_is_asked(ask):
    root = ask(FORMAT="metadata", POS="nowhere", SIZE="-1")

    assert root.find(".//v:PARAM[@name='INPUT:POS']", NS) is not None


def test_values_that_all_rows_share_are_those_of_time_series(server):
    found = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(180, 0), diameter=1)

    assert set(found["dataset_type"]) == {"TimeSeries"}
    assert set(found["data_model"]) == {"vo_lcc-LightCurve-1.0"}
    assert set(found["space_frame"]) == {"ICRS"}
    assert set(found["time_frame"]) == {"TDB"}
    assert set(found["rights"]) == {"public"}


def test_sizes_are_of_the_right_order(server):
    for fmt in ("votable", "fits", "csv"):
        found = pyvo.dal.SSAService(f"{server}/ssa").search(
            pos=(180, 0), diameter=1, format=fmt
        )
        for record in found:
            size = len(requests.get(record.getdataurl(), timeout=30).content) / 1000
            assert size / 4 < record["access_size"] < size * 4


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


@pytest.mark.parametrize(
    "params",
    [
        {"POS": "0,0", "SIZE": "20"},
        {"FORMAT": "METADATA"},
        {"MAXREC": "0"},
        {"POS": "x"},
        {"POS": "180,0", "FORMAT": "votable,fits,graphic"},
    ],
)
def test_answers_follow_the_schema(server, validate, params):
    reply = requests.get(f"{server}/ssa", params=params, timeout=30)

    assert validate(reply.content) == []


@pytest.mark.validator
@pytest.mark.parametrize(
    "query",
    ["POS=0,0&SIZE=20", "FORMAT=METADATA", "MAXREC=0", "FORMAT=fits,graphic&TOP=9"],
)
def test_votlint_has_nothing_to_say(server, stilts, tmp_path, query):
    path = tmp_path / "answer.vot"
    path.write_bytes(requests.get(f"{server}/ssa?{query}", timeout=30).content)
    done = stilts("votlint", f"votable={path}")

    assert done.returncode == 0, done.stderr
    assert not re.findall("ERROR|WARNING", done.stdout + done.stderr)
