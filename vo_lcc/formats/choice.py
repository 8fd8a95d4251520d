"""Formats by their names: short names and media types.

`finder` makes a tuple of `Format` searchable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from vo_lcc.errors import ParameterError
from vo_lcc.formats.media import VOTABLE, MediaType, parse_media_type
from vo_lcc.formats.votable import VERSIONS, VOTableWriter
from vo_lcc.formats.writer import Spooler, Writer


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write tables, and the names by which it is asked for.

    `open` makes a `Writer` where `streams`, else a `Spooler`. `packed`: it is
    compressed by itself. `says_all`: it tells units, UCDs and descriptions too.
    `several_tables`: a document can hold more than one.
    """

    name: str
    media_type: str
    extension: str
    open: Callable[[], Writer | Spooler]
    streams: bool = True
    aliases: tuple[str, ...] = ()
    packed: bool = False
    says_all: bool = True
    several_tables: bool = False


Known = Mapping[MediaType, Format]

SERIALIZED = {VOTABLE: "BINARY2", "text/xml": "TABLEDATA"}
"""The media types of VOTable, and how rows are written where nobody asks."""

PARAMETERS = {
    "serialization": ("TABLEDATA", "BINARY", "BINARY2"),
    "version": VERSIONS,
}
"""What may be asked of a VOTable, by parameters of its media types."""


def finder(formats: Sequence[Format]) -> Callable[[str], Format]:
    """How to find one of these formats by its short name or media type.

    Letter case, blanks, quotes, the order of parameters and `charset=utf-8` do not
    matter. The media type that was asked for is the one that comes back. What is found
    raises ParameterError for other names.
    """
    known = {
        parse_media_type(name): _under(one, name)
        for one in formats
        for name in (one.name, one.media_type, *one.aliases)
    }
    names = ", ".join(one.name for one in formats)

    def find(name: str) -> Format:
        asked = parse_media_type(name)
        found = known.get(asked) or _votable(asked, known)
        if found is None:
            raise _unknown(
                f"there is no format {name!r}; choose one of {names}, or its media type"
            )
        return found

    return find


def _under(known: Format, name: str) -> Format:
    """The format as this name asks for it: a media type of its own comes back."""
    own = parse_media_type(known.media_type)
    if name == known.name or parse_media_type(name).base == own.base:
        return known
    return replace(known, name=name, media_type=name)


def _votable(asked: MediaType, known: Known) -> Format | None:
    """A VOTable of the serialisation and version asked for; None for other types.

    Raises ParameterError for one of those that is not offered.
    """
    plain = known.get(asked.without(*PARAMETERS))
    default = SERIALIZED.get(asked.base)
    if plain is None or default is None:
        return None
    if len(dict(asked.parameters)) < len(asked.parameters):
        raise _unknown(f"a parameter of {asked.base} is given twice; give it once")
    chosen = {"serialization": default, "version": VERSIONS[0]}
    media_type = asked.base
    for name, value in asked.parameters:
        if name not in PARAMETERS:
            media_type += f";{name}={value}"
            continue
        chosen[name] = _offered(name, value)
        media_type += f";{name}={chosen[name]}"
    mivot = ("content", "mivot") in asked.parameters
    written = chosen["serialization"], chosen["version"]
    writer = partial(VOTableWriter, *written, mivot=mivot)
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
