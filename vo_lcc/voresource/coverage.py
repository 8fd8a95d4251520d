"""Coverage as VODataService 1.2, section 3.2 has it: sky, time, energy, wavebands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mocpy import MOC

from vo_lcc.dali.capability import Element, child
from vo_lcc.lightcurves.coverage.spacetime import PADDING
from vo_lcc.tables import Column, PhotCal, TimeFrame
from vo_lcc.times import MJD_ORIGIN, to_mjd

Interval = tuple[float, float]

LARGEST = 30_000
"""Letters of a MOC in a record; "a few dozens of kB" are allowed."""

LEAST = 6
"""The order that is kept in any case: a resolution of about a degree."""

MOC_STANDARD = "ivo://ivoa.net/std/moc"

SPANS = 10
"""Intervals of time in a record, at most."""

DAY = 86_400e6  # microseconds
TIME_ORDER = 61
HC = 1.986445857148928e-25  # J m: exact in the SI, Planck's constant by light's speed

EV = 1.602176634e-19  # J
# The terms of the IVOA vocabulary messenger, each with the shortest wavelength (m) that
# it has; there is nothing between 100 um and 0.1 mm.
WAVEBANDS = (
    ("Radio", 1e-2),
    ("Millimeter", 1e-4),
    ("Infrared", 1e-6),
    ("Optical", 3e-7),
    ("UV", 1e-7),
    ("EUV", HC / (120 * EV)),
    ("X-ray", HC / (120e3 * EV)),
    ("Gamma-ray", 0.0),
)
# Those of the words of UCDs that say in which part of the spectrum something is; the
# first that a word begins with holds.
WORDS = (
    ("em.radio", "Radio"),
    ("em.mm", "Millimeter"),
    ("em.ir", "Infrared"),
    ("em.opt", "Optical"),
    ("em.uv.10-50nm", "EUV"),
    ("em.uv.50-100nm", "EUV"),
    ("em.uv", "UV"),
    ("em.x-ray", "X-ray"),
    ("em.gamma", "Gamma-ray"),
)
WORD = re.compile(r"([ts]?)(?:(\d+)/)?(?:(\d+)(?:-(\d+))?)?\Z")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a resource covers: an ASCII MOC, MJD (TDB), joules, terms of messenger.

    `footprint` is an address that gives a finer MOC.
    """

    spatial: str = ""
    temporal: tuple[Interval, ...] = ()
    spectral: tuple[Interval, ...] = ()
    wavebands: tuple[str, ...] = ()
    footprint: str | None = None


def add_coverage(parent: Element, coverage: Coverage) -> None:
    """Append a `coverage` element, if anything is known to be covered."""
    if coverage == Coverage():
        return
    element = child(parent, "coverage")
    if coverage.spatial:
        child(element, "spatial", coverage.spatial)
    for low, high in coverage.temporal:
        child(element, "temporal", f"{low:.2f} {high:.2f}")
    for low, high in coverage.spectral:
        child(element, "spectral", f"{low:.5g} {high:.5g}")
    if coverage.footprint is not None:
        child(element, "footprint", coverage.footprint).set("ivo-id", MOC_STANDARD)
    for waveband in coverage.wavebands:
        child(element, "waveband", waveband)


def spatial(moc: str) -> str:
    """The ASCII MOC, coarser where it is too long for a record.

    >>> spatial("6/1-3 7/20")
    '6/1-3 7/20'
    """
    if len(moc) <= LARGEST:
        return moc
    coarse = MOC.from_string(moc, format="ascii")
    order = int(coarse.max_order)
    while len(moc) > LARGEST and order > LEAST:
        order -= 1
        coarse = coarse.degrade_to_order(order)
        moc = " ".join(str(coarse.to_string(format="ascii")).split())
    return moc


def temporal(
    frame: TimeFrame, t_min: float | None, t_max: float | None, spacetime: str = ""
) -> tuple[Interval, ...]:
    """The intervals of MJD (TDB, barycentre) that hold times from `t_min` to `t_max`.

    Both are of `frame`; `spacetime` is an ASCII MOC of space and time, which also
    tells where there are none between them. As the standard wants, intervals are longer
    by more than what time scales and places of observers differ: so times are
    taken as they are.

    >>> temporal(TimeFrame(), 55000.0, 55001.0)
    ((54999.98, 55001.02),)
    """
    if t_min is None or t_max is None:
        return ()
    margin = PADDING / 86_400 + 0.005  # rounded to 0.01 d afterwards
    first, last = to_mjd(frame, t_min) - margin, to_mjd(frame, t_max) + margin
    found = [
        (round(max(low, first), 2), round(min(high, last), 2))
        for low, high in few(join(times_of(spacetime)), SPANS)
        if low < last and high > first
    ]
    return tuple(found) or ((round(first, 2), round(last, 2)),)


def times_of(moc: str) -> Iterator[Interval]:
    """The cells of time in an ASCII MOC of space and time (MOC 2.0), as MJD.

    >>> list(times_of("t1/1 s0/3-4 t61/ s8/"))
    [(10943998.39591258, 24287997.29182516)]
    """
    axis, order = "", 0
    for word in moc.split():
        found = WORD.match(word)
        if found is None:
            raise ValueError(f"{word:.40} is no part of a MOC of space and time")
        axis, order = found[1] or axis, int(found[2] or order)
        if axis == "t" and found[3]:
            shift = TIME_ORDER - order
            first, last = int(found[3]), int(found[4] or found[3])
            yield _mjd(first << shift), _mjd((last + 1) << shift)


def _mjd(microseconds: int) -> float:
    return microseconds / DAY - MJD_ORIGIN


def spectral(passbands: Iterable[PhotCal]) -> tuple[Interval, ...]:
    """The intervals of photon energy (J) of passbands, those that overlap joined.

    Of a passband whose width is not known it is the energy at its effective
    wavelength alone; where that is not known either there is none.

    >>> spectral([PhotCal("V", effective_wavelength=5e-7, bandwidth=1e-7)])
    ((3.61171...e-19, 4.41432...e-19),)
    """
    return tuple(join(_energies(passbands)))


def _energies(passbands: Iterable[PhotCal]) -> Iterator[Interval]:
    for band in passbands:
        centre, half = band.effective_wavelength, (band.bandwidth or 0) / 2
        if centre is not None and centre > half:
            yield HC / (centre + half), HC / (centre - half)


def wavebands(
    passbands: Iterable[PhotCal], columns: Iterable[Column] = ()
) -> tuple[str, ...]:
    """The terms of the vocabulary messenger for the passbands, the longest waves first.

    Of a passband whose wavelength is not known the UCDs of those of the columns tell
    that hold magnitudes in it.

    >>> wavebands([PhotCal("g", effective_wavelength=4.7e-7), PhotCal("?")])
    ('Optical',)
    >>> V = PhotCal("V")
    >>> wavebands([V], [Column("mag", "float", ucd="phot.mag;em.opt.V", annotation=V)])
    ('Optical',)
    """
    told = dict(_told(columns))
    known = {
        told.get(band.passband)
        if band.effective_wavelength is None
        else _waveband(band.effective_wavelength)
        for band in passbands
    }
    return tuple(name for name, _ in WAVEBANDS if name in known)


def _waveband(wavelength: float) -> str:
    return next(name for name, shortest in WAVEBANDS if wavelength >= shortest)


def _told(columns: Iterable[Column]) -> Iterator[tuple[str, str]]:
    """Names of passbands, each with what the UCD of a column says of it."""
    for column in columns:
        if isinstance(column.annotation, PhotCal):
            for word in (column.ucd or "").lower().split(";"):
                for term in [term for start, term in WORDS if word.startswith(start)][
                    :1
                ]:
                    yield column.annotation.passband, term


def join(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals in order, those that touch or overlap joined.

    >>> join([(3, 4), (1, 2), (2, 2.5)])
    [(1, 2.5), (3, 4)]
    """
    joined: list[Interval] = []
    for low, high in sorted(intervals):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def few(intervals: Sequence[Interval], most: int) -> list[Interval]:
    """Intervals in order, those with the narrowest gaps joined: `most` are left.

    >>> few([(0, 1), (2, 3), (9, 10)], 2)
    [(0, 3), (9, 10)]
    """
    gaps = [(b[0] - a[1], i) for i, (a, b) in enumerate(pairwise(intervals), 1)]
    kept = sorted(i for _, i in sorted(gaps, reverse=True)[: most - 1])
    bounds = [0, *kept, len(intervals)]
    return [
        (intervals[start][0], intervals[end - 1][1])
        for start, end in pairwise(bounds)
        if end > start
    ]
