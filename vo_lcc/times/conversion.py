"""Times of one frame as times of another, or what is missing for that."""

import numpy as np

from vo_lcc.tables import Observatory, TimeFrame
from vo_lcc.times.moments import Array, Moments, moments_of, values_of
from vo_lcc.times.places import Sky, moved
from vo_lcc.times.scales import TO_TT, UTC_START, leap_seconds, rescaled

SCALES = tuple(TO_TT)
PLACES = ("TOPOCENTER", "GEOCENTER", "BARYCENTER", "HELIOCENTER")

EARLIEST, LATEST = 15032.0, 88056.0  # MJD, in 1900 and 2099: ends of the ephemeris
PIECE = 1 << 17  # so many times at once stay in the cache


def find_problem(
    source: TimeFrame, target: TimeFrame, observatory: Observatory | None
) -> tuple[str, str] | None:
    """What is in the way from one frame to another: "timescale" or "refposition", why.

    None where nothing is.
    """
    scaled = source.timescale != target.timescale
    placed = source.refposition != target.refposition
    places = (source.refposition, target.refposition)
    if (scaled or placed) and source.timescale not in SCALES:
        asked = "timescale" if scaled else "refposition"
        return asked, _unknown_scale(source.timescale)
    if scaled and target.timescale not in SCALES:
        return "timescale", f"nothing is converted to {target.timescale}"
    if not placed:
        return None
    if source.refposition not in PLACES:
        return "refposition", _unknown_place(source.refposition)
    if target.refposition not in PLACES:
        return "refposition", f"nothing is converted to {target.refposition}"
    if "TOPOCENTER" in places and observatory is None:
        reason = "the collection does not tell the place of its observatory"
        instead = target.refposition == "TOPOCENTER" and source.refposition in PLACES
        near = "; GEOCENTER is within 21 ms of TOPOCENTER" if instead else ""
        return "refposition", reason + near
    return None


def _unknown_scale(name: str) -> str:
    if name == "UNKNOWN":
        return "the source does not say in which time scale the times are"
    return f"the times are in {name}, which is not converted"


def _unknown_place(name: str) -> str:
    if name == "UNKNOWN":
        return "the source does not say for which place the times are"
    return f"the times are for the {name}, which is not converted"


def known_range(source: TimeFrame, target: TimeFrame) -> tuple[float, float]:
    """From when until when (MJD) times can be converted between these frames."""
    if (source.timescale, source.refposition) == (target.timescale, target.refposition):
        return -np.inf, np.inf
    if "UTC" in (source.timescale, target.timescale):
        return UTC_START + 1, leap_seconds().expires - 1
    return EARLIEST, LATEST


def convert(
    values: Array, source: TimeFrame, target: TimeFrame, sky: Sky | None = None
) -> Array:
    """Values of the frame `source` as values of `target`, NaN as NaN.

    `find_problem` must have found nothing and all times be in `known_range`;
    `sky` is needed from one place to another.
    """
    found = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    for start in range(0, len(known), PIECE):
        piece = known[start : start + PIECE]
        times = moments_of(values[piece], source.time_origin)
        there = converted(times, source, target, sky and sky.part(piece))
        found[piece] = values_of(there, target.time_origin)
    return found


def converted(
    times: Moments, source: TimeFrame, target: TimeFrame, sky: Sky | None
) -> Moments:
    """Moments of the frame `source` as moments of `target`."""
    if source.refposition == target.refposition:
        return rescaled(times, source.timescale, target.timescale)
    assert sky is not None
    tdb = rescaled(times, source.timescale, "TDB")
    there = moved(tdb, source.refposition, target.refposition, sky)
    return rescaled(there, "TDB", target.timescale)
