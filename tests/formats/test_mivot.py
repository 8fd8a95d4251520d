"""The MIVOT block of a light curve: by its schema, and as pyvo shows it."""

import copy
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from astropy.io.votable import parse
from lxml import etree
from pyvo.mivot.viewer import MivotViewer
from pyvo.utils import prototype

from tests.formats.curve import DOCUMENT, FRAME, G_BAND, ROWS, band_table, long_table
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.formats.document import document_bytes
from vo_lcc.formats.mivot import mivot_block
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column, PhotCal, TimeFrame

NS = {"m": "http://www.ivoa.net/xml/mivot", "v": "http://www.ivoa.net/xml/VOTable/v1.3"}
TABLES = {"one passband": band_table(G_BAND), "both passbands": long_table()}
VODML = f"{{{NS['m']}}}VODML"


@pytest.fixture(autouse=True)
def mivot() -> Iterator[None]:
    """pyvo calls it a prototype, which must be asked for."""
    prototype.activate_features("MIVOT")
    yield
    prototype.deactivate_features("MIVOT")


def written(case: str, name: str = "votable/mivot") -> bytes:
    return document_bytes(find_curve_format(name), DOCUMENT, [TABLES[case]])


@pytest.fixture(scope="module")
def schema(shared: Path) -> etree.XMLSchema:
    path = shared / "validators/xsd/dev/mivot.xsd"
    return etree.XMLSchema(etree.parse(path))


@pytest.mark.parametrize("case", TABLES)
def test_the_block_is_as_the_schema_has_it(schema, case):
    """In XSD 1.0, which lxml knows, the schema has room for one instance in GLOBALS."""
    block = etree.fromstring(written(case)).find(".//m:VODML", NS)
    instances = block.findall("m:GLOBALS/*", NS)

    for place in range(len(instances)):
        alone = copy.deepcopy(block)
        inside = alone.find("m:GLOBALS", NS)
        inside[:] = [inside[place]]
        schema.assertValid(etree.fromstring(etree.tostring(alone)))


@pytest.mark.parametrize("case", TABLES)
def test_every_reference_is_to_something_that_is_there(case):
    root = etree.fromstring(written(case))
    block = root.find(".//m:VODML", NS)
    ids = {field.get("ID") for field in root.iter(f"{{{NS['v']}}}FIELD")}
    known = [e.get("dmid") for e in block.iter() if e.get("dmid")]

    assert {e.get("ref") for e in block.iter() if e.get("ref")} <= ids
    assert {e.get("dmref") for e in block.iter() if e.get("dmref")} <= set(known)
    assert len(known) == len(set(known))
    tables = {table.get("ID") for table in root.iter(f"{{{NS['v']}}}TABLE")}
    assert {t.get("tableref") for t in block.findall("m:TEMPLATES", NS)} == tables


def test_the_block_stands_before_the_table():
    resource = etree.fromstring(written("one passband")).find("v:RESOURCE", NS)
    meta, table = resource[-2:]

    assert (meta.get("type"), meta[0].tag) == ("meta", VODML)
    assert table.tag.endswith("TABLE")


def test_pyvo_shows_each_point():
    points = []
    with MivotViewer(io.BytesIO(written("one passband"))) as viewer:
        while viewer.next_row_view():
            mango, *_ = viewer.dm_instances
            time = next(i for i in viewer.dm_instances if i.dmtype == "meas:Time")
            position, brightness = mango.propertyDock
            points.append((time.coord.time.value, brightness.value.value))

    assert (mango.dmtype, mango.identifier.value) == ("mango:MangoObject", "RR-1")
    assert (position.longitude.value, position.latitude.value) == (10.5, -0.25)
    assert time.coord.time0.date.value == FRAME.time_origin
    assert points == [row[:2] for row in ROWS["g"]]


def test_pyvo_finds_the_calibration_and_the_frames():
    file = io.BytesIO(written("one passband"))
    with MivotViewer(file, tableref="table-1", resolve_ref=True) as viewer:
        viewer.next_row_view()
        brightness = viewer.dm_instance.propertyDock[1]
        time = next(i for i in viewer.dm_instances if i.dmtype == "meas:Time")
        position = viewer.dm_instance.get_SkyCoord()

    assert brightness.photCal.zeroPoint.flux.value.value == G_BAND.zero_point
    assert brightness.photCal.magnitudeSystem.type.value == "AB"
    photfilter = brightness.photCal.photometryFilter
    assert photfilter.spectralLocation.value.value == G_BAND.effective_wavelength
    assert time.coord.coordSys.frame.timescale.value == "TDB"
    assert (position.ra.deg, position.dec.deg) == (10.5, -0.25)


def test_the_passband_of_a_row_is_the_key_of_its_calibration():
    block = etree.fromstring(written("both passbands")).find(".//m:VODML", NS)
    keys = block.findall("m:GLOBALS/m:COLLECTION/m:INSTANCE/m:PRIMARY_KEY", NS)
    reference = block.find(".//m:REFERENCE[@dmrole='mango:Brightness.photCal']", NS)

    assert [key.get("value") for key in keys] == ["g", "V"]
    assert reference.get("sourceref") == "_photcals"
    assert reference.find("m:FOREIGN_KEY", NS).get("ref") == "passband"


def test_astropy_reads_the_rows_beside_it():
    table = parse(io.BytesIO(written("both passbands"))).get_first_table()

    assert len(table.array) == sum(map(len, ROWS.values()))


@pytest.mark.parametrize(
    ("origin", "dmtype"),
    [(0.0, "coords:JD"), (2400000.5, "coords:MJD"), (2450000.0, "coords:TimeOffset")],
)
def test_times_are_what_they_are_counted_as(origin, dmtype):
    column = Column("t", "double", annotation=TimeFrame("UTC", time_origin=origin))

    block = mivot_block(TableHead((column,)), "t1", {0: "t"})

    assert f'dmrole="meas:Time.coord" dmtype="{dmtype}"' in block


def test_what_is_not_known_is_left_out():
    column = Column("mag", "double", ucd="phot.mag", annotation=PhotCal("V"))

    block = mivot_block(TableHead((column,)), "t1", {0: "mag"})

    assert "ZeroPoint" not in block
    assert "None" not in block
    assert 'value=""' not in block


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("votable/mivot", b"<BINARY2>"),
        ("application/x-votable+xml;content=mivot", b"<BINARY2>"),
        ("application/x-votable+xml;content=mivot;serialization=tabledata", b"<TABLE"),
        ("application/x-votable+xml;version=1.5;content=mivot", b'version="1.5"'),
    ],
)
def test_it_can_be_asked_for_by_media_type(name, found):
    document = written("one passband", name)

    assert b"<VODML" in document
    assert found in document
