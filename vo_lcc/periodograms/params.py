"""What may be asked of a periodogram."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vo_lcc.curves.bands import Band, parse_band
from vo_lcc.curves.steps.binning import BIN
from vo_lcc.curves.steps.brightness import QUANTITY
from vo_lcc.curves.steps.folding import EPOCH, PERIOD
from vo_lcc.curves.steps.frames import REFPOSITION, TIMESCALE
from vo_lcc.curves.steps.params import (
    QUALITY,
    TIME,
    TIMEFORMAT,
    parse_steps,
    time_format,
)
from vo_lcc.curves.steps.step import Step
from vo_lcc.dali.params import Params, parse_count, parse_number, shown
from vo_lcc.dali.upload_params import UploadParam, parse_uploads
from vo_lcc.errors import ParameterError, UsageError
from vo_lcc.formats import Format, find_format
from vo_lcc.lightcurves.identifiers import CurveId, parse_curve_id
from vo_lcc.periodograms.grid import OVERSAMPLING, GridParams
from vo_lcc.periodograms.methods.method import Bls, LombScargle, Method, Pdm
from vo_lcc.periodograms.search import Asked

MOST_TERMS, MOST_PEAKS, MOST_DURATIONS = 8, 100, 20
PEAKS_SHOWN = 5
FINEST, COARSEST = 100.0, 1.0  # oversampling

PEAKS, SPECTRUM, PLOT = "peaks", "spectrum", "plot"
OUTPUTS = (PEAKS, SPECTRUM, PLOT)
ERRORS, EQUAL = "errors", "equal"
STORED_ONLY = (TIME, QUALITY, TIMESCALE, REFPOSITION, TIMEFORMAT, QUANTITY)
PICTURES: Mapping[str, str] = MappingProxyType(
    {
        "png": "image/png",
        "image/png": "image/png",
        "svg": "image/svg+xml",
        "image/svg+xml": "image/svg+xml",
    }
)


@dataclass(frozen=True, slots=True)
class PeriodogramParams:
    """One request, checked.

    Either `curve` says whose light curve it is, or `upload`. With `weighted` each
    point counts as its error says. `picture` is the media type of a plot, `format` that
    of a table.
    """

    curve: CurveId | None
    upload: UploadParam | None
    band: Band
    steps: tuple[Step, ...]
    asked: Asked
    weighted: bool
    output: str
    format: Format
    picture: str

    @classmethod
    def parse(cls, params: Params, authority: str | None) -> "PeriodogramParams":
        """Read the parameters; raises ParameterError for the first bad one."""
        output = parse_output(params)
        curve, upload = parse_source(params, authority)
        response = params.response_format()
        if output == PLOT:
            picture, fmt = parse_picture(response or "png"), find_format("votable")
        else:
            picture, fmt = PICTURES["png"], parse_table(response or "votable")
        for name in (PERIOD, EPOCH, BIN):
            if params.one(name) is not None:
                raise ParameterError(
                    name, "is not for a periodogram, which needs the points unfolded"
                )
        if time_format(params) == "iso":
            raise ParameterError(TIMEFORMAT, "iso gives no numbers; use jd or mjd")
        steps = parse_steps(params, alone=True)
        if upload is not None:
            refuse_steps(params)
        asked = Asked(parse_method(params), parse_grid(params), parse_peaks(params))
        return cls(
            curve,
            upload,
            parse_band(params),
            steps,
            asked,
            parse_weights(params),
            output,
            fmt,
            picture,
        )


def parse_source(
    params: Params, authority: str | None
) -> tuple[CurveId | None, UploadParam | None]:
    """ID or UPLOAD; raises ParameterError unless there is one of them."""
    ids = list(dict.fromkeys(params.many("ID")))
    uploads = parse_uploads(params)
    if len(ids) + len(uploads) != 1:
        raise ParameterError(
            "ID",
            f"{len(ids)} identifiers and {len(uploads)} uploads; give one light curve,"
            " by ID (such as collection/object) or by UPLOAD",
        )
    if uploads:
        return None, uploads[0]
    try:
        return parse_curve_id(ids[0], authority), None
    except UsageError as error:
        raise ParameterError("ID", str(error)) from error


def refuse_steps(params: Params) -> None:
    """Raises ParameterError for what is done to light curves of this server only."""
    for name in STORED_ONLY:
        if params.many(name):
            raise ParameterError(
                name, "is for light curves of this server; leave it out of an UPLOAD"
            )


def parse_method(params: Params) -> Method:
    """METHOD, with NTERMS of Lomb-Scargle and DURATION of BLS.

    >>> parse_method(Params((("METHOD", "LS"), ("NTERMS", "2"))))
    LombScargle(nterms=2)
    """
    name = (params.one("METHOD") or "ls").strip().lower()
    if name not in METHODS:
        choice = ", ".join(METHODS)
        raise ParameterError("METHOD", f"{shown(name)} is not one of {choice}")
    for other, of in (("NTERMS", "ls"), ("DURATION", "bls")):
        if name != of and params.one(other) is not None:
            raise ParameterError(other, f"is for METHOD={of}; leave it out of {name}")
    return METHODS[name](params)


def parse_ls(params: Params) -> Method:
    """Lomb-Scargle with NTERMS sinusoids."""
    terms = parse_number_of(params, "NTERMS", 1, MOST_TERMS)
    return LombScargle(terms)


def parse_bls(params: Params) -> Method:
    """BLS with the durations of DURATION, repeated or with commas between (d)."""
    texts = [text for value in params.many("DURATION") for text in value.split(",")]
    durations = tuple(sorted({parse_number("DURATION", text) for text in texts}))
    if len(durations) > MOST_DURATIONS:
        raise ParameterError("DURATION", f"{len(durations)}; at most {MOST_DURATIONS}")
    if durations and durations[0] <= 0:
        raise ParameterError("DURATION", f"{durations[0]:g} d is not above zero")
    return Bls(durations)


METHODS: Mapping[str, Callable[[Params], Method]] = MappingProxyType(
    {"ls": parse_ls, "bls": parse_bls, "pdm": lambda params: Pdm()}
)


def parse_grid(params: Params) -> GridParams:
    """FMIN and FMAX (1/d), or PMAX and PMIN (d), and OVERSAMPLING.

    >>> parse_grid(Params((("PMIN", "0.2"), ("FMIN", "1"))))
    GridParams(low=1.0, high=5.0, oversampling=5.0)
    """
    low, high = parse_end(params, "FMIN", "PMAX"), parse_end(params, "FMAX", "PMIN")
    if low is not None and high is not None and low >= high:
        raise ParameterError(
            "FMIN",
            f"{low:.6g} /d is not below FMAX, {high:.6g} /d (PMAX, PMIN:"
            f" {1 / low:.6g} d, {1 / high:.6g} d)",
        )
    fineness = params.number("OVERSAMPLING")
    if fineness is None:
        fineness = OVERSAMPLING
    if not COARSEST <= fineness <= FINEST:
        raise ParameterError(
            "OVERSAMPLING", f"{fineness:g} is not in {COARSEST:g} to {FINEST:g}"
        )
    return GridParams(low, high, fineness)


def parse_end(params: Params, frequency: str, period: str) -> float | None:
    """One end of the range, as a frequency; raises ParameterError."""
    for name in (frequency, period):
        value = params.number(name)
        if value is not None and value <= 0:
            raise ParameterError(name, f"{value:g} is not above zero")
    direct, inverse = params.number(frequency), params.number(period)
    if direct is not None and inverse is not None:
        raise ParameterError(period, f"says the same as {frequency}; give one of them")
    found = direct if inverse is None else 1 / inverse
    if found is not None and not math.isfinite(found):
        raise ParameterError(period, "is too small")
    return found


def parse_number_of(params: Params, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`; raises ParameterError."""
    text = params.one(name)
    count = default if text is None else parse_count(name, text)
    if not 1 <= count <= most:
        raise ParameterError(name, f"{count} is not in 1 to {most}")
    return count


def parse_peaks(params: Params) -> int:
    """PEAKS: how many of the best periods are told."""
    return parse_number_of(params, "PEAKS", PEAKS_SHOWN, MOST_PEAKS)


def parse_weights(params: Params) -> bool:
    """WEIGHTS: whether points count as their errors say."""
    word = (params.one("WEIGHTS") or ERRORS).strip().lower()
    if word not in (ERRORS, EQUAL):
        problem = f"{shown(word)} is not {ERRORS} or {EQUAL}"
        raise ParameterError("WEIGHTS", problem)
    return word == ERRORS


def parse_output(params: Params) -> str:
    """OUTPUT of the endpoint that answers at once."""
    word = (params.one("OUTPUT") or PEAKS).strip().lower()
    if word not in OUTPUTS:
        problem = f"{shown(word)} is not one of {', '.join(OUTPUTS)}"
        raise ParameterError("OUTPUT", problem)
    return word


def parse_table(text: str) -> Format:
    """The format of a table; raises ParameterError."""
    if text.strip().lower() in PICTURES:
        problem = f"there is no format {shown(text)} of tables; it is for OUTPUT=plot"
        raise ParameterError("RESPONSEFORMAT", problem)
    return find_format(text)


def parse_picture(text: str) -> str:
    """The media type of a picture; raises ParameterError."""
    found = PICTURES.get(text.strip().lower())
    if found is None:
        problem = f"a plot is not given as {shown(text)}; use png or svg"
        raise ParameterError("RESPONSEFORMAT", problem)
    return found
