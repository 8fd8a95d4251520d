"""Tables as bytes: every format, by the names of DALI 1.1 section 3.4.3 and TAP.

To add a format, write its `Writer` or `Spooler` and give it a row in `FORMATS`.

>>> find_format("votable/td").media_type
'application/x-votable+xml;serialization=TABLEDATA'
>>> find_format("Text/CSV; header=present").name
'csv'
>>> find_format("votable; version=1.5; serialization=tabledata").media_type
'application/x-votable+xml;serialization=TABLEDATA;version=1.5'
"""

from functools import partial

from vo_lcc.formats import delimited
from vo_lcc.formats.choice import Format, finder
from vo_lcc.formats.ecsv import EcsvWriter
from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.formats.html import HtmlWriter
from vo_lcc.formats.ipc import ArrowWriter
from vo_lcc.formats.json_table import JsonWriter
from vo_lcc.formats.media import VOTABLE
from vo_lcc.formats.parquet import ParquetWriter
from vo_lcc.formats.plain import PlainWriter
from vo_lcc.formats.votable import ANY, VOTableWriter
from vo_lcc.formats.writer import Spooler, Writer

__all__ = ["FORMATS", "Format", "Spooler", "Writer", "find_format"]


def _votable(name: str, media_type: str, *written: str) -> Format:
    """A VOTable `written` in a serialisation and perhaps a version."""
    writer = partial(VOTableWriter, *written)
    return Format(name, media_type, "vot", writer, several_tables=True)


FORMATS: tuple[Format, ...] = (
    _votable("votable", VOTABLE, ANY),
    _votable("votable/td", f"{VOTABLE};serialization=TABLEDATA", "TABLEDATA"),
    _votable("votable/b", f"{VOTABLE};serialization=BINARY", "BINARY"),
    _votable("votable/b2", f"{VOTABLE};serialization=BINARY2", "BINARY2"),
    _votable("votable/1.5", f"{VOTABLE};version=1.5", "BINARY2", "1.5"),
    _votable("text/xml", "text/xml", "TABLEDATA"),
    Format(
        "csv",
        "text/csv;header=present",
        "csv",
        delimited.csv_writer,
        aliases=("text/csv",),
        says_all=False,
    ),
    Format(
        "text/csv;header=absent",
        "text/csv;header=absent",
        "csv",
        delimited.csv_writer_without_header,
        says_all=False,
    ),
    Format(
        "tsv",
        "text/tab-separated-values",
        "tsv",
        delimited.tsv_writer,
        says_all=False,
    ),
    Format("ecsv", "text/ecsv", "ecsv", EcsvWriter),
    Format(
        "fits",
        "application/fits",
        "fits",
        FitsSpooler,
        streams=False,
        several_tables=True,
    ),
    Format(
        "parquet",
        "application/vnd.apache.parquet",
        "parquet",
        ParquetWriter,
        aliases=("application/parquet", "application/x-parquet"),
        packed=True,
    ),
    Format("arrow", "application/vnd.apache.arrow.stream", "arrows", ArrowWriter),
    Format("json", "application/json", "json", JsonWriter),
    Format("html", "text/html", "html", HtmlWriter, several_tables=True),
    Format("text", "text/plain;charset=utf-8", "txt", PlainWriter, several_tables=True),
)


find_format = finder(FORMATS)
"""The format with this short name or media type; raises ParameterError."""
