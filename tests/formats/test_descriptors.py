"""Service descriptors in VOTables: valid, and as clients read them."""

import io
from pathlib import Path

import pytest
from astropy.io.votable import parse
from lxml import etree
from pyvo.dal import DALResults
from pyvo.dal.adhoc import DatalinkQuery, DatalinkResults

from tests.formats.documents import DOCUMENT, LIGHT_CURVE, ROWS, batch_of, document
from vo_lcc.formats import FORMATS
from vo_lcc.heads import DocumentHead, ServiceDescriptor, ServiceInput, TableHead
from vo_lcc.tables import Column

NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}
ID = Column("ID", "char", "*", ucd="meta.id;meta.main")
PERIOD = Column("PERIOD", "double", unit="d", description="Period; > 0")
TIME = Column("TIME", "double", "2", unit="d", xtype="interval")
OBJECTS = (
    Column("object id", "char", "*"),
    Column("mag", "double"),
    Column("proc", "char", "*"),
)
OBJECT = [("demo-1", 12.5, "other")]


def service(name: str, *inputs: ServiceInput, **words: object) -> ServiceDescriptor:
    return ServiceDescriptor(
        name, "http://127.0.0.1:9/do?a=1&b=2", inputs, f"What {name} does", **words
    )


LINKS = service(
    "links",
    ServiceInput(ID, ref="object id"),
    standard_id="ivo://ivoa.net/std/DataLink#links-1.1",
    content_type="application/x-votable+xml;content=datalink",
    title="Links",
    examples=(("http://127.0.0.1:9/do?ID=1", "Links of <1>"),),
)
PROC = service(
    "proc",
    ServiceInput(ID, ref="proc"),
    ServiceInput(PERIOD, minimum="0"),
    ServiceInput(TIME, minimum="53000.5", maximum="54000"),
    ServiceInput(Column("N", "int"), maximum="9"),
    ServiceInput(Column("BAND", "char", "*"), options=("g", "Hž")),
    ServiceInput(Column("LAYOUT", "char", "*"), "long"),
)
THIS = service("this", ServiceInput(ID), is_this=True)


def with_services(
    *services: ServiceDescriptor,
    tables: list[TableHead] | None = None,
    form: str = "votable/td",
) -> bytes:
    heads = [TableHead(OBJECTS)] if tables is None else tables
    rows = [[batch_of(OBJECTS, OBJECT)] if h.columns == OBJECTS else [] for h in heads]
    said = DocumentHead(DOCUMENT.infos, services=services)
    return document(form, list(zip(heads, rows, strict=True)), said=said)


def xml(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False))


def found(data: bytes, path: str) -> list[etree._Element]:
    return xml(data).xpath(path, namespaces=NS)


@pytest.mark.parametrize("form", ["votable/td", "votable/b2", "votable/1.5"])
@pytest.mark.parametrize("tables", [[], [TableHead(OBJECTS)], [LIGHT_CURVE] * 2])
def test_documents_with_services_are_valid(
    shared: Path, form: str, tables: list[TableHead]
) -> None:
    name = "dev/VOTable-1.5.xsd" if form.endswith("1.5") else "rec/_votable.xsd"
    path = shared / "validators" / "xsd" / name
    schema = etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))

    written = with_services(LINKS, PROC, THIS, tables=tables, form=form)

    schema.assertValid(xml(written))


def test_votlint_finds_nothing(stilts, tmp_path: Path) -> None:
    path = tmp_path / "services.vot"
    path.write_bytes(with_services(LINKS, PROC, THIS))

    said = stilts("votlint", str(path))

    assert said.stdout + said.stderr == ""


def test_services_stand_beside_the_results_after_them() -> None:
    resources = found(with_services(LINKS, THIS), "/v:VOTABLE/v:RESOURCE")

    assert [(r.get("type"), r.get("utype")) for r in resources] == [
        ("results", None),
        ("meta", "adhoc:service"),
        ("meta", "adhoc:this"),
    ]


@pytest.mark.parametrize("status", ["OK", "OVERFLOW", "ERROR"])
def test_services_follow_the_status_of_the_results(status: str) -> None:
    written = document("votable/td", [], status, said=DocumentHead(services=(THIS,)))

    assert len(found(written, "/v:VOTABLE/v:RESOURCE[@utype='adhoc:this']")) == 1
    last = found(written, "//v:INFO[@name='QUERY_STATUS'][last()]/@value")[-1]
    assert last == status


def test_an_input_refers_to_the_field_whatever_its_name_is() -> None:
    written = with_services(LINKS, PROC)

    refs = found(written, "//v:PARAM[@ref]/@ref")
    named = [found(written, f"//v:FIELD[@ID='{ref}']/@name") for ref in refs]

    assert named == [["object id"], ["proc"]]
    assert len(set(found(written, "//@ID"))) == len(found(written, "//@ID"))


def test_of_columns_with_one_name_the_first_is_meant() -> None:
    twice = TableHead((*OBJECTS, Column("object id", "long")))

    written = with_services(LINKS, tables=[twice, TableHead(OBJECTS)])

    assert len(found(written, "//v:FIELD[@ID]")) == 1
    assert found(written, "//v:FIELD[@ID]/@datatype") == ["char"]


def test_a_field_has_one_id_for_its_calibration_and_a_service() -> None:
    uses = service("s", ServiceInput(ID, ref="mag"))

    written = with_services(uses, tables=[LIGHT_CURVE])

    assert found(written, "//v:FIELD[@name='mag']/@ID") == ["mag"]
    assert found(written, "//v:FIELDref/@ref") == ["mag"]
    assert found(written, "//v:PARAM[@name='ID']/@ref") == ["mag"]


def test_services_of_columns_that_are_not_there_are_left_out() -> None:
    written = with_services(LINKS, PROC, THIS, tables=[LIGHT_CURVE])

    assert found(written, "//v:RESOURCE[@type='meta']/@ID") == ["this"]


def test_inputs_tell_what_they_may_be() -> None:
    written = with_services(PROC)

    (time,) = found(written, "//v:PARAM[@name='TIME']")
    assert dict(time.attrib) == {
        "name": "TIME",
        "datatype": "double",
        "arraysize": "2",
        "unit": "d",
        "xtype": "interval",
        "value": "",
    }
    assert found(written, "//v:PARAM[@name='TIME']/v:VALUES/*/@value") == [
        "53000.5",
        "54000",
    ]
    assert found(written, "//v:PARAM[@name='BAND']//v:OPTION/@value") == ["g", "Hž"]


def test_pyvo_calls_a_service_with_what_is_fixed_referred_to_and_given() -> None:
    results = DALResults(parse(io.BytesIO(with_services(LINKS, PROC))))
    row = results.getrecord(0)
    links, proc = [r for r in results.votable.resources if r.type == "meta"]

    asked = DatalinkQuery.from_resource(row, links)
    called = DatalinkQuery.from_resource(row, proc, period=0.5, TIME=(53000, 53001))

    assert dict(asked) == {"ID": "demo-1"}
    assert asked.baseurl == "http://127.0.0.1:9/do?a=1&b=2"
    assert dict(called) == {
        "ID": "other",
        "LAYOUT": "long",
        "PERIOD": "0.5",
        "TIME": "53000 53001",
    }


def test_pyvo_finds_a_service_by_its_standard() -> None:
    results = DatalinkResults(parse(io.BytesIO(with_services(PROC, LINKS))))

    assert results.get_adhocservice_by_ivoid("ivo://ivoa.net/std/datalink").ID


@pytest.mark.parametrize("form", [f.name for f in FORMATS])
def test_every_format_takes_a_head_with_services(form: str) -> None:
    written = document(
        form,
        [(TableHead(LIGHT_CURVE.columns), [batch_of(LIGHT_CURVE.columns, ROWS)])],
        said=DocumentHead(services=(LINKS, THIS)),
    )

    assert written
