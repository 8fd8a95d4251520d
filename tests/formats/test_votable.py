"""VOTable documents: schema, annotations, status, several tables, edges."""

import io
import warnings
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from astropy.io.votable import parse
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.formats.documents import (
    FRAME,
    G_BAND,
    LIGHT_CURVE,
    POINTS,
    R_BAND,
    ROWS,
    SKY,
    batch_of,
    document,
    light_curve,
)
from tests.formats.edges import (
    every_kind,
    is_strings,
    is_varying_complex,
    table_of,
)
from vo_lcc.formats import find_format
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Column, SkyFrame, TimeFrame

SERIALIZATIONS = ("votable/td", "votable/b", "votable/b2")
NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}
each = pytest.mark.parametrize("name", SERIALIZATIONS)


@pytest.fixture(scope="session")
def schema(shared: Path) -> etree.XMLSchema:
    path = shared / "validators" / "xsd" / "rec" / "_votable.xsd"
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


def xml(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False))


def other_night(name: str, **changes: object) -> TableHead:
    return TableHead(POINTS, name=name, **changes)


SEVERAL = [
    (LIGHT_CURVE, [batch_of(POINTS, ROWS)]),
    (other_night("same frames"), [batch_of(POINTS, ROWS[:1])]),
    (other_night("another band", calibrations=(R_BAND,)), []),
    (
        TableHead(
            (Column("t", "double", annotation=TimeFrame("UTC", "TOPOCENTER")),),
            name="another frame",
        ),
        [batch_of([Column("t", "double")], [(1.0,)])],
    ),
    (other_night("back again"), [batch_of(POINTS, ROWS[1:])]),
]


@each
def test_the_golden_document(name, golden):
    golden(
        f"formats/light_curve_{name.removeprefix('votable/')}.vot", light_curve(name)
    )


@each
@pytest.mark.parametrize("status", ["OK", "OVERFLOW", "ERROR"])
def test_documents_are_valid(name, status, schema):
    for tables in ([], SEVERAL[:1], SEVERAL):
        written = document(name, tables, status, "why < this")
        schema.assertValid(xml(written))


@each
def test_documents_of_version_1_5_are_valid_and_read(name, schema):
    sky = replace(SKY, refposition="BARYCENTER")
    columns = (*POINTS, Column("ra", "double", annotation=sky))
    rows = [(*row, 0.5) for row in ROWS]

    written = document(f"{name}/1.5", [(TableHead(columns), [batch_of(columns, rows)])])

    schema.assertValid(xml(written))
    assert xml(written).get("version") == "1.5"
    assert xml(written).find(".//v:COOSYS", NS).get("refposition") == "BARYCENTER"
    assert len(Table.read(io.BytesIO(written), format="votable")) == len(rows)


def test_version_1_4_knows_no_reference_position_of_the_sky():
    sky = SkyFrame("FK5", refposition="BARYCENTER")
    head = TableHead((Column("ra", "double", annotation=sky),))

    (frame,) = xml(document("votable", [(head, [])])).iterfind(".//v:COOSYS", NS)

    assert dict(frame.attrib) == {"ID": "coosys-1", "system": "eq_FK5"}


@each
def test_a_document_without_rows_has_its_fields_and_is_valid(name, schema):
    written = document(name, [(LIGHT_CURVE, [])])

    schema.assertValid(xml(written))
    table = Table.read(io.BytesIO(written), format="votable")
    assert table.colnames == [c.name for c in POINTS]
    assert len(table) == 0


@each
def test_a_table_without_columns_keeps_its_parameters(name, schema):
    empty = TableHead((), name="none", params=LIGHT_CURVE.params)
    nothing = batch_of(POINTS, ROWS).select([])

    written = document(name, [(empty, [nothing])])

    schema.assertValid(xml(written))
    assert len(xml(written).findall(".//v:PARAM", NS)) == len(LIGHT_CURVE.params)


@pytest.mark.parametrize("status", ["OVERFLOW", "ERROR"])
def test_a_status_that_is_not_ok_stands_after_the_table(status):
    root = xml(document("votable/td", SEVERAL[:1], status, "cut & short"))
    resource = root.find("v:RESOURCE", NS)
    tags = [etree.QName(child).localname for child in resource]
    infos = resource.findall("v:INFO[@name='QUERY_STATUS']", NS)

    assert [info.get("value") for info in infos] == ["OK", status]
    assert tags.index("INFO") < tags.index("TABLE") < len(tags) - 1
    assert tags[-1] == "INFO"
    assert infos[1].text == "cut & short"


def test_an_ok_document_says_so_once_and_first():
    root = xml(light_curve("votable"))
    infos = root.findall(".//v:INFO", NS)

    assert [i.get("value") for i in infos if i.get("name") == "QUERY_STATUS"] == ["OK"]
    assert infos[0].get("name") == "QUERY_STATUS"
    assert infos[2].get("value") == "SELECT *\nWHERE a<1"


def test_columns_refer_to_their_frames_and_calibrations():
    parsed = parse(io.BytesIO(light_curve("votable")))
    table = parsed.get_first_table()
    timesys = parsed.get_timesys_by_id(table.get_field_by_id_or_name("obs_time").ref)
    epoch = table.get_field_by_id_or_name("epoch")
    group = parsed.resources[0].groups[0]
    params = {p.name: p.value for p in group.entries if hasattr(p, "value")}

    assert timesys.timescale == FRAME.timescale
    assert timesys.refposition == FRAME.refposition
    assert timesys.timeorigin == FRAME.time_origin
    assert epoch.ref == timesys.ID
    assert parsed.resources[0].coordinate_systems[0].system == SKY.system
    assert table.get_field_by_id_or_name("mag").ref == group.ID
    assert group.name == "photcal"
    assert [e.ref for e in group.entries if hasattr(e, "ref") and e.ref] == ["mag"]
    assert params["filterIdentifier"] == G_BAND.filter_identifier
    assert params["zeroPointFlux"] == G_BAND.zero_point
    assert params["effectiveWavelength"] == G_BAND.effective_wavelength
    assert table.description == LIGHT_CURVE.description


def test_calibrations_beside_each_other_have_names_of_their_own():
    columns = (
        Column("g", "double", annotation=G_BAND),
        Column("r", "double", annotation=R_BAND),
    )

    root = xml(document("votable/td", [(TableHead(columns), [])]))
    groups = root.findall(".//v:GROUP", NS)

    assert [g.get("utype") for g in groups] == ["photDM:PhotCal"] * 2
    assert [g.get("name") for g in groups] == [g.get("ID") for g in groups]


def test_what_is_not_known_of_a_calibration_is_left_out():
    head = TableHead((Column("mag", "double", annotation=R_BAND),))

    root = xml(document("votable/td", [(head, [])]))

    assert [p.get("name") for p in root.findall(".//v:GROUP/v:PARAM", NS)] == [
        "filterName"
    ]


def test_times_as_text_have_no_time_origin():
    head = TableHead((Column("t", "char", "*", xtype="timestamp", annotation=FRAME),))

    root = xml(document("votable/td", [(head, [])]))

    assert "timeorigin" not in root.find(".//v:TIMESYS", NS).attrib


@each
def test_several_tables_are_read_with_their_names_and_rows(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = list(parse(io.BytesIO(document(name, SEVERAL))).iter_tables())

    assert [t.name for t in tables] == [head.name for head, _ in SEVERAL]
    assert [len(t.array) for t in tables] == [3, 1, 0, 1, 2]
    assert tables[4].to_table().colnames == [c.name for c in POINTS]


def test_ids_are_unique_and_every_reference_has_one():
    root = xml(document("votable/td", SEVERAL))
    ids = [e.get("ID") for e in root.iter() if e.get("ID")]

    assert len(ids) == len(set(ids))
    assert {e.get("ref") for e in root.iter() if e.get("ref")} <= set(ids)


@settings(max_examples=60, deadline=None)
@given(words=st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_words_in_any_place_leave_the_document_whole(words):
    column = Column("c", "int", unit=words, utype=words, description=words)
    head = TableHead((column,), words, words, (Param(Column("p", "char", "*"), words),))
    writer = find_format("votable/td").open()
    written = writer.head(DocumentHead((Info(words, words, words),), words, words))
    written += writer.table(head) + writer.tail("ERROR", words)

    root = xml(written)

    if words.isprintable():
        assert root.find(".//v:TABLE/v:DESCRIPTION", NS).text == words
        assert root.find(".//v:PARAM", NS).get("value") == words
        assert root.find(".//v:FIELD", NS).get("unit") == words


def test_control_characters_become_question_marks():
    writer = find_format("votable/td").open()

    written = writer.head(DocumentHead((Info("query", "a\x00\x1fb\ufffe", ""),)))

    assert b'value="a??b?"' in written


def test_null_text_is_flagged_and_empty_text_is_not():
    columns = (Column("n", "int"), Column("a", "char", "*"))
    batch = batch_of(columns, [(1, None), (1, "")])

    root = xml(document("votable/b2", [(TableHead(columns), [batch])]))
    rows = b64decode(root.find(".//v:STREAM", NS).text)

    assert rows == b"\x40" + bytes([0, 0, 0, 1] + [0] * 4) + bytes(
        [0, 0, 0, 0, 1] + [0] * 4
    )


def test_text_longer_than_a_fixed_arraysize_is_an_error():
    columns = (Column("code", "char", "3"),)
    writer = find_format("votable").open()
    writer.head(DocumentHead())
    writer.table(TableHead(columns))

    with pytest.raises(ValueError, match="code: arraysize is 3"):
        writer.rows(batch_of(columns, [("abcd",)]))


def test_an_array_of_another_length_than_declared_is_an_error():
    columns = (Column("p", "double", "2"),)
    writer = find_format("votable").open()
    writer.table(TableHead(columns))

    with pytest.raises(ValueError, match="p: arraysize is 2"):
        writer.rows(batch_of(columns, [([1.0, 2.0, 3.0],)]))


def is_understood(column: Column, name: str) -> bool:
    """Whether votlint reads such columns: docs/formats.md tells the faults."""
    in_binary = name != "votable/td"
    return not (
        column.datatype == "bit"
        or is_strings(column)
        or (column.datatype == "char" and column.arraysize is None)
        or (is_varying_complex(column) and in_binary)
    )


@pytest.mark.validator
@each
def test_votlint_finds_no_error(name, stilts, tmp_path):
    path = tmp_path / "tables.vot"
    everything = table_of(*every_kind(lambda c: is_understood(c, name)))
    path.write_bytes(document(name, [*SEVERAL, everything], "OVERFLOW"))

    seen = stilts("votlint", f"votable={path}")

    assert (seen.stdout, seen.returncode) == ("", 0)


@pytest.mark.validator
@each
def test_stilts_reads_the_same_rows(name, stilts, tmp_path):
    path = tmp_path / "light_curve.vot"
    path.write_bytes(light_curve(name))

    seen = stilts("tpipe", f"in={path}", "ifmt=votable", "ofmt=csv")

    assert seen.stdout.splitlines() == [
        "obs_time,mag,flags,note",
        "1.5,12.25,0,ok",
        "2.5,,,",
        "3.5,-1.0,7,a<b & ☉",
    ]
