"""Arrow streams."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree

from tests.formats.documents import POINTS, ROWS, batch_of, document, light_curve
from vo_lcc.formats.columnar import CONTENT_KEY
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column


def test_rows_and_metadata_of_fields_are_there():
    table = pa.ipc.open_stream(light_curve("arrow")).read_all()

    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS
    assert table.field("obs_time").metadata == {
        b"datatype": b"double",
        b"unit": b"d",
        b"ucd": b"time.epoch",
    }
    assert table.field("flags").metadata[b"description"] == b"0 where a < b"


def test_the_schema_holds_the_votable():
    metadata = pa.ipc.open_stream(light_curve("arrow")).schema.metadata
    votable = etree.fromstring(metadata[CONTENT_KEY.encode()])
    fields = votable.findall(".//{*}FIELD")

    assert [field.get("name") for field in fields] == [c.name for c in POINTS]
    assert votable.find(".//{*}TIMESYS").get("refposition") == "BARYCENTER"
    assert votable.find(".//{*}DATA") is None


def test_written_as_parquet_it_is_voparquet():
    kept = io.BytesIO()
    pq.write_table(pa.ipc.open_stream(light_curve("arrow")).read_all(), kept)

    assert CONTENT_KEY.encode() in pq.ParquetFile(kept).metadata.metadata


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("OK", []),
        ("OVERFLOW", [{b"QUERY_STATUS": b"OVERFLOW", b"message": b"cut"}]),
    ],
)
def test_a_last_empty_batch_tells_of_overflow(status, said):
    head = TableHead(tuple(POINTS))
    written = document("arrow", [(head, [batch_of(POINTS, ROWS)])], status, "cut")
    found = list(pa.ipc.open_stream(written).iter_batches_with_custom_metadata())

    assert [dict(b.custom_metadata) for b in found if b.custom_metadata] == said
    assert [b.batch.num_rows for b in found] == [3] + [0] * len(said)


@pytest.mark.parametrize("batches", [[], [batch_of(POINTS, [])]])
def test_a_table_without_rows_has_its_columns(batches):
    head = TableHead(tuple(POINTS))
    table = pa.ipc.open_stream(document("arrow", [(head, batches)])).read_all()

    assert table.num_rows == 0
    assert table.column_names == [c.name for c in POINTS]


def test_a_document_without_tables_is_a_stream():
    assert pa.ipc.open_stream(document("arrow", [])).read_all().num_columns == 0


def test_bytes_are_unsigned_and_a_null_array_stays_null():
    columns = [Column("b", "unsignedByte", "*"), Column("p", "double", "2")]
    rows = [([255, None], None), ([], [1.0, 2.0])]
    written = document(
        "arrow", [(TableHead(tuple(columns)), [batch_of(columns, rows)])]
    )
    table = pa.ipc.open_stream(written).read_all()

    assert table.schema.types == [pa.list_(pa.uint8()), pa.list_(pa.float64(), 2)]
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


def test_a_stream_that_was_cut_is_no_stream():
    written = light_curve("arrow")

    with pytest.raises((pa.ArrowInvalid, OSError)):
        pa.ipc.open_stream(written[: len(written) // 2]).read_all()
