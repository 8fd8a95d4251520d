import re

import astropy.units as u
import numpy as np
import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from lxml import etree

VOTABLE = "{http://www.ivoa.net/xml/VOTable/v1.3}"
UCDS = ("ID_MAIN", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN")
CONE = {"RA": "180", "DEC": "0", "SR": "20"}


@pytest.fixture
def cone(server):
    """The root element of the answer to a cone search of the demo collection."""

    def search(status=200, **params):
        reply = requests.get(f"{server}/scs/demo", params=params, timeout=30)
        assert reply.status_code == status, reply.text
        assert "xml" in reply.headers["Content-Type"]
        return etree.fromstring(reply.content)

    return search


@pytest.fixture(scope="module")
def objects(server):
    """All objects of the demo collection, by TAP."""
    return (
        pyvo.dal.TAPService(f"{server}/tap")
        .run_sync("SELECT object_id, ra, dec FROM demo.objects", maxrec=100_000)
        .to_table()
    )


def rows(root):
    return list(root.iter(f"{VOTABLE}TR"))


def fields(root):
    return [field.get("name") for field in root.iter(f"{VOTABLE}FIELD")]


def error_of(root):
    (info,) = root.iter(f"{VOTABLE}INFO")
    assert info.get("name") == info.get("ID") == "Error"
    return info.get("value")


@pytest.mark.parametrize(
    ("ra", "dec", "radius"),
    [(180, 0, 5), (0, 0, 5), (360, 0, 5), (-10, 3, 5), (7, 90, 4), (7, -90, 4),
     (0.001, 89.9, 8), (120, -45, 100), (10, 10, 180)],
)  # fmt: skip
def test_cone_finds_exactly_what_spherical_trigonometry_says(
    server, objects, ra, dec, radius
):
    centre = SkyCoord(ra, dec, unit="deg")
    separation = SkyCoord(objects["ra"], objects["dec"], unit="deg").separation(centre)
    expected = set(objects["object_id"][separation <= radius * u.deg])
    found = pyvo.dal.SCSService(f"{server}/scs/demo?").search(
        pos=(ra, dec), radius=radius
    )

    assert expected
    assert {record.id for record in found} == expected


def test_pyvo_knows_identifier_and_position_of_each_record(server):
    record = pyvo.dal.SCSService(f"{server}/scs/demo?").search((180, 0), 10)[0]

    assert record.id == record["object_id"]
    assert record.pos.separation(SkyCoord(180, 0, unit="deg")) <= 10 * u.deg


def test_the_distance_from_the_centre_comes_with_each_row(server):
    table = pyvo.dal.SCSService(f"{server}/scs/demo?").search((180, 0), 10).to_table()
    position = SkyCoord(table["ra"], table["dec"], unit="deg")
    expected = position.separation(SkyCoord(180, 0, unit="deg")).deg

    np.testing.assert_allclose(table["_r"], expected, atol=1e-9)


@pytest.mark.parametrize("verbosity", ["1", "2", "3"])
def test_each_column_of_the_standard_is_there_once(cone, verbosity):
    root = cone(**CONE, VERB=verbosity)
    ucds = [field.get("ucd") for field in root.iter(f"{VOTABLE}FIELD")]

    assert [ucds.count(ucd) for ucd in UCDS] == [1, 1, 1]
    assert len(list(root.iter(f"{VOTABLE}TABLE"))) == 1


def test_verbosity_adds_columns(cone):
    one, two, three = (fields(cone(**CONE, VERB=verb)) for verb in "123")

    assert set(one) < set(two) < set(three)


def test_radius_zero_gives_the_columns_and_no_rows(cone):
    root = cone(RA="180", DEC="0", SR="0")

    assert "object_id" in fields(root)
    assert rows(root) == []


def test_maxrec_cuts_the_rows_and_says_so(cone):
    root = cone(**CONE, MAXREC="3")
    statuses = [i.get("value") for i in root.iter(f"{VOTABLE}INFO")]

    assert len(rows(root)) == 3
    assert "OVERFLOW" in statuses


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"SR": "0"}, "OK"),
        ({"SR": "0", "MAXREC": "0"}, "OK"),
        ({"MAXREC": "0"}, "OVERFLOW"),
    ],
)
def test_what_asks_for_no_rows_is_told_apart_from_what_leaves_them_out(
    cone, change, status
):
    root = cone(**CONE | change)
    infos = root.iterfind(f".//{VOTABLE}INFO[@name='QUERY_STATUS']")

    assert rows(root) == []
    assert [info.get("value") for info in infos][-1] == status


@pytest.mark.parametrize("verbosity", [1, 2, 3])
def test_pyvo_asks_for_columns_by_verbosity(server, verbosity):
    service = pyvo.dal.SCSService(f"{server}/scs/demo?")
    found = service.search((180, 0), 10, verbosity=verbosity)

    assert len(found) > 0
    assert ("hpx" in found.fieldnames) == (verbosity == 3)
    assert ("period" in found.fieldnames) == (verbosity > 1)


def test_pyvo_follows_the_links_of_each_object(server):
    found = pyvo.dal.SCSService(f"{server}/scs/demo?").search((180, 0), 1)
    (links,) = found.iter_datalinks()

    assert [record["object_id"] for record in found] == ["demo-0007"]
    assert "/lc/demo/demo-0007" in next(links.bysemantics("#this")).access_url


@pytest.mark.parametrize(
    "change", [{}, {"SR": "0"}, {"VERB": "3"}, {"MAXREC": "2"}, {"RA": "x"}]
)
def test_answers_follow_the_schema(server, validate, change):
    reply = requests.get(f"{server}/scs/demo", params=CONE | change, timeout=30)

    assert validate(reply.content) == []


def test_unknown_parameters_are_ignored(cone):
    assert rows(cone(**CONE, FOO="bar"))


def test_the_answer_says_where_it_comes_from_and_how_to_ask_again(server, cone):
    root = cone(**CONE)
    said = {i.get("name"): i.get("value") for i in root.iter(f"{VOTABLE}INFO")}

    again = requests.get(said["request"], timeout=30)

    assert said["request"] == f"{server}/scs/demo?RA=180&DEC=0&SR=20"
    assert len(rows(etree.fromstring(again.content))) == len(rows(root))
    assert {"creator", "rights", "publication_date", "resource_version"} <= set(said)


def test_post_works_like_get(server, cone):
    reply = requests.post(f"{server}/scs/demo", data=CONE, timeout=30)

    assert len(rows(etree.fromstring(reply.content))) == len(rows(cone(**CONE)))


def test_another_format_can_be_asked_for(server):
    params = {**CONE, "RESPONSEFORMAT": "csv"}
    reply = requests.get(f"{server}/scs/demo", params=params, timeout=30)

    assert reply.headers["Content-Type"].startswith("text/csv")
    assert reply.text.startswith("object_id,")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"SR": "-1"}, "SR: "),
        ({"SR": "181"}, "SR: "),
        ({"SR": ""}, "SR: missing"),
        ({"RA": "abc"}, "RA: 'abc' is not a number"),
        ({"RA": "NaN"}, "RA: "),
        ({"RA": "1e999"}, "RA: "),
        ({"RA": "10:20:30"}, "RA: "),
        ({"RA": ""}, "RA: missing"),
        ({"DEC": ""}, "DEC: missing"),
        ({"DEC": "inf"}, "DEC: "),
        ({"SR": "1e400"}, "SR: "),
        ({"VERB": "1.5"}, "VERB: "),
        ({"VERB": "-1"}, "VERB: "),
        ({"RA": ["1", "2"]}, "RA: given 2 times"),
        ({"DEC": "90.001"}, "DEC: "),
        ({"DEC": "-91"}, "DEC: "),
        ({"VERB": "4"}, "VERB: "),
        ({"MAXREC": "-1"}, "MAXREC: "),
        ({"RESPONSEFORMAT": "nonsense"}, "RESPONSEFORMAT: "),
        ({"RA": "1' OR '1'='1"}, "RA: "),
    ],
)
def test_bad_input_is_an_error_document_that_names_the_parameter(cone, change, says):
    assert error_of(cone(400, **CONE | change)).startswith(says)


def test_unknown_collection_is_not_found_in_the_same_form(server):
    reply = requests.get(f"{server}/scs/nosuch", params=CONE, timeout=30)

    assert reply.status_code == 404
    assert "demo" in error_of(etree.fromstring(reply.content))


def test_pyvo_raises_the_message(server):
    with pytest.raises(pyvo.dal.DALQueryError, match="SR: 200"):
        pyvo.dal.SCSService(f"{server}/scs/demo?").search((0, 5), 200)


@pytest.mark.validator
def test_votlint_finds_nothing_wrong(cone, stilts, tmp_path):
    for name, params in {"rows": CONE, "none": CONE | {"SR": "0"}}.items():
        path = tmp_path / f"{name}.vot"
        path.write_bytes(etree.tostring(cone(**params)))
        lint = stilts("votlint", f"votable={path}")

        assert lint.returncode == 0
        assert not re.findall("ERROR|WARNING", lint.stdout + lint.stderr)


@pytest.mark.validator
def test_stilts_cone_reads_the_service(server, stilts, tmp_path):
    centres = tmp_path / "centres.csv"
    centres.write_text("ra,dec\n180,0\n0,90\n")
    run = stilts(
        "coneskymatch", "servicetype=cone", f"serviceurl={server}/scs/demo?",
        f"in={centres}", "ifmt=csv", "ra=ra", "dec=dec", "sr=10", "find=all",
        "usefoot=false",
        "ofmt=csv", "out=-",
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    assert len(run.stdout.splitlines()) > 2
