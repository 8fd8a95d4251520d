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

votable = partial(VOTableWriter, ANY)
binary2 = partial(VOTableWriter, "BINARY2")
binary = partial(VOTableWriter, "BINARY")
tabledata = partial(VOTableWriter, "TABLEDATA")

FORMATS: tuple[Format, ...] = (
    Format("votable", VOTABLE, "vot", votable),
    Format("votable/td", f"{VOTABLE};serialization=TABLEDATA", "vot", tabledata),
    Format("votable/b", f"{VOTABLE};serialization=BINARY", "vot", binary),
    Format("votable/b2", f"{VOTABLE};serialization=BINARY2", "vot", binary2),
    Format(
        "votable/1.5",
        f"{VOTABLE};version=1.5",
        "vot",
        partial(VOTableWriter, "BINARY2", "1.5"),
    ),
    Format("text/xml", "text/xml", "vot", tabledata),
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
    Format("fits", "application/fits", "fits", FitsSpooler, streams=False),
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
    Format("html", "text/html", "html", HtmlWriter),
    Format("text", "text/plain;charset=utf-8", "txt", PlainWriter),
)


find_format = finder(FORMATS)
"""The format with this short name or media type; raises ParameterError."""
