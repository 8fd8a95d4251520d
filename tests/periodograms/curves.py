"""Light curves of known periods, for tests."""

import numpy as np

from vo_lcc.periodograms.series import Series, Target, make_target

SPAN = 400.0


def times_of(rng, count, span=SPAN, start=55_000.0):
    return np.sort(rng.uniform(start, start + span, count))


def sinusoid(rng, frequency, count=80, amplitude=0.3, noise=0.03, passband="V"):
    """A star of one sinusoid, with the errors of its points."""
    times = times_of(rng, count)
    phase = rng.uniform(0, 2 * np.pi)
    errors = noise * rng.uniform(0.7, 1.3, count)
    clean = 15 + amplitude * np.sin(2 * np.pi * frequency * times + phase)
    return Series(passband, times, clean + errors * rng.normal(size=count), errors)


def target_of(*bands: Series, parameters: int = 3) -> Target:
    return make_target(bands, parameters)


def never() -> None:
    """Nobody wants a search to end."""
