"""What may be asked of the SSA services (SSA 1.1, section 4.1).

A parameter that is supported, but cannot be read, is an error; one that is not
supported is ignored, whatever its value ("a logical value of all", section 4.1).
Those are APERTURE (it is for extracted spectra only), SPATRES, TIMERES, SNR, REDSHIFT
and WAVECALIB, of which nothing is known for light curves, and all that the standard
does not know. COMPRESS allows what nobody has to do (4.1.2.18); RUNID goes into the
log.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from astropy.coordinates import SkyCoord

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params, parse_count, parse_number, shown
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format, find_format
from vo_lcc.ssa.forms import Form, choose_forms
from vo_lcc.ssa.ranges import Interval, iso_period, number, read_interval, split_list

DEFAULT_SIZE = 0.1  # degrees, the diameter when POS comes without SIZE
DEFAULT_RESPONSE = "text/xml"  # as section 4.2 has it, "to enable simple display"
VERSION = re.compile(r"1(\.[01]\d*)?\Z", re.ASCII)  # a further digit is a third level
FRAMES_OF_REST = ("source", "observer")
CALIBRATIONS = ("any", "normalized", "relative", "absolute")
MOST_RANGES = 100
BOOLEANS = ("true", "false", "1", "0")


@dataclass(frozen=True, slots=True)
class Cone:
    """A circle on the sky: ICRS, degrees."""

    ra: float
    dec: float
    radius: float


@dataclass(frozen=True, slots=True)
class SsaParams:
    """One request, checked; an empty tuple or None sets no condition.

    `bands` are the items of BAND as sent: what they mean depends on the collections.
    `times` and `modified` are in MJD, `amplitudes` in magnitudes from the faintest to
    the brightest point. `forms` are the formats that the light curves are linked in;
    where there are none no row matches. `metadata` asks for the description of the
    service instead of rows.
    """

    cone: Cone | None = None
    bands: tuple[str, ...] = ()
    times: tuple[Interval, ...] = ()
    modified: Interval | None = None
    amplitudes: tuple[Interval, ...] = ()
    resolving_power: float = 0.0
    flux_calibration: str = "any"
    targets: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    publisher_dids: tuple[str, ...] = ()
    creator_dids: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    metadata: bool = False
    top: int | None = None
    maxrec: int = 0
    response_format: Format = field(
        default_factory=lambda: find_format(DEFAULT_RESPONSE)
    )

    @classmethod
    def parse(cls, params: Params, limits: Limits) -> "SsaParams":
        """Read every parameter; raises ParameterError for the first bad one.

        With FORMAT=METADATA all but REQUEST and VERSION is ignored (section 5.1).
        """
        parse_request(params)
        formats = words(params, "FORMAT", None) or ["all"]
        if any(word.lower() == "metadata" for word in formats):
            return cls(metadata=True)
        parse_compress(params)
        top = params.one("TOP")
        return cls(
            cone=parse_cone(params),
            bands=tuple(words(params, "BAND", FRAMES_OF_REST)),
            times=intervals(params, "TIME", iso_period("TIME"), ("utc",)),
            modified=parse_modified(params),
            amplitudes=parse_amplitudes(params),
            resolving_power=params.number("SPECRP") or 0.0,
            flux_calibration=parse_calibration(params),
            targets=names(params, "TARGETNAME"),
            classes=names(params, "TARGETCLASS"),
            collections=names(params, "COLLECTION"),
            publisher_dids=tuple(params.many("PUBDID")),
            creator_dids=tuple(params.many("CREATORDID")),
            forms=choose_forms(formats),
            top=None if top is None else parse_count("TOP", top),
            maxrec=params.maxrec(limits),
            response_format=find_format(
                params.one("RESPONSEFORMAT") or DEFAULT_RESPONSE
            ),
        )


def parse_request(params: Params) -> None:
    """REQUEST must be queryData, or absent; VERSION one that we speak (8.2.4)."""
    request = params.one("REQUEST")
    if request is not None and request.strip().lower() != "querydata":
        raise ParameterError(
            "REQUEST", f"{shown(request)} is not supported; use REQUEST=queryData"
        )
    version = params.one("VERSION")
    if version is not None and not VERSION.match(version.strip()):
        raise ParameterError(
            "VERSION", f"{shown(version)} is not supported; this service speaks SSA 1.1"
        )


def parse_compress(params: Params) -> None:
    """COMPRESS is a boolean, though nothing depends on it."""
    value = params.one("COMPRESS")
    if value is not None and value.strip().lower() not in BOOLEANS:
        raise ParameterError("COMPRESS", f"{shown(value)} is not true or false")


def parse_cone(params: Params) -> Cone | None:
    """POS and SIZE: ``ra,dec[;frame]`` in degrees, and a diameter in degrees."""
    size = params.number("SIZE")
    if size is not None and not 0 <= size <= 360:
        raise ParameterError(
            "SIZE", f"{size:.15g} is not a diameter of 0 to 360 degrees"
        )
    text = params.one("POS")
    if text is None:
        return None
    items, frame = split_list("POS", text)
    if len(items) != 2:
        raise ParameterError(
            "POS", f"{shown(text)} is not one position; write it like 52.5,-27.8"
        )
    lon, lat = (parse_number("POS", item) for item in items)
    if abs(lat) > 90:
        raise ParameterError(
            "POS", f"{lat:.15g} is not a latitude of -90 to 90 degrees"
        )
    ra, dec = to_icrs(lon, lat, frame or "ICRS")
    return Cone(ra, dec, (DEFAULT_SIZE if size is None else size) / 2)


def to_icrs(lon: float, lat: float, frame: str) -> tuple[float, float]:
    """A position in one of `FRAMES` as ICRS right ascension and declination.

    >>> to_icrs(370.0, 5.0, "icrs")
    (10.0, 5.0)
    >>> [round(x, 4) for x in to_icrs(0, 0, "GALACTIC")]
    [266.405, -28.9362]
    """
    if frame.upper() not in FRAMES:
        known = ", ".join(FRAMES)
        raise ParameterError("POS", f"unknown frame {shown(frame)}; known are {known}")
    name = FRAMES[frame.upper()]
    if name == "icrs":
        return lon % 360, float(lat)
    icrs = SkyCoord(lon, lat, unit="deg", frame=name).icrs
    return float(icrs.ra.deg), float(icrs.dec.deg)


FRAMES: Mapping[str, str] = MappingProxyType(
    {
        "ICRS": "icrs",
        "FK5": "fk5",
        "FK4": "fk4",
        "GALACTIC": "galactic",
        "GALACTIC_II": "galactic",
        "SUPER_GALACTIC": "supergalactic",
        "ECLIPTIC": "barycentricmeanecliptic",
    }
)


def parse_modified(params: Params) -> Interval | None:
    """MTIME: one date or one range of dates (MJD)."""
    found = intervals(params, "MTIME", iso_period("MTIME"), ("utc",))
    if len(found) > 1:
        raise ParameterError("MTIME", "more than one range; give one")
    return found[0] if found else None


def parse_amplitudes(params: Params) -> tuple[Interval, ...]:
    """VARAMPL: ranges of 0 to 1, as ranges of magnitudes."""
    found = intervals(params, "VARAMPL", number("VARAMPL"))
    for each in found:
        if any(
            math.isfinite(end) and not 0 <= end <= 1 for end in (each.low, each.high)
        ):
            raise ParameterError(
                "VARAMPL",
                "the amplitude is a fraction of the mean flux, from 0 to 1",
            )
    return tuple(Interval(magnitudes(e.low), magnitudes(e.high)) for e in found)


def magnitudes(fraction: float) -> float:
    """The difference in magnitudes of fluxes that vary by so much of their mean.

    The fraction is (max - min) / (max + min) of the flux: 0 for a constant star, 1 for
    one that vanishes. It is what the standard's range of 0 to 1 leaves (4.1.2.7).

    >>> magnitudes(0.0), round(magnitudes(0.5), 4), magnitudes(1.0)
    (0.0, 1.1928, inf)
    """
    if not 0 < fraction < 1:
        return math.copysign(math.inf, fraction) if fraction else 0.0
    return 2.5 * math.log10((1 + fraction) / (1 - fraction))


def parse_calibration(params: Params) -> str:
    """FLUXCALIB: the least calibration of the magnitudes that will do."""
    value = (params.one("FLUXCALIB") or "any").strip().lower()
    if value not in CALIBRATIONS:
        raise ParameterError(
            "FLUXCALIB", f"{shown(value)} is not one of {', '.join(CALIBRATIONS)}"
        )
    return value


def intervals(
    params: Params,
    name: str,
    read: Callable[[str], Interval],
    qualifiers: tuple[str, ...] = (),
) -> tuple[Interval, ...]:
    """The range list given for `name`, or nothing."""
    items = words(params, name, qualifiers)
    if len(items) > MOST_RANGES:
        raise ParameterError(name, f"more than {MOST_RANGES} ranges; give fewer")
    return tuple(read_interval(name, item, read) for item in items)


def words(
    params: Params, name: str, qualifiers: tuple[str, ...] | None = ()
) -> list[str]:
    """The items given for `name` that are not empty.

    The list may be qualified by one of `qualifiers`, which changes nothing here;
    raises ParameterError for any other. None: it has no qualifier, but items may hold a
    semicolon, as media types do.
    """
    text = params.one(name)
    if text is None:
        return []
    if qualifiers is None:
        return list(filter(None, map(str.strip, text.split(","))))
    items, qualifier = split_list(name, text)
    if qualifier is not None and qualifier.lower() not in qualifiers:
        known = " or ".join(f";{word}" for word in qualifiers) or "nothing"
        raise ParameterError(
            name, f"the qualifier {shown(qualifier)} is unknown; {known} may follow"
        )
    return list(filter(None, items))


def names(params: Params, name: str) -> tuple[str, ...]:
    """The names given for `name`: the parts of the list, and the text as a whole.

    The name of a star may itself hold a comma, so both readings count.
    """
    text = params.one(name)
    if text is None:
        return ()
    parts = (part.strip() for part in text.split(","))
    return tuple(dict.fromkeys(filter(None, (text.strip(), *parts))))
