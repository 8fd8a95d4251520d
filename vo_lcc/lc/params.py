"""What may be asked of `/lc`: format, layout, passbands, and what is done to points."""

from dataclasses import dataclass

from vo_lcc.curves.bands import parse_band
from vo_lcc.curves.layouts import BANDS, LONG
from vo_lcc.curves.shape import parse_shape
from vo_lcc.curves.steps.params import parse_steps
from vo_lcc.curves.steps.step import Step
from vo_lcc.dali.accept import preferred
from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.lightcurves.collection import Collection

DEFAULT_FORMAT = "votable"


@dataclass(frozen=True, slots=True)
class LcParams:
    """One request, checked.

    `passbands` are in the collection's order. `layout` is "bands" (one table for each
    passband) or "long" (one table for all).
    """

    format: Format
    passbands: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    layout: str = BANDS

    @classmethod
    def parse(cls, params: Params, accept: str, collection: Collection) -> "LcParams":
        """Read the parameters; raises ParameterError for the first bad one.

        `accept` is the Accept header.
        """
        name = choose_format(params, accept)
        fmt, layout = parse_shape(name, params.one("LAYOUT"), (BANDS, LONG))
        band = parse_band(params)
        band.check([collection])
        passbands = band.passbands(collection)
        if not passbands:
            known = ", ".join(c.passband for c in collection.passbands)
            raise ParameterError(
                "BAND", f"no passband of {collection.name} is there; it has {known}"
            )
        return cls(fmt, passbands, parse_steps(params, alone=True), layout)


def choose_format(params: Params, accept: str) -> str:
    """FORMAT (or RESPONSEFORMAT), else what Accept asks for, else VOTable.

    HTML comes only by FORMAT: Java, and so TOPCAT, puts it first in every Accept.
    """
    asked = params.response_format()
    if asked is not None:
        return asked
    for media_type in preferred(accept):
        try:
            found = find_curve_format(media_type)
        except ParameterError:
            continue  # a client may name types that are not served
        if found.name != "html":
            return media_type
    return DEFAULT_FORMAT
