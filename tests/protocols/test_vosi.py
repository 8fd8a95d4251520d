import pytest
import pyvo
import requests
from lxml import etree

WHERE = ["", "/tap"]
DOCUMENTS = ["capabilities", "availability", "tables", "tables?detail=min"]
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def get(url, status=200):
    reply = requests.get(url, timeout=30)
    assert reply.status_code == status, reply.text
    return reply


def xml(url, status=200):
    return etree.fromstring(get(url, status).content)


def texts(root, path):
    return [element.text for element in root.findall(path)]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("document", [*DOCUMENTS, "tables/demo.objects"])
def test_every_document_is_valid_by_the_schemas(server, validate, where, document):
    reply = get(f"{server}{where}/{document}")

    assert reply.headers["Content-Type"].startswith("text/xml")
    assert validate(reply.content) == []


@pytest.mark.parametrize("document", ["capabilities", "availability"])
def test_soda_tells_of_itself_beside_its_access_url(server, validate, document):
    """SODA 1.0, section 2.1: from the access URL clients find `../capabilities`."""
    reply = get(f"{server}/soda/{document}")

    assert validate(reply.content) == []
    if document == "capabilities":
        told = etree.fromstring(reply.content).findall("capability")
        assert [each.get("standardID").partition("std/")[2] for each in told] == [
            "SODA#sync-1.0",
            "SODA#async-1.0",
            "DALI#examples",
            "VOSI#capabilities",
            "VOSI#availability",
        ]


def test_examples_of_soda_work_as_they_stand(server):
    """SODA 1.0, section 2.3: parameters are told as generic ones of DALI."""
    root = xml(f"{server}/soda/examples")
    examples = root.findall(".//*[@typeof='example']")

    assert root.find("{*}body").get("vocab") == "http://www.ivoa.net/rdf/examples#"
    assert len(examples) == 2
    for example in examples:
        assert example.get("resource") == f"#{example.get('id')}"
        assert len(example.findall(".//*[@property='name']")) == 1
        asked = [
            tuple(pair.find(f"*[@property='{k}']").text for k in ("key", "value"))
            for pair in example.findall(".//*[@property='generic-parameter']")
        ]
        reply = requests.get(f"{server}/soda/sync", params=asked, timeout=30)
        assert (reply.status_code, len(asked)) == (200, 3)


def test_tables_say_what_tap_schema_says(server):
    root = xml(f"{server}/tap/tables")
    told = {
        (table.findtext("name"), column.findtext("name")): (
            column.findtext("dataType"),
            column.find("dataType").get("arraysize"),
            column.find("dataType").get("extendedType"),
            column.findtext("description"),
            column.findtext("unit"),
            column.findtext("ucd"),
            column.findtext("utype"),
        )
        for table in root.iter("table")
        for column in table.findall("column")
    }
    rows = pyvo.dal.TAPService(f"{server}/tap").run_sync(
        "SELECT table_name, column_name, datatype, arraysize, xtype, description,"
        " unit, ucd, utype FROM tap_schema.columns"
    )
    known = {
        (row["table_name"], row["column_name"]): tuple(
            row[name] or None
            for name in (
                "datatype",
                "arraysize",
                "xtype",
                "description",
                "unit",
                "ucd",
                "utype",
            )
        )
        for row in rows
    }

    assert ("demo.objects", "ra") in told
    assert told == known


def test_detail_min_leaves_out_the_columns(server):
    root = xml(f"{server}/tap/tables?detail=min")

    assert "demo.objects" in texts(root, ".//table/name")
    assert root.findall(".//column") == []


def test_unknown_detail_is_a_usage_fault(server):
    assert "neither min nor max" in get(f"{server}/tap/tables?detail=some", 400).text


@pytest.mark.parametrize("name", ["demo.objects", "DEMO.Objects", "tap_schema.columns"])
def test_one_table_comes_with_its_columns(server, name):
    root = xml(f"{server}/tap/tables/{name}")

    assert root.findtext("name") == name.lower()
    assert root.findall("column")


def test_unknown_table_is_not_found(server):
    assert "NotFoundFault: no table" in get(f"{server}/tap/tables/no.such", 404).text


def test_tap_capabilities_advertise_only_what_is_there(server):
    root = xml(f"{server}/tap/capabilities")
    ids = [element.get("standardID") for element in root.findall("capability")]

    assert ids == [
        "ivo://ivoa.net/std/TAP",
        "ivo://ivoa.net/std/DALI#examples",
        "ivo://ivoa.net/std/VOSI#capabilities",
        "ivo://ivoa.net/std/VOSI#availability",
        "ivo://ivoa.net/std/VOSI#tables-1.1",
        "ivo://ivoa.net/std/VOSI#tables",
    ]
    methods = [each.get("ivo-id") for each in root.iter("uploadMethod")]
    assert methods == [
        f"ivo://ivoa.net/std/TAPRegExt#upload-{way}"
        for way in ("inline", "http", "https")
    ]
    for name in ("retentionPeriod", "executionDuration", "outputLimit", "uploadLimit"):
        limit = root.find(f".//{name}")
        assert 0 < int(limit.findtext("default")) <= int(limit.findtext("hard"))


def test_every_vosi_address_that_is_advertised_answers(server):
    addresses = [
        element.text
        for element in xml(f"{server}/capabilities").iter("accessURL")
        if element.get("use") == "full"
    ]

    assert len(addresses) >= 4
    assert [requests.get(a, timeout=60).status_code for a in addresses] == [
        200 for _ in addresses
    ]


def test_the_root_advertises_every_service(server):
    ids = {
        element.get("standardID")
        for element in xml(f"{server}/capabilities").findall("capability")
    }

    assert {
        "ivo://ivoa.net/std/TAP",
        "ivo://ivoa.net/std/ConeSearch",
        "ivo://ivoa.net/std/SSA",
    } <= ids


def test_test_query_of_the_cone_search_finds_objects(server):
    (cone,) = (
        element
        for element in xml(f"{server}/capabilities").findall("capability")
        if element.get(XSI_TYPE) == "cs:ConeSearch"
    )
    query = cone.find("testQuery")
    found = pyvo.dal.SCSService(cone.findtext("interface/accessURL")).search(
        pos=(float(query.findtext("ra")), float(query.findtext("dec"))),
        radius=float(query.findtext("sr")),
    )

    assert len(found) > 0


@pytest.mark.parametrize("limit", ["outputLimit", "executionDuration"])
def test_limits_have_a_default_and_a_hard_value(server, limit):
    root = xml(f"{server}/tap/capabilities")

    for word in ("default", "hard"):
        assert int(root.findtext(f".//{limit}/{word}")) > 0


def test_addresses_follow_the_proxy(server):
    headers = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "vo.example.org",
        "X-Forwarded-Prefix": "/lc",
    }
    reply = requests.get(f"{server}/tap/capabilities", headers=headers, timeout=30)
    root = etree.fromstring(reply.content)

    assert root.findtext(".//accessURL") == "https://vo.example.org/lc/tap"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "gopher"},
        {"X-Forwarded-Host": "evil.example/<x>"},
        {"X-Forwarded-Prefix": "/a b"},
    ],
)
def test_absurd_forwarded_headers_are_ignored(server, headers):
    reply = requests.get(f"{server}/tap/capabilities", headers=headers, timeout=30)
    root = etree.fromstring(reply.content)

    assert root.findtext(".//accessURL") == f"{server}/tap"


def test_pyvo_reads_availability_and_tables(server):
    service = pyvo.dal.TAPService(f"{server}/tap")

    assert service.available
    assert service.tables["demo.objects"].columns
    assert service.hardlimit >= service.maxrec > 0
