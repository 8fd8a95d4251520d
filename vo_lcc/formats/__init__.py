"""Tables as bytes: every format, by the names of DALI 1.1 section 3.4.3 and TAP.

To add a format, write its `Writer` or `Spooler` and give it a row in `FORMATS`.

>>> find_format("votable/td").media_type
'application/x-votable+xml;serialization=TABLEDATA'
>>> find_format("Text/CSV; header=present").name
'csv'
>>> find_format("votable; version=1.5; serialization=tabledata").media_type
'application/x-votable+xml;serialization=TABLEDATA;version=1.5'
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from vo_lcc.errors import ParameterError
from vo_lcc.formats import delimited
from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.formats.html import HtmlWriter
from vo_lcc.formats.ipc import ArrowWriter
from vo_lcc.formats.json_table import JsonWriter
from vo_lcc.formats.media import VOTABLE, MediaType, parse_media_type
from vo_lcc.formats.parquet import ParquetWriter
from vo_lcc.formats.plain import PlainWriter
from vo_lcc.formats.votable import ANY, VERSIONS, VOTableWriter
from vo_lcc.formats.writer import Spooler, Writer

__all__ = ["FORMATS", "Format", "Spooler", "Writer", "find_format"]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write tables, and the names by which it is asked for.

    `open` makes a `Writer` where `streams`, else a `Spooler`. `packed`: it is
    compressed by itself. `says_all`: it tells units, UCDs and descriptions too.
    """

    name: str
    media_type: str
    extension: str
    open: Callable[[], Writer | Spooler]
    streams: bool = True
    aliases: tuple[str, ...] = ()
    packed: bool = False
    says_all: bool = True


SERIALIZED = {VOTABLE: "BINARY2", "text/xml": "TABLEDATA"}
"""The media types of VOTable, and how rows are written where nobody asks."""

PARAMETERS = {
    "serialization": ("TABLEDATA", "BINARY", "BINARY2"),
    "version": VERSIONS,
}
"""What may be asked of a VOTable, by parameters of its media types."""

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


def _under(known: Format, name: str) -> Format:
    """The format as this name asks for it: a media type of its own comes back."""
    own = parse_media_type(known.media_type)
    if name == known.name or parse_media_type(name).base == own.base:
        return known
    return replace(known, name=name, media_type=name)


_KNOWN = {
    parse_media_type(name): _under(known, name)
    for known in FORMATS
    for name in (known.name, known.media_type, *known.aliases)
}


def find_format(name: str) -> Format:
    """The format with this short name or media type.

    Letter case, blanks, quotes, the order of parameters and `charset=utf-8` do not
    matter. The media type that was asked for is the one that comes back. Raises
    ParameterError when there is none.
    """
    asked = parse_media_type(name)
    found = _KNOWN.get(asked) or _votable(asked)
    if found is None:
        known = ", ".join(known.name for known in FORMATS)
        raise _unknown(
            f"there is no format {name!r}; choose one of {known}, or its media type"
        )
    return found


def _votable(asked: MediaType) -> Format | None:
    """A VOTable of the serialisation and version asked for; None for other types.

    Raises ParameterError for one of those that is not offered.
    """
    plain = _KNOWN.get(asked.without(*PARAMETERS))
    default = SERIALIZED.get(asked.base)
    if plain is None or default is None:
        return None
    if len(dict(asked.parameters)) < len(asked.parameters):
        raise _unknown(f"a parameter of {asked.base} is given twice; give it once")
    chosen = {"serialization": default, "version": VERSIONS[0]}
    media_type = asked.base
    for name, value in asked.parameters:
        chosen[name] = _offered(name, value)
        media_type += f";{name}={chosen[name]}"
    writer = partial(VOTableWriter, chosen["serialization"], chosen["version"])
    return replace(plain, name=media_type, media_type=media_type, open=writer)


def _offered(name: str, value: str) -> str:
    found = next((o for o in PARAMETERS[name] if o.lower() == value), None)
    if found is None:
        choices = ", ".join(PARAMETERS[name])
        raise _unknown(
            f"VOTable with {name}={value} is not offered; choose one of {choices}"
        )
    return found


def _unknown(problem: str) -> ParameterError:
    return ParameterError("RESPONSEFORMAT", problem)
