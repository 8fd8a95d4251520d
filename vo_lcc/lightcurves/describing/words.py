"""The words of surveys: names of columns, units, how files of a survey are known."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

NOT_A_WORD = re.compile(r"[^a-z0-9]+")
IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*\Z")


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of the files of a survey; see surveys.toml."""

    survey: str
    facility: str
    said: str
    columns: tuple[str, ...] = ()
    header: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    bands: Mapping[str, str] = field(default_factory=dict)
    band: str | None = None
    time: str | None = None
    timescale: str | None = None
    refposition: str | None = None
    time_origin: float | None = None
    flux_unit: str | None = None


def folded(name: str) -> str:
    """A name as names are compared, without a unit in brackets.

    >>> folded("UT Date"), folded("flux(mJy)"), folded("###MJD")
    ('ut_date', 'flux', 'mjd')
    """
    return NOT_A_WORD.sub("_", IN_BRACKETS.sub("", name).lower()).strip("_")


def unit_in_name(name: str) -> str | None:
    """The unit that a name has in brackets.

    >>> unit_in_name("flux(mJy)"), unit_in_name("mag")
    ('mJy', None)
    """
    found = IN_BRACKETS.search(name)
    return found[1] if found else None


def find_survey(
    columns: Sequence[str], header: Mapping[str, Any], path: str
) -> Survey | None:
    """The survey whose files have these columns, this header, this name."""
    names = set(map(folded, columns))
    said = {key.upper(): str(value).strip().lower() for key, value in header.items()}
    lower = path.lower()

    def by_columns(survey: Survey) -> bool:
        return bool(survey.columns) and names.issuperset(survey.columns)

    def by_header(survey: Survey) -> bool:
        return any(
            said.get(key) == value.lower() for key, value in survey.header.items()
        )

    def by_name(survey: Survey) -> bool:
        return any(word in lower for word in survey.files)

    for knows in (by_columns, by_header, by_name):
        for survey in SURVEYS:
            if knows(survey):
                return survey
    return None


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _survey(said: Mapping[str, Any]) -> Survey:
    lists = {key: tuple(said[key]) for key in ("columns", "files") if key in said}
    return Survey(**{**said, **lists})


_VOCABULARY = _read("vocabulary.toml")
POINTS: Mapping[str, Sequence[str]] = _VOCABULARY["points"]
OBJECTS: Mapping[str, Sequence[str]] = _VOCABULARY["objects"]
HEADER: Mapping[str, Sequence[str]] = _VOCABULARY["header"]
OTHERS: Mapping[str, Mapping[str, str]] = _VOCABULARY["others"]
UNITS: Mapping[str, str] = _VOCABULARY["units"]
SURVEYS: tuple[Survey, ...] = tuple(map(_survey, _read("surveys.toml")["survey"]))
