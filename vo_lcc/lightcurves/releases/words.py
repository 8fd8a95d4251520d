"""What changed between two collection files: words, or what needs a new load."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vo_lcc.lightcurves.model import CollectionFile

COLUMN = ("unit", "ucd", "utype", "description", "bits")
# The keys that only say what the data are: * is any name.
WORDS = frozenset(
    {
        *(
            (key,)
            for key in (
                *("title", "description", "creator", "bibcode", "rights", "epoch"),
                *("source_url", "facility", "instrument", "aperture", "image_url"),
                *("observatory", "limits", "creators", "subjects", "short_name"),
                *("doi", "rights_uri", "examples"),
            )
        ),
        ("time", "timescale"),
        ("time", "refposition"),
        ("passbands", "*", "*"),
        ("objects", "aliases"),
        ("releases", "keep"),
        *(("objects", "columns", "*", word) for word in COLUMN),
        *(("lightcurves", "columns", "*", word) for word in COLUMN),
    }
)


class Change(NamedTuple):
    """A key of the collection file, and what it said before and says after."""

    key: tuple[str, ...]
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """The key as it is written.

        >>> Change(("time", "timescale"), "UTC", "TDB").name
        'time.timescale'
        """
        return ".".join(self.key)

    @property
    def is_of_words(self) -> bool:
        """Does it leave the data as they are?

        >>> Change(("passbands", "g", "zero_point"), None, 3631).is_of_words
        True
        >>> Change(("passbands", "g"), None, {}).is_of_words
        False
        """
        return any(_fits(self.key, pattern) for pattern in WORDS)


def _fits(key: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    return len(key) >= len(pattern) and all(
        theirs in ("*", ours) for ours, theirs in zip(key, pattern, strict=False)
    )


def changes(before: CollectionFile, after: CollectionFile) -> tuple[Change, ...]:
    """The keys in which two collection files differ, in the order of the file."""
    return tuple(_differences((), before.model_dump(), after.model_dump()))


def _differences(key: tuple[str, ...], before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _differences((*key, name), before.get(name), after.get(name))
    elif before != after:
        yield Change(key, before, after)
