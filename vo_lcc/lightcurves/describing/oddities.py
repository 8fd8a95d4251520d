"""Values that are no measurements: sentinels, upper limits, what stands for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vo_lcc.lightcurves.describing.tables import Floats, Values

NOTHING = frozenset(
    ("", "nan", "NaN", "NAN", "null", "NULL", "none", "None", "N/A", "n/a", "-", "--",
     "---", "...", "\\N")
)  # fmt: skip
READ_AS_NOTHING = ("", "nan", "NaN", "NAN")
NINES = tuple(
    sign * float(text)
    for text in ("9.9", "9.99", "9.999", "99", "99.9", "99.99", "99.999", "99.9999",
                 "999", "999.9", "999.99", "999.999", "9999", "9999.99", "99999",
                 "90", "-1e30", "1e30", "1e20")
    for sign in (1, -1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """The sign before magnitudes that are upper limits, and how many there are."""

    sign: str
    count: int
    example: str


def sentinels(values: Values) -> list[str | float]:
    """What stands for "no value": words, and outlying numbers that repeat."""
    words: list[str | float] = [
        word for word in values.words
        if word in NOTHING and word not in READ_AS_NOTHING
    ]  # fmt: skip
    return [*words, *outlying(values.numbers)]


def outlying(numbers: Floats) -> Iterator[float]:
    """Numbers that repeat, far from all others, and of nines (or a round extreme).

    >>> list(outlying(np.array([14.1, 14.2, 14.4, 99.99, 99.99])))
    [99.99]
    """
    found, counts = np.unique(np.round(numbers, 6), return_counts=True)
    alike = np.isin(np.abs(found), np.abs(NINES)) & (np.abs(found) > 5)
    rest = np.repeat(found[~alike], counts[~alike])
    if not len(rest):
        return
    low, high = np.percentile(rest, [1, 99])
    margin = max(3 * (high - low), 0.5 * abs(float(np.median(rest))), 1.0)
    for value in found[alike]:
        if value > high + margin or value < low - margin:
            yield float(value)


def upper_limits(values: Values) -> Limits | None:
    """Upper limits: `>14.2`, or magnitudes below zero among others that are not."""
    for sign in (">", "<"):
        signed = [w for w in values.words if w.strip().startswith(sign)]
        if signed:
            return Limits(sign, sum(values.words[w] for w in signed), signed[0])
    return None


def negative_limits(values: Values) -> Limits | None:
    """Magnitudes below zero whose amounts are like those of the others (ATLAS)."""
    numbers = values.numbers
    kept = numbers[~np.isin(np.round(numbers, 6), list(outlying(numbers)))]
    below, above = kept[kept < 0], kept[kept > 0]
    if not len(below) or len(above) < len(below) / 4 or not len(above):
        return None
    if np.median(below) > -5 or np.median(above) < 5:
        return None
    return Limits("negative", len(below), f"{below[0]:g}")


def duplicates(columns: list[Values]) -> int:
    """Rows that are there more than once, by these columns."""
    arrays = [v.array for v in columns if not v.is_list]
    if not arrays or len({len(a) for a in arrays}) > 1:
        return 0
    columns_of = [a.to_pylist() for a in arrays]
    rows = [row for row in zip(*columns_of, strict=True) if None not in row]
    rows = [row for row in rows if row == row]  # NaN is unlike itself
    return len(rows) - len(set(rows))
