"""What the registry is told of a collection, beyond what its services need."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Creator:
    """Who made the data: "Last, F." for a person; `orcid` without the URL before it."""

    name: str
    orcid: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionQuery:
    """A query that its makers suggest, shown in /tap/examples."""

    name: str
    description: str
    query: str


@dataclass(frozen=True, slots=True)
class About:
    """`subjects` are terms of the Unified Astronomy Thesaurus, as in its vocabulary
    (variable-stars), `short_name` has up to 16 characters, `doi` no URL before it.
    """

    creators: tuple[Creator, ...] = ()
    subjects: tuple[str, ...] = ()
    short_name: str | None = None
    doi: str | None = None
    rights_uri: str | None = None
    examples: tuple[CollectionQuery, ...] = ()
