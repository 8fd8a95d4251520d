"""Columns, rows and whole documents for the tests of formats."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from vo_lcc.formats import find_format
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Batch, Column, PhotCal, SkyFrame, TimeFrame, arrow_schema

FRAME = TimeFrame("TDB", "BARYCENTER", 2450000.0)
SKY = SkyFrame("ICRS", "J2000.0")
G_BAND = PhotCal("g", "SLOAN/SDSS.g", 3631.0, "AB", 4.77e-7)
R_BAND = PhotCal("r")

DOCUMENT = DocumentHead(
    (
        Info("server_software", "vo_lcc"),
        Info("query", "SELECT *\nWHERE a<1", "as sent"),
    ),
    "Light curves & more",
)

POINTS = (
    Column("obs_time", "double", unit="d", ucd="time.epoch", annotation=FRAME),
    Column("mag", "float", unit="mag", ucd="phot.mag;em.opt.B", annotation=G_BAND),
    Column("flags", "int", description="0 where a < b"),
    Column("note", "unicodeChar", "*"),
)

LIGHT_CURVE = TableHead(
    POINTS,
    name="demo-1 g",
    description="Light curve of demo-1 in g",
    params=(
        Param(Column("dataproduct_type", "char", "*"), "timeseries"),
        Param(Column("ra", "double", unit="deg", annotation=SKY), 0.0),
        Param(Column("epoch", "double", unit="d", annotation=FRAME), 1.25),
        Param(Column("period", "double", unit="d"), None),
        Param(Column("creator", "char", "*"), "Ján <Kováč>"),
    ),
)

ROWS = [
    (1.5, 12.25, 0, "ok"),
    (2.5, None, None, None),
    (3.5, -1.0, 7, "a<b & ☉"),
]


def batch_of(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Batch:
    """The rows as one record batch."""
    schema = arrow_schema(columns)
    arrays = [
        pa.array([row[i] for row in rows], schema.types[i]) for i in range(len(columns))
    ]
    return pa.record_batch(arrays, schema=schema)


def document(
    format_name: str,
    tables: Sequence[tuple[TableHead, Sequence[Batch]]],
    status: str = "OK",
    message: str = "",
    said: DocumentHead = DOCUMENT,
) -> bytes:
    """A whole document of these tables."""
    found = find_format(format_name)
    if not found.streams:
        return spooled(tables, status, said)
    writer = found.open()
    pieces = [writer.head(said)]
    for head, batches in tables:
        pieces += [writer.table(head), *(writer.rows(batch) for batch in batches)]
    return b"".join([*pieces, writer.tail(status, message)])


def spooled(
    tables: Sequence[tuple[TableHead, Sequence[Batch]]],
    status: str = "OK",
    said: DocumentHead = DOCUMENT,
) -> bytes:
    """A whole FITS file of these tables."""
    with find_format("fits").open() as spooler:
        spooler.head(said)
        for head, batches in tables:
            spooler.table(head)
            for batch in batches:
                spooler.rows(batch)
        size = spooler.finish(status)
        written = b"".join(spooler.chunks())
    assert len(written) == size
    return written


def light_curve(format_name: str, status: str = "OK") -> bytes:
    """The small light curve of the golden files."""
    return document(format_name, [(LIGHT_CURVE, [batch_of(POINTS, ROWS)])], status)
