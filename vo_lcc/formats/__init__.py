"""Tables as bytes: every format, by the names of DALI 1.1 section 3.4.3 and TAP.

To add a format, write its `Writer` or `Spooler` and give it a row in `FORMATS`.

>>> find_format("votable/td").media_type
'application/x-votable+xml;serialization=TABLEDATA'
>>> find_format("Text/CSV; header=present").name
'csv'
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from vo_lcc.errors import ParameterError
from vo_lcc.formats import delimited
from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.formats.ipc import ArrowWriter
from vo_lcc.formats.json_table import JsonWriter
from vo_lcc.formats.parquet import ParquetWriter
from vo_lcc.formats.votable import VOTableWriter
from vo_lcc.formats.writer import Spooler, Writer

__all__ = ["FORMATS", "Format", "Spooler", "Writer", "find_format"]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write tables, and the names by which it is asked for.

    `open` makes a `Writer` where `streams`, else a `Spooler`.
    """

    name: str
    media_type: str
    extension: str
    open: Callable[[], Writer | Spooler]
    streams: bool = True
    aliases: tuple[str, ...] = ()


VOTABLE = "application/x-votable+xml"

binary2 = partial(VOTableWriter, "BINARY2")
binary = partial(VOTableWriter, "BINARY")
tabledata = partial(VOTableWriter, "TABLEDATA")

FORMATS: tuple[Format, ...] = (
    Format("votable", VOTABLE, "vot", binary2),
    Format("votable/td", f"{VOTABLE};serialization=TABLEDATA", "vot", tabledata),
    Format("votable/b", f"{VOTABLE};serialization=BINARY", "vot", binary),
    Format("votable/b2", f"{VOTABLE};serialization=BINARY2", "vot", binary2),
    Format("text/xml", "text/xml", "vot", tabledata),
    Format(
        "csv",
        "text/csv;header=present",
        "csv",
        delimited.csv_writer,
        aliases=("text/csv",),
    ),
    Format(
        "text/csv;header=absent",
        "text/csv;header=absent",
        "csv",
        delimited.csv_writer_without_header,
    ),
    Format("tsv", "text/tab-separated-values", "tsv", delimited.tsv_writer),
    Format("fits", "application/fits", "fits", FitsSpooler, streams=False),
    Format(
        "parquet",
        "application/vnd.apache.parquet",
        "parquet",
        ParquetWriter,
        aliases=("application/parquet", "application/x-parquet"),
    ),
    Format("arrow", "application/vnd.apache.arrow.stream", "arrows", ArrowWriter),
    Format("json", "application/json", "json", JsonWriter),
)


def _folded(name: str) -> str:
    """`name` as it is compared: lower case, no blanks around `;` and `=`, no quotes."""
    name = (
        name.strip().lower().replace('"', "").replace("x-votable xml", "x-votable+xml")
    )
    parts = ["=".join(side.strip() for side in p.split("=")) for p in name.split(";")]
    return ";".join(part for part in parts if part != "charset=utf-8")


_KNOWN = {
    _folded(name): known
    for known in FORMATS
    for name in (known.name, known.media_type, *known.aliases)
}


def find_format(name: str) -> Format:
    """The format with this short name or media type.

    Letter case, blanks and `charset=utf-8` do not matter, and a `+` that an
    unescaped URL turned into a blank is put back. Raises ParameterError when there
    is none.
    """
    found = _KNOWN.get(_folded(name))
    if found is None:
        known = ", ".join(known.name for known in FORMATS)
        raise ParameterError(
            "RESPONSEFORMAT",
            f"there is no format {name!r}; choose one of {known}, or its media type",
        )
    return found
