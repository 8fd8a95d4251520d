"""What the registry is told of a collection, beyond what its services need."""

import json
from dataclasses import asdict, dataclass
from typing import Any


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


def read_about(text: str, creator: str) -> About:
    """What is stored of a release as JSON; `creator` are its creators in words.

    Where the creators are not listed one by one, the words are taken apart.

    >>> about = read_about('{"subjects": ["variable-stars"]}', "Doe, J.; Roe, R.")
    >>> [one.name for one in about.creators], about.subjects
    (['Doe, J.', 'Roe, R.'], ('variable-stars',))
    """
    said: dict[str, Any] = json.loads(text)
    creators = tuple(Creator(**one) for one in said.pop("creators", ()))
    return About(
        creators=creators or creators_in(creator),
        subjects=tuple(said.pop("subjects", ())),
        examples=tuple(CollectionQuery(**one) for one in said.pop("examples", ())),
        **said,
    )


def write_about(about: About) -> str:
    """The same as JSON, for the database.

    >>> write_about(About(short_name="stars"))
    '{"short_name": "stars"}'
    """
    said = {word: value for word, value in asdict(about).items() if value}
    return json.dumps(said, ensure_ascii=False)


def creators_in(text: str) -> tuple[Creator, ...]:
    """The creators named in words."""
    return tuple(Creator(name) for name in names_in(text))


def names_in(text: str | None) -> list[str]:
    """The names in a text that has ";" between them; "et al." is nobody's.

    >>> names_in("Sesar, B.; Ivezic, Z.; et al.")
    ['Sesar, B.', 'Ivezic, Z.']
    """
    names = (name.strip() for name in (text or "").split(";"))
    return [name for name in names if name and name.rstrip(".") != "et al"]
