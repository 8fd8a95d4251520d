"""Time to compute the statistics of light curves: what loads and appends wait for."""

import statistics
import time
import tracemalloc
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.subject import Subject
from vo_lcc.lightcurves.derived import BASIC, STATISTICS, Series, summarise

GOAL = 60.0
"""Seconds for all statistics of 100,000 light curves."""

ROUNDS = 3
SETS = (
    ("100,000 light curves of 100 to 200 points", 100_000, (100, 201)),
    ("1,000,000 of 1 to 10 points", 1_000_000, (1, 11)),
    ("100 of 100,000 points", 100, (100_000, 100_001)),
)


def derived(_: Subject) -> Iterator[str]:
    """Seconds on one core; memory is the most that is held beside the light curves."""
    yield f"Goal: all statistics of 100,000 light curves in {GOAL:.0f} s.\n"
    yield "| light curves | points | statistics | seconds | ns a point | memory (MB) |"
    yield "|---|---|---|---|---|---|"
    for title, count, lengths in SETS:
        series = made_series(count, lengths)
        points = len(series.time)
        for word, chosen in (("basic", BASIC), ("all", STATISTICS)):
            names = [statistic.name for statistic in chosen]
            seconds = statistics.median(timed(series, names) for _ in range(ROUNDS))
            yield (
                f"| {title} | {points:,} | {word} | {seconds:.2f} |"
                f" {seconds / points * 1e9:.0f} | {held(series, names) / 1e6:.0f} |"
            )


def made_series(count: int, lengths: tuple[int, int]) -> Series:
    """Noise at times in a season of ten years, one point of fifty bad."""
    rng = np.random.default_rng(1)
    offsets = np.concatenate(([0], np.cumsum(rng.integers(*lengths, count))))
    n = int(offsets[-1])
    time_of = np.sort(rng.uniform(0, 3650, n))
    value = rng.normal(15, 0.1, n).astype(np.float32).astype(np.float64)
    error = rng.uniform(0.01, 0.02, n)
    return Series(offsets.astype(np.int64), time_of, value, error, rng.random(n) > 0.02)


def timed(series: Series, names: Sequence[str]) -> float:
    start = time.perf_counter()
    summarise(series, names)
    return time.perf_counter() - start


def held(series: Series, names: Sequence[str]) -> int:
    """Bytes at the most."""
    tracemalloc.start()
    try:
        summarise(series, names)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
