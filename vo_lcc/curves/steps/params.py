"""The parameters of all steps, read and put in order."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from vo_lcc.curves.curves import MAG
from vo_lcc.curves.steps.binning import BIN, Bin
from vo_lcc.curves.steps.brightness import FLUX, QUANTITY, InQuantity
from vo_lcc.curves.steps.cuts import Cut, Interval
from vo_lcc.curves.steps.folding import EPOCH, OWN, PERIOD, Fold
from vo_lcc.curves.steps.frames import (
    ISO,
    ORIGINS,
    REFPOSITION,
    TIMESCALE,
    InFrame,
    IsoTimes,
)
from vo_lcc.curves.steps.frames import TIMEFORMAT as TIMEFORMAT
from vo_lcc.curves.steps.quality import (
    ALL_BITS,
    LIMITS,
    NO_LIMITS,
    ONLY_LIMITS,
    Quality,
)
from vo_lcc.curves.steps.step import Step
from vo_lcc.dali.params import NUMBER, Params, parse_number, shown
from vo_lcc.errors import ParameterError
from vo_lcc.times.conversion import PLACES, SCALES
from vo_lcc.times.text import read_iso

TIME, QUALITY = "TIME", "QUALITY"

MOST_INTERVALS = 1000

FARTHEST = 1e6
"""Of ends of intervals, as MJD: some 2700 years, where a JD is far beyond."""

SHORTEST = 1e-6
"""Of periods and bins, in days: a tenth of a second."""

INFINITIES: Mapping[str, float] = MappingProxyType(
    {"-inf": -math.inf, "+inf": math.inf, "inf": math.inf}
)
QUALITIES: Mapping[str, Quality] = MappingProxyType(
    {"all": Quality(), "good": Quality(ALL_BITS, measured=True)}
)
LIMIT_WORDS = (LIMITS, NO_LIMITS, ONLY_LIMITS)


def parse_steps(params: Params, alone: bool = False) -> tuple[Step, ...]:
    """What is to be done to the light curves, in the order in which it is done.

    Cut, quality, time frame, quantity, fold, bin; times are written as text last.
    `alone` is true where one object is asked for: without a period of its own,
    PERIOD=own is then an error. Raises ParameterError.
    """
    intervals = parse_intervals(params)
    fold = parse_fold(params, alone)
    steps: list[Step] = []
    if intervals:
        steps.append(Cut(intervals))
    quantity = parse_word(params, QUANTITY, (MAG, FLUX))
    steps += parse_quality(params, quantity or "")
    steps += parse_frame(params, intervals)
    if quantity is not None:
        steps.append(InQuantity(quantity))
    if fold is not None:
        steps.append(fold)
    width = parse_days(params, BIN)
    if width is not None:
        steps.append(Bin(width, fold, intervals))
    if time_format(params) == ISO:
        steps.append(IsoTimes())
    return tuple(steps)


def parse_intervals(params: Params) -> tuple[Interval, ...]:
    """Every TIME, each two MJD between which the points are.

    >>> parse_intervals(Params((("TIME", "58000 58001.5"), ("time", "59000/"))))
    ((58000.0, 58001.5), (59000.0, inf))
    """
    given = params.many(TIME)
    if len(given) > MOST_INTERVALS:
        raise ParameterError(TIME, f"more than {MOST_INTERVALS} intervals")
    return tuple(map(parse_interval, given))


def parse_interval(text: str) -> Interval:
    """Two MJD separated by a blank or a slash; -Inf, +Inf or nothing is open.

    >>> parse_interval("-Inf 58100")
    (-inf, 58100.0)
    """
    ends = text.split("/") if "/" in text else text.split()
    if len(ends) != 2:
        problem = f"{shown(text)} is not an interval; write two MJD, 58000 58100"
        raise ParameterError(TIME, problem)
    low, high = (
        read_end(end.strip(), open_end)
        for end, open_end in zip(ends, (-math.inf, math.inf), strict=True)
    )
    if low > high:
        raise ParameterError(TIME, f"in {shown(text)} the earlier time comes second")
    if low == math.inf or high == -math.inf:
        raise ParameterError(TIME, f"{shown(text)} holds no time")
    return low, high


def read_end(text: str, open_end: float) -> float:
    """One end of an interval: a number, infinity, or nothing, which is `open_end`."""
    if not text:
        return open_end
    if text.lower() in INFINITIES:
        return INFINITIES[text.lower()]
    if not NUMBER.match(text):
        problem = f"{shown(text)} is not a number; write MJD (UTC), such as 58849.5"
        raise ParameterError(TIME, problem)
    mjd = parse_number(TIME, text)
    if abs(mjd) > FARTHEST:
        problem = f"{shown(text)} is no MJD of our time; a JD is 2400000.5 more than it"
        raise ParameterError(TIME, problem)
    return mjd


def parse_quality(params: Params, quantity: str = "") -> list[Step]:
    """QUALITY: all, good or a mask of bits, and what to do with upper limits.

    >>> parse_quality(Params((("QUALITY", "6,nolimits"),)))
    [Quality(mask=6, limits='nolimits', measured=False, quantity='')]
    """
    text = params.one(QUALITY)
    if text is None:
        return []
    words = [word.strip().lower() for word in text.split(",")]
    limits = [word for word in words if word in LIMIT_WORDS]
    others = [word for word in words if word not in LIMIT_WORDS]
    if len(limits) > 1 or len(others) > 1:
        problem = f"{shown(text)} says too much; write like good,{LIMITS} or 6"
        raise ParameterError(QUALITY, problem)
    quality = read_quality(others[0]) if others else QUALITIES["all"]
    return [replace(quality, limits=limits[0] if limits else None, quantity=quantity)]


def read_quality(word: str) -> Quality:
    """A word, or the bits that a point must not have."""
    if word in QUALITIES:
        return QUALITIES[word]
    if re.fullmatch(r"\d{1,19}", word, re.ASCII) and int(word) <= ALL_BITS:
        return Quality(int(word))
    raise ParameterError(
        QUALITY,
        f"{shown(word)} is not {' or '.join(QUALITIES)}, a mask of flag bits such as 6,"
        f" or one of {', '.join(LIMIT_WORDS)}",
    )


def parse_frame(params: Params, intervals: tuple[Interval, ...]) -> list[Step]:
    """TIMESCALE, REFPOSITION and TIMEFORMAT."""
    scale = parse_word(params, TIMESCALE, SCALES)
    place = parse_word(params, REFPOSITION, PLACES)
    form = time_format(params)
    if scale is None and place is None and form is None:
        return []
    origin = None if form is None else ORIGINS[form]
    return [InFrame(scale, place, origin, intervals)]


def time_format(params: Params) -> str | None:
    """TIMEFORMAT: jd, mjd or iso."""
    return parse_word(params, TIMEFORMAT, tuple(ORIGINS))


def parse_fold(params: Params, alone: bool) -> Fold | None:
    """PERIOD and EPOCH; raises ParameterError for an epoch without a period."""
    text = params.one(PERIOD)
    if text is None:
        if params.one(EPOCH) is not None:
            raise ParameterError(EPOCH, "is the time of phase 0; give a PERIOD with it")
        return None
    own = text.strip().lower() == OWN
    return Fold(None if own else parse_days(params, PERIOD), parse_epoch(params), alone)


def parse_epoch(params: Params) -> float | None:
    """EPOCH: a number in the frame of the times as returned, or with iso a text."""
    text = params.one(EPOCH)
    if text is None:
        return None
    if time_format(params) != ISO:
        return params.number(EPOCH)
    mjd = read_iso(text, parse_word(params, TIMESCALE, SCALES) or "")
    if mjd is None:
        problem = f"{shown(text)} is not a time like 2020-01-01T12:00:00"
        raise ParameterError(EPOCH, problem)
    return mjd


def parse_days(params: Params, name: str) -> float | None:
    """A number of days above zero; raises ParameterError."""
    value = params.number(name)
    if value is not None and value < SHORTEST:
        problem = f"must be days, {SHORTEST:f} or more, not {value:g}"
        raise ParameterError(name, problem)
    return value


def parse_word(params: Params, name: str, known: tuple[str, ...]) -> str | None:
    """One of a few words, in any case; raises ParameterError, which lists them."""
    text = params.one(name)
    if text is None:
        return None
    found = next((w for w in known if w.lower() == text.strip().lower()), None)
    if found is None:
        raise ParameterError(name, f"{shown(text)} is not one of {', '.join(known)}")
    return found
