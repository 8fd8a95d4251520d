"""VOTable as a reader gives it, and as astropy reads it."""

import io
import warnings

import numpy as np
import pytest
from astropy.io import votable
from hypothesis import given, settings

from tests.lightcurves.readers.binary import (
    ANY,
    CHANGES,
    DATA,
    DOUBLE,
    FLOAT,
    INT,
    TEXT,
    column,
    damaged,
    needs_samples,
    piece_of,
    read,
    same,
    samples,
    survives,
)
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.lightcurves.readers.votable import VOTABLE

FOLDER = DATA / "vo_timeseries_votables"
ALL = samples("vo_timeseries_votables/*/*.*", "vo_timeseries_votables/*/*/*.*")
REFUSED = {
    "names.xml": "nrows=18949, but 1 rows",
    "nonstandard_units.xml": "no TABLE with DATA",
    "resource_groups.xml": "no TABLE with DATA",
    "regression.xml": "DOCTYPE",
    "timesys_errors.xml": "the timeorigin 'bad-origin' is no Julian date",
    "lightcurve_example_template.vot": "base64",
}
WHOLE = [path for path in ALL if path.name not in REFUSED]
NUMBERS = ("short", "int", "long", "float", "double", "unsignedByte")


def by_astropy(content: bytes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = votable.parse(io.BytesIO(content), verify="ignore")
        return [table for table in document.iter_tables() if table.array.size]


@needs_samples
@pytest.mark.parametrize("path", WHOLE, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_number_of_the_samples_is_that_of_astropy(path):
    piece = piece_of(path)
    tables = by_astropy(piece.content)
    for number, table in enumerate(tables, 1):
        numbers = {
            field.name: field.ID
            for field in table.fields
            if field.datatype in NUMBERS and field.arraysize in (None, "1", 1)
        }
        files = Files(columns={}, table=number)
        rows = read(VOTABLE, piece, dict.fromkeys(numbers, DOUBLE), files)
        assert sum(len(part.lines) for part in rows) == len(table.array)
        for name, place in numbers.items():
            expected = np.ma.filled(table.array[place].astype(float), np.nan)
            assert same(column(rows, name), expected)
    assert len({id(part.header) for part in read(VOTABLE, piece, {})}) == len(tables)


@needs_samples
@pytest.mark.parametrize(
    "path", [p for p in ALL if p.name in REFUSED], ids=lambda path: path.name
)
def test_what_is_wrong_is_told_with_the_name_of_the_file(path):
    with pytest.raises(UsageError, match=f"^{path.name}: .*{REFUSED[path.name]}"):
        read(VOTABLE, piece_of(path), {})


@needs_samples
def test_a_wrong_timesys_is_told_in_all_its_parts():
    with pytest.raises(UsageError) as told:
        read(VOTABLE, piece_of(FOLDER / "astropy_votable_tests/timesys_errors.xml"), {})
    for said in ("no refposition", "unknown attribute refposition_mispelled", "no ID"):
        assert said in str(told.value)


@needs_samples
def test_an_empty_time_origin_is_told_of():
    path = FOLDER / "dm-usecases/raw_data/TimeSeriesZTF.xml"
    (rows,) = read(VOTABLE, piece_of(path), {"hjd": DOUBLE})
    assert [("timeorigin is empty" in note) for note in rows.notes] == [True, True]


@needs_samples
def test_what_is_said_of_a_light_curve_are_its_keywords():
    path = FOLDER / "skvo_upjs/lc_tess_TIC_455790537_s16_pdcsap.vot.gz"
    rows = read(VOTABLE, piece_of(path), {"obs_time": DOUBLE})
    told = rows[0].header
    assert rows[0].table == told["TABLE"] == "TESS_TIC_455790537"
    assert (told["ra"], told["dec"]) == (346.345186642685, 47.6763106397934)
    assert told["filterIdentifier"] == "TESS/TESS.Red"
    assert told["photcal.zeroPointFlux"] == 2632.0
    assert told["creator"] == "TESS SPOC Pipeline"
    assert told["DESCRIPTION"].startswith("Photometric time-series observations")


@needs_samples
def test_a_look_tells_of_frames_and_calibrations():
    (look,) = VOTABLE.look(piece_of(FOLDER / "dm-usecases/raw_data/ts.vot"), ANY)
    assert look.table == "instance_G"
    assert [c.name for c in look.columns] == ["obs_time", "phot", "flux", "flux_error"]
    assert (look.frames["timescale"], look.frames["refposition"]) == (
        "TCB",
        "BARYCENTER",
    )
    assert look.frames["time_origin"] == 0.0
    assert look.frames["photcal"]["phot"]["zeroPointFlux"] == 2836.53
    assert look.rows.num_rows == 38


def table(number: int, rows: str, fields: str = "", params: str = "") -> str:
    fields = fields or (
        '<FIELD name="t" datatype="double" unit="d"/>'
        '<FIELD name="mag" datatype="float"><VALUES null=""/></FIELD>'
    )
    return (
        f'<TABLE name="T{number}">{fields}{params}'
        f"<DATA><TABLEDATA>\n{rows}\n</TABLEDATA></DATA></TABLE>"
    )


def row(*cells: object) -> str:
    return "<TR>" + "".join(f"<TD>{cell}</TD>" for cell in cells) + "</TR>"


def document(*tables: str, before: str = "", head: str = "") -> bytes:
    inside = "\n".join(tables)
    return f"{head}<VOTABLE>{before}<RESOURCE>\n{inside}</RESOURCE></VOTABLE>".encode()


def param(name: str, value: object, datatype: str = "char") -> str:
    return f'<PARAM name="{name}" datatype="{datatype}" value="{value}"/>'


def test_all_tables_are_read_each_with_its_keywords():
    content = document(
        table(1, row(1.5, 17), params=param("ra", 10, "double") + param("band", "V")),
        table(2, row(2.5, 18) + row(3.5, 19), params=param("ra", 20, "double")),
        before='<INFO name="survey" value="example"/><INFO name="band" value="none"/>',
    )
    rows = read(VOTABLE, Piece("x", content), {"t": DOUBLE, "mag": FLOAT})
    told = [
        (r.table, r.header["ra"], r.header["band"], r.header["survey"]) for r in rows
    ]
    assert told == [("T1", 10.0, "V", "example"), ("T2", 20.0, "none", "example")]
    assert column(rows, "t") == [1.5, 2.5, 3.5]
    assert [part.lines.tolist() for part in rows] == [[1], [1, 2]]


@pytest.mark.parametrize("name", ["T2", 2])
def test_one_table_is_chosen_by_name_or_number(name):
    content = document(table(1, row(1, 2)), table(2, row(3, 4)))
    files = Files(columns={}, table=name)
    assert column(read(VOTABLE, Piece("x", content), {"t": DOUBLE}, files), "t") == [
        3.0
    ]


def test_a_table_that_is_not_there_is_told_with_those_that_are():
    content = document(table(1, row(1, 2)), table(2, row(3, 4)))
    with pytest.raises(UsageError, match="no table 'T3'; the file has T1, T2"):
        read(VOTABLE, Piece("x", content), {}, Files(columns={}, table="T3"))


def test_a_document_may_be_a_single_line():
    content = document(table(1, row(1, 2)), table(2, row(3, 4))).replace(b"\n", b"")
    assert column(read(VOTABLE, Piece("x", content), {"t": DOUBLE}), "t") == [1.0, 3.0]


def test_many_tables_are_read_in_one_pass_over_each():
    content = document(*(table(n, row(n, n + 1)) for n in range(300)))
    rows = read(VOTABLE, Piece("x", content), {"t": DOUBLE})
    assert column(rows, "t") == list(range(300))


def test_a_bad_cell_is_told_with_its_line_in_the_file():
    content = document(table(1, row(1, 2)), table(2, row(3)))
    with pytest.raises(UsageError, match="line 6"):
        read(VOTABLE, Piece("x", content), {"t": DOUBLE})


def test_a_table_may_refer_to_the_fields_of_another():
    first = table(1, row(1, 2)).replace("<TABLE n", '<TABLE ID="one" n')
    second = (
        '<TABLE ref="one"><DATA><TABLEDATA>' + row(3, 4) + "</TABLEDATA></DATA></TABLE>"
    )
    rows = read(VOTABLE, Piece("x", document(first, second)), {"mag": FLOAT})
    assert column(rows, "mag") == [2.0, 4.0]


def test_prefixes_comments_and_cdata_are_read_over():
    fields = '<FIELD name="t" datatype="char" arraysize="*"/>'
    content = (
        document(
            "<!-- <TABLEDATA> -->" + table(1, row("<![CDATA[a<TD>]]>"), fields),
            table(2, row(3, 4)),
        )
        .replace(b"<", b"<v:")
        .replace(b"<v:/", b"</v:")
    )
    content = content.replace(b"<v:!--", b"<!--").replace(b"<v:![", b"<![")
    rows = read(VOTABLE, Piece("x", content), {"t": TEXT})
    assert column(rows, "t")[0] == "a<v:TD>"
    assert len(rows) == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "iso-8859-1"])
def test_other_encodings_are_read(encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    fields = '<FIELD name="t" datatype="unicodeChar" arraysize="*"/>'
    text = document(table(1, row("\u00c5ngstr\u00f6m"), fields), head=head).decode()
    rows = read(VOTABLE, Piece("x", text.encode(encoding)), {"t": TEXT})
    assert column(rows, "t") == ["\u00c5ngstr\u00f6m"]


def test_arrays_come_as_lists_and_texts_stay():
    fields = (
        '<FIELD name="t" datatype="double" arraysize="*"/>'
        '<FIELD name="limit" datatype="char" arraysize="*"/>'
        '<FIELD name="bad" datatype="boolean"/>'
    )
    content = document(
        table(1, row("1 2 3", "&gt;14.2", "true") + row("", "15", "F"), fields)
    )
    wanted = {"t": DOUBLE, "limit": FLOAT, "bad": INT}
    (rows,) = read(VOTABLE, Piece("x", content), wanted)
    assert rows.columns["t"].to_pylist()[0] == [1.0, 2.0, 3.0]
    assert rows.columns["limit"].to_pylist() == [">14.2", "15"]
    assert rows.columns["bad"].to_pylist() == [1, 0]


GAIA_RAW = {
    "g_transit_time": "double",
    "g_transit_mag": "float",
    "bp_obs_time": "double",
}


def test_raw_epoch_photometry_of_gaia_has_a_row_for_each_source():
    fields = '<FIELD name="source_id" datatype="long"/>' + "".join(
        f'<FIELD name="{name}" datatype="{kind}" arraysize="*"/>'
        for name, kind in GAIA_RAW.items()
    )
    content = document(
        table(
            1, row(5813181197970338560, "1705.9 1706.1", "15.2 15.3", "1705.9"), fields
        )
    )
    wanted = {"source_id": TEXT} | dict.fromkeys(GAIA_RAW, DOUBLE)
    (rows,) = read(VOTABLE, Piece("x", content), wanted)
    assert rows.columns["source_id"].to_pylist() == ["5813181197970338560"]
    assert rows.columns["g_transit_time"].to_pylist() == [[1705.9, 1706.1]]
    assert rows.columns["bp_obs_time"].to_pylist() == [[1705.9]]


def test_a_document_that_ends_early_gives_no_row():
    content = document(table(1, "\n".join(row(i, 17) for i in range(2000))))
    for end in range(200, len(content) - 2, 4999):
        with pytest.raises(UsageError, match=r"^x: "):
            next(VOTABLE.read(Piece("x", content[:end]), {"t": DOUBLE}, ANY, print))


def test_other_xml_is_told_for_what_it_is():
    assert not VOTABLE.knows(b"<html><body>", "x.xml")
    with pytest.raises(UsageError, match="no TABLE with DATA"):
        read(VOTABLE, Piece("x", b"<html><TABLE/></html>"), {})


@pytest.mark.parametrize(
    "start",
    [
        b"<VOTABLE",
        b'<?xml version="1.0"?>\n<!-- a --><VOTABLE',
        b"\xef\xbb\xbf<v:VOTABLE",
    ],
)
def test_a_votable_is_known_by_its_start(start):
    assert VOTABLE.knows(start, "x")


SMALL = document(table(1, row(1.5, 17)), table(2, row(2.5, 18)))


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_damage_is_told_of_and_never_crashes(changes):
    assert survives(VOTABLE, damaged(SMALL, changes), {"t": DOUBLE})
