"""What is said of a table survives in every format that can say anything."""

import html
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from tests.formats.documents import FRAME, G_BAND, R_BAND, document
from vo_lcc.formats import FORMATS, find_format
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Column, SkyFrame

NAMES_ONLY = ("csv", "text/csv;header=absent", "tsv")
TELLING = [known.name for known in FORMATS if known.name not in NAMES_ONLY]

SKY = SkyFrame("FK5", "J2015.5", "BARYCENTER")

COLUMNS = (
    Column(
        *("t", "double", None, "d", "time.epoch", "obs:time.value", "mjd"),
        description="Time of < observation",
        annotation=FRAME,
    ),
    Column("g", "float", unit="mag", ucd="phot.mag;em.opt.B", annotation=G_BAND),
    Column("pos", "double", "2", "deg", "pos.eq", None, "point", annotation=SKY),
)
HEAD = TableHead(
    COLUMNS,
    "demo-1",
    "Light curve of demo-1",
    (Param(Column("period", "double", unit="d", description="of pulsation"), 0.5625),),
    (R_BAND,),
)

FACTS = (
    *("d", "mag", "deg"),
    *("time.epoch", "phot.mag;em.opt.B", "pos.eq", "obs:time.value", "mjd", "point"),
    *("Time of < observation", "demo-1", "Light curve of demo-1"),
    *("period", "0.5625", "of pulsation"),
    *(FRAME.timescale, FRAME.refposition, "J2015.5"),
    *(G_BAND.filter_identifier, "3631.0", G_BAND.magnitude_system, "4.77e-07"),
    *("Light curves & more", "server_software", "vo_lcc", "query", "SELECT *"),
)


def metadata(name: str, written: bytes) -> str:
    """All that a document says beside its rows."""
    if name == "fits":
        with fits.open(io.BytesIO(written)) as hdus:
            cards = [card for hdu in hdus for card in hdu.header.cards]
        said = [f"{c.keyword.lower()} {c.value} {c.comment}" for c in cards]
        told = [c.value for c in cards if c.keyword in ("COMMENT", "HISTORY")]
        return "\n".join([*said, "".join(told)])  # long ones go on in the next card
    if name in ("parquet", "arrow"):
        schema = (
            pq.read_schema(io.BytesIO(written))
            if name == "parquet"
            else pa.ipc.open_stream(written).schema
        )
        words = [*(schema.metadata or {}).values()]
        words += [v for field in schema for v in (field.metadata or {}).values()]
        return html.unescape(b"\n".join(words).decode())
    return html.unescape(written.decode())


@pytest.mark.parametrize("name", TELLING)
def test_all_that_is_said_of_a_table_is_there(name):
    said = metadata(name, document(name, [(HEAD, [])]))

    assert [fact for fact in FACTS if fact not in said] == []
    origin = {"fits": FRAME.time_origin - 2400000.5}.get(name, FRAME.time_origin)
    assert str(origin) in said
    assert "FK5" in said


@pytest.mark.parametrize("name", ["html", "text", "fits", "json", "votable/1.5"])
def test_the_reference_position_of_the_sky_is_told_where_there_is_a_place(name):
    head = TableHead(COLUMNS[2:])

    assert "BARYCENTER" in metadata(name, document(name, [(head, [])]))


UCD_OF_INFOS = [name for name in TELLING if name not in ("html", "text", "fits")]


@pytest.mark.parametrize("name", UCD_OF_INFOS)
def test_an_info_tells_the_ucd_of_its_value(name):
    told = Info("citation", "2010ApJ...708..717S", ucd="meta.bib.bibcode")
    writer = find_format(name).open()

    said = writer.head(DocumentHead((told,))) + writer.table(HEAD) + writer.tail()

    assert "meta.bib.bibcode" in metadata(name, said)


@pytest.mark.parametrize("name", NAMES_ONLY)
def test_csv_and_tsv_hold_names_and_rows_and_nothing_else(name):
    written = document(name, [(HEAD, [])])

    assert written.strip() in (b"t,g,pos", b"t\tg\tpos", b"")


def test_fits_tells_which_columns_a_calibration_and_a_frame_are_of():
    said = metadata("fits", document("fits", [(HEAD, [])]))

    assert "g: photcal: filterName=g" in said
    assert "pos: positions in FK5, epoch J2015.5, reference position BARYCENTER" in said
