"""Positions: how they are written, and whether a designation agrees with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vo_lcc.lightcurves.describing.tables import Group, Values
from vo_lcc.lightcurves.describing.words import unit_in_name

SEXAGESIMAL = re.compile(
    r"\s*[+-]?\d{1,3}[: hd]\s*\d{1,2}[: m']\s*\d{1,2}(\.\d*)?[s\"]?\s*\Z"
)
DESIGNATION = re.compile(
    r"(\d\d)(\d\d)(\d\d(?:\.\d+)?)([+-])(\d\d)(\d\d(?:\.\d+)?)(\d\d(?:\.\d+)?)?"
)
HOURS = ("h", "hour", "hours", "hr")
FEW = 12  # objects below which a range tells nothing
FAR = 0.2  # deg; no rounding of a designation is so large


@dataclass(frozen=True, slots=True)
class PositionGuess:
    """The keys of ra and of dec beside their source, and what is not sure."""

    ra: dict[str, Any]
    dec: dict[str, Any]
    questions: tuple[str, ...]


def guess_position(group: Group, ra: Values, dec: Values, hours: bool) -> PositionGuess:
    """How right ascension and declination are written; `hours` if that is known."""
    questions: list[str] = []
    if is_sexagesimal(ra):
        return PositionGuess({"form": "sexagesimal"}, {"form": "sexagesimal"}, ())
    spec: dict[str, Any] = {}
    unit = (ra.column.unit or unit_in_name(ra.name) or "").lower()
    numbers = ra.numbers
    if hours or unit in HOURS:
        spec["form"] = "hours"
    elif len(numbers) and numbers.min() >= 0 and numbers.max() < 24:
        if len(np.unique(numbers)) >= FEW:
            spec["form"] = "hours"
        if len(np.unique(numbers)) > 1:
            questions.append(
                f"{ra.name} goes from {numbers.min():.4g} to {numbers.max():.4g}:"
                " degrees or hours?"
            )
    elif len(numbers) and numbers.min() < 0:
        spec["wrap"] = True
    if len(dec.numbers) and np.abs(dec.numbers).max() > 90:
        questions.append(f"{dec.name} has values beyond 90")
    questions += wrong_signs(group, dec)
    return PositionGuess(spec, {}, tuple(questions))


def is_sexagesimal(values: Values) -> bool:
    """Whether the values are angles such as 12:34:56.7."""
    texts = [t for t in values.array.to_pylist()[:100] if t] if values.is_text else []
    return bool(texts) and all(map(is_angle, texts))


def is_angle(text: str) -> bool:
    """Whether a text is an angle in degrees or hours, minutes and seconds.

    >>> is_angle("12:34:56.7"), is_angle("188.73")
    (True, False)
    """
    return SEXAGESIMAL.match(text) is not None


def wrong_signs(group: Group, dec: Values) -> Iterable[str]:
    """Designations HHMMSS+DDMM that disagree with the declination."""
    for values in group.values:
        if not values.is_text or not pa.types.is_string(values.array.type):
            continue
        pairs = zip(values.array.to_pylist(), dec.array.to_pylist(), strict=False)
        found = [(t, d, _declination(t)) for t, d in pairs if t and _is_number(d)]
        named = [(t, float(d), n) for t, d, n in found if n is not None]
        wrong = [one for one in named if abs(one[1] - one[2]) > FAR]
        if len(named) > len(group.values) and 2 * len(named) > len(found) and wrong:
            text, told, meant = wrong[0]
            yield (
                f"{dec.name} of {len(wrong)} of {len(named)} objects disagrees with"
                f" {values.name}: {text} has {told:.4f}, the name says {meant:.4f}"
            )


def _declination(text: str) -> float | None:
    found = DESIGNATION.search(text)
    if found is None:
        return None
    degrees = float(found[5]) + float(found[6]) / 60 + float(found[7] or 0) / 3600
    return -degrees if found[4] == "-" else degrees


def _is_number(value: Any) -> bool:
    try:
        return value is not None and bool(np.isfinite(float(value)))
    except ValueError:
        return False
