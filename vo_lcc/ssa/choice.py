"""Which collections and passbands a request means, before any row is looked at.

What is the same for all light curves of a collection and passband (wavelength,
calibration, date of publication) is decided here, by what is published. A value that is
asked for and that is not known does not match (SSA 1.1, section 4.1: "the service
should respond by finding no matching data").
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vo_lcc.curves.steps.brightness import FLUX, find_brightness, is_flux
from vo_lcc.dali.params import shown
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.coverage import touches
from vo_lcc.lightcurves.views import spectral_range
from vo_lcc.ssa.params import Cone, SsaParams
from vo_lcc.ssa.ranges import ALL, Interval, mjd, number, read_interval
from vo_lcc.tables import PhotCal

WAVEBANDS: Mapping[str, Interval] = MappingProxyType(
    {
        "all": ALL,
        "radio": Interval(1e-2, math.inf),
        "millimeter": Interval(1e-4, 1e-2),
        "infrared": Interval(1e-6, 1e-4),
        "optical": Interval(3e-7, 1e-6),
        "uv": Interval(1e-7, 3e-7),
        "ultraviolet": Interval(1e-7, 3e-7),
        "euv": Interval(1e-8, 1e-7),
        "x-ray": Interval(1e-11, 1e-8),
        "gamma-ray": Interval(0.0, 1e-11),
    }
)
"""Coverage.Spectral.Bandpass of the resource metadata (Hanisch et al. 2007), in m."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What may match in one collection: the light curves in `passbands`.

    `together`: those of all passbands of an object may, where they have wavelengths
    (m) in one of the `ranges`; without ranges, any. `is_whole`: everything may.
    """

    passbands: frozenset[str]
    together: bool
    ranges: tuple[Interval, ...] = ()
    is_whole: bool = False


Choice = Mapping[str, Chosen]
"""By the name of the collection; without those where nothing can match."""


def choose(
    params: SsaParams, collections: Mapping[str, Collection], authority: str | None
) -> Choice:
    """What may match; raises ParameterError for a passband that nothing here has.

    A light curve of all passbands together has data wherever one of them has, and is as
    well calibrated and resolved as the worst of them.
    """
    if params.creator_dids:
        return {}  # no creator has given any (4.2.5.5: otherwise omitted)
    band = read_band(params.bands, collections.values())
    found = {
        name: chosen_of(one, band, params)
        for name, one in collections.items()
        if is_named(one, params.collections, authority) and is_modified(one, params)
    }
    return {name: chosen for name, chosen in found.items() if chosen.passbands}


def near(choice: Choice, cone: Cone, collections: Mapping[str, Collection]) -> Choice:
    """The same without collections that have nothing in the cone."""
    where = cone.ra, cone.dec, cone.radius
    return {
        name: chosen
        for name, chosen in choice.items()
        if touches(collections[name].coverage, *where)
    }


def chosen_of(collection: Collection, band: "Test", params: SsaParams) -> Chosen:
    """What may match in a collection."""
    passbands = collection.passbands
    meant = [c for c in passbands if band(c)]
    fit = {c.passband for c in passbands if fits(params, collection, c)}
    ranges = [wavelengths(c) for c in meant] if len(meant) < len(passbands) else []
    return Chosen(
        frozenset(c.passband for c in meant if c.passband in fit),
        together=len(fit) == len(passbands),
        ranges=tuple(each for each in ranges if each is not None),
        is_whole=len(fit) == len(meant) == len(passbands),
    )


def is_named(
    collection: Collection, terms: tuple[str, ...], authority: str | None
) -> bool:
    """COLLECTION: a part of the name, in any case, or the whole IVOA identifier."""
    name = collection.name.lower()
    identifier = f"ivo://{authority}/{name}".lower()
    return not terms or any(
        term.lower() == identifier if "://" in term else term.lower() in name
        for term in terms
    )


def is_modified(collection: Collection, params: SsaParams) -> bool:
    """MTIME: the light curves came, or came anew, in this range of dates."""
    if params.modified is None:
        return True
    dates = (collection.first_published, collection.published)
    return any(params.modified.low <= mjd(d) <= params.modified.high for d in dates)


def fits(params: SsaParams, collection: Collection, passband: PhotCal) -> bool:
    """SPECRP and FLUXCALIB: resolved and calibrated at least so well."""
    return params.resolving_power <= (resolving_power(passband) or 0.0) and (
        params.flux_calibration != "absolute"
        or flux_calibration(collection, passband) == "absolute"
    )


def flux_calibration(collection: Collection, passband: PhotCal) -> str:
    """Char.FluxAxis.Calibration: absolute where the flux of magnitude 0 is known.

    Fluxes are absolute where their unit is one of flux: counts are not.
    """
    measured = find_brightness(collection.point_columns)
    if measured.quantity == FLUX:
        return "absolute" if is_flux(measured.value.unit) else "relative"
    return "relative" if passband.zero_point is None else "absolute"


def resolving_power(passband: PhotCal) -> float | None:
    """The wavelength by the width of the passband, where both are known."""
    if passband.effective_wavelength is None or not passband.bandwidth:
        return None
    return passband.effective_wavelength / passband.bandwidth


def wavelengths(passband: PhotCal) -> Interval | None:
    """What a passband covers (m); None where its wavelength is not known.

    One of unknown width is a single wavelength.
    """
    low, high = spectral_range(passband)
    return None if low is None or high is None else Interval(low, high)


Test = Callable[[PhotCal], bool]


def read_band(items: Iterable[str], collections: Iterable[Collection]) -> Test:
    """Whether a passband is one of those that BAND means (4.1.1.3).

    An item is the name or the identifier of a passband, a word such as optical, or a
    range of wavelengths (m). Raises ParameterError for any other.
    """
    known = {
        name
        for collection in collections
        for each in collection.passbands
        for name in (each.passband, each.filter_identifier)
        if name is not None
    }
    tests = [read_item(item, known) for item in items]
    return lambda passband: not tests or any(test(passband) for test in tests)


def read_item(item: str, known: set[str]) -> Test:
    """What one item of BAND means, where passbands have the names `known`."""
    if item in known:
        return lambda passband: item in (passband.passband, passband.filter_identifier)
    asked = WAVEBANDS.get(item.lower()) or read_wavelengths(item, known)
    if asked.is_infinite:
        return lambda _: True

    def overlaps(passband: PhotCal) -> bool:
        covered = wavelengths(passband)
        return covered is not None and covered.meets(asked)

    return overlaps


def read_wavelengths(item: str, known: Iterable[str]) -> Interval:
    """A range of wavelengths (m); raises ParameterError for an unknown name."""
    if "/" not in item and not is_number(item):
        there = ", ".join(sorted(known)) or "none"
        raise ParameterError(
            "BAND",
            f"no passband {shown(item)} here; there is: {there}; or give a range of "
            "wavelengths in metres, such as 4e-7/7e-7",
        )
    found = read_interval("BAND", item, number("BAND"))
    if found.high < 0 or -math.inf < found.low < 0:
        raise ParameterError("BAND", "a wavelength is negative; give metres")
    return found


def is_number(text: str) -> bool:
    """Whether `text` reads as a number (including the ones we do not take)."""
    try:
        float(text)
    except ValueError:
        return False
    return True
