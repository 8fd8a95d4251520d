"""Names of formats taken apart: media types with their parameters, short names.

Parameters may stand in any order, letter case and quotes (RFC 9110, 5.6.6), and a
short name such as `votable/td/1.5` means a media type with parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

VOTABLE = "application/x-votable+xml"

SHORT_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "td": ("serialization", "tabledata"),
        "b": ("serialization", "binary"),
        "b2": ("serialization", "binary2"),
        "1.4": ("version", "1.4"),
        "1.5": ("version", "1.5"),
    }
)
"""The parameters that words after `votable/` stand for, in any order."""

WITHOUT_MEANING = ("charset", "utf-8")
"""A parameter that says what is so anyway."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type in lower case, and its parameters sorted by name."""

    base: str
    parameters: tuple[tuple[str, str], ...] = ()

    def without(self, *names: str) -> "MediaType":
        """The same without these parameters."""
        left = tuple(pair for pair in self.parameters if pair[0] not in names)
        return MediaType(self.base, left)


def parse_media_type(name: str) -> MediaType:
    """A media type or short name, as it is compared.

    A `+` that an unescaped URL turned into a blank is put back.

    >>> parse_media_type('Text/CSV; header="Present" ; charset=utf-8')
    MediaType(base='text/csv', parameters=(('header', 'present'),))
    >>> parse_media_type("votable/1.5").parameters
    (('version', '1.5'),)
    """
    base, *written = name.lower().split(";")
    base, words = _expanded(base.strip().replace("x-votable xml", "x-votable+xml"))
    found = {_pair(parameter) for parameter in written if parameter.strip()}
    return MediaType(base, tuple(sorted((found | words) - {WITHOUT_MEANING})))


def _expanded(base: str) -> tuple[str, set[tuple[str, str]]]:
    """A short name of VOTable as its media type and parameters; others as they are."""
    family, *words = base.split("/")
    if family != "votable" or not all(word in SHORT_NAMES for word in words):
        return base, set()
    return VOTABLE, {SHORT_NAMES[word] for word in words}


def _pair(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition("=")
    return name.strip(), value.strip().strip('"')
