"""What a collection file says of statistics can be computed."""

import difflib
from collections.abc import Iterator

from vo_lcc.lightcurves.derived.statistics import STATISTICS, chosen, unknown
from vo_lcc.lightcurves.model import CollectionFile, Problem

MAX_DERIVED = 1200  # PostgreSQL has 1600 columns in a table, and 8 kB in a row
SHORTEST = 0.001  # d; a search takes the longer the shorter this is


def check_derived(file: CollectionFile) -> Iterator[Problem]:
    """What is to be computed is known, and has room in a table."""
    key = ("derived", "statistics")
    names = [statistic.name for statistic in STATISTICS]
    for name in unknown(file.derived):
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
        yield key, f"unknown statistic {name!r}; {hint}"
    period = file.derived.period
    if period is not None and period.shortest >= period.longest:
        yield ("derived", "period"), "shortest must be less than longest"
    if period is not None and period.shortest < SHORTEST:
        yield ("derived", "period", "shortest"), f"must be {SHORTEST:g} d at least"
    columns = len(file.passbands) * (len(chosen(file.derived)) + 1)
    if columns > MAX_DERIVED:
        yield (
            key,
            f"{columns} columns for {len(file.passbands)} passbands are more than"
            f' {MAX_DERIVED}; name fewer statistics, or say "basic"',
        )
