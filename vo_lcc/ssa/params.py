"""What may be asked of the SSA services (SSA 1.1, section 4.1)."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from astropy.coordinates import SkyCoord

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params, parse_count, parse_number, shown
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format, find_format
from vo_lcc.ssa.ranges import (
    Interval,
    iso_period,
    number,
    read_intervals,
    split_list,
)

DEFAULT_SIZE = 0.1  # degrees, the diameter when POS comes without SIZE
DEFAULT_RESPONSE = "votable/td"  # what the oldest clients read


@dataclass(frozen=True, slots=True)
class Cone:
    """A circle on the sky: ICRS, degrees."""

    ra: float
    dec: float
    radius: float


@dataclass(frozen=True, slots=True)
class Band:
    """What BAND selects: passbands by wavelength (m) or by name."""

    wavelengths: tuple[Interval, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SsaParams:
    """One request, checked; an empty tuple or None sets no condition.

    `times` are in MJD. `data_format` is the format the light curves are linked
    in, None when none of those asked for is served: then no row matches.
    `metadata` asks for the description of the service instead of rows.
    """

    cone: Cone | None = None
    band: Band | None = None
    times: tuple[Interval, ...] = ()
    amplitudes: tuple[Interval, ...] = ()
    targets: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    publisher_dids: tuple[str, ...] = ()
    data_format: Format | None = None
    metadata: bool = False
    top: int | None = None
    maxrec: int = 0
    response_format: Format = field(
        default_factory=lambda: find_format(DEFAULT_RESPONSE)
    )

    @classmethod
    def parse(cls, params: Params, limits: Limits) -> "SsaParams":
        """Read every parameter; raises ParameterError for the first bad one.

        Parameters this service does not know are ignored (SSA 1.1, section 4.1).
        """
        parse_request(params)
        formats = (params.one("FORMAT") or "all").split(",")
        metadata = any(word.strip().lower() == "metadata" for word in formats)
        top = params.one("TOP")
        return cls(
            cone=parse_cone(params),
            band=parse_band(params),
            times=intervals(params, "TIME", iso_period("TIME")),
            amplitudes=intervals(params, "VARAMPL", number("VARAMPL")),
            targets=names(params, "TARGETNAME"),
            classes=names(params, "TARGETCLASS"),
            collections=names(params, "COLLECTION"),
            publisher_dids=tuple(params.many("PUBDID")),
            data_format=None if metadata else choose_format(formats),
            metadata=metadata,
            top=None if top is None else parse_count("TOP", top),
            maxrec=params.maxrec(limits),
            response_format=find_format(
                params.one("RESPONSEFORMAT") or DEFAULT_RESPONSE
            ),
        )


def parse_request(params: Params) -> None:
    """REQUEST must be queryData, or absent; VERSION one that we speak."""
    request = params.one("REQUEST")
    if request is not None and request.lower() != "querydata":
        raise ParameterError(
            "REQUEST", f"{shown(request)} is not supported; use REQUEST=queryData"
        )
    version = params.one("VERSION")
    if version is not None and version not in ("1.0", "1.1", "1"):
        raise ParameterError(
            "VERSION", f"{shown(version)} is not supported; this service speaks SSA 1.1"
        )


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
    }
)


def parse_band(params: Params) -> Band | None:
    """BAND: wavelength ranges in metres, or names of passbands."""
    items = words(params, "BAND")
    if not items:
        return None
    ranges = [item for item in items if "/" in item or is_number(item)]
    named = [item for item in items if item not in ranges]
    found = read_intervals("BAND", ranges, number("BAND"))
    if any(-math.inf < interval.low < 0 or interval.high < 0 for interval in found):
        raise ParameterError("BAND", "a wavelength is negative; give metres")
    return Band(tuple(found), tuple(named))


def is_number(text: str) -> bool:
    """Whether `text` reads as a number (including the ones we do not take)."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def intervals(
    params: Params, name: str, read: Callable[[str], Interval]
) -> tuple[Interval, ...]:
    """The range list given for `name`, or nothing."""
    return tuple(read_intervals(name, words(params, name), read))


def words(params: Params, name: str) -> list[str]:
    """The items given for `name`; a qualifier such as ``;source`` is left out."""
    text = params.one(name)
    return [] if text is None else split_list(name, text)[0]


def names(params: Params, name: str) -> tuple[str, ...]:
    """The names given for `name`: the parts of the list, and the text as a whole.

    The name of a star may itself hold a comma, so both readings count.
    """
    text = params.one(name)
    if text is None:
        return ()
    parts = (part.strip() for part in text.split(","))
    return tuple(dict.fromkeys(filter(None, (text.strip(), *parts))))


def choose_format(wanted: Iterable[str]) -> Format | None:
    """The first of the `wanted` data formats that is served, or None.

    Raises ParameterError for a word that is no format at all; a media type that
    is not served only matches nothing.
    """
    found = [find_data_format(word.strip()) for word in wanted]
    return next((fmt for fmt in found if fmt is not None), None)


def find_data_format(word: str) -> Format | None:
    """The format that a word of FORMAT stands for (SSA 1.1, section 4.1.6)."""
    meant = FORMAT_WORDS.get(word.lower(), word)
    if meant is None:
        return None
    try:
        return find_format(meant)
    except ParameterError as error:
        if "/" in meant:
            return None
        known = ", ".join((*FORMAT_WORDS, "fits", "csv", "metadata"))
        raise ParameterError(
            "FORMAT", f"{shown(word)} is unknown; use one of {known} or a media type"
        ) from error


FORMAT_WORDS: Mapping[str, str | None] = MappingProxyType(
    {
        "all": "votable",
        "compliant": "votable",
        "native": "votable",
        "votable": "votable",
        "xml": "text/xml",
        "graphic": None,
    }
)
