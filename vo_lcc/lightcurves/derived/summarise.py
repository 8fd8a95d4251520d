"""The statistics of many light curves."""

from collections.abc import Sequence

import numpy as np

from vo_lcc.lightcurves.derived.block import blocks
from vo_lcc.lightcurves.derived.series import Floats, Series
from vo_lcc.lightcurves.derived.statistics import BY_NAME, Kind, Statistic

AT_ONCE = 1 << 20
"""Points that are copied at once, at most, but for a single light curve."""

LARGEST = float(np.finfo(np.float32).max)
"""What a column of these can hold."""


def summarise(series: Series, wanted: Sequence[str | Statistic]) -> dict[str, Floats]:
    """Each of the statistics for each light curve, by name; NaN where there is none.

    So it is for what would divide by zero, and for what no float of 32 bits can hold.
    """
    statistics = [BY_NAME[s] if isinstance(s, str) else s for s in wanted]
    found = {s.name: np.full(len(series), _nothing(s)) for s in statistics}
    with np.errstate(all="ignore"):
        for where, part in series.parts(AT_ONCE):
            here = {name: whole[where] for name, whole in found.items()}
            _fill(here, statistics, part)
    return found


def _nothing(statistic: Statistic) -> float:
    return 0.0 if statistic.kind is Kind.COUNT else np.nan


def _fill(
    found: dict[str, Floats], statistics: Sequence[Statistic], series: Series
) -> None:
    """The statistics of a part, into what is to hold them."""
    usable, weighable = series.usable(), series.weighable()
    same = np.array_equal(usable, weighable)
    plain = [s for s in statistics if same or not s.weighted]
    weighted = [s for s in statistics if s.weighted and not same]
    for wanted, points in ((plain, usable), (weighted, weighable)):
        if wanted and points.any():
            _fill_from(series.only(points), wanted, found)


def _fill_from(
    series: Series, statistics: Sequence[Statistic], found: dict[str, Floats]
) -> None:
    for rows, block in blocks(series):
        for statistic in statistics:
            values = statistic.compute(block)
            values[~(np.abs(values) <= LARGEST)] = np.nan
            found[statistic.name][rows] = values
