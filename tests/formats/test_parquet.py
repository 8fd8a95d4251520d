"""Parquet files, and the VOTable in their footers."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table
from lxml import etree

from tests.formats.documents import (
    LIGHT_CURVE,
    batch_of,
    document,
    light_curve,
)
from tests.formats.edges import every_kind, table_of
from vo_lcc.formats import find_format
from vo_lcc.formats.columnar import CONTENT_KEY, VERSION_KEY
from vo_lcc.formats.parquet import GROUP_BYTES, GROUP_ROWS
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Column

NS = "{http://www.ivoa.net/xml/VOTable/v1.3}"


def opened(written: bytes) -> pq.ParquetFile:
    return pq.ParquetFile(io.BytesIO(written))


def footer(written: bytes) -> dict[bytes, bytes]:
    return opened(written).metadata.metadata


def votable_of(written: bytes) -> etree._Element:
    return etree.fromstring(footer(written)[CONTENT_KEY.encode()])


def written_of(columns, *batches, status="OK") -> bytes:
    return document("parquet", [(TableHead(tuple(columns)), batches)], status)


def astropys(written: bytes) -> Table:
    """What astropy makes of it, which needs pandas for Parquet."""
    pytest.importorskip("pandas", reason="astropy reads Parquet with pandas only")
    return Table.read(io.BytesIO(written), format="parquet.votable")


def test_the_footer_says_what_a_votable_says_but_for_the_rows():
    said = votable_of(light_curve("parquet", "OVERFLOW"))
    expected = etree.fromstring(light_curve("votable/td", "OVERFLOW"))
    for table in expected.iter(f"{NS}TABLE"):
        data = table.find(f"{NS}DATA")
        table[-2].tail = data.tail
        table.remove(data)
    note = expected.find(f".//{NS}FIELD[@name='note']")
    note.set("arraysize", "9*")  # bytes of the longest

    assert etree.tostring(said, method="c14n") == etree.tostring(
        expected, method="c14n"
    )


def test_the_keys_are_those_of_the_note():
    assert VERSION_KEY == "IVOA.VOTable-Parquet.version"
    assert CONTENT_KEY == "IVOA.VOTable-Parquet.content"
    assert footer(light_curve("parquet"))[VERSION_KEY.encode()] == b"1.0"


def test_readers_of_the_schema_see_the_keys_too():
    metadata = pq.read_schema(io.BytesIO(light_curve("parquet"))).metadata

    assert metadata[VERSION_KEY.encode()] == b"1.0"
    assert b"<VOTABLE" in metadata[CONTENT_KEY.encode()]


@pytest.mark.parametrize("status", ["OK", "OVERFLOW"])
def test_the_last_status_is_that_of_the_end(status):
    infos = votable_of(light_curve("parquet", status)).iter(f"{NS}INFO")
    said = [i.get("value") for i in infos if i.get("name") == "QUERY_STATUS"]

    assert said == ["OK"] + [status] * (status != "OK")


def test_the_nth_field_is_the_nth_column():
    written = light_curve("parquet")
    fields = votable_of(written).iter(f"{NS}FIELD")

    assert [field.get("name") for field in fields] == opened(written).schema.names


def test_fields_have_their_metadata():
    field = opened(light_curve("parquet")).schema_arrow.field("mag")

    assert field.type == pa.float32()
    assert field.metadata == {
        b"datatype": b"float",
        b"unit": b"mag",
        b"ucd": b"phot.mag;em.opt.B",
    }


def test_the_first_bytes_come_before_any_row():
    writer = find_format("parquet").open()

    assert writer.head(DocumentHead()) + writer.table(LIGHT_CURVE) == b"PAR1"


def numbers(count: int) -> pa.RecordBatch:
    return pa.record_batch({"x": np.arange(count, dtype="f8")})


def test_rows_leave_in_groups_of_bounded_size():
    writer = find_format("parquet").open()
    pieces = [writer.table(TableHead((Column("x", "double"),)))]
    pieces += [writer.rows(numbers(GROUP_ROWS // 4)) for _ in range(9)]
    sizes = [len(piece) > 0 for piece in pieces[1:]]
    pieces.append(writer.tail())
    found = opened(b"".join(pieces)).metadata
    groups = [found.row_group(i).num_rows for i in range(found.num_row_groups)]

    assert sizes == [False, False, False, True] * 2 + [False]
    assert groups == [GROUP_ROWS, GROUP_ROWS, GROUP_ROWS // 4]


def test_wide_rows_leave_earlier():
    columns = tuple(Column(f"x{i}", "double") for i in range(64))
    wide = pa.record_batch([numbers(4096).column(0)] * 64, [c.name for c in columns])
    writer = find_format("parquet").open()
    writer.table(TableHead(columns))
    first = next(n for n in range(1, 100) if writer.rows(wide))

    assert first == GROUP_BYTES // wide.nbytes


def test_one_batch_beyond_the_limit_becomes_several_groups():
    found = opened(written_of([Column("x", "double")], numbers(3 * GROUP_ROWS)))

    assert found.metadata.num_row_groups == 3


def test_bytes_are_unsigned_and_fixed_sizes_kept():
    columns = [Column("b", "unsignedByte"), Column("p", "double", "2")]
    rows = [(255, [1.0, 2.0]), (None, None)]
    table = opened(written_of(columns, batch_of(columns, rows))).read()

    assert table.schema.types == [pa.uint8(), pa.list_(pa.float64(), 2)]
    assert table.to_pydict() == {"b": [255, None], "p": [[1.0, 2.0], [None, None]]}


def test_a_byte_that_is_none_fails():
    columns = [Column("b", "unsignedByte")]

    with pytest.raises(ValueError, match="256"):
        written_of(columns, batch_of(columns, [(256,)]))


def test_an_array_of_another_size_fails():
    columns = [Column("p", "double", "2")]

    with pytest.raises(ValueError, match="size"):
        written_of(columns, batch_of(columns, [([1.0],)]))


EMPTY = [Column("t", "char", "*"), Column("b", "boolean"), Column("p", "double", "2")]


@pytest.mark.parametrize(
    "batches", [[], [batch_of(EMPTY, [])], [batch_of(EMPTY, [(None,) * 3] * 2)]]
)
def test_tables_of_nothing_are_tables(batches):
    found = opened(written_of(EMPTY, *batches)).read()

    assert found.num_rows == sum(batch.num_rows for batch in batches)
    assert found.column("t").null_count == found.num_rows
    assert found.column_names == ["t", "b", "p"]


def test_a_document_without_tables_is_a_parquet_file():
    assert opened(document("parquet", [])).metadata.num_columns == 0


def test_columns_of_one_name_are_both_there():
    columns = [Column("t", "char", "*"), Column("t", "char", "*")]
    found = opened(written_of(columns, batch_of(columns, [("a", "bcd")]))).read()

    assert [column.to_pylist() for column in found.columns] == [["a"], ["bcd"]]


def test_astropy_opens_it_with_units_and_ucds():
    found = astropys(light_curve("parquet"))

    assert found["obs_time"].tolist() == [1.5, 2.5, 3.5]
    assert found["note"].tolist() == ["ok", "None", "a<b & ☉"]
    assert found["obs_time"].unit == "d"
    assert found["mag"].unit == "mag"
    assert found["mag"].meta["ucd"] == "phot.mag;em.opt.B"
    assert found["flags"].description == "0 where a < b"


@pytest.mark.parametrize("rows", [[], [(None, None, None)], [("é", [1.0, 2.0], [3])]])
def test_astropy_opens_texts_and_arrays(rows):
    columns = [
        Column("t", "unicodeChar", "*"),
        Column("p", "double", "2", xtype="point"),
        Column("v", "long", "*"),
    ]
    written = written_of(columns, batch_of(columns, rows))
    found = astropys(written)

    assert len(found) == len(rows)
    assert found["p"].shape == (len(rows), 2)


@pytest.mark.validator
def test_votlint_finds_no_fault_in_the_footer(stilts, tmp_path):
    path = tmp_path / "footer.vot"
    path.write_bytes(footer(light_curve("parquet"))[CONTENT_KEY.encode()])

    seen = stilts("votlint", f"votable={path}")

    assert "ERROR" not in seen.stdout + seen.stderr
    assert seen.returncode == 0


@pytest.mark.validator
def test_parqlint_finds_no_error(stilts, tmp_path):
    path = tmp_path / "every_kind.parquet"
    path.write_bytes(document("parquet", [table_of(*every_kind())]))

    seen = stilts("parqlint", str(path))
    said = seen.stdout + seen.stderr
    if "No such task" in said or "No table handler" in said:
        pytest.skip("this stilts has no parqlint, or no Parquet libraries")

    assert "ERROR" not in said


@pytest.mark.validator
def test_stilts_reads_the_same_rows(stilts, tmp_path):
    path = tmp_path / "light_curve.parquet"
    path.write_bytes(light_curve("parquet"))

    seen = stilts("tpipe", f"in={path}", "ifmt=parquet", "ofmt=csv")
    if seen.returncode:
        pytest.skip(f"this stilts reads no Parquet: {seen.stderr.strip()[:200]}")

    assert seen.stdout.splitlines() == [
        "obs_time,mag,flags,note",
        "1.5,12.25,0,ok",
        "2.5,,,",
        "3.5,-1.0,7,a<b & ☉",
    ]
