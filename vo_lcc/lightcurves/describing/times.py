"""Which zero the times of a column have, by what is said of them and by their values.

Names lie: a column called MJD may hold JD - 2440000. So what is said counts only where
the values then lie between 1900 and the near future (1850, if they are Julian dates).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.describing.tables import Group, Values
from vo_lcc.lightcurves.describing.words import Survey, folded
from vo_lcc.times import REFPOSITIONS, TIMESCALES

EARLIEST, LATEST = 2396758.5, 2469807.5  # 1850-01-01 and 2050-01-01 as Julian dates
COUNTED = 2415020.5  # 1900-01-01; plates before that are dated by full Julian dates
MJD = 2400000.5
ISO = r"^\s*\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d*)?)?(Z|\+00:00)?)?\s*$"
IN_WORDS = re.compile(r"(?:JD|Julian)[^-+]{0,60}-\s*(24\d{5}(?:\.\d+)?)", re.IGNORECASE)

NAMED: tuple[tuple[str, float], ...] = (
    ("btjd", 2457000.0),
    ("bkjd", 2454833.0),
    ("rjd", 2400000.0),
    ("mjd", MJD),
    ("jd", 0.0),
)
"""What names of times say of their zero; the first of these in a name counts."""

USUAL = (0.0, MJD, 2450000.0, 2440000.0, 2455197.5, 2457000.0, 2454833.0)
"""Zeros of times, the likelier first, where nothing is said."""

PLACES: tuple[tuple[str, str], ...] = (
    ("bjd", "BARYCENTER"),
    ("bkjd", "BARYCENTER"),
    ("btjd", "BARYCENTER"),
    ("barycent", "BARYCENTER"),
    ("hjd", "HELIOCENTER"),
    ("hmjd", "HELIOCENTER"),
    ("heliocent", "HELIOCENTER"),
)


PLACE_COLUMNS = ("ts_timeframe_reference_position", "refposition")


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """The frame of the times, whether they are texts, and what is not sure of it."""

    time_origin: float
    timescale: str
    refposition: str
    form: str | None
    questions: tuple[str, ...]


def is_time(values: Values) -> bool:
    """Could these be times: dates as texts, or numbers with some zero in use?"""
    if is_iso(values):
        return True
    return values.is_numeric and bool(plausible(values, USUAL))


def is_iso(values: Values) -> bool:
    """Whether the values are texts such as 2012-08-01 12:34:56."""
    kind = values.array.type
    if not pa.types.is_string(kind):
        return False
    found = pc.match_substring_regex(values.array.drop_null(), ISO)
    return len(found) > 0 and bool(pc.all(found).as_py())


def plausible(values: Values, origins: tuple[float, ...]) -> list[float]:
    """The zeros with which the values lie between 1900 (Julian: 1850) and 2050."""
    numbers = values.numbers
    if not len(numbers):
        return []
    low, high = np.percentile(numbers, [2, 98])
    return [
        origin
        for origin in origins
        if (COUNTED if origin else EARLIEST) < low + origin and high + origin < LATEST
    ]


def guess_time(group: Group, values: Values, survey: Survey | None) -> TimeGuess:
    """The frame of a column of times."""
    questions: list[str] = []
    if is_iso(values):
        origin, form = MJD, "iso"
    else:
        origin, form = _origin(group, values, survey, questions), None
    scale = _scale(group, values, survey, questions)
    place = _place(group, values, survey, questions)
    questions += _precision(values, origin)
    return TimeGuess(origin, scale, place, form, tuple(questions))


def _origin(
    group: Group, values: Values, survey: Survey | None, questions: list[str]
) -> float:
    median = float(np.median(values.numbers)) if len(values.numbers) else 0.0
    for said, origin in _said(group, values, survey):
        if plausible(values, (origin,)) or not len(values.numbers):
            return origin
        questions.append(
            f"{said} says that the zero of {values.name} is JD {origin:.10g},"
            f" but values like {median:.6f} would not be between 1900 and 2050"
        )
    found = plausible(values, USUAL)
    if not found:
        questions.append(f"what is the zero of {values.name} (like {median:.6f})?")
        return MJD
    if len(found) > 1 or questions:
        others = " or ".join(f"{o:.10g}" for o in found[1:])
        also = f", as would be {others}" if others else ""
        questions.append(
            f"time_origin {found[0]:.10g} is a guess by values like {median:.6f}{also}"
        )
    return found[0]


def _said(
    group: Group, values: Values, survey: Survey | None
) -> Iterator[tuple[str, float]]:
    """What anything says of the zero, what is surer first."""
    frame = _frame(group, values)
    column = values.column
    for text in (column.unit, column.description, column.name):
        if found := IN_WORDS.search(text or ""):
            yield f"{text!r}", float(found[1])
    if isinstance(origin := frame.get("time_origin"), int | float):
        yield "the header", float(origin)
    name = folded(values.name)
    if survey and survey.time_origin is not None and "jd" not in name:
        yield survey.said, survey.time_origin
    unit = folded(column.unit or "")
    for text in (unit, name):
        for word, origin in NAMED:
            if word in text:
                yield f"the name {values.name!r}", origin
                break
    if survey and survey.time_origin is not None:
        yield survey.said, survey.time_origin


def _frame(group: Group, values: Values) -> Mapping[str, Any]:
    """What the file says of the time system: of this column, else of all."""
    frames = group.look.frames
    own = frames.get("timesys", {}).get(values.name)
    return own if own is not None else frames


def _scale(
    group: Group, values: Values, survey: Survey | None, questions: list[str]
) -> str:
    said = str(_frame(group, values).get("timescale", "")).strip().upper()
    name = folded(f"{values.name} {values.column.description or ''}")
    in_name = next((s for s in ("TDB", "TCB", "TAI", "UTC") if s.lower() in name), None)
    if said in TIMESCALES and said != "UNKNOWN":
        if survey and survey.survey in ("TESS", "Kepler") and said == "TCB":
            questions.append("the file says TCB; the times of this mission are of TDB")
        return said
    if in_name:
        return in_name
    if survey and survey.timescale:
        questions.append(f"timescale {survey.timescale} is known from: {survey.said}")
        return survey.timescale
    questions.append("the time scale is not stated (UTC, TDB, ...)")
    return "UNKNOWN"


def _place(
    group: Group, values: Values, survey: Survey | None, questions: list[str]
) -> str:
    said = str(_frame(group, values).get("refposition", "")).strip().upper()
    text = f"{values.name} {values.column.unit or ''} {values.column.description or ''}"
    named = next((place for word, place in PLACES if word in text.lower()), None)
    if said in REFPOSITIONS and said != "UNKNOWN":
        if named and named != said:
            questions.append(
                f"the file says {said}, but {values.name} sounds of {named}"
            )
        return said
    for column in group.by_name(PLACE_COLUMNS):
        words = [word.upper() for word in column.distinct(1)]
        if words and words[0] in REFPOSITIONS:
            return words[0]
    if named:
        return named
    if survey and survey.refposition:
        questions.append(f"{survey.refposition} is known from: {survey.said}")
        return survey.refposition
    questions.append("where the times are of is not stated (observer, Sun, barycentre)")
    return "UNKNOWN"


def _precision(values: Values, origin: float) -> Iterator[str]:
    """Times of 32 bits, which are steps of a quarter of a day for a Julian date."""
    if values.is_narrow and len(values.numbers):
        largest = float(np.abs(values.numbers).max())
        step = float(np.spacing(np.float32(largest)))
        if step > 1e-5:
            yield (
                f"{values.name} is of 32 bits: its steps are {step:.3g} d,"
                " so most of the times are lost; is there another source?"
            )
