"""A light curve in two passbands, with all that is easy to lose: for golden files."""

from collections.abc import Sequence
from dataclasses import replace

from tests.formats.documents import batch_of
from vo_lcc.formats.curves import CURVE_FORMATS, find_curve_format
from vo_lcc.formats.document import document_bytes
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Batch, Column, PhotCal, SkyFrame, TimeFrame

FRAME = TimeFrame("TDB", "BARYCENTER", 2450000.0)
SKY = SkyFrame("ICRS", "J2015.5")
G_BAND = PhotCal("g", "SLOAN/SDSS.g", 3631.0, "AB", 4.702e-7, 1.158e-7)
V_BAND = PhotCal("V", "Generic/Johnson.V", None, "Vega")

DOCUMENT = DocumentHead(
    (
        Info("server_software", "vo_lcc/1.0"),
        Info("request_date", "2026-01-02T03:04:05Z"),
        Info("collection", "pulsators", "Pulsating stars"),
        Info("creator", "Kováč, J."),
        Info("citation", "2026A&A...700A...1K", ucd="meta.bib.bibcode"),
        Info("rights", "CC BY 4.0"),
    ),
    "Pulsating stars",
)

POINTS = (
    Column(
        *("obs_time", "double", None, "d", "time.epoch"),
        description="Middle of the exposure",
        annotation=FRAME,
    ),
    Column("mag", "double", unit="mag", ucd="phot.mag;em.opt"),
    Column("mag_err", "float", unit="mag", ucd="stat.error;phot.mag;em.opt"),
    Column("flags", "int", ucd="meta.code.qual", description="4: an upper limit"),
    Column("note", "unicodeChar", "*", ucd="meta.note"),
)

PARAMS = (
    Param(Column("object_id", "char", "*", ucd="meta.id;meta.main"), "RR-1"),
    Param(Column("ra", "double", None, "deg", "pos.eq.ra;meta.main"), 10.5),
    Param(Column("dec", "double", None, "deg", "pos.eq.dec;meta.main"), -0.25),
    Param(Column("period", "double", unit="d", ucd="time.period"), 0.5625),
    Param(
        Column("epoch", "double", unit="d", ucd="time.epoch", annotation=FRAME), 1.25
    ),
    Param(Column("collection", "char", "*", ucd="meta.id"), "pulsators"),
    Param(
        Column("bibcode", "char", "*", ucd="meta.bib.bibcode"), "2026A&A...700A...1K"
    ),
    Param(Column("facility", "char", "*", ucd="instr.tel"), "0.6 m"),
    Param(Column("dataproduct_type", "char", "*"), "timeseries"),
    Param(Column("dataproduct_subtype", "char", "*"), "lightcurve"),
)
PARAMS = tuple(
    replace(p, column=replace(p.column, annotation=SKY))
    if p.column.name in ("ra", "dec")
    else p
    for p in PARAMS
)

BAND = Column("passband", "char", "*", ucd="instr.bandpass")

ROWS = {
    "g": [
        (1000.125, 15.25, 0.015625, 0, None),
        (1000.625, None, None, 1, "clouds, thin"),
        (1001.125, 16.5, None, 4, "<&#>"),
        (1001.6251234567, -1.5, 0.25, None, "ž"),
    ],
    "V": [(1000.25, 14.0, 0.0, 0, ""), (1002.25, 14.5, 0.5, 2, None)],
}
"""An error of 0, a null magnitude, an upper limit, a null flag, text of all kinds."""

Table = tuple[TableHead, Sequence[Batch]]


def band_table(calibration: PhotCal) -> Table:
    """The points of one passband."""
    band = calibration.passband
    columns = tuple(
        replace(column, annotation=calibration)
        if (column.ucd or "").startswith("phot.")
        else column
        for column in POINTS
    )
    head = TableHead(
        columns,
        f"pulsators.RR-1.{band}",
        f"Light curve of RR-1 in passband {band}, from Pulsating stars",
        (*PARAMS, Param(BAND, band)),
    )
    return head, [batch_of(columns, ROWS[band])]


def long_table() -> Table:
    """The points of both passbands in one table."""
    columns = (BAND, *POINTS)
    rows = [(band, *row) for band, rows in ROWS.items() for row in rows]
    head = TableHead(
        columns,
        "pulsators.RR-1",
        "Light curve of RR-1, from Pulsating stars",
        PARAMS,
        (G_BAND, V_BAND),
    )
    return head, [batch_of(columns, rows)]


def curve(name: str) -> bytes:
    """The light curve in a format, as a server would send it."""
    form = find_curve_format(name)
    bands = [band_table(G_BAND), band_table(V_BAND)]
    return document_bytes(
        form, DOCUMENT, bands if form.several_tables else [long_table()]
    )


def one_band(name: str, calibration: PhotCal = G_BAND) -> bytes:
    """The light curve in one passband."""
    return document_bytes(find_curve_format(name), DOCUMENT, [band_table(calibration)])


NAMES = tuple(known.name for known in CURVE_FORMATS)
