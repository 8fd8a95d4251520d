"""What may be asked of `/lc`: format, passbands, time interval, layout."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from vo_lcc.dali.accept import preferred
from vo_lcc.dali.params import Params, parse_number, shown
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format, Writer, find_format

BANDS = "bands"
LONG = "long"
DEFAULT_FORMAT = "votable"


@dataclass(frozen=True, slots=True)
class LcParams:
    """One request, checked.

    `passbands` are in the collection's order; `time` is an interval in MJD, in the
    time scale and at the reference position of the light curve itself. `layout` is
    "bands" (one table for each passband) or "long" (one table for all).
    """

    format: Format
    passbands: tuple[str, ...]
    time: tuple[float, float] | None = None
    layout: str = BANDS

    @classmethod
    def parse(cls, params: Params, accept: str, known: Sequence[str]) -> "LcParams":
        """Read the parameters; raises ParameterError for the first bad one.

        `accept` is the Accept header, `known` the passbands of the collection.
        """
        fmt = choose_format(params, accept)
        return cls(
            format=fmt,
            passbands=choose_passbands(params, known),
            time=parse_interval(params),
            layout=choose_layout(params, fmt),
        )


def choose_format(params: Params, accept: str) -> Format:
    """FORMAT (or RESPONSEFORMAT), else what Accept asks for, else VOTable.

    HTML comes only by FORMAT: Java, and so TOPCAT, puts it first in every Accept.
    """
    asked = params.response_format()
    if asked is not None:
        return find_format(asked)
    for media_type in preferred(accept):
        try:
            found = find_format(media_type)
        except ParameterError:
            continue  # a client may name types that are not served
        if found.name != "html":
            return found
    return find_format(DEFAULT_FORMAT)


def choose_passbands(params: Params, known: Sequence[str]) -> tuple[str, ...]:
    """The passbands named by BAND (repeated, or separated by commas), else all.

    Raises ParameterError for one that the collection does not have.
    """
    given = params.many("BAND")
    asked = {
        name
        for text in given
        for name in ([text] if text in known else map(str.strip, text.split(",")))
        if name
    }
    for name in sorted(asked - set(known)):
        choice = ", ".join(known) or "none"
        raise ParameterError(
            "BAND", f"no passband {shown(name)} in this collection; it has {choice}"
        )
    return tuple(name for name in known if name in asked or not asked)


def parse_interval(params: Params) -> tuple[float, float] | None:
    """TIME: two MJD separated by a blank or a slash; -Inf, +Inf or nothing is open.

    >>> parse_interval(Params((("time", "-Inf 58100"),)))
    (-inf, 58100.0)
    >>> parse_interval(Params((("TIME", "58000.5/"),)))
    (58000.5, inf)
    """
    text = params.one("TIME")
    if text is None:
        return None
    ends = text.split("/") if "/" in text else text.split()
    if len(ends) != 2:
        raise ParameterError(
            "TIME", f"{shown(text)} is not an interval; write two MJD, 58000 58100"
        )
    low, high = (
        _read_end(end.strip(), open_end)
        for end, open_end in zip(ends, (-math.inf, math.inf), strict=True)
    )
    if low > high:
        raise ParameterError("TIME", f"in {shown(text)} the earlier time comes second")
    return low, high


def _read_end(text: str, open_end: float) -> float:
    if not text:
        return open_end
    if text.lower() in INFINITIES:
        return INFINITIES[text.lower()]
    return parse_number("TIME", text)


INFINITIES: Mapping[str, float] = MappingProxyType(
    {"-inf": -math.inf, "+inf": math.inf, "inf": math.inf}
)


def choose_layout(params: Params, fmt: Format) -> str:
    """LAYOUT, or what the format holds best.

    Raises ParameterError for an unknown one, and for several tables in a format
    that holds only one.
    """
    several = not fmt.streams or cast(Writer, fmt.open()).several_tables
    asked = params.one("LAYOUT")
    if asked is None:
        return BANDS if several else LONG
    layout = asked.lower()
    if layout not in (BANDS, LONG):
        raise ParameterError("LAYOUT", f"{shown(asked)} is not {BANDS} or {LONG}")
    if layout == BANDS and not several:
        raise ParameterError(
            "LAYOUT", f"{fmt.name} holds one table only; use layout={LONG}"
        )
    return layout
